"""The network of a blog post: one sigmoid neuron with three weights learns a table of four rows.

You will see the mean absolute error every 1,000 of 10,000 steps, the outputs after training and
the final weights.  They are those of the post, which computes with matrices, while here every
number is a Value and every gradient comes from backward().  (They agree in 14 digits; the last two
depend on how a machine rounds exp.)  Takes a few seconds; writes out/blog_neuron_error.png and
out/blog_neuron.svg.
"""

import sys

from autograd import Value, dot, draw
from autograd import sum as add_up

print(__doc__)

INPUTS = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
TARGETS = [0, 0, 1, 1]
START = [-0.2509197623052750, 0.9014286128198323, 0.4639878836228102]
"""2 * u - 1 for the u of np.random.seed(42); np.random.random((3, 1))."""
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
LEARNING_RATE = 1.0

weights = [Value(start, label=f"w{i + 1}") for i, start in enumerate(START)]
rows = [[Value(x).detach() for x in row] for row in INPUTS]

print("iteration  mean absolute error")
errors = []
for step in range(STEPS):
    outputs = [dot(row, weights).sigmoid() for row in rows]
    differences = [target - output for target, output in zip(TARGETS, outputs)]
    loss = add_up([difference * difference for difference in differences]) / 2

    errors.append(sum([abs(difference.data) for difference in differences]) / 4)
    if step % 1_000 == 0:
        print(f"{step:9}  {errors[-1]:.14g}", flush=True)

    for weight in weights:
        weight.grad = 0.0
    loss.backward()
    for weight in weights:
        weight.data -= LEARNING_RATE * weight.grad

print("\noutput after training:", *[f"{output:.8f}" for output in outputs])
print("final weights:        ", *[f"{weight:.8f}" for weight in weights])

# --- pictures -----------------------------------------------------------------------------------

last = dot(rows[2], weights, None)
last.label = "weighted sum"
output = last.sigmoid()
output.label = "output"
difference = TARGETS[2] - output
loss = difference * difference / 2
loss.label = "loss of row 3"
for weight in weights:
    weight.grad = 0.0
loss.backward()
print("\nthe neuron with its gradients:", draw(loss).render("out/blog_neuron.svg"))

try:
    import matplotlib
except ImportError:
    print('no error curve: it needs matplotlib, `pip install ".[demos]"`')
else:
    matplotlib.use("Agg")  # to a file, with or without a screen
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    axes.loglog(range(1, len(errors) + 1), errors)
    axes.set(xlabel="step", ylabel="mean absolute error", title="One neuron learns four rows")
    axes.grid(alpha=0.3)
    figure.savefig("out/blog_neuron_error.png", dpi=120)
    print("the error curve: out/blog_neuron_error.png")
print("\nNow open out/blog_neuron.svg; python -m demos.walk_pages steps through such a neuron")
