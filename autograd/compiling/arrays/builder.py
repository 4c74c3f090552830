"""Builder: makes Arrays, each distinct one once, simplified where possible."""

import math
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling.arrays.array import BATCH, Array, Shape, broadcast, size_of, without_shape
from autograd.compiling.arrays.contract import is_matrix_product
from autograd.compiling.arrays.simplify import factored, is_shifted, noted, simplified
from autograd.ops import Operation


class Builder:
    """Makes Arrays, each distinct one once (hash-consing), simplified where possible."""

    def __init__(self, parameters: int, inputs: int) -> None:
        self.nodes: dict[Any, Array] = {}
        # for padded arrays (see `padding`): True where the element is real
        self.holes: dict[Array, Any] = {}
        self.zeroed: dict[Array, Any] = {}  # the same, for arrays that are 0 in their holes
        self.logsumexps: dict[Array, tuple[Array, Array, Array]] = {}  # (of, exponentials, total)
        self.softmaxes: dict[Array, Array] = {}  # by their exponentials
        self.contractions: dict[Array, Any] = {}  # what `contract.contraction` has found
        self.theta = self.node("theta", (), None, (parameters,))
        self.rows = self.node("rows", (), None, (BATCH, inputs))
        self.batch = self.node("batch", (), None, ())

    def node(self, kind: str, args: tuple[Array, ...], info: Any, shape: Shape) -> Array:
        key = (kind, tuple([id(arg) for arg in args]), info, shape)
        known = self.nodes.get(key)
        if known is None:
            known = self.nodes[key] = Array(self, kind, args, info, shape)
        return known

    def const(self, data: Any) -> Array:
        """A number, or an array of numbers; its info is (data, ...), compared byte by byte."""
        array = np.asarray(data, dtype=np.float64)
        if array.shape == ():
            number = float(array)
            return self.node("const", (), (number, math.copysign(1.0, number)), ())
        return self.node("const", (), _Data(array), array.shape)

    # --- arithmetic ---------------------------------------------------------------------------

    def map(self, op: Operation, *operands: Any) -> Array:
        args = [x if isinstance(x, Array) else self.const(x) for x in operands]
        shape = broadcast(*[arg.shape for arg in args])
        args = [arg.args[0] if arg.kind == "expand" else arg for arg in args]
        if broadcast(*[arg.shape for arg in args]) != shape:
            return self.expand(self.map(op, *args), shape)
        simpler = simplified(self, op, args)
        if simpler is not None:
            return simpler
        literals = [arg.literal for arg in args]
        if all(x is not None for x in literals):
            return self.const(op.value(*literals))
        for i, arg in enumerate(args):  # leading axes of size 1 go if another operand has them
            thin = [*args[:i], _without_ones(arg), *args[i + 1 :]]
            args = thin if broadcast(*[x.shape for x in thin]) == shape else args
        return noted(self, self.node("map", tuple(args), op, shape))

    def sum(self, x: Array, axes: tuple[int, ...]) -> Array:
        """The sum over axes, counted from the front of x.shape; they disappear."""
        if not axes:
            return x
        ones = [axis for axis in axes if x.shape[axis] == 1]
        if ones:
            kept = [axis for axis in axes if axis not in ones]
            moved = tuple([axis - sum(one < axis for one in ones) for axis in kept])
            shape = tuple([n for axis, n in enumerate(x.shape) if axis not in ones])
            return self.sum(self.reshape(x, shape), moved)
        if x.kind == "expand":
            return self._sum_of_expanded(x, axes)
        shape = tuple([n for axis, n in enumerate(x.shape) if axis not in axes])
        inner, factor = factored(x)
        if factor is not None:
            return self.map(ops.mul, self.sum(self.expand(inner, x.shape), axes), factor)
        divided = self._divided(x, axes)
        if divided is not None:
            return divided
        if x.kind == "sum":
            before = [axis for axis in range(len(x.args[0].shape)) if axis not in x.info]
            whole = self.sum(x.args[0], tuple(sorted([*x.info, *[before[axis] for axis in axes]])))
            if is_matrix_product(whole) or not is_matrix_product(x):
                return whole
        return self.node("sum", (x,), tuple(axes), shape)

    def _divided(self, x: Array, axes: tuple[int, ...]) -> Array | None:
        """The sum of (top / bottom) * y; if bottom is the same along the axes, it divides once."""
        if x.kind != "map" or x.info is not ops.mul:
            return None
        for ratio, y in (x.args, x.args[::-1]):
            if ratio.kind == "map" and ratio.info is ops.div and ratio.shape == x.shape:
                top, bottom = ratio.args
                if top in self.softmaxes:  # the ratio exists already
                    return None
                if len(bottom.shape) == len(x.shape) and all(bottom.shape[i] == 1 for i in axes):
                    thin = tuple([n for i, n in enumerate(bottom.shape) if i not in axes])
                    total = self.sum(self.expand(top * y, x.shape), axes)
                    return total / self.reshape(bottom, thin)
        return None

    def mean_over_rows(self, x: Array) -> Array:
        """(BATCH,) -> (): sum divided by count; terms that are equal in all rows stay out."""
        if not x.is_batched:
            return x
        inner, factor = factored(x)
        if factor is not None:
            return self.sum(self.expand(inner, x.shape), (0,)) * (factor / self.batch)
        is_sum = x.kind == "map" and x.info in (ops.add, ops.sub)
        if is_sum and not all(arg.is_batched for arg in x.args):
            return self.map(x.info, *[self.mean_over_rows(arg) for arg in x.args])
        return self.sum(x, (0,)) / self.batch

    def _sum_of_expanded(self, x: Array, axes: tuple[int, ...]) -> Array:
        """A sum along an axis on which all numbers are the same is a product."""
        own = (1,) * (len(x.shape) - len(x.args[0].shape)) + x.args[0].shape
        count: Any = 1.0
        for axis in axes:
            if own[axis] == 1:
                n = x.shape[axis]
                count = self.batch * count if n == BATCH else count * float(n)
        rest = tuple([axis for axis in axes if own[axis] != 1])
        kept = tuple([n for axis, n in enumerate(x.shape) if axis not in axes])
        summed = self.sum(self.reshape(x.args[0], own), rest)
        thin = tuple([own[axis] for axis in range(len(x.shape)) if axis not in axes])
        return self.expand(self.map(ops.mul, self.reshape(summed, thin), count), kept)

    def peak(self, x: Array) -> Array:
        """The maximum along the last axis, kept with size 1; clipped to the finite range."""
        if x.literal is not None:
            return self.const(ops.peak(x.literal))
        if is_shifted(self, x):
            return self.const(0.0)
        return self.node("peak", (x,), None, (*x.shape[:-1], 1))

    def without_last(self, x: Array) -> Array:
        """Drops the last axis, whose size is 1."""
        return self.reshape(x, x.shape[:-1])

    def choose(self, index: Array, options: Array) -> Array:
        """options[..., index]; index: the shape of the result, or one that broadcasts to it."""
        shape = broadcast(index.shape, options.shape[:-1])
        if index.literal is not None:
            whole = [(0, n) for n in options.shape[:-1]]
            return self.expand(self.index(options, (*whole, int(index.literal))), shape)
        return self.node("choose", (index, options), None, shape)

    # --- shape ----------------------------------------------------------------------------------

    def reshape(self, x: Array, shape: Shape) -> Array:
        if x.shape == shape:
            return x
        if x.kind == "reshape":
            return self.reshape(x.args[0], shape)
        if x.literal is not None:
            return x  # it broadcasts already
        if x.kind == "expand" and x.args[0].shape == ():
            return self.expand(x.args[0], shape)
        if x.shape == ():  # perhaps a Python number, which has no [None]
            return self.expand(x, shape)
        if x.kind == "const":
            return self.const(x.info.array.reshape(shape))
        if x.kind == "transpose" and shape == tuple([n for n in x.shape if n != 1]):
            (y,), kept = x.args, [axis for axis in x.info if x.args[0].shape[axis] != 1]
            order = tuple([sorted(kept).index(axis) for axis in kept])
            return self.transpose(self.reshape(y, tuple([n for n in y.shape if n != 1])), order)
        inner, factor = factored(x)
        wide = [[n for n in sizes if n != 1] for sizes in (x.shape, shape)]
        if factor is not None and inner.shape == x.shape and wide[0] == wide[1]:
            return self.map(ops.mul, self.reshape(inner, shape), factor)
        if x.kind == "map" and all(_is_of_shape(arg, shape) for arg in x.args):
            return self.map(x.info, *[arg.args[0] if arg.shape else arg for arg in x.args])
        if x.kind == "map" and x.info is ops.div and wide[0] == wide[1]:
            top, bottom = x.args
            if top.shape == bottom.shape and not bottom.is_fixed:
                return self.reshape(top, shape) / self.reshape(bottom, shape)
        return self.node("reshape", (x,), None, shape)

    def transpose(self, x: Array, order: tuple[int, ...]) -> Array:
        if order == tuple(range(len(x.shape))):
            return x
        if x.kind == "transpose":
            return self.transpose(x.args[0], tuple([x.info[axis] for axis in order]))
        return self.node("transpose", (x,), order, tuple([x.shape[axis] for axis in order]))

    def index(self, x: Array, slices: tuple[Any, ...]) -> Array:
        """x[slices]: for each axis a number, or (start, stop)."""
        if all(s == (0, n) for s, n in zip(slices, x.shape)):
            return x
        shape: list[int] = []
        for s, n in zip(slices, x.shape):
            if isinstance(s, tuple):
                shape.append(BATCH if n == BATCH else s[1] - s[0])
        if x.kind == "expand" and x.args[0].shape == ():
            return self.expand(x.args[0], tuple(shape))
        if x.kind == "reshape" and x.args[0] is self.theta and isinstance(slices[0], tuple):
            row = size_of(x.shape[1:])
            if all(s == (0, n) for s, n in zip(slices[1:], x.shape[1:])):  # whole rows
                part = (slices[0][0] * row, slices[0][1] * row)
                return self.reshape(self.index(self.theta, (part,)), tuple(shape))
        return self.node("index", (x,), slices, tuple(shape))

    def expand(self, x: Array, shape: Shape) -> Array:
        """x, broadcast to a shape."""
        if x.shape == shape:
            return x
        if x.kind == "expand":
            return self.expand(x.args[0], shape)
        return self.node("expand", (x,), None, shape)

    def gather(self, x: Array, index: Any, fill: float | None = None) -> Array:
        """Along the first axis (after BATCH): x[index], with `fill` where the index is -1."""
        data = _Data(np.asarray(index))
        lead = x.shape[: 1 if x.is_batched else 0]
        shape = lead + data.array.shape + x.shape[len(lead) + 1 :]
        info = (data, None if fill is None else (fill,))
        return self.node("gather", (x,), info, shape)

    def masked(self, x: Array, is_known: Any, fill: float) -> Array:
        """x in the shape of `is_known`, with `fill` where that is False."""
        inner = without_shape(x)
        lead = x.shape[: 1 if x.is_batched else 0]
        factors = inner.args if inner.kind == "map" and inner.info is ops.mul else (inner,)
        if fill == 0.0 and any(self._is_zeroed(factor, is_known) for factor in factors):
            return self.reshape(x, (*lead, *is_known.shape))
        index = np.where(is_known, np.arange(is_known.size).reshape(is_known.shape), -1)
        masked = self.gather(self.reshape(x, (*lead, index.size)), index, fill)
        if fill == 0.0:
            self.zeroed[masked] = is_known.ravel()
        return masked

    def _is_zeroed(self, x: Array, is_known: Any) -> bool:
        """Whether it is 0 wherever `is_known` is False."""
        zeroed = self.zeroed.get(without_shape(x))
        return zeroed is not None and np.array_equal(zeroed, is_known.ravel())

    def join(self, xs: list[Array]) -> Array:
        """Flat arrays, concatenated: (n1,), (n2,) ... -> (n1 + n2 + ...,)."""
        if len(xs) == 1:
            return xs[0]
        total = sum(size_of(x.shape) for x in xs)
        xs = [self.const([x.literal]) if x.literal is not None else x for x in xs]
        is_batched = any(x.is_batched for x in xs)
        if is_batched:
            xs = [x if x.is_batched else self.expand(x, (BATCH, *x.shape)) for x in xs]
        return self.node("join", tuple(xs), None, (BATCH, total) if is_batched else (total,))

    def assemble(self, shape: Shape, pieces: list[tuple[str, Any, Array]]) -> Array:
        """Zeros of a shape, with pieces (how, where, what): how is "index" or "gather"."""
        info = tuple([(how, where) for how, where, _ in pieces])
        return self.node("assemble", tuple([what for _, _, what in pieces]), info, shape)


def _is_of_shape(x: Array, shape: Shape) -> bool:
    """Whether x is a number, or a reshape of an array of this shape."""
    return x.shape == () or (x.kind == "reshape" and x.args[0].shape == shape)


def _without_ones(x: Array) -> Array:
    if x.kind != "reshape" or x.is_batched:
        return x
    inner = x.args[0]
    is_padded = x.shape == (1,) * (len(x.shape) - len(inner.shape)) + inner.shape
    return inner if is_padded and not inner.is_batched else x


class _Data:
    """A constant array as part of a node's identity."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = np.ascontiguousarray(array)
        self.key = (self.array.shape, self.array.dtype.str, self.array.tobytes())

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Data) and self.key == other.key
