"""The project's docstrings as Sphinx wants them.

They are written to be read in a terminal: `name` in single backticks, small aligned tables,
indented formulas.  Sphinx reads reStructuredText, where an aligned table would be run together into
one paragraph; here such lines become literal blocks, and stray asterisks are escaped.
"""

import re
from typing import Any

COLUMNS = re.compile(r"[^\s.!?:]  +\S|:  +\S")  # two blanks within a line that end no sentence


def to_rst(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """The hook that Sphinx calls with each docstring; it changes the lines in place."""
    lines[:] = converted(lines)


def converted(lines: list[str]) -> list[str]:
    result: list[str] = []
    for paragraph in _paragraphs(lines):
        if _is_example(paragraph):
            result += [*paragraph, ""]
        elif _is_layout(paragraph):
            result += ["::", "", *["    " + line.replace("`", "") for line in paragraph], ""]
        else:
            result += [*[_escaped(line) for line in paragraph], ""]
    return result


def _paragraphs(lines: list[str]) -> list[list[str]]:
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            paragraphs[-1].append(line)
        else:
            paragraphs.append([])
    return [paragraph for paragraph in paragraphs if paragraph]


def _is_example(paragraph: list[str]) -> bool:
    return paragraph[0].lstrip().startswith(">>>")


def _is_layout(paragraph: list[str]) -> bool:
    """Indented, or with columns: to be shown line by line."""
    return any(line.startswith("  ") or COLUMNS.search(line) for line in paragraph)


def _escaped(line: str) -> str:
    """Markup only within backticks: elsewhere asterisks multiply and underscores are letters."""
    parts = line.split("`")
    parts[::2] = [re.sub(r"([*_|\\])", r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)
