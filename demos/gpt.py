"""A small GPT, every number of it a Value, learns first names and invents new ones.

You will see one training step eagerly, on a graph of 7,841 values, then thousands of steps
compiled: one program for each length of name, so nothing is padded.  At the end it samples names,
compiled as well.  The model is that of GPT-2, small: embeddings of letters and places, RMSNorm,
causal attention with four heads, a relu network, 4,192 parameters in all.  Takes about 10
seconds; writes out/gpt.png.

It learns from any text, line by line: `python -m demos.gpt mine.txt`.  A number gives the epochs.
"""

import functools
import random
import sys
import textwrap
import time
from importlib import resources
from pathlib import Path

import numpy as np

import autograd
import nn
from autograd import Value, dot, relu, softmax

print(__doc__)

ARGUMENTS = sys.argv[1:]
FILES = [Path(text) for text in ARGUMENTS if not text.isdigit()]
WIDTH, HEADS, PLACES = 16, 4, 16
LONGEST = PLACES - 1  # letters of a line: its end takes a place too
SIZE = WIDTH // HEADS
BATCH = 32

# --- data: lines as numbers, grouped by length --------------------------------------------------


def lines_of(source):
    """The lines of the text, lower case; one that is too long is cut into pieces, between words."""
    try:
        text = source.read_text(encoding="utf-8-sig").lower()
    except (OSError, UnicodeDecodeError) as problem:
        sys.exit(f"{source} cannot be read as text: {problem}")
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if not lines:
        sys.exit(f"{source} holds no text: give a file with at least one line")
    long = [line for line in lines if len(line) > LONGEST]
    if long:
        print(
            f"longer than {LONGEST} letters, so cut into pieces: {len(long)} of {len(lines)} lines"
        )
    return [piece for line in lines for piece in textwrap.wrap(line, LONGEST)]


lines = lines_of(FILES[0] if FILES else resources.files("demos") / "names.txt")
letters = sorted(set("".join(lines)))
number = {letter: i for i, letter in enumerate(letters)}
END = len(letters)  # begins and ends every line
TOKENS = len(letters) + 1
counts = [int(text) for text in ARGUMENTS if text.isdigit()]
EPOCHS = counts[0] if counts else max(1, min(150, 240_000 // len(lines)))

groups = {}
for line in lines:
    codes = [number[letter] for letter in line]
    groups.setdefault(len(line) + 1, []).append([END, *codes, *codes, END])  # in, then out
groups = {n: np.array(rows, float) for n, rows in sorted(groups.items())}
print(
    f"lines: {len(lines)}, of {min(groups) - 1} to {max(groups) - 1} letters; different letters: "
    f"{len(letters)}; by chance a letter costs log {TOKENS} = {np.log(TOKENS):.4f}"
)

# --- model ---------------------------------------------------------------------------------------


def small(rng, fan_in, fan_out):
    return rng.gauss(0.0, 0.08)


class GPT(nn.Module):
    """Called with n tokens it returns n lists of logits: how likely each next token is."""

    def __init__(self, seed):
        rng = random.Random(seed)
        self.letters = nn.Embedding(TOKENS, WIDTH, init=small, seed=rng)
        self.places = nn.Embedding(PLACES, WIDTH, init=small, seed=rng)
        shapes = [("q", 16, 16), ("k", 16, 16), ("v", 16, 16), ("o", 16, 16)]
        shapes += [("up", 64, 16), ("down", 16, 64), ("head", TOKENS, 16)]
        for name, rows, columns in shapes:
            matrix = [[Value(small(rng, 0, 0)) for _ in range(columns)] for _ in range(rows)]
            setattr(self, name, matrix)

    def __call__(self, tokens):
        keys, values, logits = [], [], []
        for place, token in enumerate(tokens):
            x = normed(added(self.letters(token), self.places(place)))
            y = normed(x)
            query = times(self.q, y)
            keys.append(times(self.k, y))
            values.append(times(self.v, y))
            x = added(x, times(self.o, attended(query, keys, values)))
            hidden = [relu(h) for h in times(self.up, normed(x))]
            x = added(x, times(self.down, hidden))
            logits.append(times(self.head, x))
        return logits


def times(matrix, x):
    return [dot(row, x) for row in matrix]


def added(x, y):
    return [a + b for a, b in zip(x, y)]


def normed(x):
    """RMSNorm: the numbers scaled to a mean square of 1."""
    scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
    return [number * scale for number in x]


def attended(query, keys, values):
    """Each head mixes the values of the places so far, by how well their keys fit its query."""
    mixed = []
    for first in range(0, WIDTH, SIZE):
        part = slice(first, first + SIZE)
        scores = [dot(query[part], key[part]) * SIZE**-0.5 for key in keys]
        shares = softmax(scores)
        mixed += [dot(shares, column) for column in zip(*[value[part] for value in values])]
    return mixed


model = GPT(seed=42)
parameters = model.parameters()
print(f"{len(parameters)} parameters\n")

# --- eager: one line ----------------------------------------------------------------------------

n = list(groups)[len(groups) // 2]
rows = groups[n]
tokens, targets = rows[0][:n].astype(int).tolist(), rows[0][n:].astype(int).tolist()
start = time.perf_counter()
loss = nn.cross_entropy(model(tokens), targets)
loss.backward()
eager_seconds = time.perf_counter() - start
count = len(autograd.topological_order(loss))
eager_loss, eager_gradient = loss.data, np.array([p.grad for p in parameters])
print(f"eager: one line of {n - 1} letters is {count:,} values and takes {eager_seconds:.3f} s")

# --- compiled: one program for each length --------------------------------------------------------


@functools.cache
def trainer(n):
    """The program that trains on lines of n - 1 letters: compiled when it is first asked for."""
    inputs = [Value(0.0, label=f"token{i}") for i in range(n)]
    outputs = [Value(0.0, label=f"next{i}") for i in range(n)]
    loss = nn.cross_entropy(model(inputs), outputs)
    return autograd.compile(loss, inputs=[*inputs, *outputs], parameters=parameters)


@functools.cache
def writer(n):
    """The program that reads n letters and gives the logits of the next one."""
    inputs = [Value(float(END), label=f"token{i}") for i in range(n)]
    return autograd.compile(model(inputs)[-1], inputs=inputs, parameters=parameters)


start = time.perf_counter()
programs = [trainer(n) for n in groups]
compile_seconds = time.perf_counter() - start
print(f"compiled: {len(programs)} programs in {compile_seconds:.1f} s; that of {n} tokens:")
print(textwrap.indent(trainer(n).explain(), "  "), flush=True)
value, gradient = trainer(n).value_and_grad(rows[:1])
apart = max(abs(value - eager_loss), abs(gradient - eager_gradient).max())
print(f"  the same loss and gradient as the eager step, to {apart:.0e}")

steps_an_epoch = sum([-(-len(rows) // BATCH) for rows in groups.values()])
schedule = nn.schedules.linear(0.01, EPOCHS * steps_an_epoch, final=0.0005)
optimizer = nn.Adam(parameters, lr=schedule, betas=(0.85, 0.99))
losses, seconds = [], 0.0
order = random.Random(1)
for epoch in range(1, EPOCHS + 1):
    start = time.perf_counter()
    for length in order.sample(list(groups), len(groups)):
        losses += trainer(length).train(
            groups[length], optimizer, epochs=1, batch_size=BATCH, seed=epoch, progress=False
        )
    seconds += time.perf_counter() - start
    if epoch == 1 or epoch % 10 == 0 or epoch == EPOCHS:
        now = sum(losses[-steps_an_epoch:]) / steps_an_epoch
        print(f"  epoch {epoch:3}: loss {now:.4f} per letter, {seconds:.1f} s", flush=True)
each = seconds / (EPOCHS * len(lines))
print(
    f"{len(losses)} steps, {each * 1e6:.0f} us per line: {eager_seconds / each:.0f} times as fast\n"
)

# --- sampling, compiled as well -------------------------------------------------------------------

longest = max(groups)
rng = np.random.default_rng(0)
written = np.full((24, longest), float(END))
start = time.perf_counter()
for place in range(longest - 1):
    logits = writer(place + 1)(written[:, : place + 1])
    scaled = np.exp((logits - logits.max(axis=1, keepdims=True)) / 0.7)  # a little less wild
    shares = scaled.cumsum(axis=1) / scaled.sum(axis=1, keepdims=True)
    tokens = (rng.random((24, 1)) > shares).sum(axis=1)
    ended = (written[:, place] == END) & (place > 0)
    written[:, place + 1] = np.where(ended, END, tokens)
samples = ["".join([letters[int(token)] for token in row if token != END]) for row in written]
print(f"24 new lines in {time.perf_counter() - start:.2f} s (a star: it is in the text):")
known, width = set(lines), longest + 1
for i in range(0, 24, 96 // width):
    shown = [sample + "*" * (sample in known) for sample in samples[i : i + 96 // width]]
    print("  " + "".join([f"{sample:{width}}" for sample in shown]))

# --- picture ------------------------------------------------------------------------------------

try:
    import matplotlib
except ImportError:
    print('\nno picture: it needs matplotlib, `pip install ".[demos]"`')
else:
    matplotlib.use("Agg")  # to a file, with or without a screen
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    smooth = np.convolve(losses, np.ones(20) / 20, "valid") if len(losses) >= 20 else losses
    left.plot(losses, color="#cbd5e1", linewidth=0.6)
    left.plot(smooth, color="#c2410c")
    left.axhline(np.log(TOKENS), color="black", linestyle=":", linewidth=1)
    left.set(
        xlabel="step", ylabel="loss per letter", title=f"A small GPT learns {len(lines)} lines"
    )
    table = np.array([[x.data for x in row] for row in model.letters.rows])
    table = table - table.mean(axis=0)
    flat = table @ np.linalg.svd(table)[2][:2].T  # the two directions of most spread
    for letter, (x, y) in zip([*letters, "END"], flat):
        vowel = letter in "aeiouy"
        colour = "#c2410c" if vowel else "#1e3a8a"
        right.text(x, y, letter, color=colour, fontsize=13, ha="center", va="center")
    right.set(xlim=(flat[:, 0].min() - 0.4, flat[:, 0].max() + 0.4))
    right.set(ylim=(flat[:, 1].min() - 0.4, flat[:, 1].max() + 0.4))
    right.set_title("What it made of the letters: vowels in red")
    Path("out").mkdir(exist_ok=True)
    figure.savefig("out/gpt.png", dpi=110)
    print("\nNow open out/gpt.png - the loss and the letters")
