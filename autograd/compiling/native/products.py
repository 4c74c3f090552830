"""Matrix products: blocks of the result in vector registers, the innermost loop a multiply-add.

    C[i, j] += sum over k of A[i, k] * B[k, j]

B is in memory with j last, one vector per load; A's numbers are broadcast to a vector one by one,
wherever they are.  A block of the result stays in registers for the whole sum, as in Goto and
van de Geijn 2008, but without their packing: these matrices fit into the cache.
"""

from typing import NamedTuple

from autograd.compiling.native.machine import Function, Number, Whole

BLOCK = 8  # vectors of the result that stay in registers


class Axis(NamedTuple):
    """An axis: its size, and its strides in A, B and C."""

    size: Whole
    a: int = 0
    b: int = 0
    c: int = 0


class Matrices(NamedTuple):
    """Pointers and starts of A, B and C; a is "" where B is just summed."""

    a: str
    a_start: Whole
    b: str
    b_start: Whole
    c: str
    c_start: Whole

    def moved(self, code: Function, axis: Axis, i: Whole) -> "Matrices":
        a, b, c = [
            code.add(start, code.mul(i, stride))
            for start, stride in zip(self[1::2], (axis.a, axis.b, axis.c))
        ]
        return Matrices(self.a, a, self.b, b, self.c, c)


def merged(code: Function, axes: list[Axis]) -> list[Axis]:
    """Neighbouring axes, fused where all three matrices are contiguous across them."""
    result: list[Axis] = []
    for axis in reversed(axes):
        if result and isinstance(n := result[0].size, int):
            _, a, b, c = result[0]
            if axis[1:] == (a * n, b * n, c * n):
                result[0] = Axis(code.mul(axis.size, n), a, b, c)
                continue
        result.insert(0, axis)
    return result


def product(
    code: Function, at: Matrices, i: Axis, k: Axis, j: Axis, lanes: int, is_added: bool
) -> None:
    """All of C, or with `is_added` all that is added to it, one block of columns at a time."""
    assert isinstance(j.size, int)
    start = 0
    for widths, count in _column_blocks(j.size, lanes):
        stop = start + sum(widths) * count
        with code.loop(stop, start=start, step=sum(widths)) as column:
            columns = at.moved(code, j, column)
            _rows(code, columns, i, k, j, widths, is_added)
        start = stop


def _rows(
    code: Function, at: Matrices, i: Axis, k: Axis, j: Axis, widths: list[int], is_added: bool
) -> None:
    """Some columns of C, as many rows at a time as there are registers, the rest one by one."""
    rows = max(BLOCK // len(widths), 1)
    if isinstance(i.size, int):
        rows = min(rows, i.size)
        whole: Whole = i.size // rows * rows
    else:
        whole = code.write(f"sub i64 {i.size}, {code.divide(i.size, rows, 'urem')}")
    with code.loop(whole, step=rows) as first:
        _block(code, at.moved(code, i, first), i, k, j, rows, widths, is_added)
    if whole != i.size:
        with code.loop(i.size, start=whole) as first:
            _block(code, at.moved(code, i, first), i, k, j, 1, widths, is_added)


def _block(
    code: Function, at: Matrices, i: Axis, k: Axis, j: Axis,
    rows: int, widths: list[int], is_added: bool,
) -> None:  # fmt: skip
    """A few rows of C, and as many columns as the vectors in `widths` hold."""
    types = [f"<{n} x double>" if n > 1 else "double" for n in widths]
    columns = [sum(widths[:n]) for n in range(len(widths))]
    totals = [[code.variable(code.number(0.0, type)) for type in types] for _ in range(rows)]
    with code.loop(k.size) as step:
        here = at.moved(code, k, step)
        vectors = [
            code.load(here.b, code.add(here.b_start, column), type)
            for column, type in zip(columns, types)
        ]
        for row in range(rows):
            if at.a:
                factor = code.load(at.a, here.moved(code, i, row).a_start)
            for total, vector in zip(totals[row], vectors):
                term = _spread(code, factor, vector.type) * vector if at.a else vector
                code.set(total, code.get(total, vector.type) + term)
    for row in range(rows):
        place = at.moved(code, i, row)
        for total, column, type in zip(totals[row], columns, types):
            to = place.moved(code, j, column)
            _put(code, to.c, to.c_start, j.c, code.get(total, type), is_added)


def _put(
    code: Function, base: str, start: Whole, stride: int, total: Number, is_added: bool
) -> None:
    """Store a vector of the result, number by number where memory is not contiguous."""
    if stride == 1 or total.type == "double":
        if is_added:
            total = code.load(base, start, total.type) + total
        code.store(total, base, start)
        return
    for lane in range(_lanes(total.type)):
        text = f"extractelement {total.type} {total.name}, i64 {lane}"
        number = Number(code, code.write(text))
        at = code.add(start, lane * stride)
        code.store(code.load(base, at) + number if is_added else number, base, at)


def _spread(code: Function, x: Number, type: str) -> Number:
    """A vector that repeats a number."""
    if type == "double":
        return x
    one = code.write(f"insertelement {type} poison, double {x.name}, i64 0")
    mask = f"<{_lanes(type)} x i32> zeroinitializer"
    return Number(code, code.write(f"shufflevector {type} {one}, {type} poison, {mask}"), type)


def _lanes(type: str) -> int:
    return int(type[1 : type.index(" ")])


def _column_blocks(n: int, lanes: int) -> list[tuple[list[int], int]]:
    """n columns as blocks of about two vectors, and how many times each occurs.

    27 with 8 lanes: [8, 8] once, [8, 2, 1] once; 64: [8, 8] four times.
    """
    rest = n % (2 * lanes)
    widths = [lanes] * (rest // lanes)
    rest %= lanes
    while rest:
        widths.append(1 << (rest.bit_length() - 1))
        rest -= widths[-1]
    whole = ([lanes, lanes], n // (2 * lanes))
    return [block for block in (whole, (widths, 1)) if block[0] and block[1]]
