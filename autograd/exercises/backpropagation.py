"""Exercises on the backward pass: the sum over uses, the chain rule at a node, the order."""

from collections.abc import Callable

from autograd import Value, topological_order
from autograd.exercises import answers
from autograd.exercises.passes import Function, Outcome, PassExercise, compared

# --- a value that is used several times -----------------------------------------------------------

USES = [(3.0, 2.0), (-0.5, 2.0), (1.0, 4.0)]


def _reused(function: Function) -> Outcome:
    return {"with uses = [(3, 2), (-0.5, 2), (1, 4)] the gradient": function(list(USES))}


def _product_of_all(uses: list[tuple[float, float]]) -> float:
    product = 1.0
    for local, upstream in uses:
        product *= local * upstream
    return product


REUSED_HINTS = [
    (lambda uses: uses[-1][0] * uses[-1][1], "you kept the last use only; the uses add up"),
    (lambda uses: uses[0][0] * uses[0][1], "you kept the first use only; the uses add up"),
    (_product_of_all, "along one path you multiply, but different uses add up"),
    (lambda uses: sum([local for local, _ in uses]), "multiply each by its upstream gradient"),
    (lambda uses: sum([up for _, up in uses]), "multiply each by its local derivative"),
    (lambda uses: sum([a + b for a, b in uses]), "within one use the chain rule multiplies"),
]


# --- the chain rule at one node, and the order ----------------------------------------------------


def _graph() -> dict[str, Value]:
    """y = x * x * w + x: x is used three times, twice by the same product."""
    x, w = Value(3.0, label="x"), Value(-2.0, label="w")
    square = x * x
    product = square * w
    y = product + x
    values = {"y": y, "(x * x * w)": product, "(x * x)": square, "w": w, "x": x}
    for name, value in values.items():
        value.label = name
    return values


def _whole_pass(step: Function) -> Outcome:
    """The learner's step at each node of y = x * x * w + x, from the end."""
    values = _graph()
    values["y"].grad = 1.0
    for node in reversed(topological_order(values["y"])):
        step(node)
    return {f"for y = x * x * w + x, {name}.grad": value.grad for name, value in values.items()}


def _step(change: Callable[[Value, float, Value], float]) -> Function:
    """A backward step that leaves change(operand, local derivative, node) in operand.grad."""

    def step(node: Value) -> None:
        for operand, local in zip(node.operands, node.local_derivatives):
            operand.grad = change(operand, local, node)

    return step


STEP_HINTS = [
    (_step(lambda operand, local, node: local * node.grad), "x has several uses: write +=, not ="),
    (_step(lambda operand, local, node: operand.grad + local), "multiply by node.grad as well"),
    (
        _step(lambda operand, local, node: operand.grad + node.grad),
        "multiply by the local derivative as well",
    ),
    (
        _step(lambda operand, local, node: operand.grad + local + node.grad),
        "local derivative and upstream gradient are multiplied",
    ),
    (
        _step(lambda operand, local, node: operand.grad + local * node.data),
        "the upstream gradient is node.grad, not node.data",
    ),
    (
        _step(lambda operand, local, node: operand.grad - local * node.grad),
        "the sign is wrong: gradients are added",
    ),
    (lambda node: None, "the operands' gradients are as before: add to operand.grad"),
]


def _order_fault(function: Function) -> str:
    values = _graph()
    order = function(values["y"])
    if not isinstance(order, list):
        return f"return a list of Values; got {order!r}"
    names = [value.label for value in order]
    missing = [name for name in values if name not in names]
    if missing:
        return f"for y = x * x * w + x, {missing[0]} is missing; your list is {_listed(names)}"
    if len(names) > len(values):
        twice = next(name for name in names if names.count(name) > 1)
        return f"{twice} stands in your list more than once: keep a set of those you have seen"
    if _misplaced(order[::-1]) is None:
        return "that is the order of the backward pass: turn it round, operands come first"
    misplaced = _misplaced(order)
    if misplaced is None:
        return ""
    user, operand = misplaced
    return (
        f"{user.label} stands before its operand {operand.label}: append a value after all of its "
        f"operands; your list is {_listed(names)}"
    )


def _listed(names: list[str]) -> str:
    return "[" + ", ".join(names) + "]"


def _misplaced(order: list[Value]) -> tuple[Value, Value] | None:
    """(user, operand) where the user comes first; None in a topological order."""
    for i, user in enumerate(order):
        for operand in user.operands:
            if operand not in order[:i]:
                return user, operand
    return None


BACKPROPAGATION = [
    PassExercise(
        "gradient_of_reused_value",
        compared(_reused, answers.gradient_of_reused_value, REUSED_HINTS),
    ),
    PassExercise("backward_step", compared(_whole_pass, answers.backward_step, STEP_HINTS)),
    PassExercise("topological_order", _order_fault),
]
