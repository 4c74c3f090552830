"""From a graph to a picture: which values, at which level of detail, in which look."""

from collections.abc import Mapping

from autograd.drawing.collapsed import collapsed
from autograd.drawing.dot import THEMES, write_dot
from autograd.drawing.levels import compact, full
from autograd.drawing.picture import Picture
from autograd.drawing.scene import Scene, View
from autograd.drawing.select import everything
from autograd.graph import topological_order
from autograd.value import Value

LEVELS = ("full", "compact", "collapsed")
ROOM = {"full": 60, "compact": 400}  # Values that read well; above that the next level is chosen
READABLE = {"full": 2_000, "compact": 2_000, "collapsed": 400}  # boxes that one can read


def show(
    output: Value,
    *,
    order: list[Value] | None = None,
    lit: set[tuple[Value, Value]] | None = None,
    level: str | None = None,
    format: str = "svg",
    rankdir: str = "LR",
    theme: str = "light",
    local_derivatives: bool = True,
    expand_dot: bool = False,
    open: str | None = None,
    before: Mapping[Value, float] | None = None,
    link: str = "",
    force: bool = False,
) -> Picture:
    """See `autograd.draw`."""
    order = everything(output) if order is None else order
    level = _level(level, len(order), open)
    if theme not in THEMES:
        raise ValueError(f"unknown theme {theme!r}; known are {', '.join(THEMES)}")
    if level != "collapsed" and len(order) > READABLE[level] and not force:
        raise ValueError(_refusal(len(order), "Values", READABLE[level]))
    ids = {value: f"v{i}" for i, value in enumerate(topological_order(output))}
    view = View(output, order, ids, before or {}, lit or set(), link)
    scene = _scene(view, level, local_derivatives, expand_dot, open)
    if len(scene.boxes) > READABLE["collapsed"] and level == "collapsed" and not force:
        raise ValueError(_refusal(len(scene.boxes), "boxes, even collapsed", READABLE["collapsed"]))
    title = f"{len(order):,} values, {len(scene.boxes):,} boxes"
    picture = write_dot(scene, format, rankdir, theme, title)
    picture.output = output
    return picture


def _level(level: str | None, size: int, open: str | None) -> str:
    if level is not None and level not in LEVELS:
        raise ValueError(f"unknown level {level!r}; known are {', '.join(LEVELS)}")
    if open is not None:
        return "collapsed"
    if level is not None:
        return level
    if size <= ROOM["full"]:
        return "full"
    return "compact" if size <= ROOM["compact"] else "collapsed"


def _scene(
    view: View, level: str, local_derivatives: bool, expand_dot: bool, open: str | None
) -> Scene:
    if level == "full":
        return full(view, local_derivatives, expand_dot)
    if level == "compact":
        return compact(view, local_derivatives and len(view.order) <= ROOM["full"], expand_dot)
    return collapsed(view, open)


def _refusal(count: int, what: str, limit: int) -> str:
    return (
        f"this picture would have {count:,} {what}; with more than {limit:,} it takes minutes to "
        'lay out and cannot be read. Draw a part (focus=..., paths=...), level="collapsed", name '
        'the parts of your model (with autograd.group("...")), or insist with force=True'
    )
