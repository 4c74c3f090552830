"""Reading scalars out of an array by loops, as a NumPy view wherever there is one.

A reading is (array, offset, loops): the scalars at offset + i * stride + j * stride' ... in the
array's row-major order.
"""

import itertools

import numpy as np

from autograd.compiling.arrays.array import BATCH, Array, size_of
from autograd.compiling.arrays.builder import Builder
from autograd.compiling.lifting.addresses import Loops, Numbers

Reading = tuple[Array, int, Loops]


def read(build: Builder, array: Array, offset: int, loops: Loops) -> Array:
    """The array that a reading reads, shaped like its loops; size 1 where the stride is 0."""
    lead = (BATCH,) if array.is_batched else ()
    moving = _joined(loops)
    own = array.shape[len(lead) :]
    if array.literal is not None:
        return array
    view = (
        _sliced(build, array, offset, moving, own)
        or _sliced(build, array, offset, moving, (size_of(array.shape),))
        or build.gather(flat(build, array), positions(offset, moving))
    )
    return build.reshape(view, (*lead, *[size if step else 1 for size, step in loops]))


def positions(offset: int, loops: Loops) -> Numbers:
    """(n,) the positions in the array's row-major order that the loops read."""
    index = np.array([offset])
    for size, step in loops:
        index = (index[:, None] + step * np.arange(size)).ravel()
    return index


def flat(build: Builder, array: Array) -> Array:
    lead = (BATCH,) if array.is_batched else ()
    return build.reshape(array, (*lead, size_of(array.shape)))


def _sliced(
    build: Builder, array: Array, offset: int, loops: Loops, shape: tuple[int, ...]
) -> Array | None:
    """The reading as a reshape, slices and a transpose of the array, if it can be written so."""
    marks = {1}
    for size in reversed(shape):
        marks.add(max(marks) * size)
    pieces = _cut_at(loops, sorted(marks))
    steps = [step for _, step in pieces]
    if len(set(steps)) < len(steps) or min(steps, default=1) < 0:
        return None
    levels = sorted(marks | set(steps), reverse=True)
    if any(large % small for large, small in itertools.pairwise(levels)):
        return None
    lead = (BATCH,) if array.is_batched else ()
    sizes = [large // small for large, small in itertools.pairwise(levels)]
    wanted = {step: size for size, step in pieces}
    slices: list[int | tuple[int, int]] = [(0, BATCH)] if lead else []
    for level, size in zip(levels[1:], sizes):
        start = offset // level % size
        if level in wanted and start + wanted[level] > size:
            return None
        slices.append((start, start + wanted[level]) if level in wanted else start)
    x = build.index(build.reshape(array, (*lead, *sizes)), tuple(slices))
    kept = [level for level in levels[1:] if level in wanted]
    return build.transpose(
        x, (*range(len(lead)), *[len(lead) + kept.index(step) for step in steps])
    )


def _cut_at(loops: Loops, marks: list[int]) -> Loops:
    """Loops that run across a mark, split there where possible."""
    result: Loops = []
    for size, step in loops:
        inner: Loops = []
        for mark in marks:
            if step > 0 and step < mark < step * size and mark % step == 0:
                if size % (mark // step):
                    break
                inner.append((mark // step, step))
                size, step = size // (mark // step), mark
        result.append((size, step))
        result.extend(inner[::-1])
    return [(size, step) for size, step in result if size > 1]


def _joined(loops: Loops) -> Loops:
    """The loops with a nonzero stride; contiguous loops are fused."""
    result: Loops = []
    for size, step in loops:
        if step and size > 1:
            if result and result[-1][1] == size * step:
                result[-1] = (result[-1][0] * size, step)
            else:
                result.append((size, step))
    return result
