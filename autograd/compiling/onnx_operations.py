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
    beyond = s.sub(1.0, _erfc_of_size(s, x))
    return _by_sign(s, x, s.neg(beyond), _erf_near_0(s, x), beyond)


def _erfc(s: Any, x: str) -> str:
    tail = _erfc_of_size(s, x)
    return _by_sign(s, x, s.sub(2.0, tail), s.sub(1.0, _erf_near_0(s, x)), tail)


def _by_sign(s: Any, x: str, below: str, near: str, above: str) -> str:
    """What holds below -1/2, between, and above 1/2."""
    below_or_near = s.pick(s.test("Greater", s.neg(x), 0.5), below, near)
    return str(s.pick(s.test("Greater", x, 0.5), above, below_or_near))


def _erf_near_0(s: Any, x: str) -> str:
    """2/sqrt(pi) * exp(-x*x) * the sum of 2**n * x**(2n+1) / (1 * 3 * ... * (2n+1)), to |x| = 1/2.

    All terms have one sign, so nothing cancels (Abramowitz and Stegun 1964, 7.1.6).
    """
    coefficients = [2.0 / math.sqrt(math.pi)]
    for n in range(1, 15):
        coefficients.append(coefficients[-1] * 2.0 / (2 * n + 1))
    x = s.maximum(s.minimum(x, 0.5), -0.5)
    square = s.mul(x, x)
    powers = s.writer.apply("Pow", _wide(s, square), s.writer.constant(np.arange(15.0)))
    terms = s.writer.apply("Mul", powers, s.writer.constant(np.array(coefficients)))
    return str(s.mul(s.mul(x, _total(s, terms)), s.exp(s.neg(square))))


def _erfc_of_size(s: Any, x: str) -> str:
    """erfc(|x|) from |x| = 1/2 on, by the trapezoidal rule in steps of h = 1/2, of the integral of
    exp(-t*t) / (x*x + t*t) over all t, times x/pi * exp(-x*x).

    It is off by 2 / (exp(2 pi x / h) - 1) where the pole at t = ix is less than pi / h away, and
    else by less than a float's last digit (Matta and Reichel 1971).
    """
    h = 0.5
    t = h * np.arange(14.0)
    weights = h / math.pi * np.exp(-t * t) * np.where(t > 0.0, 2.0, 1.0)
    x = s.maximum(s.minimum(s.abs(x), 28.0), 0.5)  # erfc(28) is below all floats
    square = s.mul(x, x)
    spread = s.writer.apply("Add", _wide(s, square), s.writer.constant(t * t))
    total = _total(s, s.writer.apply("Div", s.writer.constant(weights), spread))
    rule = s.mul(s.mul(x, s.exp(s.neg(square))), total)
    pole = s.div(2.0, s.sub(s.exp(s.mul(x, 2.0 * math.pi / h)), 1.0))
    return str(s.pick(s.test("Greater", x, math.pi / h), rule, s.sub(rule, pole)))


def _wide(s: Any, x: str) -> str:
    """With an axis more, for the terms of a sum."""
    return str(s.writer.apply("Unsqueeze", x, s.writer.integers([-1])))


def _total(s: Any, terms: str) -> str:
    return str(s.writer.apply("ReduceSum", terms, s.writer.integers([-1]), keepdims=0))


def _gelu(s: Any, x: str) -> str:
    return str(s.mul(s.mul(x, 0.5), s.erfc(s.mul(x, -math.sqrt(0.5)))))


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
    "erfc": _erfc,
    "gelu": _gelu,
    "relu": lambda s, x: s.maximum(x, 0.0),
    "leaky_relu": lambda s, x, slope: s.pick(s.test("Greater", x, 0.0), x, s.mul(slope, x)),
    "elu": lambda s, x, a: s.pick(
        s.test("Greater", x, 0.0), x, s.mul(a, s.expm1(s.minimum(x, 0.0)))
    ),
}
