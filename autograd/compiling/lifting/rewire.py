"""The edges of a graph: counts and depths, and the graph with other edges."""

from dataclasses import replace

import numpy as np

from autograd.compiling.lifting.capture import COMPUTED, Array, Graph


def uses_of(graph: Graph) -> Array:
    """(n,) how many edges read each node; two more for an output, which is never fused away."""
    uses = np.bincount(graph.operands, minlength=len(graph.op))
    uses[graph.outputs] += 2
    return uses


def ends_of(link_to: Array) -> Array:
    """(n,) the last node of the chain from each node; `link_to`: the next node, or itself."""
    while not np.array_equal(link_to, link_to[link_to]):  # doubles the distance: log(length) rounds
        link_to = link_to[link_to]
    return link_to


def depths(graph: Graph) -> Array:
    """(n,) the longest path from a leaf to each node; 0 for leaves."""
    depth = [0] * len(graph.op)
    start, operands = graph.start.tolist(), graph.operands.tolist()
    for i in np.flatnonzero(graph.role == COMPUTED).tolist():
        deepest = 0
        for operand in operands[start[i] : start[i + 1]]:
            if depth[operand] > deepest:
                deepest = depth[operand]
        depth[i] = deepest + 1
    return np.array(depth, dtype=np.int64)


def with_nodes(graph: Graph, op: int, before: Array) -> tuple[Graph, Array]:
    """The graph with, for each node of `before` (k,), one new node of that operation, still without
    edges; and (n + k,) the order in which each new node comes right before its node."""
    n, k = len(graph.op), len(before)

    def longer(column: Array, fill: float) -> Array:
        return np.concatenate([column, np.full(k, fill, dtype=column.dtype)])

    order = np.argsort(np.concatenate([2 * np.arange(n) + 1, 2 * before]), kind="stable")
    graph = replace(
        graph,
        op=longer(graph.op, op),
        role=longer(graph.role, COMPUTED),
        number=longer(graph.number, 0),
        data=longer(graph.data, 0.0),
    )
    return graph, order


def rewired(graph: Graph, nodes: Array, users: Array, operands: Array) -> Graph:
    """The graph of these nodes, renumbered in their order, with their edges.

    `users`, `operands`  the edges, by old numbers; the edges of one user are in order
    """
    new = np.full(len(graph.op), -1)
    new[nodes] = np.arange(len(nodes))
    users, operands = new[users], new[operands]
    order = np.argsort(users, kind="stable")
    order = order[users[order] >= 0]
    start = np.zeros(len(nodes) + 1, dtype=np.int64)
    np.cumsum(np.bincount(users[order], minlength=len(nodes)), out=start[1:])
    return replace(
        graph,
        op=graph.op[nodes],
        role=graph.role[nodes],
        number=graph.number[nodes],
        data=graph.data[nodes],
        start=start,
        operands=operands[order],
        outputs=[int(new[i]) for i in graph.outputs],
        labels={int(new[i]): label for i, label in graph.labels.items() if new[i] >= 0},
    )
