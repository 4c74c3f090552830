"""Machine code by Numba: the loops of `loops.py`, with the training loop around them.

The source is written to a file under the user's cache directory, named by its content, so that
Numba keeps the machine code beside it: the first start of a program takes seconds, the next one a
fraction of that.
"""

import hashlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograd.compiling.arrays import Array as Node
from autograd.compiling.arrays import reachable
from autograd.compiling.capture import Array
from autograd.compiling.loops import Loops
from autograd.compiling.scalars import SCALAR

FRAME = Path(__file__).with_name("native_frame.py")


class Native:
    """The compiled step and training loop of a program."""

    def __init__(self, value: Node, gradient: Node) -> None:
        for node in reachable([value, gradient]):
            if node.kind == "map" and node.info.name not in SCALAR:
                raise TypeError(
                    "the native backend knows the table's operations, not your "
                    f'{node.info.name!r}; use backend="numpy"'
                )
        loops = Loops(value, gradient)
        self.fixed, self.per_row = loops.fixed, loops.per_row
        names = list(loops.constants)
        unpack = f"({', '.join(names)},) = constants" if names else "pass"
        step = loops.source.replace("gradient, work):", "gradient, work, constants):")
        step = step.replace("    n = rows.shape[0]\n", f"    n = rows.shape[0]\n    {unpack}\n", 1)
        self.constants = tuple(loops.constants.values()) or (np.zeros(1),)
        self.source = FRAME.read_text(encoding="utf-8").replace("# STEP\n", step)
        self.module = _imported(self.source)

    def work(self, rows: int) -> Array:
        return np.empty(self.fixed + self.per_row * rows + 1)

    def value_and_gradient(self, theta: Array, rows: Array) -> tuple[float, Array]:
        gradient = np.empty(len(theta))
        value = self.module.jitted_step(
            theta, np.ascontiguousarray(rows), gradient, self.work(len(rows)), self.constants
        )
        return value, gradient


def _imported(source: str) -> ModuleType:
    try:
        import numba  # noqa: F401
    except ImportError:
        raise ImportError(
            "the native backend needs Numba: pip install 'stepgrad[native]'"
        ) from None
    name = "program_" + hashlib.sha256(source.encode()).hexdigest()[:16]
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "stepgrad"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.py"
    if not path.exists():
        beside = path.with_suffix(f".{os.getpid()}.part")
        beside.write_text(source, encoding="utf-8")
        os.replace(beside, path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Numba's cache looks its functions up there
    spec.loader.exec_module(module)
    return module


def trained_native(
    native: Native, theta: Array, rows: Array, picks: Array, rule: Any, rates: Array
) -> tuple[Array, Array]:
    """One call of machine code for len(rates) steps: (losses, last gradient); theta moves."""
    gradient = np.zeros(len(theta))
    losses = np.empty(len(rates))
    width = picks.shape[1] if picks.size else len(rows)
    kind, hyper, first, second = rule.native()
    native.module.jitted_train(
        theta, rows, picks, gradient, native.work(width), native.constants,
        rates, losses, kind, hyper, first, second, rule.steps, rule.is_moved,
    )  # fmt: skip
    rule.steps += len(rates)
    return losses, gradient
