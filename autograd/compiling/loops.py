"""The array program as loops over scalars, for a compiler of machine code.

Every node that is kept has a stretch of one work array, row-major.  Element-wise operations that
are used once are computed inside the loop of their user; shapes, slices and transposes are but
arithmetic on the index.
"""

from collections import Counter
from typing import Any

import numpy as np

from autograd.compiling.arrays import BATCH, Array, reachable, size_of
from autograd.compiling.contract import Contraction, contraction
from autograd.compiling.scalars import SCALAR, literal

VIEWS = ("reshape", "transpose", "index", "expand")
LARGE = 200_000  # multiplications a row from which BLAS takes over
Index = list[str]


class Loops:
    """Writes `step(theta, rows, gradient, work)`, which returns the mean output."""

    def __init__(self, value: Array, gradient: Array) -> None:
        self.constants: dict[str, Any] = {}
        self.lines: list[str] = []
        self.place: dict[Array, str] = {}  # node -> its array, or its variable when it is a scalar
        self.fixed = self.per_row = self.count = 0
        self.gradient = gradient
        self._forced: Array | None = None  # the node whose own lines are being written
        order = reachable([value, gradient])
        self.users: dict[Array, list[Array]] = {node: [] for node in order}
        for node in order:
            found = contraction(node)
            for arg in (found.a, found.b) if found is not None and found.is_outer else node.args:
                self.users.setdefault(arg, []).append(node)
        order = reachable([value, gradient], self.operands)
        self.uses = Counter(arg for node in order for arg in self.operands(node))
        for node in order:
            if node in (value, gradient) or self.is_kept(node):
                self.keep(node)
            else:
                self.view(node)
        result, lines = self.value_of(value, [])
        self.lines += [*lines, f"return {result}"]

    def operands(self, node: Array) -> tuple[Array, ...]:
        found = contraction(node)
        return (found.a, found.b) if found is not None and found.is_outer else node.args

    @property
    def source(self) -> str:
        body = "\n".join(f"    {line}" for line in self.lines)
        return f"def step(theta, rows, gradient, work):\n    n = rows.shape[0]\n{body}\n"

    # --- what is kept ---------------------------------------------------------------------------

    def is_kept(self, node: Array) -> bool:
        if node.kind in ("sum", "peak", "join", "assemble"):
            return True
        if node.kind not in ("map", "choose", "gather"):
            return False
        user, x = node, node
        while self.uses[x] == 1:
            users = [u for u in self.users.get(x, []) if u in self.uses or u is self.gradient]
            if len(users) != 1:
                return True
            user = users[0]
            if user.kind not in ("reshape", "transpose"):
                break
            x = user
        else:
            return True
        if user.kind == "sum":
            found = contraction(user)
            return found is not None and found.is_outer
        return _numbers(user) != _numbers(node) and user.kind not in ("assemble", "join")

    def keep(self, node: Array) -> None:
        """Lines that compute the node, and a place for it."""
        self.lines.append(f"# {node.kind} {getattr(node.info, 'name', '')} {node.shape}")
        if node is self.gradient:
            self.place[node] = "gradient"
        elif node.shape == ():
            self.count += 1
            self.place[node] = f"s{self.count}"
        else:
            self.count += 1
            name = self.place[node] = f"v{self.count}"
            start = f"{self.per_row} * n + {self.fixed}"
            if node.is_batched:
                self.per_row += size_of(node.shape)
            else:
                self.fixed += size_of(node.shape)
            stretch = f"work[{start} : {self.per_row} * n + {self.fixed}]"
            self.lines.append(f"{name} = {stretch}.reshape({_sizes(node.shape)})")
        writer = getattr(self, f"_keep_{node.kind}", self._keep_elements)
        writer(node)

    def view(self, node: Array) -> None:
        """Parts of theta, and other shapes of what is kept, are arrays for free."""
        if node.kind == "index" and node.args[0].kind == "theta" and len(node.shape) == 1:
            start, stop = node.info[0]
            text = f"theta[{start}:{stop}]"
        elif node.kind == "reshape" and node.shape and self.place.get(node.args[0], "s")[0] == "v":
            text = f"{self.place[node.args[0]]}.reshape({_sizes(node.shape)})"
        else:
            return
        self.count += 1
        self.place[node] = f"v{self.count}"
        self.lines.append(f"v{self.count} = {text}")

    def nest(self, sizes: list[tuple[str, int]], body: list[str]) -> list[str]:
        lines, indent = [], ""
        for name, size in sizes:
            lines.append(f"{indent}for {name} in range({'n' if size == BATCH else size}):")
            indent += "    "
        return [*lines, *[indent + line for line in body]]

    def _axes(self, node: Array) -> tuple[Index, list[tuple[str, int]]]:
        names = [f"i{axis}" for axis in range(len(node.shape))]
        index = [name if n != 1 else "0" for name, n in zip(names, node.shape)]
        return index, [(name, n) for name, n in zip(names, node.shape) if n != 1]

    def _keep_elements(self, node: Array) -> None:
        index, sizes = self._axes(node)
        self._forced = node
        result, body = self.value_of(node, index)
        self.lines += self.nest(sizes, [*body, f"{self.cell(node, index)} = {result}"])

    def cell(self, node: Array, index: Index) -> str:
        if node.shape == ():
            return self.place[node]
        return f"{self.place[node]}[{', '.join(index)}]"

    def _keep_peak(self, node: Array) -> None:
        (x,) = node.args
        index, sizes = self._axes(node)
        result, body = self.value_of(x, [*index[:-1], "k"])
        cell = self.cell(node, index)
        inner = self.nest(
            [("k", x.shape[-1])], [*body, f"m = {result} if not {result} <= m else m"]
        )
        clipped = f"{cell} = min(max(m, -1e308), 1e308)"
        self.lines += self.nest(sizes, ["m = -np.inf", *inner, clipped])

    def _keep_join(self, node: Array) -> None:
        start = 0
        for x in node.args:
            index, sizes = self._axes(x)
            result, body = self.value_of(x, index)
            target = self.cell(node, [*index[:-1], f"({start} + {index[-1]})"])
            self.lines += self.nest(sizes, [*body, f"{target} = {result}"])
            start += size_of(x.shape)

    def _keep_assemble(self, node: Array) -> None:
        zero = "gradient[:] = 0.0" if node is self.gradient else f"{self.place[node]}[...] = 0.0"
        self.lines.append(zero)
        for (how, where), x in zip(node.info, node.args):
            index, sizes = self._axes(x)
            result, body = self.value_of(x, index)
            if how == "index":
                target = self.cell(node, _sliced(where, index))
                self.lines += self.nest(sizes, [*body, f"{target} += {result}"])
                continue
            lead = 1 if node.is_batched else 0
            table, rank = self.data(where.array), where.array.ndim
            at = f"{table}[{', '.join(index[lead : lead + rank])}]"
            target = self.cell(node, [*index[:lead], "g", *index[lead + rank :]])
            put = [*body, f"g = {at}", "if g >= 0:", f"    {target} += {result}"]
            self.lines += self.nest(sizes, put)

    def _keep_sum(self, node: Array) -> None:
        found = contraction(node)
        if found is not None and self._as_blas(node, found):
            return
        (x,) = node.args
        index, sizes = self._axes(x)
        factors = [(x, index)]
        if found is not None and found.is_outer:
            names = dict(zip("abcdefghijklmnopqrstuvwxyz", index))
            factors = [
                (found.a, [names[c] for c in found.of_a]),
                (found.b, [names[c] for c in found.of_b]),
            ]
        kept = [i for axis, i in enumerate(index) if axis not in node.info]
        summed = [(name, n) for name, n in sizes if int(name[1:]) in node.info]
        outer = [(name, n) for name, n in sizes if int(name[1:]) not in node.info]
        last = outer[-1][0] if outer else ""
        is_dot = not outer or all(at[-1:] != [last] for _, at in factors)
        if is_dot and len(outer) > 1 and len(factors) == 2:
            factors = [self._turned(x, at, last, dict(sizes)) for x, at in factors]
            is_dot = False
        body: list[str] = []
        terms = []
        for factor, at in factors:
            if isinstance(factor, str):
                terms.append(f"{factor}[{', '.join(at)}]")
                continue
            term, lines = self.value_of(factor, at)
            terms.append(term)
            body += lines
        cell = self.cell(node, kept)
        product = " * ".join(terms)
        if is_dot:
            inner = self.nest(summed, [*body, f"total += {product}"])
            self.lines += self.nest(outer, ["total = 0.0", *inner, f"{cell} = total"])
            return
        clear = self.nest(outer[-1:], [f"{cell} = 0.0"])
        inner = self.nest([*summed, outer[-1]], [*body, f"{cell} += {product}"])
        self.lines += self.nest(outer[:-1], [*clear, *inner])

    def _turned(self, x: Array, at: Index, last: str, sizes: dict[str, int]) -> tuple[Any, Index]:
        """A factor that has the innermost axis, copied so that it lies last."""
        if last not in at:
            return x, at
        wanted = [*[i for i in at if i != last], last]
        self.count += 1
        name = f"v{self.count}"
        start = f"{self.per_row} * n + {self.fixed}"
        numbers = [sizes[i] for i in wanted]
        if BATCH in numbers:
            self.per_row += size_of((BATCH, *[n for n in numbers if n != BATCH]))
        else:
            self.fixed += size_of(tuple(numbers))
        stretch = f"work[{start} : {self.per_row} * n + {self.fixed}]"
        self.lines.append(f"{name} = {stretch}.reshape({_sizes(numbers)})")
        result, body = self.value_of(x, at)
        cell = f"{name}[{', '.join(wanted)}]"
        self.lines += self.nest([(i, sizes[i]) for i in at], [*body, f"{cell} = {result}"])
        return name, wanted

    def _as_blas(self, node: Array, c: Contraction) -> bool:
        """A large product of two matrices that lie in memory as such: leave it to BLAS."""
        sizes = [c.sizes[x] for x in dict.fromkeys(c.of_a + c.of_b)]
        work = int(np.prod([500 if n == BATCH else n for n in sizes]))
        if not (c.is_outer and len(c.of_a) == len(c.of_b) == len(c.result) == 2):
            return False
        matrices = [self._matrix(c.a), self._matrix(c.b)]
        if work < LARGE or None in matrices:
            return False
        a, b = matrices
        if c.result[0] not in c.of_a:
            (a, b), of_a, of_b = (b, a), c.of_b, c.of_a
        else:
            of_a, of_b = c.of_a, c.of_b
        left = a if of_a[0] == c.result[0] else f"{a}.T"
        right = b if of_b[1] == c.result[1] else f"{b}.T"
        self.lines.append(f"np.dot({left}, {right}, {self.place[node]})")
        return True

    def _matrix(self, x: Array) -> str | None:
        if x in self.place:
            return self.place[x]
        if x.kind == "const":
            return self.data(x.info.array)
        inner = x.args[0] if x.kind == "reshape" else x
        if (
            inner.kind == "index"
            and inner.args[0].kind == "rows"
            and isinstance(inner.info[1], tuple)
        ):
            start, stop = inner.info[1]
            return self._input_columns(start, stop)
        return None

    def _input_columns(self, start: int, stop: int) -> str:
        """Columns of the rows as a matrix of their own, copied once a step."""
        name = f"x{start}_{stop}"
        line = f"{name} = np.ascontiguousarray(rows[:, {start}:{stop}])"
        if line not in self.lines:
            self.lines.append(line)
        return name

    # --- elements -------------------------------------------------------------------------------

    def value_of(self, node: Array, index: Index) -> tuple[str, list[str]]:
        """An expression for one element, and the lines that it needs before it."""
        body: list[str] = []
        self.seen: dict[tuple[Array, tuple[str, ...]], str] = {}
        forced, self._forced = self._forced, None
        return self._element(node, index, body, forced), body

    def _element(self, node: Array, index: Index, body: list[str], forced: Array | None) -> str:
        key = (node, tuple(index))
        if key in self.seen:
            return self.seen[key]
        if node in self.place and node is not forced:
            return self.cell(node, index)
        kind = node.kind
        if kind == "const":
            number = node.literal
            if number is not None:
                return literal(number)
            return f"{self.data(node.info.array)}[{', '.join(index)}]"
        if kind == "theta":
            return f"theta[{index[0]}]"
        if kind == "rows":
            return f"rows[{index[0]}, {index[1]}]"
        if kind == "batch":
            return "n"
        if kind == "map":
            texts = []
            for arg in node.args:
                texts.append(self._element(arg, _aligned(index, arg.shape), body, None))
            expression = SCALAR[node.info.name](node, texts)
        elif kind == "choose":
            at, options = node.args
            which = self._element(at, _aligned(index, at.shape), body, None)
            inner = [*_aligned(index, options.shape[:-1]), f"int({which})"]
            expression = self._element(options, inner, body, None)
        elif kind == "gather":
            expression = self._gathered(node, index, body)
        else:
            return self._element(node.args[0], self._seen_through(node, index), body, None)
        self.count += 1
        name = f"t{self.count}"
        body.append(f"{name} = {expression}")
        self.seen[key] = name
        return name

    def _gathered(self, node: Array, index: Index, body: list[str]) -> str:
        (x,) = node.args
        data, fill = node.info
        lead, rank = (1 if node.is_batched else 0), data.array.ndim
        table = self.data(data.array)
        at = f"{table}[{', '.join(index[lead : lead + rank])}]"
        self.count += 1
        place = f"p{self.count}"
        body.append(f"{place} = {at}")
        if fill is not None:
            self.count += 1
            safe = f"p{self.count}"
            body.append(f"{safe} = max({place}, 0)")
            inner = self._element(x, [*index[:lead], safe, *index[lead + rank :]], body, None)
            return f"{inner} if {place} >= 0 else {literal(fill[0])}"
        return self._element(x, [*index[:lead], place, *index[lead + rank :]], body, None)

    def _seen_through(self, node: Array, index: Index) -> Index:
        (x,) = node.args
        if node.kind == "transpose":
            return [index[node.info.index(axis)] for axis in range(len(x.shape))]
        if node.kind == "expand":
            return _aligned(index, x.shape)
        if node.kind == "index":
            return _sliced(node.info, index)
        return _reshaped(index, node.shape, x.shape)

    def data(self, array: Any) -> str:
        for name, known in self.constants.items():
            if known.dtype == array.dtype and np.array_equal(known, array):
                return name
        name = f"K{len(self.constants) + 1}"
        self.constants[name] = array
        return name


def _sizes(shape: Any) -> str:
    return ", ".join("n" if n == BATCH else str(n) for n in shape)


def _numbers(node: Array) -> tuple[bool, int]:
    return node.is_batched, size_of(node.shape)


def _linear(index: Index, shape: Any) -> str:
    """The place in row-major order."""
    terms = []
    stride, rows = 1, ""
    for i, n in zip(reversed(index), reversed(tuple(shape))):
        if i != "0":
            terms.append(f"{i} * {stride}{rows}" if stride != 1 or rows else i)
        stride, rows = (stride, " * n") if n == BATCH else (stride * n, rows)
    return " + ".join(reversed(terms)) or "0"


def _aligned(index: Index, shape: Any) -> Index:
    """The index into an operand that is broadcast."""
    tail = index[len(index) - len(shape) :] if shape else []
    return ["0" if n == 1 else i for i, n in zip(tail, shape)]


def _sliced(slices: Any, index: Index) -> Index:
    rest = iter(index)
    result = []
    for s in slices:
        if isinstance(s, tuple):
            i = next(rest)
            result.append(i if s[0] == 0 else f"({s[0]} + {i})")
        else:
            result.append(str(s))
    return result


def _reshaped(index: Index, shape: Any, inner: Any) -> Index:
    """The same place in an array of another shape."""
    if [n for n in shape if n != 1] == [n for n in inner if n != 1]:
        wide = iter([i for i, n in zip(index, shape) if n != 1])
        return ["0" if n == 1 else next(wide) for n in inner]
    lead: Index = []
    if inner[:1] == (BATCH,) and shape[:1] == (BATCH,):
        lead, index, shape, inner = index[:1], index[1:], shape[1:], inner[1:]
    flat = _linear(index, shape)
    result: Index = []
    stride = 1
    for position, n in reversed(list(enumerate(inner))):
        text = flat if stride == 1 else f"({flat}) // {stride}"
        inside = text if position == 0 or n == 1 else f"({text}) % {n}"
        result.append("0" if n == 1 else f"({inside})")
        stride *= n
    return [*lead, *result[::-1]]
