"""A picture in a notebook's cell: as wide as the cell at most, and something for every reader.

A notebook from someone else is not trusted at first, and then shows no SVG: it shows the PNG, or
the sentence where the PNG would be large.  JupyterLab puts an SVG into an <img> of the SVG's own
width, cut off at the cell's edge; without a width of its own it takes the cell's.
"""

import base64
import re
from typing import TYPE_CHECKING

from autograd.graph import topological_order
from autograd.printing import printable

if TYPE_CHECKING:
    from autograd.drawing.picture import Picture

NARROW = 500.0  # points: narrower than any usual cell, so it keeps its size
WITH_PNG = 40_000  # characters of SVG; up to there the PNG takes 0.2 s and 150 kB at most
SIZE = re.compile(r'<svg width="([\d.]+)pt" height="[\d.]+pt"')


def bundle(picture: "Picture") -> dict[str, str]:
    """The picture by MIME type: SVG, PNG and a sentence; without an engine, the DOT text."""
    try:
        svg = picture.pipe(format="svg", encoding="utf-8")
        shown = {"text/plain": sentence(picture), "image/svg+xml": fitted(svg)}
        if len(svg) <= WITH_PNG:
            shown["image/png"] = base64.b64encode(picture.pipe(format="png")).decode()
        return shown
    except Exception as error:  # a representation that raises would fail the whole cell
        return {"text/plain": f"{error}\n\n{picture.source}"}


def fitted(svg: str) -> str:
    """The SVG, never wider than its place, wherever it is put."""
    size = SIZE.search(svg)
    if size is None:
        return svg
    width = float(size[1])
    if width <= NARROW:
        return svg.replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)
    fluid = f'<svg width="100%" style="max-width:{width:g}pt;height:auto"'
    return svg[: size.start()] + fluid + svg[size.end() :]


def sentence(picture: "Picture") -> str:
    """What the picture is of, where only text can be shown."""
    output = getattr(picture, "output", None)
    if output is None:
        return "<a picture>"
    count = len(topological_order(output))
    name = f" {printable(output.label)}," if output.label else ""
    return (
        f"<picture of{name} a graph of {count:,} values: a trusted notebook shows it, "
        '.render("name.svg") writes it>'
    )
