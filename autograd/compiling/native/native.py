"""A native program: the loops of `loops.py` as machine code, called with arrays.

The training loop is machine code as well (`training.py`): many steps are one call.
"""

import ctypes
from functools import cache, cached_property
from typing import Any

import numpy as np

from autograd.compiling.arrays.array import Array as Node
from autograd.compiling.lifting.capture import Array
from autograd.compiling.native.elements import Constants
from autograd.compiling.native.loops import Loops
from autograd.compiling.native.processor import this_processor
from autograd.compiling.native.scalars import Called
from autograd.compiling.native.step import text_of
from autograd.compiling.native.training import KINDS, POINTERS, WHOLES, training_text

BLOCK_NUMBERS = 12_000  # kept for a block of rows, about: 96 kB, within a core's cache


class Part:
    """One function of a program as machine code, with its memory."""

    def __init__(self, name: str, results: dict[str, Node], outputs: list[Node]) -> None:
        processor, constants = this_processor(), Constants()
        loops = Loops(name, results, outputs, constants, processor.lanes)
        text = text_of(loops)
        self.source = "\n".join([*loops.declared, text])
        self.code = processor.loaded(self.source)
        self.address = self.code.address(name)
        self.function = self.code.function(name, 2 + (len(results) or 1) + 4, 2)
        self.fixed, self.per_row = loops.plan.fixed, loops.plan.per_row
        self.callbacks = Callbacks(constants.called)
        self.constants = [
            _joined(constants.doubles, float),
            _joined(constants.places, np.int64),
            self.callbacks.table,
        ]
        self.fixed_places = [place_of(array) for array in self.constants]
        self._spare: dict[int, Array] = {}  # work memory by block size

    def __call__(self, theta: Array, rows: Array, *results: Array) -> None:
        """Write the results."""
        rows = np.ascontiguousarray(rows)
        block = self.block(len(rows))
        work = self._spare.pop(block, None)  # absent while another thread uses it
        work = self.work(block) if work is None else work
        places = [place_of(array) for array in (theta, rows, *results, work)]
        self.function(*places, *self.fixed_places, len(rows), block)
        self._spare[block] = work
        self.callbacks.reraise()

    def block(self, rows: int) -> int:
        """How many rows go through the program together."""
        at_once = max(BLOCK_NUMBERS // max(self.per_row, 1) // 8, 1) * 8
        return min(at_once, -(-max(rows, 1) // 8) * 8)

    def work(self, block: int) -> Array:
        """Memory that starts on a cache line."""
        memory = np.zeros(self.fixed + self.per_row * block + 8)
        return memory[-memory.ctypes.data % 64 // 8 :]


class Native:
    """The outputs of a program, its step, and its training; each is compiled on first use."""

    def __init__(
        self, outputs: list[Node], value: Node | None = None, gradient: Node | None = None
    ) -> None:
        self._outputs = outputs
        if value is not None and gradient is not None:
            self.step = Part("step", {"value": value, "gradient": gradient}, [])

    @cached_property
    def forward(self) -> Part:
        return Part("outputs", {}, self._outputs)

    @property
    def training(self) -> dict[str, Any]:
        """The training loops by kind of optimiser."""
        return Training().loops

    def outputs(self, theta: Array, rows: Array) -> Array:
        """(batch, outputs)"""
        out = np.empty((len(rows), len(self._outputs)))
        self.forward(theta, rows, out)
        return out

    def value_and_gradient(self, theta: Array, rows: Array) -> tuple[float, Array]:
        value, gradient = np.empty(1), np.empty(len(theta))
        self.step(theta, rows, value, gradient)
        return float(value[0]), gradient


@cache
class Training:
    """The training loops by kind of optimiser, the same for all programs."""

    def __init__(self) -> None:
        self.code = this_processor().loaded(training_text())
        counts = len(POINTERS), len(WHOLES)
        self.loops = {kind: self.code.function(f"train_{kind}", *counts) for kind in KINDS}


def place_of(array: Array) -> int:
    """Its address in memory."""
    address: int = array.__array_interface__["data"][0]
    return address


def _joined(arrays: list[Any], dtype: Any) -> Array:
    return np.concatenate([np.ravel(a) for a in arrays] or [np.zeros(1)]).astype(dtype)


class Callbacks:
    """Operations that exist only in Python, as functions that machine code can call."""

    def __init__(self, operations: Called) -> None:
        self.raised: BaseException | None = None
        self.functions = [self._function(op.value, operands) for op, operands in operations]
        addresses = [ctypes.cast(f, ctypes.c_void_p).value for f in self.functions]
        self.table = np.array(addresses or [0], dtype=np.uintp)

    def _function(self, value: Any, operands: int) -> Any:
        def called(*numbers: float) -> float:
            if self.raised is not None:
                return float("nan")
            try:
                return float(value(*numbers))
            except BaseException as error:  # it cannot pass through machine code
                self.raised = error
                return float("nan")

        return ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * operands)(called)

    def reraise(self) -> None:
        raised, self.raised = self.raised, None
        if raised is not None:
            raise raised
