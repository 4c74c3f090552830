"""Functions of lists of numbers, and of a few options: thin wrappers around rows of the table.

Numbers may be Values or plain; plain numbers alone give a plain number.
"""

from collections.abc import Iterable
from typing import Any

from autograd import ieee, ops
from autograd.ops import Operation, to_float
from autograd.value import Value, constant, record


def sum(xs: Iterable[Any]) -> Any:
    """x1 + ... + xn as one node; 0.0 for an empty list."""
    operands = tuple(xs)
    return apply(ops.sum, operands) if operands else 0.0


def mean(xs: Iterable[Any]) -> Any:
    """(x1 + ... + xn) / n as one node.  Raises ValueError for an empty list."""
    return apply(ops.mean, _not_empty("mean", xs))


def prod(xs: Iterable[Any]) -> Any:
    """x1 * ... * xn as one node; 1.0 for an empty list."""
    operands = tuple(xs)
    return apply(ops.prod, operands) if operands else 1.0


def dot(xs: Iterable[Any], ys: Iterable[Any], bias: Any = None) -> Any:
    """bias + x1 * y1 + ... + xn * yn as one node, whose operands are (x..., y..., bias).

    A neuron's weighted sum, added from left to right, bias first, as in micrograd.
    Raises ValueError when the lists differ in length.
    """
    xs, ys = tuple(xs), tuple(ys)
    if len(xs) != len(ys):
        raise ValueError(f"dot: the lists differ in length, {len(xs)} and {len(ys)}")
    operands = xs + ys if bias is None else (*xs, *ys, bias)
    return apply(ops.dot, operands) if operands else 0.0


def logsumexp(xs: Iterable[Any]) -> Any:
    """log(exp(x1) + ... + exp(xn)) as one node, without overflow.  ValueError for an empty list."""
    return apply(ops.logsumexp, _not_empty("logsumexp", xs))


def softmax(xs: Iterable[Any]) -> list[Any]:
    """exp(x) / (exp(x1) + ... + exp(xn)) for each x: positive numbers that add up to 1.

    The largest x is subtracted first: exp cannot overflow, and adding one number to every x
    changes nothing.  An infinite x gives nan, as in PyTorch.  Raises ValueError for an empty list.
    """
    exponentials = [ops.exp(x) for x in _shifted(_not_empty("softmax", xs))]
    total = sum(exponentials)
    return [apply(ops.div, (exponential, total)) for exponential in exponentials]


def log_softmax(xs: Iterable[Any]) -> list[Any]:
    """x - logsumexp(xs) for each x: the logarithm of `softmax(xs)`, exact where that rounds to 0.

    The largest x is subtracted first, as in `softmax`.  Raises ValueError for an empty list.
    """
    shifted = _shifted(_not_empty("log_softmax", xs))
    total = logsumexp(shifted)
    return [x - total for x in shifted]


def where(condition: Any, x: Any, y: Any) -> Any:
    """x where the condition holds (is not 0), else y.

    A plain condition picks immediately: the result is x or y itself.  A Value is an operand like
    any other: the graph then holds both branches, and a compiled program decides row by row.
    `autograd.greater` and `autograd.equal` make such conditions.
    """
    if hasattr(type(condition), "apply_operation"):
        return ops.where(condition, x, y)
    return x if condition else y


def choose(index: Any, *options: Any) -> Any:
    """The option that the index picks, counted from 0.

    A plain index picks immediately: the result is that option itself.  A Value is an operand like
    any other: the graph then holds all options, and a compiled program chooses row by row.
    Raises IndexError when the index is not a whole number from 0 to n - 1.
    """
    if not options:
        raise ValueError("choose: there are no options to choose from")
    if hasattr(type(index), "apply_operation"):
        return ops.choose(index, *options)
    ieee.choose(to_float(index), *[0.0] * len(options))  # the same check, the same message
    return options[int(index)]


def leaky_relu(x: Any, negative_slope: Any = 0.01) -> Any:
    """x where x > 0, else negative_slope * x."""
    return ops.leaky_relu(x, negative_slope)


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """x where x > 0, else alpha * (exp(x) - 1)."""
    return ops.elu(x, alpha)


def apply(op: Operation, operands: tuple[Any, ...]) -> Any:
    """op(*operands); goes straight to making the node when the first is a Value, for speed."""
    if type(operands[0]) is Value:
        return record(op, tuple([x if type(x) is Value else constant(x) for x in operands]))
    return op(*operands)


def _not_empty(name: str, xs: Iterable[Any]) -> tuple[Any, ...]:
    operands = tuple(xs)
    if not operands:
        raise ValueError(f"{name} of an empty list: there is nothing to return")
    return operands


def _shifted(operands: tuple[Any, ...]) -> list[Any]:
    """x - peak for each x.  The peak needs no gradient: the result does not depend on the shift."""
    peak = apply(ops.peak, operands)
    return [x - peak for x in operands]
