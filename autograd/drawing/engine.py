"""Which program turns DOT text into a picture: the system's `dot`, else graphviz-pure's."""

import shutil
import sysconfig
from pathlib import Path

from graphviz.backend import dot_command

MISSING = (
    "no Graphviz engine found to draw with: `pip install graphviz-pure`, or install Graphviz so "
    "that `dot` is on PATH. The DOT text is there all the same, as .source"
)


def find_engine() -> Path | None:
    """`dot` on PATH, or the program that the package graphviz-pure brought, or None.

    pip puts that program beside the Python it installed for, which need not be on PATH.
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


def use_engine() -> bool:
    """Point the graphviz package to the engine; False when there is none."""
    engine = find_engine()
    if engine is not None:
        dot_command.DOT_BINARY = engine
    return engine is not None
