"""Sums of products, written as matrix products.

The sum of a * b over some axes is a contraction.  Each axis is a letter; those in both operands
and in the result are `shared`, in both but not in the result `summed`, the rest belong to only one
operand.  If no axis is shared it is one matrix product, otherwise a stack of them.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from autograd import ops
from autograd.compiling.arrays.array import Array


@dataclass
class Contraction:
    """letters of a, of b and of the result, e.g. "ik", "jk", "ij"; sizes by letter."""

    a: Array
    b: Array
    of_a: str
    of_b: str
    result: str
    sizes: dict[str, int]

    @property
    def shared(self) -> str:
        return "".join(x for x in self.result if x in self.of_a and x in self.of_b)

    @property
    def summed(self) -> str:
        return "".join(x for x in self.of_a if x in self.of_b and x not in self.result)

    def built(self, result: str) -> Array:
        """The same sum of products with its axes in this order."""
        build = self.a.program
        full = result + self.summed

        def placed(x: Array, letters: str) -> Array:
            moved = build.transpose(x, tuple([letters.index(n) for n in full if n in letters]))
            return build.reshape(moved, tuple([self.sizes[n] if n in letters else 1 for n in full]))

        factors = placed(self.a, self.of_a), placed(self.b, self.of_b)
        shape = tuple([self.sizes[n] for n in full])
        product = build.node("map", factors, ops.mul, shape)
        return build.node(
            "sum", (product,), tuple(range(len(result), len(full))), shape[: len(result)]
        )

    def transposed(self, order: tuple[int, ...]) -> "Contraction":
        return replace(self, result="".join(self.result[axis] for axis in order))

    @cached_property
    def is_outer(self) -> bool:
        """Whether the result has an axis of only one operand: more than a stack of dot products."""
        return self.is_matrix_product and set(self.of_a) != set(self.of_b)

    @cached_property
    def is_matrix_product(self) -> bool:
        alone = [x for x in self.of_a + self.of_b if self.of_a.count(x) + self.of_b.count(x) == 1]
        return all(x in self.result for x in alone) and bool(self.summed)


def contraction(node: Array) -> Contraction | None:
    """The contraction that computes a `sum` of a product; None for any other sum."""
    if node.kind != "sum":
        return None
    known = node.program.contractions
    if node not in known:
        known[node] = _found(node)
    found: Contraction | None = known[node]
    return found


def is_matrix_product(node: Array) -> bool:
    """Whether it is a sum of products that a matrix product computes."""
    found = contraction(node)
    return found is not None and found.is_outer


def _found(node: Array) -> Contraction | None:
    (product,) = node.args
    if product.kind != "map" or product.info is not ops.mul:
        return None
    full = product.shape
    letters = "abcdefghijklmnopqrstuvwxyz"[: len(full)]
    sizes = dict(zip(letters, full))
    a, of_a = _turned(*_thin(product.args[0], full, letters))
    b, of_b = _turned(*_thin(product.args[1], full, letters))
    result = "".join(
        x for axis, x in enumerate(letters) if axis not in node.info and full[axis] != 1
    )
    if not all(x in of_a or x in of_b for x in result):
        return None
    return Contraction(a, b, of_a, of_b, result, sizes)


def _thin(x: Array, full: tuple[int, ...], letters: str) -> tuple[Array, str]:
    """x without axes of size 1, and the letters of the axes that remain."""
    skipped = len(full) - len(x.shape)
    named = "".join(letters[skipped + axis] for axis, n in enumerate(x.shape) if n != 1)
    return x.program.reshape(x, tuple([n for n in x.shape if n != 1])), named


def _turned(x: Array, letters: str) -> tuple[Array, str]:
    """A transpose becomes its operand, with the letters reordered."""
    if x.kind != "transpose":
        return x, letters
    return _turned(x.args[0], "".join(letters[x.info.index(axis)] for axis in range(len(letters))))
