"""The record look of micrograd: a box with label, data and gradient, an oval an operation."""

from typing import Any

import graphviz

from autograd.drawing.engine import MISSING, use_engine
from autograd.graph import topological_order
from autograd.value import Value

READABLE = 2_000  # Values; beyond, layout takes minutes and nobody can read it

CONSTANT_FILL = "#eeeeee"
LEAF_FILL = "#dcebf7"  # what a training moves
OUTPUT_FILL = "#fdebd0"


class Picture(graphviz.Digraph):  # type: ignore[misc]
    """A `graphviz.Digraph` that finds its engine by itself, and says clearly when there is none."""

    def pipe(self, *args: Any, **kwargs: Any) -> Any:
        if not use_engine():
            raise RuntimeError(MISSING)
        return super().pipe(*args, **kwargs)

    def render(self, *args: Any, **kwargs: Any) -> Any:
        if not use_engine():
            raise RuntimeError(MISSING)
        return super().render(*args, **kwargs)

    def _repr_mimebundle_(self, *args: Any, **kwargs: Any) -> dict[str, str]:
        """For notebooks: SVG, or the DOT text where nothing can draw it; never an exception."""
        try:
            return {"image/svg+xml": self.pipe(format="svg", encoding="utf-8")}
        except Exception as error:
            return {"text/plain": f"{error}\n\n{self.source}"}


def record_picture(
    output: Value, format: str, rankdir: str, local_derivatives: bool, force: bool
) -> Picture:
    """See `autograd.draw`.  The same graph gives the same DOT text, whatever run or machine."""
    order = topological_order(output)
    if len(order) > READABLE and not force:
        raise ValueError(
            f"this graph has {len(order):,} Values: a picture of more than {READABLE:,} takes "
            "minutes to lay out and cannot be read. Draw a part of it (an earlier Value), "
            "or insist with force=True"
        )
    picture = Picture("computation", format=format)
    picture.attr(rankdir=rankdir)
    picture.attr("node", fontname="Helvetica", fontsize="11", style="filled", fillcolor="white")
    picture.attr("edge", fontname="Helvetica", fontsize="9", color="#666666")
    numbers = {value: i for i, value in enumerate(order)}
    for value, i in numbers.items():
        fill = OUTPUT_FILL if value is output else _fill(value)
        picture.node(f"v{i}", label=_record(value), shape="record", fillcolor=fill)
        if value.op is None or not value.operands:
            continue
        picture.node(f"op{i}", label=_escape(value.op.symbol), shape="ellipse")
        picture.edge(f"op{i}", f"v{i}")
        for operand, local in zip(value.operands, value.local_derivatives):
            label = _number(local) if local_derivatives and not operand.is_constant else ""
            picture.edge(f"v{numbers[operand]}", f"op{i}", label=label)
    return picture


def _record(value: Value) -> str:
    fields = [f"data {_number(value.data)}"]
    if value.label:
        fields.insert(0, _escape(value.label))
    if value.is_constant:
        fields.append("constant")
    elif value.has_gradient:
        fields.append(f"grad {_number(float(value.grad))}")
    else:
        fields.append("no grad yet")
    return "{ " + " | ".join(fields) + " }"


def _fill(value: Value) -> str:
    if value.is_constant:
        return CONSTANT_FILL
    return LEAF_FILL if value.is_leaf else "white"


def _number(x: float) -> str:
    """Four decimals, as micrograd writes them, where that says something; else scientific."""
    return f"{x:.4f}" if x == 0.0 or 1e-3 <= abs(x) < 1e6 or x != x else f"{x:.3e}"


def _escape(label: str) -> str:
    """Text as text: record fields give meaning to | { } < > and DOT to & and backslash."""
    label = label if len(label) <= 60 else label[:57] + "..."
    text = label.replace("&", "&amp;").replace("\\", "\\\\").replace("\n", "\\n")
    for character in "{}|<>":
        text = text.replace(character, "\\" + character)
    return "".join([c if c.isprintable() else " " for c in text])
