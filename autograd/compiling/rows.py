"""Checking what a program is given: outputs, and rows of inputs."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling.lifting.capture import INPUT, Array, Graph
from autograd.value import Value, constant


def as_outputs(output: Any) -> list[Value]:
    """The outputs as a list.  Among several, a plain number is a constant: the entry of a Hessian
    that depends on nothing, say."""
    if isinstance(output, Value):
        return [output]
    outputs = list(output) if isinstance(output, Iterable) else [None]
    if not outputs:
        raise ValueError("compile: there is no output")
    return [constant(x) if isinstance(x, (int, float)) else _as_value(x, output) for x in outputs]


def _as_value(x: Any, output: Any) -> Value:
    if not isinstance(x, Value):
        wrong = output if x is None else x
        raise TypeError(f"compile expects a Value as output, or a list of them; got {wrong!r:.60}")
    return x


def index_columns(graph: Graph) -> dict[int, int]:
    """For each input that is the index of a `choose`: how many options it has."""
    columns: dict[int, int] = {}
    if ops.choose not in graph.rows:
        return columns
    nodes = np.flatnonzero(graph.op == graph.rows.index(ops.choose))
    for node in nodes.tolist():
        index = int(graph.operands[graph.start[node]])
        if graph.role[index] == INPUT:
            options = int(graph.start[node + 1] - graph.start[node]) - 1
            column = int(graph.number[index])
            columns[column] = min(options, columns.get(column, options))
    return columns


def checked(
    rows: Any, inputs: Sequence[Value], index_columns: dict[int, int], check_finite: bool
) -> Array:
    """The rows as a float64 array (batch, inputs)."""
    if rows is None and not inputs:
        return np.zeros((1, 0))
    try:
        array = np.asarray(rows, dtype=np.float64) if rows is not None else np.zeros(0)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"rows must be numbers, (batch, {len(inputs)}), a column for each of "
            f"{_names(inputs)}: {error}"
        ) from None
    if array.ndim != 2 or array.shape[1] != len(inputs):
        raise ValueError(
            f"rows must have the shape (batch, {len(inputs)}), a column for each of "
            f"{_names(inputs)}; got {array.shape if rows is not None else None}"
        )
    if not len(array):
        raise ValueError("rows: there is no row")
    if check_finite and not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        raise ValueError(
            f"input {_name(inputs, column)} is {array[row, column]} in row {row}, not finite"
        )
    if index_columns:
        _check_indices(array, inputs, index_columns)
    return array


def _check_indices(rows: Array, inputs: Sequence[Value], index_columns: dict[int, int]) -> None:
    columns = list(index_columns)
    used, counts = rows[:, columns], np.array(list(index_columns.values()))
    is_wrong = ~((used >= 0) & (used < counts) & (used == np.floor(used)))
    if is_wrong.any():
        row, i = np.argwhere(is_wrong)[0]
        raise IndexError(
            f"input {_name(inputs, columns[i])} is an index of choose, a whole number from 0 to "
            f"{counts[i] - 1}; it is {used[row, i]} in row {row}"
        )


def check_computed(found: Array, indices: dict[Value, int]) -> None:
    """Raise IndexError for a computed index of `choose` that is wrong; found: (rows, indices)."""
    for column, (value, count) in zip(found.T, indices.items()):
        is_wrong = ~((column >= 0) & (column < count) & (column == np.floor(column)))
        if is_wrong.any():
            row = int(np.argmax(is_wrong))
            name = repr(value.label) if value.label else f"computed by {value.op.name!r}"  # type: ignore[union-attr]
            raise IndexError(
                f"an index of choose, {name}, must be a whole number from 0 to {count - 1}; "
                f"it is {column[row]} in row {row}"
            )


def _name(inputs: Sequence[Value], column: int) -> str:
    label = inputs[column].label
    return f"{column} ({label!r})" if label else str(column)


def _names(inputs: Sequence[Value]) -> str:
    names = [value.label or f"input {i}" for i, value in enumerate(inputs)]
    return ", ".join(names[:4]) + (" ..." if len(names) > 4 else "") or "no input"
