"""What the random models of `compiled_graphs.py` are made of: steps from vectors to a vector.

A step is called with its random numbers, the vectors so far, a width, an index for tables, and the
parameters.  Operands are brought to where the operations are smooth and of moderate size.
"""

import math

import autograd as ag
from autograd import OPERATIONS, operation
from autograd.ops import Operation


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


GROWING = ("layer", "chain", "wide", "ragged", "table", "square", "twice", "numbers", "own")
STEPS = {
    "unary": _unary, "binary": _binary, "layer": _layer, "chain": _chain, "wide": _wide,
    "same_wide": _same_wide, "ragged": _ragged, "softmax": _softmax, "table": _table,
    "class": _class, "square": _square, "cut": _cut, "join": _join, "fold": _fold,
    "binary2": _binary, "unary2": _unary,
}  # fmt: skip


def _twice(rng, vectors, width, index, parameters):
    """The same operand more than once."""
    results = []
    for x in pick(rng, vectors)[:4]:
        results += [x + x, x * x, ag.dot([x, x], [x, 0.5]), ag.sum([x, x, x]), ag.mean([x, x]),
                    ag.prod([x, x]), ag.logsumexp([x, x]), ag.choose(index, x, x, x), x - x,
                    ag.where(x, x, x), ag.dot([x], [x], x)]  # fmt: skip
    return rng.sample(results, min(len(results), 6))


def _numbers(rng, vectors, width, index, parameters):
    """Plain numbers among the operands, on either side: also those that simplify."""
    a, b = [rng.choice([0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 3, -0.0, 1.75]) for _ in range(2)]
    results = []
    for x in pick(rng, vectors)[:4]:
        results += [x + a, a - x, x * a, a * x, x / (a or 4.0), a / (x * x + 1.0),
                    (x * x + 0.5) ** a, (a * a + 0.5) ** x, -x, +x, ag.sum([x, a, b]),
                    ag.dot([x, a], [b, x]), ag.dot([a, x], [b, b], a), ag.mean([a, x]),
                    ag.prod([a, x, b]), ag.logsumexp([x, a]), ag.choose(index, a, x, b),
                    ag.where(ag.greater(x, 0.1), a, x), x**2, (x * x + 0.1) ** -0.5,
                    (x * x + 0.1) ** 0.5, (x * x + 0.1) ** -1.5, x**3]  # fmt: skip
    return rng.sample(results, min(len(results), 6))


def _own(rng, vectors, width, index, parameters):
    """Rows that the table does not have, though it has their names."""
    x, y = pick(rng, vectors), pick(rng, vectors)
    row = rng.choice(OWN)
    y = fitted(rng, y, len(x))
    return [row(*[a, b, a][: row.arity or 3]) for a, b in zip(x, y)][:9]


def _ratio(z, x, y):
    return y / (1 + x**2) - 2 * x**2 * y / (1 + x**2) ** 2, x / (1.0 + x**2)


def _d_many(z, x, *others):
    by_other = 1 / (1 + x**2)
    return (1 - 2 * x * z) * by_other, *[by_other] * len(others)


def _own_row(name, value, derivatives, array=""):
    row = Operation(name, value, derivatives, sample=(0.5,), array=array)
    row.sample = (0.5, 0.7, -0.3)[: row.arity or 3]
    return row


OWN = [  # rules with / and **, names of the table's rows, and two rows of one name
    _own_row("ratio", lambda x, y: x * y / (1 + x * x), _ratio, "{0} * {1} / (1 + {0} ** 2)"),
    _own_row("ratio", lambda x, y: x * y / (1 + x * x), _ratio),
    _own_row("act", lambda x: x / (1 + abs(x)), lambda z, x: ((1 + abs(x)) ** -2,)),
    _own_row("act", lambda x: (1 + x * x) ** 0.5, lambda z, x: (x / z,), "(1 + {0} ** 2) ** 0.5"),
    _own_row("act", lambda x: 0.5**x, lambda z, x: (z * ag.log(0.5),)),
    *[
        _own_row(name, lambda x, y: x * y - 0.5 * y, lambda z, x, y: (y, x - 0.5), array)
        for name in ("pow", "mul", "maximum", "where")
        for array in ("", "{0} * {1} - 0.5 * {1}")
    ],
    *[
        _own_row(name, lambda x: 1 / (1 + x * x), lambda z, x: (-2 * x * z**2,), array)
        for name in ("gelu", "erf", "exp", "neg", "tanh", "relu")
        for array in ("", "1 / (1 + {0} * {0})")
    ],
    *[
        _own_row(name, lambda *xs: math.fsum(xs) / (1 + xs[0] * xs[0]), _d_many)
        for name in ("sum", "dot", "choose", "logsumexp")
    ],
]  # fmt: skip
MORE_STEPS = {"twice": _twice, "numbers": _numbers, "own": _own, "own2": _own}
