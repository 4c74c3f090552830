"""The array program as loops over numbers, in LLVM's language: a function for each kept node.

`plan.py` says which nodes are kept in memory, `elements.py` what is computed inside the loops,
`products.py` how matrices are multiplied.  The result is a function

    NAME(theta, rows, results..., work, doubles, places, functions, n, block)

that calls those functions: before the rows, for each block of rows, and after them.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from autograd.compiling.arrays import BATCH, Array, size_of
from autograd.compiling.contract import Contraction
from autograd.compiling.elements import Constants, Elements, Index, sliced
from autograd.compiling.machine import Function, Number, Whole
from autograd.compiling.plan import (
    AFTER, BEFORE, LEAVES, ROWS, VIEWS, Plan, View, contraction_of, product, row_major,
)  # fmt: skip
from autograd.compiling.products import Axis, Matrices, merged
from autograd.compiling.products import product as multiply

ARGUMENTS = ("work", "doubles", "places", "functions")
Axes = list[tuple[int, Whole]]  # axis numbers, and how far each goes


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
        for node in self.plan.order:
            self.keep(node)
        self.copies = {name: 0 for name, node in results.items() if node not in self.named}
        for name in self.copies:
            self._copied(name, results[name])
        if outputs:
            self.copies["out"] = len(outputs)
            self._put_out(outputs)

    # --- functions --------------------------------------------------------------------------------

    @contextmanager
    def function(self, node: Array, part: int) -> Iterator[None]:
        """What is written meanwhile is a function of its own."""
        calls = self.calls[part]
        self.code = Function(f"{self.name}_{part}_{len(calls)}_{node.kind}")
        self.elements = Elements(self.code, self.plan, self.constants)
        yield
        calls.append(self.code)

    def keep(self, node: Array) -> None:
        part = ROWS if self.plan.adds_up(node) else self.plan.part[node]
        found = product(node)
        if found is not None and self._product(node, found, part):
            return
        if node.kind == "sum" and contraction_of(node) is None and self._column_sums(node, part):
            return
        with self.function(node, part):
            getattr(self, f"_{node.kind}", self._elements)(node)

    def _copied(self, name: str, node: Array) -> None:
        """A result that is a parameter, a constant, or lies elsewhere in another shape."""
        with self.function(node, AFTER):
            index: Index = [0] * len(node.shape)
            with self.nest(self.axes(node), index):
                terms = [self.code.mul(i, s) for i, s in zip(index, row_major(node.shape))]
                number = self.elements.value(node, index)
                self.code.store(number, self.code.given(name), self.code.add(*terms))

    def _put_out(self, outputs: list[Array]) -> None:
        """The outputs, side by side in a row each."""
        with self.function(outputs[0], ROWS), self.code.loop("%m") as i:
            for column, node in enumerate(outputs):
                number = self.elements.value(node, [i][: len(node.shape)])
                place = self.code.add(self.code.mul(i, len(outputs)), column)
                self.code.store(number, self.code.given("out"), place)

    def size(self, n: int) -> Whole:
        return "%m" if n == BATCH else n

    @contextmanager
    def nest(self, axes: Axes, index: Index) -> Iterator[None]:
        """Loops over axes; `index` has, inside, the place of each."""
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

    # --- a kind of node each ----------------------------------------------------------------------

    def _elements(self, node: Array) -> None:
        index: Index = [0] * len(node.shape)
        with self.nest(self._merged(node), index):
            self.store(self.elements.value(node, index, written=node), node, index)

    def _merged(self, node: Array) -> Axes:
        """The axes, neighbours as one where every operand's numbers go on without a gap."""
        axes = self.axes(node)
        reads = self._reads(node, node)
        if reads is None:
            return axes
        strides = [row_major(node.shape), *reads]
        result: Axes = []
        for axis, n in reversed(axes):
            if result and isinstance(length := result[0][1], int):
                inner = result[0][0]
                if all(s[axis] == s[inner] * length for s in strides):
                    result[0] = (inner, self.code.mul(n, length))
                    continue
            result.insert(0, (axis, n))
        return result

    def _reads(self, node: Array, written: Array) -> list[tuple[int, ...]] | None:
        """The strides, along the axes of `written`, of all that a node is computed from."""
        if node.literal is not None or node.kind == "batch":
            return []
        view = self.plan.view(node) if node is not written else None
        if view is not None:
            missing = len(written.shape) - len(node.shape)
            strides = [0 if n == 1 else s for s, n in zip(view.strides, node.shape)]
            return [(0,) * missing + tuple(strides)]
        if node.kind != "map":
            return None
        found: list[tuple[int, ...]] = []
        for x in node.args:
            reads = self._reads(x, written)
            if reads is None:
                return None
            found += reads
        return found

    def _peak(self, node: Array) -> None:
        (x,) = node.args
        index: Index = [0] * len(node.shape)
        with self.nest(self.axes(node), index):
            largest = self.code.variable(self.code.number(float("-inf")))
            inner = list(index)
            with self.nest([(len(index) - 1, self.size(x.shape[-1]))], inner):
                number, m = self.elements.value(x, inner), self.code.get(largest)
                self.code.set(largest, m.is_("ult", number).where(number, m))
            m = self.code.get(largest)
            m = m.is_("olt", -1e308).where(-1e308, m)
            self.store(m.is_("ogt", 1e308).where(1e308, m), node, index)

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

    def _scatter(self, node: Array, x: Array, places: object, index: Index) -> None:
        """A number added at the place that a table says; -1 says nowhere."""
        code, lead, rank = self.code, 1 if node.is_batched else 0, places.ndim  # type: ignore[attr-defined]
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
        """The function that gives what is summed, at an index."""
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

    # --- products ---------------------------------------------------------------------------------

    def _column_sums(self, node: Array, part: int) -> bool:
        """A sum over axes of what lies in memory, written as a product without its left factor."""
        (x,) = node.args
        view = self.plan.view(x)
        last = len(x.shape) - 1
        if view is None or last in node.info or x.shape[last] == BATCH or view.strides[last] != 1:
            return False
        letters = "abcdefghijklmnopqrstuvwxyz"[: len(x.shape)]
        result = "".join([c for axis, c in enumerate(letters) if axis not in node.info])
        sizes = dict(zip(letters, x.shape))
        strides = dict(zip(letters, view.strides)), dict(zip(result, row_major(node.shape)))
        with self.function(node, part):
            at = self._matrices(None, view, node)
            axes = {c: Axis(self.size(sizes[c]), 0, *[s.get(c, 0) for s in strides]) for c in sizes}
            self._around(node, at, axes, [], [c for c in letters if c not in result], letters[last])
        return True

    def _product(self, node: Array, found: Contraction, part: int) -> bool:
        """Whether it was written as a matrix product."""
        sides = [(found.a, found.of_a), (found.b, found.of_b)]
        views = [self.plan.view(x) for x, _ in sides]
        j = self._columns(found, views)
        if j is None:
            return False
        if j in found.of_a:
            sides.reverse()
            views.reverse()
        (_, of_a), (b, of_b) = sides
        if views[1].strides[of_b.index(j)] != 1:  # type: ignore[union-attr]
            views[1] = self._packed(b, of_b.index(j))
        thin = [s for s, n in zip(row_major(node.shape), node.shape) if n != 1]
        strides = [
            dict(zip(of_a, views[0].strides)),  # type: ignore[union-attr]
            dict(zip(of_b, views[1].strides)),  # type: ignore[union-attr]
            dict(zip(found.result, thin)),
        ]
        axes = {c: Axis(self.size(n), *[s.get(c, 0) for s in strides]) for c, n in found.sizes.items()}
        rows = [c for c in found.result if c not in of_b]
        with self.function(node, part):
            at = self._matrices(views[0], views[1], node)
            self._around(node, at, axes, rows, list(found.summed), j)
        return True

    def _columns(self, found: Contraction, views: list[View | None]) -> str | None:
        """The axis to make vectors of: of one factor alone, long, its numbers in a row."""
        choices = []
        for of, other, view in zip((found.of_a, found.of_b), (found.of_b, found.of_a), views):
            assert view is not None
            for letter, stride in zip(of, view.strides):
                n, is_last = found.sizes[letter], letter == found.result[-1:]
                is_alone = letter not in other and letter in found.result and n != BATCH
                if is_alone and (stride == 1 or is_last):
                    choices.append((min(n, 2 * self.lanes), stride == 1, is_last, letter))
        return max(choices)[-1] if choices else None

    def _packed(self, x: Array, last: int) -> View:
        """A copy of a factor with one of its axes last."""
        plan, view = self.plan, self.plan.view(x)
        assert view is not None
        order = [*[axis for axis in range(len(x.shape)) if axis != last], last]
        across = row_major(tuple([x.shape[axis] for axis in order]))
        strides = tuple([across[order.index(axis)] for axis in range(len(x.shape))])
        copy = Array(x.program, "copy", (x,), strides, x.shape)
        plan.place[copy] = plan.room(copy)
        with self.function(copy, plan.part.get(view.root, BEFORE)):
            index: Index = [0] * len(x.shape)
            with self.nest(self.axes(x), index):
                to = self.elements.offset(View(copy, 0, strides), index)
                self.code.store(self.elements.value(x, index), self.elements.pointer(copy), to)
        return View(copy, 0, strides)

    def _matrices(self, a: View | None, b: View, node: Array) -> Matrices:
        at: list[Any] = []
        for view in (a, b, View(node, 0, ())):
            at += ["", 0] if view is None else [
                self.elements.pointer(view.root), self.elements.offset(view, [])
            ]  # fmt: skip
        return Matrices(*at)

    def _around(
        self, node: Array, at: Matrices, axes: dict[str, Axis],
        rows: list[str], summed: list[str], j: str,
    ) -> None:  # fmt: skip
        """Loops over all axes but three, and inside them the product of two matrices."""
        code, is_added = self.code, self.plan.adds_up(node)
        others = [axes[c] for c in axes if c not in (*rows, *summed, j) and axes[c].size != 1]
        outer_rows = merged(code, [axes[c] for c in rows])
        outer_sums = merged(code, [axes[c] for c in summed])
        i, k = outer_rows.pop() if outer_rows else Axis(1), outer_sums.pop()
        if outer_sums and not is_added:
            rows = "%m" if node.is_batched else 1
            code.clear(at.c, at.c_start, code.mul(rows, size_of(node.shape)))
        with ExitStack() as stack:
            for axis in [*others, *outer_rows, *outer_sums]:
                at = at.moved(code, axis, stack.enter_context(code.loop(axis.size)))
            multiply(code, at, i, k, axes[j], self.lanes, is_added or bool(outer_sums))

    # --- the whole --------------------------------------------------------------------------------

    def text(self) -> str:
        """LLVM text: the functions, and the one that calls them."""
        main = Function(self.name)
        names = [*self.named.values(), *self.copies]
        block = "%block"
        pointers: dict[str, str] = {}

        def call(function: Function, moved: dict[str, str]) -> None:
            given = [f"ptr {moved.get(p) or pointer(p)}" for p in function.pointers]
            main.lines.append(f"call void @{function.name}({', '.join([*given, 'i64 %n', 'i64 ' + moved['m']])})")

        def pointer(name: str) -> str:
            return pointers.get(name, f"%{name}")

        for name in dict.fromkeys([p for part in self.calls for f in part for p in f.pointers]):
            if name.startswith("fixed"):
                pointers[name] = main.address("%work", int(name[5:]))
            elif name.startswith("row") and name != "rows":
                start = main.add(main.mul(block, int(name[3:])), self.plan.fixed)
                pointers[name] = main.address("%work", start)
        for node in self.plan.cleared:
            place = self.plan.place[node]
            main.clear(pointer(place.pointer), place.offset, size_of(node.shape))
        for function in self.calls[BEFORE]:
            call(function, {"m": "0"})
        if self.calls[ROWS]:
            with main.loop("%n", step=block) as start:
                left = main.write(f"sub i64 %n, {start}")
                moved = {"m": main.smaller(left, block)}
                moved["rows"] = main.address("%rows", main.mul(start, self.plan.columns))
                for name, width in self.copies.items():
                    if width:
                        moved[name] = main.address(f"%{name}", main.mul(start, width))
                for function in self.calls[ROWS]:
                    call(function, moved)
        for function in self.calls[AFTER]:
            call(function, {"m": "0"})
        arguments = [f"ptr noalias %{name}" for name in ("theta", "rows", *names, *ARGUMENTS)]
        texts = []
        for function in [f for part in self.calls for f in part]:
            given = [f"ptr noalias %{p}" for p in function.pointers]
            texts.append(function.text(", ".join([*given, "i64 %n", "i64 %m"])))
            self.declared.update(function.declared)
        texts.append(main.text(", ".join([*arguments, "i64 %n", "i64 %block"]), kind=""))
        self.declared.update(main.declared)
        return "\n".join(texts)
