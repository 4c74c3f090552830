"""What happens, besides the arithmetic, when a node is recorded in the graph.

Usually nothing.  Inside one of these contexts, more:

    with no_grad():          numbers are computed, but no graph is built
    with track_source():     nodes remember the line of your code that made them
    with detect_anomaly():   a nan or inf raises where it first appears (see `anomaly.py`)
    with group("encoder"):   nodes know which named part of the model they belong to

Each also decorates a function, a generator or a coroutine function.  They nest, can be reused,
may close in any order, and each thread and task has its own.  (`contexts.py` opens and closes
them.)
"""

import os
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from autograd.contexts import Context, State, state

EDITORS = {
    "vscode": "vscode://file/{file}:{line}",
    "pycharm": "pycharm://open?file={file}&line={line}",
}


class Source(NamedTuple):
    """The line of the user's code that made a node."""

    file: str
    line: int
    function: str

    @property
    def short(self) -> str:
        """ "lesson.py:4", for what is shown to others: the folder is private."""
        return f"{os.path.basename(self.file)}:{self.line}"

    def link(self, pattern: str) -> str:
        """An address for this line: an editor's name, or a pattern with {file} and {line}."""
        return EDITORS.get(pattern, pattern).format(file=self.file, line=self.line)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Notes(NamedTuple):
    """What a node carries besides its mathematics.  Immutable, so that many nodes share one."""

    group: tuple[str, ...] = ()
    source: Source | None = None
    hooks: tuple[tuple[int, Callable[[Any], Any]], ...] = ()  # by the numbers of their handles
    breakpoint: Callable[[Any], Any] | None = None  # whether to stop a debugger at its turn
    backward: Callable[[], Any] | None = None  # runs at its turn; see `by_hand.py`


def recording(**changes: Any) -> Context:
    """Record with some fields of the state changed."""
    return Context(lambda state: state._replace(**changes))


def no_grad() -> Context:
    """Compute numbers without building a graph: results are constants, as in PyTorch.

    Saves time and memory where no gradient is needed: evaluation, sampling, plotting.
    """
    return recording(builds_graph=False)


def track_source() -> Context:
    """Let every new node remember the file, line and function of your code that made it.

    Read it as `value.source`.  Costs about a microsecond per node.
    """
    return recording(tracks_source=True)


def detect_anomaly() -> Context:
    """Raise FloatingPointError where a nan or inf first appears, in the forward or backward pass.

    The message names the operation, the values of its operands, and the line of your code that
    built the node.  What counts is a nan or inf made from finite numbers, or a nan made from an
    infinity; propagating one does not count.  Put both the model's call and `backward()` inside
    the context; nodes built before it was entered have no line to name.
    """
    return recording(detects_anomaly=True, tracks_source=True)


def group(name: str) -> Context:
    """Let every new node belong to a named part of the model; names nest: outer/inner.

    Pictures draw a group as one box.  Read it as `value.group`, a tuple from outer to inner.
    """

    def inside(state: State) -> State:
        notes = state.notes or Notes()
        return state._replace(notes=notes._replace(group=(*notes.group, name)))

    return Context(inside)


def notes_of_leaf() -> Notes | None:
    """What the open contexts attach to a new leaf, such as a parameter's group."""
    return notes_for_node(state())


def notes_for_node(state: State) -> Notes | None:
    """What the open contexts attach to a new node."""
    notes: Notes | None = state.notes
    if not state.tracks_source:
        return notes
    return (notes or Notes())._replace(source=calling_source())


LIBRARY = ("autograd", "nn")  # the packages whose frames are not the user's


def calling_source() -> Source | None:
    """The innermost line of code outside this library."""
    frame = sys._getframe(1)
    while frame is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package not in LIBRARY:
            code = frame.f_code
            return Source(code.co_filename, frame.f_lineno, code.co_name)
        frame = frame.f_back  # type: ignore[assignment]
    return None
