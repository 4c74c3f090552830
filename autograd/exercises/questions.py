"""Replace the dots.  Then check your work:  python -m autograd exercises

`...` means "not done yet".  The checker tells you where an answer is wrong, and often why.  You can
do the exercises in any order; a mistake in one of them does not disturb the others.
"""

import autograd as ag  # noqa: F401 - your rules may want it

# Part 1: derivative rules.  Each function is a rule as in the library's table of operations: `z`
# is the operation's result, `x` and `y` are its operands.  Return a tuple with one local derivative
# per operand, in the order of the operands.  Use arithmetic and autograd's functions (ag.exp, not
# math.exp): then your rule can itself be differentiated.


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
    """z = x1 * x2 * x3.  It must hold even where one of them is 0: do not divide."""
    return (..., ..., ...)


def logsumexp_of_two(z, x1, x2):
    """z = log(exp(x1) + exp(x2)).  It must hold even for x1 = 1000: what is exp(x1 - z)?"""
    return (..., ...)


# Part 2: the backward pass.  Here `node`, `output` and the parameters are Values.  A node has
# node.data, node.grad, node.operands, and node.local_derivatives (numbers, one per operand).


def gradient_of_reused_value(uses):
    """A value is used several times.  What is its gradient?

    `uses` is a list with one pair (local derivative, upstream gradient) per use.
    """
    return ...


def backward_step(node):
    """The chain rule at one node: node.grad is complete, pass it on.

    Change the `grad` of each operand; return nothing.  An operand may be used
    elsewhere too, and it may stand in node.operands twice.
    """
    ...


def topological_order(output):
    """A list of all values that `output` was made from, itself included, each once.

    A value comes after all of its operands.  The backward pass reads the list from
    its end.
    """
    return ...


# Part 3: training.


def zero_gradients(parameters):
    """Set the gradient of each parameter to 0, as before each backward pass."""
    ...


def descend(parameters, rate):
    """One step of gradient descent: move each `data` against its gradient."""
    ...


def training_step(loss_of, parameters, rate):
    """One whole training step.  `loss_of()` computes the loss again, a Value.

    Four things must happen, in the right order; you may call the two functions
    above.
    """
    ...
