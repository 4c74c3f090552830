"""The whole range of float64: values and rules of the table's functions against mpmath's digits.

An error is counted in ulps of the exact answer, which below 2.2e-308 are 5e-324 each.
"""

import math
import sys
from dataclasses import dataclass
from functools import cache

import pytest

from autograd import OPERATIONS, Value, compile

mpmath = pytest.importorskip("mpmath", reason="the oracle is mpmath")
mp = mpmath.mp

TINY, SMALLEST = sys.float_info.min, 5e-324


@dataclass
class Bound:
    """What a row may err by, in ulps: its value, and its rule.

    `of_x`   an ulp is that of the answer, or what an ulp of x changes in it, if that is more
    `floor`  what the rule may lose besides, as a number
    `lost`   what value and rule may lose besides, times |x|: eager, and compiled
    """

    value: float
    rule: float
    of_x: bool = False
    floor: float = 0.0
    lost: tuple[float, float] = (0.0, 0.0)


BOUNDS = {
    "identity": Bound(0, 0),
    "neg": Bound(0, 0),
    "abs": Bound(0, 0),
    "relu": Bound(0, 0),
    "sqrt": Bound(0.5, 1.5),
    "exp": Bound(1, 1),
    "expm1": Bound(1, 1),
    "log": Bound(1, 0.5),
    "log1p": Bound(1, 1.5),
    "sin": Bound(1, 1),
    "cos": Bound(1, 1),
    "tan": Bound(1, 1.5),
    # The rules 1 - z * z and z * (1 - z) lose what z loses when it rounds to 1.  Full digits would
    # take an exponential more for each: the compiled step of a small network takes twice the time.
    "tanh": Bound(2, 2, floor=2.0**-51),
    "sigmoid": Bound(1.5, 3, floor=2.0**-52, lost=(0.0, TINY)),
    "softplus": Bound(1.5, 1.5, lost=(0.0, TINY)),
    # x * x is rounded before exp sees it, and x / sqrt(2) before erfc does.
    "erf": Bound(1, 1, of_x=True),
    "erfc": Bound(1, 1, of_x=True),
    # A factor below 2.2e-308 has few digits; silu's rule magnifies the sigmoid's rounding by x.
    "gelu": Bound(1.5, 3, of_x=True, lost=(SMALLEST, SMALLEST)),
    "silu": Bound(2, 16, of_x=True, lost=(SMALLEST, TINY)),
}


def erfc(x):
    """Beyond 1,500 it is level to any number of digits that we ask for."""
    return mp.erfc(max(min(x, mp.mpf(1500)), mp.mpf(-1500)))


EXACT = {
    "identity": lambda x: x,
    "neg": lambda x: -x,
    "abs": abs,
    "relu": lambda x: x if x > 0 else mp.mpf(0),
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": lambda x: mp.log(1 + x),
    "sqrt": mp.sqrt,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "tanh": mp.tanh,
    "erf": lambda x: mp.sign(x) * (1 - erfc(abs(x))),
    "erfc": erfc,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "gelu": lambda x: x * erfc(-x / mp.sqrt(2)) / 2,
    "silu": lambda x: x / (1 + mp.exp(-x)),
}
SLOPE = {
    "identity": lambda x: mp.mpf(1),
    "neg": lambda x: mp.mpf(-1),
    "abs": mp.sign,
    "relu": lambda x: mp.mpf(1 if x > 0 else 0),
    "exp": mp.exp,
    "expm1": mp.exp,
    "log": lambda x: 1 / x,
    "log1p": lambda x: 1 / (1 + x),
    "sqrt": lambda x: 1 / (2 * mp.sqrt(x)),
    "sin": mp.cos,
    "cos": lambda x: -mp.sin(x),
    "tan": lambda x: mp.sec(x) ** 2,
    "tanh": lambda x: mp.sech(x) ** 2,
    "erf": lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
    "erfc": lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)) / (1 + mp.exp(x)),
    "softplus": lambda x: 1 / (1 + mp.exp(-x)),
    "gelu": lambda x: erfc(-x / mp.sqrt(2)) / 2 + x * mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "silu": lambda x: (1 + x / (1 + mp.exp(x))) / (1 + mp.exp(-x)),
}

ONE_OPERAND = [name for name, row in OPERATIONS.items() if row.arity == 1]
SIZES = [
    *[10.0**k for k in (-320, -310, -300, -200, -100, -50, -20, -16, -12, -8, -5, -3, -2, -1)],
    *[0.3, 0.5, 0.7517916243860266, 0.9999, 1.0, 1.0001, 1.2784645427610738, 1.5707963267948966],
    *[2.0, 2.5, 3.141592653589793, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 15.0, 19.0, 20.0, 26.0, 27.0],
    *[30.0, 36.0, 37.0, 38.0, 38.5, 40.0, 100.0, 355.0, 372.0, 500.0, 700.0, 707.9, 708.3, 709.0],
    *[709.1, 709.436, 709.5, 709.78, 710.0, 720.0, 740.0, 744.9, 745.1, 746.0, 1000.0],
    *[1e5, 1e8, 1e15, 1e22, 1e100, 1e300, 1.7e308],
]
POINTS = [0.0, *[sign * size for size in SIZES for sign in (1.0, -1.0)]]


@cache
def exact(name, x):
    """f(x), f'(x), and what an ulp of x changes in each; None where f is not real."""
    if (name in ("log", "sqrt") and x <= 0.0) or (name == "log1p" and x <= -1.0):
        return None
    with mp.workprec(1200):  # 1e300 radians have 1,000 bits before the point
        at = mp.mpf(x)
        h = mp.mpf(2) ** -300
        bend = (SLOPE[name](at + h) - SLOPE[name](at - h)) / (2 * h) if BOUNDS[name].of_x else 0
        value, slope = EXACT[name](at), SLOPE[name](at)
        return value, slope, abs(slope) * math.ulp(x), abs(bend) * math.ulp(x)


def ulps_off(got, want, moved, lost):
    """By how many ulps the answer errs, `lost` aside; an ulp is `moved`, if that is more."""
    nearest = float(want)
    if math.isinf(nearest) or not math.isfinite(got):
        return 0.0 if got == nearest else math.inf
    return float(max(abs(mp.mpf(got) - want) - lost, 0) / max(mp.mpf(math.ulp(nearest)), moved))


def eager(name):
    def answers(x):
        value = Value(x)
        result = OPERATIONS[name](value)
        result.backward()
        return result.data, value.grad

    return answers


def compiled(name, backend):
    w = Value(0.5, "w")
    program = compile(OPERATIONS[name](w), parameters=[w], backend=backend)

    def answers(x):
        w.data = x
        value, gradient = program.value_and_grad()
        return float(value), float(gradient[0])

    return answers


def test_every_function_of_one_operand_has_a_bound():
    assert set(BOUNDS) == set(EXACT) == set(SLOPE) == set(ONE_OPERAND)


@pytest.mark.parametrize("way", ["eager", "numpy", "native"])
@pytest.mark.parametrize("name", ONE_OPERAND)
def test_value_and_rule_keep_their_digits_over_the_whole_range(name, way):
    if way == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs llvmlite")
    bound = BOUNDS[name]
    answers = eager(name) if way == "eager" else compiled(name, way)
    for x in POINTS:
        truth = exact(name, x)
        if truth is None or (x == 0.0 and name in ("abs", "relu", "log")):
            continue  # kinks have a test of their own
        z, slope, z_moved, slope_moved = truth if bound.of_x else (*truth[:2], 0, 0)
        got, rule = answers(x)
        lost = bound.lost[way != "eager"] * max(1.0, abs(x))
        off = ulps_off(got, z, z_moved, lost)
        assert off <= bound.value, f"{name}({x!r}) = {got!r} is {off:.3g} ulps off"
        off = ulps_off(rule, slope, slope_moved, max(lost, bound.floor))
        assert off <= bound.rule, f"{name}'({x!r}) = {rule!r} is {off:.3g} ulps off"
