"""Walk: a place in the backward pass, which moves forwards and back."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from autograd.by_hand import local_derivatives_at
from autograd.files import write_whole
from autograd.ops import Operation
from autograd.printing import printable
from autograd.value import Value
from autograd.walking.letters import Letters
from autograd.walking.rules import Rules
from autograd.walking.steps import ForwardStep, Step, record_tape
from autograd.walking.why import why_of


class Walk:
    """The backward pass of one output, one edge a step; made by `autograd.walk(output)`.

    `next()` and `back()` take and undo one step; `position` is how many are done.  `len(walk)`
    counts the steps, `walk[k]` is one of them, and iterating yields all, wherever the walk stands.
    """

    def __init__(self, output: Value, keep: bool = False) -> None:
        self.output = output
        self._tape = record_tape(output, keep)
        self.order = self._tape.order
        self._number = {value: i for i, value in enumerate(self.order)}
        self._users: dict[Value, list[Value]] | None = None  # looked up when first asked for
        self.names: dict[Value, str] = {}  # for values that are better named by who walks them
        self._letters = Letters(self.order)
        self._rules: Rules | None = None
        self.position = 0
        self._gradients = dict(self._tape.start)
        for node, _, after in self._tape.turns.get(0, []):
            self._gradients[node] = after

    # --- the steps ------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._tape.edges)

    def __getitem__(self, k: int) -> Step:
        """The k-th step, from 0; negative ones count from the end."""
        k = range(len(self))[k]
        node, position = self._tape.edges[k]
        operand = node.operands[position]
        upstream = self._tape.upstreams[k]
        local = local_derivatives_at(node, upstream)[position]
        return Step(
            number=k + 1,
            node=node,
            operand=operand,
            position=position,
            local=local,
            upstream=upstream,
            contribution=local * upstream,
            before=self._tape.befores[k],
            after=self._tape.afters[k],
            name=self.name(operand),
            node_name=self.name(node),
            rules=self._rules_of(node),
        )

    def _rules_of(self, node: Value) -> Rules:
        """The rules of a node, kept as long as steps of the same node follow."""
        if self._rules is None or self._rules.node is not node:
            self._rules = Rules(node, self._letters)
        return self._rules

    def __iter__(self) -> Iterator[Step]:
        for k in range(len(self)):
            yield self[k]

    def forward(self) -> list[ForwardStep]:
        """The forward pass: values in the order of computation, operands before users."""
        return [ForwardStep(i + 1, node, self.name(node)) for i, node in enumerate(self.order)]

    def name(self, value: Value) -> str:
        """The label, or the operation and a number: "tanh #7"."""
        if value in self.names:
            return printable(self.names[value])
        if value.label:
            return printable(value.label)
        if value.is_constant:
            return f"{value.data:.4g}"
        if value not in self._number:
            return repr(value)
        kind = value.op.symbol if value.op is not None else "leaf"
        return printable(f"{kind} #{self._number[value]}")

    def users(self, value: Value) -> list[Value]:
        """The values that were made from this one, by the order of computation."""
        if self._users is None:
            self._users = {}
            for node in self.order:
                for operand in dict.fromkeys(node.operands):
                    self._users.setdefault(operand, []).append(node)
        return self._users.get(value, [])

    # --- where the walk stands --------------------------------------------------------------

    @property
    def step(self) -> Step | None:
        """The last step that was taken; None at the start."""
        return self[self.position - 1] if self.position else None

    @property
    def upcoming(self) -> Step | None:
        """The step that `next()` will take; None at the end."""
        return self[self.position] if self.position < len(self) else None

    @property
    def gradients(self) -> dict[Value, float]:
        """Every value's gradient as far as the walk has come; at the end, backward()'s."""
        return dict(self._gradients)

    def gradient(self, value: Value) -> float:
        """One value's gradient, as far as the walk has come."""
        return self._gradients[value]

    @property
    def final_gradients(self) -> dict[Value, float]:
        """Every value's gradient at the end of the walk, wherever it stands now."""
        return dict(self._tape.end)

    @property
    def has_hooks(self) -> bool:
        """Whether hooks replace gradients during this pass."""
        return any(node.notes is not None and node.notes.hooks for node in self.order)

    # --- moving -----------------------------------------------------------------------------

    def next(self) -> Step | None:
        """Take one step and return it; None at the end."""
        if self.position == len(self):
            return None
        step = self[self.position]
        self.position += 1
        self._gradients[step.operand] = step.after
        for node, _, after in self._tape.turns.get(self.position, []):
            self._gradients[node] = after
        return step

    def back(self) -> Step | None:
        """Undo one step and return it; None at the start."""
        if self.position == 0:
            return None
        for node, before, _ in reversed(self._tape.turns.get(self.position, [])):
            self._gradients[node] = before
        self.position -= 1
        step = self[self.position]
        self._gradients[step.operand] = step.before
        return step

    def goto(self, k: int) -> Step | None:
        """Move to where k steps are done (0: the start) and return the k-th; None at the start."""
        if not 0 <= k <= len(self):
            raise IndexError(f"goto: this walk has places 0 to {len(self)}, got {k}")
        while self.position < k:
            self.next()
        while self.position > k:
            self.back()
        return self.step

    def until(self, what: "Value | str | Operation | Callable[[Step], Any]") -> Step | None:
        """Take steps until one concerns `what`, and return it; None, at the end, if none does.

        what: a Value (as node or operand), a label, an operation or its name, or a condition on
        the step: `walk.until(lambda step: abs(step.after) > 10)`.
        """
        while (step := self.next()) is not None:
            if _concerns(step, what):
                return step
        return None

    def finish(self) -> Step | None:
        """Take all steps that are left and return the last."""
        return self.goto(len(self))

    # --- questions ------------------------------------------------------------------------

    def why(self, value: Value) -> str:
        """Why this value's gradient is what it is, in a sentence: zero, huge or nan above all.

        The sum over its paths and the largest of them; or the one step that made it 0, inf or nan.
        Time is linear in the number of steps.
        """
        return why_of(self, value)

    def page(
        self,
        path: "str | Path",
        title: str = "",
        *,
        link: str = "",
        strings: dict[str, str] | None = None,
    ) -> Path:
        """Write this walk as one self-contained HTML file, and return its path.

        No network, no external request.  Raises ValueError beyond 2,000 values.

        link       where a source line leads (see `track_source`): "vscode", "pycharm", or a
                   pattern with {file} and {line}; without it the page holds no folder's name
        strings    the page's words in another language, by their names in web/strings.json;
                   "lang" is the page's language
        """
        from autograd.walking.page import page_of

        path = Path(path)
        write_whole(path, page_of(self, title or path.stem, link, strings))
        return path

    def _repr_html_(self) -> str:
        """In a notebook: the page, inline and saved with it."""
        from autograd.walking.page import frame_of

        try:
            return frame_of(self)
        except Exception as error:  # a representation that raises would fail the whole cell
            import html

            return f"<pre>{html.escape(str(error))}</pre>"

    def __repr__(self) -> str:
        return f"<walk of {self.name(self.output)}: {self.position} of {len(self)} steps taken>"


def _concerns(step: Step, what: Any) -> bool:
    if isinstance(what, Value):
        return step.node is what or step.operand is what
    if isinstance(what, Operation):
        return step.node.op is what
    if isinstance(what, str):
        op = step.node.op
        labels = (step.operand.label, step.node.label, step.name, step.node_name)
        named = (*labels, op.name if op is not None else "")
        return what in named
    return bool(what(step))
