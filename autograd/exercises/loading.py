"""A learner's file, function by function: a mistake in one leaves the others alone."""

import ast
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from autograd.exercises.errors import misspelt

BEGINNING = re.compile(r"def |class |@")
NAME = re.compile(r"^(?:def|class) (\w+)", re.MULTILINE)


class Loaded(NamedTuple):
    """The functions by name; and what is wrong with those (or, under "", the lines) that failed."""

    functions: dict[str, Callable[..., Any]]
    faults: dict[str, str]


def load(path: Path) -> Loaded:
    """Run the file.  Raises OSError if it cannot be read, SyntaxError if it is not text."""
    with tokenize.open(path) as file:
        text = file.read()
    names: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    faults: dict[str, str] = {}
    for first_line, piece in _pieces(text):
        try:
            statements = ast.parse("\n" * first_line + piece, str(path)).body
        except SyntaxError as error:
            named = NAME.search(piece)
            faults[named[1] if named else ""] = misspelt(error, path)
            continue
        for statement in statements:
            try:
                exec(compile(ast.Module([statement], []), str(path), "exec"), names)
            except Exception as error:
                fault = f"{path.name}:{statement.lineno}: {type(error).__name__}: {error}"
                faults[getattr(statement, "name", "")] = fault
    return Loaded({name: f for name, f in names.items() if callable(f)}, faults)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """(lines before it, text): the whole file if it is Python, else each definition by itself."""
    try:
        ast.parse(text)
    except SyntaxError:
        lines = text.splitlines(keepends=True)
        starts = [i for i, line in enumerate(lines) if i == 0 or _begins(line, lines[i - 1])]
        for start, end in zip(starts, [*starts[1:], len(lines)]):
            yield start, "".join(lines[start:end])
    else:
        yield 0, text


def _begins(line: str, before: str) -> bool:
    return BEGINNING.match(line) is not None and not before.startswith("@")
