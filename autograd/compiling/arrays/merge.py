"""Leading axes that nothing distinguishes are flattened: (batch, 8, 16) is batch * 8 rows of 16.

A matrix product wants matrices, and element-wise operations work in either form.  Arrays that are
combined element by element form a class, which has one form; a class is merged if a matrix product
gains by it.  A node that needs its axes separate is in no class.  A reshape leads from one form to
another.
"""

import math

from autograd.compiling.arrays.array import Array, Shape, reachable, without_shape
from autograd.compiling.arrays.builder import Builder
from autograd.compiling.arrays.contract import contraction
from autograd.compiling.arrays.rewrite import Classes, Rewriter

ELEMENT_WISE = ("map", "expand", "peak", "choose")


def merged(build: Builder, outputs: list[Array]) -> list[Array]:
    """The same numbers, computed by arrays with fewer axes."""
    lead = _leads(reachable(outputs))
    return _Merger(build, lead).rewritten(outputs) if lead else outputs


def _leads(order: list[Array]) -> dict[Array, int]:
    """How many leading axes of each node are merged; only nodes for which some are."""
    wishes: dict[Array, int] = {}
    for node in order:
        axes = _rows(node)
        for member in _gainers(node, axes) if axes > 1 else []:
            wishes[member] = min(wishes.get(member, axes), axes)
    if not wishes:
        return {}
    most = max(wishes.values())
    apart = _apart(order, most)
    classes = Classes([node for node in order if node not in apart])
    together = [node for node in order if node in classes]
    for node in together:
        for arg in _companions(node, most):
            if arg in classes:
                classes.join(node, arg)
    wanted: dict[Array, int] = {}
    for node, axes in wishes.items():
        if node in classes:
            root = classes.root(node)
            wanted[root] = min(axes, wanted.get(root, axes))
    return {node: wanted[r] for node in together if (r := classes.root(node)) in wanted}


def _rows(node: Array) -> int:
    """For a matrix product: how many leading axes of its operands' product can be merged."""
    found = contraction(node)
    if found is None or not found.is_outer or found.shared:
        return 1
    letters = "abcdefghijklmnopqrstuvwxyz"[: len(node.args[0].shape)]
    roles = [(x in found.of_a, x in found.of_b, x in found.result) for x in letters]
    return next((i for i, role in enumerate(roles) if role != roles[0]), len(roles))


def _gainers(node: Array, axes: int) -> list[Array]:
    """The nodes of a matrix product whose axes would be merged: the product and its operands."""
    (product,) = node.args
    operands = [without_shape(arg) for arg in product.args]
    return [product, *[x for x in operands if x.shape[:axes] == product.shape[:axes]]]


def _apart(order: list[Array], axes: int) -> set[Array]:
    """The nodes that need their leading axes as they are."""
    apart: set[Array] = set()
    for node in order:
        if node.kind == "sum" and 0 < sum(axis < axes for axis in node.info) < axes:
            apart.update([node, *node.args] if contraction(node) is not None else [node])
    for node in order:
        if node.kind == "sum":
            is_apart = node.args[0] in apart  # a sum of products includes its product
        elif node.kind in ELEMENT_WISE:
            is_apart = None in [_carries(node, i, axes) for i in range(len(node.args))]
        elif node.kind == "index":
            is_apart = _companions(node, axes) == []
        else:
            is_apart = node.kind != "reshape"
        if is_apart or len(node.shape) < axes:
            apart.add(node)
    return apart


def _carries(node: Array, i: int, axes: int) -> bool | None:
    """Whether operand i has the node's leading axes; None if it has only some of them."""
    shape = node.args[i].shape
    shape = shape[:-1] if node.kind == "choose" and i == 1 else shape
    if len(shape) == len(node.shape) and shape[:axes] == node.shape[:axes]:
        return True
    inner = len(node.shape) - axes
    return False if all(n == 1 for n in shape[: max(len(shape) - inner, 0)]) else None


def _companions(node: Array, axes: int) -> list[Array]:
    """The operands that have the node's form."""
    if node.kind in ELEMENT_WISE:
        return [arg for i, arg in enumerate(node.args) if _carries(node, i, axes)]
    if node.kind == "sum":
        return [*node.args] if min(node.info) >= axes else []
    if node.kind == "index":
        whole = [(0, n) for n in node.args[0].shape[:axes]]
        return [*node.args] if list(node.info[:axes]) == whole else []
    return []


class _Merger(Rewriter):
    """Writes each node with its leading axes merged."""

    def __init__(self, build: Builder, lead: dict[Array, int]) -> None:
        super().__init__(build)
        self.lead = lead

    def write(self, node: Array) -> Array:
        axes = self.lead.get(node, 1)
        shape = _folded(node.shape, axes)
        if node.kind == "reshape":
            return self.view(self.new[node.args[0]], shape)
        if node.kind == "sum" and node.args[0] in self.lead:
            return self._sum(node, shape)
        if axes == 1:
            return self.made(node, [self.plain(arg) for arg in node.args], node.info, shape)
        if node.kind == "index":
            (x,) = node.args
            info = ((0, shape[0]), *node.info[axes:])
            return self.made(node, [self.new[x]], info, shape)
        args = [self._operand(node, i, axes) for i in range(len(node.args))]
        return self.made(node, args, node.info, shape)

    def _sum(self, node: Array, shape: Shape) -> Array:
        """Over axes after the merged ones, or over all merged ones; otherwise they are unmerged."""
        (x,) = node.args
        lead = self.lead[x]
        outer = [axis for axis in node.info if axis < lead]
        if 0 < len(outer) < lead:
            return self.made(node, [self.plain(x)], node.info, shape)
        inner = [axis - lead + 1 for axis in node.info if axis >= lead]
        return self.made(node, [self.new[x]], tuple([*outer[:1], *inner]), shape)

    def plain(self, node: Array) -> Array:
        """In its original shape."""
        return self.view(self.new[node], node.shape)

    def view(self, x: Array, shape: Shape) -> Array:
        """A plain reshape, not simplified."""
        if x.shape == shape or x.literal is not None:
            return x
        if x.kind in ("reshape", "const"):
            return self.build.reshape(x, shape)
        return self.build.node("reshape", (x,), None, shape)

    def _operand(self, node: Array, i: int, axes: int) -> Array:
        arg = node.args[i]
        if _carries(node, i, axes):
            return self.view(self.new[arg], _folded(arg.shape, axes))
        inner = len(node.shape) - axes + (node.kind == "choose" and i == 1)
        return self.view(self.new[arg], arg.shape[max(len(arg.shape) - inner, 0) :])


def _folded(shape: Shape, axes: int) -> Shape:
    return shape if axes == 1 else (math.prod(shape[:axes]), *shape[axes:])
