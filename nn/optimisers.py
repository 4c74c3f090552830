"""Optimisers: how parameters move against their gradients.  They match PyTorch digit for digit.

Each keeps its hyperparameters in attributes named as in PyTorch; `lr` is a number or a schedule
(a function of the step, see `nn.schedules`); `steps` counts the updates made; the lists of state
(`velocity`, or `mean` and `mean_square`) have one number per parameter, in the parameters' order.
"""

import math
from collections.abc import Iterable
from typing import Any

from autograd import Value
from nn.schedules import Schedule
from nn.trees import numbers_in

UPDATE = ("zero_grad", "step", "rate", "_moved", "_adapted")
"""The methods that define an update."""


class Optimizer:
    """What SGD, Adam and AdamW share: parameters, a learning rate, and a count of steps."""

    state_lists: tuple[str, ...] = ()

    def __init__(self, parameters: Iterable[Value], lr: float | Schedule) -> None:
        self.parameters = _checked(parameters)
        if not callable(lr):
            _check("lr", lr, lr >= 0.0)
        self.lr = lr
        self.steps = 0
        for name in self.state_lists:
            setattr(self, name, [0.0] * len(self.parameters))

    @property
    def formula(self) -> str:
        """Which update it makes, "SGD", "Adam" or "AdamW", for code that makes it elsewhere, as in
        compiled training.  Raises TypeError for a class that changes any part of the update."""
        changed: list[str] = []
        for base in (AdamW, Adam, SGD):
            changed = [name for name in UPDATE if not _is_of(base, name, self)]
            if not changed:
                return base.__name__
            if isinstance(self, base):
                break
        raise TypeError(
            f"{type(self).__name__} has its own update ({', '.join(changed)}), which only "
            "its own code can make: train with nn.fit, or call value_and_grad and step in a loop"
        )

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return float(self.lr(self.steps)) if callable(self.lr) else self.lr

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0."""
        for parameter in self.parameters:
            parameter.grad = 0.0

    def step(self) -> None:
        """Update every parameter once, by its gradient."""
        rate = self.rate
        self.steps += 1
        for i, parameter in enumerate(self.parameters):
            if parameter.grad is not None:  # None: it stays where it is, as in PyTorch
                parameter.data = self._moved(i, parameter.data, float(parameter.grad), rate)

    def _moved(self, i: int, x: float, gradient: float, rate: float) -> float:
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """What resuming training needs besides the parameters: the step count and the lists."""
        lists = {name: list(getattr(self, name)) for name in self.state_lists}
        return {"steps": self.steps, **lists}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Load the `state_dict()` of an optimiser of the same kind over as many parameters.

        Raises KeyError for missing or extra entries, such as another kind of optimiser has;
        ValueError for a list of another length, or an impossible step count or number; TypeError
        for what is not made of numbers.  Then nothing is changed.
        """
        steps, lists = self._checked_state(state)
        for name, numbers in lists.items():
            setattr(self, name, numbers)
        self.steps = steps

    def _checked_state(self, state: dict[str, Any]) -> tuple[int, dict[str, list[float]]]:
        if not isinstance(state, dict):
            raise TypeError(f"a state is a dict, as state_dict() gives it; got {state!r:.60}")
        expected = {"steps", *self.state_lists}
        if set(state) != expected:
            raise KeyError(
                f"this {type(self).__name__} has the state {sorted(expected)}, "
                f"got {sorted(map(str, state))}{_owner_of(state)}"
            )
        steps = state["steps"]
        is_whole = isinstance(steps, int) and not isinstance(steps, bool)
        if not is_whole or not 0 <= steps <= 2**53:  # beyond, floats cannot count
            raise ValueError(f"steps: expected a whole number from 0 to 2**53, got {steps!r:.60}")
        lists = {name: numbers_in(name, state[name]) for name in self.state_lists}
        for name, numbers in lists.items():
            if len(numbers) != len(self.parameters):
                raise ValueError(
                    f"{name}: {len(numbers)} numbers for {len(self.parameters)} parameters"
                )
        return steps, lists


class SGD(Optimizer):
    """x -= lr * g, with momentum, Nesterov's momentum and weight decay (torch.optim.SGD)."""

    state_lists = ("velocity",)
    velocity: list[float]

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.01,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr)
        _check("momentum", momentum, momentum >= 0.0)
        _check("weight_decay", weight_decay, weight_decay >= 0.0)
        if nesterov and (momentum == 0.0 or dampening != 0.0):
            raise ValueError("nesterov=True needs a momentum above 0 and no dampening")
        self.momentum = momentum
        self.dampening = dampening
        self.weight_decay = weight_decay
        self.nesterov = nesterov

    def _moved(self, i: int, x: float, gradient: float, rate: float) -> float:
        if self.weight_decay:
            gradient = gradient + self.weight_decay * x
        if self.momentum:
            if self.steps == 1:
                velocity = gradient
            else:
                velocity = self.momentum * self.velocity[i] + (1.0 - self.dampening) * gradient
            self.velocity[i] = velocity
            gradient = gradient + self.momentum * velocity if self.nesterov else velocity
        return x - rate * gradient


class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba 2015, algorithm 1), as torch.optim.Adam computes them."""

    state_lists = ("mean", "mean_square")
    mean: list[float]
    mean_square: list[float]

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        for beta in betas:
            _check("a beta", beta, 0.0 <= beta < 1.0)
        _check("eps", eps, eps >= 0.0)
        _check("weight_decay", weight_decay, weight_decay >= 0.0)
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay

    def _moved(self, i: int, x: float, gradient: float, rate: float) -> float:
        if self.weight_decay:
            gradient = gradient + self.weight_decay * x
        return self._adapted(i, x, gradient, rate)

    def _checked_state(self, state: dict[str, Any]) -> tuple[int, dict[str, list[float]]]:
        steps, lists = super()._checked_state(state)
        if any(x < 0.0 for x in lists["mean_square"]):
            raise ValueError(f"mean_square: {min(lists['mean_square'])} is not a mean of squares")
        return steps, lists

    def _adapted(self, i: int, x: float, gradient: float, rate: float) -> float:
        beta1, beta2 = self.betas
        mean = self.mean[i] + (1.0 - beta1) * (gradient - self.mean[i])
        mean_square = self.mean_square[i] * beta2 + (1.0 - beta2) * gradient * gradient
        self.mean[i], self.mean_square[i] = mean, mean_square
        correction1 = 1.0 - beta1**self.steps
        correction2 = 1.0 - beta2**self.steps
        scale = math.sqrt(mean_square) / math.sqrt(correction2) + self.eps
        return x - rate / correction1 * (mean / scale)


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2)."""

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def _moved(self, i: int, x: float, gradient: float, rate: float) -> float:
        return self._adapted(i, x * (1.0 - rate * self.weight_decay), gradient, rate)


def clip_grad_norm_(parameters: Iterable[Value], max_norm: float) -> float:
    """Scale all gradients so that their common Euclidean norm is at most max_norm.

    Returns the norm before scaling.  PyTorch's formula: factor max_norm / (norm + 1e-6).
    """
    parameters = [p for p in parameters if p.grad is not None]
    norm = math.sqrt(math.fsum([float(p.grad) * float(p.grad) for p in parameters]))
    factor = max_norm / (norm + 1e-6)
    if factor < 1.0:
        for parameter in parameters:
            parameter.grad = parameter.grad * factor
    return norm


def clip_grad_value_(parameters: Iterable[Value], clip_value: float) -> None:
    """Clamp every gradient to the range from -clip_value to clip_value."""
    for parameter in [p for p in parameters if p.grad is not None]:
        parameter.grad = min(max(parameter.grad, -clip_value), clip_value)


def _checked(parameters: Iterable[Value]) -> list[Value]:
    """The parameters as a list; each must be a leaf and occur only once."""
    parameters = list(parameters)
    if not parameters:
        raise ValueError("an optimiser needs parameters, got none")
    first: dict[Value, int] = {}
    for i, parameter in enumerate(parameters):
        if not isinstance(parameter, Value):
            raise TypeError(
                "an optimiser updates leaf Values, as model.parameters() returns them; parameter "
                f"{i} is a {type(parameter).__name__}: {parameter!r:.60}"
            )
        name = f"parameter {i}" + (f" ({parameter.label!r})" if parameter.label else "")
        if parameter.op is not None:
            how = f"computed by {parameter.op.name!r}" if parameter.operands else "a constant"
            raise TypeError(
                f"an optimiser updates leaf Values, made with Value(...); {name} is {how}"
            )
        if parameter in first:
            raise ValueError(
                f"{name} is parameter {first[parameter]} again: it would move twice per step; "
                "list it once"
            )
        first[parameter] = i
    return parameters


def _is_of(base: type[Optimizer], name: str, optimizer: Optimizer) -> bool:
    """Whether the optimiser has this method from the class `base` or its bases."""
    own = vars(optimizer).get(name, getattr(type(optimizer), name, None))
    return own is getattr(base, name, None)


def _owner_of(state: dict[str, Any]) -> str:
    """Which optimiser the state belongs to, for a message."""
    for kind in (SGD, Adam):
        if set(state) == {"steps", *kind.state_lists}:
            return f", which is the state of {kind.__name__}"
    return ""


def _check(name: str, number: float, holds: bool) -> None:
    if not holds:
        raise ValueError(f"{name} is out of range: {number!r}")
