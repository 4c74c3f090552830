"""The command `python -m autograd walk SCRIPT.py [arguments of the script]`.

It shows the pass that the script was about to take: on top of the gradients that earlier passes of
the script left, if it did not set them to 0.
"""

import argparse
import os
import sys
from typing import TextIO

from autograd.extras import missing
from autograd.printing import escape_what_cannot_be_encoded, printable
from autograd.walking.plain import print_walk, prompt
from autograd.walking.script import ScriptProblem, output_of
from autograd.walking.walker import Walk

MISSING = missing("the full-screen stepper", "Textual", extra="terminal") + ". Line by line, then."


def run(options: argparse.Namespace) -> int:
    """Returns the exit status: 0, 1 without the backward pass that was asked for, 130 for ^C."""
    try:
        output = output_of(options.script, options.arguments, options.call)
        escape_what_cannot_be_encoded()
        _show(Walk(output, keep=True), options.plain, options.page)
    except ScriptProblem as problem:
        escape_what_cannot_be_encoded()
        print(printable(str(problem), keep="\n"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # piped into head: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody sits there; a script may have closed or replaced the stream."""
    return stream is not None and not stream.closed and stream.isatty()


def _show(walk: Walk, plain: bool, page: str | None) -> None:
    if sys.stdout is None or sys.stdout.closed:
        raise ScriptProblem("the script closed its output, so there is nowhere to show the walk")
    if page is not None:
        print(printable(f"wrote {walk.page(page)}"))
    elif not (_is_terminal(sys.stdin) and _is_terminal(sys.stdout)):
        print_walk(walk)
    elif plain or os.environ.get("TERM", "dumb") == "dumb":
        prompt(walk)
    else:
        try:
            from autograd.walking.stepper import Stepper
        except ImportError:
            print(MISSING)
            prompt(walk)
            return
        Stepper(walk).run()


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to those of `python -m autograd`."""
    walk = commands.add_parser("walk", help="step through a script's backward pass")
    walk.add_argument("--call", type=_count, default=1, help="which backward() call (1: the first)")
    walk.add_argument("--plain", action="store_true", help="line by line, without full screen")
    walk.add_argument("--page", metavar="FILE.html", help="write the page and leave")
    walk.add_argument("script")
    walk.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on to the script")
    walk.set_defaults(run=run)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("calls count from 1")
    return number
