"""The array program as NumPy source that a person can read and step through.

A node that is used once is written inside the expression that uses it; any other gets a name and
a line.  Each line says which scalar nodes it stands for.
"""

import keyword
import math
import re
from collections import Counter
from typing import Any

import numpy as np

from autograd.compiling.arrays import Array, reachable
from autograd.compiling.contract import Contraction, contraction
from autograd.compiling.spell import Text, spell

LONGEST = 76  # characters of an expression before it gets a line of its own


class Emitter:
    """Writes one function at a time; names and constants are common to all of them."""

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}  # name -> array, for the namespace of the source
        self.names: dict[Array, str] = {}
        self.functions: dict[str, Any] = {}  # np.vectorize'd rows of the table, by name
        self.taken = {"np", "theta", "rows", "batch"}
        self.products: list[str] = []  # the matrix products found

    def function(self, name: str, outputs: list[Array], doc: str) -> str:
        """The source of `def name(theta, rows)`, which returns the outputs."""
        self.lines: list[str] = []
        self.texts: dict[Array, Text] = {}
        every = reachable(outputs)
        self.standing = {arg for x in every if contraction(x) is None for arg in x.args}
        self.order = reachable(outputs, self.operands)
        self.uses = Counter(arg for node in self.order for arg in self.operands(node))
        self.uses.update(outputs)
        self.repeated = _written_twice(self.order)
        self.users: dict[Array, list[Array]] = {node: [] for node in self.order}
        for node in self.order:
            for arg in self.operands(node):
                self.users[arg].append(node)
        views = [node for node in self.order if is_leaf_view(node)]
        self.order = [
            *[node for node in self.order if not node.args],
            *sorted(views, key=leaf_place),
            *[node for node in self.order if node.args and not is_leaf_view(node)],
        ]
        if any(node.kind == "batch" for node in self.order):
            self.lines.append("batch = len(rows)")
        for node in self.order:
            self.write(node, is_output=node in outputs)
        results = ", ".join(self.texts[x].text for x in outputs)
        body = "\n".join(f"    {line}" for line in [*self.lines, f"return {results}"])
        return f'def {name}(theta, rows):\n    """{doc}"""\n{body}\n'

    # --- which nodes there are ------------------------------------------------------------------

    def operands(self, node: Array) -> tuple[Array, ...]:
        """What its line mentions: a contraction its two factors, not their product."""
        found = self.contraction(node)
        return (found.a, found.b) if found is not None else node.args

    def contraction(self, node: Array) -> Contraction | None:
        """The node as a sum of products; but products that are there anyway are just summed."""
        found = contraction(node)
        if found is None or found.is_outer:
            return found
        return None if node.args[0] in self.standing else found

    # --- lines ------------------------------------------------------------------------------------

    def write(self, node: Array, is_output: bool) -> None:
        if node.kind in ("theta", "rows", "batch"):
            self.texts[node] = Text(node.kind)
            return
        if node.kind == "const":
            self.texts[node] = self.constant(node)
            return
        args = [self.texts[arg] for arg in self.operands(node)]
        text = spell(self, node, args)
        if self.uses[node] == 1 and not is_output and not self.must_be_named(node, text):
            comment = ", ".join(c for c in [*[a.comment for a in args], node.comment] if c)
            self.texts[node] = Text(text.text, text.rank, comment)
            return
        name = self.name(node)
        comments = [c for c in [*[a.comment for a in args], node.comment] if c]
        if node.gradient_of is not None:
            comments = [
                f"gradient of {self.names.get(node.gradient_of, self.described(node.gradient_of))}"
            ]
        if text.text == name:  # written in several lines already
            self.texts[node] = Text(name)
            return
        line = f"{name} = {text.text}"
        comment = "; ".join(dict.fromkeys(", ".join(comments).split(", "))) if comments else ""
        self.lines.append(f"{line}  # {comment}" if comment else line)
        self.texts[node] = Text(name)

    def described(self, node: Array) -> str:
        return node.comment or node.kind

    def must_be_named(self, node: Array, text: Text) -> bool:
        """Long ones, activations, parameters, and what some user writes twice."""
        if len(text.text) > LONGEST or node in self.repeated or node.kind == "assemble":
            return True
        if node.kind == "map" and node.info.name in ACTIVATIONS:
            return True
        return is_leaf_view(node) and not any(is_leaf_view(user) for user in self.users[node])

    # --- names ------------------------------------------------------------------------------------

    def constant(self, node: Array) -> Text:
        number = node.literal
        if number is not None:
            if not math.isfinite(number):
                return Text({math.inf: "np.inf", -math.inf: "-np.inf"}.get(number, "np.nan"), 3)
            whole = number == int(number) and abs(number) < 1e6 and str(number) != "-0.0"
            return Text(str(int(number)) if whole else repr(number), 1 if number >= 0 else 3)
        return Text(self.data(node.info.array))

    def data(self, array: Any) -> str:
        """The name of a constant array."""
        for name, known in self.constants.items():
            if known is array or (known.dtype == array.dtype and np.array_equal(known, array)):
                return name
        name = self.unique("K1")
        self.constants[name] = array
        return name

    def name(self, node: Array) -> str:
        if node not in self.names:
            self.names[node] = self.unique(self.wish(node))
        return self.names[node]

    def wish(self, node: Array) -> str:
        """The name that a person might give it."""
        if node.name:
            return node.name
        if node.gradient_of is not None and node.gradient_of in self.names:
            return f"d_{self.names[node.gradient_of]}"
        if node.gradient_of is not None and node.gradient_of.kind == "theta":
            return "gradient"
        if is_leaf_view(node):
            if leaf_place(node)[0] == 1:
                return "x"
            return "W1" if self.is_factor(node) else "b1"
        if node.gradient_of is not None:
            return "dz1"
        if node.kind == "assemble":
            return "parts"
        if node.kind == "map" and node.info.name in ACTIVATIONS:
            return "h1"
        if node.kind == "sum":
            return "z1"
        return {"map": node.info.name + "1" if node.kind == "map" else "", "gather": "g1"}.get(
            node.kind, node.kind + "1"
        )

    def is_factor(self, node: Array) -> bool:
        """Whether it is multiplied with something: a weight, not a bias."""
        return any(self.contraction(user) is not None for user in self.users[node])

    def unique(self, wish: str) -> str:
        base = re.sub(r"\W", "_", wish)
        if not base or base[0].isdigit() or keyword.iskeyword(base):
            base = "v" + base
        stem, number = re.fullmatch(r"(.*?)(\d*)", base).groups()  # type: ignore[union-attr]
        name, count = base, int(number or 1)
        while name in self.taken:
            count += 1
            name = f"{stem}{count}"
        self.taken.add(name)
        return name


def _written_twice(order: list[Array]) -> set[Array]:
    """Operands that their user's spelling mentions more than once."""
    return {
        arg
        for node in order
        if node.kind == "map"
        for i, arg in enumerate(node.args)
        if node.info.array.count(f"{{{i}}}") > 1
    }


def is_leaf_view(node: Array) -> bool:
    """A part of theta or rows, reshaped perhaps."""
    while node.kind in ("index", "reshape", "transpose"):
        node = node.args[0]
        if node.kind in ("theta", "rows"):
            return True
    return False


def leaf_place(node: Array) -> tuple[int, int, int]:
    """Parameters first, each by its place; then inputs."""
    start, steps = 0, 0
    while node.args:
        if node.kind == "index":
            first = node.info[-1]
            start = first[0] if isinstance(first, tuple) else first
        node, steps = node.args[0], steps + 1
    return (0 if node.kind == "theta" else 1, start, steps)


ACTIVATIONS = {
    "tanh", "sigmoid", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "erf", "sin", "cos",
}  # fmt: skip
