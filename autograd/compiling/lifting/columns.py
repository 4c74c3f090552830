"""The columns of a sum or a dot, split into parts that are each stored together.

`dot(W[i], h) + dot(U[i], x) + b[i]` is a sum of three parts, each in its own array.  Putting them
into one array would copy all three, and broadcast `b` to every row of inputs; so each part is read
where it is, and the results are added.
"""

import numpy as np

from autograd.compiling.lifting.addresses import Numbers, distinct

MIXED = -1  # in place of an owner: a column whose numbers are in several arrays
FEW_TERMS = 4  # up to this many products over several arrays are written out one by one


def parts_of(*owners: Numbers) -> list[Numbers]:
    """For each part the numbers of its columns; parts are in the order of their first columns.

    `owners`  (n, columns) each: the array of each term; for a dot one such table for the weights
              and one for the xs; -1 where a node has fewer terms than another
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
    """(columns,) the array that holds the whole column."""
    owner = owners.max(axis=0)
    is_one = ((owners == owner) | (owners < 0)).all(axis=0)
    return np.where(is_one, owner, MIXED)


def columns(operands: Numbers, part: Numbers, is_padded: bool) -> Numbers:
    """(n, k) the operands of a part; (n,) for a single column that every node has."""
    return operands[:, part] if len(part) > 1 or is_padded else operands[:, part[0]]
