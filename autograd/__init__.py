"""stepgrad: scalar automatic differentiation that can be seen, stepped through and compiled.

Importing this package loads only the standard library.
"""

from autograd.breakpoints import stop_when
from autograd.checks import gradcheck
from autograd.compiling import compile
from autograd.drawing import draw, draw_dot, explain, trace
from autograd.functions import (
    choose,
    dot,
    elu,
    leaky_relu,
    log_softmax,
    logsumexp,
    mean,
    prod,
    softmax,
    sum,
    where,
)
from autograd.graph import topological_order
from autograd.neighbours import warn_of_neighbours
from autograd.ops import (
    OPERATIONS,
    Operation,
    abs,
    cos,
    equal,
    erf,
    erfc,
    exp,
    expm1,
    gelu,
    greater,
    log,
    log1p,
    maximum,
    minimum,
    operation,
    peak,
    relu,
    sigmoid,
    silu,
    sin,
    softplus,
    sqrt,
    tan,
    tanh,
)
from autograd.recording import detect_anomaly, group, no_grad, track_source
from autograd.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd.value import Value, constant
from autograd.walking import TrainingRun, walk

__version__ = "0.1.0"

warn_of_neighbours()

__all__ = [
    "OPERATIONS",
    "Operation",
    "TrainingRun",
    "Value",
    "abs",
    "choose",
    "compile",
    "constant",
    "cos",
    "detect_anomaly",
    "dot",
    "draw",
    "draw_dot",
    "elu",
    "equal",
    "erf",
    "erfc",
    "exp",
    "explain",
    "expm1",
    "gelu",
    "grad",
    "gradcheck",
    "greater",
    "group",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "leaky_relu",
    "log",
    "log1p",
    "log_softmax",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "no_grad",
    "operation",
    "peak",
    "prod",
    "relu",
    "sigmoid",
    "silu",
    "sin",
    "softmax",
    "softplus",
    "sqrt",
    "stop_when",
    "sum",
    "tan",
    "tanh",
    "topological_order",
    "trace",
    "track_source",
    "value_and_grad",
    "vjp",
    "walk",
    "where",
]
