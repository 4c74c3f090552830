"""The race: every peer of a workload checked against NumPy, then timed, taking turns.

A peer's time is the median over its turns of (time of a run of n steps) / n, where n is such
that a run takes about 50 ms.  Peers that take seconds per step get fewer turns.
"""

import gc
import statistics
import time
from typing import Any

import numpy as np

from benchmarks.peers import PEERS
from benchmarks.workloads import NotForThisPeer, Run, workload

TOLERANCE = 1e-12
STEPS_CHECKED = 5
SECONDS_A_RUN = 0.05
TURNS = 15
SECONDS_A_PEER = 3.0


def prepare(peer: str, name: str, small: bool = False) -> Run | str:
    """The peer's run of this workload, or a text that says why there is none."""
    try:
        return PEERS[peer](workload(name, small))
    except NotForThisPeer as reason:
        return str(reason)
    except ImportError as error:
        return f"{error.name or error} is not installed"


def disagreement(run: Run, reference: Any) -> float:
    """The largest relative difference in the first steps; slow peers do fewer than five."""
    start, largest = time.perf_counter(), 0.0
    for expected in reference:
        got = np.asarray(run(1), float)[0]
        largest = max(largest, float(np.max(np.abs(got - expected) / np.abs(expected))))
        if time.perf_counter() - start > SECONDS_A_PEER:
            break
    return largest


def reference(name: str, small: bool = False) -> Any:
    run = PEERS["NumPy"](workload(name, small))
    return np.asarray(run(STEPS_CHECKED), float)


def race(name: str, peers: list[str], quick: bool = False) -> dict[str, Any]:
    """{peer: microseconds per step, or a text that says why not}.

    Raises AssertionError when a peer computes other numbers than the reference.
    """
    expected = reference(name, small=quick)
    result: dict[str, Any] = {}
    runs: dict[str, Run] = {}
    for peer in peers:
        start = time.perf_counter()
        run = prepare(peer, name, small=quick)
        if isinstance(run, str):
            result[peer] = run
            continue
        worst = disagreement(run, expected)
        assert worst <= TOLERANCE, f"{peer} on {name} differs from NumPy by {worst:.1e}"
        print(f"  {peer}: ready in {time.perf_counter() - start:.1f} s, agrees", flush=True)
        runs[peer] = run
    result.update(_timed(runs, quick))
    return {peer: result[peer] for peer in peers}


def _timed(runs: dict[str, Run], quick: bool) -> dict[str, float]:
    steps = {peer: _steps_a_run(run) for peer, run in runs.items()}
    times: dict[str, list[float]] = {peer: [] for peer in runs}
    gc.collect()
    gc.freeze()  # spares the scalar engines a scan of the libraries' objects
    for _ in range(2 if quick else TURNS):
        for peer, run in runs.items():
            if sum(times[peer]) * steps[peer] < SECONDS_A_PEER:
                times[peer].append(_seconds(run, steps[peer]) / steps[peer])
                gc.collect()
    gc.unfreeze()
    return {peer: statistics.median(some) * 1e6 for peer, some in times.items()}


def _steps_a_run(run: Run) -> int:
    """A number of steps that takes about 50 ms; a multiple of 100 if it is over 100.

    The first run of a new number of steps may compile: it is not counted.
    """
    steps = 1
    while True:
        seconds = _seconds(run, steps)
        if seconds * 5 > SECONDS_A_RUN:  # the estimate from a longer run is close
            seconds = min(seconds, _seconds(run, steps)) if seconds < 1.0 else seconds
        if seconds >= SECONDS_A_RUN or steps >= 1_000_000:
            return steps
        wanted = int(min(max(steps * SECONDS_A_RUN / max(seconds, 1e-9), steps + 1), steps * 10))
        more = wanted // 100 * 100 if wanted > 100 else wanted
        if more <= steps:  # adding a hundred would be too many
            return steps
        steps = more


def _seconds(run: Run, steps: int) -> float:
    start = time.perf_counter()
    run(steps)
    return time.perf_counter() - start
