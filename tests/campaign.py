"""Very many random models, compiled and compared with the eager engine, in several processes.

    python -m tests.campaign 50000 --backend native --seed 0 --jobs 4

Each model has a seed of its own, counted from `--seed` on; one in twenty is so deep and narrow
that it runs as a tape.  At the end stand the counts and the first failures.  A process that dies
(machine code can do that) is a failure of the model it was at; the next one goes on behind it.
`python -m tests.campaign 1 --seed 17 --jobs 0` runs model 17 here, for a debugger.
"""

import argparse
import collections
import multiprocessing
import os
import random
import sys
import time
from multiprocessing.connection import Connection, wait
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import compiled_graphs
import compiled_steps

CHUNK = 500  # models of one process: what a program leaves behind does not add up
SHOWN = 20


def outcome(seed: int, backend: str) -> str:
    """ "same", "skipped" (nothing to compare), or what was raised."""
    rng = random.Random(f"{seed} campaign")
    recipe = compiled_graphs.Recipe(seed, rng.randint(1, 12))
    if rng.random() < 0.05:
        recipe = compiled_graphs.Deep(seed)
    try:
        return "same" if compiled_graphs.is_same_as_eager(recipe, backend) else "skipped"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def work(pipe: Connection, seeds: range, backend: str) -> None:
    compiled_steps.custom_operations()
    for seed in seeds:
        pipe.send(outcome(seed, backend))
    pipe.close()


class Campaign:
    """Counts of outcomes, and the failures by seed."""

    def __init__(self) -> None:
        self.counts: collections.Counter[str] = collections.Counter()
        self.failures: dict[int, str] = {}

    def note(self, seed: int, result: str) -> None:
        is_fine = result in ("same", "skipped")
        self.counts[result if is_fine else "failed"] += 1
        if not is_fine:
            self.failures[seed] = result
            print(f"seed {seed}: {result}", flush=True)

    def run(self, seeds: range, backend: str, jobs: int) -> None:
        chunks = [seeds[i : i + CHUNK] for i in range(0, len(seeds), CHUNK)][::-1]
        running: dict[Connection, range] = {}  # the seeds that a process still has to report
        while chunks or running:
            while chunks and len(running) < jobs:
                ours, theirs = multiprocessing.Pipe(duplex=False)
                running[ours] = chunks.pop()
                arguments = theirs, running[ours], backend
                multiprocessing.Process(target=work, args=arguments).start()
                theirs.close()  # so that the end of the process is the end of the pipe
            for pipe in wait(list(running)):
                left = running.pop(pipe)
                try:
                    self.note(left[0], pipe.recv())
                    running[pipe] = left[1:]
                except (EOFError, IndexError):
                    if left:
                        self.note(left[0], "the process died")
                        chunks.append(left[1:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", type=int, help="how many")
    parser.add_argument("--backend", choices=["numpy", "native"], default="native")
    parser.add_argument("--seed", type=int, default=0, help="of the first model")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="0: in this process")
    options = parser.parse_args()
    os.environ["XDG_CACHE_HOME"] = os.devnull  # no model is compiled twice: nothing is kept
    seeds = range(options.seed, options.seed + options.models)
    campaign, started = Campaign(), time.time()
    if options.jobs:
        campaign.run(seeds, options.backend, options.jobs)
    else:
        compiled_steps.custom_operations()
        for seed in seeds:
            campaign.note(seed, outcome(seed, options.backend))
    print(f"{options.models} models, {options.backend}: {dict(campaign.counts)}, "
          f"{time.time() - started:.0f} s")  # fmt: skip
    for seed in sorted(campaign.failures)[:SHOWN]:
        print(f"seed {seed}: {campaign.failures[seed][:200]}")
    return 1 if campaign.failures else 0


if __name__ == "__main__":
    sys.exit(main())
