"""Graphs that are deep and narrow - a long recurrence, a chain - run as a tape.

There is next to nothing to do at once in them, so arrays would only get in the way: one array
operation a level, a million levels.  A tape is the list of operations in order, with the numbers
of their operands; it is run forwards with the table's values, and backwards with its rules.
"""

from typing import Any

import numpy as np

from autograd.compiling.capture import COMPUTED, FROZEN, INPUT, PARAMETER, Array, Graph
from autograd.compiling.fuse import depths

DEEP, NARROW = 2_000, 8  # from so many levels on; up to so many nodes a level

SOURCE = '''\
def prepare(rows):
    """Nothing to prepare: each step runs through the rows."""
    return (rows,)


def run(theta, row):
    """The numbers of all nodes, for one row of inputs."""
    numbers = list(start)
    for node, parameter in parameters:
        numbers[node] = theta[parameter]
    for node, column in inputs:
        numbers[node] = row[column]
    for node, value, derivatives, operands in tape:
        numbers[node] = value(*[numbers[i] for i in operands])
    return numbers


def outputs(theta, rows):
    """The outputs, (batch,) each."""
    runs = [run(theta.tolist(), row) for row in rows.tolist()]
    columns = tuple([np.array([numbers[i] for numbers in runs]) for i in results])
    return columns if len(columns) > 1 else columns[0]


def value_and_gradient(theta, rows):
    """The mean output over the rows, and its gradient by theta: the chain rule, node by node."""
    total, by_theta = 0.0, np.zeros(len(theta))
    for row in rows.tolist():
        numbers = run(theta.tolist(), row)
        total += numbers[results[0]]
        gradient = [0.0] * len(numbers)
        gradient[results[0]] = 1.0 / len(rows)
        for node, value, derivatives, operands in reversed(tape):
            upstream = gradient[node]
            local_derivatives = derivatives(numbers[node], *[numbers[i] for i in operands])
            for operand, local in zip(operands, local_derivatives):
                gradient[operand] += local * upstream
        for node, parameter in parameters:
            by_theta[parameter] += gradient[node]
    return total / len(rows), by_theta
'''


def is_deep(graph: Graph) -> bool:
    """Whether the graph has many levels and few nodes in each."""
    computed = int((graph.role == COMPUTED).sum())
    if computed < DEEP:
        return False
    levels = int(depths(graph).max())
    return levels >= DEEP and computed < NARROW * levels


def namespace(graph: Graph) -> dict[str, Any]:
    """What SOURCE refers to: the tape, and where parameters, inputs and results are on it."""
    start, operands = graph.start.tolist(), graph.operands.tolist()
    tape = []
    for node in np.flatnonzero(graph.role == COMPUTED).tolist():
        row = graph.rows[int(graph.op[node])]
        tape.append((node, row.value, row.derivatives, operands[start[node] : start[node + 1]]))
    frozen = np.where(graph.role == FROZEN, graph.data, 0.0)
    return {
        "tape": tape,
        "start": frozen.tolist(),
        "parameters": _places(graph, PARAMETER),
        "inputs": _places(graph, INPUT),
        "results": graph.outputs,
    }


def _places(graph: Graph, role: int) -> list[tuple[int, int]]:
    nodes: Array = np.flatnonzero(graph.role == role)
    return list(zip(nodes.tolist(), graph.number[nodes].tolist()))
