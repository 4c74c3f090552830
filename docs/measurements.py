"""The benchmarks page: made from the JSON files that `make bench` leaves in out/.

`python docs/measurements.py` keeps those files in docs/measurements/, each with the machine, the
versions and the date; the site is built from what is kept there.  A dictionary of dictionaries
becomes a table, whatever its rows and columns are called; a plain entry becomes a line.
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
SPEED_TABLE = "microseconds a step"
PICTURE = "speed.svg"
MOST_COLUMNS = 8
PEERS = ["stepgrad", "numpy", "torch", "jax", "jaxlib", "casadi", "numba", "micrograd"]

INTRODUCTION = """\
# Benchmarks

Each table was measured by the command above it, on the machine named below it, peers taking turns.
Where a table was put together from several runs, or while other work ran, a note below it says so:
such figures are rough. Figures move with the machine: run the command for yours.
"""


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
    """The machine, the date, and the version of each peer that is installed."""
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
    reports = sorted(KEPT.glob("*.json"))
    return "\n".join([INTRODUCTION, *[section(path) for path in reports]])


def speed_picture(path: Path) -> None:
    """The speed table as bars, on a logarithmic scale."""
    results = json.loads((KEPT / "speed.json").read_text(encoding="utf-8"))[SPEED_TABLE]
    report.picture(results, path)


def section(path: Path) -> str:
    """One report: its command, its picture and tables, its facts, its environment."""
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    where = kept.pop("environment", {})
    command = kept.pop("command", f"python -m benchmarks.{path.stem}")
    lines = [f"## {path.stem.replace('_', ' ').capitalize()}", "", f"    {command}", ""]
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
    if len(columns) > MOST_COLUMNS:  # lying on its side it fits on the page
        rows = {c: {name: row.get(c, "") for name, row in rows.items()} for c in columns}
        columns = list(next(iter(rows.values())))
    lines = ["| | " + " | ".join(columns) + " |", "|---" + "|---:" * len(columns) + "|"]
    for name, row in rows.items():
        cells = ["–" if _is_reason(row.get(c)) else _cell(row.get(c, "")) for c in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _left_out(rows: dict[str, dict[str, Any]]) -> list[str]:
    """Text in the place of a number says why there is none."""
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
