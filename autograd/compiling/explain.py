"""The story of a compilation, as a table."""

from collections import Counter
from collections.abc import Sequence

from autograd.compiling.lifting.capture import COMPUTED, Graph
from autograd.compiling.readable import readable
from autograd.compiling.writing.emit import Emitter
from autograd.value import Value

VIEWS = {"theta", "rows", "batch", "const", "ones", "reshape", "transpose", "index", "expand"}
MOST = 5  # names per line


class Story:
    """What is noted while a program is compiled."""

    def __init__(self, graph: Graph, fused: Graph) -> None:
        self.scalars = graph.scalar_nodes
        spelt_out = int((graph.role == COMPUTED).sum()) - self.scalars  # mean as sum and div, prod
        self.fused = int((fused.role == COMPUTED).sum()) - spelt_out
        self.frozen, self.idle, self.ignored = graph.frozen, graph.idle, graph.ignored
        self.arrays: int | None = None  # array operations; None: it runs as a tape
        self.arrays_with_gradient: int | None = None
        self.products: list[str] = []
        self.products_with_gradient: list[str] = []

    def forwards(self, emitter: Emitter) -> None:
        """Record the statistics of the outputs, which have just been written."""
        self.arrays = _operations(emitter)
        self.products = list(emitter.products)

    def with_gradient(self, emitter: Emitter) -> None:
        """Record the statistics of value and gradient, which have just been written."""
        self.arrays_with_gradient = _operations(emitter)
        self.products_with_gradient = emitter.products[len(self.products) :]

    def told(self, inputs: Sequence[Value], parameters: Sequence[Value]) -> str:
        """The table."""
        end = f"{self.arrays:,} array operations" if self.arrays is not None else "a tape"
        lines = [f"{self.scalars:,} scalar nodes -> {self.fused:,} after fusion -> {end}"]
        if self.arrays_with_gradient is not None:
            lines[0] += f", {self.arrays_with_gradient:,} with the gradient"
        for what, values in (
            ("inputs", inputs),
            ("  not used", self.ignored),
            ("parameters", parameters),
            ("  not used", self.idle),
            ("frozen leaves", self.frozen),
        ):
            if values or not what.startswith(" "):
                lines.append(f"{what:<14} {len(values):>9,}  {_names(values)}".rstrip())
        return "\n".join([*lines, *self._table()])

    def _table(self) -> list[str]:
        """The matrix products, those of the value first."""
        forwards, every = Counter(self.products), Counter(self.products_with_gradient)
        shapes = list(dict.fromkeys([*forwards, *every]))
        if not shapes:
            return []
        width = max(len(shape) for shape in shapes)
        lines = ["", f"{'matrix products':<{width}}  forwards  with gradient"]
        lines += [f"{shape:<{width}}  {forwards[shape]:>8}  {every[shape]:>13}" for shape in shapes]
        return lines


def _operations(emitter: Emitter) -> int:
    """How many array operations its last function performs, views not counted."""
    return sum(1 for node in emitter.users if node.kind not in VIEWS)


def _names(values: Sequence[Value]) -> str:
    labels = [value.label for value in values if value.label]
    return ", ".join(map(readable, labels[:MOST])) + (" ..." if len(labels) > MOST else "")
