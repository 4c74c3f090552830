"""Float functions that follow IEEE 754 where `math` raises: the values of the table's rows.

`math.log(0.0)` is a ValueError, `1.0 / 0.0` a ZeroDivisionError, `math.exp(1000.0)` an
OverflowError, and `(-8.0) ** (1 / 3)` a complex number.  A network in training meets all four;
like C, NumPy and PyTorch, these functions answer with -inf, inf or nan instead, and
`autograd.detect_anomaly()` says where such a number first appeared.
"""

import math
import sys

inf = math.inf
nan = math.nan
LARGEST = sys.float_info.max


def div(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        if x == 0.0 or x != x:
            return nan
        return math.copysign(inf, x) * math.copysign(1.0, y)


def pow(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except OverflowError:
        is_odd = math.fmod(y, 2.0) in (1.0, -1.0)
        return -inf if x < 0.0 and is_odd else inf
    except ValueError:
        if x != 0.0:
            return nan  # a negative base to a fractional power has no real value
        is_odd = math.fmod(y, 2.0) in (1.0, -1.0)
        return math.copysign(inf, x) if is_odd else inf  # 0.0 ** -1.0


def exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return inf


def expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return inf


def log(x: float) -> float:
    try:
        return math.log(x)
    except ValueError:
        return -inf if x == 0.0 else nan


def log1p(x: float) -> float:
    try:
        return math.log1p(x)
    except ValueError:
        return -inf if x == -1.0 else nan


def sqrt(x: float) -> float:
    try:
        return math.sqrt(x)
    except ValueError:
        return nan


def sin(x: float) -> float:
    try:
        return math.sin(x)
    except ValueError:
        return nan  # at +-inf


def cos(x: float) -> float:
    try:
        return math.cos(x)
    except ValueError:
        return nan


def tan(x: float) -> float:
    try:
        return math.tan(x)
    except ValueError:
        return nan


def sigmoid(x: float) -> float:
    """1 / (1 + exp(-x)); below 0, where exp(-x) may overflow, exp(x) / (1 + exp(x))."""
    if x < 0.0:
        e = math.exp(x)
        return e / (1.0 + e)
    return 1.0 / (1.0 + math.exp(-x))


def softplus(x: float) -> float:
    """log(1 + exp(x)); exp only of negative numbers, and log1p keeps what log(1 + tiny) loses."""
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x)))


def relu(x: float) -> float:
    return 0.0 if x < 0.0 else x  # nan and -0.0 stay as they are


def leaky_relu(x: float, slope: float) -> float:
    return x if x > 0.0 else slope * x


def elu(x: float, alpha: float) -> float:
    return x if x > 0.0 else alpha * math.expm1(x)


def silu(x: float) -> float:
    return x * sigmoid(x)


def gelu(x: float) -> float:
    """By erfc, which keeps its precision where 1 + erf(x) rounds to 0."""
    return 0.5 * x * math.erfc(-x * math.sqrt(0.5))


def maximum(x: float, y: float) -> float:
    return x if x >= y or x != x else y  # a nan on either side wins


def minimum(x: float, y: float) -> float:
    return x if x <= y or x != x else y


def greater(x: float, y: float) -> float:
    return 1.0 if x > y else 0.0


def equal(x: float, y: float) -> float:
    return 1.0 if x == y else 0.0


def where(condition: float, x: float, y: float) -> float:
    return x if condition != 0.0 else y


def choose(index: float, *options: float) -> float:
    if not (0.0 <= index < len(options)) or index != int(index):
        raise IndexError(
            f"choose: the index must be a whole number from 0 to {len(options) - 1}, got {index!r}"
        )
    return options[int(index)]


def sum(*xs: float) -> float:
    """From left to right, rounding each time; the builtin rounds differently since Python 3.12."""
    total = 0.0
    for x in xs:
        total += x
    return total


def mean(*xs: float) -> float:
    return sum(*xs) / len(xs)


def prod(*xs: float) -> float:
    product = 1.0
    for x in xs:
        product *= x
    return product


def dot(*operands: float) -> float:
    """bias + w1 * x1 + w2 * x2 + ... of operands (w1 ... wn, x1 ... xn) or (..., bias)."""
    n = len(operands) // 2
    total = operands[-1] if len(operands) % 2 else 0.0
    for w, x in zip(operands[:n], operands[n:]):
        total += w * x
    return total


def logsumexp(*xs: float) -> float:
    """log(exp(x1) + ... + exp(xn)) = m + log(1 + the sum of exp(x - m) over all x but m).

    m is the largest x, so that exp cannot overflow; log1p keeps a sum far below 1.
    """
    largest = _largest(xs)
    if largest - largest != 0.0:
        return largest  # inf, -inf or nan: shifting by it would give nan
    total = 0.0
    place = xs.index(largest)
    for x in xs[:place] + xs[place + 1 :]:
        total += math.exp(x - largest)
    return largest + math.log1p(total)


def peak(*xs: float) -> float:
    """The largest x, clipped to the finite range, so that x - peak is nan only for a nan."""
    largest = _largest(xs)
    if largest - largest == 0.0 or largest != largest:
        return largest
    return math.copysign(LARGEST, largest)


def _largest(xs: tuple[float, ...]) -> float:
    largest = -inf
    for x in xs:
        largest = maximum(largest, x)
    return largest
