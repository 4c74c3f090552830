"""What is done, besides the arithmetic, as a node is recorded in the graph.

Usually nothing.  Inside one of these contexts, more:

    with no_grad():          numbers are computed, but no graph is built
    with track_source():     nodes remember the line of your code that made them
    with detect_anomaly():   a nan or inf raises where it is born (see `anomaly.py`)
    with group("encoder"):   nodes know which named part of the model they belong to

Each also decorates a function.  They nest, and each thread and task has its own.
"""

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple


class Source(NamedTuple):
    """The line of the user's code that made a node."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Notes(NamedTuple):
    """What is pinned to a node besides its mathematics.  Immutable, so that many share one."""

    group: tuple[str, ...] = ()
    source: Source | None = None
    hooks: tuple[Callable[[Any], Any], ...] = ()
    breakpoint: Callable[[Any], Any] | None = None  # whether to stop a debugger at its turn


class State(NamedTuple):
    """How this thread records at the moment."""

    builds_graph: bool = True
    tracks_source: bool = False
    detects_anomaly: bool = False
    notes: Notes | None = None  # for each new node
    stops: tuple[Any, ...] = ()  # what backward passes stop at; see `breakpoints.py`


USUAL = State()
_state: ContextVar[State] = ContextVar("autograd.recording", default=USUAL)

contexts_open = 0
"""In all threads together: while it is 0, nobody has to look up the state."""
_counting = threading.Lock()


def state() -> State:
    return _state.get()


@contextlib.contextmanager
def recording(**changes: Any) -> Iterator[None]:
    """Record with some fields of the state changed."""
    token = _state.set(_state.get()._replace(**changes))
    _count(+1)
    try:
        yield
    finally:
        _count(-1)
        _state.reset(token)


def _count(change: int) -> None:
    global contexts_open
    with _counting:  # += is a read and a write: another thread may come between
        contexts_open += change


def no_grad() -> contextlib.AbstractContextManager[None]:
    """Compute numbers without building a graph: results are constants, as in PyTorch.

    Saves time and memory where no gradient is wanted: evaluation, sampling, plotting.
    """
    return recording(builds_graph=False)


def track_source() -> contextlib.AbstractContextManager[None]:
    """Let every new node remember the file, line and function of your code that made it.

    Read it as `value.source`.  Costs about a microsecond a node.
    """
    return recording(tracks_source=True)


def detect_anomaly() -> contextlib.AbstractContextManager[None]:
    """Raise FloatingPointError where a nan or inf is born, in the forward or backward pass.

    The message names the operation, the values of its operands, and the line of your code that
    built the node.  A nan or inf is born where finite numbers went in, or where an
    infinity turned into a nan; merely passing one on is no birth.  Put both the model's call and
    `backward()` inside the context; nodes built before it opened have no line to name.
    """
    return recording(detects_anomaly=True, tracks_source=True)


@contextlib.contextmanager
def group(name: str) -> Iterator[None]:
    """Let every new node belong to a named part of the model; names nest: outer/inner.

    Pictures draw a group as one box.  Read it as `value.group`, a tuple from outer to inner.
    """
    outer = _state.get().notes or Notes()
    with recording(notes=outer._replace(group=(*outer.group, name))):
        yield


def notes_of_leaf() -> Notes | None:
    """What the contexts in force pin to a new leaf, a parameter of a group, say."""
    return notes_for_node(_state.get())


def notes_for_node(state: State) -> Notes | None:
    """What the contexts in force pin to a new node."""
    if not state.tracks_source:
        return state.notes
    return (state.notes or Notes())._replace(source=calling_source())


LIBRARY = ("autograd", "nn")  # the packages whose frames are not the user's own


def calling_source() -> Source | None:
    """The innermost line of code outside this library."""
    frame = sys._getframe(1)
    while frame is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package not in LIBRARY and package != "contextlib":
            code = frame.f_code
            return Source(code.co_filename, frame.f_lineno, code.co_name)
        frame = frame.f_back  # type: ignore[assignment]
    return None
