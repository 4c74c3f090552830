"""Where the boxes of a page stand: columns by depth, rows by the neighbours' average.

The page brings its own small layout, so that it needs no Graphviz and its boxes can be relit.
"""

from autograd.value import Value


def positions(order: list[Value]) -> list[tuple[int, float]]:
    """(column, row) of each value, operands left of users; leaves stand beside their first user."""
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
    layers: list[list[int]] = [[] for _ in range(max(columns) + 1)]
    for i, column in enumerate(columns):
        layers[column].append(i)
    rows = [0.0] * len(order)
    for sweep in range(6):
        _sweep(layers if sweep % 2 else layers[::-1], operands if sweep % 2 else users, rows, sweep)
    return list(zip(columns, rows))


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
