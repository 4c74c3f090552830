"""The table of operations: everything this library knows about mathematics, one row per operation.

A row says how an operation is written, what its value is on floats, and what its local
derivatives are.  In a rule, `z` is the result and `x`, `y` (or `*xs`) are the operands; it
gives one local derivative per operand, in order:

    tanh:  z = tanh(x)   ->   dz/dx = 1 - z * z

A rule is written once, with arithmetic and the rows of this table.  It therefore runs on
floats (the backward pass), on Values (the gradient of a gradient) and on a compiler's symbols
alike.  Everything else in the library - the backward pass, pictures, the stepper, the compiler -
reads this table and contains no calculus.

To add an operation, add a row: here, or from your own program with `operation(...)`.
"""

import inspect
import math
import operator
from collections.abc import Callable
from typing import Any

from autograd import ieee
from autograd.spelling import check_spelling

Number = Any  # a float, a Value, or a compiler's symbol: whatever has arithmetic


class Operation:
    """A row of the table.  Calling it on numbers gives a number; on Values, a Value.

    `name`         its name in the table and in code
    `symbol`       what a picture shows: "+", "tanh"
    `value`        floats -> float
    `derivatives`  the rule: (z, *operands) -> one local derivative per operand
    `sample`       operands at which the row is smooth; tests start from them
    `array`        its NumPy spelling, "np.tanh({0})"; "" leaves it to the compiler
    `arity`        how many operands it takes; None for any number
    `__doc__`      what it computes, and what it does at a kink
    """

    def __init__(
        self,
        name: str,
        value: Callable[..., float],
        derivatives: Callable[..., tuple[Number, ...]],
        *,
        sample: tuple[float, ...],
        symbol: str = "",
        array: str = "",
        doc: str = "",
    ) -> None:
        self.name = self.__name__ = name
        self.value = value
        self.derivatives = derivatives
        self.symbol = symbol or name
        self.sample = tuple([to_float(x) for x in sample])
        self.array = array
        self.arity = _arity(derivatives)
        self.__doc__ = doc

    def __call__(self, *operands: Number) -> Any:
        for operand in operands:
            if type(operand) is not float:
                return self._dispatch(operands)
        return self.value(*operands)

    def _dispatch(self, operands: tuple[Number, ...]) -> Any:
        """An operand whose type can apply operations (a Value, a symbol) determines the result."""
        for operand in operands:
            apply_operation = getattr(type(operand), "apply_operation", None)
            if apply_operation is not None:
                return apply_operation(self, operands)
        return self.value(*[to_float(operand) for operand in operands])

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __copy__(self) -> "Operation":
        return self

    def __deepcopy__(self, copies: dict[int, Any]) -> "Operation":
        return self  # copies of a graph share the table's rows

    def __reduce__(self) -> Any:
        """A pickle holds a row's name, not its code, and numbers to recognise the same row by."""
        name = "CONSTANT" if self is CONSTANT else self.name
        if globals().get(name) is self:
            return name  # a row of this module
        answers = self._answers()
        _row_called(self.name, answers)  # otherwise it could not be read back
        return _row_called, (self.name, answers)

    def _answers(self) -> tuple[tuple[float, ...], ...]:
        """Its sample, and what its value and its rule give there."""
        z = float(self.value(*self.sample))
        return self.sample, (z, *[float(x) for x in self.derivatives(z, *self.sample)])


OPERATIONS: dict[str, Operation] = {}
"""Every row by name, in the order of definition."""


def operation(
    name: str,
    value: Callable[..., float],
    derivatives: Callable[..., tuple[Number, ...]],
    *,
    sample: tuple[float, ...],
    symbol: str = "",
    array: str = "",
    doc: str = "",
) -> Operation:
    """Add a row to the table and return it, ready to be called on Values.

    >>> from autograd import Value, operation
    >>> cube = operation("cube", lambda x: x * x * x, lambda z, x: (3 * x * x,), sample=(0.5,))
    >>> x = Value(2.0)
    >>> cube(x).backward()
    >>> x.grad
    12.0

    `derivatives(z, *operands)` returns a tuple with one local derivative per operand, written
    with arithmetic and this library's functions (`autograd.exp`, not `math.exp`), so that it can
    itself be differentiated.  A row with the same name is replaced: a notebook cell can run twice.
    Raises TypeError immediately if the rule does not return such a tuple at `sample`, and
    ValueError if `array` is not an expression like "np.hypot({0}, {1})".
    """
    row = Operation(name, value, derivatives, sample=sample, symbol=symbol, array=array, doc=doc)
    if row.arity is not None and row.arity != len(sample):
        raise TypeError(
            f"operation {name!r}: its rule takes {row.arity} operand(s) besides z, "
            f"but sample={sample!r} has {len(sample)}"
        )
    local_derivatives = derivatives(value(*row.sample), *row.sample)
    if not isinstance(local_derivatives, tuple) or len(local_derivatives) != len(sample):
        raise TypeError(
            f"operation {name!r}: its rule must return a tuple of {len(sample)} local "
            f"derivative(s), one per operand, got {local_derivatives!r}"
        )
    if array:
        check_spelling(name, array, row.arity)
    OPERATIONS[name] = row
    return row


def to_float(number: object) -> float:
    """Any real number as a Python float: int, float, Fraction, NumPy scalar, 0-d array or tensor.

    Rounded to the nearest float if necessary (such as a longdouble).  A tensor that requires a
    gradient gives only its number, as float(tensor) does: no gradient flows back into its graph.
    Raises a TypeError that names what was given for everything else.
    """
    if isinstance(number, (float, int)):
        return float(number)
    if getattr(number, "shape", None) == () and hasattr(number, "item"):
        number = _item(number)
    is_number = hasattr(type(number), "__float__") and not hasattr(type(number), "apply_operation")
    if is_number and not hasattr(number, "shape"):
        return float(number)  # type: ignore[arg-type]
    raise TypeError(
        f"expected a real number (int, float, or a NumPy scalar), "
        f"got {type(number).__name__}: {_short(number)}. {_remedy(number)}"
    )


def _item(array: Any) -> object:
    """The number in a NumPy scalar or 0-d array; the array itself if it is a date or masked."""
    kind = getattr(getattr(array, "dtype", None), "kind", "")
    if kind in ("M", "m") or getattr(array, "mask", False):
        return array
    return float(array) if kind == "f" else array.item()  # a longdouble's item is a longdouble


def _short(number: object) -> str:
    text = repr(number)
    return text if len(text) <= 60 else text[:57] + "..."


def _remedy(number: object) -> str:
    if hasattr(type(number), "apply_operation"):
        return "It is a Value already: use it as it is, or take its .data for a fresh leaf."
    if isinstance(number, str):
        return "Convert it first: float(text)."
    if isinstance(number, complex):
        return "Only real numbers are supported: take its .real or abs()."
    if hasattr(number, "__len__"):
        return "Make one Value per number: [Value(x) for x in ...]."
    return "Pass a plain number."


def _arity(derivatives: Callable[..., object]) -> int | None:
    parameters = inspect.signature(derivatives).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    return len(parameters) - 1  # the first is z


def _row_called(name: str, answers: tuple[tuple[float, ...], ...]) -> Operation:
    """The row of the table that has this name and gives these results."""
    row = OPERATIONS.get(name)
    if row is None:
        raise ValueError(
            f"the operation {name!r} of a pickled graph is not in the table: define it first, "
            f"with autograd.operation({name!r}, ...)"
        )
    found = row._answers()
    if not all(map(_are_close, found, answers)):
        raise ValueError(
            f"the operation {name!r} of a pickled graph is not the one in the table: at "
            f"{answers[0]} it gave {answers[1]}, the table's gives {found[1]} at {found[0]}. "
            "Define it as it was, or give the new one another name."
        )
    return row


def _are_close(xs: tuple[float, ...], ys: tuple[float, ...]) -> bool:
    """Equal except in the last digits, in which machines differ."""
    return len(xs) == len(ys) and all(
        math.isclose(x, y, rel_tol=1e-9) or (math.isnan(x) and math.isnan(y))
        for x, y in zip(xs, ys)
    )


# --- rules that take more than a line -------------------------------------------------------

TWO_BY_SQRT_PI = 2.0 / math.sqrt(math.pi)
ONE_BY_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)
SQRT_HALF = math.sqrt(0.5)


def _d_pow(z: Number, x: Number, y: Number) -> tuple[Number, Number]:
    """y * x ** (y - 1) and z * log(x), but 0 where the power is flat and the formulas are not.

    At y = 0 the base has derivative 0, even where x ** -1 is inf; at x = 0 the exponent
    has derivative 0 for y >= 0, though log(0) is -inf.
    """
    flat_in_x = equal(y, 0.0)
    flat_in_y = equal(x, 0.0) * (1.0 - greater(0.0, y))
    return y * pow(x, where(flat_in_x, 0.0, y - 1.0)), z * log(where(flat_in_y, 1.0, x))


def _d_silu(z: Number, x: Number) -> tuple[Number]:
    s = sigmoid(x)
    return (s * (1.0 + x * (1.0 - s)),)


def _d_elu(z: Number, x: Number, alpha: Number) -> tuple[Number, Number]:
    """At 0, derivatives of any order are those of the left side; exp never sees an x above 0."""
    below = where(greater(x, 0.0), 0.0, x)
    return where(greater(x, 0.0), 1.0, alpha * exp(below)), expm1(below)


def _d_larger(x: Number, y: Number) -> Number:
    """The derivative of max(x, y) by x: 1 if x is larger, a half at a tie, 0 if y is larger."""
    return 1.0 - greater(y, x) - 0.5 * equal(x, y)


def _d_prod(z: Number, *xs: Number) -> tuple[Number, ...]:
    """For each x the product of all the others, without dividing by x: any of them may be 0."""
    after: list[Number] = [1.0]
    for x in xs[:0:-1]:
        after.append(after[-1] * x)
    products = []
    before: Number = 1.0
    for x in xs:
        products.append(before * after.pop())
        before = before * x
    return tuple(products)


def _d_dot(z: Number, *operands: Number) -> tuple[Number, ...]:
    """The derivative of w1 * x1 + ... + bias by w is x, by x it is w, and by the bias 1."""
    n = len(operands) // 2
    swapped = operands[n : 2 * n] + operands[:n]
    return swapped if len(operands) == 2 * n else (*swapped, 1.0)


def _d_logsumexp(z: Number, *xs: Number) -> tuple[Number, ...]:
    """The softmax exp(x - z), divided by its sum, which is 1 but for the last digit of a large z.

    After the division any shift gives the same result as z: it needs no derivative; peak has none.
    """
    exponentials = [exp(x - peak(z)) for x in xs]
    total = sum(*exponentials)
    return tuple([div(exponential, total) for exponential in exponentials])


def row(name: str, *columns: Any, **named_columns: Any) -> Operation:
    """Write one row of the table below."""
    OPERATIONS[name] = Operation(name, *columns, **named_columns)
    return OPERATIONS[name]


# --- the rows ------------------------------------------------------------------------------
# fmt: off

CONSTANT = Operation(
    "constant", lambda: math.nan, lambda z: (), sample=(), doc="A number that has no gradient.")
"""The operation of a constant: a plain number in an expression, a detached Value, and everything
computed under `no_grad()` or only from constants.  Not in the table: it has no rule."""

# Comparisons come first: the rules below use them.  They are step functions, flat wherever they
# have a derivative.  (A Value's own < and > answer with a Python bool, for Python's own `if`.)

greater = row(
    "greater", ieee.greater, lambda z, x, y: (0.0, 0.0),
    symbol=">", array="({0} > {1}) * 1.0", sample=(0.7, -1.3), doc="1 where x > y, else 0")
equal = row(
    "equal", ieee.equal, lambda z, x, y: (0.0, 0.0),
    symbol="=", array="({0} == {1}) * 1.0", sample=(0.7, -1.3), doc="1 where x = y, else 0")
where = row(
    "where", ieee.where, lambda z, c, x, y: (0.0, 1.0 - equal(c, 0.0), equal(c, 0.0)),
    array="np.where({0} != 0, {1}, {2})", sample=(1.0, 0.7, -1.3),
    doc="x where the condition is not 0, else y; the condition has derivative 0")
choose = row(
    "choose", ieee.choose,
    lambda z, index, *options: (0.0, *[equal(index, float(i)) for i in range(len(options))]),
    sample=(1.0, 0.7, -1.3, 0.2),
    doc="the option that the index (0, 1, ...) picks; the index has derivative 0")

# Arithmetic.

identity = row(
    "identity", float, lambda z, x: (1.0,),
    symbol="+", array="{0}", sample=(0.7,), doc="+x: the same number as a new node")
neg = row(
    "neg", operator.neg, lambda z, x: (-1.0,),
    symbol="-", array="-{0}", sample=(0.7,), doc="-x")
add = row(
    "add", operator.add, lambda z, x, y: (1.0, 1.0),
    symbol="+", array="{0} + {1}", sample=(0.7, -1.3), doc="x + y")
sub = row(
    "sub", operator.sub, lambda z, x, y: (1.0, -1.0),
    symbol="-", array="{0} - {1}", sample=(0.7, -1.3), doc="x - y")
mul = row(
    "mul", operator.mul, lambda z, x, y: (y, x),
    symbol="*", array="{0} * {1}", sample=(0.7, -1.3), doc="x * y")
div: Operation = row(
    "div", ieee.div, lambda z, x, y: (div(1.0, y), -div(z, y)),
    symbol="/", array="{0} / {1}", sample=(0.7, -1.3), doc="x / y; 1/0 is inf, 0/0 is nan")
pow = row(
    "pow", ieee.pow, _d_pow,
    symbol="**", array="{0} ** {1}", sample=(0.7, -1.3),
    doc="x ** y; nan for a negative base to a fractional power; 0 ** 0 is 1 with derivative 0")

# Exponentials, logarithms, roots.

exp = row(
    "exp", ieee.exp, lambda z, x: (z,),
    array="np.exp({0})", sample=(0.7,), doc="e to the power x; inf beyond 709.78")
expm1 = row(
    "expm1", ieee.expm1, lambda z, x: (exp(x),),
    array="np.expm1({0})", sample=(0.7,), doc="exp(x) - 1, exact for small x")
log = row(
    "log", ieee.log, lambda z, x: (div(1.0, x),),
    array="np.log({0})", sample=(0.7,), doc="natural logarithm; log(0) is -inf, nan below 0")
log1p = row(
    "log1p", ieee.log1p, lambda z, x: (div(1.0, x + 1.0),),
    array="np.log1p({0})", sample=(0.7,), doc="log(1 + x), exact for small x")
sqrt = row(
    "sqrt", ieee.sqrt, lambda z, x: (div(0.5, z),),
    array="np.sqrt({0})", sample=(0.7,), doc="square root; derivative inf at 0, nan below")

# Trigonometry, and the error function.

sin = row(
    "sin", ieee.sin, lambda z, x: (cos(x),),
    array="np.sin({0})", sample=(0.7,), doc="sine, x in radians")
cos: Operation = row(
    "cos", ieee.cos, lambda z, x: (-sin(x),),
    array="np.cos({0})", sample=(0.7,), doc="cosine, x in radians")
tan = row(
    "tan", ieee.tan, lambda z, x: (1.0 + z * z,),
    array="np.tan({0})", sample=(0.7,), doc="tangent, x in radians")
tanh = row(
    "tanh", math.tanh, lambda z, x: (1.0 - z * z,),
    array="np.tanh({0})", sample=(0.7,),
    doc="hyperbolic tangent, from -1 to 1; derivative within 1e-16, so 0 beyond |x| = 19")
erf = row(
    "erf", math.erf, lambda z, x: (exp(-x * x) * TWO_BY_SQRT_PI,),
    sample=(0.7,), doc="error function, 2/sqrt(pi) * integral of exp(-t*t) from 0 to x")
erfc = row(
    "erfc", math.erfc, lambda z, x: (-exp(-x * x) * TWO_BY_SQRT_PI,),
    sample=(0.7,), doc="1 - erf(x), exact where erf(x) is nearly 1")

# Activations.

sigmoid = row(
    "sigmoid", ieee.sigmoid, lambda z, x: (z * (1.0 - z),),
    array="1.0 / (1.0 + np.exp(-{0}))", sample=(0.7,),
    doc="1 / (1 + exp(-x)), from 0 to 1; derivative within 1e-16, so 0 beyond x = 37")
softplus = row(
    "softplus", ieee.softplus, lambda z, x: (sigmoid(x),),
    array="np.logaddexp({0}, 0)", sample=(0.7,), doc="log(1 + exp(x)), a smooth relu")
relu = row(
    "relu", ieee.relu, lambda z, x: (greater(x, 0.0),),
    symbol="ReLU", array="np.maximum({0}, 0.0)", sample=(0.7,),
    doc="max(x, 0); derivative 0 at 0 and at nan")
leaky_relu = row(
    "leaky_relu", ieee.leaky_relu,
    lambda z, x, slope: (where(greater(x, 0.0), 1.0, slope), where(greater(x, 0.0), 0.0, x)),
    array="np.where({0} > 0, {0}, {1} * {0})", sample=(-0.7, 0.01),
    doc="x where x > 0, else slope * x; at 0 the derivative is slope")
elu = row(
    "elu", ieee.elu, _d_elu,
    array="np.where({0} > 0, {0}, {1} * np.expm1(np.minimum({0}, 0)))", sample=(-0.7, 1.0),
    doc="x where x > 0, else alpha * (exp(x) - 1) (Clevert et al. 2015); at 0, derivatives of any "
    "order are those of the left side: alpha")
gelu = row(
    "gelu", ieee.gelu,
    lambda z, x: (0.5 * erfc(-x * SQRT_HALF) + x * exp(-0.5 * x * x) * ONE_BY_SQRT_2PI,),
    sample=(0.7,),
    doc="x * P(N(0, 1) <= x), the exact form by erfc (Hendrycks and Gimpel 2016)")
silu = row(
    "silu", ieee.silu, _d_silu,
    array="{0} / (1 + np.exp(-{0}))", sample=(0.7,), doc="x * sigmoid(x), also called swish")

# Kinks.

abs = row(
    "abs", operator.abs, lambda z, x: (greater(x, 0.0) - greater(0.0, x),),
    array="np.abs({0})", sample=(-0.7,), doc="|x|; all derivatives 0 at 0")
maximum = row(
    "maximum", ieee.maximum, lambda z, x, y: (_d_larger(x, y), _d_larger(y, x)),
    symbol="max", array="np.maximum({0}, {1})", sample=(0.7, -1.3),
    doc="the larger operand; at a tie each operand gets half the gradient")
minimum: Operation = row(
    "minimum", ieee.minimum, lambda z, x, y: (_d_larger(y, x), _d_larger(x, y)),
    symbol="min", array="np.minimum({0}, {1})", sample=(0.7, -1.3),
    doc="the smaller operand; at a tie each operand gets half the gradient")

# Of any number of operands.

sum = row(
    "sum", ieee.sum, lambda z, *xs: (1.0,) * len(xs),
    sample=(0.7, -1.3, 0.2), doc="x1 + ... + xn, added from left to right")
mean = row(
    "mean", ieee.mean, lambda z, *xs: (1.0 / len(xs),) * len(xs),
    sample=(0.7, -1.3, 0.2), doc="(x1 + ... + xn) / n")
prod = row(
    "prod", ieee.prod, _d_prod,
    sample=(0.7, -1.3, 0.2), doc="x1 * ... * xn")
dot = row(
    "dot", ieee.dot, _d_dot,
    sample=(0.7, -1.3, 0.2, 0.4, 0.5), doc="bias + w1 * x1 + ... + wn * xn: a neuron's sum")
logsumexp = row(
    "logsumexp", ieee.logsumexp, _d_logsumexp,
    sample=(0.7, -1.3, 0.2), doc="log(exp(x1) + ... + exp(xn)): a smooth maximum")
peak = row(
    "peak", ieee.peak, lambda z, *xs: (0.0,) * len(xs),
    sample=(0.7, -1.3, 0.2),
    doc="the largest operand, made finite, with derivative 0: for shifts that change no result")
