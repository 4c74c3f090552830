"""The order of axes: attention is computed (batch, head, token), as its matrix products want it.

A stack of matrix products has the axes of the stack first.  Arrays that are combined element by
element between such products take that order too, so that nothing is transposed on the way.
"""

from collections import Counter

import numpy as np

from autograd.compiling.arrays.array import Array, is_mask, reachable, without_shape
from autograd.compiling.arrays.builder import Builder
from autograd.compiling.arrays.contract import Contraction, contraction, is_matrix_product
from autograd.compiling.arrays.rewrite import Classes, Rewriter, described

Order = tuple[int, ...]  # new axis i is the old axis order[i]


def turned(build: Builder, outputs: list[Array]) -> list[Array]:
    """The same numbers, computed with fewer transposes."""
    orders = _orders(reachable(outputs))
    return _Turner(build, orders).rewritten(outputs) if orders else outputs


def _orders(every: list[Array]) -> dict[Array, Order]:
    """The new order of axes, for the nodes whose axes are reordered."""
    stacks = [node for node in every if _is_stack(contraction(node))]
    if not stacks:
        return {}
    classes = Classes(every)
    products = {node.args[0] for node in every if is_matrix_product(node)}
    for node in every:
        for arg in _companions(node) if node not in products else []:
            classes.join(node, arg)
    votes: dict[Array, Counter[Order]] = {}
    for node in stacks:
        found = contraction(node)
        assert found is not None
        ends = (found.a, found.of_a), (found.b, found.of_b), (node, found.result)
        for member, letters in ends:
            if member in classes and len(letters) == len(member.shape):
                votes.setdefault(classes.root(member), Counter())[_wish(found, letters)] += 1
    chosen = {}
    for head, counter in votes.items():
        (order, _) = counter.most_common(1)[0]
        if order[-1] == len(order) - 1:  # sums along the last axis are the fastest
            chosen[head] = order
    orders = {}
    for node in every:
        rank, order = len(node.shape), chosen.get(classes.root(node), ())
        order = (*order, *range(len(order), rank))  # axes at the end stay there
        is_whole = set(order[:rank]) == set(range(rank))
        if order and is_whole and not (node.is_batched and order[0]):
            orders[node] = order[:rank]
    return {node: order for node, order in orders.items() if order != tuple(range(len(order)))}


def _is_stack(c: Contraction | None) -> bool:
    """Whether it is a stack of matrix products."""
    return c is not None and c.is_outer and c.shared != ""


def _wish(c: Contraction, letters: str) -> Order:
    """The axes of the stack first, the others in their present order."""
    front = [i for i, x in enumerate(letters) if x in c.shared]
    return (*front, *[i for i, x in enumerate(letters) if x not in c.shared])


def _companions(node: Array) -> list[Array]:
    """The operands that have the node's order of axes."""
    rank = len(node.shape)
    if node.kind in ("map", "peak"):
        return [arg for arg in node.args if len(arg.shape) == rank]
    if node.kind == "index":
        return [*node.args] if _is_slices(node.info) else []
    if node.kind == "assemble":
        is_even = all(how == "index" and _is_slices(where) for how, where in node.info)
        return [*node.args] if is_even else []
    if node.kind == "sum":
        return [*node.args] if node.info == (rank,) and not is_matrix_product(node) else []
    if node.kind == "reshape":
        (x,) = node.args
        return [x] if node.shape == (*x.shape, 1) or x.shape == (*node.shape, 1) else []
    if is_mask(node):
        x = without_shape(node.args[0])
        return [x] if x.shape == node.shape else []
    return []


def _is_slices(where: tuple[int | tuple[int, int], ...]) -> bool:
    """Whether no axis is dropped, as a number in place of a slice would drop one."""
    return all(isinstance(s, tuple) for s in where)


class _Turner(Rewriter):
    """Writes a node with its axes in another order."""

    def __init__(self, build: Builder, orders: dict[Array, Order]) -> None:
        super().__init__(build)
        self.orders = orders

    def plain(self, node: Array) -> Array:
        order = self.orders.get(node)
        if order is None:
            return self.new[node]
        return self.build.transpose(self.new[node], tuple(np.argsort(order).tolist()))

    def write(self, node: Array) -> Array:
        order = self.orders.get(node)
        if order is None:
            return self.made(node, [self.plain(arg) for arg in node.args], node.info, node.shape)
        if not _companions(node) or not self._keeps_last(node, order):
            return self._turned(node, order)
        shape = tuple([node.shape[axis] for axis in order])
        if node.kind == "reshape":
            return self.build.reshape(self.new[node.args[0]], shape)
        if is_mask(node):
            (x,) = _companions(node)
            index, fill = node.info
            lead = 1 if node.is_batched else 0
            is_known = (index.array >= 0).transpose([axis - lead for axis in order[lead:]])
            return described(self.build.masked(self._in(x, order), is_known, fill[0]), node)
        info = node.info
        if node.kind == "index":
            info = tuple([info[axis] for axis in order])
        elif node.kind == "assemble":
            info = tuple([(how, tuple([where[axis] for axis in order])) for how, where in info])
        elif node.kind == "sum":
            order = (*order, len(order))
        return self.made(node, [self._in(arg, order) for arg in node.args], info, shape)

    def _keeps_last(self, node: Array, order: Order) -> bool:
        """Whether the last axis stays last where it must: a peak runs along it, and a reshape adds
        or removes it."""
        last = len(order) - 1
        if node.kind == "reshape":
            (x,) = node.args
            of_x = self.orders.get(x, tuple(range(len(x.shape))))
            short, long = sorted([order, of_x], key=len)
            return long == (*short, len(short))
        return node.kind != "peak" or order[last] == last

    def _turned(self, node: Array, order: Order) -> Array:
        """A matrix product written with its axes in this order; for anything else a transpose."""
        new = self.made(node, [self.plain(arg) for arg in node.args], node.info, node.shape)
        found = contraction(new)
        if found is None or len(found.result) != len(order):
            return self.build.transpose(new, order)
        return described(found.built("".join([found.result[axis] for axis in order])), node)

    def _in(self, arg: Array, order: Order) -> Array:
        """The operand with its axes in this order; if it has fewer axes, they are the last ones."""
        if self.orders.get(arg) == order:
            return self.new[arg]
        x = self.plain(arg)
        if x.shape == ():
            return x
        x = self.build.reshape(x, (1,) * (len(order) - len(x.shape)) + x.shape)
        if x.kind == "const":
            return self.build.const(x.info.array.transpose(order))
        return self.build.transpose(x, order)
