"""How a path through the graph is told: factor by factor if it is short, else layer by layer."""

import math
from collections.abc import Iterable, Sequence

from autograd.equations import product, shown
from autograd.grouping import Group
from autograd.printing import printable
from autograd.value import Value

FEW = 8  # factors or names that are still listed one by one

Groups = dict[Value, Group]
Factor = tuple[Value, float]  # a node, and its local derivative by the operand on the path


def product_along(factors: Sequence[Factor], result: float, groups: Groups) -> str:
    """ "0.5 * 2 = 1"; of a long path "0.0039 (layers.1) * 0.2 (2 mul) = 0.00078".

    In a path of more than a few factors those of 1 are left out: they change nothing.
    """
    if len(factors) > 4:
        factors = [(node, local) for node, local in factors if local != 1.0]
    if len(factors) <= 1:
        return shown(result)
    if len(factors) <= FEW:
        return str(product([local for _, local in factors], result))
    parts = _parts(factors, groups)
    sizes = [size for size, _ in parts]
    if len(parts) == 1:
        return f"{shown(result)} ({parts[0][1]})"
    return str(product(sizes, result, [f" ({words})" for _, words in parts]))


def names_along(nodes: Iterable[Value], names: Iterable[str], groups: Groups) -> list[str]:
    """The names along a path; of a long one those of its layers, and of what is in none."""
    listed = list(names)
    if len(listed) <= FEW:
        return listed
    short: list[str] = []
    for node, name in zip(nodes, listed):
        title = title_of(node, groups) or name
        if short[-1:] != [title]:
            short.append(title)
    return short if len(short) <= FEW else [*short[:3], "...", *short[-3:]]


def title_of(node: Value, groups: Groups) -> str:
    """The outermost named part of the model that the node belongs to; "" for none."""
    group = groups.get(node)
    return printable(group[0]) if group else ""


def _parts(factors: Sequence[Factor], groups: Groups) -> list[tuple[float, str]]:
    """(product, what it is of), for each layer and each operation outside of layers."""
    parts: dict[tuple[str, str], list[float]] = {}
    for node, local in factors:
        layer = title_of(node, groups)
        operation = printable(node.op.name) if node.op is not None else ""
        parts.setdefault((layer, "" if layer else operation), []).append(local)
    told = [
        (math.prod(sizes), layer or (operation if len(sizes) == 1 else f"{len(sizes)} {operation}"))
        for (layer, operation), sizes in parts.items()
    ]
    if len(told) <= FEW:
        return told
    between = math.prod([size for size, _ in told[3:-3]])
    return [*told[:3], (between, f"{len(told) - 6} parts between"), *told[-3:]]
