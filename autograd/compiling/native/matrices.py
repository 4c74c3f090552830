"""Sums of products as the matrix products of `products.py`: which axis plays which role.

A contraction has axes of its left factor only, of its right factor only, of both, and axes that are
summed over.  One axis of the right factor, along which numbers are contiguous, becomes vectors;
contiguous axes are fused; the others become loops around the product.
"""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from autograd.compiling.arrays.array import BATCH, Array, size_of
from autograd.compiling.arrays.contract import Contraction
from autograd.compiling.native.machine import Whole
from autograd.compiling.native.packing import packed
from autograd.compiling.native.plan import View, row_major
from autograd.compiling.native.products import Axis, Matrices, merged, product

if TYPE_CHECKING:
    from autograd.compiling.native.loops import Loops


def column_sums(loops: "Loops", node: Array, part: int) -> bool:
    """A sum over axes of numbers in memory, written as a product without a left factor."""
    (x,) = node.args
    view = loops.plan.view(x)
    last = len(x.shape) - 1
    if view is None or last in node.info or x.shape[last] == BATCH or view.strides[last] != 1:
        return False
    letters = "abcdefghijklmnopqrstuvwxyz"[: len(x.shape)]
    result = "".join([c for axis, c in enumerate(letters) if axis not in node.info])
    sizes = dict(zip(letters, x.shape))
    strides = dict(zip(letters, view.strides)), dict(zip(result, row_major(node.shape)))
    with loops.function(node, part):
        at = _matrices(loops, None, view, node)
        axes = {c: Axis(loops.size(sizes[c]), 0, *[s.get(c, 0) for s in strides]) for c in sizes}
        _around(loops, node, at, axes, [], [c for c in letters if c not in result], letters[last])
    return True


def matrix_product(loops: "Loops", node: Array, found: Contraction, part: int) -> bool:
    """Whether it was written as a matrix product."""
    sides = [(found.a, found.of_a), (found.b, found.of_b)]
    views = [view for x, _ in sides if (view := loops.plan.view(x)) is not None]
    j = _columns(loops, found, views)
    if j is None:
        return False
    if j in found.of_a:
        sides.reverse()
        views.reverse()
    (_, of_a), (b, of_b) = sides
    if views[1].strides[of_b.index(j)] != 1:
        views[1] = packed(loops, b, of_b.index(j))
    thin = [s for s, n in zip(row_major(node.shape), node.shape) if n != 1]
    strides = [
        dict(zip(of_a, views[0].strides)),
        dict(zip(of_b, views[1].strides)),
        dict(zip(found.result, thin)),
    ]
    axes = {c: Axis(loops.size(n), *[s.get(c, 0) for s in strides]) for c, n in found.sizes.items()}
    rows = [c for c in found.result if c not in of_b]
    with loops.function(node, part):
        at = _matrices(loops, views[0], views[1], node)
        _around(loops, node, at, axes, rows, list(found.summed), j)
    return True


def _columns(loops: "Loops", found: Contraction, views: list[View]) -> str | None:
    """The axis to vectorise: of one factor only, long, its numbers contiguous."""
    choices = []
    for of, other, view in zip((found.of_a, found.of_b), (found.of_b, found.of_a), views):
        for letter, stride in zip(of, view.strides):
            n, is_last = found.sizes[letter], letter == found.result[-1:]
            is_alone = letter not in other and letter in found.result and n != BATCH
            if is_alone and (stride == 1 or is_last):
                choices.append((min(n, 2 * loops.lanes), stride == 1, is_last, letter))
    return max(choices)[-1] if choices else None


def _matrices(loops: "Loops", a: View | None, b: View, node: Array) -> Matrices:
    at: list[Any] = []
    for view in (a, b, View(node, 0, ())):
        at += ["", 0] if view is None else [
            loops.elements.pointer(view.root), loops.elements.offset(view, [])
        ]  # fmt: skip
    return Matrices(*at)


def _around(
    loops: "Loops", node: Array, at: Matrices, axes: dict[str, Axis],
    rows: list[str], summed: list[str], j: str,
) -> None:  # fmt: skip
    """Loops over all axes but three, and inside them the product of two matrices."""
    code, is_added = loops.code, loops.plan.adds_up(node)
    others = [axes[c] for c in axes if c not in (*rows, *summed, j) and axes[c].size != 1]
    outer_rows = merged(code, [axes[c] for c in rows])
    outer_sums = merged(code, [axes[c] for c in summed])
    i, k = outer_rows.pop() if outer_rows else Axis(1), outer_sums.pop()
    if outer_sums and not is_added:
        copies: Whole = "%m" if node.is_batched else 1
        code.clear(at.c, at.c_start, code.mul(copies, size_of(node.shape)))
    with ExitStack() as stack:
        for axis in [*others, *outer_rows, *outer_sums]:
            at = at.moved(code, axis, stack.enter_context(code.loop(axis.size)))
        product(code, at, i, k, axes[j], loops.lanes, is_added or bool(outer_sums))
