"""A matrix transposed so that the axis that becomes vectors is last: tile by tile, in registers."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from autograd.compiling.arrays.array import BATCH, Array
from autograd.compiling.native.elements import Index
from autograd.compiling.native.machine import Function, Number
from autograd.compiling.native.plan import BEFORE, View, row_major

if TYPE_CHECKING:
    from autograd.compiling.native.loops import Loops


def packed(loops: "Loops", x: Array, last: int) -> View:
    """A copy of a factor with one of its axes last; its strides, in the order of x's axes."""
    plan, view = loops.plan, loops.plan.view(x)
    assert view is not None
    order = [*[axis for axis in range(len(x.shape)) if axis != last], last]
    across = row_major(tuple([x.shape[axis] for axis in order]))
    strides = tuple([across[order.index(axis)] for axis in range(len(x.shape))])
    copy = Array(x.program, "copy", (x,), strides, x.shape)
    plan.place[copy] = plan.room(copy)
    to = View(copy, 0, strides)
    with loops.function(copy, plan.part.get(view.root, BEFORE)):
        first = _tiled_axis(x, view, last, loops.lanes)
        if first is None:
            index: Index = [0] * len(x.shape)
            with loops.nest(loops.axes(x), index):
                at = loops.elements.offset(to, index)
                loops.code.store(loops.elements.value(x, index), loops.elements.pointer(copy), at)
        else:
            _tiles(loops, x, view, to, first, last)
    return to


def _tiled_axis(x: Array, view: View, last: int, lanes: int) -> int | None:
    """The axis that is contiguous now, if it and the last one are whole tiles long."""
    sizes = x.shape
    for axis, stride in enumerate(view.strides):
        are_whole = BATCH not in (sizes[axis], sizes[last]) and not (
            sizes[axis] % lanes or sizes[last] % lanes
        )
        if stride == 1 and axis != last and are_whole:
            return axis
    return None


def _tiles(loops: "Loops", x: Array, source: View, to: View, first: int, last: int) -> None:
    code, lanes = loops.code, loops.lanes
    index: Index = [0] * len(x.shape)
    with ExitStack() as stack:
        for axis, n in loops.axes(x):
            step = lanes if axis in (first, last) else 1
            index[axis] = stack.enter_context(code.loop(n, step=step))
        start, vector = loops.elements.offset(source, index), f"<{lanes} x double>"
        rows = [
            code.load(
                loops.elements.pointer(source.root),
                code.add(start, row * source.strides[last]),
                vector,
            )
            for row in range(lanes)
        ]
        target = loops.elements.offset(to, index)
        for column, turned in enumerate(_transposed(code, rows)):
            place = code.add(target, column * to.strides[first])
            code.store(turned, loops.elements.pointer(to.root), place)


def _transposed(code: Function, rows: list[Number]) -> list[Number]:
    """A square of vectors, transposed by swapping halves, quarters ... between pairs of vectors."""
    lanes = len(rows)
    span = 1
    while span < lanes:
        for i in [i for i in range(lanes) if not i & span]:
            a, b = rows[i], rows[i + span]
            low = [lanes + j - span if j & span else j for j in range(lanes)]
            high = [lanes + j if j & span else j + span for j in range(lanes)]
            rows[i], rows[i + span] = _shuffled(code, a, b, low), _shuffled(code, a, b, high)
        span *= 2
    return rows


def _shuffled(code: Function, a: Number, b: Number, lanes: list[int]) -> Number:
    mask = f"<{len(lanes)} x i32> <{', '.join([f'i32 {lane}' for lane in lanes])}>"
    text = f"shufflevector {a.type} {a.name}, {b.type} {b.name}, {mask}"
    return Number(code, code.write(text), a.type)
