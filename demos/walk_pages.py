"""Backprop on pages to click through: a neuron of a blog post, its training, and a small network's.

Takes a few seconds; writes out/blog_neuron_walk.html, out/blog_neuron_training.html and
out/mlp_training.html.  Open one in a browser: Next and Back, or the arrow keys; click a box for
its whole sum; tick "practice" to be asked.  The training pages have a slider over the steps.
"""

from pathlib import Path

import nn
from autograd import TrainingRun, Value, dot, track_source, walk
from autograd import sum as add_up

print(__doc__)

Path("out").mkdir(exist_ok=True)

# --- the neuron of the blog post: one row, forwards and back ------------------------------------

INPUTS = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
TARGETS = [0, 0, 1, 1]
START = [-0.2509197623052750, 0.9014286128198323, 0.4639878836228102]

weights = [Value(start, label=f"w{i + 1}") for i, start in enumerate(START)]
with track_source():
    weighted_sum = dot(weights, INPUTS[2])
    output = weighted_sum.sigmoid()
    difference = TARGETS[2] - output
    loss = difference * difference / 2
weighted_sum.label = "weighted sum"
output.label = "output"
difference.label = "difference"
loss.label = "loss"
print(walk(loss).page("out/blog_neuron_walk.html", "The blog's neuron, backwards"))

# --- its training: every 500th of 10,000 steps ----------------------------------------------------

run = TrainingRun(weights, every=500)
for step in range(10_000):
    outputs = [dot(weights, row).sigmoid() for row in INPUTS]
    differences = [target - output for target, output in zip(TARGETS, outputs)]
    loss = add_up([difference * difference for difference in differences]) / 2
    loss.label = "loss"
    for weight in weights:
        weight.grad = 0.0
    loss.backward()
    run.record(step, loss)
    for weight in weights:
        weight.data -= weight.grad
print(run.page("out/blog_neuron_training.html", "The blog's neuron learns four rows"))

# --- a small network learns exclusive or ---------------------------------------------------------

model = nn.MLP(2, [3, 1], activation="tanh", seed=3)
optimizer = nn.SGD(model.parameters(), lr=0.1)
run = TrainingRun(model.parameters(), every=20)
for step in range(400):
    errors = [model([x, y]) - float(x != y) for x in (0, 1) for y in (0, 1)]
    loss = add_up([error * error for error in errors])
    loss.label = "loss"
    model.zero_grad()
    loss.backward()
    run.record(step, loss)
    optimizer.step()
print(run.page("out/mlp_training.html", "Three hidden neurons learn exclusive or"))
print(f"the network's last loss: {loss.data:.4f}")
