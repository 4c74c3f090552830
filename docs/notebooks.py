"""The demos as notebooks: `python docs/notebooks.py out/notebooks` (`make notebooks`).

Each is made from its script: the docstring becomes the notebook's introduction, a line
`# --- heading ---` a heading, each paragraph of code a cell; a last cell shows what the demo wrote.
No notebook is kept by hand, so none can differ from its script.

A notebook is given away without the clone, so it has no command line and no package `demos`: the
arguments' defaults stand in their place, and a file of data comes in a cell of its own.
"""

import ast
import json
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

DEMOS = Path(__file__).parent.parent / "demos"
HEADING = re.compile(r"^# -{3,} (.*?) -{3,}$")
WRITTEN = re.compile(r'"(out/[\w-]+\.(?:svg|png|gif|html))"')

INSTALL = '''\
# Once, if stepgrad is not installed here: put in the folder of your clone, without the first #.
# %pip install "/path/of/the/clone[demos]"'''

SHOW = """\
from html import escape
from pathlib import Path

from IPython.display import HTML, Image, display

for path in [Path(name) for name in {names}]:
    if path.suffix == ".html":
        page = escape(path.read_text(encoding="utf-8"))
        display(HTML(f'<iframe srcdoc="{{page}}" width="100%" height="700"></iframe>'))
    elif path.suffix == ".svg":
        fitted = '<svg style="max-width:100%; height:auto" '
        display(HTML(path.read_text(encoding="utf-8").replace("<svg ", fitted, 1)))
    elif path.exists():  # without matplotlib there is none
        display(Image(path))"""

DATA = '''\
from pathlib import Path

Path("{name}").write_text("\\n".join("""
{words}
""".split()))'''


def demo_scripts() -> list[Path]:
    return sorted([path for path in DEMOS.glob("*.py") if not path.stem.startswith("_")])


def write_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for script in demo_scripts():
        text = json.dumps(notebook(script), indent=1, ensure_ascii=False) + "\n"
        (folder / f"{script.stem}.ipynb").write_text(text, encoding="utf-8")


def notebook(script: Path, *arguments: str) -> dict[str, Any]:
    """The script as a notebook (format 4.5), as if it were run with these arguments."""
    source = script.read_text(encoding="utf-8")
    files = data_files(source)
    written = list(dict.fromkeys(WRITTEN.findall(source)))
    cells = [
        _cell("markdown", introduction(source)),
        _cell("code", INSTALL),
        *[_hidden(_cell("code", _data(name))) for name in files],
        *[_cell(kind, text) for kind, text in _parts(standing_alone(source, arguments))],
        *([_cell("code", SHOW.format(names=json.dumps(written)))] if written else []),
    ]
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


# --- without a command line, and outside the clone ------------------------------------------------


def standing_alone(source: str, arguments: Sequence[str] = ()) -> str:
    """The script with what it takes from the command line and from `demos` written in."""
    while (found := _next_replacement(source, arguments)) is not None:
        node, text = found
        lines = source.splitlines(keepends=True)
        start, end = node.lineno - 1, (node.end_lineno or 0) - 1
        before = "".join(lines[:start]) + _bytes_until(lines[start], node.col_offset)
        after = lines[end].encode()[node.end_col_offset :].decode() + "".join(lines[end + 1 :])
        source = before + text + after
    for line, name in (("import sys", "sys."), ("from importlib import resources", "resources.")):
        if name not in source:
            source = source.replace(line + "\n", "")
    return source


def data_files(source: str) -> list[str]:
    """The files of `demos` that the script reads."""
    return [name for node in ast.walk(ast.parse(source)) if (name := _file_of_demos(node))]


def _next_replacement(source: str, arguments: Sequence[str]) -> tuple[ast.expr, str] | None:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.IfExp) and "sys.argv" in ast.unparse(node.test):
            return node, _chosen(source, node, arguments)
        if isinstance(node, ast.Subscript) and ast.unparse(node) == "sys.argv[1:]":
            return node, json.dumps(list(arguments))
        if name := _file_of_demos(node):
            assert isinstance(node, ast.expr)
            return node, f'Path("{name}")'
    return None


def _chosen(source: str, node: ast.IfExp, arguments: Sequence[str]) -> str:
    """Of `int(sys.argv[1]) if len(sys.argv) > 1 else 40` the 40, or the argument as an int."""
    position = re.fullmatch(r"len\(sys\.argv\) > (\d+)", ast.unparse(node.test))
    if position is None:
        raise ValueError(f"the notebooks cannot read {ast.unparse(node)!r}")
    k = int(position[1])
    if k > len(arguments):
        return ast.get_source_segment(source, node.orelse) or ""
    given = ast.get_source_segment(source, node.body) or ""
    return given.replace(f"sys.argv[{k}]", repr(arguments[k - 1]))


def _file_of_demos(node: ast.AST) -> str:
    """names.txt, if this is `resources.files("demos") / "names.txt"`."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.right, ast.Constant):
        return ""
    is_ours = ast.unparse(node.left) == "resources.files('demos')"
    return str(node.right.value) if is_ours else ""


def _bytes_until(line: str, offset: int) -> str:
    """The line up to a column of the syntax tree, which counts bytes."""
    return line.encode()[:offset].decode()


def _data(name: str) -> str:
    """A cell that writes this file, of one word per line."""
    words = (DEMOS / name).read_text(encoding="utf-8").split("\n")
    assert all(len(word.split()) <= 1 for word in words), f"{name} has lines of several words"
    return DATA.format(name=name, words=textwrap.fill(" ".join(words).strip(), 100))


# --- cells ----------------------------------------------------------------------------------------


def introduction(source: str) -> str:
    """The docstring as Markdown: its first line as the heading."""
    title, _, rest = (ast.get_docstring(ast.parse(source)) or "").partition("\n")
    return f"# {title.rstrip('.')}\n\n{rest.strip()}".strip()


def _parts(source: str) -> Iterator[tuple[str, str]]:
    """("markdown", heading) and ("code", paragraph), in order; the docstring left out."""
    lines = source.splitlines()
    inside = _lines_inside_statements(source)
    paragraph: list[str] = []
    docstring_end = ast.parse(source).body[0].end_lineno or 0
    for i, line in enumerate(lines[docstring_end:] + [""], start=docstring_end + 1):
        heading = HEADING.match(line)
        if heading or (not line.strip() and i not in inside):
            if paragraph:
                yield "code", "\n".join(paragraph)
            paragraph = []
            if heading:
                yield "markdown", f"## {heading.group(1)}"
        elif line != "print(__doc__)":  # it is the introduction
            paragraph.append(line)


def _lines_inside_statements(source: str) -> set[int]:
    """The lines at which no paragraph ends, though they be empty: those within a statement."""
    inside: set[int] = set()
    for statement in ast.parse(source).body:
        inside.update(range(statement.lineno, (statement.end_lineno or 0) + 1))
    return inside


def _cell(kind: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": text}
    return cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}


def _hidden(cell: dict[str, Any]) -> dict[str, Any]:
    """Folded up, as far as the program that shows it can fold."""
    return {**cell, "metadata": {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}}


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
