"""Array: the compiler's symbol, a node of the array program.

The table's rules run on Arrays as they run on floats and Values.  There are few kinds of node:

    leaves       theta (all parameters), rows (all inputs), const, batch (how many rows)
    map          a row of the table, element by element, with NumPy's broadcasting
    sum, peak    over axes; the largest along the last axis (no gradient flows through it)
    shape        reshape, transpose, index (slices), expand (broadcast), gather, join
    assemble     the transpose of index and gather: pieces put, or added, into zeros
    choose       an option by its index, along the last axis

Nodes are made by the functions below, which simplify as they go; equal nodes are one node.
A shape is a tuple; BATCH, in front, stands for the axis of the rows.
"""

import math
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np

from autograd import ops
from autograd.ops import Operation

BATCH = -1
Shape = tuple[int, ...]


class Array:
    """A node: its kind, its operands, what else defines it, and its shape."""

    __slots__ = ("args", "comment", "gradient_of", "info", "kind", "name", "program", "shape")

    def __init__(
        self, program: "Builder", kind: str, args: tuple["Array", ...], info: Any, shape: Shape
    ) -> None:
        self.program = program
        self.kind = kind
        self.args = args
        self.info = info
        self.shape = shape
        self.name = ""
        self.comment = ""  # which scalars it stands for
        self.gradient_of: Array | None = None

    @staticmethod
    def apply_operation(op: Operation, operands: tuple[Any, ...]) -> "Array":
        program = next(x.program for x in operands if isinstance(x, Array))
        return program.map(op, *operands)

    def __add__(self, other: Any) -> "Array":
        return self.program.map(ops.add, self, other)

    def __radd__(self, other: Any) -> "Array":
        return self.program.map(ops.add, other, self)

    def __sub__(self, other: Any) -> "Array":
        return self.program.map(ops.sub, self, other)

    def __rsub__(self, other: Any) -> "Array":
        return self.program.map(ops.sub, other, self)

    def __mul__(self, other: Any) -> "Array":
        return self.program.map(ops.mul, self, other)

    def __rmul__(self, other: Any) -> "Array":
        return self.program.map(ops.mul, other, self)

    def __truediv__(self, other: Any) -> "Array":
        return self.program.map(ops.div, self, other)

    def __rtruediv__(self, other: Any) -> "Array":
        return self.program.map(ops.div, other, self)

    def __pow__(self, other: Any) -> "Array":
        return self.program.map(ops.pow, self, other)

    def __rpow__(self, other: Any) -> "Array":
        return self.program.map(ops.pow, other, self)

    def __neg__(self) -> "Array":
        return self.program.map(ops.neg, self)

    @property
    def is_batched(self) -> bool:
        return self.shape[:1] == (BATCH,)

    @property
    def literal(self) -> float | None:
        """The number, if this is a constant scalar."""
        return float(self.info[0]) if self.kind == "const" and self.shape == () else None

    def __repr__(self) -> str:
        return f"<{self.kind} {getattr(self.info, 'name', '')} {self.shape}>"


def size_of(shape: Shape) -> int:
    """How many numbers a row's part of it has."""
    return math.prod(shape[1:] if shape[:1] == (BATCH,) else shape)


def broadcast(*shapes: Shape) -> Shape:
    """The common shape by NumPy's rule."""
    rank = max(len(shape) for shape in shapes)
    result = []
    for axis in range(-rank, 0):
        sizes = [shape[axis] for shape in shapes if len(shape) >= -axis]
        wide = [size for size in sizes if size != 1]
        assert all(size == wide[0] for size in wide), f"shapes do not fit: {shapes}"
        result.append(wide[0] if wide else 1)
    return tuple(result)


class Builder:
    """Makes Arrays.  Equal ones are made once; what can be simplified is."""

    def __init__(self, parameters: int, inputs: int) -> None:
        self.nodes: dict[Any, Array] = {}
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
        """A number, or an array of numbers; its info is (data, ...), compared by its bytes."""
        array = np.asarray(data, dtype=np.float64)
        if array.shape == ():
            number = float(array)
            return self.node("const", (), (number, math.copysign(1.0, number)), ())
        return self.node("const", (), _Data(array), array.shape)

    # --- arithmetic ---------------------------------------------------------------------------

    def map(self, op: Operation, *operands: Any) -> Array:
        args = [x if isinstance(x, Array) else self.const(x) for x in operands]
        simpler = self._simpler(op, args)
        if simpler is not None:
            return simpler
        literals = [arg.literal for arg in args]
        if all(x is not None for x in literals):
            return self.const(op.value(*literals))
        shape = broadcast(*[arg.shape for arg in args])
        args = [self._without_ones(arg, i, args) for i, arg in enumerate(args)]
        stripped = [arg.args[0] if arg.kind == "expand" else arg for arg in args]
        if broadcast(*[arg.shape for arg in stripped]) != shape:
            narrow = self.map(op, *stripped)
            return self.expand(narrow, shape)
        return self.node("map", tuple(stripped), op, shape)

    def _without_ones(self, x: Array, i: int, args: list[Array]) -> Array:
        """Axes of size 1 in front say nothing to an operation whose other operand has them."""
        rank = max([len(arg.shape) for j, arg in enumerate(args) if j != i], default=0)
        if x.kind != "reshape" or rank < len(x.shape):
            return x
        inner = x.args[0]
        is_padded = x.shape == (1,) * (len(x.shape) - len(inner.shape)) + inner.shape
        return inner if is_padded and not inner.is_batched else x

    def _simpler(self, op: Operation, args: list[Array]) -> Array | None:
        """x * 1 is x, and the like; only what is exact for every x, inf and nan included."""
        shape = broadcast(*[arg.shape for arg in args])
        numbers = [arg.literal for arg in args]
        if op is ops.identity:
            return args[0]
        if op is ops.mul:
            for x, number, y in ((args[1], numbers[0], args[0]), (args[0], numbers[1], args[1])):
                if number == 1.0:
                    return self.expand(x, shape)
                if number == -1.0:
                    return self.map(ops.neg, self.expand(x, shape))
                if number is not None and x.kind == "map" and x.info is ops.mul:
                    inner = [arg for arg in x.args if arg.literal is not None]
                    if inner:  # c * (d * x): one factor, rounded once
                        rest = [arg for arg in x.args if arg is not inner[0]]
                        if rest:
                            return self.map(ops.mul, inner[0].literal * number, rest[0])  # type: ignore[operator]
                is_per_row = x.kind == "map" and x.info is ops.div and x.args[1] is y
                if is_per_row and y is self.batch:  # a number of rows is never 0
                    return self.expand(x.args[0], shape)
                if x.kind == "map" and x.info is ops.neg and y.literal is not None:
                    return self.map(ops.mul, -y.literal, x.args[0])
        if op is ops.div and numbers[1] == 1.0:
            return self.expand(args[0], shape)
        if op is ops.sub and numbers[1] == 0.0:
            return self.expand(args[0], shape)
        if op is ops.add and args[0] is args[1]:
            return self.map(ops.mul, 2.0, args[0])
        if op is ops.neg and args[0].kind == "map" and args[0].info is ops.neg:
            return args[0].args[0]
        if op is ops.add and args[1].kind == "map" and args[1].info is ops.neg:
            return self.map(ops.sub, args[0], args[1].args[0])
        if op is ops.sub and args[1].kind == "map" and args[1].info is ops.neg:
            return self.map(ops.add, args[0], args[1].args[0])
        return None

    def sum(self, x: Array, axes: tuple[int, ...]) -> Array:
        """Over axes, counted from the front of x.shape, which disappear."""
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
        if x.kind == "map" and x.info is ops.neg:
            return self.map(ops.neg, self.sum(x.args[0], axes))
        return self.node("sum", (x,), tuple(axes), shape)

    def _sum_of_expanded(self, x: Array, axes: tuple[int, ...]) -> Array:
        """Where all numbers along an axis are the same, a sum is a product."""
        narrow = self.reshape(
            x.args[0], (1,) * (len(x.shape) - len(x.args[0].shape)) + x.args[0].shape
        )
        count: Any = 1.0
        for axis in axes:
            if narrow.shape[axis] == 1:
                n = x.shape[axis]
                count = self.batch * count if n == BATCH else count * float(n)
        rest = tuple([axis for axis in axes if narrow.shape[axis] != 1])
        kept = tuple([n for axis, n in enumerate(x.shape) if axis not in axes])
        summed = self.sum(narrow, rest)
        thin = tuple([narrow.shape[axis] for axis in range(len(x.shape)) if axis not in axes])
        return self.expand(self.map(ops.mul, self.reshape(summed, thin), count), kept)

    def peak(self, x: Array) -> Array:
        """The largest along the last axis, which stays, 1 wide; brought into the finite range."""
        return self.node("peak", (x,), None, (*x.shape[:-1], 1))

    def choose(self, index: Array, options: Array) -> Array:
        """options[..., index]; index: the shape of the result, or one that broadcasts to it."""
        shape = broadcast(index.shape, options.shape[:-1])
        return self.node("choose", (index, options), None, shape)

    # --- shape ----------------------------------------------------------------------------------

    def reshape(self, x: Array, shape: Shape) -> Array:
        if x.shape == shape:
            return x
        if x.kind == "reshape":
            return self.reshape(x.args[0], shape)
        if x.literal is not None:
            return x  # it broadcasts as it is
        if x.kind == "expand" and x.args[0].shape == ():
            return self.expand(x.args[0], shape)
        if x.kind == "const" and x.shape != ():
            return self.const(x.info.array.reshape(shape))
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

    def join(self, xs: list[Array]) -> Array:
        """Flat arrays one after another: (n1,), (n2,) ... -> (n1 + n2 + ...,)."""
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


class _Data:
    """A constant array as a part of a node's identity."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = np.ascontiguousarray(array)
        self.key = (self.array.shape, self.array.dtype.str, self.array.tobytes())

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Data) and self.key == other.key


def reachable(
    outputs: list[Array], operands: Callable[[Array], tuple[Array, ...]] = attrgetter("args")
) -> list[Array]:
    """All nodes behind the outputs, operands before users; `operands(node)` come before it."""
    order: list[Array] = []
    seen: set[int] = set()
    stack: list[tuple[Array, bool]] = [(x, False) for x in reversed(outputs)]
    while stack:
        node, is_done = stack.pop()
        if is_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            waits_for = reversed(operands(node))
            stack.extend([(arg, False) for arg in waits_for if id(arg) not in seen])
    return order
