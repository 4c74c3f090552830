"""Backprop on pages to click through: a neuron of a blog post, its training, and a small network's.

Takes a few seconds; writes out/blog_neuron_walk.html, out/blog_neuron_training.html and
out/mlp_training.html.  Open one in a browser: Next and Back, or the arrow keys; click a box for
its whole sum; tick "practice" to be asked.  The training pages play the training: the loss, the
predictions, the decision boundary, the gradients and the weights at each step.
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
page = walk(loss).page("out/blog_neuron_walk.html", "The blog's neuron, backwards")
print(f"one backward pass: {page}")

# --- its training: every 500th of 10,000 steps ----------------------------------------------------


def neuron(row):
    return dot(weights, row).sigmoid()


run = TrainingRun(weights, every=500, model=neuron, xs=INPUTS, ys=TARGETS)
for step in range(10_000):
    differences = [target - neuron(row) for row, target in zip(INPUTS, TARGETS)]
    loss = add_up([difference * difference for difference in differences]) / 2
    loss.label = "loss"
    for weight in weights:
        weight.grad = 0.0
    loss.backward()
    run.record(step, loss)
    for weight in weights:
        weight.data -= weight.grad
page = run.page("out/blog_neuron_training.html", "The blog's neuron learns four rows")
print(f"its training: {page}, loss {loss.data:.2g}")

# --- a small network learns exclusive or ---------------------------------------------------------

ROWS = [[0, 0], [0, 1], [1, 0], [1, 1]]
TRUTH = [0, 1, 1, 0]

model = nn.MLP(2, [3, 1], activation="tanh", seed=3)
optimizer = nn.SGD(model.parameters(), lr=0.3)
run = TrainingRun(model.parameters(), every=10, model=model, xs=ROWS, ys=TRUTH)
history = nn.fit(
    model, ROWS, TRUTH, nn.mse_loss, optimizer, epochs=600, before_step=run.record, progress=False
)
page = run.page("out/mlp_training.html", "Three hidden neurons learn exclusive or")
print(f"exclusive or: {page}, loss {history.losses[-1]:.2g}")
print(f"\nNow open {page} in a browser, and press Play training.")
