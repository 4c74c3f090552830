"""The collapsed level: one box a neuron, a layer, a named group; what repeats is drawn once.

Every value is given a key, and values of one key share a box.  A value made in a group (or from
a group's parameters) has the group as its key.  All others are keyed by what they do: their
operation and their operands' keys, so that the hundred rows of a batch, which do the
same with different numbers, fall into one box with its count.
"""

import math
from collections import Counter
from collections.abc import Hashable
from itertools import zip_longest

from autograd.drawing.scene import Arrow, Box, Scene, View, finite, significant
from autograd.value import Value

Group = tuple[str, ...]

FEW = 40  # boxes that still read well on one screen
FEW_ARROWS = 100  # a layer of 16 neurons to the next of 16 would already be a tangle
VANISHING, EXPLODING = 1e-4, 1e4  # a layer's gradient to the typical layer's


def collapsed(view: View, opened: str | None) -> Scene:
    """The scene at the deepest level of groups that still has few boxes."""
    groups = groups_of(view.order)
    known = {name for group in groups.values() for name in group}
    if opened is not None and opened not in known:
        raise ValueError(f"no group {opened!r} to open; known are {', '.join(sorted(known))}")
    deepest = max([len(group) for group in groups.values()], default=1)
    for depth in range(deepest, 0, -1):
        scene = _scene(view, keys_of(view, groups, depth, opened), groups)
        if len(scene.boxes) <= FEW and len(scene.arrows) <= FEW_ARROWS:
            return scene
    if opened is None:  # a hundred layers become one box, "layer" with its count
        folded = {value: tuple([_kind(name) for name in group]) for value, group in groups.items()}
        scene = min(
            scene,
            _scene(view, keys_of(view, folded, 1, None), groups),
            key=lambda scene: len(scene.boxes),
        )
    return scene


def _kind(name: str) -> str:
    """ "neuron 16" is one of the neurons."""
    return name.rstrip("0123456789 ") or name


def groups_of(order: list[Value]) -> dict[Value, Group]:
    """The group of each value: that it was made in, or that of the parameters it is made from.

    Parameters know the group that their module was built in.  A value that uses parameters
    belongs to what all of these have in common; a function of one such value (an activation) and
    a sum of such values stay with it.
    """
    groups: dict[Value, Group] = {}
    uses_parameters: set[Value] = set()
    for value in order:
        group = value.group
        if not group and value.operands:
            parameters = [v.group for v in value.operands if v.is_leaf and v.group]
            if parameters:
                group = _common(parameters)
                uses_parameters.add(value)
            elif all(operand in uses_parameters for operand in value.operands):
                group = _common([groups.get(operand, ()) for operand in value.operands])
                if len(value.operands) > 1:
                    uses_parameters.add(value)  # one product after another is added
        if group:
            groups[value] = group
    return groups


def _common(groups: list[Group]) -> Group:
    common: list[str] = []
    for names in zip_longest(*groups):
        if len(set(names)) != 1:
            break
        common.append(names[0])
    return tuple(common)


def keys_of(
    view: View, groups: dict[Value, Group], depth: int, opened: str | None
) -> dict[Value, Hashable]:
    keys: dict[Value, Hashable] = {}
    for value in view.order:
        group = groups.get(value, ())
        if opened in group:
            inside = group[: group.index(opened) + 2]
            group = inside if inside[-1] != opened else ()
        else:
            group = group[:depth]
        if group:
            keys[value] = group
        elif not value.operands:
            keys[value] = _key_of_leaf(value)
        else:
            keys[value] = _key_of_operation(value, keys, view.output)
    return keys


def _key_of_leaf(value: Value) -> Hashable:
    if value.is_constant:
        return ("constants",)
    return ("leaf", value.label) if value.label else ("inputs",)


def _key_of_operation(value: Value, keys: dict[Value, Hashable], output: Value) -> Hashable:
    """Operation and operands' keys; a chain of the same operation over the same keys is one."""
    assert value.op is not None
    if value is output or value.label:
        return ("value", value)
    inputs = frozenset([keys[operand] for operand in value.operands])
    for key in inputs:
        if isinstance(key, tuple) and key[0] == "op" and key[1] == value.op.name:
            rest = inputs - {key}
            if rest <= key[2]:
                return key
    return ("op", value.op.name, inputs)


def _scene(view: View, keys: dict[Value, Hashable], groups: dict[Value, Group]) -> Scene:
    members: dict[Hashable, list[Value]] = {}
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
    return scene


def _box(
    view: View, name: str, key: Hashable, values: list[Value], groups: dict[Value, Group]
) -> Box:
    assert isinstance(key, tuple)
    if key[0] == "value" or len(values) == 1:
        box = view.box(values[0], _lines_of_one(values[0]))
        box.id = name
        return box
    interior = [v for v in values if v.operands]
    reached = [v for v in values if v.has_gradient and not v.is_constant]
    learned = [v for v in reached if v.is_leaf]  # what a training moves says the most
    size = _typical([float(v.grad) for v in learned or reached])
    if key[0] in ("constants", "inputs", "leaf", "op"):
        title = values[0].op.symbol if key[0] == "op" and values[0].op else key[-1] or "values"
        kind = {"constants": "constant", "op": "value"}.get(key[0], "leaf")
        lines = [f"{title} × {len(values)}"]
    else:
        kind = "group"
        lines = [" / ".join(key), _parts(groups, values, len(key)), _what_it_does(interior)]
        parameters = sum(1 for v in values if v.is_leaf)
        if parameters:
            lines.append(f"{parameters} parameters")
    if size is not None:
        lines.append(f"grad ~ {significant(size)}")
    elif kind != "constant":
        lines.append("no grad yet")
    box = Box(name, [line for line in lines if line], kind, size)
    box.tooltip = f"{len(values):,} values: " + ", ".join(
        [f"{n} {op}" for op, n in Counter([v.op.name for v in interior if v.op]).most_common(6)]
    )
    if kind == "group":
        _mark_dead(box, interior, groups)
    return box


def _parts(groups: dict[Value, Group], values: list[Value], depth: int) -> str:
    """How many inner groups there are: "16 neurons", from "neuron 1" to "neuron 16"."""
    inner = {groups[v][depth] for v in values if len(groups[v]) > depth}
    kinds = {_kind(name) for name in inner}
    if len(inner) < 2:
        return ""
    return f"{len(inner)} {kinds.pop()}s" if len(kinds) == 1 else f"{len(inner)} parts"


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
    """Say which units have a relu that is 0, with slope 0, for every row: they do not learn."""
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
    """Name the groups whose gradient is far from that of the others."""
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
