"""Which values share a box of the collapsed picture: those with the same key.

A value made in a group (or from a group's parameters) has the group as its key.  All others are
keyed by what they do: their operation and their operands' keys, so that the hundred rows of a
batch, which do the same thing with different numbers, become one box with a count.
"""

from dataclasses import dataclass

from autograd.drawing.scene import View
from autograd.groups import Group
from autograd.value import Value

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
    view: View, groups: dict[Value, Group], depth: int, opened: str | None
) -> dict[Value, Key]:
    """The key of each value; `depth`: how many names of a group to use."""
    keys: dict[Value, Key] = {}
    known: dict[Key, Key] = {}  # equal keys are made one object, or comparing them would recurse
    for value in view.order:
        group = groups.get(value, ())
        if opened in group:
            inside = group[: group.index(opened) + 2]
            group = inside if inside[-1] != opened else ()
        else:
            group = group[:depth]
        key = InGroup(group) if group else _key_of_lone(value, keys, view.output)
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
