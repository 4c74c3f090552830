"""How each kind of node is spelt in NumPy."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from autograd import ops
from autograd.compiling.arrays.array import Array
from autograd.compiling.writing import spell_places as places
from autograd.compiling.writing.spell_products import product, widened
from autograd.compiling.writing.spelling import spelling
from autograd.compiling.writing.text import Text, reshaped, rows_text, shape_text, sizes_text
from autograd.ieee import LARGEST

if TYPE_CHECKING:
    from autograd.compiling.writing.body import Body

SHORT = 256  # up to this many numbers, a product with ones is faster than NumPy's sum, and as exact


def spell(body: "Body", node: Array, args: list[Text]) -> Text:
    """The expression for a node, given those of its operands."""
    found = body.contraction(node)
    if found is not None:
        return widened(product(body, found, args), node.shape)
    return KINDS[node.kind](body, node, args)


def _map(body: "Body", node: Array, args: list[Text]) -> Text:
    op = node.info
    if op in (ops.add, ops.sub, ops.mul, ops.div):
        rank = 5 if op in (ops.add, ops.sub) else 4
        left = _as_factor(node, 0, args) if op is ops.mul else args[0].within(rank)
        right = _as_factor(node, 1, args) if op is ops.mul else args[1].within(rank - 1)
        return Text(f"{left} {op.symbol} {right}", rank)
    if op is ops.neg:
        return Text(f"-{args[0].within(1)}", 3)
    if op is ops.where and _is_comparison(node.args[0]):
        condition = args[0].text.removesuffix(" * 1.0")
        return Text(f"np.where({condition}, {args[1].text}, {args[2].text})")
    if not op.array:
        name = body.emitter.function(op)
        return Text(f"{name}({', '.join(arg.text for arg in args)})")
    template, is_call, rank = spelling(op)
    if body.emitter.negated(node) is not None:
        template = template.replace("(-{0})", "({0})")
    text = template.format(*[arg.text if is_call else arg.within(1) for arg in args])
    return Text(text, rank)


def _is_comparison(node: Array) -> bool:
    return node.kind == "map" and node.info in (ops.greater, ops.equal)


def _as_factor(node: Array, i: int, args: list[Text]) -> str:
    """(x > 0) * y needs no floats on its left: NumPy treats True as 1."""
    if _is_comparison(node.args[i]) and not _is_comparison(node.args[1 - i]):
        short = args[i].text.removesuffix(" * 1.0")
        if short.startswith("("):
            return short
    return args[i].within(4 if i == 0 else 3)


def _sum(body: "Body", node: Array, args: list[Text]) -> Text:
    axes = node.info
    if len(args) == 2:  # a vector of ones first
        total = Text(f"{args[0].text}.dot({args[1].text})", is_dot=True)
        return reshaped(total, node.shape) if len(node.shape) > 1 else total
    if len(axes) == len(node.args[0].shape):
        return Text(f"{args[0].within(1)}.sum()")
    last = len(node.args[0].shape) - 1
    if axes == (last,) and 1 < (n := node.args[0].shape[last]) <= SHORT:
        return Text(f"{args[0].within(1)}.dot({body.emitter.ones_of(n)})", is_dot=True)
    axis = str(axes[0]) if len(axes) == 1 else str(tuple(axes))
    return Text(f"{args[0].within(1)}.sum(axis={axis})")


def _peak(body: "Body", node: Array, args: list[Text]) -> Text:
    largest = body.emitter.data(np.array(LARGEST), "LARGEST")
    peak = f"{args[0].within(1)}.max(-1, keepdims=True, initial=-{largest})"
    return Text(f"np.minimum({peak}, {largest})")


def _ones(body: "Body", node: Array, args: list[Text]) -> Text:
    return Text(f"np.ones({rows_text('batch', node.shape[0])})")


def _reshape(body: "Body", node: Array, args: list[Text]) -> Text:
    (x,) = node.args
    if node.shape and len(node.shape) == len(x.shape) + 1:
        for axis in range(len(node.shape)):
            if node.shape == (*x.shape[:axis], 1, *x.shape[axis:]):
                marks = [":"] * axis + ["None"] + ([":"] * (len(x.shape) - axis))
                while marks and marks[-1] == ":":
                    marks.pop()
                return Text(f"{args[0].within(1)}[{', '.join(marks)}]")
    if len(node.shape) == 1 and not x.is_batched:
        return Text(f"{args[0].within(1)}.ravel()")
    if node.shape == ():
        return Text(places.number(node, args[0], ", ".join("0" for _ in x.shape)))
    return reshaped(args[0], node.shape)


def _transpose(body: "Body", node: Array, args: list[Text]) -> Text:
    if len(node.shape) == 2:
        return Text(f"{args[0].within(1)}.T")
    return Text(f"{args[0].within(1)}.transpose({sizes_text(node.info)})")


def _expand(body: "Body", node: Array, args: list[Text]) -> Text:
    return Text(f"np.broadcast_to({args[0].text}, {shape_text(body, node.shape)})")


KINDS: dict[str, Callable[["Body", Array, list[Text]], Text]] = {
    "map": _map,
    "sum": _sum,
    "peak": _peak,
    "ones": _ones,
    "reshape": _reshape,
    "transpose": _transpose,
    "expand": _expand,
    "index": places.index,
    "gather": places.gather,
    "join": places.join,
    "choose": places.choose,
    "whole": places.whole,
    "picks": places.picks,
    "assemble": places.assemble,
}
