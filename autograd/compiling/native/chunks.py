"""Training in machine code: many steps per call, but few enough that Ctrl-C works promptly."""

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.compiling.interrupt import CtrlC
from autograd.compiling.lifting.capture import Array
from autograd.compiling.native.native import Native, place_of
from autograd.compiling.native.training import POINTERS, WHOLES
from autograd.compiling.rule import Rule
from autograd.compiling.training import shuffled

if TYPE_CHECKING:
    from autograd.compiling.program import Program

MOMENT = 0.1  # seconds that one call should take


def trained_natively(
    program: "Program",
    rule: Rule,
    rows: Array,
    epochs: int,
    batch_size: int | None,
    seed: int,
    progress: bool,
) -> list[float]:
    """See `Program.train`."""
    assert program._native is not None
    theta = program.theta()
    run = Run(program._native, theta, np.ascontiguousarray(rows), rule)
    losses: list[Array] = []
    bar = _bar(epochs * -(-len(rows) // (batch_size or len(rows))), progress)
    check = program.index_check(theta)
    most = 1 if check is not None or run.calls_python else None  # to know a failing step
    stretches = _stretches(len(rows), epochs, batch_size, seed)
    with CtrlC() as ctrl_c:
        try:
            for picks, rates in _chunks(stretches, rule, most):
                if check is not None:
                    numbers = picks[0] if picks.size else np.arange(len(rows))
                    check(run.rows[numbers], numbers)
                losses.append(run.steps(picks, rates))
                if bar is not None:
                    bar.update(len(rates))
                if ctrl_c.pressed:
                    break
        finally:
            program.store(theta, run.gradient if losses else None)
            rule.store()
            if bar is not None:
                bar.close()
    return np.concatenate(losses).tolist() if losses else []


class Run:
    """The memory of a training run; theta and the optimiser's state are updated in place."""

    def __init__(self, native: Native, theta: Array, rows: Array, rule: Rule) -> None:
        kind, hyper, first, second = rule.native()
        self.step, self.rule, self.rows = native.step, rule, rows
        self.train = native.training[kind]
        self.calls_python = bool(self.step.callbacks.functions)
        self.gradient = np.zeros(len(theta))
        doubles, tables, functions = self.step.constants
        self.arrays = {
            "theta": theta, "rows": rows, "gradient": self.gradient, "doubles": doubles,
            "places": tables, "functions": functions, "hyper": hyper.astype(float),
            "first": first, "second": second, "is_moved": rule.is_moved.astype(float),
        }  # fmt: skip
        self.moving = theta, self.gradient, first, second
        self.memory: dict[int, tuple[Array, Array]] = {}  # rows per step -> (batch, work)

    def steps(self, picks: Array, rates: Array) -> Array:
        """The losses of len(rates) steps; picks: (steps, rows per step), or empty for all rows."""
        width = picks.shape[1] if picks.size else 0
        n = width or len(self.rows)
        block = self.step.block(n)
        if n not in self.memory:
            batch = np.empty((n, self.rows.shape[1])) if width else self.rows
            self.memory[n] = batch, self.step.work(block)
        batch, work = self.memory[n]
        losses = np.empty(len(rates))
        arrays = {
            **self.arrays, "batch": batch, "work": work, "losses": losses, "rates": rates,
            "picks": np.ascontiguousarray(picks, np.int64),
        }  # fmt: skip
        places = {name: place_of(array) for name, array in arrays.items()}
        places["step"] = self.step.address
        wholes = {
            "n": n, "block": block, "width": width, "steps": len(rates), "done": self.rule.steps,
            "parameters": len(self.gradient), "columns": self.rows.shape[1],
        }  # fmt: skip
        before = [array.copy() for array in self.moving] if self.calls_python else []
        self.train(*[places[p] for p in POINTERS], *[wholes[w] for w in WHOLES])
        try:
            self.step.callbacks.reraise()
        except BaseException:
            for array, old in zip(self.moving, before):
                array[:] = old
            raise
        self.rule.steps += len(rates)
        return losses


def _chunks(
    stretches: Iterator[tuple[Array, int]], rule: Rule, most: int | None
) -> Iterator[tuple[Array, Array]]:
    """(picks, learning rates) of as many steps as take a moment, but at most `most` at a time."""
    size = most or 16
    for picks, steps in stretches:
        done = 0
        while done < steps:
            started = time.perf_counter()
            rates = rule.rates(min(size, steps - done))
            yield picks[done : done + len(rates)] if picks.size else picks, rates
            done += len(rates)
            if most is None and time.perf_counter() - started < MOMENT:
                size *= 2


def _stretches(
    rows: int, epochs: int, batch_size: int | None, seed: int
) -> Iterator[tuple[Array, int]]:
    """Batches of equal size: (steps, size) row numbers, and the number of steps."""
    if batch_size is None:
        yield np.zeros((0, 0), dtype=np.int64), epochs
        return
    size = min(batch_size, rows)
    for epoch in range(epochs):
        order = np.array(shuffled(rows, seed, epoch), dtype=np.int64)
        whole = rows // size * size
        yield order[:whole].reshape(-1, size), whole // size
        if whole < rows:
            yield order[None, whole:], 1


def _bar(steps: int, progress: bool) -> Any:
    """A progress bar under the same conditions as `compiling.training.shown`; else None."""
    if not progress or not sys.stderr.isatty():
        return None
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(total=steps, delay=2.0, unit="step")
