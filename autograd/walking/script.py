"""Run a script up to its backward pass, and catch the output there."""

import os
import runpy
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from autograd.printing import printable
from autograd.recording import track_source
from autograd.value import Value


class ScriptProblem(Exception):
    """The script gave no backward pass to walk through; the message says why."""


class _Reached(BaseException):
    """Ends the script at the call that was asked for; no `except Exception` in it stops that.

    A bare `except:` does; then the script's next `backward()` ends it.
    """


def output_of(script: str, arguments: list[str], call: int = 1) -> Value:
    """Run the script as its own program until it calls `backward()` for the `call`-th time.

    Returns the Value whose `backward()` it was, before that pass has changed anything; nodes know
    their source lines.  Raises ScriptProblem if the script fails, or ends before that call.
    """
    if not os.path.isfile(script):
        raise ScriptProblem(f"there is no file {script!r}")
    outputs: list[Value] = []
    try:
        with _as_program(script, arguments), _stopping_at(call, outputs), track_source():
            runpy.run_path(script, run_name="__main__")
        if len(outputs) >= call:
            print(_note(script, "ran on to its end"), file=sys.stderr)
    except _Reached:
        pass
    except SystemExit as exit:
        if len(outputs) < call:
            raise ScriptProblem(f"{_count(script, len(outputs))}, and left by {exit!r}") from None
    except Exception as error:
        if len(outputs) < call:
            text = "".join(traceback.format_exception(error.with_traceback(_own(error, script))))
            raise ScriptProblem(f"{text}{script} failed before backward pass {call}") from None
        print(_note(script, f"ran on to {error!r:.200}"), file=sys.stderr)
    if len(outputs) < call:
        hint = "" if outputs == [] else f"; --call takes 1 to {len(outputs)}"
        raise ScriptProblem(f"{_count(script, len(outputs))}, and ran to its end{hint}")
    return outputs[call - 1]


def _note(script: str, what: str) -> str:
    """The script went on after the call at which it was to end; its side effects took place."""
    return printable(
        f"note: {script} was to end at this backward(), but {what}: "
        "the call was in another thread, or in a `try` with a bare `except:`"
    )


def _count(script: str, calls: int) -> str:
    if calls == 0:
        return f"{script} never called backward()"
    times = "once" if calls == 1 else f"{calls} times"
    return f"{script} called backward() {times}"


@contextmanager
def _as_program(script: str, arguments: list[str]) -> Iterator[None]:
    """sys.argv and sys.path as `python SCRIPT.py arguments` has them."""
    argv, path = sys.argv, list(sys.path)
    sys.argv = [script, *arguments]
    sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
    try:
        yield
    finally:
        sys.argv = argv
        sys.path[:] = path


@contextmanager
def _stopping_at(call: int, outputs: list[Value]) -> Iterator[None]:
    """While this is open, the `call`-th backward pass ends the script."""
    usual = Value.backward

    def counting_backward(self: Value, create_graph: bool = False) -> None:
        if not self.is_constant:  # of which the usual one complains
            if len(outputs) < call:
                outputs.append(self)
            if len(outputs) == call:
                _end_here()
        usual(self, create_graph)

    Value.backward = counting_backward  # type: ignore[method-assign]
    try:
        yield
    finally:
        Value.backward = usual  # type: ignore[method-assign]


def _end_here() -> None:
    """Ends the script, or of a script with threads, the present one: without a traceback."""
    if threading.current_thread() is not threading.main_thread():
        raise SystemExit
    raise _Reached


def _own(error: BaseException, script: str) -> TracebackType | None:
    """The traceback from the script's first frame on, without ours and runpy's."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != script:
        trace = trace.tb_next
    return trace or error.__traceback__
