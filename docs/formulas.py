"""The table's rules as text: a rule runs on a symbol that writes down what is done to it.

The library holds each derivative once, as a rule that takes anything with arithmetic.  Here it
takes letters, and the formulas of the operations page come out: no formula is typed by hand.
"""

import inspect
from typing import Any

from autograd import Operation

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

    def __neg__(self) -> "Formula":
        return Formula("-" + _within(self, NEGATION), NEGATION)


def local_derivatives(op: Operation) -> list[tuple[str, str]]:
    """(operand, formula of dz / d operand) pairs, in the operands' order."""
    names = operand_names(op)
    rule = op.derivatives(Formula("z"), *[Formula(name) for name in names])
    return [(name, _formula(derivative).text) for name, derivative in zip(names, rule)]


def operand_names(op: Operation) -> list[str]:
    """As the rule calls them; where it takes any number of them, as many as in the sample."""
    if op.name == "dot":
        return ["w1", "w2", "x1", "x2", "bias"]
    parameters = list(inspect.signature(op.derivatives).parameters.values())[1:]
    named = [p.name for p in parameters if p.kind is not p.VAR_POSITIONAL]
    return named + [f"x{i + 1}" for i in range(len(op.sample) - len(named))]


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
