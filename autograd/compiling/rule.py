"""An optimiser's update of all parameters as one vector.

An optimiser is identified by the formula that it declares: this package does not import `nn`.  The
formulas match those of `nn.optimisers` number for number.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.compiling.lifting.capture import Array

if TYPE_CHECKING:
    from autograd.compiling.program import Program

State = dict[str, Array]  # the optimiser's lists, each as a vector laid out like theta
Update = Callable[[Array, Array, Any, int], tuple[Array, State]]


class Rule:
    """`move` makes the update, on copies of the optimiser's state; `store` writes them back.

    A step is done completely or not at all: `steps` and `state` change only after theta has.
    """

    def __init__(self, program: "Program", optimizer: Any) -> None:
        _check_optimizer(optimizer)
        self.optimizer = optimizer
        self.steps: int = optimizer.steps
        places = program.place_in_theta()
        for i, parameter in enumerate(optimizer.parameters):
            if parameter not in places:
                name = f"parameter {i}" + (f" ({parameter.label!r})" if parameter.label else "")
                message = f"train: the optimiser's {name} is not a parameter of this program"
                raise ValueError(message)
        self.places = np.array([places[p] for p in optimizer.parameters])
        self.is_moved = np.zeros(len(places), dtype=bool)
        self.is_moved[self.places] = True
        self.moves_all = bool(self.is_moved.all())
        self.state: State = {
            name: self._vector(getattr(optimizer, name)) for name in optimizer.state_lists
        }
        self.update = self._update()
        self.rate: Any = None if callable(optimizer.lr) else float(optimizer.lr)
        self._error: BaseException | None = None  # what the schedule raised before its step was due
        is_plain = self.update == self._plain and self.moves_all
        self.move = self._plain_move() if is_plain else self._move
        if is_plain and self.rate is not None:
            self.rate = np.array(self.rate)  # 0-d: multiplies faster than a float

    def _vector(self, numbers: list[float]) -> Array:
        vector = np.zeros(len(self.is_moved))
        vector[self.places] = numbers
        return vector

    def store(self) -> None:
        """Hand the state back to the optimiser."""
        self.optimizer.steps = self.steps
        for name, vector in self.state.items():
            setattr(self.optimizer, name, vector[self.places].tolist())

    # --- learning rates ---------------------------------------------------------------------------

    def next_rate(self) -> Any:
        """The learning rate of the next step."""
        return self.rate if self.rate is not None else float(self.optimizer.lr(self.steps))

    def rates(self, n: int) -> Array:
        """The learning rates of the next n steps; fewer if the schedule raises an error, which is
        raised again when those steps are done and the next rates are requested."""
        if self._error is not None:
            raise self._error
        if self.rate is not None:
            return np.full(n, self.rate)
        rates: list[float] = []
        try:
            for i in range(n):
                rates.append(float(self.optimizer.lr(self.steps + i)))
        except BaseException as error:
            if not rates:
                raise
            self._error = error
        return np.array(rates)

    # --- updates ----------------------------------------------------------------------------------

    def _plain_move(self) -> Callable[[Array, Array, Any], None]:
        """The update without `_move`'s checks, whose cost small models feel."""
        multiply, subtract = np.multiply, np.subtract
        change = np.empty(len(self.is_moved))

        def move(theta: Array, gradient: Array, rate: Any) -> None:
            multiply(gradient, rate, change)
            subtract(theta, change, theta)
            self.steps += 1

        return move

    def _move(self, theta: Array, gradient: Array, rate: Any) -> None:
        """The update, in place."""
        new, state = self.update(theta, gradient, rate, self.steps + 1)
        np.copyto(theta, new, where=True if self.moves_all else self.is_moved)
        self.state, self.steps = state, self.steps + 1

    def native(self) -> tuple[str, Array, Array, Array]:
        """(kind, hyperparameters, first state vector, second) for `native.chunks.Run`."""
        o, nothing = self.optimizer, np.zeros(1)
        if self.update == self._plain and self.moves_all:
            return "plain", np.zeros(4), nothing, nothing
        if self.update in (self._plain, self._sgd):
            hyper = np.array([o.momentum, o.dampening, o.weight_decay, float(o.nesterov)])
            return "sgd", hyper, self.state["velocity"], nothing
        hyper = np.array([*o.betas, o.eps, o.weight_decay])
        return o.formula.lower(), hyper, self.state["mean"], self.state["mean_square"]

    def _update(self) -> Update:
        o = self.optimizer
        if o.formula == "SGD":
            return self._sgd if o.momentum or o.weight_decay else self._plain
        return self._adamw if o.formula == "AdamW" else self._adam

    def _plain(self, theta: Array, gradient: Array, rate: Any, step: int) -> tuple[Array, State]:
        return theta - gradient * rate, self.state

    def _sgd(self, theta: Array, gradient: Array, rate: Any, step: int) -> tuple[Array, State]:
        o, state = self.optimizer, self.state
        if o.weight_decay:
            gradient = gradient + o.weight_decay * theta
        if o.momentum:
            velocity = gradient.copy()
            if step > 1:
                velocity = o.momentum * state["velocity"] + (1.0 - o.dampening) * gradient
            state = {"velocity": velocity}
            gradient = gradient + o.momentum * velocity if o.nesterov else velocity
        return theta - gradient * rate, state

    def _adam(self, theta: Array, gradient: Array, rate: Any, step: int) -> tuple[Array, State]:
        if self.optimizer.weight_decay:
            gradient = gradient + self.optimizer.weight_decay * theta
        return self._adapted(theta, gradient, rate, step)

    def _adamw(self, theta: Array, gradient: Array, rate: Any, step: int) -> tuple[Array, State]:
        kept = theta * (1.0 - rate * self.optimizer.weight_decay)
        return self._adapted(kept, gradient, rate, step)

    def _adapted(self, theta: Array, gradient: Array, rate: Any, step: int) -> tuple[Array, State]:
        beta1, beta2 = self.optimizer.betas
        mean, mean_square = self.state["mean"], self.state["mean_square"]
        mean = mean + (1.0 - beta1) * (gradient - mean)
        mean_square = mean_square * beta2 + (1.0 - beta2) * gradient * gradient
        correction1 = 1.0 - beta1**step
        correction2 = 1.0 - beta2**step
        scale = np.sqrt(mean_square) / np.sqrt(correction2) + self.optimizer.eps
        new = theta - rate / correction1 * (mean / scale)
        return new, {"mean": mean, "mean_square": mean_square}


def _check_optimizer(optimizer: Any) -> None:
    if not hasattr(optimizer, "state_lists"):
        raise TypeError(
            "train expects an optimiser, such as nn.Adam(parameters, lr=0.01); "
            f"got {optimizer!r:.60}"
        )
    if not hasattr(type(optimizer), "formula"):
        kind = f"{type(optimizer).__module__}.{type(optimizer).__qualname__}"
        raise TypeError(
            f"train knows the updates of nn's SGD, Adam and AdamW, but not of {kind}; "
            "call value_and_grad in your own loop"
        )
    _ = optimizer.formula  # raises for a subclass with its own update
