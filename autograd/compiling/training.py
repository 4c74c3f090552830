"""The training loop of a compiled program.

Whatever ends it - the last step, Ctrl-C, an error in a learning-rate schedule or in the user's own
operation, an index of `choose` that went out of range - the Values and the optimiser are then as
the last finished step left them.
"""

import itertools
import operator
import random
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.compiling.interrupt import CtrlC
from autograd.compiling.lifting.capture import Array
from autograd.compiling.rule import Rule

if TYPE_CHECKING:
    from autograd.compiling.program import Program

Check = Callable[[Array, Array], None]


def trained(
    program: "Program",
    rows: Array,
    optimizer: Any,
    epochs: int,
    batch_size: int | None,
    seed: int,
    progress: bool,
) -> list[float]:
    """See `Program.train`."""
    rule = Rule(program, optimizer)
    if program._native is not None:
        from autograd.compiling.native.chunks import trained_natively

        return trained_natively(program, rule, rows, epochs, batch_size, seed, progress)
    theta = program.theta()
    gradient = np.zeros_like(theta)
    step, arguments = program.step(theta, gradient)
    if program.calls_python:
        step = _undone_if_it_fails(step, gradient)
    losses: list[float] = []
    batches = Batches(
        rows, epochs, batch_size, seed, program.functions["prepare"], program.index_check(theta)
    )
    with np.errstate(all="ignore"), CtrlC() as ctrl_c:
        move, next_rate = rule.move, rule.next_rate
        try:
            for batch in shown(batches, progress):
                rate = next_rate()
                losses.append(float(step(*arguments, *batch)))  # no view of theta, which moves
                move(theta, gradient, rate)
                if ctrl_c.pressed:
                    break
        finally:
            program.store(theta, gradient if losses else None)
            rule.store()
    return losses


def whole(name: str, number: Any, least: int | None = None) -> int:
    """An argument that counts something.  Raises TypeError for another type, a bool included, and
    ValueError for less than `least`."""
    if isinstance(number, bool) or not hasattr(number, "__index__"):
        raise TypeError(f"train: {name} must be a whole number; got {number!r:.60}")
    if least is not None and number < least:
        raise ValueError(f"train: {name} must be {least} or more; got {number}")
    return operator.index(number)


def _undone_if_it_fails(step: Callable[..., float], gradient: Array) -> Callable[..., float]:
    """The step, which leaves the gradient as it was if the user's own operation fails."""

    def careful(*arguments: Any) -> float:
        before = gradient.copy()
        try:
            return step(*arguments)
        except BaseException:
            gradient[:] = before
            raise

    return careful


def shuffled(rows: int, seed: int, epoch: int) -> list[int]:
    order = list(range(rows))
    random.Random(f"{seed}/{epoch}").shuffle(order)
    return order


class Batches:
    """The batches of all epochs, prepared, in the order of `nn.fit`: shuffled by seed and epoch.

    `check`, if given, is called with each batch and its row numbers when its turn comes.
    """

    def __init__(
        self,
        rows: Array,
        epochs: int,
        batch_size: int | None,
        seed: int,
        prepare: Callable[[Array], tuple[Any, ...]],
        check: Check | None,
    ) -> None:
        self.rows, self.epochs, self.batch_size, self.seed = rows, epochs, batch_size, seed
        self.prepare, self.check = prepare, check

    def __len__(self) -> int:
        return self.epochs * -(-len(self.rows) // (self.batch_size or len(self.rows)))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        if self.batch_size is not None:
            return self._shuffled(self.batch_size)
        prepared = itertools.repeat(self.prepare(self.rows), self.epochs)
        return prepared if self.check is None else self._checked(prepared, self.check)

    def _checked(
        self, batches: Iterator[tuple[Any, ...]], check: Check
    ) -> Iterator[tuple[Any, ...]]:
        numbers = np.arange(len(self.rows))
        for batch in batches:
            check(self.rows, numbers)
            yield batch

    def _shuffled(self, size: int) -> Iterator[tuple[Any, ...]]:
        for epoch in range(self.epochs):
            order = shuffled(len(self.rows), self.seed, epoch)
            for i in range(0, len(order), size):
                numbers = order[i : i + size]
                batch = self.rows[numbers]
                if self.check is not None:
                    self.check(batch, np.array(numbers))
                yield self.prepare(batch)


def shown(batches: Batches, progress: bool) -> Any:
    """The batches, with a progress bar if training is slow, tqdm is installed and in a terminal."""
    if not progress or not sys.stderr.isatty():
        return batches
    try:
        from tqdm import tqdm
    except ImportError:
        return batches
    return tqdm(batches, total=len(batches), delay=2.0, unit="step")
