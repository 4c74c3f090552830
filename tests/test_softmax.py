"""softmax, log_softmax, logsumexp and cross_entropy: a common offset changes nothing."""

import math
import random
import sys

import pytest

import autograd
import nn
from autograd import Value, compile

inf, nan, LARGEST = math.inf, math.nan, sys.float_info.max
OFFSETS = [0.0, 1e4, -1e8, 1e12, -1e15, 1e17, 1e100, -1e300]
WAYS = ["eager", "create_graph", "numpy", "native"]

FUNCTIONS = {
    "softmax": lambda xs: autograd.softmax(xs)[0],
    "log_softmax": lambda xs: autograd.log_softmax(xs)[0],
    "logsumexp": autograd.logsumexp,
    "cross_entropy": lambda xs: nn.cross_entropy(xs, 0),
    "cross_entropy by shares": lambda xs: nn.cross_entropy(xs, [1.0, *[0.0] * (len(xs) - 1)]),
    "cross_entropy of a Value": lambda xs: nn.cross_entropy(xs, Value(0.0)),
}


def value_and_gradient(way, function, numbers):
    xs = [Value(x, f"x{i}") for i, x in enumerate(numbers)]
    if way in ("numpy", "native"):
        if way == "native":
            pytest.importorskip("llvmlite", reason="the native backend needs llvmlite")
        value, gradient = compile(function(xs), parameters=xs, backend=way).value_and_grad()
        return float(value), gradient.tolist()
    output = function(xs)
    output.backward(create_graph=way == "create_graph")
    return output.data, [float(x.grad) for x in xs]


def same(xs, ys, **tolerance):
    return xs == pytest.approx(ys, nan_ok=True, **(tolerance or {"rel": 0.0, "abs": 0.0}))


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_common_offset_changes_nothing(name, way, offset):
    numbers = [x + offset for x in (0.5, 2.0, -1.0)]
    rest = [x - numbers[0] for x in numbers]  # what is left of the differences, exactly
    value, gradient = value_and_gradient(way, FUNCTIONS[name], numbers)
    total = math.fsum([math.exp(x) for x in rest])
    shares = [math.exp(x) / total for x in rest]
    first = [1.0, 0.0, 0.0]
    expected = {
        "softmax": (shares[0], [shares[0] * (k - p) for k, p in zip(first, shares)]),
        "log_softmax": (-math.log(total), [k - p for k, p in zip(first, shares)]),
        "logsumexp": (numbers[0] + math.log(total), shares),
    }.get(name, (math.log(total), [p - k for k, p in zip(first, shares)]))
    assert value == pytest.approx(expected[0], rel=1e-14)
    assert gradient == pytest.approx(expected[1], rel=1e-13, abs=1e-16)


@pytest.mark.parametrize("offset", [0.0, 1e15, 1e100])
def test_softmax_adds_up_to_one_and_is_pytorchs_at_any_offset(offset):
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch")
    numbers = [x + offset for x in (0.0, 1.0, 2.5, -3.0)]
    ours = [p.data for p in autograd.softmax([Value(x) for x in numbers])]
    assert math.fsum(ours) == pytest.approx(1.0, rel=1e-15)
    expected = torch.softmax(torch.tensor(numbers, dtype=torch.float64), 0).tolist()
    assert ours == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_second_derivatives_do_not_see_the_shift(offset):
    def share(x, y):
        return autograd.softmax([x + offset, y + offset, offset])[0]

    p, q = (math.exp(x) / (math.exp(0.5) + math.exp(-1.0) + 1.0) for x in (0.5, -1.0))
    second = autograd.hessian(share, argnums=(0, 1))(0.5, -1.0)
    assert second[0][0] == pytest.approx(p * (1 - p) * (1 - 2 * p), rel=1e-7)
    for mixed in (second[0][1], second[1][0]):
        assert mixed == pytest.approx(-p * q * (1 - 2 * p), rel=1e-7)
    loss = autograd.hessian(lambda x: nn.cross_entropy([x + offset, offset], 1))(0.5)
    s = 1 / (1 + math.exp(-0.5))
    assert loss == pytest.approx(s * (1 - s), rel=1e-7)


@pytest.mark.parametrize("way", ["eager", "create_graph"])
def test_a_certain_and_right_class_keeps_a_loss(way):
    loss, gradient = value_and_gradient(way, FUNCTIONS["cross_entropy"], [40.0, 0.0])
    assert loss == pytest.approx(math.exp(-40.0), rel=1e-15)
    assert gradient == [0.0, pytest.approx(math.exp(-40.0), rel=1e-15)]
    assert autograd.logsumexp([0.0, -40.0]) == pytest.approx(math.exp(-40.0), rel=1e-15)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("numbers", "gradient"),
    [
        ([1e308, 1e308], [0.5, 0.5]),
        ([inf, 1.0], [nan, 0.0]),
        ([inf, inf, 1.0], [nan, nan, 0.0]),
        ([-inf, -inf], [nan, nan]),
        ([-inf, 1.0], [0.0, 1.0]),
        ([nan, 1.0], [nan, nan]),
        ([1.5e308, 1e308], [1.0, 0.0]),
        ([-1.6e308, -1.5e308], [0.0, 1.0]),
    ],
)
def test_the_gradient_of_logsumexp_is_the_same_in_every_way(numbers, gradient, way):
    value, got = value_and_gradient(way, autograd.logsumexp, numbers)
    assert same(value, max(numbers)) or math.isnan(numbers[0])
    assert same(got, gradient)
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch")
    if numbers[0] != 1e308:  # of which PyTorch makes [1, 1]
        tensor = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
        torch.logsumexp(tensor, 0).backward()
        assert same(got, tensor.grad.tolist())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("numbers", "shares"),
    [
        ([-inf, 1.0], [0.0, 1.0]),  # a masked score
        ([-inf, -inf], [nan, nan]),
        ([inf, 1.0], [nan, 0.0]),
        ([nan, 1.0], [nan, nan]),
        ([1.5e308, 1e308], [1.0, 0.0]),
        ([-1.6e308, -1.5e308], [0.0, 1.0]),
        ([LARGEST, LARGEST], [0.5, 0.5]),
    ],
)
def test_the_softmax_at_the_ends_of_the_range(numbers, shares, way):
    for i, share in enumerate(shares):
        value, _ = value_and_gradient(way, lambda xs, i=i: autograd.softmax(xs)[i], numbers)
        assert same(value, share)


@pytest.mark.parametrize("shift", [autograd.logsumexp, lambda xs: autograd.peak(*xs)])
def test_exponentials_of_more_than_the_shift_is_of_are_all_there(shift):
    """A causal total, and an exponential for later scores too: no holes, so nothing is 0."""
    w = [Value(0.1 * i - 0.2, f"w{i}") for i in range(5)]
    x = [Value(1.0 + i) for i in range(5)]
    scores = [[w[t] * x[u] + w[u] * x[t] for u in range(5)] for t in range(5)]
    totals = [shift(row[: t + 1]) for t, row in enumerate(scores)]
    output = autograd.sum(
        [autograd.exp(score - total) for row, total in zip(scores, totals) for score in row]
    )
    program = compile(output, inputs=x, parameters=w)
    value, gradient = program.value_and_grad([[v.data for v in x]])
    output.backward()
    assert value == pytest.approx(output.data, rel=1e-13)
    assert gradient.tolist() == pytest.approx([v.grad for v in w], rel=1e-12)


WINDOWS = {
    "causal": lambda t, n: range(t + 1),
    "whole": lambda t, n: range(n),
    "later": lambda t, n: range(t, n),
    "own": lambda t, n: range(t, t + 1),
}
READINGS = {
    "softmax": autograd.softmax,
    "log_softmax": autograd.log_softmax,
    "logsumexp": lambda xs: [autograd.logsumexp(xs)],
    "cross_entropy": lambda xs: [nn.cross_entropy(xs, Value(float(len(xs) // 2)))],
}


def attention(seed, x, w):
    """Scores of all pairs or of a triangle of them, read in windows and by shifts of others."""
    rng = random.Random(seed)
    n, offset, spread = rng.randint(1, 5), rng.choice([0.0, 0.0, 1e3, -1e6]), rng.choice([1, 30])
    queries = [[w[2 * t] * x[0] + w[t] * x[t % 3], w[2 * t + 1] + x[1]] for t in range(n)]
    seen = WINDOWS[rng.choice(["causal", "whole"])]
    scores = [
        {u: autograd.dot(queries[t], queries[u]) * spread + offset for u in seen(t, n)}
        for t in range(n)
    ]
    outputs = []
    for _ in range(rng.randint(1, 3)):
        window, reading = WINDOWS[rng.choice(list(WINDOWS))], rng.choice([*READINGS, "shift"])
        shifted = WINDOWS[rng.choice(list(WINDOWS))]
        shift = rng.choice([autograd.logsumexp, lambda xs: autograd.peak(*xs)])
        for t, row in enumerate(scores):
            part = [row[u] for u in window(t, n) if u in row]
            if reading == "shift":
                total = shift(part)
                terms = [row[u] - total for u in shifted(t, n) if u in row]
                results = [autograd.exp(-autograd.softplus(-term)) for term in terms]
                results += [autograd.exp(term) for term in terms if shift is autograd.logsumexp]
                results = [autograd.minimum(result, 1e3) for result in results]
            else:
                results = READINGS[reading](part)
            outputs.append(autograd.dot(results, queries[t][:1] * len(results)))
    return autograd.mean(outputs)


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("first", range(0, 40, 20))
def test_random_attention_compiles_to_the_same_numbers(first, backend):
    if backend == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs llvmlite")
    for seed in range(first, first + 20):
        rng = random.Random(~seed)
        w = [Value(rng.gauss(0, 1), f"w{i}") for i in range(10)]
        x = [Value(rng.gauss(0, 1), f"x{i}") for i in range(3)]
        output = attention(seed, x, w)
        used = [v for v in x if v in set(autograd.topological_order(output))]
        program = compile(output, inputs=used, parameters=w, backend=backend)
        assert program.verify(
            lambda row, seed=seed, x=x, w=w, used=used: attention(
                seed, [row[used.index(v)] if v in used else v for v in x], w
            )
        ), seed


@pytest.mark.parametrize("margin", [37.0, 40.0, 800.0])
def test_verify_knows_that_a_program_rounds_a_certain_loss(margin):
    w = [Value(margin, "w0"), Value(0.1, "w1")]
    x = Value(1.0, "x")

    def build(inputs):
        return nn.cross_entropy([w[0] * inputs[0], w[1] * inputs[0]], 0)

    assert compile(build([x]), inputs=[x], parameters=w).verify(build)


def test_a_program_shifts_by_its_own_largest_number():
    xs = [Value(x) for x in (1.0, 2.0, 3.0)]
    program = compile(autograd.softmax(xs)[0] + 0.0 * xs[0], inputs=xs)
    assert program([[1e15, 1e15, -1e15], [-800.0, 0.0, 0.0]]).tolist() == [0.5, 0.0]
