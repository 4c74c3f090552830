"""Breakpoints in the backward pass: on a value, a label, or a condition on a gradient.

    w.breakpoint()                       stops when w's turn comes
    with stop_when(label="w", nan=True): stops where any of these holds

They open whatever `breakpoint()` opens (PYTHONBREAKPOINT chooses it, 0 turns it off), in the frame
of `autograd.backward.backward`, with `node` in view; `step` leads into `backward_step`.  Without a
terminal, and without a debugger that has taken over `breakpoint()`, they do nothing.
"""

import math
import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

from autograd.contexts import Context, State
from autograd.graph import Node
from autograd.ops import CONSTANT
from autograd.recording import Notes

HIDDEN = (
    "autograd: this breakpoint lies in the library, which your debugger hides: it stops at your "
    'own line, if at all. Set "justMyCode": false in .vscode/launch.json to stop here'
)


class Stop(NamedTuple):
    """Where to stop; see `stop_when`."""

    label: str | None
    above: float
    zero: bool
    nan: bool
    inf: bool

    def holds(self, node: Node) -> bool:
        gradient = float(node.grad)
        return bool(
            (self.label is not None and node.label == self.label)
            or abs(gradient) > self.above
            or (self.zero and gradient == 0.0)
            or (self.nan and math.isnan(gradient))
            or (self.inf and math.isinf(gradient))
        )


def stop_when(
    *,
    label: str | None = None,
    above: float = math.inf,
    zero: bool = False,
    nan: bool = False,
    inf: bool = False,
) -> Context:
    """Within this context, backward passes stop in the debugger where any of these holds.

    A node's turn comes once its gradient is complete.  `label`: the node has this label; `above`:
    its gradient exceeds this bound in absolute value; `zero`, `nan`, `inf`: its gradient is that.
    """
    stop = Stop(label, above, zero, nan, inf)

    def watching(state: State) -> State:
        return state._replace(stops=(*state.stops, stop))

    return Context(watching)


class Breakpoint:
    """A breakpoint on a value; `remove()` deletes it."""

    def __init__(self, value: Node, condition: Callable[[Any], Any] | None) -> None:
        self.value = value
        self._set(condition or _always)

    def remove(self) -> None:
        self._set(None)

    def _set(self, condition: Callable[[Any], Any] | None) -> None:
        self.value.notes = (self.value.notes or Notes())._replace(breakpoint=condition)


def stops_at(node: Node, stops: tuple[Stop, ...]) -> bool:
    """Whether the backward pass should stop at this node, and a person or debugger is there."""
    condition = node.notes.breakpoint if node.notes is not None else None
    if node.op is CONSTANT:
        return False
    if not (condition is not None and condition(node)):
        for stop in stops:
            if stop.holds(node):
                break
        else:
            return False
    if not _somebody_watches():
        return False
    _say_if_hidden(sys._getframe(1))
    return True


def _always(node: Node) -> bool:
    return True


def _somebody_watches() -> bool:
    """A terminal, or a debugger chosen by PYTHONBREAKPOINT or that took over breakpoint()."""
    if sys.breakpointhook is not sys.__breakpointhook__ or os.environ.get("PYTHONBREAKPOINT"):
        return True
    streams = (sys.stdin, sys.stdout)
    return all(stream is not None and not stream.closed and stream.isatty() for stream in streams)


_said_hidden = False


def _say_if_hidden(frame: FrameType) -> None:
    """Say once that the debugger will not stop here: VS Code's skips libraries by default."""
    global _said_hidden
    if not _said_hidden and _is_skipped(frame):
        _said_hidden = True
        print(HIDDEN, file=sys.stderr)


def _is_skipped(frame: FrameType) -> bool:
    """Whether pydevd, the debugger of VS Code and PyCharm, filters this frame out."""
    get_debugger = getattr(sys.modules.get("pydevd"), "get_global_debugger", lambda: None)
    debugger: Any = get_debugger()
    if not getattr(debugger, "is_files_filter_enabled", False):
        return False
    try:
        return bool(debugger.apply_files_filter(frame, frame.f_code.co_filename, False))
    except (AttributeError, TypeError):  # a version that does not tell
        return False
