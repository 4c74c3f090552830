"""Nodes made by hand, as lectures on micrograd and microgpt make them.

    out = Value(t, (x,), "tanh")              micrograd: your function pushes the gradient
    def _backward(): x.grad += (1 - t * t) * out.grad
    out._backward = _backward

    out = Value(t, (x,), (1 - t * t,))        microgpt: you give the local derivatives

Such a node takes part in `backward()`, pictures and walks.  It has no rule, so it can neither be
differentiated twice nor compiled: for that, add a row to the table with `operation(...)`.
"""

import functools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, NoReturn, overload

from autograd.graph import Node
from autograd.ops import Operation, to_float


class ByHand(Operation):
    """The row of a node made by hand: a name for pictures and messages, without mathematics."""

    def __init__(self, name: str) -> None:
        super().__init__(name or "made by hand", self.refuse, self.refuse, sample=())

    def refuse(self, *numbers: Any) -> NoReturn:
        """Stands in for its value and its rule, which it does not have."""
        raise TypeError(
            f"the operation {self.name!r} of a node made by Value(data, children, ...) has no rule "
            "that could be differentiated again or compiled: define it with autograd.operation("
            f"{self.name!r}, value, derivatives, sample=...)"
        )

    def __reduce__(self) -> Any:
        return by_hand, ("" if self.name == "made by hand" else self.name,)


@functools.cache
def by_hand(name: str) -> ByHand:
    """The row with that name, shared by all nodes that have it."""
    return ByHand(name)


class Making(NamedTuple):
    """The arguments of a constructor in micrograd's or microgpt's style."""

    children: tuple[Any, ...]
    op: str
    local_grads: tuple[float, ...] | None


def making(children: Iterable[Any], op: Any, local_grads: Iterable[Any]) -> Making:
    """From the arguments after `data`, where `op` may be the local derivatives instead.

    Raises TypeError unless there is one local derivative per child.
    """
    if not isinstance(op, str):
        op, local_grads = "", op
    if not isinstance(children, Iterable):
        raise TypeError(f"Value: children are a tuple of Values, got {children!r:.60}")
    operands, numbers = tuple(children), tuple([to_float(x) for x in local_grads])
    if numbers and len(numbers) != len(operands):
        raise TypeError(
            f"Value: {len(operands)} children need as many local derivatives, got {numbers!r:.60}"
        )
    if not numbers:  # micrograd keeps a set: its function sees each child once
        operands = tuple(dict.fromkeys(operands))
    return Making(operands, op, numbers or None)


class Probed(Sequence[float]):
    """The local derivatives of a node with your own `_backward`, computed when a reader asks.

    The function runs once more, with gradient 1 at the node and 0 at its operands; what it adds to
    each operand is the local derivative.  Afterwards all gradients are as they were.
    """

    def __init__(self, node: Node) -> None:
        self.node = node

    def contributions(self, upstream: float) -> tuple[float, ...]:
        """What the function adds to each operand; nan if none has been assigned."""
        node = self.node
        function = node.notes.backward
        if function == self.missing:
            return (float("nan"),) * len(node.operands)
        earlier = [(value, value.grad) for value in (node, *node.operands)]
        try:
            for operand in node.operands:
                operand.grad = 0.0
            node.grad = upstream
            function()
            return tuple([operand.grad for operand in node.operands])
        finally:
            for value, gradient in earlier:
                value.grad = gradient

    def missing(self) -> None:
        """Its `_backward` until one is assigned."""
        node = self.node
        raise RuntimeError(
            f"backward() at {node!r}: it was made by Value(data, children, op), and nothing was "
            "assigned to its _backward, so its gradient would end here. Assign a function that "
            "adds to the gradients of its children."
        )

    @overload
    def __getitem__(self, i: int) -> float: ...
    @overload
    def __getitem__(self, i: slice) -> Sequence[float]: ...
    def __getitem__(self, i: int | slice) -> float | Sequence[float]:
        return self.contributions(1.0)[i]

    def __len__(self) -> int:
        return len(self.node.operands)

    def __iter__(self) -> Any:
        return iter(self.contributions(1.0))


def local_derivatives_at(node: Node, upstream: float) -> Sequence[float]:
    """For each operand what the node adds to it, divided by the node's gradient.

    Your own function is evaluated at this gradient: it need not be linear (it may clip).
    """
    local_derivatives: Sequence[float] = node.local_derivatives
    if isinstance(local_derivatives, Probed) and upstream != 0.0:
        return [x / upstream for x in local_derivatives.contributions(upstream)]
    return local_derivatives
