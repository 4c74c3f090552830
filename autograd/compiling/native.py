"""A native program: the loops of `loops.py` as machine code, called with arrays.

The training loop is machine code as well (`native_training.py`): many steps are one call.
"""

import ctypes
from typing import Any

import numpy as np

from autograd.compiling.arrays import Array as Node
from autograd.compiling.capture import Array
from autograd.compiling.elements import Constants
from autograd.compiling.loops import Loops
from autograd.compiling.native_step import text_of
from autograd.compiling.native_training import KINDS, POINTERS, WHOLES, training_text
from autograd.compiling.processor import Processor

BLOCK_NUMBERS = 12_000  # a block of rows keeps about so many numbers: 96 kB, within a core's cache


class Native:
    """The compiled step, outputs and training loop of a program."""

    def __init__(
        self, outputs: list[Node], value: Node | None = None, gradient: Node | None = None
    ) -> None:
        self.processor = Processor()
        self.constants = Constants()
        texts, declared = [], dict[str, None]()
        self.sizes: dict[str, tuple[int, int]] = {}
        parts: list[tuple[str, dict[str, Node], list[Node]]] = [("outputs", {}, outputs)]
        if value is not None and gradient is not None:
            parts.append(("step", {"value": value, "gradient": gradient}, []))
        for name, results, columns in parts:
            loops = Loops(name, results, columns, self.constants, self.processor.lanes)
            texts.append(text_of(loops))
            self.sizes[name] = loops.plan.fixed, loops.plan.per_row
            declared.update(loops.declared)
        self.outputs_of_a_row = len(outputs)
        self.source = "\n".join([*declared, *texts])
        self.code = self.processor.loaded(self.source)
        self.training: Any = None  # loaded when it is wanted
        self.doubles = _joined(self.constants.doubles, float)
        self.places = _joined(self.constants.places, np.int64)
        self.callbacks = Callbacks(self.constants.functions)

    # --- calls ------------------------------------------------------------------------------------

    def outputs(self, theta: Array, rows: Array) -> Array:
        """(batch, outputs)"""
        rows = np.ascontiguousarray(rows)
        out = np.empty((len(rows), self.outputs_of_a_row))
        block = self.block("outputs", len(rows))
        pointers = [theta, rows, out, self.work("outputs", block), *self.fixed]
        self.call("outputs", pointers, [len(rows), block])
        return out

    def value_and_gradient(self, theta: Array, rows: Array) -> tuple[float, Array]:
        rows = np.ascontiguousarray(rows)
        value, gradient = np.empty(1), np.empty(len(theta))
        block = self.block("step", len(rows))
        pointers = [theta, rows, value, gradient, self.work("step", block), *self.fixed]
        self.call("step", pointers, [len(rows), block])
        return float(value[0]), gradient

    @property
    def fixed(self) -> list[Array]:
        return [self.doubles, self.places, self.callbacks.table]

    def call(self, name: str, arrays: list[Array], wholes: list[int]) -> None:
        addresses = [array.ctypes.data for array in arrays]
        _function(self.code.get_function_address(name), addresses, wholes)
        self.callbacks.raise_what_was_raised()

    def block(self, name: str, rows: int) -> int:
        """How many rows go through the program together."""
        at_once = max(BLOCK_NUMBERS // max(self.sizes[name][1], 1) // 8, 1) * 8
        return min(at_once, -(-max(rows, 1) // 8) * 8)

    def work(self, name: str, block: int) -> Array:
        """Memory that starts on a cache line."""
        fixed, per_row = self.sizes[name]
        memory = np.zeros(fixed + per_row * block + 8)
        return memory[-memory.ctypes.data % 64 // 8 :]


def trained_native(
    native: Native, theta: Array, rows: Array, picks: Array, rule: Any, rates: Array
) -> tuple[Array, Array, bool]:
    """One call of machine code for len(rates) steps: (losses, last gradient, whether Ctrl-C was
    pressed meanwhile); theta moves."""
    gradient, losses = np.zeros(len(theta)), np.empty(len(rates))
    width = picks.shape[1] if picks.size else 0
    batch = np.empty((width, rows.shape[1])) if width else rows
    kind, hyper, first, second = rule.native()
    block = native.block("step", len(batch))
    arrays = {
        "theta": theta, "rows": rows, "picks": np.ascontiguousarray(picks, np.int64),
        "batch": batch, "gradient": gradient, "work": native.work("step", block),
        "doubles": native.doubles, "places": native.places, "functions": native.callbacks.table,
        "rates": rates, "losses": losses, "hyper": hyper, "first": first, "second": second,
        "is_moved": rule.is_moved.astype(float), "finished": np.zeros(1),
    }  # fmt: skip
    wholes = {
        "n": len(batch), "block": block, "width": width, "steps": len(rates),
        "done": rule.steps, "parameters": len(theta), "columns": rows.shape[1],
    }  # fmt: skip
    addresses = {name: array.ctypes.data for name, array in arrays.items()}
    addresses["step"] = native.code.get_function_address("step")
    if native.training is None:
        native.training = native.processor.loaded(training_text())
    train = native.training.get_function_address(f"train_{KINDS[kind]}")
    is_interrupted = False
    try:
        _function(train, [addresses[p] for p in POINTERS], [wholes[w] for w in WHOLES])
    except KeyboardInterrupt:  # heard when the call is over, or before it began
        is_interrupted = True
        if not arrays["finished"][0]:
            raise
    native.callbacks.raise_what_was_raised()
    rule.steps += len(rates)
    return losses, gradient, is_interrupted


def _function(address: int, pointers: list[int], wholes: list[int]) -> None:
    """Call machine code."""
    types = [ctypes.c_void_p] * len(pointers) + [ctypes.c_int64] * len(wholes)
    ctypes.CFUNCTYPE(None, *types)(address)(*pointers, *wholes)


def _joined(arrays: list[Any], dtype: Any) -> Array:
    return np.concatenate([np.ravel(a) for a in arrays] or [np.zeros(1)]).astype(dtype)


class Callbacks:
    """Operations that only Python knows, as functions that machine code can call."""

    def __init__(self, operations: list[Any]) -> None:
        self.raised: BaseException | None = None
        self.functions = [self._function(op.value, op.arity, len(op.sample)) for op in operations]
        addresses = [ctypes.cast(f, ctypes.c_void_p).value for f in self.functions]
        self.table = np.array(addresses or [0], dtype=np.uintp)

    def _function(self, value: Any, arity: int | None, operands: int) -> Any:
        def called(*numbers: float) -> float:
            if self.raised is not None:
                return float("nan")
            try:
                return float(value(*numbers))
            except BaseException as error:  # it cannot pass through machine code
                self.raised = error
                return float("nan")

        count = operands if arity is None else arity
        return ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)(called)

    def raise_what_was_raised(self) -> None:
        raised, self.raised = self.raised, None
        if raised is not None:
            raise raised
