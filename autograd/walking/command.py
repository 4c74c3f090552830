"""The command `python -m autograd walk SCRIPT.py [arguments of the script]`."""

import argparse
import os
import sys

from autograd.extras import missing
from autograd.walking.plain import print_walk, prompt
from autograd.walking.script import ScriptProblem, output_of
from autograd.walking.walker import Walk

MISSING = missing("the full-screen stepper", "Textual", extra="terminal") + ". Line by line, then."


def main(arguments: list[str]) -> int:
    """Returns the exit status: 0, 1 without the backward pass that was asked for, 130 for ^C."""
    options = _parser().parse_args(arguments)
    try:
        output = output_of(options.script, options.arguments, options.call)
        _show(Walk(output), options.plain, options.page)
    except ScriptProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # piped into head: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _show(walk: Walk, plain: bool, page: str | None) -> None:
    if page is not None:
        print(f"wrote {walk.page(page)}")
    elif not (sys.stdin.isatty() and sys.stdout.isatty()):
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m autograd")
    commands = parser.add_subparsers(required=True, metavar="walk")
    walk = commands.add_parser("walk", help="step through a script's backward pass")
    walk.add_argument("--call", type=_count, default=1, help="which backward() call (1: the first)")
    walk.add_argument("--plain", action="store_true", help="line by line, without full screen")
    walk.add_argument("--page", metavar="FILE.html", help="write the page and leave")
    walk.add_argument("script")
    walk.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on to the script")
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("calls count from 1")
    return number
