"""What a gradient costs beyond the value: python -m benchmarks.gradient

For each workload the compiled NumPy program is called for its outputs alone, and for value and
gradient, taking turns; the ratio of the medians is printed and written to out/gradient.json.
Reverse mode promises a small constant (Griewank 1989: at most five); the aim is three.  Both times
include the rest of a call: reading the parameters and checking the rows.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for library in ("OMP", "OPENBLAS", "MKL"):  # before NumPy is loaded
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

from benchmarks.by_stepgrad import compiled  # noqa: E402
from benchmarks.workloads import NAMES, workload  # noqa: E402

TURNS = 15
CALLS = 100


def measure(name: str) -> dict[str, float]:
    """Microseconds per call for the outputs, for value and gradient, and their ratio."""
    program, _, rows = compiled(workload(name), "numpy")
    calls: dict[str, Callable[[Any], Any]] = {
        "value": program,
        "value and gradient": program.value_and_grad,
    }
    times: dict[str, list[float]] = {kind: [] for kind in calls}
    for _ in range(TURNS):
        for kind, call in calls.items():
            start = time.perf_counter()
            for _ in range(CALLS):
                call(rows)
            times[kind].append((time.perf_counter() - start) / CALLS * 1e6)
    medians = {kind: statistics.median(some) for kind, some in times.items()}
    return {**medians, "ratio": medians["value and gradient"] / medians["value"]}


def main() -> None:
    results = {}
    print(f"{'microseconds':14}{'value':>10}{'with gradient':>16}{'ratio':>8}   aim: at most 3")
    for name in [name for name in NAMES if name != "chain"]:
        row = results[name] = measure(name)
        times = f"{row['value']:10.0f}{row['value and gradient']:16.0f}"
        print(f"{name:14}{times}{row['ratio']:8.2f}", flush=True)
    Path("out").mkdir(exist_ok=True)
    report = {"command": "python -m benchmarks.gradient", "value and gradient": results}
    Path("out/gradient.json").write_text(json.dumps(report, indent=1) + "\n")
    print(f"\nwritten to out/gradient.json; Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
