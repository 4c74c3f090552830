"""How long compiling takes, beside building a graph: python -m benchmarks.lifting [edges] [model]

Models of growing size are built eagerly, then compiled to NumPy step by step: the graph captured
as arrays, chains fused, groups lifted to array operations, the gradient derived, the source
written.  `edges` (a million by default) is where to stop.  The last columns are the compiler's
time as a multiple of the time to build the graph, and its peak memory as a multiple of the graph's.
The aim: a few times, whatever the size, since lifting is linear.  (A deep recurrence of a few units
is the most expensive: each step has its own array operations, and each costs half a millisecond,
however few scalars it stands for.)
"""

import gc
import itertools
import json
import math
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograd
import nn
from autograd import Value
from autograd.compiling.arrays.derive import gradient
from autograd.compiling.arrays.merge import merged
from autograd.compiling.arrays.turn import turned
from autograd.compiling.lifting.capture import capture
from autograd.compiling.lifting.fuse import fuse
from autograd.compiling.lifting.lift import lift
from autograd.compiling.tape import Tape, is_deep
from autograd.compiling.writing.emit import Emitter

STAGES = ["capture", "fuse", "lift", "derive", "emit"]


def layers(rows: int, dot: Callable[..., Any]) -> Value:
    """An MLP 2-16-16-1 over rows of data, a plain loop: 7 to 20 edges per weight and row."""
    model = nn.MLP(2, [16, 16, 1], activation="tanh", seed=1)
    losses = []
    for i in range(rows):
        x: list[Any] = [i / rows, 1.0 - i / rows]
        for layer in model.layers:
            x = [dot(neuron.w, x, neuron.b) for neuron in layer.neurons]
            x = [autograd.tanh(z) for z in x] if len(x) > 1 else x
        losses.append((x[0] - 0.5) ** 2)
    return sum(losses) * (1.0 / rows)  # type: ignore[return-value]


def by_hand(ws: list[Any], xs: list[Any], bias: Any) -> Any:
    """micrograd's way: one product at a time."""
    return sum((w * x for w, x in zip(ws, xs)), bias)


def attention(tokens: int, dot: Callable[..., Any] = autograd.dot) -> Value:
    """One head over some tokens: each looks back at all earlier ones, so the sums are ragged."""
    size = 8
    q, k, v = [nn.Layer(size, size, nonlin=False, seed=seed).neurons for seed in (1, 2, 3)]
    x = [[Value((i * size + j) % 7 / 7.0) for j in range(size)] for i in range(tokens)]
    queries, keys, values = [[[dot(n.w, y, n.b) for n in m] for y in x] for m in (q, k, v)]
    outputs = []
    for t in range(tokens):
        shares = autograd.softmax([dot(queries[t], key, 0.0) for key in keys[: t + 1]])
        outputs += [dot(shares, column, 0.0) for column in zip(*values[: t + 1])]
    return autograd.sum([z * z for z in outputs])


def recurrence(steps: int) -> Value:
    """A recurrent layer of 12 units: every step takes a few lines, and the graph is deep."""
    model = nn.Layer(12, 12, seed=1)
    x: list[Any] = [Value(0.1 * i) for i in range(12)]
    for i in range(steps):
        x = [autograd.tanh(autograd.dot(n.w, x, n.b) + i / steps) for n in model.neurons]
    return autograd.sum(x)


def chain(blocks: int) -> Value:
    """A recurrence, 21 operations per block, one after another: it becomes a tape."""
    x, a, b = Value(0.5), Value(1.0), Value(1e-9)
    for _ in range(blocks):
        for _ in range(10):
            x = x * a
            x = x + b
        x = x.tanh()
    return x


def scattered(sums: int) -> Value:
    """Sums of 1 to 9 terms each, picked from everywhere: only gathers can be found."""
    leaves = [Value(i % 11 / 11.0) for i in range(97)]
    picked = [[leaves[(i * i + 7 * j * i) % 97] for j in range(i % 9 + 1)] for i in range(sums)]
    return autograd.sum([autograd.tanh(autograd.sum(xs)) for xs in picked])


MODELS: dict[str, tuple[Callable[[int], Value], int]] = {  # and about how many edges per unit
    "layers of dots": (lambda n: layers(n, autograd.dot), 700),
    "layers by hand": (lambda n: layers(n, by_hand), 1_300),
    "attention": (lambda n: attention(int(n**0.5)), 22),
    "recurrence": (recurrence, 340),
    "chain": (chain, 41),
    "scattered sums": (scattered, 7),
}


def measure(build: Callable[[], Value]) -> dict[str, float]:
    """Seconds to build the graph, for each stage and in total; numbers of nodes and edges."""
    gc.collect()
    start = time.perf_counter()
    output = build()
    marks = [time.perf_counter()]
    graph, parameters = capture([output], [], None)
    marks.append(time.perf_counter())
    fused = fuse(graph)
    marks.append(time.perf_counter())
    if is_deep(fused):
        source = Tape(fused).source
        marks += [time.perf_counter()] * 3
    else:
        builder, (y,), _ = lift(fused, len(parameters), 0)
        marks.append(time.perf_counter())
        by_theta = gradient(builder, y)
        marks.append(time.perf_counter())
        written = merged(builder, turned(builder, [y, y, by_theta]))
        emitter = Emitter(builder)
        source = emitter.views(written) + emitter.outputs(written[:1])
        source += emitter.gradient(*written[1:])
        marks.append(time.perf_counter())
    seconds = dict(zip(STAGES, [after - before for before, after in itertools.pairwise(marks)]))
    edges = len(graph.operands)
    total = {"all": sum(seconds.values()), "build": marks[0] - start}
    return {"edges": edges, "nodes": len(graph.op), "lines": source.count("\n"), **seconds, **total}


def peak(build: Callable[[], Value]) -> tuple[float, float]:
    """Megabytes of the graph, and the compiler's peak on top of it."""
    gc.collect()
    tracemalloc.start()
    output = build()
    own = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    program = autograd.compile(output)
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del program, output
    return own / 1e6, (highest - own) / 1e6


TABLE = "seconds to build a graph and to compile it"


def main() -> None:
    limit = float(sys.argv[1]) if len(sys.argv) > 1 else 1e6
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    results: dict[str, Any] = {}
    header = "".join([f"{stage:>9}" for stage in STAGES])
    print(f"{'seconds':16}{'edges':>11}{'lines':>7}{'build':>9}{header}{'ratio':>8}{'memory':>8}")
    for name, (model, edges) in MODELS.items():
        if wanted not in name:
            continue
        units = max(1, round(1e4 / edges))
        while units * edges <= limit:
            build = lambda: model(units)  # noqa: B023, E731
            row = measure(build)
            row["ratio"] = row["all"] / row["build"]
            own, highest = peak(build) if units * edges <= 3e5 else (1.0, float("nan"))
            row["memory"] = highest / own
            results[f"{name}, {row['edges']:,} edges"] = {
                "build": row["build"],
                "compile": row["all"],
                "ratio": row["ratio"],
                "lines": row["lines"],
                "memory ratio": None if math.isnan(row["memory"]) else row["memory"],
            }
            stages = "".join([f"{row[stage]:9.3f}" for stage in STAGES])
            left = f"{name:16}{row['edges']:11,}{row['lines']:7}{row['build']:9.3f}"
            print(f"{left}{stages}{row['ratio']:8.2f}{row['memory']:8.2f}", flush=True)
            units *= 10 if units * edges * 10 <= limit else 3 if units * edges * 3 <= limit else 10
    Path("out").mkdir(exist_ok=True)
    report = {"command": "python -m benchmarks.lifting", TABLE: results}
    Path("out/lifting.json").write_text(json.dumps(report, indent=1) + "\n")
    print(f"\nwritten to out/lifting.json; Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
