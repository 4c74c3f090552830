"""The training loop of a compiled program: the optimisers of `nn`, on one vector.

An optimiser is known by its attributes, not by its class: this package does not import `nn`.
The formulas are those of `nn.optimisers`, number for number.
"""

import itertools
import random
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.compiling.interrupt import CtrlC
from autograd.compiling.lifting.capture import Array

if TYPE_CHECKING:
    from autograd.compiling.program import Program


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
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"train: batch_size must be at least 1, or None for all; got {batch_size}")
    if epochs < 0:
        raise ValueError(f"train: epochs must be 0 or more; got {epochs}")
    rule = Rule(program, optimizer)
    theta = program.theta()
    losses: list[float] = []
    if program._native is not None:
        from autograd.compiling.native.chunks import trained_natively

        return trained_natively(program, rule, rows, epochs, batch_size, seed, progress)
    gradient = np.zeros_like(theta)
    step, arguments = program.step(theta, gradient)
    with np.errstate(all="ignore"), CtrlC() as ctrl_c:
        batches = list_of_batches(rows, epochs, batch_size, seed, program.functions["prepare"])
        move = rule.move
        for batch in shown(batches, progress):
            losses.append(step(*arguments, *batch))
            move(theta, gradient)
            if ctrl_c.pressed:
                break
    program.store(theta, gradient if losses else None)
    rule.store()
    return [float(value) for value in losses]


def shuffled(rows: int, seed: int, epoch: int) -> list[int]:
    order = list(range(rows))
    random.Random(f"{seed}/{epoch}").shuffle(order)
    return order


class list_of_batches:
    """The batches of all epochs, prepared, in the order of `nn.fit`: shuffled by seed and epoch."""

    def __init__(
        self,
        rows: Array,
        epochs: int,
        batch_size: int | None,
        seed: int,
        prepare: Callable[[Array], tuple[Any, ...]],
    ) -> None:
        self.rows, self.epochs, self.batch_size, self.seed = rows, epochs, batch_size, seed
        self.prepare = prepare

    def __len__(self) -> int:
        return self.epochs * -(-len(self.rows) // (self.batch_size or len(self.rows)))

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        if self.batch_size is None:
            return itertools.repeat(self.prepare(self.rows), self.epochs)
        return self._shuffled(self.batch_size)

    def _shuffled(self, size: int) -> Iterator[tuple[Any, ...]]:
        for epoch in range(self.epochs):
            order = shuffled(len(self.rows), self.seed, epoch)
            for i in range(0, len(order), size):
                yield self.prepare(self.rows[order[i : i + size]])


def shown(batches: list_of_batches, progress: bool) -> Any:
    """The batches, with a progress bar if it takes long, tqdm is there, and this is a terminal."""
    if not progress or not sys.stderr.isatty():
        return batches
    try:
        from tqdm import tqdm
    except ImportError:
        return batches
    return tqdm(batches, total=len(batches), delay=2.0, unit="step")


class Rule:
    """An optimiser's update of the whole vector; its state lists as vectors like theta."""

    def __init__(self, program: "Program", optimizer: Any) -> None:
        if not hasattr(optimizer, "state_lists"):
            raise TypeError(
                f"train expects an optimiser, such as nn.Adam(parameters, lr=0.01); "
                f"got {optimizer!r:.60}"
            )
        self.optimizer = optimizer
        self.steps = optimizer.steps
        places = program.place_in_theta()
        for i, parameter in enumerate(optimizer.parameters):
            if parameter not in places:
                name = f"parameter {i}" + (f" ({parameter.label!r})" if parameter.label else "")
                raise ValueError(f"train: the optimiser's {name} is no parameter of this program")
        self.places = np.array([places[p] for p in optimizer.parameters])
        self.is_moved = np.zeros(len(places), dtype=bool)
        self.is_moved[self.places] = True
        self.moves_all = bool(self.is_moved.all())
        self.state = {name: self._vector(getattr(optimizer, name)) for name in self.state_names}
        self.update = self._update()
        self.rate = None if callable(optimizer.lr) else float(optimizer.lr)
        is_plain = self.update == self._plain and self.moves_all and self.rate is not None
        self.move = self._plain_move() if is_plain else self._move

    @property
    def state_names(self) -> tuple[str, ...]:
        return tuple(self.optimizer.state_lists)

    def _vector(self, numbers: list[float]) -> Array:
        vector = np.zeros(len(self.is_moved))
        vector[self.places] = numbers
        return vector

    def store(self) -> None:
        """Hand the state back to the optimiser."""
        self.optimizer.steps = self.steps
        for name, vector in self.state.items():
            setattr(self.optimizer, name, vector[self.places].tolist())

    def _plain_move(self) -> Callable[[Array, Array], None]:
        """What `_move` does, without its questions: small models feel them."""
        multiply, subtract = np.multiply, np.subtract
        rate = np.array(self.rate)  # of no axes: multiplied with sooner than a float
        change = np.empty(len(self.is_moved))

        def move(theta: Array, gradient: Array) -> None:
            self.steps += 1
            multiply(gradient, rate, change)
            subtract(theta, change, theta)

        return move

    def _move(self, theta: Array, gradient: Array) -> None:
        """The update, in place."""
        rate = self.rate if self.rate is not None else float(self.optimizer.lr(self.steps))
        self.steps += 1
        new = self.update(theta, gradient, rate)
        np.copyto(theta, new, where=True if self.moves_all else self.is_moved)

    def rates(self, n: int) -> Array:
        """The learning rates of the next n steps."""
        lr = self.optimizer.lr
        if not callable(lr):
            return np.full(n, float(lr))
        return np.array([float(lr(self.steps + i)) for i in range(n)])

    def native(self) -> tuple[int, Array, Array, Array]:
        """(kind, hyperparameters, first state vector, second) for `training_natively.Run`."""
        o, nothing = self.optimizer, np.zeros(1)
        if self.update == self._plain and self.moves_all:
            return 0, np.zeros(4), nothing, nothing
        if self.update in (self._plain, self._sgd):
            hyper = np.array([o.momentum, o.dampening, o.weight_decay, float(o.nesterov)])
            return 1, hyper, self.state["velocity"], nothing
        hyper = np.array([*o.betas, o.eps, o.weight_decay])
        kind = 3 if self.update == self._adamw else 2
        return kind, hyper, self.state["mean"], self.state["mean_square"]

    def _update(self) -> Callable[[Array, Array, Any], Array]:
        names = {cls.__name__ for cls in type(self.optimizer).__mro__}
        if "AdamW" in names:
            return self._adamw
        if "Adam" in names:
            return self._adam
        if "SGD" in names:
            return (
                self._sgd if self.optimizer.momentum or self.optimizer.weight_decay else self._plain
            )
        raise TypeError(
            f"train knows SGD, Adam and AdamW, not {type(self.optimizer).__name__}; "
            "call value_and_grad in a loop of your own"
        )

    def _plain(self, theta: Array, gradient: Array, rate: Any) -> Array:
        new: Array = theta - gradient * rate
        return new

    def _sgd(self, theta: Array, gradient: Array, rate: Any) -> Array:
        o = self.optimizer
        if o.weight_decay:
            gradient = gradient + o.weight_decay * theta
        if o.momentum:
            velocity = gradient.copy()
            if self.steps > 1:
                velocity = o.momentum * self.state["velocity"] + (1.0 - o.dampening) * gradient
            self.state["velocity"] = velocity
            gradient = gradient + o.momentum * velocity if o.nesterov else velocity
        return self._plain(theta, gradient, rate)

    def _adam(self, theta: Array, gradient: Array, rate: Any) -> Array:
        if self.optimizer.weight_decay:
            gradient = gradient + self.optimizer.weight_decay * theta
        return self._adapted(theta, gradient, rate)

    def _adamw(self, theta: Array, gradient: Array, rate: Any) -> Array:
        return self._adapted(theta * (1.0 - rate * self.optimizer.weight_decay), gradient, rate)

    def _adapted(self, theta: Array, gradient: Array, rate: Any) -> Array:
        beta1, beta2 = self.optimizer.betas
        mean, mean_square = self.state["mean"], self.state["mean_square"]
        mean = mean + (1.0 - beta1) * (gradient - mean)
        mean_square = mean_square * beta2 + (1.0 - beta2) * gradient * gradient
        self.state.update(mean=mean, mean_square=mean_square)
        correction1 = 1.0 - beta1**self.steps
        correction2 = 1.0 - beta2**self.steps
        scale: Array = np.sqrt(mean_square) / np.sqrt(correction2) + self.optimizer.eps
        step: Array = rate / correction1 * (mean / scale)
        return theta - step
