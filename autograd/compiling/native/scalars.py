"""The table's operations on a single number, in LLVM's language, for the native backend.

Most rows say how they are spelt in NumPy; that spelling is parsed here as an expression and written
as instructions, so that your own operation with `array="np.sinh({0})"` works as well.
exp, log and tanh have no branches and no calls, so LLVM vectorises loops over them.
"""

import ast
import math
from collections.abc import Callable
from functools import reduce
from operator import add, mul

import numpy as np

from autograd import ops
from autograd.compiling.native.machine import Function, Number
from autograd.ieee import LARGEST
from autograd.ops import Operation

SHIFT = 6755399441055744.0  # 1.5 * 2 ** 52: adding it rounds to a whole number
LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # Cody and Waite 1980
SQRT_HALF = 0.7071067811865476
EXP_SERIES = (  # 1 / 13! ... 1 / 2!; the next term is below 2 ** -56 for |r| <= ln(2) / 2
    1.6059043836821613e-10, 2.08767569878681e-09, 2.505210838544172e-08, 2.755731922398589e-07,
    2.7557319223985893e-06, 2.48015873015873e-05, 0.0001984126984126984, 0.001388888888888889,
    0.008333333333333333, 0.041666666666666664, 0.16666666666666666, 0.5,
)  # fmt: skip
LOG_SERIES = (  # for log((1 + s) / (1 - s)): fdlibm's e_log.c, Sun Microsystems 1993
    1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01,
    2.222219843214978396e-01, 2.857142874366239149e-01, 3.999999999940941908e-01,
    6.666666666666735130e-01,
)  # fmt: skip


def _series(x: Number, coefficients: tuple[float, ...]) -> Number:
    """A polynomial by Horner's rule, highest power first."""
    total = x * coefficients[0] + coefficients[1]
    for c in coefficients[2:]:
        total = total * x + c
    return total


def _exp_parts(x: Number) -> tuple[Number, str]:
    """(exp(r) - 1, k) with x = k ln 2 + r, |r| <= ln(2) / 2; k in the lowest bits of an i64."""
    shifted = x * 1.4426950408889634 + SHIFT
    k = shifted - SHIFT
    r = x - k * LN2_HIGH - k * LN2_LOW
    return _series(r, EXP_SERIES) * r * r + r, x.code.bits(shifted)


def _power_of_two(code: Function, k: str, bias: int) -> Number:
    """2 ** (k + bias), for k + bias from -1022 to 1023."""
    return code.from_bits(code.write(f"shl i64 {code.write(f'add i64 {k}, {bias + 1023}')}, 52"))


def exp(x: Number) -> Number:
    """2 ** k in two halves: the result may be beyond either end of the exponent range."""
    code = x.code
    is_finite = _both(x.is_("ogt", -745.1332191019412), x.is_("olt", 709.7827128933841))
    p, bits = _exp_parts(is_finite.where(x, 0.0))
    k = code.write(f"and i64 {code.write(f'add i64 {bits}, 2048')}, 4095")  # k + 2048, positive
    half = code.write(f"lshr i64 {k}, 1")
    rest = code.write(f"sub i64 {k}, {half}")
    scale = _power_of_two(code, half, -1024)
    z = (scale + scale * p) * _power_of_two(code, rest, -1024)
    return is_finite.where(z, x.is_("ogt", 0.0).where(np.inf, x.is_("olt", 0.0).where(0.0, x)))


def tanh(x: Number) -> Number:
    """m / (m + 2) with m = exp(2 x) - 1: exact for small x too."""
    safe = x.is_("olt", 20.0).where(x, 20.0)  # beyond this, it rounds to 1
    safe = safe.is_("ogt", -20.0).where(safe, -20.0)
    p, k = _exp_parts(safe + safe)
    scale = _power_of_two(x.code, k, 0)
    m = scale * p + (scale - 1.0)
    z = m / (m + 2.0)
    return x.is_("une", 0.0).where(x.is_("oeq", x).where(z, x), x)  # keeps -0.0


def log(x: Number) -> Number:
    """k ln 2 + log(m), m from sqrt(1/2) to sqrt(2)."""
    code = x.code
    is_tiny = x.is_("olt", 2.2250738585072014e-308)
    bits = code.bits(is_tiny.where(x * 2.0**54, x))
    moved = code.write(f"sub i64 {bits}, {0x3FE6A09E667F3BCD}")  # the bits of sqrt(1/2)
    k = code.to_double(code.write(f"ashr i64 {moved}, 52"))
    whole = code.write(f"and i64 {moved}, {-1 << 52}")
    f = code.from_bits(code.write(f"sub i64 {bits}, {whole}")) - 1.0
    k = is_tiny.where(k - 54.0, k)
    s = f / (f + 2.0)
    square, half = s * s, f * f * 0.5
    r = _series(square, LOG_SERIES) * square
    z = k * LN2_HIGH - ((half - (s * (half + r) + k * LN2_LOW)) - f)
    z = x.is_("ogt", 0.0).where(z, x.is_("oeq", 0.0).where(-np.inf, np.nan))
    return x.is_("olt", np.inf).where(z, x.is_("une", -np.inf).where(x, np.nan))


def maximum(x: Number, y: Number) -> Number:
    return _either(x.is_("ogt", y), x.is_("une", x)).where(x, y)


def minimum(x: Number, y: Number) -> Number:
    return _either(x.is_("olt", y), x.is_("une", x)).where(x, y)


def _either(x: Number, y: Number) -> Number:
    return Number(x.code, x.code.write(f"or i1 {x.name}, {y.name}"), "i1")


def _both(x: Number, y: Number) -> Number:
    return Number(x.code, x.code.write(f"and i1 {x.name}, {y.name}"), "i1")


def power(x: Number, y: Number) -> Number:
    """x ** y; squares and square roots without calling pow, with pow's results at -0.0 and -inf."""
    code, exponent = x.code, y.literal
    if exponent in (1.0, 2.0, 3.0):
        return {1.0: x, 2.0: x * x}.get(exponent) or x * x * x
    if exponent == -1.0:
        return 1.0 / x
    if exponent in (0.5, -0.5, -1.5):
        positive = x + 0.0
        root = code.call("llvm.sqrt.f64", positive.is_("une", -np.inf).where(positive, np.inf))
        if exponent == 0.5:
            return root
        return 1.0 / (root if exponent == -0.5 else root * root * root)
    return code.call("pow", x, y)


def logaddexp(x: Number, y: Number) -> Number:
    """log(exp(x) + exp(y)); for x = y = inf, where the difference is nan, x."""
    larger, smaller = maximum(x, y), minimum(x, y)
    tail = x.code.call("log1p", exp(smaller - larger))
    return x.is_("oeq", y).where(x + 0.6931471805599453, larger + tail)


def peak(*xs: Number) -> Number:
    """The largest, clipped to the finite range; nan stays nan."""
    number = xs[0].code.number
    return maximum(minimum(reduce(maximum, xs), number(LARGEST)), number(-LARGEST))


def logsumexp(*xs: Number) -> Number:
    """log(exp(x1) + ... + exp(xn)), shifted by the largest; that itself where it is not finite."""
    largest = reduce(maximum, xs)
    total = reduce(add, [exp(x - largest) for x in xs])
    is_finite = (largest - largest).is_("oeq", 0.0)
    return is_finite.where(largest + log(total), largest)


def choose(index: Number, *options: Number) -> Number:
    """The option with that number; nan where the index is not valid."""
    chosen = index.code.number(math.nan)
    for i, option in enumerate(options):
        chosen = index.is_("oeq", float(i)).where(option, chosen)
    return chosen


def dot(*operands: Number) -> Number:
    n = len(operands) // 2
    products = [w * x for w, x in zip(operands[:n], operands[n:])]
    return reduce(add, [*operands[2 * n :], *products])


def gelu(x: Number) -> Number:
    return 0.5 * x * x.code.call("erfc", x * -SQRT_HALF)


def _library(name: str) -> Callable[..., Number]:
    return lambda *operands: operands[0].code.call(name, *operands)


C_NAMES = (
    "pow", "erf", "erfc", "expm1", "log1p", "log2", "log10", "exp2", "cbrt", "sin", "cos", "tan",
    "sinh", "cosh", "hypot", "asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2",
)  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Number]] = {
    **{name.replace("a", "arc", 1) if name[0] == "a" else name: _library(name) for name in C_NAMES},
    "exp": exp, "log": log, "tanh": tanh, "maximum": maximum, "minimum": minimum,
    "logaddexp": logaddexp, "where": lambda c, x, y: c.where(x, y),
    "abs": _library("llvm.fabs.f64"), "sqrt": _library("llvm.sqrt.f64"),
    "floor": _library("llvm.floor.f64"), "ceil": _library("llvm.ceil.f64"),
    "square": lambda x: x * x, "power": _library("pow"),
}  # fmt: skip
"""By NumPy's names, where NumPy has them."""

COMPARISONS = {
    ast.Gt: "ogt", ast.Lt: "olt", ast.GtE: "oge", ast.LtE: "ole", ast.Eq: "oeq", ast.NotEq: "une"
}  # fmt: skip
ARITHMETIC = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}


TABLE: dict[Operation, Callable[..., Number]] = {
    ops.erf: _library("erf"), ops.erfc: _library("erfc"), ops.gelu: gelu, ops.pow: power,
    ops.dot: dot, ops.choose: choose, ops.logsumexp: logsumexp,
    ops.peak: peak, ops.sum: lambda *xs: reduce(add, xs),
    ops.mean: lambda *xs: reduce(add, xs) / float(len(xs)), ops.prod: lambda *xs: reduce(mul, xs),
}  # fmt: skip
"""Rows of the library's table that are recognised by identity, not by spelling.  The key is the row
itself: a user's operation may have the same name."""


Called = list[tuple[Operation, int]]
"""The operations that call Python, and with how many operands."""


def value_of(op: Operation, operands: list[Number], called: Called) -> Number:
    """op(*operands), by instructions or by calling Python, which is recorded in `called`."""
    code = operands[0].code
    result = applied(op, operands)
    if result is not None:
        return code.as_double(result)
    key = (op, len(operands))
    if key not in called:
        called.append(key)
    return code.call_python(called.index(key), operands)


def is_known(op: Operation) -> bool:
    """Whether it can be written as instructions; if not, Python has to be called."""
    code = Function("")
    return applied(op, [code.number(x) for x in op.sample]) is not None


def applied(op: Operation, operands: list[Number]) -> Number | None:
    """op(*operands); None if that has to call back into Python."""
    if op in TABLE:
        return TABLE[op](*operands)
    return _spelt(op, operands) if op.array else None


def _spelt(op: Operation, operands: list[Number]) -> Number | None:
    """The operation as its row spells it for NumPy."""
    names = [f"x{i}" for i in range(len(operands))]
    tree = ast.parse(op.array.format(*[f"({name})" for name in names]).strip(), mode="eval")
    try:
        return _read(tree.body, dict(zip(names, operands)))
    except (KeyError, AttributeError, TypeError):
        return None  # a spelling that this parser does not cover


def _read(tree: ast.expr, names: dict[str, Number]) -> Number:
    """An expression of arithmetic, comparisons and NumPy functions as instructions."""
    code = next(iter(names.values())).code
    if isinstance(tree, ast.Name):
        return names[tree.id]
    if isinstance(tree, ast.Constant):
        return code.number(float(tree.value))  # type: ignore[arg-type]
    if isinstance(tree, ast.Attribute):
        return code.number(float(getattr(np, tree.attr)))
    if isinstance(tree, ast.UnaryOp):
        x = _read(tree.operand, names)
        return {ast.USub: -x, ast.UAdd: x}[type(tree.op)]
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1:
        x, y = _read(tree.left, names), _read(tree.comparators[0], names)
        return x.is_(COMPARISONS[type(tree.ops[0])], y)
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Pow):
        return power(_read(tree.left, names), _read(tree.right, names))
    if isinstance(tree, ast.BinOp):
        x, y = _read(tree.left, names), _read(tree.right, names)
        return code.binary(ARITHMETIC[type(tree.op)], x, y)
    if isinstance(tree, ast.Call) and not tree.keywords:
        operands = [code.as_double(_read(x, names)) for x in tree.args[1:]]
        first = _read(tree.args[0], names)
        name = tree.func.attr  # type: ignore[attr-defined]
        return FUNCTIONS[name](first if name == "where" else code.as_double(first), *operands)
    raise TypeError
