"""explain: why is this gradient what it is?  The paths that it is the sum of, the largest first.

By the chain rule, the gradient of an output by a leaf is a sum over all paths between them, of the
products of the local derivatives along each (Bauer 1974).  There may be exponentially many paths.
Two passes over the graph count them all, and find from each value the largest product to
the leaf; with that as the bound, a best-first search yields path after path in order of size.
"""

import heapq
import itertools
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograd.backward import differentiate
from autograd.drawing.select import between
from autograd.equations import shown
from autograd.grouping import groups_of
from autograd.paths import Groups, names_along, product_along
from autograd.printing import counted, printable
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.drawing.picture import Picture


@dataclass
class Path:
    """One path, from the leaf to the output, and the product of its local derivatives.

    `values`             leaf ... output
    `local_derivatives`  one an edge, in the same order
    """

    values: list[Value]
    local_derivatives: list[float]
    product: float

    def __str__(self) -> str:
        return self.told({})

    def told(self, groups: Groups) -> str:
        """The product and the way; a long path by the layers that it goes through."""
        nodes = self.values[1:]
        factors = product_along(list(zip(nodes, self.local_derivatives)), self.product, groups)
        way = names_along(self.values, [_name(value) for value in self.values], groups)
        return f"{factors}   along {' -> '.join(way)}"


@dataclass
class Explanation:
    """The largest paths behind a gradient; printed, it tells the story.

    `gradient`    d output / d leaf
    `paths`       the largest, in order
    `path_count`  how many there are in all
    `covered`     the sum of the paths shown
    `coverage`    the share of their sizes in the sum of all sizes, 0 to 1
    """

    output: Value
    leaf: Value
    gradient: float
    paths: list[Path]
    path_count: int
    coverage: float

    @property
    def covered(self) -> float:
        return _sum([path.product for path in self.paths])

    def draw(self, **options: Any) -> "Picture":
        """The paths between leaf and output, with those listed here highlighted."""
        from autograd.drawing.show import show

        pairs = [pair for path in self.paths for pair in itertools.pairwise(path.values)]
        order = between(self.leaf, self.output)
        return show(self.output, order=order, lit=set(pairs), **options)

    def __str__(self) -> str:
        output, leaf = _title(self.output, "output"), _title(self.leaf, "leaf")
        title = f"d {output} / d {leaf} = {shown(self.gradient)}"
        if not self.path_count:
            return f"{title}: no path leads from the one to the other"
        count = self.path_count
        what = "its only path" if count == 1 else f"the sum over {counted(count)} paths"
        lines = [f"{title}, {what}:", *self._lines()]
        left = count - len(self.paths)
        if left:
            lines.append(
                f"  and {counted(left)} more; those shown add up to {shown(self.covered)}, "
                f"and are {self.coverage:.1%} of the sum of all sizes"
            )
        return "\n".join(lines)

    __repr__ = __str__

    def _lines(self) -> list[str]:
        """One line per path, and only one for paths that read alike: the rows of a batch."""
        groups = groups_of(between(self.leaf, self.output)) if self.paths else {}
        times = Counter([path.told(groups) for path in self.paths])
        return [f"  {line}" + f"   ({n} paths)" * (n > 1) for line, n in times.items()]


def explain(output: Value, leaf: Value, paths: int = 10) -> Explanation:
    """Why is d output / d leaf what it is: the largest `paths` of the paths that it sums up.

    >>> from autograd import Value, explain
    >>> x = Value(3.0, label="x")
    >>> y = x * x + 5 * x
    >>> y.label = "y"
    >>> print(explain(y, x))
    d y / d x = 11, the sum over 3 paths:
      5 * 1 = 5   along x -> mul -> y
      3 * 1 = 3   along x -> mul -> y   (2 paths)

    Time: linear in the graph, and for each path linear in its length.  A path with a factor of 0
    adds nothing and is counted, but not listed.  Raises TypeError for what is no Value.
    """
    for name, value in (("output", output), ("leaf", leaf)):
        if not isinstance(value, Value):
            raise TypeError(f"explain: {name} must be a Value, got {type(value).__name__}")
    gradient = float(differentiate(output, create_graph=False).get(leaf, 0.0))
    try:
        order = between(leaf, output)
    except ValueError:
        order = []  # the leaf is not behind the output
    bounds = _Bounds(order, leaf)
    found = list(itertools.islice(_best_first(output, leaf, bounds), paths)) if order else []
    found.sort(key=lambda path: -_size(path.product))  # rounding may have swapped neighbours
    total = bounds.sum_of_sizes.get(output, 0.0)
    listed = _sum([abs(path.product) for path in found])
    coverage = listed / total if 0.0 < total < math.inf else float(bool(found))
    return Explanation(output, leaf, gradient, found, bounds.count.get(output, 0), coverage)


class _Bounds:
    """For each value, over all its paths to the leaf: how many, the largest size, their sum."""

    def __init__(self, order: list[Value], leaf: Value) -> None:
        self.count: dict[Value, int] = {leaf: 1}
        self.largest: dict[Value, float] = {leaf: 1.0}
        self.sum_of_sizes: dict[Value, float] = {leaf: 1.0}
        for value in order:
            if value is leaf:
                continue
            edges = [(o, _size(d)) for o, d in zip(value.operands, value.local_derivatives)]
            edges = [(operand, size) for operand, size in edges if operand in self.count]
            self.count[value] = sum([self.count[o] for o, _ in edges])
            self.largest[value] = max([_times(s, self.largest[o]) for o, s in edges], default=0.0)
            self.sum_of_sizes[value] = sum([_times(s, self.sum_of_sizes[o]) for o, s in edges])
        self._edges: dict[Value, list[tuple[Value, float]]] = {}

    def edges(self, value: Value) -> list[tuple[Value, float]]:
        """(operand, local derivative) pairs that lead to the leaf, the most promising first."""
        if value not in self._edges:
            edges = [e for e in zip(value.operands, value.local_derivatives) if e[0] in self.count]
            edges.sort(key=lambda edge: -_times(_size(edge[1]), self.largest[edge[0]]))
            self._edges[value] = edges
        return self._edges[value]


def _best_first(output: Value, leaf: Value, bounds: _Bounds) -> Iterator[Path]:
    """Paths in the order of their sizes (Lawler 1972).

    A candidate is a way down to some value, its edge of a given rank there, and the best edges from
    there on; its rivals differ from it at one value, by the edge of the next rank.  So
    everything taken off the queue is a path: ties and rounding never make the search broad.
    """
    queue: list[tuple[float, int, Value, int, float, Any]] = []
    ticket = itertools.count()  # among equals, the one found first

    def consider(value: Value, rank: int, product: float, trail: Any) -> None:
        edges = bounds.edges(value)
        if rank < len(edges):
            operand, local = edges[rank]
            size = _times(_size(local * product), bounds.largest[operand])
            if size > 0.0:  # else it adds nothing
                heapq.heappush(queue, (-size, next(ticket), value, rank, product, trail))

    if output is leaf:
        yield _path(leaf, None, 1.0)
    else:
        consider(output, 0, 1.0, None)
    while queue:
        _, _, value, rank, product, trail = heapq.heappop(queue)
        while value is not leaf:
            consider(value, rank + 1, product, trail)
            operand, local = bounds.edges(value)[rank]
            value, rank, product, trail = operand, 0, local * product, (value, local, trail)
        yield _path(leaf, trail, product)


def _path(leaf: Value, trail: Any, product: float) -> Path:
    values, local_derivatives = [leaf], []
    while trail is not None:
        value, local, trail = trail
        values.append(value)
        local_derivatives.append(local)
    return Path(values, local_derivatives, product)


def _sum(numbers: list[float]) -> float:
    """Rounded once; where infinities meet, what floats make of it."""
    return math.fsum(numbers) if all(map(math.isfinite, numbers)) else sum(numbers)


def _size(x: float) -> float:
    return math.inf if math.isnan(x) else abs(x)  # a nan comes first: it spoils the sum


def _times(x: float, y: float) -> float:
    return 0.0 if x == 0.0 or y == 0.0 else x * y


def _name(value: Value) -> str:
    if value.label:
        return printable(value.label)
    if value.op is None or not value.operands:
        return shown(value.data)
    return printable(value.op.name)


def _title(value: Value, role: str) -> str:
    """A label as it stands in a fraction: d n / d (x1 * w1); without one, the value's role."""
    label = printable(value.label)
    return f"({label})" if " " in label or "*" in label else label or role
