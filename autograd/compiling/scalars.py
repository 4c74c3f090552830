"""How each operation of the table is spelt on a single float, for the native backend."""

import math
from collections.abc import Callable
from typing import Any


def literal(number: float) -> str:
    if math.isnan(number):
        return "np.nan"
    if math.isinf(number):
        return "np.inf" if number > 0 else "(-np.inf)"
    return repr(number) if number >= 0 else f"({number!r})"


def _spelt(template: str) -> Callable[[Any, list[str]], str]:
    return lambda node, texts: template.format(*texts)


def _power(node: Any, texts: list[str]) -> str:
    """x ** y; the powers of square roots and squares without a call of pow."""
    x, y = texts
    exponent = node.args[1].literal
    known = {
        2.0: f"{x} * {x}",
        3.0: f"{x} * {x} * {x}",
        1.0: x,
        -1.0: f"1.0 / {x}",
        0.5: f"np.sqrt({x})",
        -0.5: f"1.0 / np.sqrt({x})",
        -1.5: f"1.0 / ({x} * np.sqrt({x}))",
    }
    return known.get(exponent, f"{x} ** {y}")


SCALAR: dict[str, Callable[[Any, list[str]], str]] = {
    name: _spelt(template)
    for name, template in {
        "greater": "1.0 if {0} > {1} else 0.0",
        "equal": "1.0 if {0} == {1} else 0.0",
        "where": "{1} if {0} != 0.0 else {2}",
        "neg": "-{0}",
        "add": "{0} + {1}",
        "sub": "{0} - {1}",
        "mul": "{0} * {1}",
        "div": "{0} / {1}",
        "exp": "exp({0})",
        "expm1": "expm1({0})",
        "log": "np.log({0})",
        "log1p": "np.log1p({0})",
        "sqrt": "np.sqrt({0})",
        "sin": "np.sin({0})",
        "cos": "np.cos({0})",
        "tan": "np.tan({0})",
        "tanh": "tanh({0})",
        "erf": "math.erf({0})",
        "sigmoid": "1.0 / (1.0 + exp(-{0}))",
        "softplus": "max({0}, 0.0) + np.log1p(exp(-abs({0})))",
        "relu": "0.0 if {0} <= 0.0 else {0}",
        "leaky_relu": "{0} if {0} > 0.0 else {1} * {0}",
        "elu": "{0} if {0} > 0.0 else {1} * expm1(min({0}, 0.0))",
        "gelu": "0.5 * {0} * (1.0 + math.erf({0} * 0.7071067811865476))",
        "silu": "{0} / (1.0 + exp(-{0}))",
        "abs": "abs({0})",
        "maximum": "{0} if {0} > {1} or {0} != {0} else {1}",
        "minimum": "{0} if {0} < {1} or {0} != {0} else {1}",
    }.items()
}
SCALAR["pow"] = _power
