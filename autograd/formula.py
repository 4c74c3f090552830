"""The table's rules as text: a rule runs on a symbol that writes down what is done to it.

The library holds each derivative once, as a rule that takes anything with arithmetic.  Here it
takes letters (or numbers that are to be shown), and the formula comes out: none is typed by hand.

    tanh   ->   1 - z * z

A letter may stand for a known number.  Then comparisons are decided instead of written down, and
every formula also knows what it is worth, exactly and at the digits that its text shows.
"""

import inspect
from typing import Any

from autograd import ops
from autograd.arithmetic import Arithmetic
from autograd.by_hand import ByHand
from autograd.equations import shown
from autograd.formula_text import ATOM, INFIX, NEGATION, SUM, joined, places, sum_of, written
from autograd.ops import Operation
from autograd.printing import printable


class Formula(Arithmetic):
    """A piece of text that has arithmetic.

    `text`       "1 - z * z"
    `binds`      how tightly its loosest sign binds, for the parentheses
    `value`      the number it stands for; None as long as a letter in it has none
    `at_digits`  what the text comes to for a reader who calculates with the digits shown
    `kind`       "letter", "number" (arithmetic on plain numbers is done, not written down), or
                 "operation"
    `reasons`    what was decided on the way: ("x > 0",)
    """

    def __init__(
        self,
        text: str,
        binds: int = ATOM,
        value: float | None = None,
        at_digits: float | None = None,
        kind: str = "letter",
        reasons: tuple[str, ...] = (),
    ) -> None:
        self.text, self.binds = text, binds
        self.value = value
        self.at_digits = value if at_digits is None else at_digits
        self.kind = kind
        self.reasons = reasons

    @classmethod
    def apply_operation(cls, op: Operation, operands: tuple[Any, ...]) -> "Formula":
        parts = [_formula(operand) for operand in operands]
        shortcut = _shortcut(op, parts)
        if shortcut is not None:
            return shortcut
        text, binds = written(op, parts)
        values = [part.value for part in parts]
        at_digits = [part.at_digits for part in parts]
        results = value_at(op, values), value_at(op, at_digits)
        return Formula(text, binds, *results, "operation", _reasons(parts))

    @property
    def is_number(self) -> bool:
        """Whether it is a plain number."""
        return self.kind == "number"


def number(x: float, reasons: tuple[str, ...] = ()) -> Formula:
    """A plain number, to six significant digits."""
    text = f"{x + 0.0:.6g}"
    return Formula(
        text, NEGATION if text.startswith("-") else ATOM, x, float(text), "number", reasons
    )


def number_shown(x: float, digits: int = 4) -> Formula:
    """A number in the place of a letter: what is done to it is written down."""
    text = shown(x, digits)
    return Formula(text, SUM if text.startswith("-") else ATOM, x, float(text))


def value_at(op: Operation, values: list[float | None]) -> float | None:
    """The number that the operation gives; None if that is not known."""
    if None in values:
        return None
    try:
        return float(op.value(*values))
    except (ArithmeticError, ValueError):  # a user's own row, at digits that it does not take
        return None


# --- what the table says ------------------------------------------------------------------------


def local_derivatives(op: Operation) -> list[tuple[str, str]]:
    """(operand, formula of dz / d operand) pairs, in the operands' order."""
    names = operand_names(op)
    rules = rule_as_formulas(op, Formula("z"), [Formula(name) for name in names])
    return [(name, rule.text) for name, rule in zip(names, rules)]


def rule_as_formulas(op: Operation, z: Formula, operands: list[Formula]) -> list[Formula]:
    """The row's rule, run on these pieces of text: one formula per operand."""
    if isinstance(op, ByHand):  # there is no rule, only what its maker wrote
        return [Formula("by hand")] * len(operands)
    return [_formula(derivative) for derivative in op.derivatives(z, *operands)]


def operand_names(op: Operation, count: int | None = None) -> list[str]:
    """As the rule calls them; where it takes any number, `count`, or as many as in the sample."""
    count = len(op.sample) if count is None else count
    if op is ops.dot:
        numbers = range(1, count // 2 + 1)
        weights, inputs = [f"w{i}" for i in numbers], [f"x{i}" for i in numbers]
        return [*weights, *inputs, *["bias"] * (count % 2)]
    parameters = list(inspect.signature(op.derivatives).parameters.values())[1:]
    named = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]
    return named + [f"x{i + 1}" for i in range(count - len(named))]


def call_as_text(op: Operation, operands: list[Formula], keep: int = 0) -> str:
    """The operation itself: "x * y", "tanh(x)", "w1 * x1 + w2 * x2 + bias".

    Of many terms or arguments the first, the last and the one with operand `keep` are written.
    """
    if op is ops.dot:
        return _dot_as_text(operands, keep)
    if op in INFIX or op is ops.neg:
        return written(op, operands)[0]
    shown = [operands[k] if k is not None else Formula("...") for k in places(len(operands), keep)]
    if op is ops.sum:
        return sum_of(shown)[0]
    return f"{printable(op.name)}({', '.join([part.text for part in shown])})"


def _dot_as_text(operands: list[Formula], keep: int) -> str:
    """The products of a neuron's sum, and its bias if there is one."""
    n = len(operands) // 2
    has_bias = len(operands) % 2
    texts = []
    for k in places(n + has_bias, keep % n if keep < 2 * n else n):
        if k is None:
            texts.append("...")
        elif k == n:
            texts.append(sum_of(operands[-1:])[0])
        else:
            texts.append(written(ops.mul, [operands[k], operands[n + k]])[0])
    return joined(texts)


# --- what need not be written down --------------------------------------------------------------


def _shortcut(op: Operation, parts: list[Formula]) -> Formula | None:
    """A plainer formula for this operation, if there is one: u ** 1 is u."""
    if op is ops.peak and len(parts) == 1:  # of one number it is that number
        return parts[0]
    if all(part.is_number for part in parts):
        zeros = [part for part in parts if op is ops.mul and part.value == 0.0]
        return number(op.value(*[part.value for part in parts]), _reasons(zeros[:1] or parts))
    if op in (ops.greater, ops.equal):
        return _decided(op, *parts)
    if op is ops.where and parts[0].is_number:
        return _because(parts[0], parts[1] if parts[0].value else parts[2])
    if op is ops.mul:
        return _product(*parts)
    if op is ops.pow and parts[1].value in (0.0, 1.0) and parts[1].is_number:
        return parts[0] if parts[1].value else number(1.0)
    if op in (ops.add, ops.sub) and parts[1].is_number and parts[1].value == 0.0:
        return _because(parts[1], parts[0])
    return None


def _product(x: Formula, y: Formula) -> Formula | None:
    for one, other in ((x, y), (y, x)):
        if one.is_number and one.value == 1.0:
            return _because(one, other)
    if x.is_number and x.value == -1.0:
        return -y
    return None


def _decided(op: Operation, x: Formula, y: Formula) -> Formula | None:
    """A comparison of known numbers: 1 or 0, with the reason why unless it goes without saying."""
    if x.value is None or y.value is None:
        return None
    holds = op.value(x.value, y.value)
    if op is ops.equal and not holds:  # the rule for numbers as they usually are
        return number(0.0)
    left, right = (y, x) if x.is_number else (x, y)
    relation = f"{left.text} {_relation(left.value, right.value)} {right.text}"
    return number(holds, (relation,))


def _relation(x: Any, y: Any) -> str:
    if x != x or y != y:
        return "is not comparable with"
    return ">" if x > y else "<" if x < y else "="


def _because(reason: Formula, formula: Formula) -> Formula:
    """The formula, with the reasons of what has been decided to get there."""
    text, binds, kind = formula.text, formula.binds, formula.kind
    reasons = _reasons([reason, formula])
    return Formula(text, binds, formula.value, formula.at_digits, kind, reasons)


def _reasons(parts: list[Formula]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([reason for part in parts for reason in part.reasons]))


def _formula(x: Any) -> Formula:
    return x if isinstance(x, Formula) else number(float(x))
