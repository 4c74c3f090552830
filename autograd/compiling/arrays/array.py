"""Array: the compiler's symbol, a node of the array program.

The table's rules run on Arrays as they run on floats and Values.  There are only a few kinds of
node:

    leaves       theta (all parameters), rows (all inputs), const, batch (how many rows)
    map          a row of the table, element by element, with NumPy's broadcasting
    sum, peak    over axes; the largest along the last axis (no gradient flows through it)
    shape        reshape, transpose, index (slices), expand (broadcast), gather, join
    assemble     the transpose of index and gather: pieces put, or added, into zeros
    choose       an option by its index, along the last axis
    of printers  ones, whole, picks (NumPy source), copy (native code): see their makers

Nodes are made by a `Builder`, which simplifies as it goes; equal nodes are one node.
A shape is a tuple; BATCH, which is -1, comes first and stands for the axis of the rows.  An axis of
size -8 has 8 numbers for each row.
"""

import math
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.arithmetic import Arithmetic
from autograd.ops import Operation

if TYPE_CHECKING:
    from autograd.compiling.arrays.builder import Builder

BATCH = -1
Shape = tuple[int, ...]


class Array(Arithmetic):
    """A node: its kind, its operands, whatever else defines it, and its shape."""

    __slots__ = (
        "args", "comment", "gradient_of", "info", "is_fixed", "kind", "name", "program", "shape",
    )  # fmt: skip

    def __init__(
        self, program: "Builder", kind: str, args: tuple["Array", ...], info: Any, shape: Shape
    ) -> None:
        self.program = program
        self.kind = kind
        self.args = args
        self.info = info
        self.shape = shape
        self.name = ""
        self.comment = ""  # the scalars it stands for
        self.gradient_of: Array | None = None
        self.is_fixed: bool = kind != "theta" and all(arg.is_fixed for arg in args)

    @classmethod
    def apply_operation(cls, op: Operation, operands: tuple[Any, ...]) -> "Array":
        program = next(x.program for x in operands if isinstance(x, Array))
        return program.map(op, *operands)

    @property
    def is_batched(self) -> bool:
        return self.shape[:1] < (0,) and self.shape != ()

    @property
    def is_factor(self) -> bool:
        """Whether it is one number for all rows and every theta, so it can be moved anywhere."""
        return self.is_fixed and self.shape == ()

    @property
    def literal(self) -> float | None:
        """The number, if this is a constant scalar."""
        return float(self.info[0]) if self.kind == "const" and self.shape == () else None

    def __repr__(self) -> str:
        return f"<{self.kind} {getattr(self.info, 'name', '')} {self.shape}>"


def is_mask(x: Array) -> bool:
    """Whether it is a gather that takes each number from its own place, or puts the fill there."""
    if x.kind != "gather" or x.info[1] is None:
        return False
    index = x.info[0].array
    lead = 1 if x.is_batched else 0
    if len(x.shape) != index.ndim + lead or size_of(x.args[0].shape) != index.size:
        return False
    return bool(((index < 0) | (index == np.arange(index.size).reshape(index.shape))).all())


def without_shape(x: Array) -> Array:
    """What it is a reshape of."""
    return x.args[0] if x.kind == "reshape" else x


def size_of(shape: Shape) -> int:
    """How many numbers it has per row."""
    return abs(math.prod(shape))


def broadcast(*shapes: Shape) -> Shape:
    """The common shape by NumPy's rule."""
    if shapes.count(shapes[0]) == len(shapes):
        return shapes[0]
    rank = max(len(shape) for shape in shapes)
    result = []
    for axis in range(-rank, 0):
        sizes = [shape[axis] for shape in shapes if len(shape) >= -axis]
        wide = [size for size in sizes if size != 1]
        assert all(size == wide[0] for size in wide), f"shapes do not fit: {shapes}"
        result.append(wide[0] if wide else 1)
    return tuple(result)


def reachable(
    outputs: list[Array], operands: Callable[[Array], tuple[Array, ...]] = attrgetter("args")
) -> list[Array]:
    """All nodes that the outputs depend on, each after its `operands(node)`."""
    order: list[Array] = []
    seen: set[Array] = set()
    stack: list[Array | None] = [*reversed(outputs)]
    while stack:
        node = stack.pop()
        if node is None:  # everything that the next one needs has been visited
            order.append(stack.pop())  # type: ignore[arg-type]
        elif node not in seen:
            seen.add(node)
            stack += [node, None]
            stack += [arg for arg in reversed(operands(node)) if arg not in seen]
    return order
