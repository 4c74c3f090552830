"""Pictures of computation graphs that people can read, drawn by graphviz.

A reader of the graph: it needs only `graph.py`'s traversal and the Values' public attributes.
graphviz is imported when the first picture is drawn, not before.

    select.py     which values to show
    levels.py     full and compact: one box per Value
    collapsed.py  one box per neuron, layer or group
    scene.py      boxes and arrows, before anything is written
    dot.py        colours, widths, a legend, escaped labels: a scene as DOT text
    picture.py    the `graphviz.Digraph` that is returned;  engine.py: the program that draws it
    notebook.py   the picture in a notebook's cell
    explain.py    why a gradient is what it is: its largest paths
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from autograd.drawing.explain import Explanation, Path, explain
from autograd.drawing.select import between, neighbourhood
from autograd.graph import topological_order
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.drawing.picture import Picture

__all__ = ["Explanation", "Path", "draw", "draw_dot", "explain", "trace"]


def draw(
    value: Value,
    *,
    level: str | None = None,
    focus: Value | None = None,
    depth: int = 3,
    paths: tuple[Value, Value] | None = None,
    open: str | None = None,
    before: Mapping[Value, float] | None = None,
    expand_dot: bool = False,
    local_derivatives: bool = True,
    format: str = "svg",
    rankdir: str = "LR",
    theme: str = "light",
    link: str = "",
    force: bool = False,
) -> "Picture":
    """A picture of everything that the value was made from: a `graphviz.Digraph`.

    A notebook shows it inline; `.render("name.svg")` writes that one file (also .png, and .pdf with
    a system Graphviz), `.source` is the DOT text, `.json()` the graph.

    level       "full": micrograd's record look, with one box per Value (label, data, gradient), one
                oval per operation, and the local derivative on each edge;
                "compact": one small box per Value, with its operation in the box;
                "collapsed": one box per neuron, layer or group, with how often it runs;
                None chooses by size (full up to 60 Values, compact up to 400, else collapsed)
    focus       only the values at most `depth` edges from this one
    paths       (w, loss): only the paths between these two
    open        the name of one group to show in detail inside the collapsed picture
    before      gradients before the latest pass ({value: gradient}), shown beside the new ones
    expand_dot  draw a `dot` node as its products and their sum
    theme       "light" or "dark"
    link        where an SVG box links to if its source line is known (see `track_source`):
                "vscode", "pycharm" or a pattern like "https://example.org/{file}#L{line}".  This
                puts full paths of your machine into the picture, which otherwise has file names

    Colour and width show the gradient: orange above 0, blue below, on a log scale when the range
    is wide.  Works without a system install (the package graphviz-pure draws); a `dot` on PATH is
    preferred.  Raises ValueError if the picture would be unreadable, unless `force=True`.
    """
    from autograd.drawing.show import show

    if not isinstance(value, Value):
        raise TypeError(f"draw expects a Value, got {type(value).__name__}: {value!r:.60}")
    order = None
    if paths is not None:
        start, end = paths
        order = between(start, end)
    if focus is not None:
        order = neighbourhood(value, focus, depth)
    return show(
        value,
        order=order,
        level=level,
        open=open,
        before=before,
        expand_dot=expand_dot,
        local_derivatives=local_derivatives,
        format=format,
        rankdir=rankdir,
        theme=theme,
        link=link,
        force=force,
    )


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> "Picture":
    """`draw` under micrograd's name, without the derivatives on the edges."""
    return draw(root, format=format, rankdir=rankdir, level="full", local_derivatives=False)


def trace(root: Value) -> tuple[set[Value], set[tuple[Value, Value]]]:
    """All values that the root depends on, and all (operand, result) pairs, like micrograd's."""
    nodes = set(topological_order(root))
    return nodes, {(operand, node) for node in nodes for operand in node.operands}
