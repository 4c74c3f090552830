"""`python -m autograd COMMAND`: walk a script's backward pass, or check the exercises."""

import argparse
import sys

from autograd import __version__
from autograd.exercises import command as exercises
from autograd.walking import command as walking


def main(arguments: list[str]) -> int:
    """Returns the command's exit status; argparse leaves with 2 where there is no such command."""
    parser = argparse.ArgumentParser(prog="python -m autograd")
    parser.add_argument("--version", action="version", version=f"stepgrad {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    walking.add_to(commands)
    exercises.add_to(commands)
    options = parser.parse_args(arguments)
    status: int = options.run(options)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
