"""Write the rules.  Then: `python -m exercises`.

Each function is a rule as in the library's table of operations: `z` is the operation's result, `x`
and `y` are its operands; return a tuple with one local derivative an operand.  Write them
with arithmetic and autograd's functions (`ag.exp`, not `math.exp`), so that your rule can itself be
differentiated.  `...` means "not done yet".
"""

import autograd as ag  # noqa: F401 - your rules may want it


def add(z, x, y):
    """z = x + y"""
    return (..., ...)


def mul(z, x, y):
    """z = x * y"""
    return (..., ...)


def div(z, x, y):
    """z = x / y"""
    return (..., ...)


def exp(z, x):
    """z = e to the power x.  It needs no exponential: which of z and x is enough?"""
    return (...,)


def tanh(z, x):
    """z = tanh(x).  It can be written with z alone."""
    return (...,)


def sigmoid(z, x):
    """z = 1 / (1 + exp(-x)).  It can be written with z alone."""
    return (...,)


def softplus(z, x):
    """z = log(1 + exp(x)).  You know its derivative by name."""
    return (...,)


def relu(z, x):
    """z = max(x, 0).  `ag.greater(x, 0.0)` is 1 where x > 0 and else 0."""
    return (...,)


def maximum(z, x, y):
    """z = the larger of x and y.  What if they are equal?"""
    return (..., ...)


def power(z, x, y):
    """z = x ** y, for x > 0.  One local derivative for the base, one for the exponent."""
    return (..., ...)


def product_of_three(z, x1, x2, x3):
    """z = x1 * x2 * x3.  Right even where one of them is 0: do not divide."""
    return (..., ..., ...)


def logsumexp_of_two(z, x1, x2):
    """z = log(exp(x1) + exp(x2)).  Right even for x1 = 1000: what is exp(x1 - z)?"""
    return (..., ...)
