"""Walking the graph: the one traversal that the backward pass and every other reader share."""

from typing import Protocol, TypeVar


class Node(Protocol):
    """Anything that remembers its operands."""

    @property
    def operands(self) -> tuple["Node", ...]: ...


N = TypeVar("N", bound=Node)


def topological_order(*outputs: N) -> list[N]:
    """All values that the outputs were made from, the outputs included, operands before users.

    Depth first, without recursion: a graph may be a million deep.  The order depends on
    nothing but the graph, so every run adds up the same floats in the same order.
    Time and memory are linear in the number of edges.
    """
    order: list[N] = []
    seen: set[N] = set()
    path: list[N] = []  # entered, and waiting for their operands to be done
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
                    else:  # a leaf waits for nobody
                        seen.add(operand)  # type: ignore[arg-type]
                        order.append(operand)  # type: ignore[arg-type]
    return order
