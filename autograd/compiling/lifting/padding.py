"""Ragged groups, padded to full rectangles: causal attention is a matrix product with a mask.

A group whose members make up most of a rectangle - each query with the keys up to its own - is
computed for the whole rectangle.  Places to which no scalar of the graph corresponds are `holes`:
everything that reads the array skips them, and they contribute no gradient.
"""

from typing import NamedTuple

import numpy as np

from autograd.compiling.lifting.addresses import Numbers, distinct

WASTE = 2.5  # numbers computed per number needed


class Filled(NamedTuple):
    """N operand rows for a group of n <= N members: member order[i] is at places[i]."""

    operands: Numbers
    order: Numbers
    places: Numbers


def filled_dots(operands: Numbers) -> Filled | None:
    """Dots of each row on one side with some of the rows on the other, as a full rectangle.

    (n, 2 k) addresses in, (N, 2 k) out.  None if the group is full already or not a rectangle.
    """
    half = operands.shape[1] // 2
    w, x = operands[:, :half], operands[:, half:]
    for fixed, moving, is_swapped in ((w, x, False), (x, w, True)):
        first, row = distinct(fixed)
        counts = np.bincount(row)
        width = int(counts.max())
        if width == counts.min() or width * len(counts) > WASTE * len(operands):
            continue
        order = np.argsort(row, kind="stable")
        place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        first_moving, which = distinct(moving)
        table = np.full((len(counts), width), -1)
        table[row[order], place] = which[order]
        table = read_on(table)
        if (table < 0).any():
            continue
        sides = [np.repeat(fixed[first], width, axis=0), moving[first_moving][table.ravel()]]
        full = np.concatenate(sides[::-1] if is_swapped else sides, axis=1)
        return Filled(full, order, row[order] * width + place)
    return None


def filled_columns(operands: Numbers, column: int, base: int, places: Numbers, n: int) -> Filled:
    """Element-wise members whose operand in `column` is an array of n numbers with holes.

    In a hole the other operands are those of the preceding member.
    """
    order = np.argsort(operands[:, column], kind="stable")
    before = np.searchsorted(places, np.arange(n), side="right") - 1
    full = operands[order][np.maximum(before, 0)]
    full[:, column] = base + np.arange(n)
    return Filled(full, order, places)


def read_on(x: Numbers) -> Numbers:
    """Short rows, which end in -1, completed by a full row with the same beginning, if any."""
    if not (x < 0).any():
        return x
    x = x.copy()
    counts = (x >= 0).sum(axis=1)
    longest = x[counts == x.shape[1]]
    for count in np.unique(counts):
        if count == x.shape[1] or not len(longest):
            continue
        known = {row[:count].tobytes(): row for row in longest[::-1]}
        for i in np.flatnonzero(counts == count):
            row = known.get(x[i, :count].tobytes())
            if row is not None:
                x[i] = row
    return x
