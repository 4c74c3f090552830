"""The generated parts of this site: `python docs/generate.py` writes them to docs/_generated/.

The table of operations comes from the table, the reference from the public names, the pictures
from the programs in `pictures.py`.  Sphinx calls `everything` at the start of each build.
"""

import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import board  # noqa: E402
import measurements  # noqa: E402
import notebooks  # noqa: E402
import pictures  # noqa: E402
import plots  # noqa: E402
import slides  # noqa: E402

import autograd  # noqa: E402
import nn  # noqa: E402
from autograd import OPERATIONS, Operation  # noqa: E402
from autograd import formula as formulas  # noqa: E402


def everything(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    pictures.write(pictures.OF_THE_SITE, folder)
    pictures.write_levels(folder)
    plots.write_all(folder)
    board.write_all(folder)
    (folder / "extra").mkdir(exist_ok=True)
    pictures.write_walks(folder / "extra")
    deck = slides.deck((HERE / "slides.md").read_text(encoding="utf-8"), folder)
    notebooks.write_all(folder / "extra" / "notebooks")
    _write(folder / "demos.md", demos_page())
    measurements.speed_picture(folder / measurements.PICTURE)
    _write(folder / "benchmarks.md", measurements.page())
    _write(folder / "extra" / "slides.html", deck)
    _write(folder / "operations.md", operations_page())
    _write(folder / "api-autograd.md", reference_page(autograd))
    _write(folder / "api-nn.md", reference_page(nn))


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:  # else Sphinx reads it again
        path.write_text(text, encoding="utf-8")


# --- the table of operations ----------------------------------------------------------------

OPERATIONS_INTRODUCTION = """\
# The table of operations

Everything that the library knows about calculus is in one table, with one row per operation. This
page is generated from that table: the formulas are what its rules write when they are run on
letters instead of numbers, the plots are its values and rules run on floats.

`z` is the result. `[x > 0]` is 1 where x > 0 and 0 elsewhere. 1.12838 is 2/√π, 0.707107 is 1/√2,
and 0.398942 is 1/√(2π). In the plots the line is the value, and the dashes are its derivative by
the plotted operand; the other operands stay at the row's sample point.

| operation | symbol | what it computes |
|---|---|---|
"""


LAST = ["greater", "equal", "where", "choose"]
"""First in the table, since its rules use them; last on the page, since a reader adds first."""


def operations_page() -> str:
    rows = [row for row in OPERATIONS.values() if row.__doc__]
    rows.sort(key=lambda row: row.name in LAST)  # a stable sort keeps the order of the table
    index = [f"| [{r.name}](#{r.name}) | `{r.symbol}` | {_cell(r.__doc__)} |" for r in rows]
    sections = [operation_section(row) for row in rows]
    return OPERATIONS_INTRODUCTION + "\n".join(index) + "\n\n" + "\n".join(sections)


def operation_section(row: Operation) -> str:
    derivatives = [
        f"| `∂z/∂{operand}` | `{formula}` |" for operand, formula in formulas.local_derivatives(row)
    ]
    names = formulas.operand_names(row)
    sample = ", ".join([f"{name} = {x:g}" for name, x in zip(names, row.sample)])
    plotted = names[plots.plotted_operand(row)]
    lines = [
        f"## {row.name}",
        "",
        _cell(row.__doc__) + ".",
        "",
        "| local derivative | formula |",
        "|---|---|",
        *derivatives,
        "",
        f"Sample point: {sample}. " + (_in_numpy(row, names)),
        "",
        f"![{row.name} and its derivative by {plotted}]({plots.file_name(row)}){{.plot}}",
        "",
    ]
    return "\n".join(lines)


def _in_numpy(row: Operation, names: list[str]) -> str:
    return f"In NumPy: `{row.array.format(*names)}`." if row.array else ""


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("*", "\\*")


# --- the demos ------------------------------------------------------------------------------

DEMOS_INTRODUCTION = """\
# The demos

Flat scripts to read from top to bottom and to run; each is also a notebook. Pictures are written to
`out/`. Some of them need `pip install ".[demos]"` to draw.
"""


def demos_page() -> str:
    sections = [DEMOS_INTRODUCTION]
    for script in notebooks.demo_scripts():
        text = notebooks.introduction(script.read_text(encoding="utf-8"))
        run = f"    python -m demos.{script.stem}"
        link = f'As a notebook: <a href="../notebooks/{script.stem}.ipynb">{script.stem}.ipynb</a>.'
        sections += ["#" + text, "", run, "", link, ""]
    return "\n".join(sections)


# --- the reference --------------------------------------------------------------------------


def reference_page(package: ModuleType) -> str:
    """Every public name of the package, under the module that defines it."""
    documented: dict[str, list[str]] = {}
    data = []
    for name in package.__all__:
        thing = getattr(package, name)
        if inspect.isfunction(thing) or inspect.isclass(thing):
            documented.setdefault(thing.__module__, []).append(name)
        elif not isinstance(thing, Operation):
            data.append(name)
    parts = [_introduction(package, data)]
    for module, names in documented.items():
        parts.append(_module_section(package, module, names))
    return "\n".join(parts)


def _introduction(package: ModuleType, data: list[str]) -> str:
    lines = [f"# Reference: {package.__name__}", "", _first_line(package), ""]
    data = [name for name in data if name != "OPERATIONS"]
    if package is autograd:
        rows = [f"[`{row.name}`](operations.md#{row.name})" for row in OPERATIONS.values()]
        lines += ["`autograd.OPERATIONS`, a dictionary by name, holds the table of operations. "]
        lines += ["Its rows may be called on Values and on numbers:", ""]
        lines += [", ".join(rows) + ".", ""]
    for name in data:
        lines += [f"`{package.__name__}.{name}`: {_described(getattr(package, name))}", ""]
    return "\n".join(lines)


def _described(thing: Any) -> str:
    if isinstance(thing, ModuleType):
        return _first_line(thing) + " " + ", ".join([f"`{n}`" for n in _functions(thing)]) + "."
    if isinstance(thing, dict):
        return "a dictionary by name: " + ", ".join([f"`{key}`" for key in thing]) + "."
    return f"`{thing!r}`"


def _functions(module: ModuleType) -> list[str]:
    functions = inspect.getmembers(module, inspect.isfunction)
    return [name for name, f in functions if f.__module__ == module.__name__ and name[0] != "_"]


def _module_section(package: ModuleType, module: str, names: list[str]) -> str:
    lines = [f"## {_title(sys.modules[module])}", "", "```{eval-rst}"]
    lines += [f".. currentmodule:: {package.__name__}", ""]
    for name in names:
        if inspect.isclass(getattr(package, name)):
            lines += [f".. autoclass:: {name}", "   :members:", ""]
        else:
            lines += [f".. autofunction:: {name}", ""]
    return "\n".join([*lines, "```", ""])


def _title(module: ModuleType) -> str:
    return _first_line(module).rstrip(".")


def _first_line(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")


if __name__ == "__main__":
    everything(HERE / "_generated")
