"""Which row of the data each value of a batch's loss belongs to.

A loss of several rows adds up, or averages, one term for each of them, and each term uses every
parameter in the same way.  What only one term needs belongs to that term's row.
"""

from collections import Counter
from collections.abc import Collection

from autograd.graph import topological_order
from autograd.value import Value

ADDING = {"add", "sub", "neg", "sum", "mean"}
SCALING = {"mul", "div"}  # a term again, if all but one operand are constants


def rows_of(output: Value, parameters: Collection[Value]) -> list[list[Value]]:
    """The values of each row, in the order of computation; no rows if there are fewer than two.

    Time is linear in the number of rows times the size of one row's graph.
    """
    graphs = [topological_order(term) for term in _terms(output)]
    used = [_use_of(parameters, graph) for graph in graphs]
    everywhere = {use for use, count in Counter(used).items() if use and count > 1}
    if len(everywhere) != 1:
        return []
    (same,) = everywhere
    if {p for _, operands in same for p in operands} != _parameters_of(output, parameters):
        return []
    times = Counter([value for graph in graphs for value in graph])
    return [
        [value for value in graph if times[value] == 1]
        for graph, use in zip(graphs, used)
        if use == same
    ]


def _terms(output: Value) -> list[Value]:
    """What the output is a sum of, from left to right, whatever constants scale it."""
    terms: list[Value] = []
    stack = [output]
    while stack:
        value = stack.pop()
        moving = [operand for operand in value.operands if not operand.is_constant]
        name = value.op.name if value.op is not None else ""
        if name in ADDING or (name in SCALING and len(moving) == 1):
            stack.extend(reversed(moving))
        else:
            terms.append(value)
    return terms


def _use_of(
    parameters: Collection[Value], graph: list[Value]
) -> tuple[tuple[str, tuple[Value, ...]], ...]:
    """Which operations take which parameters, in order: the same for each row of one model."""
    uses = []
    for value in graph:
        taken = tuple([operand for operand in value.operands if operand in parameters])
        if taken and value.op is not None:
            uses.append((value.op.name, taken))
    return tuple(uses)


def _parameters_of(output: Value, parameters: Collection[Value]) -> set[Value]:
    return {value for value in topological_order(output) if value in parameters}
