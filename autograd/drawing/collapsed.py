"""The collapsed level: one box per neuron, layer or named group; what repeats is drawn once.

`autograd/grouping.py` decides which values share a box; here the boxes are filled and joined by
arrows.
"""

import math
import re
from collections import Counter
from typing import Any

from autograd.drawing.scene import Arrow, Box, Scene, View, finite, significant
from autograd.grouping import (
    Constants,
    Group,
    InGroup,
    Inputs,
    Key,
    Labelled,
    groups_of,
    keys_of,
)
from autograd.value import Value

FEW = 40  # boxes that can still be read on one screen
FEW_ARROWS = 100  # two fully connected layers of 16 neurons would already be a tangle
VANISHING, EXPLODING = 1e-4, 1e4  # ratio of a layer's gradient to the typical layer's


def collapsed(view: View, opened: str | None) -> Scene:
    """The scene at the deepest level of groups whose boxes are few enough."""
    groups = groups_of(view.order)
    known = {name for group in groups.values() for name in group}
    if opened is not None and opened not in known:
        names = ", ".join(sorted(known, key=in_order))
        raise ValueError(f"no group {opened!r} to open; known are {names}")
    deepest = max([len(group) for group in groups.values()], default=1)
    for depth in range(deepest, 0, -1):
        scene = _scene(view, keys_of(view.order, view.output, groups, depth, opened), groups)
        if len(scene.boxes) <= FEW and len(scene.arrows) <= FEW_ARROWS:
            return scene
    if opened is None:  # a hundred layers become one box, "layer", with a count
        folded = {value: tuple([_kind(name) for name in group]) for value, group in groups.items()}
        scene = min(
            scene,
            _scene(view, keys_of(view.order, view.output, folded, 1, None), groups),
            key=lambda scene: len(scene.boxes),
        )
    return scene


def _kind(name: str) -> str:
    """ "neurons.3" and "neuron 3" are one of the neurons."""
    return name.rstrip("0123456789 .") or name


def _scene(view: View, keys: dict[Value, Key], groups: dict[Value, Group]) -> Scene:
    members: dict[Key, list[Value]] = {}
    for value, key in keys.items():
        members.setdefault(key, []).append(value)
    names = {key: f"b{i}" for i, key in enumerate(members)}
    boxes = [_box(view, names[key], key, values, groups) for key, values in members.items()]
    scene = Scene(boxes=boxes)
    _mark_layers(scene)
    flows: dict[tuple[str, str], list[float | None]] = {}
    lit: set[tuple[str, str]] = set()
    for value in view.order:
        for operand, local in zip(value.operands, value.local_derivatives):
            if operand not in keys or keys[operand] == keys[value]:
                continue
            edge = names[keys[operand]], names[keys[value]]
            has_flow = value.has_gradient and not operand.is_constant
            flows.setdefault(edge, []).append(local * float(value.grad) if has_flow else None)
            if (operand, value) in view.lit:
                lit.add(edge)
    for (tail, head), flow in flows.items():
        scene.arrows.append(Arrow(tail, head, "", _typical(flow), (tail, head) in lit))
    scene.rows = _rows(names, list(flows))
    return scene


def _rows(names: dict[Key, str], edges: list[tuple[str, str]]) -> list[list[str]]:
    """The units of a layer, by their numbers: inner groups of one group, with equal neighbours."""
    neighbours: dict[str, set[tuple[str, str]]] = {}
    for tail, head in edges:
        neighbours.setdefault(tail, set()).add(("to", head))
        neighbours.setdefault(head, set()).add(("from", tail))
    units: dict[Any, list[tuple[list[Any], str]]] = {}
    for key, name in names.items():
        if isinstance(key, InGroup) and len(key.names) > 1:
            alike = (key.names[:-1], frozenset(neighbours.get(name, ())))
            units.setdefault(alike, []).append((in_order(key.names[-1]), name))
    return [[name for _, name in sorted(row)] for row in units.values() if len(row) > 1]


def in_order(name: str) -> list[Any]:
    """A key to sort by that puts neurons.2 before neurons.10."""
    words = re.split(r"([0-9]+)", name)
    numbers = [number.lstrip("0") for number in words[1::2]]
    return [*words[:1], *[(len(n), n, word) for n, word in zip(numbers, words[2::2])]]


def _box(view: View, name: str, key: Key, values: list[Value], groups: dict[Value, Group]) -> Box:
    if len(values) == 1:
        box = view.box(values[0], _lines_of_one(values[0]))
        box.id = name
        return box
    interior = [v for v in values if v.operands]
    reached = [v for v in values if v.has_gradient and not v.is_constant]
    learned = [v for v in reached if v.is_leaf]  # what training changes says the most
    size = _typical([float(v.grad) for v in learned or reached])
    lines = _lines_of_many(key, values, interior, groups)
    if size is not None:
        lines.append(f"grad ~ {significant(size)}")
    elif not isinstance(key, Constants):
        lines.append("no grad yet")
    box = Box(name, [line for line in lines if line], _kind_of_box(key), size)
    box.tooltip = f"{len(values):,} values: " + ", ".join(
        [f"{n} {op}" for op, n in Counter([v.op.name for v in interior if v.op]).most_common(6)]
    )
    if isinstance(key, InGroup):
        _mark_dead(box, interior, groups)
    return box


def _kind_of_box(key: Key) -> str:
    kinds = {InGroup: "group", Constants: "constant", Inputs: "leaf", Labelled: "leaf"}
    return kinds.get(type(key), "value")


def _lines_of_many(
    key: Key, values: list[Value], interior: list[Value], groups: dict[Value, Group]
) -> list[str]:
    """The title of several values with one key."""
    if isinstance(key, InGroup):
        parameters = sum([v.is_leaf for v in values])
        return [
            " / ".join(key.names),
            _parts(groups, values, len(key.names)),
            _what_it_does(interior),
            f"{parameters} parameters" if parameters else "",
        ]
    titles = {Constants: "constants", Inputs: "inputs", Labelled: values[0].label}
    op = values[0].op
    title = titles.get(type(key)) or (op.symbol if op is not None else "")
    return [f"{title} × {len(values)}"]


def _parts(groups: dict[Value, Group], values: list[Value], depth: int) -> str:
    """How many inner groups there are: "16 neurons", from "neurons.0" to "neurons.15"."""
    inner = {groups[v][depth] for v in values if len(groups[v]) > depth}
    kinds = {_kind(name) for name in inner}
    if len(inner) < 2:
        return ""
    kind = kinds.pop() if len(kinds) == 1 else "part"
    return f"{len(inner)} {kind.removesuffix('s')}s"


def _lines_of_one(value: Value) -> list[str]:
    name = value.label or (value.op.symbol if value.op is not None and value.operands else "")
    lines = [f"{name} {significant(value.data)}".strip()]
    if value.has_gradient and not value.is_constant:
        lines.append(f"grad {significant(float(value.grad))}")
    return lines


def _what_it_does(interior: list[Value]) -> str:
    """The operations of one run through the group, and how many runs there are."""
    counts = Counter([v.op.symbol for v in interior if v.op is not None])
    if not counts:
        return ""
    runs = math.gcd(*counts.values())
    shown = " ".join([op if n == runs else f"{n // runs} {op}" for op, n in counts.items()][:4])
    more = " ..." if len(counts) > 4 else ""
    return f"{shown}{more}" + (f" × {runs}" if runs > 1 else "")


def _mark_dead(box: Box, interior: list[Value], groups: dict[Value, Group]) -> None:
    """Mark units whose relu is 0, with slope 0, for every row: they do not learn."""
    units: dict[Group, list[Value]] = {}
    for value in interior:
        if value.op is not None and value.op.name == "relu":
            units.setdefault(groups[value], []).append(value)
    many = [relus for relus in units.values() if len(relus) > 1]
    dead = [relus for relus in many if all(v.local_derivatives == (0.0,) for v in relus)]
    if dead:
        box.mark = "dead"
        who = "dead" if len(many) == 1 else f"{len(dead)} of {len(many)} dead"
        box.lines.append(f"{who}: 0 for every row")


def _typical(gradients: list[float | None]) -> float | None:
    """The root mean square, the measure of a group's gradient."""
    numbers = finite(gradients)
    if not numbers:
        return None
    largest = max([abs(x) for x in numbers])
    if largest == 0.0:
        return 0.0
    return largest * math.sqrt(sum([(x / largest) ** 2 for x in numbers]) / len(numbers))


def _mark_layers(scene: Scene) -> None:
    """Mark the groups whose gradient is far from that of the others."""
    groups = [b for b in scene.boxes if b.kind == "group" and b.gradient and not b.mark]
    if len(groups) < 3:
        return
    sizes = sorted([abs(b.gradient) for b in groups if b.gradient])
    middle = sizes[len(sizes) // 2]
    for box in groups:
        ratio = abs(box.gradient or 0.0) / middle
        if ratio < VANISHING or ratio > EXPLODING:
            box.mark = "vanishing" if ratio < VANISHING else "exploding"
            box.lines.append(f"{box.mark} gradient")
