"""One step of the chain rule, and the tape that holds the whole backward pass as steps.

The tape repeats what `backward.py` does, with the same additions in the same order, on numbers of
its own: its last state equals what `backward()` leaves, to the last bit.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from autograd.by_hand import local_derivatives_at
from autograd.formula import (
    Formula,
    call_as_text,
    number_formula,
    operand_names,
    rule_as_text,
)
from autograd.graph import topological_order
from autograd.hooks import after_hooks
from autograd.ops import Operation
from autograd.printing import printable
from autograd.recording import Source
from autograd.value import Value


def shown(x: float) -> str:
    """Four significant digits: 0.25, -1.5e-05."""
    return f"{x + 0.0:.4g}"


class Step(NamedTuple):
    """One edge of the graph, in the backward pass: node pushes gradient to one operand.

    contribution = local * upstream, and after = before + contribution.
    """

    number: int  # from 1
    node: Value
    operand: Value
    position: int  # of the operand among the node's
    local: float
    upstream: float
    contribution: float
    before: float
    after: float
    name: str  # of the operand, in words
    node_name: str

    def _repr_pretty_(self, printer: Any, is_cycle: bool) -> None:
        """In a notebook: the sentence."""
        printer.text(str(self))

    @property
    def operation(self) -> str:
        """The name of the operation that made the node."""
        return printable(_row(self.node).name)

    @property
    def formula(self) -> str:
        """The local derivative in letters: "d tanh(x)/dx = 1 - z * z"."""
        return _formulas(_row(self.node), len(self.node.operands))[self.position]

    @property
    def numbers(self) -> str:
        """The same rule with the numbers put in: "1 - 0.7071 * 0.7071"."""
        return rules_in_numbers(self.node)[self.position]

    @property
    def equation(self) -> str:
        """The chain rule with numbers."""
        local = shown(self.local)
        said = [self.formula]
        for text in (self.numbers, local):
            if said[-1].rpartition("= ")[2] != text:
                said.append(text)
        return (
            f"{' = '.join(said)};  {local} * {shown(self.upstream)} = "
            f"{shown(self.contribution)};  {shown(self.before)} + {shown(self.contribution)} = "
            f"{shown(self.after)}"
        )

    @property
    def source(self) -> Source | None:
        """The line that built the node, if it was built under `track_source()`."""
        return self.node.source

    def __str__(self) -> str:
        local = shown(self.local)
        value = "" if self.formula.endswith(f"= {local}") else f" = {local}"
        return (
            f"{self.number}. {self.formula}{value}; times upstream "
            f"{shown(self.upstream)} adds {shown(self.contribution)} to the gradient of "
            f"{self.name}: {shown(self.before)} -> {shown(self.after)}"
        )


class ForwardStep(NamedTuple):
    """One value of the forward pass, as it is computed."""

    number: int
    node: Value
    name: str

    @property
    def equation(self) -> str:
        """ "2 * -3 = -6"; a leaf is its number."""
        if not self.node.operands:
            return shown(self.node.data)
        operands = [number_formula(operand.data) for operand in self.node.operands]
        return f"{_readable(call_as_text(_row(self.node), operands))} = {shown(self.node.data)}"

    @property
    def source(self) -> Source | None:
        return self.node.source

    def __str__(self) -> str:
        return f"{self.number}. {self.name}: {self.equation}"


def rules_in_numbers(node: Value) -> list[str]:
    """The rule of a node with its numbers put in, one text an operand: at a cost of all of them."""
    operands = [number_formula(operand.data) for operand in node.operands]
    rules = rule_as_text(_row(node), number_formula(node.data), operands)
    return [_readable(rule) for rule in rules]


@lru_cache(maxsize=256)
def _formulas(op: Operation, count: int) -> list[str]:
    """The local derivatives of an operation on `count` operands, in letters."""
    letters = operand_names(op, count)
    symbols = [Formula(letter) for letter in letters]
    call = _readable(call_as_text(op, symbols))
    call = f" {call}" if call.startswith(f"{op.name}(") else f"({call})"
    rules = rule_as_text(op, Formula("z"), symbols)
    return [f"d{call}/d{x} = {_readable(rule)}" for x, rule in zip(letters, rules)]


def _readable(text: str) -> str:
    """Printable; and a sum of many terms by its first and its last: nobody reads two thousand."""
    words = printable(text).split(" ")
    return " ".join(words if len(words) <= 40 else [*words[:12], "...", *words[-4:]])


def _row(node: Value) -> Operation:
    assert node.op is not None
    return node.op


@dataclass
class Tape:
    """The backward pass, edge by edge; `edges[k]` and `befores[k]`, `afters[k]` are its k-th step.

    `start`   each value's gradient before the first step
    `end`     each value's gradient after the last, as `backward()` leaves it
    `turns`   gradients that hooks replaced once step k was done: (value, before, after)
    """

    order: list[Value]
    start: dict[Value, float] = field(default_factory=dict)
    end: dict[Value, float] = field(default_factory=dict)
    edges: list[tuple[Value, int]] = field(default_factory=list)
    upstreams: list[float] = field(default_factory=list)
    befores: list[float] = field(default_factory=list)
    afters: list[float] = field(default_factory=list)
    turns: dict[int, list[tuple[Value, float, float]]] = field(default_factory=dict)


def record_tape(output: Value, keep: bool) -> Tape:
    """Run the backward pass once, on gradients of the tape's own.

    keep: whether the leaves start from their present gradients, or from 0.
    """
    tape = Tape(topological_order(output))
    gradients, earlier = _start(tape.order, keep)
    gradients[output] = 1.0
    tape.start = dict(gradients)
    for node in reversed(tape.order):
        if node.is_constant:
            continue
        if node.notes is not None and node.notes.hooks:
            _replace(tape, gradients, node, float(after_hooks(node, gradients[node])))
        upstream = gradients[node]
        local_derivatives = local_derivatives_at(node, upstream)
        for position, (operand, local) in enumerate(zip(node.operands, local_derivatives)):
            if operand.is_constant:
                continue
            before = gradients[operand]
            contribution = local * upstream
            gradients[operand] = before + contribution
            tape.edges.append((node, position))
            tape.upstreams.append(upstream)
            tape.befores.append(before)
            tape.afters.append(gradients[operand])
    for leaf, gradient in earlier.items():
        _replace(tape, gradients, leaf, gradients[leaf] + gradient)
    tape.end = gradients
    return tape


def _start(order: list[Value], keep: bool) -> tuple[dict[Value, float], dict[Value, float]]:
    """Gradients before the pass, and those that leaves with hooks get back at the end."""
    gradients: dict[Value, float] = {}
    earlier: dict[Value, float] = {}
    for node in order:
        if node.is_constant:
            continue
        gradients[node] = 0.0
        if keep and not node.operands and node.has_gradient:
            has_hooks = node.notes is not None and node.notes.hooks
            (earlier if has_hooks else gradients)[node] = float(node.grad)
    return gradients, earlier


def _replace(tape: Tape, gradients: dict[Value, float], node: Value, after: float) -> None:
    before = gradients[node]
    gradients[node] = after
    tape.turns.setdefault(len(tape.edges), []).append((node, before, after))
