"""Exercises on what a function does to a graph: it is run, and what it leaves behind is compared.

Each exercise runs the learner's function on small graphs, and compares what it leaves behind with
what the right function leaves.  A list of usual mistakes is run likewise: where one of them leaves
what the learner's function left, its hint is shown.  All numbers are short binary fractions, so no
rounding blurs the comparison.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd import Value
from autograd.exercises.errors import stopped

Function = Callable[..., Any]
Outcome = dict[str, Any]  # by name ("x.grad"), what the function left there


class PassExercise(NamedTuple):
    """`fault(function)` says what is wrong with the function, or ""."""

    name: str
    fault: Callable[[Function], str]

    def is_begun(self, function: Function) -> bool:
        """False while the function's body is still `...` or `return ...`."""
        return function.__code__.co_code not in [f.__code__.co_code for f in (_dots, _gives_dots)]

    def check(self, function: Function) -> str:
        """What is wrong with the function, in a sentence or two; "" if nothing is."""
        try:
            return self.fault(function)
        except Exception as error:
            return stopped(error, function.__code__)


def _dots(node):  # type: ignore[no-untyped-def]
    """The body of a question that changes something."""
    ...


def _gives_dots(node):  # type: ignore[no-untyped-def]
    """The body of a question that returns something."""
    return ...


def compared(
    use: Callable[[Function], Outcome], right: Function, hints: Sequence[tuple[Function, str]]
) -> Callable[[Function], str]:
    """The fault of a function whose outcome must be that of the right one."""

    def fault(function: Function) -> str:
        left, expected = use(function), use(right)
        for name, number in expected.items():
            if left[name] != number:
                said = f"{name} should be {number:g}, yours is {_shown(left[name])}"
                fitting = [hint for mistake, hint in hints if use(mistake) == left]
                return f"{said}: {fitting[0]}" if fitting else said
        return ""

    return fault


def _shown(number: Any) -> str:
    return f"{number:g}" if isinstance(number, int | float | Value) else repr(number)
