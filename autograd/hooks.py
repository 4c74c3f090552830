"""Hooks: functions of yours that see, and may replace, a value's gradient as it flows by."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autograd.recording import Notes

if TYPE_CHECKING:
    from autograd.value import Value


class Hook:
    """A hook on a value's gradient; `remove()` ends it."""

    def __init__(self, value: "Value", function: Callable[[float], float | None]) -> None:
        self.value = value
        self.function = function
        self._set([*self._hooks(), function])

    def remove(self) -> None:
        hooks = self._hooks()
        if self.function in hooks:
            hooks.remove(self.function)
        self._set(hooks)

    def _hooks(self) -> list[Callable[[float], float | None]]:
        return list(self.value.notes.hooks) if self.value.notes is not None else []

    def _set(self, hooks: list[Callable[[float], float | None]]) -> None:
        self.value.notes = (self.value.notes or Notes())._replace(hooks=tuple(hooks))


def after_hooks(node: "Value", gradient: Any) -> Any:
    """The node's complete gradient, as its hooks (if any) leave it."""
    if node.notes is not None:
        for hook in node.notes.hooks:
            replacement = hook(gradient)
            if replacement is not None:
                gradient = replacement
    return gradient
