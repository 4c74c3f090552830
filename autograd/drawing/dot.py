"""A scene as DOT text: colours, widths, a legend, and escaped labels."""

import itertools
import math
from dataclasses import dataclass

from graphviz import nohtml

from autograd.drawing.picture import Picture
from autograd.drawing.scene import Arrow, Box, Scene, finite, significant


@dataclass(frozen=True)
class Theme:
    background: str
    text: str
    edge: str
    fills: dict[str, str]  # by kind of box, if there is no gradient to show
    borders: dict[str, str]
    negative: str  # the colour-blind can distinguish blue and orange too
    positive: str
    warning: str


FILLS = {"constant": "#eeeeee", "group": "#f4f1fa"}
BORDERS = {"leaf": "#2b6cb0", "output": "#b7791f", "group": "#6b5b95"}
DARK_FILLS = {"constant": "#3a3a3a", "group": "#38324a"}
DARK_BORDERS = {"leaf": "#63b3ed", "output": "#ecc94b", "group": "#b3a1e6"}
THEMES = {
    "light": Theme(
        "#ffffff", "#1a1a1a", "#9a9a9a", FILLS, BORDERS, "#4393c3", "#f4a261", "#b30000"
    ),
    "dark": Theme(
        "#1b1b1b", "#f0f0f0", "#808080", DARK_FILLS, DARK_BORDERS, "#2f6f9f", "#b5651d", "#ff7f7f"
    ),
}


class Scale:
    """From a gradient to a shade between -1 and 1: linear, or logarithmic over a wide range."""

    def __init__(self, gradients: list[float]) -> None:
        sizes = [abs(g) for g in gradients if g != 0.0]
        self.largest = max(sizes, default=0.0)
        self.smallest = min(sizes, default=0.0)
        self.is_logarithmic = bool(sizes) and self.largest > 1e3 * self.smallest
        decades = math.log10(self.largest / self.smallest) if self.is_logarithmic else 1.0
        self.decades = min(decades, 12.0)

    def shade(self, gradient: float | None) -> float:
        if gradient is None or gradient != gradient or self.largest == 0.0 or gradient == 0.0:
            return 0.0
        size = min(abs(gradient) / self.largest, 1.0)
        if self.is_logarithmic:
            size = max(1.0 + math.log10(size) / (self.decades + 1.0), 0.05) if size > 0.0 else 0.05
        return math.copysign(size, gradient)

    def gradient_at(self, shade: float) -> float:
        if not self.is_logarithmic or shade == 0.0:
            return shade * self.largest
        exponent = (abs(shade) - 1.0) * (self.decades + 1.0)
        return math.copysign(self.largest * 10.0**exponent, shade)


def write_dot(scene: Scene, format: str, rankdir: str, theme_name: str, title: str) -> Picture:
    theme = THEMES[theme_name]
    scale = Scale(finite([*[b.gradient for b in scene.boxes], *[a.gradient for a in scene.arrows]]))
    picture = Picture("computation", format=format)
    spacing = {} if scene.is_detailed else {"nodesep": "0.07", "ranksep": "0.28"}
    picture.attr(rankdir=rankdir, bgcolor=theme.background, tooltip=escape(title), **spacing)
    picture.attr(
        "node",
        fontname="Helvetica",
        fontsize="11" if scene.is_detailed else "8",
        fontcolor=theme.text,
        color=theme.edge,
        style="filled",
        shape="box",
        margin="0.1,0.05" if scene.is_detailed else "0.05,0.02",
        height="0.3" if scene.is_detailed else "0.1",
        width="0.3",
    )
    picture.attr("edge", fontname="Helvetica", fontsize="8", fontcolor=theme.text)
    for box in scene.boxes:
        _write_box(picture, box, scene, scale, theme)
    for arrow in scene.arrows:
        _write_arrow(picture, arrow, scene, scale, theme)
    for row in scene.rows:
        _write_row(picture, row)
    if scale.largest > 0.0:
        picture.node("legend", label=_legend(scale, theme), shape="plaintext", fillcolor="none")
    return picture


def _write_box(picture: Picture, box: Box, scene: Scene, scale: Scale, theme: Theme) -> None:
    attributes = {
        "tooltip": nohtml(escape(box.tooltip or " ".join(box.lines))),
        "fillcolor": _fill(box, scale, theme),
        "id": box.id,
        "color": theme.borders.get(box.kind, theme.edge),
    }
    if box.kind in theme.borders:
        attributes["penwidth"] = "1.5"
    if box.kind == "operation":
        attributes["shape"] = "ellipse"
    elif scene.is_detailed:
        attributes["shape"] = "record"
    if box.mark:
        attributes.update(color=theme.warning, penwidth="2", style="filled,dashed")
    if box.link:
        attributes["URL"] = escape(box.link)
    is_record = attributes.get("shape") == "record"
    lines = [escape(line, is_record) for line in box.lines]
    label = "{ " + " | ".join(lines) + " }" if is_record else "\\n".join(lines)
    picture.node(box.id, label=nohtml(label), **attributes)


def _write_arrow(picture: Picture, arrow: Arrow, scene: Scene, scale: Scale, theme: Theme) -> None:
    shade = scale.shade(arrow.gradient)
    color = _mix(theme.edge, theme.positive if shade > 0.0 else theme.negative, abs(shade) ** 0.5)
    attributes = {"color": color, "penwidth": f"{0.5 + 2.0 * abs(shade):.2f}", "arrowsize": "0.5"}
    if scene.is_detailed:
        attributes["arrowsize"] = "0.8"
    if arrow.lit:
        attributes.update(color=theme.warning, penwidth="3.5")
    if arrow.gradient is not None:
        attributes["tooltip"] = f"carries the gradient {significant(arrow.gradient)}"
    if arrow.text:
        attributes["label"] = arrow.text
    picture.edge(arrow.tail, arrow.head, **attributes)


def _write_row(picture: Picture, row: list[str]) -> None:
    """Keep these boxes in their order: Graphviz would put them wherever arrows cross least."""
    with picture.subgraph() as same_rank:
        same_rank.attr(rank="same")
        for one, other in itertools.pairwise(row):
            same_rank.edge(one, other, style="invis")


def _fill(box: Box, scale: Scale, theme: Theme) -> str:
    plain = theme.fills.get(box.kind, theme.background)
    shade = scale.shade(box.gradient)
    if shade == 0.0:
        return plain
    return _mix(theme.background, theme.positive if shade > 0.0 else theme.negative, abs(shade))


def _mix(a: str, b: str, share: float) -> str:
    """The colour `share` of the way from a to b."""
    pairs = zip(bytes.fromhex(a[1:]), bytes.fromhex(b[1:]))
    return "#" + "".join([f"{round(x + (y - x) * share):02x}" for x, y in pairs])


def _legend(scale: Scale, theme: Theme) -> str:
    cells = []
    for shade in (-1.0, -0.5, 0.0, 0.5, 1.0):
        tint = theme.positive if shade > 0.0 else theme.negative
        color = _mix(theme.background, tint, abs(shade))
        cells.append(f'<TD BGCOLOR="{color}">{significant(scale.gradient_at(shade))}</TD>')
    kind = "log scale" if scale.is_logarithmic else "linear scale"
    return (
        '<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="3">'
        f'<TR><TD BORDER="0">gradient, {kind}</TD>{"".join(cells)}</TR></TABLE>>'
    )


def escape(text: str, in_record: bool = False) -> str:
    """Escape text: DOT gives meaning to & and backslash, record fields also to | { } < >."""
    text = text if len(text) <= 200 else text[:197] + "..."
    text = text.replace("&", "&amp;").replace("\\", "\\\\")
    if in_record:
        for character in "{}|<>":
            text = text.replace(character, "\\" + character)
    text = text.replace("\n", "\\n")
    return "".join([c if c.isprintable() else " " for c in text])
