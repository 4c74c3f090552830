"""Where a step writes its gradient: each part directly into its place.

Parameters and gradients are vectors; the matrices and biases are views of them, so that an update
is one statement, and a product can be told to write its result where the gradient is.
"""

import itertools
from typing import NamedTuple

from autograd import ops
from autograd.compiling.arrays.array import Array, size_of


class Targets(NamedTuple):
    """The gradient in pieces.

    `writes`  (piece, view): the piece, shaped like the view, goes where the view is in the
              gradient, which is 0 elsewhere; None: the piece is the whole gradient
    `added`   what is then added to the whole gradient, if anything
    """

    writes: list[tuple[Array, Array | None]]
    added: Array | None


def targets(gradient: Array, views: list[Array]) -> Targets:
    """For a gradient (parameters,) and the views of theta that the program reads."""
    (size,) = gradient.shape
    if gradient.kind == "map" and gradient.info is ops.add:
        for parts, added in (gradient.args, gradient.args[::-1]):
            writes = _writes(parts, views)
            if writes is not None and sum(size_of(piece.shape) for piece, _ in writes) == size:
                return Targets(writes, added)  # no gap, in which sums would accumulate
    return Targets(_writes(gradient, views) or [(gradient, None)], None)


def is_plain_view(node: Array) -> bool:
    """Whether it is a contiguous part of theta, in some shape."""
    inner = node.args[0] if node.kind == "reshape" else node
    if inner.kind == "index":
        inner = inner.args[0]
    return inner.kind == "theta" and node.kind != "theta"


def _writes(parts: Array, views: list[Array]) -> list[tuple[Array, Array | None]] | None:
    """The pieces of an `assemble` whose pieces do not overlap; else None."""
    if parts.kind != "assemble" or any(how != "index" for how, _ in parts.info):
        return None
    spans = [_span(where) for _, where in parts.info]
    ordered = sorted(spans)
    if any(stop > start for (_, stop), (start, _) in itertools.pairwise(ordered)):
        return None
    view_at = {_span_of(view): view for view in reversed(views)}
    if not all(span in view_at for span in spans):
        return None
    build = parts.program
    found = [view_at[span] for span in spans]
    return [(build.reshape(piece, view.shape), view) for piece, view in zip(parts.args, found)]


def _span_of(view: Array) -> tuple[int, int]:
    inner = view.args[0] if view.kind == "reshape" else view
    return _span(inner.info) if inner.kind == "index" else (0, inner.shape[0])


def _span(where: tuple[int | tuple[int, int], ...]) -> tuple[int, int]:
    """(start, stop) of a place in a vector."""
    (place,) = where
    return place if isinstance(place, tuple) else (place, place + 1)
