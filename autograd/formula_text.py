"""How an operation on pieces of text is written: signs, parentheses, and what is left out.

A piece has `text`, and `binds`: how tightly its loosest sign binds.  `formula.py` makes them.
"""

from collections.abc import Sequence
from typing import Protocol

from autograd import ops
from autograd.ops import Operation

INFIX = {  # the sign, and how tightly it binds
    ops.add: ("+", 1), ops.sub: ("-", 1), ops.mul: ("*", 2), ops.div: ("/", 2), ops.pow: ("**", 4)
}  # fmt: skip
SUM, NEGATION, ATOM = 1, 3, 5
LONGEST = 240  # characters of a formula that somebody still reads


class Piece(Protocol):
    """Anything with a text and the strength of its loosest sign."""

    text: str
    binds: int


def written(op: Operation, parts: Sequence[Piece]) -> tuple[str, int]:
    """The text of an operation, and how tightly it binds."""
    if op in INFIX:
        return _infix(op, *parts)
    if op is ops.neg:
        return "-" + _within(parts[0], NEGATION), NEGATION
    if op is ops.sum:
        return sum_of(parts)
    if op in (ops.greater, ops.equal):  # Iverson's bracket: 1 where it holds, else 0
        return f"[{parts[0].text} {op.symbol} {parts[1].text}]", ATOM
    return f"{op.name}({', '.join([part.text for part in parts])})", ATOM


def _infix(op: Operation, x: Piece, y: Piece) -> tuple[str, int]:
    symbol, binds = INFIX[op]
    left = _within(x, binds + (op is ops.pow))
    right = to_the_right(_within(y, binds + (op is not ops.mul and op is not ops.pow)))
    return _shortened(f"{left} {symbol} {right}"), binds


def sum_of(terms: Sequence[Piece]) -> tuple[str, int]:
    """Terms with plus signs between them, all of them or the first and the last."""
    texts = [_within(terms[k], 2) if k is not None else "..." for k in places(len(terms), 0)]
    return joined(texts), 1 if len(texts) > 1 else ATOM


def joined(terms: Sequence[str], sign: str = " + ") -> str:
    """The terms of a sum, or the factors of a product."""
    return sign.join([*terms[:1], *[to_the_right(term) for term in terms[1:]]])


def to_the_right(text: str) -> str:
    """As it stands to the right of a sign: 2 * (-3), a - (-b)."""
    return f"({text})" if text.startswith("-") else text


def places(count: int, keep: int) -> list[int | None]:
    """Which of so many things are written: all, or the first, this one and the last.

    None stands for those that are left out.
    """
    if count <= 6:
        return list(range(count))
    pieces: list[int | None] = []
    previous = -1
    for k in sorted({0, keep, count - 1}):
        pieces += [None] * (k > previous + 1) + [k]
        previous = k
    return pieces


def _shortened(text: str) -> str:
    """A formula of two thousand factors by its beginning and its end."""
    words = text.split(" ")
    return text if len(text) <= LONGEST else " ".join([*words[:8], "...", *words[-3:]])


def _within(formula: Piece, binds: int) -> str:
    return f"({formula.text})" if formula.binds < binds else formula.text
