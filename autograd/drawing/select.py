"""Which values to show: all of them, the neighbourhood of one, or the paths between two."""

from autograd.graph import topological_order
from autograd.value import Value


def everything(output: Value) -> list[Value]:
    return topological_order(output)


def neighbourhood(output: Value, focus: Value, depth: int) -> list[Value]:
    """The values at most `depth` edges from the focus, in either direction."""
    order = topological_order(output)
    _require(focus, order, "focus")
    near = {focus}
    for direction in (_operands(order), _users(order)):
        frontier = [focus]
        for _ in range(depth):
            frontier = [v for value in frontier for v in direction[value] if v not in near]
            near.update(frontier)
    return [value for value in order if value in near]


def between(start: Value, end: Value) -> list[Value]:
    """The values on any path from `start` to `end`, both included."""
    order = topological_order(end)
    _require(start, order, "the first of paths")
    reached = {start}
    for value in order:
        if any(operand in reached for operand in value.operands):
            reached.add(value)
    return [value for value in order if value in reached]


def _operands(order: list[Value]) -> dict[Value, list[Value]]:
    return {value: list(value.operands) for value in order}


def _users(order: list[Value]) -> dict[Value, list[Value]]:
    users: dict[Value, list[Value]] = {value: [] for value in order}
    for value in order:
        for operand in value.operands:
            users[operand].append(value)
    return users


def _require(value: Value, order: list[Value], name: str) -> None:
    if not isinstance(value, Value):
        raise TypeError(f"{name} must be a Value, got {type(value).__name__}: {value!r:.60}")
    if value not in order:
        raise ValueError(f"{name}, {value!r}, is not part of the graph being drawn")
