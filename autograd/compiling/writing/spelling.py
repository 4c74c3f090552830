"""How the rows of the table are spelt on arrays: by an expression, or by a function's name."""

import ast
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from autograd import ops
from autograd.compiling.writing import special
from autograd.ops import Operation

SPECIAL: dict[Operation, Callable[..., Any]] = {
    ops.erf: special.erf, ops.erfc: special.erfc, ops.gelu: special.gelu
}  # fmt: skip
"""Rows of the table that NumPy has no function for."""

CALL = re.compile(r"np\.\w+\((\{\d\}|[\d.]+)(, (\{\d\}|[\d.]+))*\)")  # of bare operands
PRODUCTS, SUMS = (ast.Mult, ast.Div), (ast.Add, ast.Sub, ast.Mod, ast.FloorDiv, ast.Pow)
NEAR = 1e-6  # relative; a spelling may be less exact than the operation, but not a different one


class Spelling(NamedTuple):
    """An expression with {0}, {1} ... for the operands.

    `is_call`  whether it is a call of operands as they are, which need no parentheses then
    `rank`     how loosely it binds; see `Text`
    """

    template: str
    is_call: bool
    rank: int


@lru_cache(maxsize=1024)
def spelling(row: Operation) -> Spelling:
    """The spelling of a row that has one.  Raises ValueError if its value is not the row's own."""
    if getattr(ops, row.name, None) is not row:
        _check_number(row)
    is_call = CALL.fullmatch(row.array) is not None
    return Spelling(row.array, is_call, 1 if is_call else _rank(row.array))


def array_function(row: Operation) -> Callable[..., Any]:
    """A row without a spelling as a function of arrays."""
    return SPECIAL.get(row) or np.vectorize(row.value, otypes=[float])


def _rank(template: str) -> int:
    tree = ast.parse(re.sub(r"\{\d+\}", "x", template), mode="eval").body
    if isinstance(tree, (ast.Call, ast.Name, ast.Constant, ast.Subscript, ast.Attribute)):
        return 1
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, PRODUCTS):
        return 4
    is_signed = isinstance(tree, ast.UnaryOp) and not isinstance(tree.op, ast.Not)
    return 5 if is_signed or (isinstance(tree, ast.BinOp) and isinstance(tree.op, SUMS)) else 6


def _check_number(row: Operation) -> None:
    """Compare spelling and operation at the sample, twice: it must work element by element."""
    fault = _fault(row, row.value(*row.sample))
    if fault:
        raise ValueError(
            f"operation {row.name!r}: array={row.array!r} {fault} (the operation's sample, twice)"
        )


def _fault(row: Operation, expected: float) -> str:
    """What is wrong with its spelling; "" if it gives the expected number."""
    operands = {f"operand{i}": np.array([x, x]) for i, x in enumerate(row.sample)}
    at = f"at {', '.join([f'[{x}, {x}]' for x in row.sample])}"
    try:
        with np.errstate(all="ignore"):
            got = np.asarray(eval(row.array.format(*operands), {"np": np, **operands}))
            numbers = np.broadcast_to(got, 2)
    except Exception as error:
        return f"fails {at}: {error}"
    if got.dtype != float:
        return f"gives {got.dtype} instead of float64 {at}: multiply a condition by 1.0"
    if not np.allclose(numbers, expected, rtol=NEAR, atol=NEAR, equal_nan=True):
        return f"gives {numbers.tolist()} {at}, where its value is {expected!r}"
    return ""
