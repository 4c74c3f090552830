"""Pieces of NumPy source, and how shapes are written."""

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.compiling.arrays.array import BATCH

if TYPE_CHECKING:
    from autograd.compiling.writing.body import Body


class Text(NamedTuple):
    """An expression, how loosely it binds, and what it stands for.

    rank 1: a name, a number, a call; 3: unary minus; 4: *, /, @; 5: +, -; 6: anything else
    is_dot: it is a call of `dot`, which can be told where to write its result
    """

    text: str
    rank: int = 1
    comment: str = ""
    is_dot: bool = False

    def within(self, rank: int) -> str:
        return self.text if self.rank <= rank else f"({self.text})"


def permuted(x: Text, letters: str, wanted: str) -> Text:
    if letters == wanted:
        return x
    if len(letters) == 2:
        return Text(f"{x.within(1)}.T")
    return Text(f"{x.within(1)}.transpose({', '.join(str(letters.index(w)) for w in wanted)})")


def reshaped(x: Text, shape: Any) -> Text:
    """Of several reshapes only the last counts."""
    text = re.sub(r"\.reshape\([-0-9, ]*\)$", "", x.within(1))
    return Text(f"{text}.reshape({sizes_text(shape)})")


def sizes_text(shape: Any) -> str:
    """The sizes of a reshape, or axes: NumPy infers the length of the axis of the rows."""
    return ", ".join(str(max(n, -1)) for n in shape)


def shape_text(body: "Body", shape: Any) -> str:
    sizes = [rows_text(body.batch(), n) if n < 0 else str(n) for n in shape]
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"


def rows_text(batch: str, n: int) -> str:
    """How many rows: -1 is the batch, -8 the batch times 8."""
    return batch if n == BATCH else f"{batch} * {-n}"


def slices_text(slices: Any, shape: Any) -> str:
    texts = []
    for s, n in zip(slices, shape):
        if isinstance(s, tuple):
            texts.append(":" if s == (0, n) else f"{s[0]}:{s[1]}")
        else:
            texts.append(str(s))
    while len(texts) > 1 and texts[-1] == ":":
        texts.pop()
    return ", ".join(texts)
