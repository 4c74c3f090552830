"""How a contraction is spelt: as a matrix product wherever it is one."""

import math
from typing import TYPE_CHECKING, Any

from autograd.compiling.arrays.contract import Contraction
from autograd.compiling.writing.text import Text, permuted, reshaped, rows_text, sizes_text

if TYPE_CHECKING:
    from autograd.compiling.writing.body import Body


def product(body: "Body", c: Contraction, args: list[Text]) -> Text:
    of_a, of_b, result = c.of_a, c.of_b, c.result
    a, b = args
    shared, summed = c.shared, c.summed
    rows = "".join(x for x in result if x in of_a and x not in of_b)
    columns = "".join(x for x in result if x in of_b and x not in of_a)
    if c.is_matrix_product and shared and shared == result:
        left = _arranged(a, of_a, shared, "", summed, c.sizes)
        right = _arranged(b, of_b, shared, "", summed, c.sizes)
        return Text(f"np.vecdot({left.text}, {right.text})")
    if not c.is_matrix_product or (shared and not (rows and columns)):
        return Text(f'np.einsum("{of_a},{of_b}->{result}", {a.text}, {b.text})')
    if result == shared + columns + rows and columns:
        a, b, of_a, of_b, rows, columns = b, a, of_b, of_a, columns, rows
    body.emitter.products.append(_shapes(c.sizes, shared, rows, summed, columns))
    left = _arranged(a, of_a, shared, rows, summed, c.sizes)
    right = _arranged(b, of_b, shared, summed, columns, c.sizes)
    if shared:
        product = Text(f"{left.within(1)} @ {right.within(1)}", 4)
    else:  # faster than @ on small matrices
        product = Text(f"{left.within(1)}.dot({right.text})", is_dot=True)
    got = shared + rows + columns
    if len(rows) > 1 or len(columns) > 1:
        product = reshaped(product, [c.sizes[x] for x in got])
    return permuted(product, got, result)


def widened(x: Text, shape: Any) -> Text:
    """Restores the axes of size 1 that a contraction left out."""
    if 1 not in shape:
        return x
    marks = ", ".join("None" if n == 1 else ":" for n in shape)
    return Text(f"{x.within(1)}[{marks}]")


def _shapes(sizes: dict[str, int], shared: str, rows: str, summed: str, columns: str) -> str:
    """A matrix product in words: "(20 x 8) by (8 x 16)"."""

    def text(letters: str) -> str:
        known = [sizes[x] for x in letters]
        return " x ".join([str(n) if n >= 0 else rows_text("batch", n) for n in known])

    stack = f"{text(shared)} of " if shared else ""
    return f"{stack}({text(rows + summed)}) by ({text(summed + columns)})"


def _arranged(
    x: Text, letters: str, shared: str, first: str, second: str, sizes: dict[str, int]
) -> Text:
    """x as (shared..., first, second), each of the two a single axis."""
    turned = letters == shared + second + first and first and second
    front, back = (second, first) if turned else (first, second)
    x = permuted(x, letters, shared + front + back)
    if len(first) > 1 or len(second) > 1:
        shape = [sizes[letter] for letter in shared]
        shape += [math.prod(sizes[x] for x in part) for part in (front, back) if part]
        x = reshaped(x, shape)
    if not turned:
        return x
    last = len(shared) + 1
    axes = [*range(len(shared)), last, last - 1]
    return Text(f"{x.within(1)}.transpose({sizes_text(axes)})" if shared else f"{x.within(1)}.T")
