"""Nodes that do the same thing form a group, which becomes one array operation.

Two nodes belong to one family when they have the same depth and operation and their first, middle
and last operands belong to the same families, or are the same kind of leaf.  Members may differ in
how many operands they have, as the rows of causal attention do; the short ones are then padded,
unless that would waste more than it saves.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from autograd import ops
from autograd.compiling.lifting.capture import COMPUTED, INPUT, Array, Graph
from autograd.compiling.lifting.rewire import depths
from autograd.ops import Operation

PADDED = {ops.sum, ops.dot, ops.logsumexp, ops.peak}
WASTE = 2.5  # padded operands per operand


@dataclass
class Group:
    """n nodes of one family: `operands` is (n, arity), -1 where a node has fewer."""

    op: Operation
    nodes: Array
    operands: Array
    has_bias: bool  # a dot's bias is the last operand of every row


def described(group: Group) -> str:
    """What a group stands for, as a comment says it: "16 tanh", "16 dots of length 2 + bias"."""
    n, width = group.operands.shape
    many = "" if n == 1 else "s"
    at_most = "up to " if (group.operands < 0).any() else ""
    if group.op is ops.dot:
        bias = " + bias" if group.has_bias else ""
        return f"{n:,} dot{many} of length {at_most}{width // 2}{bias}"
    if group.op is ops.sum:
        return f"{n:,} sum{many} of {at_most}{width} terms"
    return f"{n:,} {group.op.name}"


def grouped(graph: Graph) -> Iterator[Group]:
    """The groups of all computed nodes, each after the groups that it reads."""
    n = len(graph.op)
    depth = depths(graph)
    family = graph.role.copy()  # leaves: their kind
    is_batched = graph.role == INPUT
    computed = np.flatnonzero(graph.role == COMPUTED)
    computed = computed[np.argsort(depth[computed], kind="stable")]
    levels = np.split(computed, np.flatnonzero(np.diff(depth[computed])) + 1)
    arity = graph.arity
    families = 4
    for nodes in levels if n else []:
        first, count = graph.start[nodes], arity[nodes]
        members = [graph.operands[first + offset] for offset in (0 * count, count // 2, count - 1)]
        if nodes.size == 1:
            i = int(nodes[0])
            is_batched[i] = is_batched[graph.operands[graph.start[i] : graph.start[i + 1]]].any()
            groups = [nodes]
        else:
            edges = np.concatenate([[0], np.cumsum(count)])[:-1]
            flat = _ranges(first, count)
            is_batched[nodes] = np.logical_or.reduceat(is_batched[graph.operands[flat]], edges)
            parity = np.where(graph.op[nodes] == graph.rows.index(ops.dot), count % 2, 0)
            columns = [graph.op[nodes], is_batched[nodes], parity, *[family[m] for m in members]]
            groups = _same(nodes, columns)
        for group in groups:
            family[group] = families
            families += 1
            yield from _by_arity(graph, group, arity)


def _same(nodes: Array, columns: list[Array]) -> list[Array]:
    """The nodes, split by a 64-bit hash of all columns, in the order of their first members."""
    key = np.zeros(len(nodes), dtype=np.uint64)
    for column in columns:
        key = key * np.uint64(0x9E3779B97F4A7C15) + column.astype(np.uint64)
        key ^= key >> np.uint64(29)
    if len(nodes) and (key == key[0]).all():
        return [nodes]
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(which, kind="stable")
    parts = np.split(nodes[order], np.flatnonzero(np.diff(which[order])) + 1)
    return [parts[i] for i in np.argsort(first)]


def _by_arity(graph: Graph, nodes: Array, arity: Array) -> Iterator[Group]:
    counts = arity[nodes]
    op = graph.rows[int(graph.op[nodes[0]])]
    widest = int(counts.max())
    is_even = bool((counts == counts[0]).all())
    if is_even or (op in PADDED and widest * len(nodes) <= WASTE * int(counts.sum())):
        yield _group(graph, op, nodes, counts, widest)
        return
    for count in np.unique(counts):
        same = nodes[counts == count]
        yield _group(graph, op, same, arity[same], int(count))


def _group(graph: Graph, op: Operation, nodes: Array, counts: Array, widest: int) -> Group:
    has_bias = op is ops.dot and widest % 2 == 1
    flat = graph.operands[_ranges(graph.start[nodes], counts)]
    if (counts == widest).all():
        return Group(op, nodes, flat.reshape(len(nodes), widest), has_bias)
    operands = np.full((len(nodes), widest), -1, dtype=np.int64)
    row = np.repeat(np.arange(len(nodes)), counts)
    column = _ranges(np.zeros_like(counts), counts)
    if op is ops.dot:  # w..., x..., bias: each block starts at its own column
        half, block = np.repeat(counts // 2, counts), widest // 2
        column = column + ((column >= half) * 1 + (column >= 2 * half)) * (block - half)
    operands[row, column] = flat
    return Group(op, nodes, operands, has_bias)


def _ranges(first: Array, count: Array) -> Array:
    """count[0] numbers from first[0] on, then count[1] numbers from first[1] on, and so forth."""
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    numbers: Array = np.arange(total) - np.repeat(ends - count, count) + np.repeat(first, count)
    return numbers
