"""Why a hidden layer: exclusive or, which no single neuron can learn and four hidden ones can.

You will see a single neuron get stuck at a loss of log 2 (a coin toss), a network of four hidden
neurons learn all four rows, and what each hidden neuron has learned to detect.  Takes a few
seconds; writes out/xor_boundary.gif, the boundary being learned, and out/xor.png.
"""

import sys
import time
from pathlib import Path

import nn
from autograd import Value, compile

print(__doc__)

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 150
ROWS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
TRUTH = [0.0, 1.0, 1.0, 0.0]
loss_of = nn.binary_cross_entropy_with_logits

# --- one neuron ---------------------------------------------------------------------------

print("One neuron draws one straight line, and no line has both 1s on one side:")
neuron = nn.Neuron(2, nonlin=False, seed=3)
optimizer = nn.Adam(neuron.parameters(), lr=0.1)
history = nn.fit(neuron, ROWS, TRUTH, loss_of, optimizer, epochs=STEPS)
print(f"  {history}; log 2 = 0.693147")
print("  probabilities:", *[f"{neuron(row).sigmoid():.3f}" for row in ROWS])

# --- a hidden layer -----------------------------------------------------------------------

print("\nFour hidden neurons draw four lines, and the output combines them:")
model = nn.MLP(2, [4, 1], activation="tanh", seed=1)
optimizer = nn.Adam(model.parameters(), lr=0.1)
recording = nn.Recording(model)
history = nn.History()
recording.snapshot(0)
for step in range(5, STEPS + 5, 5):
    nn.fit(model, ROWS, TRUTH, loss_of, optimizer, epochs=step, history=history, progress=False)
    recording.snapshot(step)
print(f"  {history}")
print("  probabilities:", *[f"{model(row).sigmoid():.3f}" for row in ROWS])

print("\nWhat each hidden neuron says to the four rows, from -1 to 1:")
for i, hidden in enumerate(model.layers[0].neurons):
    answers = "  ".join([f"{hidden(row):6.3f}" for row in ROWS])
    weight = model.layers[1].neurons[0].w[i]
    print(f"  neuron {i + 1}: {answers}   counts {weight:+.2f}")

# --- the same, compiled -------------------------------------------------------------------

print("\nThe same training compiled: one row's graph, run on all rows as arrays:")
twin = nn.MLP(2, [4, 1], activation="tanh", seed=1)
x, t = [Value(0.0, label="x0"), Value(0.0, label="x1")], Value(0.0, label="t")
program = compile(loss_of(twin(x), t), inputs=[*x, t], parameters=twin.parameters())
rows = [[*row, truth] for row, truth in zip(ROWS, TRUTH)]
start = time.perf_counter()
losses = program.train(rows, nn.Adam(twin.parameters(), lr=0.1), epochs=len(history.losses))
seconds = time.perf_counter() - start
difference = max([abs(a - b) for a, b in zip(losses, history.losses)])
print(f"  {len(losses)} steps in {seconds:.3f} s; the losses differ by at most {difference:.1e}")

# --- pictures -----------------------------------------------------------------------------

Path("out").mkdir(exist_ok=True)
try:
    import matplotlib
except ImportError:
    print('\nno pictures: they need matplotlib, `pip install ".[demos]"`')
else:
    matplotlib.use("Agg")  # to a file, with or without a screen
    nn.plot_boundary(model, ROWS, TRUTH, "out/xor.png")
    nn.animate_boundary(recording, ROWS, TRUTH, "out/xor_boundary.gif")
    print("\nNow open out/xor_boundary.gif - the boundary while it is learned - and out/xor.png")
