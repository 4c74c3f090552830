"""A scene: the boxes and arrows of a level of detail, before DOT is written.

Levels of detail (`levels.py`, `collapsed.py`) make scenes out of Values; `dot.py` writes them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograd.value import Value


@dataclass
class Box:
    """One thing to draw: a Value, an operation, or many Values together."""

    id: str
    lines: list[str]
    kind: str = "value"  # or "leaf", "constant", "output", "operation", "group"
    gradient: float | None = None
    tooltip: str = ""
    link: str = ""
    mark: str = ""  # what is wrong with it: "dead", "vanishing", "exploding"


@dataclass
class Arrow:
    """From an operand to a result; the gradient is what flows back along it."""

    tail: str
    head: str
    text: str = ""
    gradient: float | None = None
    lit: bool = False


@dataclass
class Scene:
    """Boxes, arrows, and `rows`: ids of boxes that stand side by side, in this order."""

    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    is_detailed: bool = False  # record shapes, room to read


@dataclass
class View:
    """What to show of a graph.

    `order`   the values shown, operands before users
    `ids`     a stable name for each: its number in the whole graph's order
    `before`  earlier gradients, shown beside the current ones
    `lit`     (operand, user) pairs to highlight
    """

    output: Value
    order: list[Value]
    ids: dict[Value, str]
    before: Mapping[Value, float]
    lit: set[tuple[Value, Value]]
    link: str

    def box(self, value: Value, lines: list[str]) -> Box:
        return Box(
            self.ids[value],
            lines,
            kind_of(value, self.output),
            gradient_of(value),
            tooltip_of(value),
            link_of(value, self.link),
        )


def kind_of(value: Value, output: Value) -> str:
    if value is output:
        return "output"
    if value.is_constant:
        return "constant"
    return "leaf" if value.is_leaf else "value"


def gradient_of(value: Value) -> float | None:
    return float(value.grad) if value.has_gradient and not value.is_constant else None


def contribution(value: Value, local: float) -> float | None:
    """What the node pushes back along one edge, if a pass has reached it."""
    gradient = gradient_of(value)
    return None if gradient is None else local * gradient


def gradient_text(value: Value, before: Mapping[Value, float], short: bool) -> str:
    """The gradient, or why there is none; preceded by the earlier one if that is known."""
    if value.is_constant:
        return "constant"
    if not value.has_gradient:
        return "no grad yet"
    number = significant if short else fixed
    text = number(float(value.grad))
    if value in before and before[value] != value.grad:
        text = f"{number(float(before[value]))} → {text}"
    return f"grad {text}"


def fixed(x: float) -> str:
    """Four decimals, as in micrograd, if they show something; else scientific notation."""
    return f"{x:.4f}" if x == 0.0 or 1e-3 <= abs(x) < 1e6 or x != x else f"{x:.3e}"


def significant(x: float) -> str:
    """Three significant digits: 0.25, -1.5e-05, 123000."""
    return f"{x + 0.0:.3g}"  # + 0.0 makes -0 a plain 0


def tooltip_of(value: Value) -> str:
    text = repr(value)
    if value.group:
        text += "\nin " + " / ".join(value.group)
    if value.source is not None:
        text += f"\nmade in {value.source.function}, {value.source.short}"
    return text


def link_of(value: Value, pattern: str) -> str:
    if value.source is None or not pattern:
        return ""
    return value.source.link(pattern)


def finite(numbers: Iterable[float | None]) -> list[float]:
    return [x for x in numbers if x is not None and abs(x) < float("inf")]


def json_number(x: Any) -> float | str:
    """JSON has no inf and nan: they are written as text."""
    x = float(x)
    return x if abs(x) < float("inf") else str(x)
