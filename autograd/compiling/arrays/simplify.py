"""Simpler forms of an operation on Arrays: x * 1 is x, and the like.

Nothing here changes what is infinite or nan.  Factors are regrouped, which rounds differently in
the last place: c * (d * x) is (c * d) * x, one multiplication of the array instead of two.
"""

from typing import TYPE_CHECKING

from autograd import ops
from autograd.compiling.arrays.array import Array, Shape, broadcast, is_mask, size_of, without_shape
from autograd.ops import Operation

if TYPE_CHECKING:
    from autograd.compiling.arrays.builder import Builder


def simplified(build: "Builder", op: Operation, args: list[Array]) -> Array | None:
    """The simpler form; None if there is none."""
    if op is ops.identity:
        return args[0]
    if op is ops.mul:
        return _product(build, args)
    if op is ops.exp:
        return _softmax(build, args[0])
    if op is ops.neg:
        inner, factor = factored(args[0])
        return inner * -factor if factor is not None else None
    if op in (ops.add, ops.sub):
        return _sum(build, op, args)
    if op in (ops.div, ops.pow) and args[1].literal == 1.0:
        return build.expand(args[0], broadcast(args[0].shape, args[1].shape))
    return None


def factored(x: Array) -> tuple[Array, Array | None]:
    """(inner, factor) if x is an array times one number, whatever theta; else (x, None)."""
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
            if bottom is y and y is build.batch:  # a number of rows is never 0
                return build.expand(top, shape)
            if top.is_factor and y.is_factor:
                return build.reshape((top * y) / bottom, x.shape)
            if top.literal == 1.0 and not bottom.is_fixed:
                return y / build.reshape(bottom, x.shape)
            softmax = build.softmaxes.get(y)  # y * (top / bottom), and y / bottom is there
            if softmax is not None and softmax.args[1] is bottom and top is not y:
                return softmax * build.reshape(top, x.shape)
    return _regrouped(args, shape)


def _regrouped(args: list[Array], shape: Shape) -> Array | None:
    """A number as a factor goes to another number, or to what the rows alone decide; or else
    outwards, as long as nothing grows on the way."""
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


def _softmax(build: "Builder", x: Array) -> Array | None:
    """exp(x - logsumexp(x)) is exp(x - peak) / total: both are there already."""
    if x.kind != "map" or x.info is not ops.sub:
        return None
    scores, total_of = x.args
    found = build.logsumexps.get(without_shape(total_of))
    if found is None or total_of.shape[-1:] != (1,) or total_of.shape[:-1] != scores.shape[:-1]:
        return None
    of, exponentials, total = found
    if _unmasked(of) is not _unmasked(scores) or size_of(of.shape) != size_of(scores.shape):
        return None
    if of.shape[-1] != scores.shape[-1]:
        return None
    result = exponentials / build.reshape(total, (*total.shape, 1))
    result.name = "softmax"
    build.softmaxes[exponentials] = result
    if exponentials in build.zeroed:
        build.zeroed[result] = build.zeroed[exponentials]
    return build.reshape(result, scores.shape)


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
