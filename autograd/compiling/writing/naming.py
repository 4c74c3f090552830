"""Names for the lines of a program, such as a person might choose."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from autograd import ops
from autograd.compiling.arrays.array import BATCH, Array, size_of
from autograd.compiling.readable import LONGEST, RESERVED, identifier
from autograd.compiling.writing import special
from autograd.value import Value

ACTIVATIONS = {
    ops.tanh, ops.sigmoid, ops.relu, ops.leaky_relu, ops.elu, ops.gelu, ops.silu, ops.softplus,
    ops.erf, ops.sin, ops.cos,
}  # fmt: skip
FUNCTIONS = {"views", "outputs", "prepare", "step", "value_and_gradient"}
ARRAYS = {"theta", "gradient", "rows", "batch", "ones", "INPUTS"}


class Names:
    """Each node's name; all are distinct."""

    def __init__(self, inputs: Sequence[Value], theta: Sequence[Value]) -> None:
        self.inputs = inputs  # in the order of the columns
        self.theta = theta  # the parameters, in the order of theta
        self.of: dict[Array, str] = {}
        self.taken = {*RESERVED, *FUNCTIONS, *ARRAYS, *vars(special)}
        self.counts: Counter[str] = Counter()

    def name(self, node: Array, is_factor: Callable[[Array], bool]) -> str:
        if node.kind in ("rows", "batch") or (node.shape == (BATCH,) and node.kind == "ones"):
            return node.kind
        if node not in self.of:
            self.of[node] = self.unique(self._wish(node, is_factor))
        return self.of[node]

    def unique(self, wish: str) -> str:
        """The wanted name if it is free, otherwise with the next number."""
        base = identifier(wish)
        stem, number = re.fullmatch(r"(.*?)(\d*)", base).groups()  # type: ignore[union-attr]
        name, count = base, max(int(number or 1), self.counts[stem])
        while name in self.taken:
            count += 1
            name = f"{stem}{count}"
        self.counts[stem] = count
        self.taken.add(name)
        return name

    def _wish(self, node: Array, is_factor: Callable[[Array], bool]) -> str:
        if node.name:
            return node.name
        if node.gradient_of is not None and node.gradient_of in self.of:
            return f"d_{self.of[node.gradient_of]}"
        if node.gradient_of is not None and node.gradient_of.kind == "theta":
            return "parts"
        if is_leaf_view(node):
            own = "W1" if is_factor(node) else "b1" if len(node.shape) < 2 else "table1"
            return _stem(self.leaves(node)) or ("x" if leaf_place(node)[0] == 1 else own)
        if node.gradient_of is not None:
            return "dz1"
        if node.kind in ("reshape", "transpose") and node.args[0].kind != "const":
            (x,) = node.args
            fewer = len(node.shape) < len(x.shape)
            how = "turned" if node.kind == "transpose" else "flat" if fewer else "split"
            if x not in self.of:
                return self._wish(x, is_factor)
            return re.sub(r"_(flat|split|turned)\d*$", "", self.of[x]) + f"_{how}"
        if node.kind == "map" and node.info is ops.neg and node.args[0] in self.of:
            return f"minus_{self.of[node.args[0]]}"
        if node.kind == "map" and node.info is ops.equal:
            return "one_hot"
        if node.kind == "map" and node.info in ACTIVATIONS:
            return "h1"
        if node.kind == "map":
            return "scale" if node.shape == () else node.info.name + "1"
        return {
            "sum": "z1",
            "index": "part1",
            "assemble": "parts",
            "gather": "g1",
            "whole": "index",
            "picks": "picks",
        }.get(node.kind, node.kind + "1")

    def leaves(self, view: Array) -> Sequence[Value]:
        """The Values in a part of theta or of the rows."""
        is_column, start, _ = leaf_place(view)
        values = self.inputs if is_column else self.theta
        return values[start : start + size_of(view.shape)]

    def group(self, view: Array) -> str:
        """The outermost group if all of them were made in it, such as the layer."""
        groups = {value.group[:1] for value in self.leaves(view)}
        return "".join(groups.pop()) if len(groups) == 1 else ""


def _stem(values: Sequence[Value]) -> str:
    """What their labels have in common: x for x1, x2, x3, and wq for wq[0][0], wq[0][1]."""
    stems = {re.sub(r"[\d\W_]+$", "", value.label[:LONGEST]) for value in values}
    stem = stems.pop() if len(stems) == 1 else ""
    return stem if stem.isidentifier() else ""


def is_leaf_view(node: Array) -> bool:
    """Whether it is part of theta or of the rows, perhaps reshaped."""
    while node.kind in ("index", "reshape", "transpose"):
        node = node.args[0]
        if node.kind in ("theta", "rows"):
            return True
    return False


def leaf_place(node: Array) -> tuple[int, int, int]:
    """Parameters first, in order of place; then inputs."""
    start, steps = 0, 0
    while node.args:
        if node.kind == "index":
            first = node.info[-1]
            start = first[0] if isinstance(first, tuple) else first
        node, steps = node.args[0], steps + 1
    return (0 if node.kind == "theta" else 1, start, steps)
