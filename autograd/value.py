"""Value: a number that remembers how it was made.

Arithmetic on Values builds a graph.  Each node keeps its operation (a row of the table in
`ops.py`) and its operands.  `backward()` walks that graph from the output to the leaves and
multiplies by the chain rule as it goes:

    gradient of operand  +=  local derivative  *  gradient of node

To see it happen, stop a debugger in `backward_step` (in `backward.py`): that one function is the
whole of backpropagation.  Everything else that is done with a graph (pictures, walks, compiled
code) is a reader of these same attributes, in a file of its own.
"""

from collections.abc import Callable
from typing import Any, SupportsFloat

from autograd import anomaly, contexts, ops, recording
from autograd.backward import backward, backward_step, differentiate
from autograd.breakpoints import Breakpoint
from autograd.graph import topological_order
from autograd.hooks import Hook
from autograd.ops import CONSTANT, Operation, to_float

NO_GRADIENT = float("0.0")
"""The gradient of a Value that no backward pass has reached: zero, and known by its identity."""

new = object.__new__


def _function(op: Operation) -> Callable[["Value"], "Value"]:
    """The method v.exp(), say, of an operation of one operand: record(op, (self,)), for speed."""
    value, derivatives = op.value, op.derivatives

    def method(self: "Value") -> "Value":
        if contexts.contexts_open or self.op is CONSTANT:
            return record(op, (self,))
        x = self.data
        node = new(Value)
        node.data = z = value(x)
        node.grad = NO_GRADIENT
        node.op = op
        node.operands = (self,)
        node.local_derivatives = derivatives(z, x)
        node.label = ""
        node.notes = None
        return node

    method.__name__ = method.__qualname__ = op.name
    method.__doc__ = op.__doc__
    return method


def _arithmetic(op: Operation) -> Callable[["Value", Any], "Value"]:
    """The method behind an operator: record(op, (self, other)), written out for speed.

    Most nodes of most graphs are made here.
    """
    value, derivatives = op.value, op.derivatives

    def method(self: "Value", other: Any) -> "Value":
        if type(other) is not Value:
            other = constant(other)
        if contexts.contexts_open or (self.op is CONSTANT and other.op is CONSTANT):
            return record(op, (self, other))
        x = self.data
        y = other.data
        node = new(Value)
        node.data = z = value(x, y)
        node.grad = NO_GRADIENT
        node.op = op
        node.operands = (self, other)
        node.local_derivatives = derivatives(z, x, y)
        node.label = ""
        node.notes = None
        return node

    method.__name__ = method.__qualname__ = op.name
    method.__doc__ = op.__doc__
    return method


class Value:
    """A number in a computation graph.

    `data`      the number, a float
    `grad`      d output / d self, after `output.backward()`
    `op`        the operation that made it, a row of the table; None for a leaf
    `operands`  the Values that it was made from, in order; () for a leaf
    `local_derivatives`  d self / d operand, one an operand: numbers, by the table's rule
    `label`     a name for pictures, walks and messages

    A leaf is what you make with `Value(2.0)`.  Leaves add up gradient over several backward
    passes, until you set `grad` to 0; all other nodes start each pass afresh (PyTorch's rule).
    """

    __slots__ = ("data", "grad", "label", "local_derivatives", "notes", "op", "operands")
    __array_ufunc__ = None  # np.float64(2) * v asks v, instead of making an object array

    data: float
    grad: float
    op: Operation | None
    operands: tuple["Value", ...]
    local_derivatives: tuple[float, ...]
    label: str
    notes: recording.Notes | None

    def __init__(self, data: SupportsFloat, label: str = "") -> None:
        self.data = data if type(data) is float else to_float(data)
        self.grad = NO_GRADIENT
        self.op = None
        self.operands = ()
        self.local_derivatives = ()
        self.label = label
        self.notes = recording.notes_of_leaf() if contexts.contexts_open else None

    # --- reading the graph ----------------------------------------------------------------

    @property
    def is_leaf(self) -> bool:
        """Made by you, not by an operation, and differentiable."""
        return self.op is None

    @property
    def is_constant(self) -> bool:
        """Without a gradient: a plain number in an expression, detached, or under no_grad."""
        return self.op is CONSTANT

    @property
    def has_gradient(self) -> bool:
        """Whether a backward pass (or you) has set `grad` yet: before that it only reads as 0."""
        return self.grad is not NO_GRADIENT

    @property
    def source(self) -> recording.Source | None:
        """The line of your code that made this node, if it was made under `track_source()`."""
        return self.notes.source if self.notes is not None else None

    @property
    def group(self) -> tuple[str, ...]:
        """The named parts of the model it was made in (`with group(...)`), outermost first."""
        return self.notes.group if self.notes is not None else ()

    # --- gradients ------------------------------------------------------------------------

    def backward(self, create_graph: bool = False) -> None:
        """Fill in `grad`, d self / d value, of every value that this one was made from.

        Leaves accumulate: a second call adds to their gradients.  All other nodes start afresh
        at each call.  On a leaf it sets that leaf's gradient to 1.  With `create_graph=True` the
        gradients are Values with a graph of their own, to be differentiated again
        (`x.grad.backward()`); for that, `autograd.grad` is usually the easier way.

        Time is linear in the number of edges; no recursion, so any depth will do.
        Raises RuntimeError on a constant, which has no graph: a detached value, or one made
        under `no_grad()` or from plain numbers alone.
        """
        if self.op is CONSTANT:
            raise RuntimeError(
                f"backward() on a constant, {self!r}: it was detached, or made under no_grad() "
                "or from plain numbers alone, so no Value leads to it. Build it from Values, "
                "outside of no_grad()."
            )
        if create_graph:
            _keep_gradients(self, differentiate(self))
        else:
            backward(self)

    def detach(self) -> "Value":
        """The same number as a constant, cut off from the graph: no gradient flows through."""
        return constant(self.data, self.label)

    def register_hook(self, hook: Callable[[float], float | None]) -> "Hook":
        """Call hook(gradient) in each backward pass, once this value's gradient is complete.

        What the hook returns, unless None, takes the gradient's place before it flows on.  For a
        leaf the hook sees what this one pass adds.  `handle.remove()` on the result ends it.
        """
        return Hook(self, hook)

    def breakpoint(self, condition: "Callable[[Value], Any] | None" = None) -> Breakpoint:
        """Stop in the debugger when this value's turn in the backward pass comes.

        With a condition, only if condition(self) holds then, its gradient being complete:
        `w.breakpoint(lambda w: abs(w.grad) > 10)`.  `remove()` on the result ends it.
        """
        return Breakpoint(self, condition)

    # --- arithmetic -----------------------------------------------------------------------

    __add__ = _arithmetic(ops.add)
    __sub__ = _arithmetic(ops.sub)
    __mul__ = _arithmetic(ops.mul)
    __truediv__ = _arithmetic(ops.div)
    __pow__ = _arithmetic(ops.pow)

    def __radd__(self, other: Any) -> "Value":  # a plain number on the left
        return constant(other) + self

    def __rsub__(self, other: Any) -> "Value":
        return constant(other) - self

    def __rmul__(self, other: Any) -> "Value":
        return constant(other) * self

    def __rtruediv__(self, other: Any) -> "Value":
        return constant(other) / self

    def __rpow__(self, other: Any) -> "Value":
        return constant(other) ** self

    def __neg__(self) -> "Value":
        return record(ops.neg, (self,))

    def __pos__(self) -> "Value":
        return record(ops.identity, (self,))

    def __abs__(self) -> "Value":
        return record(ops.abs, (self,))

    # --- functions of one operand (see the table for each) ----------------------------------

    exp = _function(ops.exp)
    expm1 = _function(ops.expm1)
    log = _function(ops.log)
    log1p = _function(ops.log1p)
    sqrt = _function(ops.sqrt)
    sin = _function(ops.sin)
    cos = _function(ops.cos)
    tan = _function(ops.tan)
    tanh = _function(ops.tanh)
    erf = _function(ops.erf)
    erfc = _function(ops.erfc)
    sigmoid = _function(ops.sigmoid)
    softplus = _function(ops.softplus)
    relu = _function(ops.relu)
    gelu = _function(ops.gelu)
    silu = _function(ops.silu)
    abs = _function(ops.abs)

    def leaky_relu(self, negative_slope: SupportsFloat = 0.01) -> "Value":
        return record(ops.leaky_relu, (self, constant(negative_slope)))

    def elu(self, alpha: SupportsFloat = 1.0) -> "Value":
        return record(ops.elu, (self, constant(alpha)))

    @staticmethod
    def apply_operation(op: Operation, operands: tuple[object, ...]) -> "Value":
        """A row of the table called on operands of which at least one is a Value."""
        return record(op, tuple([x if type(x) is Value else constant(x) for x in operands]))

    # --- as a number ------------------------------------------------------------------------
    # Equality and hash are by identity: two nodes are the same node or they are not.

    def __lt__(self, other: Any) -> bool:
        return self.data < constant(other).data

    def __le__(self, other: Any) -> bool:
        return self.data <= constant(other).data

    def __gt__(self, other: Any) -> bool:
        return self.data > constant(other).data

    def __ge__(self, other: Any) -> bool:
        return self.data >= constant(other).data

    def __bool__(self) -> bool:
        return self.data != 0.0

    def __float__(self) -> float:
        return float(self.data)

    def __int__(self) -> int:
        return int(self.data)

    def __round__(self, digits: int | None = None) -> float:
        return round(self.data, digits)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        op = f", op={self.op.name}" if self.op is not None else ""
        return f"Value(data={self.data!r}, grad={self.grad!r}{op}{label})"

    def __deepcopy__(self, copies: dict[int, Any]) -> "Value":
        """A copy of the whole graph behind this value, made without recursion."""
        for node in topological_order(self):
            if id(node) not in copies:
                copy = copies[id(node)] = new(Value)
                for name in Value.__slots__:
                    setattr(copy, name, getattr(node, name))
                copy.operands = tuple([copies[id(operand)] for operand in node.operands])
        result: Value = copies[id(self)]
        return result

    # --- under the names of micrograd and microgpt --------------------------------------------

    @property
    def _prev(self) -> set["Value"]:
        return set(self.operands)

    @property
    def _op(self) -> str:
        return self.op.symbol if self.op is not None and self.operands else ""

    def _backward(self) -> None:
        """Push this node's gradient to its operands, as `backward()` does node after node."""
        if self.operands:
            backward_step(self)

    @property
    def _children(self) -> tuple["Value", ...]:
        return self.operands

    @property
    def _local_grads(self) -> tuple[float, ...]:
        return self.local_derivatives


def _keep_gradients(output: Value, gradients: dict[Value, Any]) -> None:
    for value, gradient in gradients.items():
        accumulates = value.is_leaf and value is not output and value.has_gradient
        value.grad = constant(value.grad + gradient if accumulates else gradient)  # type: ignore[assignment]


# --- making nodes -----------------------------------------------------------------------------


def record(op: Operation, operands: tuple[Value, ...]) -> Value:
    """Compute op(*operands) and add the result to the graph.

    From constants alone comes a constant, without a graph: nothing could flow back.
    """
    numbers = [operand.data for operand in operands]
    data = op.value(*numbers)
    if type(data) is not float:
        data = to_float(data)  # a user's row may return an int or a NumPy scalar
    notes = None
    if contexts.contexts_open:
        state = contexts.state()
        if state.detects_anomaly:
            anomaly.check_value(op, data, operands)
        if not state.builds_graph:
            return constant(data)
        notes = recording.notes_for_node(state)
    for operand in operands:
        if operand.op is not CONSTANT:
            break
    else:
        return constant(data)
    node = new(Value)
    node.data = data
    node.grad = NO_GRADIENT
    node.op = op
    node.operands = operands
    node.local_derivatives = op.derivatives(data, *numbers)
    node.label = ""
    node.notes = notes
    return node


def constant(number: Any, label: str = "") -> Value:
    """A plain number as an operand: a Value without a gradient.  A Value comes back as it is."""
    if isinstance(number, Value):
        return number
    node = Value(number, label)
    node.op = CONSTANT
    return node
