"""Saving a model to a JSON file, and loading it again.

JSON holds only numbers and text: loading a file never runs code, whoever wrote it.  Saving is
atomic (`autograd.files`): a full disk or a killed program leaves the old file intact.
"""

import contextlib
import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograd.files import write_whole
from nn.module import Module
from nn.optimisers import Optimizer
from nn.training import History
from nn.trees import numbers_in

FORMAT = "stepgrad model"
VERSION = 1


def save(
    model: Module,
    path: str | bytes | os.PathLike[str],
    *,
    optimizer: Optimizer | None = None,
    history: History | None = None,
) -> None:
    """Write the model's parameters, and what resuming its training needs, to a JSON file.

    Floats are written exactly; inf and nan as text.  Raises OSError when the file cannot be
    written, and whatever `state_dict` raises; an older file is then left as it was.
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
    write_whole(path, json.dumps(document, allow_nan=False, indent=1))


def load(
    model: Module,
    path: str | bytes | os.PathLike[str],
    *,
    optimizer: Optimizer | None = None,
    history: History | None = None,
) -> Module:
    """Load the parameters of a saved file into a model built like the saved one; returns it.

    Raises OSError when the file cannot be read; ValueError when it is not a saved model, or lacks
    what is requested; KeyError, ValueError or TypeError, like `load_state_dict` of the model and
    the optimiser, when it does not fit.  Each message names the file.  Then nothing is changed:
    not the model, the optimiser or the history.
    """
    path = os.fsdecode(path)
    with _naming(path):
        document = _read(path)
        state = _part(document, "state")
        with _all_or_nothing(model, optimizer):
            model.load_state_dict(state)
            if optimizer is not None:
                optimizer.load_state_dict(_part(document, "optimizer"))
            if history is not None:
                history.losses[:] = numbers_in("losses", _part(document, "losses"))
    return model


@contextlib.contextmanager
def _naming(path: str) -> Iterator[None]:
    """Errors about the content of a file name the file."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        if type(error) not in (KeyError, TypeError, ValueError):
            raise  # an exception class with its own constructor
        raise type(error)(f"{path}: {error.args[0]}") from error


@contextlib.contextmanager
def _all_or_nothing(*owners: Module | Optimizer | None) -> Iterator[None]:
    """If anything fails inside, all of them keep the states that they had."""
    before = [(owner, owner.state_dict()) for owner in owners if owner is not None]
    try:
        yield
    except BaseException:
        for owner, state in before:
            owner.load_state_dict(state)
        raise


def _read(path: str) -> dict[str, Any]:
    """The file's document, if `save` wrote it."""
    text = Path(path).read_bytes()
    try:
        document = json.loads(text.decode("utf-8"), object_pairs_hook=_without_double_names)
        document = _from_json(document)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is not a saved model: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"this is not a saved model: it does not say {FORMAT!r}")
    if document.get("version") != VERSION:
        raise ValueError(
            f"the file has version {document.get('version')!r}, this library reads {VERSION}"
        )
    return document


def _without_double_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, branch in pairs:
        if name in tree:
            raise ValueError(f"{name!r} occurs twice")
        tree[name] = branch
    return tree


def _part(document: dict[str, Any], name: str) -> Any:
    if name not in document:
        raise ValueError(f"it was saved without its {name}")
    return document[name]


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
