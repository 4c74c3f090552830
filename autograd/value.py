"""Value: a number that remembers how it was made.

Arithmetic on Values builds a graph.  Each node keeps its operation (a row of the table in
`ops.py`) and its operands.  `backward()` walks that graph from the output to the leaves and
multiplies by the chain rule as it goes:

    gradient of operand  +=  local derivative  *  gradient of node

To see it happen, set a breakpoint in `backward_step` (in `backward.py`): that one function is all
there is to backpropagation.  Everything else that is done with a graph (pictures, walks, compiled
code) is a reader of these same attributes, in its own file.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, SupportsFloat, overload

from autograd import anomaly, contexts, copying, ops, recording
from autograd.backward import backward, backward_step, differentiate
from autograd.breakpoints import Breakpoint
from autograd.by_hand import Making, Probed, by_hand, making
from autograd.graph import NO_GRADIENT
from autograd.hooks import Hook
from autograd.methods import function, install, operator, reflected
from autograd.ops import CONSTANT, Operation, to_float
from autograd.passes import Pass

new = object.__new__


class Value:
    """A number in a computation graph.

    `data`      the number, a float (an assignment is not converted, so assign floats)
    `grad`      d output / d self, after `output.backward()`
    `op`        the operation that made it, a row of the table; None for a leaf
    `operands`  the Values that it was made from, in order; () for a leaf
    `local_derivatives`  d self / d operand, one number per operand, by the table's rule
    `label`     a name for pictures, walks and messages

    `Value(2.0)` makes a leaf.  Leaves add up gradient over several backward passes, until you set
    `grad` to 0 (or None); all other nodes start each pass from 0 (PyTorch's rule).
    `Value(data, children, ...)` makes a node by hand: see `by_hand.py`.

    To add methods and attributes, write a subclass: its arithmetic gives values of the subclass
    (without calling its `__init__`).
    """

    __slots__ = ("data", "grad", "label", "local_derivatives", "notes", "op", "operands")
    __array_ufunc__ = None  # np.float64(2) * v calls v's method instead of making an object array

    data: float
    grad: float
    op: Operation | None
    operands: tuple["Value", ...]
    local_derivatives: Sequence[float]
    label: str
    notes: recording.Notes | None

    @overload
    def __init__(self, data: SupportsFloat, label: str = "") -> None: ...
    @overload
    def __init__(
        self,
        data: SupportsFloat,
        children: Iterable[Any] = (),
        op: str | Iterable[float] = "",
        label: str = "",
        local_grads: Iterable[float] = (),
        _children: Iterable[Any] = (),
        _op: str = "",
    ) -> None: ...
    def __init__(  # type: ignore[misc]  # of the first form, only `label` has another place
        self,
        data: Any,
        children: Any = (),
        op: Any = "",
        label: str = "",
        local_grads: Any = (),
        _children: Any = (),
        _op: str = "",
    ) -> None:
        self.data = data if type(data) is float else to_float(data)
        self.grad = NO_GRADIENT
        self.op = None
        self.operands = self.local_derivatives = ()
        self.label = label
        self.notes = recording.notes_of_leaf() if contexts.contexts_open else None
        if children or _children:
            if isinstance(children, str):
                self.label = children
            else:
                self._make_by_hand(making(children or _children, op or _op, local_grads))

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        install(cls, record, constant)

    # --- reading the graph ----------------------------------------------------------------

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by you, not by an operation, and can have a gradient."""
        return self.op is None

    @property
    def is_constant(self) -> bool:
        """Whether it has no gradient: a plain number, detached, or made under no_grad."""
        return self.op is CONSTANT

    @property
    def has_gradient(self) -> bool:
        """Whether a backward pass (or you) has set `grad` yet: before that it only reads as 0."""
        return self.grad is not NO_GRADIENT and self.grad is not None

    @property
    def source(self) -> recording.Source | None:
        """The line of your code that made this node, if that happened under `track_source()`."""
        return self.notes.source if self.notes is not None else None

    @property
    def group(self) -> tuple[str, ...]:
        """The named parts of the model that it was made in (`with group(...)`), outermost first."""
        return self.notes.group if self.notes is not None else ()

    # --- gradients ------------------------------------------------------------------------

    def backward(self, create_graph: bool = False) -> None:
        """Fill in `grad`, d self / d value, of every value that this one was made from.

        Leaves accumulate: a second call adds to their gradients.  All other nodes start from 0
        at each call.  On a leaf it sets that leaf's gradient to 1.  With `create_graph=True` the
        gradients are Values with their own graph, which can be differentiated again
        (`x.grad.backward()`); `autograd.grad` is usually the easier way to do that.

        Time is linear in the number of edges; no recursion, so any depth works.
        Raises RuntimeError on a constant, which has no graph: a detached value, or one made
        under `no_grad()` or only from plain numbers.
        """
        if self.op is CONSTANT:
            raise RuntimeError(
                f"backward() on a constant, {self!r}: it was detached, or made under no_grad() "
                "or only from plain numbers, so no Value leads to it. Build it from Values, "
                "outside no_grad()."
            )
        if create_graph:
            _keep_gradients(self, differentiate(self))
        else:
            backward(self)

    def detach(self) -> "Value":
        """The same number as a constant, cut off from the graph: no gradient flows through it."""
        return constant(self.data, self.label)

    def register_hook(self, hook: Callable[[float], float | None]) -> "Hook":
        """Call hook(gradient) in each backward pass, once this value's gradient is complete.

        What the hook returns, unless None, replaces the gradient before it flows on.  For a leaf
        the hook sees what this one pass adds.  Call `remove()` on the result to remove it.
        """
        return Hook(self, hook)

    def breakpoint(self, condition: "Callable[[Value], Any] | None" = None) -> Breakpoint:
        """Stop in the debugger when this value's turn in the backward pass comes.

        With a condition, only if condition(self) holds once its gradient is complete:
        `w.breakpoint(lambda w: abs(w.grad) > 10)`.  Call `remove()` on the result to delete it.
        """
        return Breakpoint(self, condition)

    # --- arithmetic -----------------------------------------------------------------------

    __add__ = operator(ops.add)
    __sub__ = operator(ops.sub)
    __mul__ = operator(ops.mul)
    __truediv__ = operator(ops.div)
    __pow__ = operator(ops.pow)
    __radd__ = reflected(ops.add)
    __rsub__ = reflected(ops.sub)
    __rmul__ = reflected(ops.mul)
    __rtruediv__ = reflected(ops.div)
    __rpow__ = reflected(ops.pow)
    __neg__ = function(ops.neg)
    __pos__ = function(ops.identity)
    __abs__ = function(ops.abs)

    # --- functions of one operand (see the table for each) ----------------------------------

    exp = function(ops.exp)
    expm1 = function(ops.expm1)
    log = function(ops.log)
    log1p = function(ops.log1p)
    sqrt = function(ops.sqrt)
    sin = function(ops.sin)
    cos = function(ops.cos)
    tan = function(ops.tan)
    tanh = function(ops.tanh)
    erf = function(ops.erf)
    erfc = function(ops.erfc)
    sigmoid = function(ops.sigmoid)
    softplus = function(ops.softplus)
    relu = function(ops.relu)
    gelu = function(ops.gelu)
    silu = function(ops.silu)
    abs = function(ops.abs)

    def leaky_relu(self, negative_slope: SupportsFloat = 0.01) -> "Value":
        return record(ops.leaky_relu, (self, constant(negative_slope)))

    def elu(self, alpha: SupportsFloat = 1.0) -> "Value":
        return record(ops.elu, (self, constant(alpha)))

    @staticmethod
    def apply_operation(op: Operation, operands: tuple[object, ...]) -> "Value":
        """A row of the table called on operands, at least one of which is a Value."""
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

    # --- copies -----------------------------------------------------------------------------

    def __copy__(self) -> "Value":
        """A new node made from the same operands; for a leaf, another leaf."""
        copy: Value = copying.copied(self, self.operands)
        return copy

    def __deepcopy__(self, copies: dict[int, Any]) -> "Value":
        """A copy of this value's whole graph."""
        copy: Value = copying.deep_copied(self, copies)
        return copy

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return copying.reduced(self)

    # --- under the names of micrograd and microgpt --------------------------------------------

    @property
    def _prev(self) -> set["Value"]:
        return set(self.operands)

    @property
    def _op(self) -> str:
        return self.op.symbol if self.op is not None and self.operands else ""

    @property
    def _backward(self) -> Callable[[], Any]:
        """Push this node's gradient to its operands, as `backward()` does node after node."""
        if self.notes is not None and self.notes.backward is not None:
            return self.notes.backward
        return self._push

    @_backward.setter
    def _backward(self, function: Callable[[], Any]) -> None:
        if self.op is CONSTANT:
            return  # without a graph nothing flows back
        if self.operands and not isinstance(self.local_derivatives, Probed):
            self.op = by_hand(self._op)
            self.operands = tuple(dict.fromkeys(self.operands))
            self.local_derivatives = Probed(self)
        self.notes = (self.notes or recording.Notes())._replace(backward=function)

    def _push(self) -> None:
        if self.operands:
            backward_step(self)

    def _make_by_hand(self, made: Making) -> None:
        operands = tuple([constant(child) for child in made.children])
        row, state = by_hand(made.op), contexts.state()
        if state.detects_anomaly:
            anomaly.check_value(row, self.data, operands)
        if not operands:
            return  # a leaf, as in micrograd
        if not state.builds_graph or all(operand.op is CONSTANT for operand in operands):
            self.op = CONSTANT
            return
        self.op, self.operands = row, operands
        if made.local_grads is not None:
            self.local_derivatives = made.local_grads
        else:
            probed = self.local_derivatives = Probed(self)
            self.notes = (self.notes or recording.Notes())._replace(backward=probed.missing)

    @property
    def _children(self) -> tuple["Value", ...]:
        return self.operands

    @property
    def _local_grads(self) -> tuple[float, ...]:
        return tuple(self.local_derivatives)


def _keep_gradients(output: Value, gradients: dict[Any, Any]) -> None:
    with Pass(list(gradients)):
        for value, gradient in gradients.items():
            accumulates = value.is_leaf and value is not output and value.has_gradient
            value.grad = constant(value.grad + gradient if accumulates else gradient)


# --- making nodes -----------------------------------------------------------------------------


def record(op: Operation, operands: tuple[Value, ...]) -> Value:
    """Compute op(*operands) and add the result to the graph.

    Constants alone give a constant, without a graph: nothing could flow back.
    """
    numbers = [operand.data for operand in operands]
    data = op.value(*numbers)
    if type(data) is not float:
        data = to_float(data)  # a user's row may return an int or a NumPy scalar
    builds_graph, notes = True, None
    if contexts.contexts_open:
        state = contexts.state()
        builds_graph, notes = state.builds_graph, recording.notes_for_node(state)
        if state.detects_anomaly:
            anomaly.check_value(op, data, operands)
    for operand in operands:
        if operand.op is not CONSTANT:
            break
    else:
        builds_graph = False
    node = new(type(operand))
    node.data = data
    node.grad = NO_GRADIENT
    if builds_graph:
        node.op = op
        node.operands = operands
        node.local_derivatives = op.derivatives(data, *numbers)
    else:
        node.op = CONSTANT
        node.operands = node.local_derivatives = ()
    node.label = ""
    node.notes = notes
    return node


def constant(number: Any, label: str = "") -> Value:
    """A plain number as an operand: a Value without a gradient.  A Value comes back as it is."""
    if isinstance(number, Value):
        return number
    node = new(Value)
    node.data = number if type(number) is float else to_float(number)
    node.grad = NO_GRADIENT
    node.op = CONSTANT
    node.operands = node.local_derivatives = ()
    node.label = label
    node.notes = recording.notes_of_leaf() if contexts.contexts_open else None
    return node


install(Value, record, constant)
