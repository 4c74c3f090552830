"""The graph as flat arrays: node numbers instead of Values.

Nodes are numbered in topological order, operands before users.  `operands[start[i]:start[i+1]]`
are the numbers of node i's operands: one array for all edges, as in a sparse matrix.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import ops
from autograd.by_hand import ByHand
from autograd.compiling.lifting.leaves import all_other_leaves, check_constants, check_leaves
from autograd.graph import topological_order
from autograd.ops import Operation
from autograd.value import Value

Array = np.ndarray[Any, Any]

ROLES = COMPUTED, INPUT, PARAMETER, FROZEN = 0, 1, 2, 3  # of a node


@dataclass
class Graph:
    """n nodes, m edges.

    `op`       (n,) number of the node's operation in `rows`; -1 for leaves
    `role`     (n,) COMPUTED, INPUT, PARAMETER or FROZEN
    `number`   (n,) an input's or parameter's position in the user's list; else 0
    `data`     (n,) the floats of the frozen ones
    `start`    (n + 1,) and `operands` (m,): the edges
    `outputs`  node numbers
    """

    rows: list[Operation]
    op: Array
    role: Array
    number: Array
    data: Array
    start: Array
    operands: Array
    outputs: list[int]
    labels: dict[int, str]
    scalar_nodes: int  # operations in the user's graph, before any rewriting
    frozen: list[Value]  # the leaves made with Value(...) that are frozen at their numbers
    ignored: list[Value]  # the inputs that do not lead to an output
    idle: list[Value]  # the parameters that do not lead to an output
    indices: dict[Value, int]  # non-input indices of `choose`, and their numbers of options

    @property
    def arity(self) -> Array:
        return np.diff(self.start)


def capture(
    outputs: Sequence[Value],
    inputs: Sequence[Value],
    parameters: Sequence[Value] | None,
    constants: Sequence[Value] | None = None,
) -> tuple[Graph, list[Value]]:
    """The graph that the outputs depend on, and the list of its parameters."""
    order = topological_order(*outputs)
    parameters = None if parameters is None else list(parameters)
    check_leaves(inputs, parameters or (), constants or ())
    if parameters is None:
        parameters = all_other_leaves(order, outputs, {*inputs, *(constants or ())})
    positions: dict[Value, tuple[int, int]] = {v: (INPUT, i) for i, v in enumerate(inputs)}
    positions |= {v: (PARAMETER, i) for i, v in enumerate(parameters)}
    graph = _flatten(order, outputs, positions)
    if constants is not None:
        check_constants(graph.frozen, constants)
    return graph, parameters


def _flatten(
    order: list[Value], outputs: Sequence[Value], positions: dict[Value, tuple[int, int]]
) -> Graph:
    rows: list[Operation] = [ops.add, ops.mul, ops.sum, ops.dot, ops.div]
    row_numbers = {row: i for i, row in enumerate(rows)}
    index: dict[Value, int] = {}
    op: list[int] = []
    role: list[int] = []
    number: list[int] = []
    data: list[float] = []
    counts: list[int] = []
    flat: list[int] = []
    labels: dict[int, str] = {}

    def add_node(row: int, what: int, place: int, x: float, operands: list[int]) -> int:
        op.append(row)
        role.append(what)
        number.append(place)
        data.append(x)
        counts.append(len(operands))
        flat.extend(operands)
        return len(op) - 1

    for value in order:
        operands = [index[operand] for operand in value.operands]
        if value in positions:
            i = add_node(-1, *positions[value], 0.0, [])
        elif not operands:
            i = add_node(-1, FROZEN, 0, value.data, [])
        elif value.op is ops.mean:  # a sum divided by the count
            total = add_node(2, COMPUTED, 0, 0.0, operands)
            count = add_node(-1, FROZEN, 0, float(len(operands)), [])
            i = add_node(4, COMPUTED, 0, 0.0, [total, count])
        elif value.op is ops.prod:  # one multiplication after another
            i = operands[0]
            for operand in operands[1:]:
                i = add_node(1, COMPUTED, 0, 0.0, [i, operand])
        else:
            row = row_numbers.get(value.op)  # type: ignore[arg-type]
            if row is None:
                if isinstance(value.op, ByHand):
                    value.op.refuse()
                row = row_numbers[value.op] = len(rows)  # type: ignore[index]
                rows.append(value.op)  # type: ignore[arg-type]
            i = add_node(row, COMPUTED, 0, 0.0, operands)
        index[value] = i
        if value.label:
            labels[i] = value.label
    start = np.zeros(len(op) + 1, dtype=np.int64)
    np.cumsum(counts, out=start[1:])
    return Graph(
        rows,
        np.array(op, dtype=np.int64),
        np.array(role, dtype=np.int64),
        np.array(number, dtype=np.int64),
        np.array(data, dtype=np.float64),
        start,
        np.array(flat, dtype=np.int64),
        [index[v] for v in outputs],
        labels,
        sum(1 for v in order if v.operands),
        [v for v in order if v.op is None and v not in positions],
        [v for v, (what, _) in positions.items() if what == INPUT and v not in index],
        [v for v, (what, _) in positions.items() if what == PARAMETER and v not in index],
        _indices(order, positions),
    )


def _indices(order: list[Value], positions: dict[Value, tuple[int, int]]) -> dict[Value, int]:
    """The indices that may go out of range later: a comparison is always 0 or 1, inputs are checked
    in each call, and frozen ones are checked here."""
    indices: dict[Value, int] = {}
    for value in order:
        if value.op is ops.choose:
            index, count = value.operands[0], len(value.operands) - 1
            role = positions[index][0] if index in positions else COMPUTED
            if role == COMPUTED and not index.operands:
                _check_frozen_index(index, count)
            elif role != INPUT and not (index.op in (ops.greater, ops.equal) and count > 1):
                indices[index] = min(count, indices.get(index, count))
    return indices


def _check_frozen_index(index: Value, count: int) -> None:
    if not 0.0 <= index.data < count or index.data % 1.0:
        name = f"the constant {index.label!r}" if index.label else "a constant"
        raise IndexError(
            f"compile: an index of choose, {name}, must be a whole number from 0 to {count - 1}; "
            f"it is {index.data}"
        )
