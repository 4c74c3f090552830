"""Redraw the gallery: python docs/gallery.py [FOLDER], docs/gallery/ without one.

Graphs of 10, 50, 200, 1,000, 20,000 and 100,000 values, each at the level of detail that `draw`
chooses by itself, and the same graphs seen in other ways.
"""

import math
import random
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent)]

import nn  # noqa: E402
from autograd import Value, draw, explain, group, topological_order  # noqa: E402
from autograd import sum as add_up  # noqa: E402


def ten() -> Value:
    x1, x2 = Value(2.0, "x1"), Value(0.5, "x2")
    w1, w2, b = Value(-3.0, "w1"), Value(1.0, "w2"), Value(6.0, "b")
    o = (x1 * w1 + x2 * w2 + b).tanh()
    o.label = "o"
    return o


def fifty() -> Value:
    loss = (nn.MLP(3, [4, 4, 1], seed=1)([2.0, 3.0, -1.0]) - 1.0) ** 2
    loss.label = "loss"
    return loss


def two_hundred() -> Value:
    """An MLP in micrograd's way, one multiplication at a time."""
    rng = random.Random(5)
    xs = [Value(2.0, "x1"), Value(3.0, "x2"), Value(-1.0, "x3")]
    for size in (4, 4, 1):
        outputs = []
        for _ in range(size):
            weights, bias = [Value(rng.uniform(-1, 1)) for _ in xs], Value(0.0)
            outputs.append(sum((w * x for w, x in zip(weights, xs)), bias).tanh())
        xs = outputs
    loss = (xs[0] - 1.0) ** 2
    loss.label = "loss"
    return loss


def moons(rows: int, hidden: int = 16) -> Value:
    """MLP(2, [16, 16, 1]) on two half-moons, hinge loss."""
    model = nn.MLP(2, [hidden, hidden, 1], seed=3)
    rng = random.Random(1)
    scores, labels = [], []
    for i in range(rows):
        angle, upper = rng.uniform(0.0, math.pi), i % 2 == 0
        x, y = math.cos(angle), math.sin(angle)
        point = (x, y) if upper else (1.0 - x, 0.5 - y)
        scores.append(model([Value(point[0]), Value(point[1])]))
        labels.append(1 if upper else -1)
    loss = nn.hinge_loss(scores, labels)
    loss.label = "loss"
    return loss


def attention() -> Value:
    """Two named groups: attention over four vectors, and a head."""
    rng = random.Random(2)
    vectors = [[Value(rng.gauss(0, 1)) for _ in range(3)] for _ in range(4)]
    with group("attention"):
        scores = [add_up([a * b for a, b in zip(vectors[0], v)]) for v in vectors]
        total = add_up([score.exp() for score in scores])
        shares = [score.exp() / total for score in scores]
        mixed = [add_up([s * v[i] for s, v in zip(shares, vectors)]) for i in range(3)]
    with group("head"):
        loss = nn.mse_loss(mixed, [1.0, 0.0, 0.0])
    loss.label = "loss"
    return loss


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    graphs = {
        "10": (ten(), {}),
        "50": (fifty(), {}),
        "200": (two_hundred(), {"level": "compact"}),
        "1000": (moons(10), {}),
        "20000": (moons(270), {}),
        "100000": (moons(1_350), {}),
        "opened": (moons(100, hidden=12), {"open": "layers.0"}),
        "dark": (attention(), {"theme": "dark", "level": "collapsed"}),
    }
    for name, (output, options) in graphs.items():
        output.backward()
        start = time.perf_counter()
        draw(output, format="png", **options).render(filename=str(folder / name), cleanup=True)
        seconds = time.perf_counter() - start
        print(f"{name}.png: {len(topological_order(output)):,} values, {seconds:.1f} s", flush=True)
    o = graphs["10"][0]
    (w1,) = [value for value in topological_order(o) if value.label == "w1"]
    print(explain(o, w1))
    picture = explain(o, w1).draw(format="png", level="full")
    picture.render(filename=str(folder / "explained"), cleanup=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "gallery")
