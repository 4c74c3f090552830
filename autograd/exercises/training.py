"""Exercises on training: zeroing, one step of gradient descent, one whole training step."""

from collections.abc import Callable
from typing import Any

from autograd import Value
from autograd.exercises import answers
from autograd.exercises.passes import Function, Outcome, PassExercise, compared


def _changed(function: Function, *rest: Any) -> Outcome:
    """What the function leaves of two parameters that have gradients."""
    parameters = [Value(2.0), Value(-1.0)]
    parameters[0].grad, parameters[1].grad = 0.5, -4.0
    function(parameters, *rest)
    at = "with parameters (data 2, grad 0.5) and (data -1, grad -4)"
    at += ", rate 0.25, " if rest else ", "
    outcome = {f"{at}the data of parameter {i}": p.data for i, p in enumerate(parameters)}
    return outcome | {f"{at}the grad of parameter {i}": p.grad for i, p in enumerate(parameters)}


def _zeroed(function: Function) -> Outcome:
    return _changed(function)


def _descended(function: Function) -> Outcome:
    return _changed(function, 0.25)


def _for_each(change: Callable[..., None]) -> Function:
    def function(parameters: list[Value], *rest: float) -> None:
        for p in parameters:
            change(p, *rest)

    return function


def _set(attribute: str, number: Callable[..., float]) -> Function:
    return _for_each(lambda p, *rest: setattr(p, attribute, number(p, *rest)))


ZERO_HINTS = [
    (lambda parameters: None, "set p.grad of each parameter p"),
    (_set("data", lambda p: 0.0), "clear the gradient, p.grad, and leave the data alone"),
]

DESCENT_HINTS = [
    (lambda parameters, rate: None, "change p.data of each parameter p"),
    (_set("data", lambda p, rate: p.data + rate * p.grad), "that is uphill: subtract"),
    (_set("data", lambda p, rate: p.data - p.grad), "multiply the gradient by the rate"),
    (_set("data", lambda p, rate: -rate * p.grad), "change the data, do not replace it: use -="),
    (_set("data", lambda p, rate: p.data - rate), "multiply the rate by the gradient"),
]


def _two_steps(step: Function) -> Outcome:
    """Two training steps on loss = (w - 3) ** 2, from w = 1 and a gradient left by somebody."""
    w = Value(1.0, label="w")
    w.grad = 8.0
    data = []
    for _ in range(2):
        step(lambda: (w - Value(3.0)) * (w - Value(3.0)), [w], 0.25)
        data.append(w.data)
    return {
        f"for loss = (w - 3) ** 2, w = 1, rate 0.25: w after step {i + 1}": data[i] for i in (0, 1)
    }


def _steps(*actions: str) -> Function:
    """A training step that does these things in this order."""

    def step(loss_of: Callable[[], Value], parameters: list[Value], rate: float) -> None:
        loss = loss_of()
        for action in actions:
            if action == "zero":
                answers.zero_gradients(parameters)
            elif action == "backward":
                loss.backward()
            else:
                answers.descend(parameters, rate if action == "descend" else -rate)

    return step


TRAINING_HINTS = [
    (_steps(), "nothing has moved: loss, zero, backward and descent must come in this order"),
    (_steps("backward", "descend"), "the gradients of earlier steps are still there: zero them"),
    (_steps("backward", "descend", "zero"), "zero the gradients before backward(), not at the end"),
    (_steps("descend", "zero", "backward"), "backward() comes before the descent"),
    (_steps("zero", "backward", "ascend"), "that is uphill: subtract"),
]


TRAINING = [
    PassExercise("zero_gradients", compared(_zeroed, answers.zero_gradients, ZERO_HINTS)),
    PassExercise("descend", compared(_descended, answers.descend, DESCENT_HINTS)),
    PassExercise("training_step", compared(_two_steps, answers.training_step, TRAINING_HINTS)),
]
