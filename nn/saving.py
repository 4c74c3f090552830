"""Saving a model to a JSON file, and loading it again.

JSON holds numbers and text: loading a file runs no code, whoever wrote it.  A save is written
beside the old file, forced to disk, and only then put in its place: a full disk or a killed
program leaves the old file whole.
"""

import contextlib
import json
import math
import os
from pathlib import Path
from typing import Any

from nn.module import Module
from nn.optimisers import Optimizer
from nn.training import History

FORMAT = "stepgrad model"
VERSION = 1


def save(
    model: Module,
    path: str | os.PathLike[str],
    *,
    optimizer: Optimizer | None = None,
    history: History | None = None,
) -> None:
    """Write the model's parameters, and what resuming its training needs, to a JSON file.

    Floats are written exactly; inf and nan as text.  Raises OSError when the file cannot be
    written; an older file of that name is then as it was.
    """
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "model": type(model).__name__,
        "state": _to_json(model.state_dict()),
    }
    if optimizer is not None:
        document["optimizer"] = _to_json(optimizer.state_dict())
    if history is not None:
        document["losses"] = _to_json(history.losses)
    _write_in_place(Path(path), json.dumps(document, allow_nan=False, indent=1))


def load(
    model: Module,
    path: str | os.PathLike[str],
    *,
    optimizer: Optimizer | None = None,
    history: History | None = None,
) -> Module:
    """Put the parameters of a saved file into a model built as the saved one was; returns it.

    Raises ValueError when the file is no such file or lacks what is asked for, and what
    `load_state_dict` raises when it does not fit; the model is then unchanged.
    """
    document = _read(Path(path))
    losses = _from_json(_part(document, "losses", path)) if history is not None else []
    if optimizer is not None:
        optimizer_state = _from_json(_part(document, "optimizer", path))
    model.load_state_dict(_from_json(_part(document, "state", path)))
    if optimizer is not None:
        optimizer.load_state_dict(optimizer_state)
    if history is not None:
        history.losses[:] = losses
    return model


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is not a saved model: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"{path} is not a saved model: it does not say {FORMAT!r}")
    if document.get("version") != VERSION:
        raise ValueError(
            f"{path} has version {document.get('version')!r}, this library reads {VERSION}"
        )
    return document


def _part(document: dict[str, Any], name: str, path: str | os.PathLike[str]) -> Any:
    if name not in document:
        raise ValueError(f"{os.fspath(path)} was saved without its {name}")
    return document[name]


def _write_in_place(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(beside, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def _to_json(tree: Any) -> Any:
    """Plain JSON has no inf and nan: they become the texts "inf", "-inf" and "nan"."""
    if isinstance(tree, dict):
        return {key: _to_json(branch) for key, branch in tree.items()}
    if isinstance(tree, list):
        return [_to_json(branch) for branch in tree]
    if isinstance(tree, float) and not math.isfinite(tree):
        return str(tree)
    return tree


def _from_json(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _from_json(branch) for key, branch in tree.items()}
    if isinstance(tree, list):
        return [_from_json(branch) for branch in tree]
    return float(tree) if tree in ("inf", "-inf", "nan") else tree
