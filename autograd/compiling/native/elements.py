"""One element of a node as instructions: the body of the loops in `loops.py`."""

import math
from typing import Any

import numpy as np

from autograd.compiling.arrays.array import BATCH, Array
from autograd.compiling.native.machine import Function, Number, Whole
from autograd.compiling.native.plan import Plan, View, row_major
from autograd.compiling.native.scalars import Called, value_of

Index = list[Whole]


class Constants:
    """The constant arrays of a program, concatenated: numbers, and places for `gather`."""

    def __init__(self) -> None:
        self.doubles: list[Any] = []
        self.places: list[Any] = []
        self.called: Called = []
        self._starts: dict[Any, int] = {}

    def start(self, array: Any, kept: list[Any]) -> int:
        key = (id(kept), array.shape, array.tobytes())
        if key not in self._starts:
            self._starts[key] = sum(known.size for known in kept)
            kept.append(array)
        return self._starts[key]


class Elements:
    """Writes into one function, one loop body after another."""

    def __init__(self, code: Function, plan: Plan, constants: Constants) -> None:
        self.code = code
        self.plan = plan
        self.constants = constants

    def start(self) -> None:
        """Start a new loop body: nothing is in registers."""
        self.seen: dict[tuple[Array, tuple[Whole, ...]], Number] = {}

    def value(self, node: Array, index: Index) -> Number:
        """The instructions for one element, in a loop body of its own."""
        self.start()
        return self.element(node, index)

    def computed(self, node: Array, index: Index) -> Number:
        """The same for a node that has a place but has not been written yet."""
        number = self.seen[(node, tuple(index))] = self._computed(node, index)
        return number

    def element(self, node: Array, index: Index) -> Number:
        key = (node, tuple(index))
        if key not in self.seen:
            self.seen[key] = self._element(node, index)
        return self.seen[key]

    def _element(self, node: Array, index: Index) -> Number:
        number = node.literal
        if number is not None:
            return self.code.number(number)
        if node.kind == "batch":
            return self.code.to_double("%n")
        view = self.plan.view(node)
        return self.read(view, index) if view is not None else self._computed(node, index)

    def read(self, view: View, index: Index) -> Number:
        return self.code.load(self.pointer(view.root), self.offset(view, index))

    def offset(self, view: View, index: Index) -> Whole:
        code = self.code
        start = view.offset + self.start_of(view.root)
        return code.add(start, *[code.mul(i, s) for i, s in zip(index, view.strides)])

    def start_of(self, root: Array) -> int:
        """The offset of its numbers from its pointer."""
        if root.kind == "const":
            return self.constants.start(root.info.array, self.constants.doubles)
        return self.plan.place[root].offset if root in self.plan.place else 0

    def pointer(self, root: Array) -> str:
        if root.kind in ("theta", "rows"):
            return self.code.given(root.kind)
        if root.kind == "const":
            return self.code.given("doubles")
        return self.code.given(self.plan.place[root].pointer)

    def _computed(self, node: Array, index: Index) -> Number:
        if node.kind == "map":
            operands = [self.element(x, aligned(index, x.shape)) for x in node.args]
            return value_of(node.info, operands, self.constants.called)
        if node.kind == "choose":
            return self._chosen(node, index)
        if node.kind == "gather":
            return self._gathered(node, index)
        (x,) = node.args
        if node.kind == "transpose":
            inner = [index[node.info.index(axis)] for axis in range(len(x.shape))]
        elif node.kind == "expand":
            inner = aligned(index, x.shape)
        elif node.kind == "index":
            inner = sliced(self.code, node.info, index)
        else:
            assert node.kind == "reshape", f"the native backend has no loops for {node.kind!r}"
            inner = self._reshaped(index, node.shape, x.shape)
        return self.element(x, inner)

    def _chosen(self, node: Array, index: Index) -> Number:
        code = self.code
        at, options = node.args
        which = self.element(at, aligned(index, at.shape))
        last = options.shape[-1] - 1
        safe = which.is_("ogt", 0.0).where(which, 0.0)  # never outside its memory
        place = code.smaller(code.to_whole(safe.is_("olt", last).where(safe, last)), last)
        return self.element(options, [*aligned(index, options.shape[:-1]), place])

    def _gathered(self, node: Array, index: Index) -> Number:
        code, (x,), (data, fill) = self.code, node.args, node.info
        lead, rank = (1 if node.is_batched else 0), data.array.ndim
        place = self.table(data.array, index[lead : lead + rank])
        if fill is None:
            return self.element(x, [*index[:lead], place, *index[lead + rank :]])
        is_there = code.write(f"icmp sge i64 {place}, 0")
        safe = code.write(f"select i1 {is_there}, i64 {place}, i64 0")
        found = self.element(x, [*index[:lead], safe, *index[lead + rank :]])
        return Number(code, is_there, "i1").where(found, fill[0])

    def table(self, array: Any, index: Index) -> str:
        """An element of a constant array of places."""
        whole = np.ascontiguousarray(array, dtype=np.int64)
        start = self.constants.start(whole, self.constants.places)
        terms = [self.code.mul(i, s) for i, s in zip(index, row_major(array.shape))]
        return self.code.load_whole(self.code.given("places"), self.code.add(start, *terms))

    def _reshaped(self, index: Index, shape: Any, inner: Any) -> Index:
        """The same place in an array of another shape, one group of axes at a time."""
        code = self.code
        result: Index = []
        outer = list(zip(index, shape))
        wanted = list(inner)
        while wanted:
            group = [wanted.pop()]
            if group == [1]:
                result.append(0)
                continue
            taken: list[tuple[Whole, int]] = []
            while (count := _count([n for _, n in taken])) != _count(group):
                if count < _count(group):
                    taken.insert(0, outer.pop())
                else:
                    group.insert(0, wanted.pop())
            strides = row_major(tuple([n for _, n in taken]))
            flat = code.add(*[code.mul(i, s) for (i, _), s in zip(taken, strides)])
            result += reversed(self._split(flat, group))
        return result[::-1]

    def _split(self, flat: Whole, sizes: list[int]) -> Index:
        parts: Index = []
        for n in reversed(sizes[1:]):
            parts.append(self.code.divide(flat, n, "urem"))
            flat = self.code.divide(flat, n)
        return [flat, *parts[::-1]]


def _count(sizes: list[int]) -> int:
    """How many numbers the axes hold; the rows count as more than any."""
    return math.prod([1 << 60 if n == BATCH else n for n in sizes])


def aligned(index: Index, shape: Any) -> Index:
    """The index into an operand that is broadcast."""
    tail = index[len(index) - len(shape) :] if shape else []
    return [0 if n == 1 else i for i, n in zip(tail, shape)]


def sliced(code: Function, slices: Any, index: Index) -> Index:
    rest = iter(index)
    return [code.add(s[0], next(rest)) if isinstance(s, tuple) else s for s in slices]
