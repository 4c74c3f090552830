"""The demos as notebooks: `python docs/notebooks.py FOLDER` writes a notebook for each of them.

A demo is one file, the script in demos/.  Its docstring becomes the notebook's introduction, a
line `# --- heading ---` a heading, each paragraph of code a cell; a last cell shows the pictures
that the demo wrote.  No notebook is kept by hand, so none can differ from its script.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DEMOS = Path(__file__).parent.parent / "demos"
HEADING = re.compile(r"^# -{3,} (.*?) -{3,}$")

SHOW_PICTURES = """\
from pathlib import Path

from IPython.display import SVG, Image, display

for path in sorted(Path("out").glob("{name}*")):
    if path.suffix in (".svg", ".png", ".gif"):
        display(SVG(path) if path.suffix == ".svg" else Image(path))"""


def demo_scripts() -> list[Path]:
    return sorted([path for path in DEMOS.glob("*.py") if not path.stem.startswith("_")])


def write_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for script in demo_scripts():
        text = json.dumps(notebook(script), indent=1, ensure_ascii=False) + "\n"
        (folder / f"{script.stem}.ipynb").write_text(text, encoding="utf-8")


def notebook(script: Path, *arguments: str) -> dict[str, Any]:
    """The script as a notebook (format 4.5); `arguments` are those of its command line."""
    source = script.read_text(encoding="utf-8")
    argv = ["demos." + script.stem, *arguments]
    cells = [
        _cell("markdown", introduction(source)),
        _cell("code", f"import sys\n\nsys.argv = {json.dumps(argv)}  # the command line"),
        *[_cell(kind, text) for kind, text in _parts(source)],
        _cell("code", SHOW_PICTURES.format(name=script.stem)),
    ]
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


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


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
