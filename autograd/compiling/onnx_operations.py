"""Each row of the table in terms of ONNX operators.

For some rows ONNX has no operator (or its runtimes have none in float64): those are written in
terms of the others, with the same care for small and large numbers as in the table.
"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from autograd.compiling.onnx import Writer

OPERATORS = {
    "neg": "Neg",
    "add": "Add",
    "sub": "Sub",
    "mul": "Mul",
    "div": "Div",
    "pow": "Pow",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "sin": "Sin",
    "cos": "Cos",
    "tanh": "Tanh",
    "abs": "Abs",
    "maximum": "Max",
    "minimum": "Min",
    "identity": "Identity",
}
"""Rows of the table for which ONNX has an operator."""


def operation(writer: "Writer", name: str, *args: str) -> str:
    """Apply a row of the table to ONNX names; return the name of the result."""
    if name in OPERATORS:
        return writer.apply(OPERATORS[name], *args)
    return SPELT_OUT[name](_Speller(writer), *args)


class _Speller:
    """Writes rows by name: s.exp(x), s.add(x, 1.0)."""

    def __init__(self, writer: "Writer") -> None:
        self.writer = writer

    def __getattr__(self, name: str) -> Callable[..., str]:
        def write(*args: Any) -> str:
            names = [x if isinstance(x, str) else self.writer.constant(float(x)) for x in args]
            return operation(self.writer, name, *names)

        return write

    def test(self, operator: str, x: str, y: Any) -> str:
        """A condition (a Boolean): "Greater" or "Equal"."""
        other = y if isinstance(y, str) else self.writer.constant(float(y))
        return self.writer.apply(operator, x, other)

    def pick(self, condition: str, x: Any, y: Any) -> str:
        names = [z if isinstance(z, str) else self.writer.constant(float(z)) for z in (x, y)]
        return self.writer.apply("Where", condition, *names)


def _where(s: Any, c: str, x: str, y: str) -> str:
    return str(s.pick(s.test("Equal", c, 0.0), y, x))


def _expm1(s: Any, x: str) -> str:
    """2 t / (1 - t) for t = tanh(x / 2) near 0, where exp(x) - 1 would cancel."""
    t = s.tanh(s.mul(x, 0.5))
    is_large = s.test("Greater", s.abs(x), 0.5)
    return str(s.pick(is_large, s.sub(s.exp(x), 1.0), s.div(s.mul(2.0, t), s.sub(1.0, t))))


def _log1p(s: Any, x: str) -> str:
    """x * log(u) / (u - 1) for u = 1 + x as rounded, which undoes the rounding (Kahan)."""
    u = s.add(x, 1.0)
    exact = s.div(s.mul(x, s.log(u)), s.sub(u, 1.0))
    is_huge = s.test("Greater", s.abs(x), 1e15)
    return str(s.pick(s.test("Equal", u, 1.0), x, s.pick(is_huge, s.log(u), exact)))


def _softplus(s: Any, x: str) -> str:
    return str(s.add(s.maximum(x, 0.0), s.log1p(s.exp(s.neg(s.abs(x))))))


def _erf(s: Any, x: str) -> str:
    """2/sqrt(pi) * exp(-x*x) * the sum of 2**n * x**(2n+1) / (1 * 3 * ... * (2n+1)).

    All terms have one sign, so nothing cancels (Abramowitz and Stegun 1964, 7.1.6).  Beyond 6 it
    is 1 in float64; 150 terms reach 1e-16 there.
    """
    coefficients = [2.0 / math.sqrt(math.pi)]
    for n in range(1, 150):
        coefficients.append(coefficients[-1] * 2.0 / (2 * n + 1))
    writer = s.writer
    x = s.maximum(s.minimum(x, 6.0), -6.0)
    square = s.mul(x, x)
    wide = writer.apply("Unsqueeze", square, writer.integers([-1]))
    powers = writer.apply("Pow", wide, writer.constant(np.arange(150.0)))
    terms = writer.apply("Mul", powers, writer.constant(np.array(coefficients)))
    total = writer.apply("ReduceSum", terms, writer.integers([-1]), keepdims=0)
    return str(s.mul(s.mul(x, total), s.exp(s.neg(square))))


def _gelu(s: Any, x: str) -> str:
    return str(s.mul(s.mul(x, 0.5), s.add(1.0, s.erf(s.mul(x, math.sqrt(0.5))))))


def _sigmoid(s: Any, x: str) -> str:
    return str(s.div(1.0, s.add(1.0, s.exp(s.neg(x)))))


SPELT_OUT: dict[str, Callable[..., str]] = {
    "greater": lambda s, x, y: s.pick(s.test("Greater", x, y), 1.0, 0.0),
    "equal": lambda s, x, y: s.pick(s.test("Equal", x, y), 1.0, 0.0),
    "where": _where,
    "tan": lambda s, x: s.div(s.sin(x), s.cos(x)),
    "expm1": _expm1,
    "log1p": _log1p,
    "softplus": _softplus,
    "sigmoid": _sigmoid,
    "silu": lambda s, x: s.mul(x, s.sigmoid(x)),
    "erf": _erf,
    "erfc": lambda s, x: s.sub(1.0, s.erf(x)),
    "gelu": _gelu,
    "relu": lambda s, x: s.maximum(x, 0.0),
    "leaky_relu": lambda s, x, slope: s.pick(s.test("Greater", x, 0.0), x, s.mul(slope, x)),
    "elu": lambda s, x, a: s.pick(
        s.test("Greater", x, 0.0), x, s.mul(a, s.expm1(s.minimum(x, 0.0)))
    ),
}
