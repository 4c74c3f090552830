"""The speed table: python -m benchmarks [WORKLOAD ...] [--quick] [--without PEER ...]

Every workload, every peer that is installed, on one core, in this one process, taking turns;
each is first checked against the NumPy reference: five steps, to 1e-12.  Takes about five
minutes; `--quick` uses small workloads and two turns.  Prints the table as ratios and writes
out/speed.json and out/speed.png.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

for library in ("OMP", "OPENBLAS", "MKL", "NUMBA"):  # before NumPy is loaded
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

from benchmarks import report  # noqa: E402
from benchmarks.peers import PEERS  # noqa: E402
from benchmarks.race import race  # noqa: E402
from benchmarks.workloads import NAMES  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("workloads", nargs="*", default=NAMES, metavar="WORKLOAD")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--without", nargs="*", default=[], metavar="PEER")
    parser.add_argument("--folder", type=Path, default=Path("out"))
    options = parser.parse_args()
    for name in options.workloads:
        if name not in NAMES:
            parser.error(f"no workload is called {name!r}; the workloads are {', '.join(NAMES)}")
    peers = [peer for peer in PEERS if peer not in options.without]
    results = {}
    for name in options.workloads:
        print(f"{name} ...", flush=True)
        results[name] = race(name, peers, quick=options.quick)
        write(options, results)  # kept in case a later workload is interrupted
    ran = {peer for times in results.values() for peer in times if times[peer].__class__ is float}
    base = next(peer for peer in [*report.OURS, "NumPy"] if peer in ran)
    print("\n" + report.table(results, base))
    if base != "NumPy" and "NumPy" in ran:
        print("\n" + report.table(results, "NumPy"))
    print("\n" + report.left_out(results))
    print("\n" + "\n".join([f"{aim}: {text}" for aim, text in report.aims(results).items()]))
    drawn = report.picture(results, options.folder / "speed.png")
    print(f"\nwritten to {options.folder}/speed.json" + (" and speed.png" if drawn else ""))
    if not drawn:
        print('no picture: it needs matplotlib, `pip install ".[demos]"`')


def write(options: argparse.Namespace, results: dict[str, Any]) -> None:
    options.folder.mkdir(parents=True, exist_ok=True)
    document = {
        "command": " ".join(["python -m benchmarks", *_told(options)]),
        "microseconds per step": results,
        **report.aims(results),
    }
    (options.folder / "speed.json").write_text(json.dumps(document, indent=1) + "\n")


def _told(options: argparse.Namespace) -> list[str]:
    """The command-line arguments that change what is measured."""
    words = [] if options.workloads == NAMES else list(options.workloads)
    words += ["--quick"] * options.quick
    return words + (["--without", *map(repr, options.without)] if options.without else [])


if __name__ == "__main__":
    main()
