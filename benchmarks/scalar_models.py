"""The workloads one number at a time, for every kind of scalar: micrograd's, plain Python's, ours.

A `Scalars` says how one library spells the functions; the models are written once, as the
micrograd lecture and microgpt write them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.workloads import EPS, HEADS, L2, WIDTH, Run, Workload


@dataclass
class Scalars:
    """One library's functions: Value makes a leaf, dot(ws, xs, bias) is a weighted sum, etc."""

    Value: Callable[[float], Any]
    tanh: Callable[[Any], Any]
    relu: Callable[[Any], Any]
    sigmoid: Callable[[Any], Any]
    dot: Callable[..., Any]
    add_up: Callable[[list[Any]], Any]
    softmax: Callable[[list[Any]], list[Any]]
    cross_entropy: Callable[[list[Any], Any], Any]  # (logits, class number)
    choose_row: Callable[[Any, list[Any]], list[Any]]  # (row number, rows)


def leaves(s: Scalars, workload: Workload) -> tuple[dict[str, Any], list[Any]]:
    """The parameters as nested lists of leaves, by name; and all of them in one list."""
    lists = {name: array.tolist() for name, array in workload.parameters.items()}
    p = {
        name: [[s.Value(x) for x in row] if type(row) is list else s.Value(row) for row in rows]
        for name, rows in lists.items()
    }
    return p, [
        x for rows in p.values() for row in rows for x in (row if type(row) is list else [row])
    ]


def loss(s: Scalars, workload: Workload, p: Any, everything: list[Any], xs: Any, ys: Any) -> Any:
    """The mean over the rows, plus the penalty if there is one."""
    row_loss = {"blog": _blog, "moons": _moons, "digits": _digits, "gpt": _gpt}[workload.kind]
    columns = {name: list(zip(*rows)) for name, rows in p.items() if name.startswith("W")}
    losses = [row_loss(s, workload, {**p, **columns}, x, y) for x, y in zip(xs, ys)]
    total = s.add_up(losses) * (1.0 / len(losses))
    if workload.kind == "moons":
        total = total + L2 * s.dot(everything, everything)
    return total


def training(s: Scalars, workload: Workload) -> Run:
    """Each step builds a new graph, runs backward, and updates every parameter."""
    if workload.kind == "chain":
        return lambda steps: [_chain(s, workload.blocks) for _ in range(steps)]
    p, everything = leaves(s, workload)
    xs, ys = workload.inputs.tolist(), workload.targets.tolist()

    def step() -> float:
        total = loss(s, workload, p, everything, xs, ys)
        for x in everything:
            x.grad = 0.0
        total.backward()
        for x in everything:
            x.data -= workload.rate * x.grad
        return float(total.data)

    return lambda steps: [step() for _ in range(steps)]


def _blog(s: Scalars, workload: Workload, p: Any, x: Any, y: Any) -> Any:
    """2 * error ** 2: its mean over the four rows is half the sum of the squares."""
    error = y - s.sigmoid(s.dot(p["w"], x))
    return 2.0 * (error * error)


def _layer(s: Scalars, columns: Any, biases: Any, x: Any) -> list[Any]:
    return [s.dot(column, x, bias) for column, bias in zip(columns, biases)]


def _moons(s: Scalars, workload: Workload, p: Any, x: Any, y: Any) -> Any:
    activate = s.tanh if workload.activation == "tanh" else s.relu
    hidden = [activate(total) for total in _layer(s, p["W1"], p["b1"], x)]
    hidden = [activate(total) for total in _layer(s, p["W2"], p["b2"], hidden)]
    (score,) = _layer(s, p["W3"], p["b3"], hidden)
    return s.relu(1.0 - y * score)


def _digits(s: Scalars, workload: Workload, p: Any, x: Any, y: Any) -> Any:
    hidden = [s.tanh(total) for total in _layer(s, p["W1"], p["b1"], x)]
    return s.cross_entropy(_layer(s, p["W2"], p["b2"], hidden), y)


def _norm(s: Scalars, x: list[Any]) -> list[Any]:
    scale = (s.dot(x, x) * (1.0 / WIDTH) + EPS) ** -0.5
    return [xi * scale for xi in x]


def _linear(s: Scalars, rows: Any, x: Any) -> list[Any]:
    return [s.dot(row, x) for row in rows]


def _gpt(s: Scalars, workload: Workload, p: Any, tokens: Any, targets: Any) -> Any:
    """A document, token by token, with the keys and values seen so far (as in microgpt)."""
    keys: list[Any] = []
    values: list[Any] = []
    losses = []
    for t, (token, target) in enumerate(zip(tokens, targets)):
        embedding = zip(s.choose_row(token, p["wte"]), p["wpe"][t])
        x = _norm(s, [word + place for word, place in embedding])
        y = _norm(s, x)
        q = _linear(s, p["wq"], y)
        keys.append(_linear(s, p["wk"], y))
        values.append(_linear(s, p["wv"], y))
        mixed = []
        size = WIDTH // HEADS
        for j in range(0, WIDTH, size):
            scores = [s.dot(q[j : j + size], key[j : j + size]) * size**-0.5 for key in keys]
            weights = s.softmax(scores)
            columns = zip(*[value[j : j + size] for value in values])
            mixed += [s.dot(weights, column) for column in columns]
        x = [a + b for a, b in zip(x, _linear(s, p["wo"], mixed))]
        hidden = [s.relu(h) for h in _linear(s, p["fc1"], _norm(s, x))]
        x = [a + b for a, b in zip(x, _linear(s, p["fc2"], hidden))]
        losses.append(s.cross_entropy(_linear(s, p["head"], x), target))
    return s.add_up(losses) * (1.0 / len(losses))


def _chain(s: Scalars, blocks: int) -> tuple[float, ...]:
    x0, a, b = s.Value(0.5), s.Value(1.0), s.Value(1e-9)
    x = chained(s, x0, a, b, blocks)
    x.backward()
    return x.data, x0.grad, a.grad, b.grad


def chained(s: Scalars, x: Any, a: Any, b: Any, blocks: int) -> Any:
    for _ in range(blocks):
        for _ in range(10):
            x = x * a
            x = x + b
        x = s.tanh(x)
    return x
