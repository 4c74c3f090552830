"""The graph as its readers see it, and the one traversal that all of them share."""

from typing import Any, Protocol, TypeVar


class HasOperands(Protocol):
    """Anything that remembers its operands."""

    @property
    def operands(self) -> tuple["HasOperands", ...]: ...


class Node(Protocol):
    """What the backward pass reads and writes of a Value (see `value.py`)."""

    data: float
    grad: Any
    label: str
    notes: Any

    @property
    def op(self) -> Any: ...
    @property
    def operands(self) -> tuple["Node", ...]: ...
    @property
    def local_derivatives(self) -> Any: ...
    @property
    def is_constant(self) -> bool: ...


NO_GRADIENT = float("0.0")
"""The gradient of a node that no backward pass has reached: zero, recognised by identity, which
copies and pickles keep.  (A separate flag would cost each node a slot and a store.)"""

N = TypeVar("N", bound=HasOperands)


def topological_order(*outputs: N) -> list[N]:
    """All values that the outputs depend on, including the outputs, operands before users.

    Depth first, without recursion: a graph may be a million deep.  The order depends only on the
    graph, so every run adds up the same floats in the same order.
    Time and memory are linear in the number of edges.
    """
    order: list[N] = []
    seen: set[N] = set()
    path: list[N] = []  # entered, waiting for their operands to be done
    stack: list[N | None] = list(reversed(outputs))  # None: the last of the path is done
    while stack:
        node = stack.pop()
        if node is None:
            order.append(path.pop())
        elif node not in seen:
            seen.add(node)
            path.append(node)
            stack.append(None)
            for operand in reversed(node.operands):  # the first ends on top
                if operand not in seen:
                    if operand.operands:
                        stack.append(operand)  # type: ignore[arg-type]
                    else:  # a leaf waits for nothing
                        seen.add(operand)  # type: ignore[arg-type]
                        order.append(operand)  # type: ignore[arg-type]
    return order
