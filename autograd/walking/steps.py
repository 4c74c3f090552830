"""One step of the chain rule, and the tape that holds the whole backward pass as steps.

The tape repeats what `backward.py` does, with the same additions in the same order, on numbers of
its own: its last state equals what `backward()` leaves, to the last bit.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autograd.by_hand import local_derivatives_at
from autograd.equations import Equation, equation_of, product, shown, total
from autograd.formula import call_as_text, number_shown, value_at
from autograd.graph import topological_order
from autograd.hooks import after_hooks
from autograd.ops import Operation
from autograd.printing import printable
from autograd.recording import Source
from autograd.value import Value
from autograd.walking.rules import Rule, Rules


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
    rules: Rules  # the node's, in letters and in numbers

    def _repr_pretty_(self, printer: Any, is_cycle: bool) -> None:
        """In a notebook: the sentence."""
        printer.text(str(self))

    @property
    def operation(self) -> str:
        """The name of the operation that made the node."""
        return printable(_row(self.node).name)

    @property
    def rule(self) -> Rule:
        """The local derivative: what by what, in letters, in numbers, and the result."""
        return self.rules.rule(self.position, self.local)

    @property
    def product(self) -> Equation:
        """Local times upstream: "0.5 * (-2) = -1"."""
        return product([self.local, self.upstream], self.contribution)

    @property
    def sum(self) -> Equation:
        """What the gradient of the operand was, and is: "1 + (-1) = 0"."""
        return total([self.before, self.contribution], self.after)

    @property
    def equation(self) -> str:
        """The chain rule with numbers."""
        return f"{self.rule};  {self.product};  {self.sum}"

    @property
    def source(self) -> Source | None:
        """The line that built the node, if it was built under `track_source()`."""
        return self.node.source

    def __str__(self) -> str:
        legend = f", where {self.rule.legend}" if self.rule.legend else ""
        return (
            f"{self.number}. {self.rule.subject} = {self.rule.derivative}{legend}; times upstream "
            f"{shown(self.upstream)} adds {shown(self.contribution)} to the gradient of "
            f"{self.name}: {shown(self.before)} -> {shown(self.after)}"
        )

    def __repr__(self) -> str:  # what a notebook shows of walk.next()
        return str(self)


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
        return str(call_in_numbers(self.node))

    @property
    def source(self) -> Source | None:
        return self.node.source

    def __str__(self) -> str:
        return f"{self.number}. {self.name}: {self.equation}"


def call_in_numbers(node: Value) -> Equation:
    """The operation on its operands' numbers, as far as they are shown."""
    op = _row(node)

    def left_at(digits: int) -> tuple[str, float | None]:
        numbers = [number_shown(operand.data, digits) for operand in node.operands]
        return call_as_text(op, numbers), value_at(op, [n.at_digits for n in numbers])

    return equation_of(left_at, node.data) or Equation(left_at(4)[0], shown(node.data), False)


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
