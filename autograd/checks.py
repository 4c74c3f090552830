"""gradcheck: do the derivatives from the table's rules agree with the function itself?"""

from collections.abc import Callable, Sequence
from typing import Any

from autograd.backward import differentiate
from autograd.ops import Operation, to_float
from autograd.value import Value


def gradcheck(
    f: Callable[..., Any] | Operation,
    operands: Sequence[float],
    *,
    step: float = 1e-6,
    tolerance: float = 1e-6,
) -> bool:
    """True if f's derivative by each operand agrees with a central difference; raises if not.

    f(*operands) returns one number: an operation of the table, your own row, or a whole model's
    loss.  The difference (f(x + h) - f(x - h)) / 2h, h = step * max(1, |x|), has an error of about
    h * h + 1e-16 / h; the two may differ by tolerance * max(1, |derivative|).  Avoid kinks.

    Raises an AssertionError that names the operand, both derivatives and their difference.

    >>> import autograd
    >>> gradcheck(autograd.tanh, [0.3])
    True
    """
    point = [to_float(x) for x in operands]
    values = [Value(x) for x in point]
    output = f(*values)
    if not isinstance(output, Value):
        raise TypeError(
            f"gradcheck: {_name(f)} returned {type(output).__name__}, not a Value: {output!r:.60}"
        )
    gradients = differentiate(output, create_graph=False)
    for i, x in enumerate(point):
        h = step * max(1.0, abs(x))
        above = [*point[:i], x + h, *point[i + 1 :]]
        below = [*point[:i], x - h, *point[i + 1 :]]
        width = (x + h) - (x - h)  # as rounded
        numerical = (_number(f, above) - _number(f, below)) / width
        analytic = float(gradients.get(values[i], 0.0))
        difference = abs(analytic - numerical)
        if not difference <= tolerance * max(1.0, abs(analytic), abs(numerical)):
            raise AssertionError(
                f"gradcheck: {_name(f)}: by operand {i} (of {len(point)}) at {point!r}, the rule "
                f"gives {analytic!r}, a central difference {numerical!r}: "
                f"they differ by {difference:.3g}"
            )
    return True


def _number(f: Callable[..., Any], point: list[float]) -> float:
    return float(f(*[Value(x) for x in point]))


def _name(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", repr(f))
