"""micrograd's demo: a network of 337 scalars separates two half moons; eager and compiled.

You will see the loss and the accuracy of 100 steps, the same training compiled to array code, how
much faster that is, and the boundary.  Takes about 10 s; writes out/moons.png.  An argument sets
the number of steps.
"""

import math
import random
import sys
import time

import autograd
import nn
from autograd import Value

print(__doc__)

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 100

# --- data: two half circles, with noise ----------------------------------

numbers = random.Random(1337)
ROWS, LABELS = [], []
for i in range(100):
    angle = math.pi * (i // 2) / 49
    x, y = math.cos(angle), math.sin(angle)
    if i % 2:
        x, y = 1.0 - x, 0.5 - y
    ROWS.append([x + numbers.gauss(0, 0.1), y + numbers.gauss(0, 0.1)])
    LABELS.append(1 if i % 2 else -1)


def rate(step):
    return 1.0 - 0.9 * step / max(STEPS, 100)


def accuracy(scores):
    return sum([(score > 0) == (y > 0) for score, y in zip(scores, LABELS)]) / len(LABELS)


# --- eager: a graph of numbers, built again at every step ---------------------------------

model = nn.MLP(2, [16, 16, 1], seed=1337)
parameters = model.parameters()
print(f"{len(parameters)} parameters, {len(ROWS)} points")
optimizer = nn.SGD(parameters, lr=rate)
eager = []
start = time.perf_counter()
for step in range(STEPS):
    scores = [model(row) for row in ROWS]
    loss = nn.hinge_loss(scores, LABELS) + 1e-4 * sum([p * p for p in parameters])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    eager.append(loss.data)
    if step % 10 == 0 or step == STEPS - 1:
        right = accuracy([score.data for score in scores])
        print(f"  step {step:3}: loss {loss.data:.4f}, accuracy {right:.0%}", flush=True)
eager_seconds = time.perf_counter() - start
eager_weights = [p.data for p in parameters]

# --- compiled: the graph of one point, lifted to arrays over all of them ------------

model = nn.MLP(2, [16, 16, 1], seed=1337)  # the same start
parameters = model.parameters()
inputs = [Value(0.0, label="x1"), Value(0.0, label="x2"), Value(1.0, label="y")]
score = model(inputs[:2])
loss = (1.0 - inputs[2] * score).relu() + 1e-4 * sum([p * p for p in parameters])
start = time.perf_counter()
program = autograd.compile(loss, inputs=inputs, parameters=parameters)
compile_seconds = time.perf_counter() - start
rows = [[*row, y] for row, y in zip(ROWS, LABELS)]
start = time.perf_counter()
compiled = program.train(rows, nn.SGD(parameters, lr=rate), epochs=STEPS)
compiled_seconds = time.perf_counter() - start
apart = max([abs(a - b) for a, b in zip(eager, compiled)])
drift = max([abs(p.data - w) for p, w in zip(parameters, eager_weights)])
print(f"\neager: {eager_seconds:.2f} s; compiled: {compile_seconds:.2f} s to compile, then")
print(f"{compiled_seconds:.4f} s, which is {eager_seconds / compiled_seconds:.0f} times as fast.")
print(f"The losses differ by at most {apart:.1e}, the weights by {drift:.1e}.")

scorer = autograd.compile(score, inputs=inputs[:2])
right = accuracy(scorer(ROWS))
print(f"accuracy after {STEPS} steps: {right:.0%}")

# --- the boundary ----------------------------------

try:
    import matplotlib
except ImportError:
    print('no picture: it needs matplotlib, `pip install ".[demos]"`')
else:
    matplotlib.use("Agg")  # to a file, with or without a screen
    from pathlib import Path

    from matplotlib import pyplot

    across = [-1.6 + 4.2 * i / 150 for i in range(151)]
    up = [-1.1 + 2.7 * i / 100 for i in range(101)]
    heights = scorer([[x, y] for y in up for x in across]).reshape(101, 151)
    figure, (left, right_side) = pyplot.subplots(
        1, 2, figsize=(11, 4), width_ratios=[3, 2], layout="constrained"
    )
    limit = abs(heights).max()
    left.contourf(across, up, heights, levels=20, cmap="RdBu", vmin=-limit, vmax=limit, alpha=0.7)
    left.contour(across, up, heights, levels=[0], colors="black")
    colours = ["#1d4ed8" if y > 0 else "#b91c1c" for y in LABELS]
    left.scatter(*zip(*ROWS), c=colours, s=22, edgecolors="white", linewidths=0.6)
    left.set(title=f"The boundary after {STEPS} steps: {right:.0%} right", aspect="equal")
    right_side.semilogy(eager, label="eager", linewidth=4, color="#93c5fd")
    right_side.semilogy(compiled, label="compiled", color="#c2410c", linewidth=1)
    right_side.set(xlabel="step", title="Loss: one line on the other")
    right_side.legend()
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/moons.png", dpi=110)
    print("Now open out/moons.png - the boundary")
