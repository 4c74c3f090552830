"""The table's rules as text: a rule runs on a symbol that writes down what is done to it.

The library holds each derivative once, as a rule that takes anything with arithmetic.  Here it
takes letters (or numbers that are to be shown), and the formula comes out: none is typed by hand.

    tanh   ->   1 - z * z
"""

import inspect
from typing import Any

from autograd import ops
from autograd.arithmetic import Arithmetic
from autograd.by_hand import ByHand
from autograd.ops import Operation

INFIX = {  # the sign, and how tightly it binds
    ops.add: ("+", 1), ops.sub: ("-", 1), ops.mul: ("*", 2), ops.div: ("/", 2), ops.pow: ("**", 4)
}  # fmt: skip
NEGATION, ATOM = 3, 5


class Formula(Arithmetic):
    """A piece of text that has arithmetic; `binds` says how tightly, for the parentheses."""

    def __init__(self, text: str, binds: int = ATOM) -> None:
        self.text, self.binds = text, binds

    @classmethod
    def apply_operation(cls, op: Operation, operands: tuple[Any, ...]) -> "Formula":
        if op in INFIX:
            return _infix(op, *operands)
        if op is ops.neg:
            return Formula("-" + _within(_formula(operands[0]), NEGATION), NEGATION)
        if op is ops.sum:
            return _sum([_formula(operand) for operand in operands])
        texts = [_formula(operand).text for operand in operands]
        if op is ops.peak and len(texts) == 1:  # of one number it is that number
            return _formula(operands[0])
        if op in (ops.greater, ops.equal):  # Iverson's bracket: 1 where it holds, else 0
            return Formula(f"[{texts[0]} {op.symbol} {texts[1]}]")
        return Formula(f"{op.name}({', '.join(texts)})")


def number_formula(x: float) -> Formula:
    """A number as it stands in a formula: three significant digits, in parentheses below 0."""
    text = f"{x + 0.0:.4g}"
    return Formula(text, NEGATION - 2 if text.startswith("-") else ATOM)


def local_derivatives(op: Operation) -> list[tuple[str, str]]:
    """(operand, formula of dz / d operand) pairs, in the operands' order."""
    names = operand_names(op)
    return list(zip(names, rule_as_text(op, Formula("z"), [Formula(name) for name in names])))


def rule_as_text(op: Operation, z: Formula, operands: list[Formula]) -> list[str]:
    """The row's rule, run on these pieces of text: one formula an operand."""
    if isinstance(op, ByHand):  # there is no rule, only what its maker wrote
        return ["by hand"] * len(operands)
    return [_formula(derivative).text for derivative in op.derivatives(z, *operands)]


def call_as_text(op: Operation, operands: list[Formula]) -> str:
    """The operation itself: "x * y", "tanh(x)", "w1 * x1 + w2 * x2 + bias"."""
    if op is ops.dot:
        n = len(operands) // 2
        terms = [_infix(ops.mul, w, x) for w, x in zip(operands[:n], operands[n : 2 * n])]
        return " + ".join([_within(term, 1) for term in [*terms, *operands[2 * n :]]])
    if op is ops.sum:
        return " + ".join([_within(operand, 2) for operand in operands])
    return Formula.apply_operation(op, tuple(operands)).text


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


def _sum(terms: list[Formula]) -> Formula:
    texts = [_within(term, 2) for term in terms]
    if len(texts) > 3:
        texts[1:-1] = ["..."]
    return Formula(" + ".join(texts), 1)


def _infix(op: Operation, x: Any, y: Any) -> Formula:
    symbol, binds = INFIX[op]
    left = _within(_formula(x), binds + (op is ops.pow))
    right = _within(_formula(y), binds + (op in (ops.sub, ops.div)))
    return Formula(f"{left} {symbol} {right}", binds)


def _within(formula: Formula, binds: int) -> str:
    return f"({formula.text})" if formula.binds < binds else formula.text


def _formula(number: Any) -> Formula:
    if isinstance(number, Formula):
        return number
    text = f"{float(number):.6g}"
    return Formula(text, NEGATION if text.startswith("-") else ATOM)
