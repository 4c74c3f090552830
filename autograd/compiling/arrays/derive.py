"""The backward program: the chain rule, on arrays.

There is no calculus here.  The local derivatives of an element-wise operation come from its row of
the table, run on Arrays.  Everything else moves or adds up numbers, and the gradient spreads and
moves them back: the transpose of a linear map.
"""

from collections import Counter
from typing import Any

from autograd import ops
from autograd.compiling.arrays.array import BATCH, Array, Shape, is_mask, reachable, size_of
from autograd.compiling.arrays.builder import Builder


def gradient(build: Builder, output: Array) -> Array:
    """(parameters,) the gradient with respect to theta of the output's mean over the rows."""
    upstream: Array = build.const(1.0)
    if output.is_batched:
        upstream = build.expand(build.map(ops.div, 1.0, build.batch), output.shape)
    backward = Backward(build, output, upstream)
    return backward.gradient


class Backward:
    """Collects the gradient that each node's users send back, and passes the total on."""

    def __init__(self, build: Builder, output: Array, upstream: Array) -> None:
        self.build = build
        self.parts: dict[Array, list[Array]] = {output: [upstream]}
        self.pieces: dict[Array, list[tuple[str, Any, Array]]] = {}
        order = reachable([output])
        active = {build.theta}
        for node in order:
            if any(arg in active for arg in node.args) and node.kind != "peak":
                active.add(node)
        self.active = active
        for node in reversed(order):
            if node in active and (total := self._total(node)) is not None:
                if node is build.theta:
                    break
                getattr(self, f"_{node.kind}")(node, total)
        total = self._total(build.theta)
        self.gradient = (
            build.expand(build.const(0.0), build.theta.shape) if total is None else total
        )

    def _total(self, node: Array) -> Array | None:
        parts = list(self.parts.get(node, []))
        if pieces := self.pieces.get(node):
            parts.insert(0, self.build.assemble(node.shape, pieces))
        if not parts:
            return None
        times = Counter(parts)  # x * x sends the same part twice
        total: Array | None = None
        for part, count in times.items():
            term = part if count == 1 else part * float(count)
            total = term if total is None else total + term
        assert total is not None
        if total.gradient_of is None and not total.comment:
            total.gradient_of = node
        return self.build.expand(total, node.shape)

    def _send(self, node: Array, contribution: Array) -> None:
        if node in self.active:
            self.parts.setdefault(node, []).append(contribution)

    # --- one method per kind of node --------------------------------------------------------------

    def _map(self, z: Array, upstream: Array) -> None:
        """The chain rule: local derivative, from the table, times upstream gradient."""
        local_derivatives = z.info.derivatives(z, *z.args)
        for x, local in zip(z.args, local_derivatives):
            if x not in self.active or (isinstance(local, float) and local == 0.0):
                continue
            contribution = upstream if _is_one(local) else local * upstream
            contribution = self._outside_holes(z, local, contribution)
            self._send(x, summed_to(self.build, contribution, x.shape, z.shape))

    def _outside_holes(self, z: Array, local: Any, contribution: Array) -> Array:
        """In a hole the local derivative may be infinite, but the gradient there is always 0."""
        is_known = self.build.holes.get(z)
        if (
            is_known is None
            or z in self.build.zeroed
            or isinstance(local, float)
            or local.is_factor
        ):
            return contribution
        masked = self.build.masked(self.build.expand(contribution, z.shape), is_known, 0.0)
        return self.build.reshape(masked, z.shape)

    def _sum(self, z: Array, upstream: Array) -> None:
        (x,) = z.args
        thin = tuple([1 if axis in z.info else n for axis, n in enumerate(x.shape)])
        self._send(x, self.build.expand(self.build.reshape(upstream, thin), x.shape))

    def _choose(self, z: Array, upstream: Array) -> None:
        """d z / d option i is equal(index, i), as in the table, for every i along the last axis."""
        build = self.build
        index, options = z.args
        numbers = build.const([float(i) for i in range(options.shape[-1])])
        picked = build.map(ops.equal, build.reshape(index, (*index.shape, 1)), numbers)
        wide = build.reshape(upstream, (*upstream.shape, 1))
        full = (*z.shape, options.shape[-1])
        self._send(options, summed_to(build, picked * wide, options.shape, full))

    def _reshape(self, z: Array, upstream: Array) -> None:
        self._send(z.args[0], self.build.reshape(upstream, z.args[0].shape))

    def _transpose(self, z: Array, upstream: Array) -> None:
        order = sorted(range(len(z.info)), key=lambda axis: z.info[axis])
        self._send(z.args[0], self.build.transpose(upstream, tuple(order)))

    def _expand(self, z: Array, upstream: Array) -> None:
        self._send(z.args[0], summed_to(self.build, upstream, z.args[0].shape, z.shape))

    def _index(self, z: Array, upstream: Array) -> None:
        self._put(z, "index", z.info, upstream)

    def _gather(self, z: Array, upstream: Array) -> None:
        if is_mask(z):
            back = self.build.masked(upstream, z.info[0].array >= 0, 0.0)
            self._send(z.args[0], self.build.reshape(back, z.args[0].shape))
            return
        self._put(z, "gather", z.info[0], upstream)

    def _put(self, z: Array, how: str, where: Any, upstream: Array) -> None:
        """To the place that z was read from, looking through reshapes so that all pieces meet."""
        self.pieces.setdefault(z.args[0], []).append((how, where, upstream))

    def _join(self, z: Array, upstream: Array) -> None:
        start = 0
        lead = ((0, BATCH),) if z.is_batched else ()
        for x in z.args:
            stop = start + size_of(x.shape)
            part = self.build.index(upstream, (*lead, (start, stop)))
            self._send(x, part)
            start = stop


def summed_to(build: Builder, x: Array, shape: Shape, full: Shape) -> Array:
    """The transpose of broadcasting `shape` to `full`: the sum over the axes that were repeated."""
    x = build.expand(x, full)
    extra = len(full) - len(shape)
    axes = [*range(extra)]
    axes += [extra + i for i, n in enumerate(shape) if n == 1 and full[extra + i] != 1]
    return build.reshape(build.sum(x, tuple(axes)), shape)


def _is_one(local: Any) -> bool:
    return isinstance(local, float) and local == 1.0
