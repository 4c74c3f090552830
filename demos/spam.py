"""Log loss on an email and on real patients: binary cross-entropy, with numbers.

You will see what a prediction of 0.9 costs when it is right and when it is wrong, then 569 tumours
classified by one neuron and by a small network, with patients that neither has seen.  Takes a few
seconds; writes out/spam.png.  Needs scikit-learn for the data.  An argument sets the number of
steps.
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

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 400

# --- the meaning of log loss -----------------

print("A filter says: spam, with probability p.  Binary cross-entropy is -log(p) when it is spam")
print("and -log(1 - p) when it is not:\n")
print("     p   it is spam   it is not")
for p in (0.01, 0.1, 0.5, 0.9, 0.99, 0.999999):
    right = nn.binary_cross_entropy(p, 1)
    wrong = nn.binary_cross_entropy(p, 0)
    print(f"  {p:<8g}{float(right):8.4f}{float(wrong):12.4f}")
print("\n0.9 for real spam costs little, 0.1054; 0.9 for a friend's email costs 2.3026.  A coin's")
print("toss costs log 2 = 0.6931 either way, and certainty that is wrong has no upper limit.\n")

# --- data: 569 tumours, 30 measurements each, one in four held out -----------------

try:
    from sklearn.datasets import load_breast_cancer
except ImportError:
    sys.exit('the data on patients comes with scikit-learn: `pip install ".[demos]"`')
table = load_breast_cancer()
order = list(range(len(table.data)))
random.Random(0).shuffle(order)
held_out, seen = order[: len(order) // 4], order[len(order) // 4 :]
middle, spread = table.data[seen].mean(axis=0), table.data[seen].std(axis=0)
measured = (table.data - middle) / spread  # each with mean 0 and spread 1
malignant = 1.0 - table.target  # in the table, 1 is benign
rows = np.column_stack([measured, malignant])
print(f"{len(seen)} patients to learn from, {len(held_out)} held out")


def trained(model, name, eager):
    """(probability of each held-out patient, the losses); trains compiled and prints how well."""
    parameters = model.parameters()
    inputs = [Value(0.0, label=f"x{i}") for i in range(30)]
    target = Value(0.0, label="malignant")
    logit = model(inputs)
    loss = nn.binary_cross_entropy_with_logits(logit, target)
    loss = loss + 1e-2 * sum([p * p for p in parameters])
    program = autograd.compile(loss, inputs=[*inputs, target], parameters=parameters)
    if eager:
        start = time.perf_counter()
        logits = [model(row) for row in measured[seen].tolist()]
        one = nn.binary_cross_entropy_with_logits(logits, malignant[seen].tolist())
        one = one + 1e-2 * sum([p * p for p in parameters])
        one.backward()
        seconds = time.perf_counter() - start
        apart = abs(one.data - program.value_and_grad(rows[seen])[0])
        print(f"  eager: {seconds:.3f} s a step; compiled computes the same loss to {apart:.0e}")
    start = time.perf_counter()
    losses = list(program.train(rows[seen], nn.Adam(parameters, lr=0.02), epochs=STEPS))
    seconds = time.perf_counter() - start
    probability = autograd.compile(logit.sigmoid(), inputs=inputs)(measured[held_out])
    right = ((probability > 0.5) == malignant[held_out]).mean()
    mean_loss = np.mean([nn.binary_cross_entropy(p, t) for p, t in zip(probability, known)])
    print(
        f"  {name}: {STEPS} steps in {seconds:.2f} s, loss {losses[0]:.4f} -> {losses[-1]:.4f}\n"
        f"    held-out accuracy {right:.1%}, held-out log loss {mean_loss:.4f}"
    )
    return probability, losses


known = malignant[held_out].astype(int).tolist()
neuron = nn.Neuron(30, nonlin=False, seed=1)
alone, alone_losses = trained(neuron, "one neuron", eager=True)
network = nn.MLP(30, [8, 1], activation="tanh", seed=1)
probability, losses = trained(network, "MLP(30, [8, 1])", eager=False)

missed = [p for p, t in zip(alone, known) if t and p <= 0.5]
alarms = [p for p, t in zip(alone, known) if not t and p > 0.5]
print(f"\nthe neuron: tumours missed {len(missed)}, false alarms {len(alarms)}")
costs = [(float(nn.binary_cross_entropy(p, t)), p, t) for p, t in zip(alone, known)]
cost, p, t = max(costs)
kind = "malignant" if t else "benign"
print(f"its costliest mistake: {p:.4f} for a {kind} one costs {cost:.4f} alone")
neuron_weights = [w.data for w in neuron.w]
strongest = sorted(range(30), key=lambda i: -abs(neuron_weights[i]))[:5]
print("what it looks at most:", ", ".join([str(table.feature_names[i]) for i in strongest]))

# --- pictures -----------------

Path("out").mkdir(exist_ok=True)
try:
    import matplotlib
except ImportError:
    print('no picture: it needs matplotlib, `pip install ".[demos]"`')
else:
    matplotlib.use("Agg")  # to a file, with or without a screen
    from matplotlib import pyplot

    figure, (left, middle_, right_) = pyplot.subplots(1, 3, figsize=(13, 3.8), layout="constrained")
    ps = np.linspace(0.002, 0.998, 300)
    left.plot(ps, [float(nn.binary_cross_entropy(p, 1)) for p in ps], label="it is true")
    left.plot(ps, [float(nn.binary_cross_entropy(p, 0)) for p in ps], label="it is not")
    left.set(xlabel="probability said", ylabel="log loss", title="What a prediction costs")
    left.legend()
    middle_.semilogy(alone_losses, label="one neuron")
    middle_.semilogy(losses, label="MLP(30, [8, 1])")
    middle_.set(xlabel="step", title="Loss in training")
    middle_.legend()
    bins = np.linspace(0, 1, 21)
    is_malignant = np.array(known) == 1
    right_.hist(alone[~is_malignant], bins, alpha=0.7, label="benign")
    right_.hist(alone[is_malignant], bins, alpha=0.7, label="malignant")
    right_.set(xlabel="the neuron's probability", ylabel="held-out patients", title="Held out")
    right_.legend()
    figure.savefig("out/spam.png", dpi=100)
    print("Now open out/spam.png")
