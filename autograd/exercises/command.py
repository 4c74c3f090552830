"""The command `python -m autograd exercises [FILE]`."""

import argparse
import sys
from importlib.resources import files
from pathlib import Path

from autograd.exercises.catalogue import EXERCISES
from autograd.exercises.loading import Loaded, load
from autograd.exercises.passes import PassExercise
from autograd.exercises.rules import RuleExercise
from autograd.printing import escape_what_cannot_be_encoded, printable

AGAIN = "python -m autograd exercises"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command to those of `python -m autograd`."""
    parser = commands.add_parser("exercises", help="get the exercises, and check your answers")
    parser.add_argument("file", nargs="?", help="your answers (exercises.py in this folder)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check the answers in the file, or write a file of questions if there is none yet.

    Without a name the file is exercises.py in the current folder.  Returns the exit status: 0 when
    all answers are right or the questions were written, otherwise 1.
    """
    escape_what_cannot_be_encoded()
    path = Path(options.file or "exercises.py")
    if options.file is None and not path.exists():
        return _write_questions(path)
    try:
        answers = load(path)
    except FileNotFoundError:
        return _refused(f"there is no file {path}; `{AGAIN}` alone writes exercises.py")
    except (OSError, SyntaxError, UnicodeError) as problem:
        return _refused(f"{path} cannot be read: {problem}")
    return _report(answers)


def _write_questions(path: Path) -> int:
    questions = files("autograd.exercises").joinpath("questions.py").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:  # never over an answer
            file.write(questions)
    except OSError as problem:
        return _refused(f"{path} cannot be written here: {problem}")
    print(f"wrote {path}: {len(EXERCISES)} exercises")
    print(f"Open it in an editor, replace the dots of one, save it, and run `{AGAIN}` again.")
    return 0


def _report(answers: Loaded) -> int:
    """Print one line per exercise, and before them what went wrong elsewhere in the file."""
    names = [exercise.name for exercise in EXERCISES]
    for name, fault in answers.faults.items():
        if name not in names:
            print(f"  {printable(fault)}")
    right = 0
    for exercise in EXERCISES:
        verdict, fault = _verdict(exercise, answers)
        right += verdict == "right"
        print(f"  {verdict}   {exercise.name}" + (f": {printable(fault)}" if fault else ""))
    print(f"{right} of {len(EXERCISES)} exercises are right")
    return 0 if right == len(EXERCISES) else 1


def _verdict(exercise: RuleExercise | PassExercise, answers: Loaded) -> tuple[str, str]:
    """("right", ""), ("to do", "") or ("wrong", what is wrong)."""
    if exercise.name in answers.faults:
        return "wrong", answers.faults[exercise.name]
    function = answers.functions.get(exercise.name)
    if function is None or not exercise.is_begun(function):
        return "to do", ""
    fault = exercise.check(function)
    return ("wrong" if fault else "right"), fault


def _refused(message: str) -> int:
    print(printable(message), file=sys.stderr)
    return 1
