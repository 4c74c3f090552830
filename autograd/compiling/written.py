"""The table's rules as Python source on floats: a rule runs on text and so writes itself down."""

from typing import Any

from autograd import ops
from autograd.arithmetic import Arithmetic
from autograd.ops import Operation

INFIX = (ops.add, ops.sub, ops.mul)  # those that floats compute as the table does


class Written(Arithmetic):
    """Text: a rule of the table runs on it, and so writes itself down."""

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def apply_operation(cls, op: Operation, operands: tuple[Any, ...]) -> "Written":
        texts = [x.text if isinstance(x, Written) else repr(x) for x in operands]
        if op in INFIX:
            return cls(f"({texts[0]} {op.symbol} {texts[1]})")
        return cls(f"-{texts[0]}" if op is ops.neg else f"{op.name}({', '.join(texts)})")
