"""Which values share a box of a collapsed picture or page: those with the same key.

A value made in a group (or from a group's parameters) has the group as its key.  All others are
keyed by what they do: their operation and their operands' keys, so that the hundred rows of a
batch, which do the same thing with different numbers, become one box with a count.
"""

from dataclasses import dataclass
from itertools import zip_longest

from autograd.value import Value

Group = tuple[str, ...]

# Keys of different kinds are never equal, whatever names they hold: a dataclass is equal only to
# its own class, whereas tuples would compare only by content.


@dataclass(frozen=True)
class InGroup:
    """Everything in one named group."""

    names: Group


@dataclass(frozen=True)
class Constants:
    """All constants."""


@dataclass(frozen=True)
class Inputs:
    """All leaves without a label."""


@dataclass(frozen=True)
class Labelled:
    """All leaves with one label."""

    label: str


@dataclass(frozen=True)
class Alone:
    """One value by itself: the output, or a result with a label."""

    value: Value


@dataclass(frozen=True)
class Operations:
    """One operation over operands with these keys, or a chain of it."""

    name: str
    inputs: "frozenset[Key]"


Key = InGroup | Constants | Inputs | Labelled | Alone | Operations


def keys_of(
    order: list[Value], output: Value, groups: dict[Value, Group], depth: int, opened: str | None
) -> dict[Value, Key]:
    """The key of each value; `depth`: how many names of a group to use."""
    keys: dict[Value, Key] = {}
    known: dict[Key, Key] = {}  # equal keys are made one object, or comparing them would recurse
    for value in order:
        group = groups.get(value, ())
        if opened in group:
            inside = group[: group.index(opened) + 2]
            group = inside if inside[-1] != opened else ()
        else:
            group = group[:depth]
        key = InGroup(group) if group else _key_of_lone(value, keys, output)
        keys[value] = known.setdefault(key, key)
    return keys


def _key_of_lone(value: Value, keys: dict[Value, Key], output: Value) -> Key:
    """The key of an ungrouped value.  A chain of one operation over the same keys shares a key."""
    if not value.operands:
        if value.is_constant:
            return Constants()
        return Labelled(value.label) if value.label else Inputs()
    assert value.op is not None
    if value is output or value.label:
        return Alone(value)
    inputs = dict.fromkeys([keys[operand] for operand in value.operands])
    for key in inputs:
        if not isinstance(key, Operations) or key.name != value.op.name:
            continue
        if inputs.keys() - {key} <= key.inputs:
            return key
    return Operations(value.op.name, frozenset(inputs))


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
