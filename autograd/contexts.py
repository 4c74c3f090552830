"""The state that contexts such as `no_grad()` change, and how they open and close.

The current state is the default state with the changes of all open blocks applied in order.  It is
not "the state before the block": a generator may keep its block open while another's closes, in
either order, and a different thread may close it in the end.  So a closing block only marks itself
closed, and computing the state skips the closed ones.
"""

import functools
import inspect
import threading
from collections.abc import AsyncIterator, Callable, Generator
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class State(NamedTuple):
    """How this thread or task currently records, and runs backward passes."""

    builds_graph: bool = True
    tracks_source: bool = False
    detects_anomaly: bool = False
    notes: Any = None  # for each new node: a `recording.Notes`
    stops: tuple[Any, ...] = ()  # where backward passes stop; see `breakpoints.py`


USUAL = State()

contexts_open = 0
"""Blocks open in all threads together.  While it is 0, every state is the default one and need not
be looked up, which saves each node about 50 of its 300 nanoseconds."""

_closings = 0  # a state computed before the last closing may be out of date
_counting = threading.RLock()  # += is a read and a write: another thread may run in between


class Context:
    """Within `with Context(change):`, the state is change(the state outside).

    One object may be entered repeatedly, even within itself.  It also decorates functions,
    generator functions, coroutine functions and asynchronous generator functions: each call gets
    its own block, which does not leak out while a generator is suspended.
    """

    def __init__(self, change: Callable[[State], State]) -> None:
        self.change = change
        self.blocks: list[_Block] = []  # open ones, possibly of several threads

    def __enter__(self) -> None:
        global contexts_open
        block = _Block(self, _innermost_open())
        with _counting:
            self.blocks.append(block)
            contexts_open += 1
        _innermost.set(block)

    def __exit__(self, *error: object) -> None:
        global contexts_open, _closings
        block = self._block_to_close()
        with _counting:
            self.blocks.remove(block)
            block.is_open = False
            contexts_open -= 1
            _closings += 1
        _innermost.set(_innermost_open())

    def _block_to_close(self) -> "_Block":
        """Its innermost block here; else (another thread closes a generator) its last."""
        block = _innermost.get()
        while block is not None and not (block.context is self and block.is_open):
            block = block.outer
        return block or self.blocks[-1]

    def __call__(self, function: F) -> F:
        for is_kind, wrapper in _WRAPPERS:
            if is_kind(function):
                return cast(F, functools.wraps(function)(wrapper(self, function)))
        raise TypeError(f"a context decorates functions, got {type(function).__name__}")


class _Block:
    """A block that is open or has been closed."""

    __slots__ = ("closings", "context", "is_open", "outer", "state")

    def __init__(self, context: Context, outer: "_Block | None") -> None:
        self.context = context
        self.outer = outer
        self.is_open = True
        self.closings = _closings
        self.state = context.change(state())


_innermost: ContextVar[_Block | None] = ContextVar("autograd.contexts", default=None)


def state() -> State:
    """The current state in this thread or task."""
    block = _innermost.get()
    if block is None:
        return USUAL
    if block.closings == _closings:
        return block.state
    return _worked_out(block)


def _worked_out(block: _Block | None) -> State:
    if block is None:
        return USUAL
    block.closings = _closings
    outside = _worked_out(block.outer)
    block.state = block.context.change(outside) if block.is_open else outside
    return block.state


def _innermost_open() -> _Block | None:
    block = _innermost.get()
    while block is not None and not block.is_open:
        block = block.outer
    return block


# --- decorators -------------------------------------------------------------------------------
# A generator's block is open while the generator runs, and closed while its user does.


def _function(context: Context, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        with context:
            return function(*args, **kwargs)

    return call


def _coroutine_function(context: Context, function: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with context:
            return await function(*args, **kwargs)

    return call


def _generator_function(context: Context, function: Callable[..., Any]) -> Callable[..., Any]:
    def generate(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        resume, what = generator.send, None
        while True:
            try:
                with context:
                    item = resume(what)
            except StopIteration as end:
                return end.value
            try:
                resume, what = generator.send, (yield item)
            except GeneratorExit:
                with context:
                    generator.close()
                raise
            except BaseException as error:
                resume, what = generator.throw, error

    return generate


def _async_generator_function(context: Context, function: Callable[..., Any]) -> Callable[..., Any]:
    async def generate(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        generator = function(*args, **kwargs)
        resume, what = generator.asend, None
        while True:
            try:
                with context:
                    item = await resume(what)
            except StopAsyncIteration:
                return
            try:
                resume, what = generator.asend, (yield item)
            except GeneratorExit:
                with context:
                    await generator.aclose()
                raise
            except BaseException as error:
                resume, what = generator.athrow, error

    return generate


_WRAPPERS: list[tuple[Callable[[Any], Any], Callable[[Context, Any], Callable[..., Any]]]] = [
    (inspect.isasyncgenfunction, _async_generator_function),
    (inspect.iscoroutinefunction, _coroutine_function),
    (inspect.isgeneratorfunction, _generator_function),
    (callable, _function),
]
