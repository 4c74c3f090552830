"""Where each scalar is stored: in which array of the program, and at which place in it.

Parameters live in one flat vector, theta.  They are packed in the order in which the model uses
them - a layer's weights side by side as a matrix, then its biases - whatever their order in the
user's list.
"""

from bisect import bisect_right

import numpy as np

from autograd import ops
from autograd.compiling.arrays.array import BATCH, Array, size_of
from autograd.compiling.arrays.builder import Builder
from autograd.compiling.lifting.addresses import Numbers, distinct
from autograd.compiling.lifting.capture import FROZEN, INPUT, PARAMETER, ROLES, Graph
from autograd.compiling.lifting.columns import parts_of
from autograd.compiling.lifting.group import Group
from autograd.compiling.lifting.reading import flat

SPARSE = 2  # if at most one number in this many is read, whole arrays are not joined


class Storage:
    """The arrays of the program, each with a range of addresses, and each node's address.

    `order`  (parameters,) theta[i] is the user's parameter number order[i]
    """

    def __init__(self, graph: Graph, builder: Builder, order: Numbers) -> None:
        self.builder = builder
        self.order = order
        self.arrays: list[Array] = []
        self.bases: list[int] = []
        self._base_array = np.zeros(64, dtype=np.int64)  # the same, with spare room
        self._ends = 0
        self.address = np.full(len(graph.op) + 1, -1, dtype=np.int64)  # the last is for node -1
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        is_parameter, is_input = graph.role == PARAMETER, graph.role == INPUT
        self.address[:-1][is_parameter] = (
            self._add(builder.theta) + place[graph.number[is_parameter]]
        )
        self.address[:-1][is_input] = self._add(builder.rows) + graph.number[is_input]
        frozen = np.flatnonzero(graph.role == FROZEN)
        if len(frozen):
            bits = graph.data[frozen].view(np.int64)  # bit for bit: -0.0 is not 0.0, nan is nan
            _, first, which = np.unique(bits, return_index=True, return_inverse=True)
            numbers = builder.const(graph.data[frozen][first])
            self.address[frozen] = self._add(numbers) + which.reshape(-1)

    def _add(self, array: Array) -> int:
        base = self._ends
        self.arrays.append(array)
        self.bases.append(base)
        self._ends += size_of(array.shape) + 1  # a gap: no run of addresses spans two arrays
        if len(self.bases) > len(self._base_array):  # doubled: linear cost in all
            self._base_array = np.resize(self._base_array, 2 * len(self.bases))
        self._base_array[len(self.bases) - 1] = base
        return base

    def store(self, nodes: Numbers, array: Array, places: Numbers | None = None) -> None:
        """Node nodes[i] is at places[i] of the array's row-major order; None: at i."""
        base = self._add(array)
        if places is None:
            self.builder.holes[array] = None
            places = np.arange(len(nodes))
        elif array not in self.builder.holes:
            is_known = np.zeros(size_of(array.shape), dtype=bool)
            is_known[places] = True
            self.builder.holes[array] = is_known.reshape(
                array.shape[1 if array.is_batched else 0 :]
            )
        self.address[nodes] = base + places

    def with_holes(self, v: Numbers) -> tuple[Array, int, Numbers] | None:
        """The array with holes that holds all these addresses, its first address, and the places
        in it that are not holes."""
        found = self.one_array(v) if len(v) and v.min() >= 0 else None
        is_known = self.builder.holes.get(found[0]) if found is not None else None
        if found is None or is_known is None:
            return None
        return *found, np.flatnonzero(is_known)

    def addresses(self, nodes: Numbers) -> Numbers:
        """The addresses of node numbers; -1 stays -1."""
        return self.address[nodes]

    def owner(self, v: Numbers) -> Numbers:
        """The number of the array at each address."""
        return np.searchsorted(self._base_array[: len(self.bases)], v, side="right") - 1

    def _one_owner(self, v: Numbers) -> int | None:
        """The number of the one array that has all these addresses; None if there are several."""
        lowest, highest = [bisect_right(self.bases, end) - 1 for end in (v.min(), v.max())]
        return lowest if lowest == highest else None

    def one_array(self, v: Numbers) -> tuple[Array, int] | None:
        """The array that holds all these addresses, and its first address.

        None for constants, which never get a view (see `frozen`).
        """
        number = self._one_owner(v)
        if number is None or self.arrays[number].kind == "const":
            return None
        return self.arrays[number], self.bases[number]

    def frozen(self, v: Numbers) -> Numbers | None:
        """The numbers at these addresses, if all are constants."""
        number = self._one_owner(v)
        if number is None or self.arrays[number].kind != "const":
            return None
        array, base = self.arrays[number], self.bases[number]
        data: Numbers = (
            array.info.array[v - base] if array.shape else np.full(len(v), array.info[0])
        )
        return data

    def common(self, v: Numbers) -> tuple[Array, Numbers]:
        """A flat array in which all these addresses are, and their places in it."""
        used, which = np.unique(self.owner(v), return_inverse=True)
        starts, stops = self._stretches(v, used, which)
        bounds = zip(used.tolist(), starts.tolist(), stops.tolist())
        joined = self.builder.join([self._piece(*bound) for bound in bounds])
        first = np.concatenate([[0], np.cumsum(stops - starts)[:-1]])
        return joined, v - (self._base_array[used] + starts - first)[which]

    def _stretches(self, v: Numbers, used: Numbers, which: Numbers) -> tuple[Numbers, Numbers]:
        """Where to begin and end reading in each used array; v[i] is in used[which[i]]."""
        base = self._base_array[used]
        sizes = np.array([size_of(self.arrays[i].shape) for i in used])
        starts, stops = sizes.copy(), np.zeros_like(sizes)
        np.minimum.at(starts, which, v - base[which])
        np.maximum.at(stops, which, v - base[which] + 1)
        if SPARSE * (stops - starts).sum() > sizes.sum():
            return np.zeros_like(sizes), sizes  # whole arrays: the next may join the same
        return starts, stops

    def _piece(self, number: int, start: int, stop: int) -> Array:
        """Part of an array, flat."""
        array = flat(self.builder, self.arrays[number])
        lead = ((0, BATCH),) if array.is_batched else ()
        return self.builder.index(array, (*lead, (start, stop)))


def packed(graph: Graph, groups: list[Group], builder: Builder) -> Storage:
    """A storage in which each matrix of weights is contiguous, row by row."""
    n = builder.theta.shape[0]
    order: list[Numbers] = []
    is_free = np.ones(n, dtype=bool)

    def pack(nodes: Numbers) -> None:
        numbers = graph.number[nodes]
        if is_free[numbers].all() and len(np.unique(numbers)) == len(numbers):
            order.append(numbers)
            is_free[numbers] = False

    for nodes in _blocks(graph, groups):
        pack(nodes)
    order.append(np.flatnonzero(is_free))
    return Storage(graph, builder, np.concatenate(order))


def _blocks(graph: Graph, groups: list[Group]) -> list[Numbers]:
    """The node numbers of the parameters that each operation reads together, matrices first."""
    matrices: list[Numbers] = []
    vectors: list[Numbers] = []
    role = np.append(graph.role, -1)
    owner = role.copy()  # for each node the group that computes it, which will be one array
    for number, group in enumerate(groups, start=len(ROLES)):
        owner[group.nodes] = number
    for group in groups:
        for block in _read_together(group, owner):
            if block.size and (role[block] == PARAMETER).all():
                rows = block[distinct(block)[0]]
                if group.op is ops.choose:
                    rows = rows.T  # option by option: a lookup then reads one row
                is_matrix = group.op in (ops.dot, ops.choose) and block.shape[1] > 1
                if len(group.nodes) == 1:
                    vectors.append(rows.ravel())  # a penalty over all parameters comes last
                else:
                    (matrices if is_matrix else vectors).append(rows.ravel())
                    if group.op is ops.dot and not is_matrix and matrices:
                        matrices.append(vectors.pop())
    return matrices + vectors


def _read_together(group: Group, owner: Numbers) -> list[Numbers]:
    """The operands in blocks of columns, each (n, k), as `lift` reads them."""
    operands, count = group.operands, group.operands.shape[1]
    if group.op is ops.choose:
        return [operands[:, 1:]]
    if group.op is ops.logsumexp:
        return [operands]
    if group.op is ops.sum:
        return [operands[:, part] for part in parts_of(owner[operands])]
    if group.op is not ops.dot:
        return [operands[:, j : j + 1] for j in range(count)]
    half = count // 2
    sides = operands[:, :half], operands[:, half : 2 * half]
    parts = parts_of(*[owner[side] for side in sides])
    return [side[:, part] for side in sides for part in parts] + [operands[:, 2 * half :]]
