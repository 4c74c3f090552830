"""Arithmetic: what lets a rule of the table run on a symbol as it runs on floats and Values.

Anything that can apply the table's operations gets + - * / ** and negation from here: the formulas'
text, the compiler's arrays, Python source, machine code.  (Value has its own, for speed.)  To add a
reader that runs rules, subclass this and define what applying an operation means.
"""

from typing import Any, TypeVar

from autograd import ops
from autograd.ops import Operation

S = TypeVar("S", bound="Arithmetic")


class Arithmetic:
    """Operators, each a row of the table; either side may be a number."""

    __slots__ = ()

    @classmethod
    def apply_operation(cls: type[S], op: Operation, operands: tuple[Any, ...]) -> S:
        """op(*operands); at least one operand is of this class, the others may be floats."""
        raise NotImplementedError

    def __add__(self: S, other: Any) -> S:
        return self.apply_operation(ops.add, (self, other))

    def __radd__(self: S, other: Any) -> S:
        return self.apply_operation(ops.add, (other, self))

    def __sub__(self: S, other: Any) -> S:
        return self.apply_operation(ops.sub, (self, other))

    def __rsub__(self: S, other: Any) -> S:
        return self.apply_operation(ops.sub, (other, self))

    def __mul__(self: S, other: Any) -> S:
        return self.apply_operation(ops.mul, (self, other))

    def __rmul__(self: S, other: Any) -> S:
        return self.apply_operation(ops.mul, (other, self))

    def __truediv__(self: S, other: Any) -> S:
        return self.apply_operation(ops.div, (self, other))

    def __rtruediv__(self: S, other: Any) -> S:
        return self.apply_operation(ops.div, (other, self))

    def __pow__(self: S, other: Any) -> S:
        return self.apply_operation(ops.pow, (self, other))

    def __rpow__(self: S, other: Any) -> S:
        return self.apply_operation(ops.pow, (other, self))

    def __neg__(self: S) -> S:
        return self.apply_operation(ops.neg, (self,))

    def __pos__(self: S) -> S:
        return self

    def __abs__(self: S) -> S:
        return self.apply_operation(ops.abs, (self,))
