"""Equations as they are shown: true at the digits shown, or marked "about".

Whoever checks one with a pocket calculator uses the digits on the page.  1 - 0.9993 * 0.9993 is
0.0014 there, though the sigmoid's slope is 0.001341; so a left side gets as many digits as bring it
within half a per cent of the right side, and "=" stands only where both round to the same.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from autograd.formula_text import to_the_right

DIGITS = (4, 6, 8, 12, 17)  # 17 tell any two floats apart
BOUND = 0.005  # how far from a right side, in its own size, a left side with "about" may be


def shown(x: float, digits: int = 4) -> str:
    """Four significant digits: 0.25, -1.5e-05; seventeen tell even -0 from 0."""
    return f"{x + 0.0 if digits < 17 else x:.{digits}g}"


class Equation(NamedTuple):
    """`left`, "2 * (-3)", is `right`, "-6": exactly so, or about."""

    left: str
    right: str
    is_exact: bool

    def __str__(self) -> str:
        return f"{self.left} = {'' if self.is_exact else 'about '}{self.right}"


Side = Callable[[int], tuple[str, float | None]]


def equation_of(left_at: Side, right: float) -> Equation | None:
    """The equation with the fewest digits that is nearly true; None if none is.

    `left_at(digits)`: the left side at so many digits, and what it then comes to.
    """
    for digits in DIGITS:
        left, comes_to = left_at(digits)
        if comes_to is not None and is_close(comes_to, right):
            return Equation(left, shown(right), is_same(comes_to, right))
    return None


def is_same(left: float, right: float) -> bool:
    """Whether both are shown alike."""
    return shown(left) == shown(right)


def is_close(left: float, right: float) -> bool:
    """Whether "about" may stand between them."""
    return is_same(left, right) or math.isclose(left, right, rel_tol=BOUND)


def product(factors: Sequence[float], right: float, words: Sequence[str] = ()) -> Equation:
    """ "2 * (-3) = -6"; `words` are put after the factors: "2 (mul) * (-3) (tanh)"."""
    return _of_numbers(factors, right, " * ", math.prod, words)


def total(terms: Sequence[float], right: float) -> Equation:
    """ "1 + (-4) = -3"."""
    return _of_numbers(terms, right, " + ", sum)


def _of_numbers(
    numbers: Sequence[float],
    right: float,
    sign: str,
    combine: Callable[[list[float]], float],
    words: Sequence[str] = (),
) -> Equation:
    def left_at(digits: int) -> tuple[str, float]:
        texts = [shown(x, digits) for x in numbers]
        comes_to = combine([float(text) for text in texts])
        signed = [texts[0], *[to_the_right(text) for text in texts[1:]]]
        said = [text + word for text, word in zip(signed, words)] if words else signed
        return sign.join(said), comes_to

    # at 17 digits it is the engine's own arithmetic, whatever order it was done in
    found = equation_of(left_at, right)
    return found or Equation(left_at(DIGITS[-1])[0], shown(right), False)
