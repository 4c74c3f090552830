"""The table's rules as Python on floats: a rule runs on text, and writes itself down."""

from typing import Any

from autograd import ops
from autograd.ops import Operation

INFIX = {"add": "+", "sub": "-", "mul": "*"}  # those that floats do as the table does


class Symbol:
    """Whatever has the table's arithmetic, by its `apply_operation`."""

    @classmethod
    def apply_operation(cls, op: Operation, operands: tuple[Any, ...]) -> Any:
        raise NotImplementedError

    def __add__(self, other: Any) -> Any:
        return self.apply_operation(ops.add, (self, other))

    def __radd__(self, other: Any) -> Any:
        return self.apply_operation(ops.add, (other, self))

    def __sub__(self, other: Any) -> Any:
        return self.apply_operation(ops.sub, (self, other))

    def __rsub__(self, other: Any) -> Any:
        return self.apply_operation(ops.sub, (other, self))

    def __mul__(self, other: Any) -> Any:
        return self.apply_operation(ops.mul, (self, other))

    def __rmul__(self, other: Any) -> Any:
        return self.apply_operation(ops.mul, (other, self))

    def __neg__(self) -> Any:
        return self.apply_operation(ops.neg, (self,))


class Written(Symbol):
    """Text: a rule of the table runs on it, and writes itself down."""

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def apply_operation(cls, op: Operation, operands: tuple[Any, ...]) -> "Written":
        texts = [x.text if isinstance(x, Written) else repr(x) for x in operands]
        if op.name in INFIX:
            return cls(f"({texts[0]} {INFIX[op.name]} {texts[1]})")
        return cls(f"-{texts[0]}" if op is ops.neg else f"{op.name}({', '.join(texts)})")
