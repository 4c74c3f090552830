"""The table's rules as text: a rule runs on a symbol that writes down what is done to it.

The library holds each derivative once, as a rule that takes anything with arithmetic.  Here it
takes letters (or numbers that are to be shown), and the formula comes out: none is typed by hand.

    tanh   ->   1 - z * z
"""

import inspect
from typing import Any

from autograd.ops import Operation

INFIX = {"add": ("+", 1), "sub": ("-", 1), "mul": ("*", 2), "div": ("/", 2), "pow": ("**", 4)}
NEGATION, ATOM = 3, 5


class Formula:
    """A piece of text that has arithmetic; `binds` says how tightly, for the parentheses."""

    def __init__(self, text: str, binds: int = ATOM) -> None:
        self.text, self.binds = text, binds

    @staticmethod
    def apply_operation(op: Operation, operands: tuple[Any, ...]) -> "Formula":
        if op.name in INFIX:
            return _infix(op.name, *operands)
        if op.name == "neg":
            return -_formula(operands[0])
        texts = [_formula(operand).text for operand in operands]
        if op.name in ("greater", "equal"):  # Iverson's bracket: 1 where it holds, else 0
            return Formula(f"[{texts[0]} {op.symbol} {texts[1]}]")
        return Formula(f"{op.name}({', '.join(texts)})")

    def __add__(self, other: Any) -> "Formula":
        return _infix("add", self, other)

    def __radd__(self, other: Any) -> "Formula":
        return _infix("add", other, self)

    def __sub__(self, other: Any) -> "Formula":
        return _infix("sub", self, other)

    def __rsub__(self, other: Any) -> "Formula":
        return _infix("sub", other, self)

    def __mul__(self, other: Any) -> "Formula":
        return _infix("mul", self, other)

    def __rmul__(self, other: Any) -> "Formula":
        return _infix("mul", other, self)

    def __truediv__(self, other: Any) -> "Formula":
        return _infix("div", self, other)

    def __rtruediv__(self, other: Any) -> "Formula":
        return _infix("div", other, self)

    def __pow__(self, other: Any) -> "Formula":
        return _infix("pow", self, other)

    def __rpow__(self, other: Any) -> "Formula":
        return _infix("pow", other, self)

    def __neg__(self) -> "Formula":
        return Formula("-" + _within(self, NEGATION), NEGATION)


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
    return [_formula(derivative).text for derivative in op.derivatives(z, *operands)]


def call_as_text(op: Operation, operands: list[Formula]) -> str:
    """The operation itself: "x * y", "tanh(x)", "w1 * x1 + w2 * x2 + bias"."""
    if op.name == "dot":
        n = len(operands) // 2
        terms = [_infix("mul", w, x) for w, x in zip(operands[:n], operands[n : 2 * n])]
        return " + ".join([_within(term, 1) for term in [*terms, *operands[2 * n :]]])
    if op.name == "sum":
        return " + ".join([_within(operand, 2) for operand in operands])
    return Formula.apply_operation(op, tuple(operands)).text


def operand_names(op: Operation, count: int | None = None) -> list[str]:
    """As the rule calls them; where it takes any number, `count`, or as many as in the sample."""
    count = len(op.sample) if count is None else count
    if op.name == "dot":
        numbers = range(1, count // 2 + 1)
        weights, inputs = [f"w{i}" for i in numbers], [f"x{i}" for i in numbers]
        return [*weights, *inputs, *["bias"] * (count % 2)]
    parameters = list(inspect.signature(op.derivatives).parameters.values())[1:]
    named = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]
    return named + [f"x{i + 1}" for i in range(count - len(named))]


def _infix(name: str, x: Any, y: Any) -> Formula:
    symbol, binds = INFIX[name]
    left = _within(_formula(x), binds + (name == "pow"))
    right = _within(_formula(y), binds + (name in ("sub", "div")))
    return Formula(f"{left} {symbol} {right}", binds)


def _within(formula: Formula, binds: int) -> str:
    return f"({formula.text})" if formula.binds < binds else formula.text


def _formula(number: Any) -> Formula:
    if isinstance(number, Formula):
        return number
    return Formula(f"{float(number):.6g}")
