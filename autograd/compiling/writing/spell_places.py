"""How reading and writing at places is spelt: slices, gathers, choices, and assembled pieces."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.compiling.arrays.array import Array, is_mask
from autograd.compiling.writing.choices import is_pick, lookup
from autograd.compiling.writing.naming import is_leaf_view
from autograd.compiling.writing.text import Text, rows_text, shape_text, sizes_text, slices_text

if TYPE_CHECKING:
    from autograd.compiling.writing.body import Body


def index(body: "Body", node: Array, args: list[Text]) -> Text:
    where = slices_text(node.info, node.args[0].shape)
    text = number(node, args[0], where) if node.shape == () else f"{args[0].within(1)}[{where}]"
    return Text(f"{text}.copy()" if body.is_preparation and is_leaf_view(node) else text)


def number(node: Array, x: Text, where: str) -> str:
    """A single number of x, as a view: a copy of a parameter would not follow theta."""
    return f"{x.within(1)}[{where}, ...]" if is_leaf_view(node) else f"{x.within(1)}[{where}]"


def gather(body: "Body", node: Array, args: list[Text]) -> Text:
    index, fill = node.info
    axis = 1 if node.is_batched else 0
    if fill is None:
        return Text(f"{args[0].within(1)}.take({body.emitter.data(index.array)}, axis={axis})")
    mask = body.emitter.data(index.array >= 0)
    if is_mask(node):
        return Text(f"np.where({mask}, {args[0].text}, {'0.0' if fill[0] == 0.0 else '-np.inf'})")
    safe = body.emitter.data(np.maximum(index.array, 0))
    number = "0.0" if fill[0] == 0.0 else "-np.inf"
    return Text(f"np.where({mask}, {args[0].within(1)}.take({safe}, axis={axis}), {number})")


def join(body: "Body", node: Array, args: list[Text]) -> Text:
    axis = ", axis=1" if node.is_batched else ""
    return Text(f"np.concatenate([{', '.join(arg.text for arg in args)}]{axis})")


def choose(body: "Body", node: Array, args: list[Text]) -> Text:
    index, options = node.args
    if lookup(node) is not None:
        return Text(f"{args[1].within(1)}.take({args[0].text}, axis=0)")
    if is_pick(node):
        return Text(f"{args[1].within(1)}.take({args[0].text})")
    i = args[0].within(1)
    wide_options, wide_index = args[1].text, i
    if options.shape[:-1] != node.shape:
        full = shape_text(body, (*node.shape, options.shape[-1]))
        wide_options = f"np.broadcast_to({args[1].text}, {full})"
    if index.shape != node.shape:
        wide_index = f"np.broadcast_to({i}, {shape_text(body, node.shape)})"
    return Text(f"np.take_along_axis({wide_options}, {wide_index}[..., None], -1)[..., 0]")


def whole(body: "Body", node: Array, args: list[Text]) -> Text:
    """Numbers as indices."""
    return Text(f"{args[0].within(1)}.astype(int)")


def picks(body: "Body", node: Array, args: list[Text]) -> Text:
    """The place of each row's chosen option in the flat array of all options."""
    rest, rows = node.shape[1:], rows_text("batch", node.shape[0])
    first = f"np.arange({rows} * {math.prod(rest)})" if rest else f"np.arange({rows})"
    first = f"{first}.reshape(-1, {sizes_text(rest)})" if rest else first
    return Text(f"{first} * {node.info} + {args[1].within(1)}", 5)


def assemble(body: "Body", node: Array, args: list[Text]) -> Text:
    """Pieces put into zeros; if they are adjacent along an axis, simply concatenated."""
    found = _side_by_side(node)
    if found is not None:
        axis, order = found
        parts = []
        for i in order:
            if isinstance(i, tuple):
                shape = (*node.shape[:axis], i[1] - i[0], *node.shape[axis + 1 :])
                parts.append(f"np.zeros({shape_text(body, shape)})")
            else:
                parts.append(args[i].text if node.args[i].shape else f"[{args[i].text}]")
        return Text(f"np.concatenate([{', '.join(parts)}]{f', axis={axis}' if axis else ''})")
    goals = body.goals.get(node)
    name = goals[0] if goals else body.name(node)
    empty = f"{name}[...] = 0.0" if goals else f"{name} = np.zeros({shape_text(body, node.shape)})"
    body.lines.append(empty)
    for (how, where), arg in zip(node.info, args):
        if how == "index":
            body.lines.append(f"{name}[{slices_text(where, node.shape)}] += {arg.text}")
            continue
        body.lines.append(_scattered(body, name, where.array, arg, node.is_batched))
    return Text(name)


def _scattered(body: "Body", name: str, index: Any, arg: Text, is_batched: bool) -> str:
    """Add up the numbers of arg at the places given by the index; -1 means nowhere."""
    text, used = arg.text, index
    if (index < 0).any():
        used = index[index >= 0]
        kept = body.emitter.data(np.flatnonzero(index.ravel() >= 0))
        lead = "-1, " if is_batched else ""
        text = f"{arg.within(1)}.reshape({lead}{index.size}).take({kept}, axis=-1)"
    where = (":, " if is_batched else "") + body.emitter.data(used)
    if len(np.unique(used)) == used.size:
        return f"{name}[{where}] += {text}"
    where = f"(slice(None), {body.emitter.data(used)})" if is_batched else body.emitter.data(used)
    return f"np.add.at({name}, {where}, {text})"


def _side_by_side(node: Array) -> tuple[int, list[Any]] | None:
    """(axis, pieces in order): each the number of a piece, or (start, stop) of a gap; None if the
    pieces are not adjacent along one axis."""
    if any(how != "index" for how, _ in node.info):
        return None
    places = [where for _, where in node.info]
    axes = {axis for where in places for axis, s in enumerate(where) if s != (0, node.shape[axis])}
    if len(axes) != 1:
        return None
    (axis,) = axes
    is_vector = len(node.shape) == 1
    if not is_vector and not all(isinstance(where[axis], tuple) for where in places):
        return None
    spans = [s if isinstance(s, tuple) else (s, s + 1) for s in [where[axis] for where in places]]
    result: list[Any] = []
    stop = 0
    for i in sorted(range(len(spans)), key=spans.__getitem__):
        if spans[i][0] < stop:
            return None
        if spans[i][0] > stop:
            result.append((stop, spans[i][0]))
        result.append(i)
        stop = spans[i][1]
    if stop < node.shape[axis]:
        result.append((stop, node.shape[axis]))
    return axis, result
