"""Lifting: a group of scalar nodes becomes an operation on arrays.

For every group the operands' addresses are read as loops (see `addresses.py`).  The loops of all
operands are cut to common sizes: those are the shape of the result, and each operand is a view of
some array, broadcast where its stride is 0.  What follows no pattern is gathered.
"""

import functools
import operator
from dataclasses import replace

import numpy as np

from autograd import ops
from autograd.compiling.arrays.array import BATCH, Array, is_mask, size_of
from autograd.compiling.arrays.builder import Builder
from autograd.compiling.lifting.addresses import (
    Loops,
    Numbers,
    common_sizes,
    distinct,
    loops_of,
    split,
)
from autograd.compiling.lifting.capture import Graph
from autograd.compiling.lifting.columns import columns, parts_of
from autograd.compiling.lifting.group import Group, described, grouped
from autograd.compiling.lifting.padding import Filled, filled_columns, filled_dots, read_on
from autograd.compiling.lifting.reading import Reading, flat, positions, read
from autograd.compiling.lifting.storage import Storage, packed

WIDE = (ops.sum, ops.dot, ops.logsumexp, ops.peak, ops.choose)
MANY_RUNS = 32  # an operand in more pieces than this is gathered number by number, not joined


def lift(graph: Graph, parameters: int, inputs: int) -> tuple[Builder, list[Array], Storage]:
    """The array program of the graph: its builder, its outputs, and where parameters are stored.

    `parameters`, `inputs`: how many the user listed; some may not lead to the output.
    """
    groups = list(grouped(graph))
    builder = Builder(parameters, inputs)
    storage = packed(graph, groups, builder)
    lifter = Lifter(graph, builder, storage)
    for group in groups:
        lifter.lift(group)
    outputs = [lifter.scalar(i) for i in graph.outputs]
    return builder, outputs, storage


class Lifter:
    """Turns groups into Arrays, one after another, and tracks where each scalar is stored."""

    def __init__(self, graph: Graph, builder: Builder, storage: Storage) -> None:
        self.graph = graph
        self.builder = builder
        self.storage = storage

    def scalar(self, node: int) -> Array:
        array = self._dense(self.storage.addresses(np.array([node])))
        return self.builder.reshape(array, (BATCH,) if array.is_batched else ())

    # --- groups -----------------------------------------------------------------------------------

    def lift(self, group: Group) -> None:
        operands = self.storage.addresses(group.operands)
        filled = self._filled(group, operands)
        if filled is not None:
            operands, group = filled.operands, replace(group, nodes=group.nodes[filled.order])
        elif group.op is ops.dot and len(group.nodes) > 1 and operands.shape[1] > 1:
            order = _row_by_row(operands)
            operands, group = operands[order], replace(group, nodes=group.nodes[order])
        if group.op in WIDE:
            array = self._wide(group, operands)
        else:
            columns = [operands[:, j] for j in range(operands.shape[1])]
            array = self.builder.map(group.op, *self._aligned(columns, len(operands)))
        array = self._of_size(array, len(operands))
        self._describe(array, group)
        self.storage.store(group.nodes, array, filled.places if filled is not None else None)

    def _filled(self, group: Group, operands: Numbers) -> Filled | None:
        """The operands padded to a full rectangle, if the group fills most of one."""
        if group.op is ops.dot:
            is_even = operands.shape[1] % 2 == 0 and not (operands < 0).any()
            return filled_dots(operands) if is_even and len(operands) > 1 else None
        if group.op in WIDE:
            return None
        for column in range(operands.shape[1]):
            v = operands[:, column]
            found = self.storage.with_holes(v)
            if found is not None:
                array, base, places = found
                if np.array_equal(np.sort(v) - base, places):
                    return filled_columns(operands, column, base, places, size_of(array.shape))
        return None

    def _of_size(self, array: Array, n: int) -> Array:
        """Every scalar of the group must have its own place, even if all are equal."""
        if size_of(array.shape) == n:
            return array
        lead = (BATCH,) if array.is_batched else ()
        return self.builder.expand(array, (*lead, *self._sizes))

    def _describe(self, array: Array, group: Group) -> None:
        text = described(group)
        array.comment = f"{array.comment}, {text}" if array.comment else text
        if len(group.nodes) == 1 and int(group.nodes[0]) in self.graph.labels:
            array.name = self.graph.labels[int(group.nodes[0])]

    def _wide(self, group: Group, operands: Numbers) -> Array:
        """Operations of many operands: the operands lie along a last axis."""
        n = len(operands)
        build = self.builder
        if group.op is ops.choose:
            index, options = self._aligned([operands[:, 0], operands[:, 1:]], n)
            return build.choose(index, options)
        if operands.shape[1] == 1 and group.op is not ops.peak:
            return self._aligned([operands[:, 0]], n)[0]
        if group.op is ops.dot:
            return self._dot(operands, n)
        if group.op is ops.sum:
            return self._sum(operands, n)
        (xs,) = self._aligned([operands], n, fill=-np.inf)
        return build.without_last(build.peak(xs)) if group.op is ops.peak else self._logsumexp(xs)

    def _dot(self, operands: Numbers, n: int) -> Array:
        """Part by part: what is stored together is one sum of products, a matrix product."""
        half = operands.shape[1] // 2
        w, x = operands[:, :half], read_on(operands[:, half : 2 * half])
        owner = self.storage.owner
        parts = parts_of(owner(w), owner(x))
        if len(parts) == 1:
            w, x = _sorted_if_single(w, x)
        is_padded = bool((operands < 0).any())
        weights, inputs = [[columns(m, part, is_padded) for part in parts] for m in (w, x)]
        bias = [*operands[:, 2 * half :].T]
        fetched = self._aligned([*weights, *inputs, *bias], n, fill=0.0)
        sums = []
        for block, *factors in zip(weights, fetched, fetched[len(parts) :]):
            sums.append(self._summed(self.builder.map(ops.mul, *factors), block))
        return functools.reduce(operator.add, [*sums, *fetched[2 * len(parts) :]])

    def _sum(self, operands: Numbers, n: int) -> Array:
        parts = parts_of(self.storage.owner(operands))
        is_padded = bool((operands < 0).any())
        blocks = [columns(operands, part, is_padded) for part in parts]
        fetched = self._aligned(blocks, n, fill=0.0)
        return functools.reduce(operator.add, map(self._summed, fetched, blocks))

    def _summed(self, x: Array, block: Numbers) -> Array:
        """One number per node, from a block read as x."""
        return x if block.ndim == 1 else self._sum_last(x, block.shape[1])

    def _sum_last(self, x: Array, n: int) -> Array:
        """Over the last axis, n long; a constant has no axes of its own."""
        if x.literal is not None:
            x = self.builder.expand(x, (*self._sizes, n))
        return self.builder.sum(x, (len(x.shape) - 1,))

    def _logsumexp(self, x: Array) -> Array:
        """log(sum(exp(x - peak))) + peak; the rules of exp, sum and log do the rest."""
        build = self.builder
        peak = build.peak(x)
        exponentials = build.map(ops.exp, x - peak)
        total = self._sum_last(exponentials, x.shape[-1])
        result = build.map(ops.log, total)
        if peak.literal != 0.0:
            result = result + build.without_last(peak)
        if is_mask(x):
            build.zeroed[exponentials] = (x.info[0].array >= 0).ravel()
        build.logsumexps[result] = x, exponentials, total
        return result

    # --- operands ---------------------------------------------------------------------------------

    def _aligned(self, blocks: list[Numbers], n: int, fill: float | None = None) -> list[Array]:
        """The operands as arrays that broadcast to one another.

        A block is (n,), one scalar per node, or (n, k), k per node, which then form a last axis.
        """
        readings = [
            self._vector(block) if block.ndim == 1 else self._matrix(block, fill)
            for block in blocks
        ]
        known = [[size for size, _ in loops] for _, _, loops in readings] + [[n]]
        whole = [_whole_shape(*reading, block) for block, reading in zip(blocks, readings)]
        sizes = common_sizes(known + [shape for shape in whole if shape]) or common_sizes(known)
        if sizes is None:  # the loops do not nest
            readings = [self._spelt_out(*reading, n) for reading in readings]
            sizes = [n] if n > 1 else []
        self._sizes = sizes
        operands = []
        for block, (array, offset, loops) in zip(blocks, readings):
            tail = [(block.shape[1], 1)] if block.ndim == 2 else []
            operands.append(read(self.builder, array, offset, split(loops, sizes) + tail))
        return operands

    def _spelt_out(self, array: Array, offset: int, loops: Loops, n: int) -> Reading:
        """The same scalars, gathered one by one."""
        index = positions(offset, loops)
        return self.builder.gather(flat(self.builder, array), index), 0, _straight(n)

    def _vector(self, v: Numbers) -> Reading:
        """How to read the scalars at addresses v: the array, the offset, the loops."""
        found = self.storage.one_array(v)
        if found is not None:
            array, base = found
            loops = loops_of(v)
            if loops is not None:
                return array, int(v[0]) - base, loops
        first, which = distinct(v[:, None])
        loops = loops_of(which)
        if loops is not None and len(first) < len(v):
            return self._dense(v[first]), 0, loops
        return self._dense(v), 0, _straight(len(v))

    def _matrix(self, rows: Numbers, fill: float | None) -> Reading:
        """The same for k scalars per node: a table of the distinct rows, and loops over it."""
        k = rows.shape[1]
        first, which = distinct(rows)
        loops = loops_of(which)
        table = self._table(rows[first], fill)
        if loops is None:
            lead = table.shape[: 1 if table.is_batched else 0]
            flat_rows = self.builder.reshape(table, (*lead, len(first), k))
            return self.builder.gather(flat_rows, which), 0, [(len(rows), k)]
        return table, 0, [(size, stride * k) for size, stride in loops]

    def _table(self, rows: Numbers, fill: float | None) -> Array:
        """A (u, k) array of the scalars at these addresses; `fill` where one is -1."""
        u, k = rows.shape
        is_known = rows >= 0
        if not is_known.all():
            masked = self._masked(rows, fill)
            if masked is not None:
                return masked
            source, position = self.storage.common(rows[is_known])
            index = np.full((u, k), -1)
            index[is_known] = position
            return self.builder.gather(source, index, fill)
        array, offset, loops = self._vector(rows.ravel())
        sizes = common_sizes([[size for size, _ in loops], [u, k]])
        if sizes is None:
            array, offset, loops = self._spelt_out(array, offset, loops, u * k)
            sizes = [size for size in (u, k) if size > 1]
        view = read(self.builder, array, offset, split(loops, sizes))
        lead = (BATCH,) if view.is_batched else ()
        return self.builder.reshape(self.builder.expand(view, (*lead, *sizes)), (*lead, u, k))

    def _masked(self, rows: Numbers, fill: float | None) -> Array | None:
        """An array whose holes are exactly the rows' gaps: all of it, with `fill` in the holes."""
        known = rows[rows >= 0]
        found = self.storage.with_holes(known)
        if found is None or fill is None:
            return None
        array, base, _ = found
        places = base + np.arange(rows.size)
        if size_of(array.shape) != rows.size or (known != places[rows.ravel() >= 0]).any():
            return None
        own = array.shape[1 if array.is_batched else 0 :]
        shape = own if own[-1:] == rows.shape[1:] else rows.shape
        return self.builder.masked(array, (rows >= 0).reshape(shape), fill)

    def _dense(self, v: Numbers) -> Array:
        """The scalars at v as a flat array of their own, or a constant scalar."""
        frozen = self.storage.frozen(v)
        if frozen is not None:
            return self.builder.const(frozen if len(v) > 1 else frozen[0])
        found = self.storage.one_array(v)
        if found is not None:
            array, base = found
            loops = loops_of(v)
            if loops is not None and all(step for _, step in loops):
                lead = (BATCH,) if array.is_batched else ()
                view = read(self.builder, array, int(v[0]) - base, loops)
                return self.builder.reshape(view, (*lead, len(v)))
            return self.builder.gather(flat(self.builder, array), v - base)
        runs = np.split(v, np.flatnonzero(np.diff(self.storage.owner(v))) + 1)
        if len(runs) <= MANY_RUNS:
            return self.builder.join([self._dense(run) for run in runs])
        source, position = self.storage.common(v)
        return self.builder.gather(source, position)


def _whole_shape(array: Array, offset: int, loops: Loops, block: Numbers) -> list[int]:
    """The array's own shape, if it is read from first to last: the result can keep it."""
    own = list(array.shape[1 if array.is_batched else 0 :])
    if block.ndim == 1:
        return own if offset == 0 and loops == [(size_of(array.shape), 1)] else []
    u, k = size_of(array.shape) // block.shape[1], block.shape[1]
    return own[:-1] if own[-1:] == [k] and offset == 0 and loops == [(u, k)] else []


def _row_by_row(operands: Numbers) -> Numbers:
    """Reorders the dots so that each row of x meets all rows of w: a matrix product."""
    half = operands.shape[1] // 2
    _, w = distinct(operands[:, :half])
    _, x = distinct(operands[:, half : 2 * half])
    if (int(w.max()) + 1) * (int(x.max()) + 1) != len(operands):
        return np.arange(len(operands))
    return np.lexsort((w, x))


def _straight(n: int) -> Loops:
    return [(n, 1)] if n > 1 else []


def _sorted_if_single(w: Numbers, x: Numbers) -> tuple[Numbers, Numbers]:
    """A single dot may add its terms in storage order."""
    if len(w) != 1:
        return w, x
    order = np.lexsort((w[0], x[0]))
    return w[:, order], x[:, order]
