"""All paths from each value to the output at once: how many, what they add up to, the largest.

One sweep over the steps does it (Bauer 1974): when a node's turn comes, its own paths are known.
"""

import math
from dataclasses import dataclass, field

from autograd.value import Value
from autograd.walking.steps import Step


@dataclass
class Routes:
    """Each dict has a number for each value from which a path leads to the output.

    `count`     of all paths
    `largest`   the product of local derivatives along a path of the largest size
    `ties`      how many paths have that product
    `positive`  the sum of the products above 0
    `negative`  the sum of the products below 0
    """

    count: dict[Value, int]
    largest: dict[Value, float]
    ties: dict[Value, int]
    positive: dict[Value, float]
    negative: dict[Value, float]
    _first: dict[Value, Step] = field(default_factory=dict)  # of a largest path

    def largest_path(self, value: Value) -> list[Step]:
        """The steps of one largest path, from the output down to the value."""
        path = []
        while value in self._first:
            path.append(self._first[value])
            value = path[-1].node
        return path[::-1]


def routes_to(output: Value, steps: list[Step]) -> Routes:
    """See `Routes`; time linear in the number of steps."""
    routes = Routes({output: 1}, {output: 1.0}, {output: 1}, {output: 1.0}, {output: 0.0})
    for step in steps:
        node, operand, local = step.node, step.operand, step.local
        routes.count[operand] = routes.count.get(operand, 0) + routes.count[node]
        sums = (routes.positive, routes.negative)
        for same, other in (sums, sums[::-1]):
            source = same if local > 0.0 else other
            same[operand] = same.get(operand, 0.0) + local * source[node]
        _compete(routes, step)
    return routes


def _compete(routes: Routes, step: Step) -> None:
    """Let the largest path over this step be the operand's, if none is larger."""
    product = step.local * routes.largest[step.node]
    known = routes.largest.get(step.operand)
    if known is not None and math.isclose(product, known, rel_tol=1e-12):  # equal but for rounding
        routes.ties[step.operand] += routes.ties[step.node]
    elif known is None or abs(product) > abs(known):
        routes.largest[step.operand] = product
        routes.ties[step.operand] = routes.ties[step.node]
        routes._first[step.operand] = step
