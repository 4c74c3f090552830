"""Hooks: your own functions that see, and may replace, a value's gradient as it flows by."""

import itertools
from collections.abc import Callable
from typing import Any

from autograd.graph import Node
from autograd.ops import to_float
from autograd.recording import Notes

_numbers = itertools.count()


class Hook:
    """A hook on a value's gradient; `remove()` removes it."""

    def __init__(self, value: Node, function: Callable[[float], float | None]) -> None:
        self.value = value
        self.number = next(_numbers)  # distinguishes it from the same function registered again
        notes = value.notes or Notes()
        value.notes = notes._replace(hooks=(*notes.hooks, (self.number, function)))

    def remove(self) -> None:
        notes = self.value.notes
        hooks = tuple([hook for hook in notes.hooks if hook[0] != self.number])
        self.value.notes = notes._replace(hooks=hooks)


def after_hooks(node: Node, gradient: Any, creates_graph: bool = False) -> Any:
    """The node's complete gradient after its hooks, if any.

    A number; a Value only where the pass creates a graph.  Raises a TypeError that names the hook
    if it returns anything else.
    """
    if node.notes is not None:
        for _, hook in node.notes.hooks:
            replacement = hook(gradient)
            if replacement is not None:
                gradient = _checked(replacement, hook, node, creates_graph)
    return gradient


def _checked(replacement: Any, hook: Any, node: Node, creates_graph: bool) -> Any:
    if creates_graph and hasattr(type(replacement), "apply_operation"):
        return replacement
    try:
        return to_float(replacement)
    except TypeError:
        name = getattr(hook, "__qualname__", repr(hook))
        raise TypeError(
            f"the hook {name} on {node!r} returned {type(replacement).__name__}, "
            f"{replacement!r:.60}: it may return a number, which replaces the gradient, or "
            "None (in a pass with create_graph=True, a Value)"
        ) from None
