"""Random models for the compiler's tests: recipes that build the same graph from any numbers.

A recipe is a list of steps over vectors of Values.  It is drawn once, and replayed for every row
of inputs: eagerly for the expected numbers, and once more for the program.
"""

import math
import random

import numpy as np

import autograd as ag
from autograd import OPERATIONS, Value, operation
from autograd.backward import differentiate

COPIES = 3  # rows of inputs


def custom_operations():
    """Rows of a user's own: one and two operands, any number, with and without array spelling."""
    operation("cube", lambda x: x * x * x, lambda z, x: (3 * x * x,), sample=(0.5,))
    operation(
        "bump",
        lambda x, y: math.exp(-x * x - y * y),
        lambda z, x, y: (-2.0 * x * z, -2.0 * y * z),
        sample=(0.5, 0.2),
        array="np.exp(-{0} * {0} - {1} * {1})",
    )
    operation(
        "length",
        lambda *xs: math.sqrt(0.1 + math.fsum(x * x for x in xs)),
        lambda z, *xs: tuple([x / z for x in xs]),
        sample=(0.5, 0.2, 0.3),
    )


CUSTOM = ["cube", "bump", "length"]

# every row of the table, with operands brought to where it is smooth and of moderate size
SAFE = {
    "div": lambda x, y: x / (y * y + 0.5),
    "pow": lambda x, y: (x * x + 0.3) ** ag.tanh(y),
    "log": lambda x: ag.log(x * x + 0.5),
    "log1p": lambda x: ag.log1p(x * x),
    "sqrt": lambda x: ag.sqrt(x * x + 0.1),
    "exp": lambda x: ag.exp(ag.sin(x)),
    "expm1": lambda x: ag.expm1(ag.tanh(x)),
    "tan": lambda x: ag.tan(ag.tanh(x)),
    "choose": lambda x, *xs: ag.choose(ag.greater(x, 0.1), *[*xs, x, x][:2]),
    "where": lambda c, x, y: ag.where(ag.greater(c, 0.05), x, y),
    "equal": lambda x, y: ag.equal(ag.greater(x, y), 1.0) * x,
    "greater": lambda x, y: ag.greater(x, y) * y,
}
WIDE = ["sum", "mean", "prod", "dot", "logsumexp", "length", "choose"]


def apply(name, xs):
    arity = OPERATIONS[name].arity
    if arity is not None:
        xs = [*xs, *xs, *xs][:arity]
    return SAFE.get(name, OPERATIONS[name])(*xs)


class Recipe:
    """`build(inputs, parameters)` -> a Value; `inputs[0]` is a whole number from 0 to 2."""

    def __init__(self, seed, size, is_wide=True):
        rng = self.rng = random.Random(seed)
        self.inputs = rng.randint(1, 5)
        self.parameters = rng.randint(1, 24)
        self.steps = []
        self.width = rng.choice([1, 2, 3, 5]) if is_wide else 1
        self.outputs = 1 if rng.random() < 0.8 else rng.randint(2, 4)
        for _ in range(size):
            self.steps.append(self._step())

    def rows(self):
        rng = random.Random(1)
        return [
            [float(rng.randrange(3)), *[rng.uniform(-1.5, 1.5) for _ in range(self.inputs)]]
            for _ in range(COPIES)
        ]

    def start(self):
        rng = random.Random(2)
        return [rng.uniform(-1.0, 1.0) for _ in range(self.parameters)]

    def _step(self):
        kind = self.rng.choice(list(STEPS))
        return kind, self.rng.randrange(10**9)

    def build(self, inputs, parameters):
        vectors = [list(inputs[1:]), list(parameters)]
        scale = 0.25
        vectors.append([ag.constant(0.5), ag.constant(-1.25), ag.constant(0.0)])
        for kind, seed in self.steps:
            rng = random.Random(seed)
            vector = STEPS[kind](rng, vectors, self.width, inputs[0], parameters)
            growing = kind in ("layer", "chain", "wide", "ragged", "table", "square")
            if growing and rng.random() < 0.6:
                vector = [ag.tanh(x * scale) for x in vector]
            vectors.append(vector)
        last = [x for vector in vectors[-3:] for x in vector]
        if self.outputs == 1:
            return ag.sum(last) + parameters[0] * 0.5 + inputs[1] * inputs[0]
        return [ag.sum(last[i % len(last) :]) * (i + 1.0) for i in range(self.outputs)]


def pick(rng, vectors):
    return rng.choice(vectors[-6:] + vectors[:2])


def fitted(rng, vector, n):
    """n numbers of a vector: in order, strided, reversed or at random; repeated where short."""
    shift, way = rng.randrange(len(vector)), rng.random()
    if way < 0.5:
        places = [(shift + i) % len(vector) for i in range(n)]
    elif way < 0.65:
        places = [(shift - i) % len(vector) for i in range(n)]
    elif way < 0.8:
        places = [(shift + 2 * i) % len(vector) for i in range(n)]
    else:
        places = [rng.randrange(len(vector)) for _ in range(n)]
    return [vector[i] for i in places]


def _unary(rng, vectors, width, index, parameters):
    name = rng.choice([n for n, row in OPERATIONS.items() if row.arity == 1])
    return [apply(name, [x]) for x in pick(rng, vectors)][:12]


def _binary(rng, vectors, width, index, parameters):
    name = rng.choice([n for n, row in OPERATIONS.items() if row.arity in (2, 3)])
    x, y, z = pick(rng, vectors), pick(rng, vectors), pick(rng, vectors)
    n = min(len(x), 9)
    columns = [x, fitted(rng, y, n), fitted(rng, z, n)]
    return [apply(name, operands) for operands in zip(*columns)]


def _layer(rng, vectors, width, index, parameters):
    x = pick(rng, vectors)
    rows = [fitted(rng, parameters, len(x)) for _ in range(width)]
    bias = rng.random() < 0.5
    return [ag.dot(row, x, parameters[i % len(parameters)] if bias else None)
            for i, row in enumerate(rows)]  # fmt: skip


def _chain(rng, vectors, width, index, parameters):
    """micrograd's way: one product at a time, sum() from 0, the bias last or first."""
    x = pick(rng, vectors)
    results = []
    for i in range(width):
        row = fitted(rng, parameters, len(x))
        start = parameters[-1 - i % len(parameters)] if rng.random() < 0.5 else 0
        results.append(sum((a * b for a, b in zip(row, x)), start))
    return results


def _wide(rng, vectors, width, index, parameters):
    name = rng.choice(WIDE)
    x = pick(rng, vectors)
    return [apply(name, fitted(rng, x, rng.randint(1, 6))) for _ in range(width)]


def _same_wide(rng, vectors, width, index, parameters):
    """All of one width, from one window to the next."""
    name, n = rng.choice(WIDE), rng.randint(1, 5)
    x = pick(rng, vectors)
    return [apply(name, [x[(i + j) % len(x)] for j in range(n)]) for i in range(width)]


def _ragged(rng, vectors, width, index, parameters):
    """Causal attention in small: the first 1, 2, 3 ... of a vector."""
    x, y = pick(rng, vectors)[:6], pick(rng, vectors)
    y = fitted(rng, y, len(x))
    kind = rng.choice(["dot", "sum", "logsumexp", "softmax", "prod"])
    results = []
    for t in range(1, len(x) + 1):
        if kind == "dot":
            results.append(ag.dot(x[:t], y[:t]))
        elif kind == "softmax":
            results.append(ag.dot(ag.softmax(x[:t]), y[:t]))
        else:
            results.append(OPERATIONS[kind](*x[:t]))
    return results


def _softmax(rng, vectors, width, index, parameters):
    return ag.softmax(pick(rng, vectors)[:7])


def _table(rng, vectors, width, index, parameters):
    """An embedding: the index, an input, picks one of three rows of a table."""
    n = rng.randint(1, 4)
    table = [fitted(rng, rng.choice([parameters, pick(rng, vectors)]), n) for _ in range(3)]
    return [ag.choose(index, *column) for column in zip(*table)]


def _class(rng, vectors, width, index, parameters):
    x = fitted(rng, pick(rng, vectors), 3)
    return [ag.logsumexp(x) - ag.choose(index, *x)]


def _square(rng, vectors, width, index, parameters):
    x = pick(rng, vectors)[:12]
    return [ag.dot(x, x), ag.sum([a * a for a in x])]


def _cut(rng, vectors, width, index, parameters):
    x = pick(rng, vectors)
    i = rng.randrange(len(x))
    return x[i:] if rng.random() < 0.5 else x[: i + 1]


def _join(rng, vectors, width, index, parameters):
    return (pick(rng, vectors) + pick(rng, vectors))[:16]


def _fold(rng, vectors, width, index, parameters):
    """A recurrence through a vector."""
    x = pick(rng, vectors)[:8]
    total = x[0]
    for y in x[1:]:
        total = ag.tanh(total * 0.5 + y)
    return [total]


STEPS = {
    "unary": _unary, "binary": _binary, "layer": _layer, "chain": _chain, "wide": _wide,
    "same_wide": _same_wide, "ragged": _ragged, "softmax": _softmax, "table": _table,
    "class": _class, "square": _square, "cut": _cut, "join": _join, "fold": _fold,
    "binary2": _binary, "unary2": _unary,
}  # fmt: skip


def leaves(recipe):
    inputs = [Value(x, f"x{i}") for i, x in enumerate(recipe.rows()[0])]
    return inputs, [Value(x, f"w{i}") for i, x in enumerate(recipe.start())]


# --- comparing ------------------------------------------------------------------------------------


def is_delicate(outputs):
    """Whether a comparison in the graph hangs on rounding: its answer is anybody's guess."""
    for node in ag.topological_order(*outputs):
        if not node.operands or node.op.name not in KINKS:
            continue
        x, y = node.operands[0], ag.constant(0.0)
        if node.op.name in COMPARING:
            x, y = node.operands
        near = abs(x.data - y.data) <= 1e-9 * (abs(x.data) + abs(y.data) + 1e-3)
        if near and x is not y and (x.operands or y.operands):
            return True
    return False


COMPARING = {"greater", "equal", "maximum", "minimum"}
KINKS = COMPARING | {"relu", "abs", "leaky_relu", "elu"}


def expected(recipe, rows, parameters):
    """For all rows the outputs as Values, their numbers (rows, outputs), and the gradient of the
    mean first output by the parameters; None where rounding decides or numbers are huge."""
    roots, gradients = [], []
    for row in rows:
        built = recipe.build([Value(x) for x in row], parameters)
        roots.append([built] if isinstance(built, Value) else built)
        gradients.append(differentiate(roots[-1][0], create_graph=False))
    outputs = np.array([[z.data for z in zs] for zs in roots])
    if not (abs(outputs) < 1e6).all() or any(is_delicate(zs) for zs in roots):
        return None
    mean = [sum(float(g.get(p, 0.0)) for g in gradients) / len(gradients) for p in parameters]
    return roots, outputs, np.array(mean)
