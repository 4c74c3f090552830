"""The array program as loops over numbers, in LLVM's language: one function per kept node.

`plan.py` decides which nodes are kept in memory, `elements.py` what is computed inside the loops,
`products.py` how matrices are multiplied.  The result is a function

    NAME(theta, rows, results..., work, doubles, places, functions, n, block)

that calls those functions: before the rows, for each block of rows, and after them.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from autograd.compiling.arrays.array import BATCH, Array, size_of
from autograd.compiling.native.elements import Constants, Elements, Index, sliced
from autograd.compiling.native.elementwise import Axes, runs, write_run
from autograd.compiling.native.machine import Function, Number, Whole
from autograd.compiling.native.matrices import column_sums, matrix_product
from autograd.compiling.native.plan import (
    AFTER,
    LEAVES,
    ROWS,
    VIEWS,
    Plan,
    View,
    contraction_of,
    row_major,
)
from autograd.compiling.native.scalars import maximum
from autograd.ieee import LARGEST


class Loops:
    """Writes the functions of one program; they need `plan.fixed + plan.per_row * block` numbers
    of work memory."""

    def __init__(
        self, name: str, results: dict[str, Array], outputs: list[Array], constants: Constants,
        lanes: int,
    ) -> None:  # fmt: skip
        self.name = name
        self.constants = constants
        self.lanes = lanes
        self.declared: dict[str, None] = {}
        self.named = {
            node: name for name, node in results.items() if node.kind not in (*VIEWS, *LEAVES)
        }
        self.plan = Plan([*results.values(), *outputs], self.named)
        self.calls: tuple[list[Function], ...] = ([], [], [])  # before, rows, after
        for nodes in runs(self.plan):
            self.keep(nodes)
        self.arguments = list(results) or ["out"]  # in the caller's order
        self.copies = {name: 0 for name, node in results.items() if node not in self.named}
        for name in self.copies:
            self._copied(name, results[name])
        if outputs:
            self.copies["out"] = len(outputs)
            self._put_out(outputs)

    # --- functions --------------------------------------------------------------------------------

    @contextmanager
    def function(self, node: Array, part: int) -> Iterator[None]:
        """Whatever is written inside becomes a function of its own."""
        calls = self.calls[part]
        self.code = Function(f"{self.name}_{part}_{len(calls)}_{node.kind}")
        self.elements = Elements(self.code, self.plan, self.constants)
        yield
        calls.append(self.code)

    def keep(self, nodes: list[Array]) -> None:
        """A function for a node, or for a run of nodes that one loop computes."""
        node = nodes[0]
        part = ROWS if self.plan.adds_up(node) else self.plan.part[node]
        found = contraction_of(node)
        if found is not None and matrix_product(self, node, found, part):
            return
        if node.kind == "sum" and found is None and column_sums(self, node, part):
            return
        writer = getattr(self, f"_{node.kind}", None)
        with self.function(node, part):
            if writer is None:
                write_run(self, nodes)
            else:
                writer(node)

    def _copied(self, name: str, node: Array) -> None:
        """A result that is a parameter, a constant, or stored elsewhere in another shape."""
        with self.function(node, AFTER):
            index: Index = [0] * len(node.shape)
            with self.nest(self.axes(node), index):
                terms = [self.code.mul(i, s) for i, s in zip(index, row_major(node.shape))]
                number = self.elements.value(node, index)
                self.code.store(number, self.code.given(name), self.code.add(*terms))

    def _put_out(self, outputs: list[Array]) -> None:
        """The outputs, side by side in each row."""
        with self.function(outputs[0], ROWS), self.code.loop("%m") as i:
            for column, node in enumerate(outputs):
                number = self.elements.value(node, [i][: len(node.shape)])
                place = self.code.add(self.code.mul(i, len(outputs)), column)
                self.code.store(number, self.code.given("out"), place)

    def size(self, n: int) -> Whole:
        return "%m" if n == BATCH else n

    @contextmanager
    def nest(self, axes: Axes, index: Index) -> Iterator[None]:
        """Loops over axes; inside them, `index` holds the position along each."""
        with ExitStack() as stack:
            for axis, n in axes:
                index[axis] = stack.enter_context(self.code.loop(n))
            yield

    def axes(self, node: Array) -> Axes:
        return [(axis, self.size(n)) for axis, n in enumerate(node.shape) if n != 1]

    def store(self, x: Number, node: Array, index: Index, is_added: bool = False) -> None:
        view = View(node, 0, row_major(node.shape))
        pointer, offset = self.elements.pointer(node), self.elements.offset(view, index)
        self.code.store(self.code.load(pointer, offset) + x if is_added else x, pointer, offset)

    # --- one method per kind of node --------------------------------------------------------------

    def _peak(self, node: Array) -> None:
        (x,) = node.args
        index: Index = [0] * len(node.shape)
        with self.nest(self.axes(node), index):
            largest = self.code.variable(self.code.number(float("-inf")))
            inner = list(index)
            with self.nest([(len(index) - 1, self.size(x.shape[-1]))], inner):
                number, m = self.elements.value(x, inner), self.code.get(largest)
                self.code.set(largest, maximum(number, m))
            m = self.code.get(largest)
            m = m.is_("olt", -LARGEST).where(-LARGEST, m)
            self.store(m.is_("ogt", LARGEST).where(LARGEST, m), node, index)

    def _join(self, node: Array) -> None:
        start = 0
        for x in node.args:
            index: Index = [0] * len(x.shape)
            with self.nest(self.axes(x), index):
                place = [*index[:-1], self.code.add(index[-1], start)]
                self.store(self.elements.value(x, index), node, place)
            start += size_of(x.shape)

    def _assemble(self, node: Array) -> None:
        if node not in self.plan.cleared:
            index: Index = [0] * len(node.shape)
            with self.nest(self.axes(node), index):
                self.store(self.code.number(0.0), node, index)
        for (how, where), x in zip(node.info, node.args):
            root = self.plan.view(x)
            if root is not None and root.root in self.plan.inside:
                continue
            index = [0] * len(x.shape)
            with self.nest(self.axes(x), index):
                if how == "index":
                    number = self.elements.value(x, index)
                    self.store(number, node, sliced(self.code, where, index), is_added=True)
                else:
                    self._scatter(node, x, where.array, index)

    def _scatter(self, node: Array, x: Array, places: Any, index: Index) -> None:
        """A number added at the place given by a table; -1 means nowhere."""
        code, lead, rank = self.code, 1 if node.is_batched else 0, places.ndim
        place = self.elements.table(places, index[lead : lead + rank])
        is_there = code.write(f"icmp sge i64 {place}, 0")
        safe = code.write(f"select i1 {is_there}, i64 {place}, i64 0")
        number = self.elements.value(x, index)
        number = Number(code, is_there, "i1").where(number, -0.0)
        self.store(number, node, [*index[:lead], safe, *index[lead + rank :]], is_added=True)

    def _sum(self, node: Array) -> None:
        """A sum in plain loops: into memory if the innermost axis stays, else into a register."""
        (x,) = node.args
        is_added = self.plan.adds_up(node)
        factors = self._factors(node)
        kept = [(axis, n) for axis, n in self.axes(x) if axis not in node.info]
        summed = [(axis, n) for axis, n in self.axes(x) if axis in node.info]
        index: Index = [0] * len(x.shape)
        inner = kept[-1:] if kept and kept[-1][0] == len(x.shape) - 1 else []

        def place() -> Index:
            return [i for axis, i in enumerate(index) if axis not in node.info]

        if inner:
            with self.nest(kept[:-1], index):
                if not is_added:
                    with self.nest(inner, index):
                        self.store(self.code.number(0.0), node, place())
                with self.nest([*summed, *inner], index):
                    self.store(factors(index), node, place(), is_added=True)
            return
        with self.nest(kept, index):
            total = self.code.variable(self.code.number(0.0))
            with self.nest(summed, index):
                term = factors(index)
                so_far = self.code.get(total)
                self.code.set(total, self.code.binary("fadd", so_far, term, "reassoc contract"))
            self.store(self.code.get(total), node, place(), is_added)

    def _factors(self, node: Array) -> Callable[[Index], Number]:
        """The function that gives the summand at an index."""
        found = contraction_of(node)
        if found is None:
            return lambda index: self.elements.value(node.args[0], index)
        letters = "abcdefghijklmnopqrstuvwxyz"
        sides = [(found.a, found.of_a), (found.b, found.of_b)]

        def factors(index: Index) -> Number:
            a, b = [
                self.elements.value(x, [index[letters.index(c)] for c in of]) for x, of in sides
            ]
            return a * b

        return factors
