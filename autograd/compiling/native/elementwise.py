"""Element-wise nodes of one shape as a single loop: numbers that pass from one to the next stay in
registers, and results that nothing else reads are not stored at all."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from autograd.compiling.arrays.array import Array, size_of
from autograd.compiling.native.elements import Index
from autograd.compiling.native.machine import Whole
from autograd.compiling.native.plan import (
    INLINE,
    LANES,
    ROWS,
    Plan,
    View,
    row_major,
    wants_whole_vectors,
)
from autograd.compiling.native.scalars import is_known

if TYPE_CHECKING:
    from autograd.compiling.native.loops import Loops

LONGEST = 50  # nodes in a run: LLVM's time grows faster than its text
Axes = list[tuple[int, Whole]]  # axis numbers, and the size of each


def runs(plan: Plan) -> Iterator[list[Array]]:
    """The kept nodes, in order, grouped into neighbours that one loop can compute."""
    run: list[Array] = []
    for node in plan.order:
        if run and len(run) < LONGEST and _fits(plan, run, node):
            run.append(node)
            continue
        if run:
            yield run
        run = [node]
    if run:
        yield run


def _fits(plan: Plan, run: list[Array], node: Array) -> bool:
    first = run[0]
    if wants_whole_vectors(node) or wants_whole_vectors(first):
        return False
    return (
        node.shape == first.shape
        and plan.part[node] == plan.part[first]
        and node.kind in INLINE
        and first.kind in INLINE
        and _may_round(plan, node) == _may_round(plan, first)
        and _reads_in_place(plan, set(run), node, node)
    )


def _reads_in_place(plan: Plan, run: set[Array], node: Array, written: Array) -> bool:
    """Whether it reads the run's nodes only at the place being computed."""
    if node is not written:
        if node in run:
            return node.shape == written.shape
        if (view := plan.view(node)) is not None:
            return view.root not in run
    if node.kind not in ("map", "const", "batch"):
        return not any(_is_behind(plan, run, x) for x in node.args)
    return all(_reads_in_place(plan, run, x, written) for x in node.args)


def _is_behind(plan: Plan, run: set[Array], node: Array) -> bool:
    """Whether it reads a node of the run, at any place."""
    view = plan.view(node)
    if view is not None:
        return view.root in run
    return any(_is_behind(plan, run, x) for x in node.args)


def write_run(loops: "Loops", nodes: list[Array]) -> None:
    """One loop for all of them."""
    index: Index = [0] * len(nodes[0].shape)
    with loops.nest(_axes(loops, nodes), index):
        loops.elements.start()
        for node in nodes:
            number = loops.elements.computed(node, index)
            if not _is_private(loops.plan, nodes, node):
                loops.store(number, node, index)


def _is_private(plan: Plan, nodes: list[Array], node: Array) -> bool:
    """Whether only nodes of the same loop read it, not the caller."""
    users = plan.users[node]
    return node not in plan.results and bool(users) and all(
        user in nodes or (user.kind == "map" and user not in plan.kept
                          and _is_private(plan, nodes, user))
        for user in users
    )  # fmt: skip


def _axes(loops: "Loops", nodes: list[Array]) -> Axes:
    """The axes, with neighbours fused where every operand is contiguous across them."""
    node = nodes[0]
    axes = loops.axes(node)
    if _may_round(loops.plan, node):
        axes[0] = (0, _rounded(loops))
    views: list[View] = []
    for x in nodes:
        reads = _reads(loops.plan, nodes, x, x)
        if reads is None:
            return axes
        views += reads
    strides = [row_major(node.shape), *[view.strides for view in views]]
    result: Axes = []
    for axis, n in reversed(axes):
        if result and isinstance(length := result[0][1], int):
            inner = result[0][0]
            if all(s[axis] == s[inner] * length for s in strides):
                result[0] = (inner, loops.code.mul(n, length))
                continue
        result.insert(0, (axis, n))
    return result


def _rounded(loops: "Loops") -> Whole:
    """The rows, rounded up to whole vectors: the work memory has room for them."""
    return loops.code.write(f"and i64 {loops.code.add('%m', LANES - 1)}, {-LANES}")


def _may_round(plan: Plan, node: Array) -> bool:
    """Whether it is worthwhile, and harmless, to compute it for a few rows that do not exist."""
    is_worth_it = plan.part[node] == ROWS and size_of(node.shape) < LANES
    return is_worth_it and _is_harmless(plan, node, node)


def _is_harmless(plan: Plan, node: Array, written: Array) -> bool:
    if node.kind == "rows":
        return False
    view = plan.view(node) if node is not written else None
    if view is not None:
        return view.root.kind != "rows"
    if node.kind == "map" and not is_known(node.info):
        return False  # it calls back into Python
    return all(_is_harmless(plan, x, written) for x in node.args)


def _reads(plan: Plan, nodes: list[Array], node: Array, written: Array) -> list[View] | None:
    """What a node is computed from, with strides along the axes of `written`; None if that takes
    more than arithmetic on numbers in memory."""
    if node.literal is not None or node.kind == "batch" or (node in nodes and node is not written):
        return []
    view = plan.view(node) if node is not written else None
    if view is not None:
        missing = len(written.shape) - len(node.shape)
        strides = [0 if n == 1 else s for s, n in zip(view.strides, node.shape)]
        return [View(view.root, view.offset, (0,) * missing + tuple(strides))]
    if node.kind != "map":
        return None
    found: list[View] = []
    for x in node.args:
        reads = _reads(plan, nodes, x, written)
        if reads is None:
            return None
        found += reads
    return found
