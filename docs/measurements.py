"""The benchmarks page, made from the JSON files that `make bench` leaves in out/.

`python docs/measurements.py` copies those files to docs/measurements/, each with the machine, the
versions and the date; the site is built from there.  A dictionary of dictionaries becomes a table,
whatever its rows and columns are called; a plain entry becomes a line.
"""

import importlib.metadata
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))

from benchmarks import report  # noqa: E402

KEPT = HERE / "measurements"
SPEED_TABLE = "microseconds per step"
PICTURE = "speed.svg"
MOST_COLUMNS = 8
PEERS = ["stepgrad", "numpy", "torch", "jax", "jaxlib", "casadi", "numba", "micrograd"]

INTRODUCTION = """\
# Benchmarks

Each table was measured with the command above it, on the machine named below it; the programs
compared took turns. If a table was put together from several runs, or measured while other work was
running, a note below it says so: such figures are rough. Figures depend on the machine: run the
command on yours.
"""

ABOUT = {
    "speed": (
        "Training, compared with other libraries",
        "The time of one training step: forward, backward, update. Each column is a model: `blog` "
        "is one neuron with three weights and four rows; `moons` is `MLP(2, [16, 16, 1])` on "
        "100 points; `digits` is `MLP(64, [32, 10])` on 64 or 1,437 pictures; `gpt` is one "
        "layer of a GPT on a name of seven letters; `chain` is a million operations in a row. "
        "`stepgrad eager` computes with Values, as you write them; `stepgrad numpy` and "
        "`stepgrad native` are the same graph, compiled to NumPy and to machine code. `NumPy` "
        "and `Numba loops` are written by hand.",
    ),
    "engine": (
        "Values, compared with micrograd",
        "The time of one step of micrograd's own demo, computed with Values, not compiled. The "
        "`micrograd style` row runs micrograd's own layers on our Value; `stepgrad` also uses "
        "our layers, in which a neuron's weighted sum is one node. Python's garbage collector "
        "was on or off: micrograd's graphs are cycles, which it has to find.",
    ),
    "gradient": (
        "What a gradient costs",
        "The time of a compiled program that computes only its value, of one that computes "
        "value and gradient, and the ratio of the two.",
    ),
    "lifting": (
        "How long compiling takes",
        "The compiler looks for array operations in a graph of scalars: it *lifts* the graph "
        "to arrays. `build` is the time to build the graph, `compile` the time to compile it, "
        "both in seconds; `ratio` is the second over the first; `lines` is the length of the "
        "program; `memory ratio` is the compiler's peak memory over that of the graph.",
    ),
}
"""Title and explanation of each report, in the order of the page."""


def keep(folder: Path) -> list[Path]:
    """Copy the reports of a bench run into docs/measurements/; returns what was written."""
    KEPT.mkdir(exist_ok=True)
    kept = []
    for path in sorted(folder.glob("*.json")):
        entries = {**json.loads(path.read_text(encoding="utf-8")), "environment": environment()}
        target = KEPT / path.name
        target.write_text(json.dumps(entries, indent=1) + "\n", encoding="utf-8")
        kept.append(target)
    return kept


def environment() -> dict[str, str]:
    """The machine, the date, and the version of each installed peer."""
    versions = {"Python": platform.python_version()}
    for name in PEERS:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "processor": _processor(),
        "system": platform.system(),
        "date": time.strftime("%Y-%m-%d"),
        "versions": ", ".join([f"{name} {version}" for name, version in versions.items()]),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def page() -> str:
    order = list(ABOUT)
    reports = sorted(KEPT.glob("*.json"), key=lambda path: (_place(order, path.stem), path.stem))
    return "\n".join([INTRODUCTION, *[section(path) for path in reports]])


def _place(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def speed_picture(path: Path) -> None:
    """The speed table as bars, on a logarithmic scale."""
    results = json.loads((KEPT / "speed.json").read_text(encoding="utf-8"))[SPEED_TABLE]
    report.picture(results, path)


def section(path: Path) -> str:
    """One report: its command, its picture and tables, its facts, its environment."""
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    where = kept.pop("environment", {})
    command = kept.pop("command", f"python -m benchmarks.{path.stem}")
    title, about = ABOUT.get(path.stem, (path.stem.replace("_", " ").capitalize(), ""))
    lines = [f"## {title}", "", *([about, ""] if about else []), f"    {command}", ""]
    facts = {}
    for name, entry in kept.items():
        if isinstance(entry, dict) and all(isinstance(row, dict) for row in entry.values()):
            lines += [f"**{name}**", "", *_table(entry), ""]
            if name == SPEED_TABLE:
                lines += [f"![the table as bars, logarithmic]({PICTURE})", ""]
            lines += [*_left_out(entry), ""]
        elif name not in ("python", "machine"):  # the environment says it in full
            facts[name] = entry
    lines += [f"- {name}: {_cell(fact)}" for name, fact in {**facts, **where}.items()]
    return "\n".join([*lines, ""])


def _table(rows: dict[str, dict[str, Any]]) -> list[str]:
    columns = list(dict.fromkeys([column for row in rows.values() for column in row]))
    if len(columns) > MOST_COLUMNS:  # transposed, it fits on the page
        rows = {c: {name: row.get(c, "") for name, row in rows.items()} for c in columns}
        columns = list(next(iter(rows.values())))
    lines = ["| | " + " | ".join(columns) + " |", "|---" + "|---:" * len(columns) + "|"]
    for name, row in rows.items():
        cells = ["–" if _is_reason(row.get(c)) else _cell(row.get(c, "")) for c in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _left_out(rows: dict[str, dict[str, Any]]) -> list[str]:
    """Text in place of a number says why there is none."""
    reasons: dict[str, list[str]] = {}
    for name, row in rows.items():
        for column, entry in row.items():
            if _is_reason(entry):
                reasons.setdefault(f"{column}: {_cell(entry)}", []).append(name)
    return [f"- {reason} ({', '.join(names)})" for reason, names in reasons.items()]


def _is_reason(entry: Any) -> bool:
    return isinstance(entry, str)


def _cell(entry: Any) -> str:
    if entry is None:  # not measured
        return "–"
    if isinstance(entry, float):
        return f"{entry:,.0f}" if abs(entry) >= 1000 else f"{entry:.4g}"
    if isinstance(entry, dict):
        return ", ".join([f"{key} {_cell(inner)}" for key, inner in entry.items()])
    return str(entry).replace("|", "\\|")


if __name__ == "__main__":
    for written in keep(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out")):
        print(written)
