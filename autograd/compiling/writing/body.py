"""The lines of one function of a program.

A node that is used once is written inside the expression that uses it; any other node gets a name
and a line.  Each line says which scalar nodes it stands for.
"""

import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from autograd.compiling.arrays.array import Array, reachable
from autograd.compiling.arrays.contract import Contraction
from autograd.compiling.readable import commented
from autograd.compiling.writing.naming import ACTIVATIONS, is_leaf_view, leaf_place
from autograd.compiling.writing.spell import spell
from autograd.compiling.writing.text import Text

if TYPE_CHECKING:
    from autograd.compiling.writing.emit import Emitter

LONGEST = 76  # longest expression, in characters, that is written inside another


class Body:
    """`lines`, and `returned`, the expression that is returned; `given` are the arguments."""

    def __init__(
        self,
        emitter: "Emitter",
        outputs: list[Array],
        given: Mapping[Array, str] | None = None,
        goals: Mapping[Array, list[str]] | None = None,
        added: Array | None = None,
        has_rows: bool = True,
        is_preparation: bool = False,
    ) -> None:
        """`goals`: for some nodes, the arrays they are written into; `added`: what is then added to
        the array `gradient`."""
        self.emitter = emitter
        self.has_rows = has_rows
        self.is_preparation = is_preparation
        self.given = given or {}
        self.goals = goals or {}
        self.outputs = outputs
        self.lines: list[str] = []
        self.texts: dict[Array, Text] = {}
        ends = [*outputs, *self.goals, *([added] if added else [])]
        order = reachable(ends, self.operands)
        self.uses = Counter(arg for node in order for arg in self.operands(node))
        self.uses.update(ends)
        self.repeated = _written_twice(order)
        self.users: dict[Array, list[Array]] = {node: [] for node in order}
        for node in order:
            for arg in self.operands(node):
                self.users[arg].append(node)
        self.needs_batch = emitter.build.batch in order
        for node in _views_first(order):
            self.write(node)
        if added is not None:
            self.lines.append(f"gradient += {self.texts[added].text}")
        if self.has_rows and self.needs_batch:
            self.lines.insert(0, "batch = len(rows)")
        self.returned = ", ".join(self.texts[x].text for x in outputs)

    def operands(self, node: Array) -> tuple[Array, ...]:
        return () if node in self.given else self.emitter.operands(node)

    def contraction(self, node: Array) -> Contraction | None:
        return self.emitter.contraction(node)

    def write(self, node: Array) -> None:
        """Write its line, if it gets one, and in any case the text that its users include."""
        self._spell(node)
        for goal in self.goals.get(node, []):
            text = self.texts[node]
            if text.text == goal:  # already written, in several lines
                continue
            is_told = text.is_dot and node.shape != ()
            line = f"{text.text[:-1]}, {goal})" if is_told else f"{goal}[...] = {text.text}"
            of = "theta" if goal == "gradient" else goal.removeprefix("d_")
            self.lines.append(commented(line, f"gradient of {of}"))
            self.texts[node] = Text(goal)

    def _spell(self, node: Array) -> None:
        if node in self.given:
            self.texts[node] = Text(self.given[node])
        elif node.kind in ("theta", "rows", "batch"):
            self.texts[node] = Text(node.kind)
        elif node.kind == "const":
            self.texts[node] = self.constant(node)
        else:
            args = [self.texts[arg] for arg in self.operands(node)]
            text = spell(self, node, args)
            comments = [*[a.comment for a in args], node.comment]
            if node.kind == "transpose" and self.contraction(node) is not None:
                comments.insert(-1, node.args[0].comment)
            comments = [comment for comment in comments if comment]
            is_named = self.uses[node] > 1 or node in self.outputs or self.must_be_named(node, text)
            if is_named and node not in self.goals:
                self._add_line(node, text, comments)
            else:
                self.texts[node] = text._replace(comment=", ".join(comments))

    def _add_line(self, node: Array, text: Text, comments: list[str]) -> None:
        name = self.name(node)
        self.texts[node] = Text(name)
        if text.text == name:  # already written, in several lines
            return
        if node.gradient_of is not None:
            of = node.gradient_of
            comments = [f"gradient of {self.emitter.names.of.get(of, of.comment or of.kind)}"]
        if is_leaf_view(node) and leaf_place(node)[0] == 0:
            comments = [self.emitter.names.group(node)]
        self.lines.append(commented(f"{name} = {text.text}", ", ".join(comments)))

    def batch(self) -> str:
        """The number of rows, for a shape."""
        self.needs_batch = True
        return "batch" if self.has_rows else self.emitter.batch()

    def must_be_named(self, node: Array, text: Text) -> bool:
        """Whether it gets a name: long expressions, activations, parameters, repeated operands."""
        if len(text.text) > LONGEST or node in self.repeated or node.kind == "assemble":
            return True
        if node.kind == "map" and node.info in ACTIVATIONS:
            return True
        return is_leaf_view(node) and not any(is_leaf_view(user) for user in self.users[node])

    def name(self, node: Array) -> str:
        return self.emitter.names.name(node, self.emitter.is_factor)

    def constant(self, node: Array) -> Text:
        number = node.literal
        if number is None:
            return Text(self.emitter.data(node.info.array))
        if not math.isfinite(number):
            return Text({math.inf: "np.inf", -math.inf: "-np.inf"}.get(number, "np.nan"), 3)
        return Text(repr(number), 1 if math.copysign(1.0, number) > 0 else 3)


def _views_first(order: list[Array]) -> list[Array]:
    """Parts of theta and of the rows come first, in their order."""
    views = [node for node in order if is_leaf_view(node)]
    return [
        *[node for node in order if not node.args],
        *sorted(views, key=leaf_place),
        *[node for node in order if node.args and not is_leaf_view(node)],
    ]


def _written_twice(order: list[Array]) -> set[Array]:
    """Operands that their user's expression mentions more than once."""
    return {
        arg
        for node in order
        if node.kind == "map"
        for i, arg in enumerate(node.args)
        if node.info.array.count(f"{{{i}}}") > 1
    }
