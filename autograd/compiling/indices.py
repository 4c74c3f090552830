"""The indices of `choose`: each must be a whole number from 0 to one less than the options.

NumPy would read -1 as the last element and 1.5 as 1, and machine code would read past the array;
so a program checks before it computes, and raises IndexError as the eager `choose` does.  Indices
that are inputs are checked in the rows, constants when the graph is captured.  The others are
computed by a program of their own: before each training step if they depend on parameters,
otherwise once per call.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import ops
from autograd.compiling.lifting.capture import INPUT, Array, Graph
from autograd.graph import topological_order
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.compiling.program import Program


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


def depend_on(indices: dict[Value, int], parameters: Sequence[Value]) -> dict[Value, int]:
    """The indices that change when the parameters do."""
    moving = set(parameters)
    for value in topological_order(*indices):
        if not moving.isdisjoint(value.operands):
            moving.add(value)
    return {value: count for value, count in indices.items() if value in moving}


class IndexCheck:
    """`indices`, each with its number of options, and `program`, which computes them from the
    `columns` of the rows and the parameters of the program that they belong to."""

    def __init__(self, indices: dict[Value, int], columns: list[int], program: "Program") -> None:
        self.columns, self.program = columns, program
        self.counts = list(indices.values())
        self.names = [_name(value, program.parameters) for value in indices]

    def __call__(self, rows: Array, parameters: Array, row_numbers: Array | None = None) -> None:
        """Raise IndexError for the first wrong one.  `parameters`: their numbers, in the user's
        order; `row_numbers`: the numbers that the message gives to the rows, if not 0, 1, 2 ..."""
        rows = rows[:, self.columns]
        if self.program.indices is not None:  # an index inside an index
            self.program.indices(rows, parameters, row_numbers)
        found = self.program.computed(parameters, rows)
        for name, count, column in zip(self.names, self.counts, found.T):
            is_wrong = ~is_index(column, count)
            if is_wrong.any():
                row = int(np.argmax(is_wrong))
                raise IndexError(
                    f"an index of choose, {name}, must be a whole number from 0 to {count - 1}; it "
                    f"is {column[row]} in row {row if row_numbers is None else row_numbers[row]}"
                )


def is_index(numbers: Any, count: Any) -> Any:
    """Where a number is a valid index into that many options."""
    return (numbers >= 0) & (numbers < count) & (numbers == np.floor(numbers))


def _name(value: Value, parameters: Sequence[Value]) -> str:
    if value.operands:
        return repr(value.label) if value.label else f"computed by {value.op.name!r}"  # type: ignore[union-attr]
    number = parameters.index(value)
    return f"parameter {number}" + (f" ({value.label!r})" if value.label else "")
