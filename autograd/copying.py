"""Copies and pickles of graphs: of any depth, without recursion, shared nodes staying shared.

`pickle` descends from a value to its operands: a deep graph would overflow the stack.  So a value
first pickles the list of everything it depends on, operands before users; when pickle reaches a
node, its operands are already there to be referred to.

A node made by hand is copied with its local derivatives as numbers: the function assigned to it
belongs to the nodes that it was written for.
"""

from typing import Any

from autograd.graph import NO_GRADIENT, Node, topological_order

FIELDS = ("data", "grad", "op", "operands", "local_derivatives", "label", "notes")
new = object.__new__


def copied(node: Any, operands: tuple[Any, ...]) -> Any:
    """A node like this one, made from these operands."""
    state = _additions(node)
    copy = restored([], type(node), *_fields(node, operands))
    for name, addition in ((state[0] or {}) | state[1]).items():
        setattr(copy, name, addition)
    return copy


def deep_copied(output: Node, copies: dict[int, Any]) -> Any:
    """A copy of the output's graph; `copies` by id, as `copy.deepcopy` keeps them."""
    for node in topological_order(output):
        if id(node) not in copies:
            operands = tuple([copies[id(operand)] for operand in node.operands])
            copies[id(node)] = copied(node, operands)
    return copies[id(output)]


def reduced(node: Any) -> tuple[Any, ...]:
    """What pickle stores: the function that restores the node, and its arguments."""
    before: Any = [] if not node.operands or id(node) in _sent_ahead else _SentAhead(node)
    return restored, (before, type(node), *_fields(node, node.operands)), _additions(node)


def restored(before: Any, cls: type, *fields: Any) -> Any:
    """The node with these fields; `before` has already made pickle read its operands."""
    node: Any = new(cls)
    for name, field in zip(FIELDS, fields):
        setattr(node, name, field)
    if node.grad is None:
        node.grad = NO_GRADIENT
    return node


def _fields(node: Any, operands: tuple[Any, ...]) -> tuple[Any, ...]:
    """In the order of FIELDS; None for a gradient that was never set."""
    notes = node.notes
    if notes is not None and notes.backward is not None:
        notes = notes._replace(backward=None)
    gradient = node.grad if node.has_gradient else None
    local_derivatives = tuple(node.local_derivatives)
    return node.data, gradient, node.op, operands, local_derivatives, node.label, notes


def _additions(node: Any) -> Any:
    """(attributes, slots) that a subclass has added."""
    slots: dict[str, Any] = {}
    for cls in type(node).__mro__[:-1]:
        names = cls.__dict__.get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            if name not in FIELDS and hasattr(node, name):
                slots[name] = getattr(node, name)
    return getattr(node, "__dict__", None), slots


class _SentAhead:
    """Everything a value depends on that is in no earlier such list; pickled as a plain list.

    It lives as long as the pickler remembers it, and its nodes with it.
    """

    def __init__(self, output: Node) -> None:
        self.nodes = [n for n in topological_order(output)[:-1] if id(n) not in _sent_ahead]
        _sent_ahead.update([id(node) for node in self.nodes])

    def __del__(self) -> None:
        _sent_ahead.difference_update([id(node) for node in self.nodes])

    def __reduce__(self) -> Any:
        return list, (), None, iter(self.nodes)


_sent_ahead: set[int] = set()
