"""The columns of a sum or a dot, in parts: each is what is stored together.

`dot(W[i], h) + dot(U[i], x) + b[i]` is a sum of three columns, each in an array of its own.  To
bring them together in one array would copy all three, and broadcast `b` to every row of inputs;
so each is read where it is, and then they are added.
"""

import numpy as np

from autograd.compiling.lifting.addresses import Numbers, distinct

MIXED = -1  # instead of an owner, for a column whose numbers are in several arrays
FEW_TERMS = 4  # up to so many products of several arrays are written out one by one


def parts_of(*owners: Numbers) -> list[Numbers]:
    """The numbers of the columns of each part, in the order of their first columns.

    `owners`  (n, columns) each: the array of each term; of a dot that of each weight, and that of
              each x; -1 where a node has fewer terms than another
    """
    count = owners[0].shape[1]
    if not count:  # a bias alone
        return []
    keys = np.stack([_of_columns(matrix) for matrix in owners], axis=1)
    _, which = distinct(keys)
    sizes = np.bincount(which)
    parts = np.split(np.argsort(which, kind="stable"), np.cumsum(sizes)[:-1])
    is_dot, is_padded = len(owners) > 1, any((matrix < 0).any() for matrix in owners)
    if is_dot and not is_padded and count <= FEW_TERMS and (len(parts) > 1 or MIXED in keys):
        return [np.array([column]) for column in range(count)]
    hardly_matrices = is_dot and 2 * len(parts) > count
    if hardly_matrices or (is_padded and len(parts) > FEW_TERMS):
        return [np.arange(count)]
    return parts


def _of_columns(owners: Numbers) -> Numbers:
    """(columns,) the array in which a whole column is."""
    owner = owners.max(axis=0)
    is_one = ((owners == owner) | (owners < 0)).all(axis=0)
    return np.where(is_one, owner, MIXED)


def columns(operands: Numbers, part: Numbers, is_padded: bool) -> Numbers:
    """(n, k) the operands of a part; (n,) of a single column that no node goes without."""
    return operands[:, part] if len(part) > 1 or is_padded else operands[:, part[0]]
