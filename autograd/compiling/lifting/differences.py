"""Running differences become a difference of two sums.

`s = s - a; s = s + b; s = s - c` is `(s + b) - (a + c)`: two sums, for which there are array
operations, instead of one node per term, however long the chain is.  Only nodes that nothing else
uses disappear, and only along left operands: a right operand, as in `a - (b - c)` or in a sum of
differences, is a term.  A chain of a few terms stays as it is.  So does a chain whose terms depend
on one another, as in Cholesky's `s = s - L[i][k] * L[j][k]`: there each step is one array operation
on the rest of the matrix.
"""

import numpy as np

from autograd import ops
from autograd.compiling.lifting.capture import Array, Graph
from autograd.compiling.lifting.rewire import depths, ends_of, rewired, uses_of, with_nodes

SHORT = 4  # up to this many, single operations are as fast, and round as the user's code does


def split_differences(graph: Graph) -> Graph:
    """The graph with `sub(sum(added terms), sum(subtracted terms))` for running differences."""
    if ops.sub not in graph.rows:
        return graph
    add, sub = graph.rows.index(ops.add), graph.rows.index(ops.sub)
    n = len(graph.op)
    is_link = (graph.op == add) | (graph.op == sub)
    end = _ends(graph, is_link)
    terms = np.bincount(end[is_link], minlength=n) + 1
    subtractions = np.bincount(end[graph.op == sub], minlength=n)
    is_running = (subtractions >= 2) & (terms > SHORT)
    if is_running.any():
        is_running &= ~_is_staircase(graph, end, is_link & is_running[end])
    if not is_running.any():
        return graph
    return _split(graph, end, is_link & is_running[end])


def _ends(graph: Graph, is_link: Array) -> Array:
    """(n,) the last node of the chain of additions and subtractions that each node belongs to."""
    links = np.flatnonzero(is_link)
    left = graph.operands[graph.start[links]]
    is_inner = is_link[left] & (uses_of(graph)[left] == 1)
    link_to = np.arange(len(graph.op))
    link_to[left[is_inner]] = links[is_inner]
    return ends_of(link_to)


def _is_staircase(graph: Graph, end: Array, is_link: Array) -> Array:
    """(n,) whether most terms of a chain are computed one after another, at different depths."""
    n, depth = len(graph.op), depths(graph)
    links = np.flatnonzero(is_link)
    chain, step = end[links], depth[graph.operands[graph.start[links] + 1]]
    distinct = np.unique(np.stack([chain, step], axis=1), axis=0)
    steps: Array = np.bincount(distinct[:, 0], minlength=n)
    return 2 * steps > np.bincount(chain, minlength=n)


def _split(graph: Graph, end: Array, is_link: Array) -> Graph:
    """The chains of these links rewritten; `end` as from `_ends`."""
    n = len(graph.op)
    links = np.flatnonzero(is_link)
    added_to, added, taken_from, taken = _terms(graph, end, links)
    ends = np.unique(taken_from)
    has_sum = np.bincount(added_to, minlength=n)[ends] > 1
    total, sub = graph.rows.index(ops.sum), graph.rows.index(ops.sub)
    graph, order = with_nodes(graph, total, np.concatenate([ends[has_sum], ends]))
    graph.op[ends] = sub
    plus, minus = np.full(n, -1), np.full(n, -1)  # by chain end: minuend, subtrahend
    plus[added_to] = added  # a single term is its own sum
    plus[ends[has_sum]] = n + np.arange(has_sum.sum())
    minus[ends] = n + has_sum.sum() + np.arange(len(ends))

    user = np.repeat(np.arange(n), np.diff(graph.start))
    is_kept, is_summed = ~is_link[user], plus[added_to] >= n
    users = [user[is_kept], plus[added_to[is_summed]], minus[taken_from], ends, ends]
    operands = [graph.operands[is_kept], added[is_summed], taken, plus[ends], minus[ends]]
    is_alive = np.ones(len(graph.op), dtype=bool)
    is_alive[links] = end[links] == links
    return rewired(graph, order[is_alive[order]], np.concatenate(users), np.concatenate(operands))


def _terms(graph: Graph, end: Array, links: Array) -> tuple[Array, Array, Array, Array]:
    """(which chain, which node) for each added term; the same for each subtracted term.

    Node numbers increase along a chain, so its terms are in order; the first link has two.
    """
    left, right = graph.operands[graph.start[links]], graph.operands[graph.start[links] + 1]
    chain, is_minus = end[links], graph.op[links] == graph.rows.index(ops.sub)
    is_first = end[left] != chain
    added_to = np.concatenate([chain[is_first], chain[~is_minus]])
    added = np.concatenate([left[is_first], right[~is_minus]])
    return added_to, added, chain[is_minus], right[is_minus]
