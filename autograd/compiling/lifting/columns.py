"""The columns of a sum or a dot, in parts: each is what is stored together.

`dot(W[i], h) + dot(U[i], x) + b[i]` is a sum of three columns, each in an array of its own.  To
bring them together in one array would copy all three, and broadcast `b` to every row of inputs;
so each is read where it is, and then they are added.
"""

import numpy as np

from autograd.compiling.lifting.addresses import Numbers

MIXED = -1  # instead of an owner, for a column whose numbers are in several arrays
FEW_TERMS = 4  # up to so many products of several arrays are written out one by one


def parts_of(operands: Numbers, *owners: Numbers) -> list[Numbers]:
    """The numbers of the columns of each part, in the order of their first columns.

    `operands`  (n, arity), -1 where a sum has fewer terms than another: then all is one part
    `owners`    (n, columns) the array of each term; of a dot that of each weight, and of each x
    """
    count = owners[0].shape[1]
    parts: dict[tuple[int, ...], list[int]] = {}
    for column, key in enumerate(zip(*[_of_columns(matrix) for matrix in owners])):
        parts.setdefault(key, []).append(column)
    is_scattered = len(parts) > 1 or any(MIXED in key for key in parts)
    if not is_scattered or (operands < 0).any():
        return [np.arange(count)]
    is_dot = len(owners) > 1
    if is_dot and count <= FEW_TERMS:
        return [np.array([column]) for column in range(count)]
    if is_dot and 2 * len(parts) > count:  # hardly a product of matrices
        return [np.arange(count)]
    return [np.array(part) for part in parts.values()]


def _of_columns(owners: Numbers) -> list[int]:
    """The array in which a whole column is."""
    is_one = (owners == owners[0]).all(axis=0)
    found: list[int] = np.where(is_one, owners[0], MIXED).tolist()
    return found


def columns(operands: Numbers, part: Numbers) -> Numbers:
    """(n, k) the operands of a part; (n,) of a single column, if it is full."""
    block = operands[:, part]
    return block[:, 0] if len(part) == 1 and (block >= 0).all() else block
