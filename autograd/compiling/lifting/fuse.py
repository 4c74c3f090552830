"""Chains of additions become one sum, and chains of added products become one dot.

From here on, `w0*x0 + w1*x1 + b`, written one operation at a time, and
`dot([w0, w1], [x0, x1], b)` are the same.  Only nodes that nothing else uses are fused.  The terms
keep their order.
"""

from dataclasses import replace

import numpy as np

from autograd import ops
from autograd.compiling.lifting.capture import FROZEN, Array, Graph
from autograd.compiling.lifting.differences import split_differences
from autograd.compiling.lifting.rewire import ends_of, rewired, uses_of


def fuse(graph: Graph) -> Graph:
    """The same graph with each single-use chain of `add` and `sum` as one `sum` or `dot`."""
    graph = split_differences(graph)
    add, mul, total, dot = (graph.rows.index(row) for row in (ops.add, ops.mul, ops.sum, ops.dot))
    n = len(graph.op)
    user = np.repeat(np.arange(n), graph.arity)
    uses = uses_of(graph)
    only_user = np.zeros(n, dtype=np.int64)
    only_user[graph.operands] = user
    is_chain = (graph.op == add) | (graph.op == total)
    inner = is_chain & (uses == 1) & is_chain[only_user]  # links that disappear
    root = ends_of(np.where(inner, only_user, np.arange(n)))

    # the terms of all chains, in order
    is_term = is_chain[user] & ~inner[graph.operands]
    of, what = root[user[is_term]], graph.operands[is_term]
    is_zero = (graph.role[what] == FROZEN) & (graph.data[what] == 0.0)
    of, what = of[~is_zero], what[~is_zero]  # sum() starts from 0
    order = np.argsort(of, kind="stable")
    of, what = of[order], what[order]
    is_product = (graph.op[what] == mul) & (uses[what] == 1)
    products = np.bincount(of[is_product], minlength=n)
    others = np.bincount(of[~is_product], minlength=n)
    links = np.bincount(root[is_chain], minlength=n)
    becomes_dot = is_chain & ~inner & (others <= 1) & ((products >= 2) | (products > others))
    becomes_sum = is_chain & ~inner & ~becomes_dot & ((products + others) != 2)
    becomes_sum |= is_chain & ~inner & ~becomes_dot & (links == 1) & (graph.op == total)
    becomes_sum &= (products + others) >= 1

    dead = inner & (becomes_dot | becomes_sum)[root]
    dead[what[is_product & becomes_dot[of]]] = True
    op = graph.op.copy()
    op[becomes_dot], op[becomes_sum] = dot, total
    edges = _rewired(graph, of, what, is_product, becomes_dot, becomes_sum)
    return rewired(replace(graph, op=op), np.flatnonzero(~dead), *edges)


def _rewired(
    graph: Graph,
    of: Array,
    what: Array,
    is_product: Array,
    becomes_dot: Array,
    becomes_sum: Array,
) -> tuple[Array, Array]:
    """All edges (user, operand) after fusion, in order."""
    n = len(graph.op)
    user = np.repeat(np.arange(n), graph.arity)
    kept = ~(becomes_dot | becomes_sum)[user]
    in_dot = becomes_dot[of]
    factors = what[in_dot & is_product]
    dot_of = of[in_dot & is_product]
    in_sum = becomes_sum[of]
    parts = [  # a dot's operands: (w..., x..., bias)
        (user[kept], graph.operands[kept], 0),
        (dot_of, graph.operands[graph.start[factors]], 0),
        (dot_of, graph.operands[graph.start[factors] + 1], 1),
        (of[in_dot & ~is_product], what[in_dot & ~is_product], 2),
        (of[in_sum], what[in_sum], 0),
    ]
    users = np.concatenate([part[0] for part in parts])
    operands = np.concatenate([part[1] for part in parts])
    rank = np.concatenate([np.full(len(part[0]), part[2]) for part in parts])
    order = np.lexsort((rank, users))  # stable
    return users[order], operands[order]
