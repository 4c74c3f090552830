"""Where the boxes of a page stand: columns by depth, rows by the neighbours' average.

The page brings its own small layout, so that it needs no Graphviz and its boxes can be relit.  As
in Graphviz, an edge over several columns keeps a place free in each: no box hides it (Gansner,
Koutsofios, North and Vo, "A technique for drawing directed graphs", 1993).
"""

from typing import NamedTuple

from autograd.value import Value


class Place(NamedTuple):
    """A box: its column, its row, and for each column on the way to its last user the row there."""

    column: int
    row: float
    way: list[float]


def positions(order: list[Value]) -> list[Place]:
    """Of each value: operands left of users; leaves stand beside their first user."""
    number = {value: i for i, value in enumerate(order)}
    operands = [[number[operand] for operand in value.operands] for value in order]
    users: list[list[int]] = [[] for _ in order]
    columns = [0] * len(order)
    for i, before in enumerate(operands):
        columns[i] = 1 + max([columns[j] for j in before], default=-1)
        for j in dict.fromkeys(before):
            users[j].append(i)
    for i, value in enumerate(order):
        if not value.operands and users[i]:
            columns[i] = min([columns[j] for j in users[i]]) - 1
    left, right, stations = _with_stations(users, columns)
    layers: list[list[int]] = [[] for _ in range(max(columns) + 1)]
    for i in _as_read(operands):
        layers[columns[i]].append(i)
        for k, station in enumerate(stations[i]):
            layers[columns[i] + 1 + k].append(station)
    rows = [0.0] * len(left)
    for sweep in range(6):
        _sweep(layers if sweep % 2 else layers[::-1], left if sweep % 2 else right, rows, sweep)
    return [
        Place(columns[i], rows[i], [rows[station] for station in stations[i]])
        for i in range(len(order))
    ]


def _with_stations(
    users: list[list[int]], columns: list[int]
) -> tuple[list[list[int]], list[list[int]], list[list[int]]]:
    """(left neighbours, right neighbours, stations of each value): an edge over several columns
    stops at a station in each between; the edges of one value share theirs."""
    left: list[list[int]] = [[] for _ in users]
    right: list[list[int]] = [[] for _ in users]
    stations: list[list[int]] = []
    for i, used_by in enumerate(users):
        line = [i]
        for _ in range(columns[i] + 1, max([columns[j] for j in used_by], default=0)):
            left.append([line[-1]])
            right.append([])
            right[line[-1]].append(len(left) - 1)
            line.append(len(left) - 1)
        stations.append(line[1:])
        for j in used_by:
            last = line[columns[j] - columns[i] - 1]
            right[last].append(j)
            left[j].append(last)
    return left, right, stations


def _as_read(operands: list[list[int]]) -> list[int]:
    """The values in the order in which a formula mentions them: operands from left to right."""
    order: list[int] = []
    seen: set[int] = set()
    stack = [len(operands) - 1]
    while stack:
        i = stack.pop()
        if i not in seen:
            seen.add(i)
            order.append(i)
            stack.extend(reversed(operands[i]))
    return order


def _sweep(
    layers: list[list[int]], neighbours: list[list[int]], rows: list[float], sweep: int
) -> None:
    """Order each column by the rows of its neighbours, one row apart, about the middle."""
    for layer in layers:
        wanted = {}
        for place, i in enumerate(layer):
            near = [rows[j] for j in neighbours[i]]
            wanted[i] = (sum(near) / len(near) if near and sweep else rows[i], place)
        layer.sort(key=wanted.__getitem__)
        for place, i in enumerate(layer):
            rows[i] = place - (len(layer) - 1) / 2
