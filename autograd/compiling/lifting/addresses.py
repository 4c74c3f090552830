"""Where scalars live: addresses, and the patterns in them.

Every scalar has an address: each array of the program owns a range of them, in row-major order.
An operation's operands are therefore a vector of addresses, and the structure that a person sees
in the model ("each neuron reads the whole row of inputs") is a pattern in that vector: nested
loops, each with a size and a stride.  Stride 0 is broadcasting.
"""

import itertools
from typing import Any

import numpy as np

Numbers = np.ndarray[Any, Any]
Loops = list[tuple[int, int]]  # (size, stride) pairs, the outermost first


def loops_of(v: Numbers) -> Loops | None:
    """The nested loops that enumerate v - v[0], or None."""
    n = len(v)
    if n == 1:
        return []
    step = int(v[1] - v[0])
    breaks = np.flatnonzero(np.diff(v) != step)
    if not len(breaks):
        return [(n, step)]
    run = int(breaks[0]) + 1
    if n % run:
        return None
    rows = v.reshape(-1, run)
    if not np.array_equal(rows - rows[:, :1], np.broadcast_to(rows[0] - rows[0, 0], rows.shape)):
        return None
    outer = loops_of(rows[:, 0])
    return None if outer is None else _merged([*outer, (run, step)])


def _merged(loops: Loops) -> Loops:
    """Contiguous loops are fused."""
    result = [loops[0]]
    for size, stride in loops[1:]:
        outer_size, outer_stride = result[-1]
        if outer_stride == size * stride:
            result[-1] = (outer_size * size, stride)
        else:
            result.append((size, stride))
    return result


def common_sizes(all_sizes: list[list[int]]) -> list[int] | None:
    """The coarsest sizes into which all of these can be split; None if they do not nest."""
    marks = {1}
    for sizes in all_sizes:
        product = 1
        for size in reversed(sizes):
            product *= size
            marks.add(product)
    ordered = sorted(marks, reverse=True)
    result = []
    for large, small in itertools.pairwise(ordered):
        if large % small:
            return None
        result.append(large // small)
    return result


def split(loops: Loops, sizes: list[int]) -> Loops:
    """The same loops, cut to the given finer sizes."""
    result: Loops = []
    rest = list(loops)
    size, stride = 1, 0
    for wanted in reversed(sizes):
        if size == 1:
            size, stride = rest.pop()
        result.append((wanted, stride))
        stride *= wanted
        size //= wanted
    return result[::-1]


FEW = 200  # up to this many rows a dict is faster


def distinct(rows: Numbers) -> tuple[Numbers, Numbers]:
    """(first, which): the positions where the distinct rows first occur, in order, and for each
    row which of those rows it equals."""
    if len(rows) <= FEW:
        return _distinct_of_few(rows)
    width = rows.shape[1]
    key = rows[:, 0].astype(np.uint64)
    for column in range(1, width):
        key = key * np.uint64(0x9E3779B97F4A7C15) + rows[:, column].astype(np.uint64)
        key ^= key >> np.uint64(31)
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    first, which = first[order], rank[which.reshape(-1)]
    assert np.array_equal(rows[first[which]], rows), "two distinct rows with the same hash"
    return first, which


def _distinct_of_few(rows: Numbers) -> tuple[Numbers, Numbers]:
    places: dict[bytes, int] = {}
    first: list[int] = []
    which: list[int] = []
    for i, row in enumerate(rows):
        key = row.tobytes()
        if key not in places:
            places[key] = len(first)
            first.append(i)
        which.append(places[key])
    return np.array(first), np.array(which)
