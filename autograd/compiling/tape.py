"""Graphs that are deep and narrow - a long recurrence, a chain - run as a tape.

Almost nothing in them can be done at once, so arrays would only get in the way: one array operation
per level, for a million levels.  A tape lists the operations in order, each with its code and the
indices of its operands.  The source has one branch per operation that occurs: its value, and its
local derivatives as the table's rule writes them (see `Written`), on plain floats.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling.lifting.capture import COMPUTED, FROZEN, INPUT, PARAMETER, Array, Graph
from autograd.compiling.lifting.rewire import depths
from autograd.compiling.readable import commented
from autograd.compiling.written import INFIX, Written
from autograd.ops import Operation

DEEP, NARROW = 2_000, 8  # at least this many levels, and at most this many nodes per level

SOURCE = '''\
import numpy as np


def prepare(rows):
    """Nothing to prepare: each step loops over the rows."""
    return (rows,)


def run(theta, row):
    """The numbers of all nodes, for one row of inputs; the leaves come first."""
    numbers = list(start)
    for node, parameter in parameters:
        numbers[node] = theta[parameter]
    for node, column in inputs:
        numbers[node] = row[column]
    append = numbers.append
    for code, i, j in zip(codes, first, second):
{values}
    return numbers


def outputs(theta, rows):
    """The outputs, each (batch,)."""
    runs = [run(theta.tolist(), row) for row in rows.tolist()]
    columns = tuple([np.array([numbers[i] for numbers in runs]) for i in results])
    return columns if len(columns) > 1 else columns[0]


def step(theta, by_theta, rows):
    """Return the output averaged over the rows; find its gradient node by node."""
    total = 0.0
    by_theta[:] = 0.0
    for row in rows.tolist():
        numbers = run(theta.tolist(), row)
        total += numbers[results[0]]
        gradient = [0.0] * len(numbers)
        gradient[results[0]] = 1.0 / len(rows)
        nodes = map(reversed, (codes, first, second, numbers, gradient))
        for code, i, j, z, upstream in zip(*nodes):  # a node's gradient is complete by then
{derivatives}
        for node, parameter in parameters:
            by_theta[parameter] += gradient[node]
    return total / len(rows)


def value_and_gradient(theta, rows):
    """The output averaged over the rows, and its gradient with respect to theta."""
    gradient = np.zeros_like(theta)
    return step(theta, gradient, rows), gradient
'''
VALUE_OF_MANY = """\
            operands = wide[i]
            append(value[code](*[numbers[k] for k in operands]))"""
DERIVATIVES_OF_MANY = """\
                operands = wide[i]
                locals_ = rule[code](z, *[numbers[k] for k in operands])
                for k, local in zip(operands, locals_):
                    gradient[k] += local * upstream"""


class Tape:
    """`source`, and `names`, what it refers to: the tape, and where its leaves are."""

    def __init__(self, graph: Graph) -> None:
        order = np.argsort(graph.role == COMPUTED, kind="stable")  # leaves first
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        nodes = np.flatnonzero(graph.role == COMPUTED)
        op = graph.op[nodes]
        frequent = [row for row, _ in Counter(op.tolist()).most_common()]
        rows = [graph.rows[i] for i in frequent]
        code = np.zeros(len(graph.rows), dtype=np.int64)
        code[frequent] = np.arange(len(frequent))
        operands = np.append(place[graph.operands], 0)
        first, second = operands[graph.start[nodes]], operands[graph.start[nodes] + 1]
        wide: list[list[int]] = []
        for row, number in enumerate(frequent):
            if not is_written(rows[row]):
                for k in np.flatnonzero(op == number).tolist():
                    start, stop = graph.start[nodes[k]], graph.start[nodes[k] + 1]
                    first[k] = len(wide)
                    wide.append(operands[start:stop].tolist())
        leaves = order[: len(order) - len(nodes)]
        self.names: dict[str, Any] = {
            "codes": code[op].tolist(),
            "first": first.tolist(),
            "second": second.tolist(),
            "wide": wide,
            "value": [row.value for row in rows],
            "rule": [row.derivatives for row in rows],
            "start": np.where(graph.role == FROZEN, graph.data, 0.0)[leaves].tolist(),
            "parameters": _places(graph, PARAMETER, place),
            "inputs": _places(graph, INPUT, place),
            "results": place[graph.outputs].tolist(),
            **{row.name: row.value for row in vars(ops).values() if isinstance(row, Operation)},
        }
        values, derivatives = _branches(rows, 8, _value), _branches(rows, 12, _derivatives)
        self.source = SOURCE.format(values=values, derivatives=derivatives)


def is_deep(graph: Graph) -> bool:
    """Whether the graph has many levels and few nodes in each."""
    computed = int((graph.role == COMPUTED).sum())
    if computed < DEEP:
        return False
    levels = int(depths(graph).max())
    return levels >= DEEP and computed < NARROW * levels


def is_written(row: Operation) -> bool:
    """Whether it has its own branch: the table's operations of one or two operands."""
    return row.arity in (1, 2) and getattr(ops, row.name, None) is row


def _places(graph: Graph, role: int, place: Array) -> list[tuple[int, int]]:
    nodes = np.flatnonzero(graph.role == role)
    return list(zip(place[nodes].tolist(), graph.number[nodes].tolist()))


# --- the branches ---------------------------------------------------------------------------------


def _branches(rows: list[Operation], indent: int, lines_of: Callable[[Operation], str]) -> str:
    """if code == 0: ... elif code == 1: ...; operations without their own branch come last."""
    written = [(code, row) for code, row in enumerate(rows) if is_written(row)]
    space = " " * indent
    texts: list[str] = []
    for code, row in written:
        test = f"{space}{'elif' if texts else 'if'} code == {code}:"
        texts.append(commented(test, row.name))
        texts += [f"{space}    {line}" for line in lines_of(row).splitlines()]
    if len(written) < len(rows):
        many = VALUE_OF_MANY if lines_of is _value else DERIVATIVES_OF_MANY
        texts.append(f"{space}else:  # of any number of operands" if texts else f"{space}if True:")
        texts.append(many)
    return "\n".join(texts or [f"{space}pass"])


def _value(row: Operation) -> str:
    x, y = Written("numbers[i]"), Written("numbers[j]")
    text = Written.apply_operation(row, (x, y)[: row.arity]).text
    return f"append({text[1:-1] if row in INFIX else text})"


def _derivatives(row: Operation) -> str:
    """For each operand, the line that adds its contribution."""
    names = ("x", "y")[: row.arity]
    contributions = []
    for place, local in zip("ij", row.derivatives(Written("z"), *map(Written, names))):
        factor = f"{local.text} * upstream" if isinstance(local, Written) else "upstream"
        if isinstance(local, Written) or local == 1.0:
            contributions.append(f"gradient[{place}] += {factor}")
        elif local != 0.0:
            contributions.append(f"gradient[{place}] += {local!r} * upstream")
    words = set(re.findall(r"\w+", " ".join(contributions)))
    used = [name for name in names if name in words]
    operands = [f"{name} = numbers[{'i' if name == 'x' else 'j'}]" for name in used]
    return "\n".join([*operands, *contributions] or ["pass"])
