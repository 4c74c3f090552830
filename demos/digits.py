"""Real handwritten digits: 1,797 pictures of 8 x 8 pixels, a network of 2,410 scalars.

You will see how long one eager step takes and how long a compiled one, the accuracy on digits that
the network has never seen, which digits it confuses, and what each hidden neuron looks for.  Takes
about five seconds; writes out/digits.png and out/digits_neurons.png.  Needs scikit-learn for the
data.  An argument sets the number of epochs.
"""

import random
import sys
import time
from pathlib import Path

import numpy as np

import autograd
import nn
from autograd import Value

print(__doc__)

EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
BATCH = 32
try:
    from sklearn.datasets import load_digits
except ImportError:
    sys.exit('the digits come with scikit-learn: `pip install ".[demos]"`')

# --- data: pixels from 0 to 1; one digit in five is held out -----------------

pixels, truth = load_digits(return_X_y=True)
pixels = pixels / 16
order = list(range(len(pixels)))
random.Random(0).shuffle(order)
held_out, seen = order[: len(order) // 5], order[len(order) // 5 :]
print(f"{len(seen)} digits to learn from, {len(held_out)} held out")

# --- model -----------------

model = nn.MLP(64, [32, 10], activation="tanh", init="xavier_uniform", seed=0)
parameters = model.parameters()
print(f"{len(parameters)} parameters\n")

start = time.perf_counter()
loss = nn.cross_entropy([model(pixels[i].tolist()) for i in seen[:BATCH]], truth[seen[:BATCH]])
loss.backward()
eager_seconds = time.perf_counter() - start
eager_loss, eager_gradient = loss.data, [p.grad for p in parameters]
print(f"eager: one step on {BATCH} digits takes {eager_seconds:.3f} s")

# --- compiled: the graph of one digit; the compiler adds the batch -----------------

start = time.perf_counter()
inputs = [Value(0.0, label=f"pixel{i}") for i in range(64)]
target = Value(0.0, label="digit")
logits = model(inputs)
loss = nn.cross_entropy(logits, target)
program = autograd.compile(loss, inputs=[*inputs, target], parameters=parameters)
classify = autograd.compile(logits, inputs=inputs)
print(f"compiled: writing the program took {time.perf_counter() - start:.2f} s")

rows = np.column_stack([pixels, truth])
value, gradient = program.value_and_grad(rows[seen[:BATCH]])
apart = max(abs(value - eager_loss), abs(gradient - np.array(eager_gradient)).max())
print(f"  the same loss and gradient as the eager step, to {apart:.0e}")


def accuracy(which):
    return float((classify(pixels[which]).argmax(axis=1) == truth[which]).mean())


steps = -(-len(seen) // BATCH)
optimizer = nn.Adam(parameters, lr=nn.schedules.cosine(0.005, EPOCHS * steps))
seconds, losses = 0.0, []
for epoch in range(1, EPOCHS + 1):
    start = time.perf_counter()
    losses += list(program.train(rows[seen], optimizer, epochs=1, batch_size=BATCH, seed=epoch))
    seconds += time.perf_counter() - start
    if epoch % 10 == 0 or epoch == EPOCHS:
        now = sum(losses[-steps:]) / steps
        print(
            f"  epoch {epoch:3}: loss {now:.4f}, accuracy {accuracy(seen):.1%} on what it has "
            f"seen, {accuracy(held_out):.1%} on what it has not",
            flush=True,
        )
each = seconds / len(losses)
print(f"{len(losses)} steps in {seconds:.2f} s, {eager_seconds / each:.0f} times the eager speed\n")

# --- what it gets wrong -----------------

answers = classify(pixels[held_out]).argmax(axis=1)
confusion = np.zeros((10, 10), int)
for answer, digit in zip(answers, truth[held_out]):
    confusion[digit, answer] += 1
print("held-out digits (rows) and what the network read (columns):")
print("     " + "".join([f"{digit:4}" for digit in range(10)]))
for digit, row in enumerate(confusion):
    print(f"  {digit}: " + "".join([f"{count or '.':>4}" for count in row]))
wrong = [(i, answer) for i, answer in zip(held_out, answers) if answer != truth[i]]
print(f"\naccuracy on held-out digits: {1 - len(wrong) / len(held_out):.1%}, {len(wrong)} wrong")

# --- pictures -----------------

Path("out").mkdir(exist_ok=True)
try:
    import matplotlib
except ImportError:
    print('no pictures: they need matplotlib, `pip install ".[demos]"`')
else:
    matplotlib.use("Agg")  # to files, with or without a screen
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=(12, 4.6), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.3])
    axes = left.subplots()
    axes.imshow(np.sqrt(confusion), cmap="Blues")
    for (digit, answer), count in np.ndenumerate(confusion):
        if count:
            ink = "white" if digit == answer else "black"
            axes.text(answer, digit, count, ha="center", va="center", color=ink, fontsize=9)
    axes.set(xticks=range(10), yticks=range(10), xlabel="read as", ylabel="digit")
    axes.set_title(f"{1 - len(wrong) / len(held_out):.1%} of {len(held_out)} held-out digits right")
    right.suptitle("Digits that it gets wrong: truth, and what it read")
    panels = right.subplots(3, 6).ravel()
    for panel in panels:
        panel.axis("off")
    for panel, (i, answer) in zip(panels, wrong):
        panel.imshow(pixels[i].reshape(8, 8), cmap="gray_r")
        panel.set_title(f"{truth[i]}, read {answer}", fontsize=9)
    figure.savefig("out/digits.png", dpi=100)

    figure, panels = pyplot.subplots(4, 8, figsize=(9, 5.2), layout="constrained")
    for i, (panel, neuron) in enumerate(zip(panels.ravel(), model.layers[0].neurons)):
        picture = np.array([w.data for w in neuron.w]).reshape(8, 8)
        limit = abs(picture).max()
        panel.imshow(picture, cmap="RdBu", vmin=-limit, vmax=limit)
        votes = [out.w[i].data for out in model.layers[1].neurons]
        panel.set_title(f"for {np.argmax(votes)}, not {np.argmin(votes)}", fontsize=8)
        panel.axis("off")
    figure.suptitle("What each hidden neuron looks for: ink in blue, no ink in red", fontsize=11)
    figure.savefig("out/digits_neurons.png", dpi=100)
    print("Now open out/digits.png and out/digits_neurons.png")
