"""Simpler forms of an operation on Arrays: x * 1 is x, and so on.

No rule here changes which results are infinite or nan.  Factors are regrouped, which rounds
differently in the last place: c * (d * x) is (c * d) * x, one multiplication of the array, not two.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import ops
from autograd.compiling.arrays.array import Array, Shape, broadcast, is_mask, size_of, without_shape
from autograd.ops import Operation

if TYPE_CHECKING:
    from autograd.compiling.arrays.builder import Builder


def simplified(build: "Builder", op: Operation, args: list[Array]) -> Array | None:
    """The simpler form, or None."""
    if op is ops.identity:
        return args[0]
    if op is ops.mul:
        return _product(build, args)
    if op is ops.exp:
        return _exponentials(build, args[0])
    if op is ops.neg:
        inner, factor = factored(args[0])
        return inner * -factor if factor is not None else None
    if op in (ops.add, ops.sub):
        return _sum(build, op, args)
    if op in (ops.div, ops.pow) and args[1].literal == 1.0:
        return build.expand(args[0], broadcast(args[0].shape, args[1].shape))
    return None


def factored(x: Array) -> tuple[Array, Array | None]:
    """(inner, factor) if x is an array times a number that no theta changes; else (x, None)."""
    if x.is_fixed or x.kind != "map":
        return x, None
    if x.info is ops.neg:
        return x.args[0], x.program.const(-1.0)
    if x.info is ops.mul:
        for inner, factor in (x.args, x.args[::-1]):
            if factor.is_factor:
                return inner, factor
    return x, None


def _product(build: "Builder", args: list[Array]) -> Array | None:
    shape = broadcast(*[arg.shape for arg in args])
    for x, y in (args, args[::-1]):
        if y.literal == 1.0:
            return build.expand(x, shape)
        if y.literal == -1.0:
            return build.map(ops.neg, build.expand(x, shape))
        inner = x.args[0] if x.kind == "reshape" else x
        if inner.kind == "map" and inner.info is ops.div:
            top, bottom = inner.args
            if bottom is y and y is build.batch:  # the number of rows is never 0
                return build.expand(top, shape)
            if top.is_factor and y.is_factor:
                return build.reshape((top * y) / bottom, x.shape)
            if top.literal == 1.0 and not bottom.is_fixed:
                return y / build.reshape(bottom, x.shape)
            softmax = build.softmaxes.get(y)  # y * (top / bottom), where y / bottom exists already
            if softmax is not None and softmax.args[1] is bottom and top is not y:
                return softmax * build.reshape(top, x.shape)
    return _regrouped(args, shape)


def _regrouped(args: list[Array], shape: Shape) -> Array | None:
    """Move a constant factor to another constant, or to what depends only on the rows; otherwise
    outwards, as long as no intermediate array gets larger."""
    for x, y in (args, args[::-1]):
        inner, factor = factored(x)
        if factor is None:
            if y.is_factor and x.kind == "map" and x.info is ops.mul and not x.is_fixed:
                for a, b in (x.args, x.args[::-1]):
                    if factored(b)[1] is not None:
                        return a * (b * y)
            continue
        if y.is_fixed:
            return (y * factor) * inner
        if inner.shape == shape:
            return (inner * y) * factor
    return None


def _exponentials(build: "Builder", x: Array) -> Array | None:
    """exp(x - logsumexp(x)) is exp(x - peak) / total: both exist already.

    Where x has holes, exp(x - peak) is 0 in them, as it is for the x whose peak was taken.
    """
    if x.kind != "map" or x.info is not ops.sub:
        return None
    scores, shift = x.args
    if shift.shape[-1:] != (1,) or shift.shape[:-1] != scores.shape[:-1]:
        return None
    found = build.logsumexps.get(without_shape(shift))
    if found is not None and _are_same(build, scores, found[0]):
        of, exponentials, total = found
        softmax = exponentials / build.reshape(total, (*total.shape, 1))
        return build.reshape(softmax, scores.shape)
    peak = without_shape(shift)
    if peak.kind == "peak" and is_mask(peak.args[0]) and scores is not peak.args[0]:
        (of,) = peak.args
        if _are_same(build, scores, of):
            exponentials = build.map(ops.exp, of - peak)
            build.zeroed[exponentials] = _known(build, of)
            return build.reshape(exponentials, scores.shape)
    return None


def noted(build: "Builder", x: Array) -> Array:
    """The node, recorded if it is a softmax: exponentials divided by their total."""
    if x.info is ops.div and x.kind == "map" and x.shape == x.args[0].shape:
        exponentials, bottom = x.args
        total = without_shape(bottom)
        is_of_them = total.kind == "sum" and total.args[0] is exponentials
        if is_of_them and total.info == (len(x.shape) - 1,) and exponentials.info is ops.exp:
            x.name = "softmax"
            build.softmaxes[exponentials] = x
            if exponentials in build.zeroed:
                build.zeroed[x] = build.zeroed[exponentials]
    return x


def is_shifted(build: "Builder", x: Array) -> bool:
    """Whether its peak has already been subtracted, so that its peak is now 0."""
    inner = _unmasked(x)
    if inner.kind != "map" or inner.info is not ops.sub:
        return False
    scores, shift = inner.args
    peak = without_shape(shift)
    is_by_row = shift.shape == (*scores.shape[:-1], 1) and x.shape[-1:] == scores.shape[-1:]
    if peak.kind != "peak" or not is_by_row:
        return False
    (of,) = peak.args
    return _unmasked(of) is _unmasked(scores) and np.array_equal(
        _known(build, of), _known(build, x)
    )


def _are_same(build: "Builder", x: Array, y: Array) -> bool:
    """Whether y is x in the same rows, or x with a fill exactly where it has holes."""
    is_alike = size_of(x.shape) == size_of(y.shape) and x.shape[-1:] == y.shape[-1:]
    is_alike = is_alike and _unmasked(x) is _unmasked(y)
    return is_alike and np.array_equal(_known(build, x), _known(build, y))


def _known(build: "Builder", x: Array) -> Any:
    """Which of its numbers are neither holes nor fill; [True] if all of them."""
    inner = without_shape(x)
    known = inner.info[0].array >= 0 if is_mask(inner) else build.holes.get(inner)
    return np.array([True]) if known is None else known.ravel()


def _unmasked(x: Array) -> Array:
    x = without_shape(x)
    return without_shape(x.args[0]) if is_mask(x) else x


def _sum(build: "Builder", op: Operation, args: list[Array]) -> Array | None:
    x, y = args
    if op is ops.sub and y.literal == 0.0:
        return build.expand(x, broadcast(x.shape, y.shape))
    if op is ops.add and x is y:
        return x * 2.0
    if y.kind == "map" and y.info is ops.neg:
        return x - y.args[0] if op is ops.add else x + y.args[0]
    if op is ops.add and x.kind == "map" and x.info is ops.neg:
        return y - x.args[0]
    if x.kind == y.kind == "map" and x.info is y.info is ops.div:
        bottom = x.args[1]
        if bottom is y.args[1] and not bottom.is_fixed:
            return build.map(op, x.args[0], y.args[0]) / bottom
    return None
