"""Pictures of computation graphs, drawn by graphviz.

A reader of the graph: `graph.py`'s traversal and the Values' public attributes are all it needs.
graphviz is imported when the first picture is drawn, not before.
"""

from typing import TYPE_CHECKING

from autograd.graph import topological_order
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.drawing.record import Picture


def draw(
    value: Value,
    *,
    format: str = "svg",
    rankdir: str = "LR",
    local_derivatives: bool = True,
    force: bool = False,
) -> "Picture":
    """A picture of everything that the value was made from: a `graphviz.Digraph`.

    In micrograd's look: a box a Value with label, data and gradient, an oval an operation; on each
    edge the local derivative, d result / d operand.  A notebook shows it inline;
    `.render("name")` writes name.svg (or `format="png"`), `.source` is the DOT text.

    `rankdir`: "LR" from left to right, "TB" from top to bottom.
    Works without a system install (the package graphviz-pure draws); a `dot` on PATH goes first.
    Raises ValueError above 2,000 Values, where nobody could read it, unless `force=True`.
    """
    from autograd.drawing.record import record_picture

    if not isinstance(value, Value):
        raise TypeError(f"draw expects a Value, got {type(value).__name__}: {value!r:.60}")
    return record_picture(value, format, rankdir, local_derivatives, force)


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> "Picture":
    """`draw` under micrograd's name, and without the derivatives on the edges."""
    return draw(root, format=format, rankdir=rankdir, local_derivatives=False)


def trace(root: Value) -> tuple[set[Value], set[tuple[Value, Value]]]:
    """All values behind the root, and all (operand, result) pairs, as micrograd's `trace`."""
    nodes = set(topological_order(root))
    return nodes, {(operand, node) for node in nodes for operand in node.operands}
