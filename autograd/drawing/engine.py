"""Which program turns DOT text into a picture: the system's `dot`, else graphviz-pure's."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from graphviz.backend import dot_command

MISSING = (
    "no Graphviz engine found to draw with: `pip install graphviz-pure`, or install Graphviz so "
    "that `dot` is on PATH. The DOT text is still available as .source"
)
NO_PDF = (
    "PDF needs a system Graphviz, with `dot` on PATH (apt install graphviz, "
    "brew install graphviz, ...); the embedded engine writes SVG and PNG"
)
WIDTH_WARNING = "no value for width of non-ASCII character"  # it guesses one, which is harmless
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows, so that no console flashes up


def find_engine() -> Path | None:
    """`dot` on PATH, or the program from the package graphviz-pure, or None.

    pip puts that program beside its Python, which need not be on PATH.
    """
    on_path = shutil.which("dot") or shutil.which("graphviz-pure")
    if on_path is not None:
        return Path(on_path)
    for scheme in sysconfig.get_scheme_names():
        try:
            folder = sysconfig.get_path("scripts", scheme)
        except KeyError:
            continue
        beside = shutil.which("graphviz-pure", path=folder)
        if beside is not None:
            return Path(beside)
    return None


def run_engine(source: str, format: str, layout: str, **options: Any) -> bytes:
    """The picture that the engine draws from this DOT text.

    options: Graphviz's `renderer`, `formatter` and `neato_no_op`.  Raises RuntimeError if there is
    no engine or it fails; graphviz raises ValueError for an unknown format or layout.
    """
    engine = find_engine()
    if engine is None:
        raise RuntimeError(MISSING)
    if format == "pdf" and engine.stem != "dot":
        raise RuntimeError(NO_PDF)
    command = [str(engine), *map(str, dot_command.command(layout, format, **options)[1:])]
    try:
        done = subprocess.run(
            command, input=source.encode(), capture_output=True, creationflags=NO_WINDOW
        )
    except OSError as error:
        raise RuntimeError(_failed(engine, str(error))) from error
    said = done.stderr.decode("utf-8", "replace")
    said = "".join([line for line in said.splitlines(True) if WIDTH_WARNING not in line])
    if done.returncode != 0:
        raise RuntimeError(_failed(engine, said.strip() or f"exit status {done.returncode}"))
    if said:
        sys.stderr.write(said)
    picture: bytes = done.stdout
    return picture


def _failed(engine: Path, what: str) -> str:
    return (
        f"the Graphviz engine {engine} failed ({what}); reinstall it, or "
        "`pip install graphviz-pure`. The DOT text is available as .source"
    )
