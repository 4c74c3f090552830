"""Native programs compute what the eager graph and the NumPy program do."""

import copy
import gc
import math
import os
import pickle
import random
import signal
import threading

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import OPERATIONS, Value, compile, ops
from autograd.compiling.arrays.array import BATCH
from autograd.compiling.arrays.builder import Builder

pytest.importorskip("llvmlite", reason="the native backend needs llvmlite")
from autograd.compiling.native.native import Part
from autograd.compiling.native.scalars import is_known

UNARY = ["neg", "tanh", "sin", "sigmoid", "relu", "abs", "softplus", "exp", "gelu", "silu", "elu"]
BINARY = ["add", "sub", "mul", "maximum", "minimum", "greater", "where", "add", "mul"]
WIDE = ["sum", "mean", "logsumexp", "prod", "dot", "sum"]


@pytest.fixture(autouse=True, scope="module")
def a_cache_of_its_own(tmp_path_factory):
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = before


def assert_same(output, inputs, rows, parameters=None, rtol=1e-12):
    """Outputs, mean and gradient are those of the eager engine, row by row."""
    program = compile(output, inputs=inputs, parameters=parameters, backend="native")
    plain = compile(output, inputs=inputs, parameters=parameters)
    value, gradient = program.value_and_grad(rows)
    expected, expected_gradient = plain.value_and_grad(rows)
    scale = np.abs(expected_gradient[np.isfinite(expected_gradient)]).max(initial=0.0)
    np.testing.assert_allclose(program(rows), plain(rows), rtol=rtol, atol=1e-14)
    np.testing.assert_allclose(value, expected, rtol=rtol, atol=1e-14)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=rtol, atol=rtol * scale + 1e-14)
    return program


def a_graph(seed, inputs, weights, steps, kept):
    """A random expression: shared nodes, constants, ragged sums.

    What grows large is left out, and `kept` remembers that for the next time.
    """
    rng = random.Random(seed)
    values = [*inputs, *weights, 0.7 * weights[0], inputs[0] * weights[-1] + 0.1]
    for step in range(steps):
        kind = rng.random()
        if kind < 0.4:
            name, x = rng.choice(UNARY), rng.choice(values)
            z = ag.elu(x) if name == "elu" else OPERATIONS[name](x)
        elif kind < 0.75:
            name = rng.choice(BINARY)
            count = 3 if name == "where" else 2
            z = OPERATIONS[name](*[rng.choice(values) for _ in range(count)])
        else:
            xs = [rng.choice(values) for _ in range(rng.randint(1, 7))]
            z = OPERATIONS[rng.choice(WIDE)](*xs)
        if kept.setdefault(step, abs(z.data) < 50):
            values.append(z)
    return ag.sum(values[-5:]) + ag.dot(inputs, weights[: len(inputs)], 0.3 * weights[-1])


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 40), st.integers(1, 20))
def test_random_graphs_agree(seed, steps, n):
    rng = random.Random(seed)
    inputs = [Value(rng.uniform(-1, 1), f"x{i}") for i in range(3)]
    weights = [Value(rng.uniform(-1, 1), f"w{i}") for i in range(4)]
    kept = {}
    output = a_graph(seed, inputs, weights, steps, kept)
    rows = np.random.default_rng(seed).uniform(-1, 1, (n, 3))
    program = compile(output, inputs=inputs, backend="native", parameters=weights)
    outputs = []
    for row in rows.tolist():
        outputs.append(a_graph(seed, [Value(x) for x in row], weights, steps, kept))
    mean = ag.mean(outputs)
    for w in weights:
        w.grad = 0.0
    mean.backward()
    gradient = [w.grad for w in weights]
    assume(all(abs(x) < 1e6 for x in [*gradient, *[y.data for y in outputs]]))
    scale = 1e-12 * max([1.0, *map(abs, gradient), *[abs(y.data) for y in outputs]])
    got, got_gradient = program.value_and_grad(rows)
    np.testing.assert_allclose(program(rows), [y.data for y in outputs], rtol=1e-12, atol=scale)
    np.testing.assert_allclose(got, mean.data, rtol=1e-12, atol=scale)
    np.testing.assert_allclose(got_gradient, gradient, rtol=1e-12, atol=10 * scale)


def a_factor(build, letters, sizes, start):
    """Numbers from the rows ("n" among the letters) or from theta, in the order of the alphabet."""
    rest = [c for c in letters if c != "n"]
    count = math.prod(sizes[c] for c in rest)
    if "n" in letters:
        flat, order = build.index(build.rows, ((0, BATCH), (start, start + count))), ["n", *rest]
        x = build.reshape(flat, (BATCH, *[sizes[c] for c in rest]))
    else:
        flat, order = build.index(build.theta, ((start, start + count),)), rest
        x = build.reshape(flat, tuple([sizes[c] for c in rest]))
    wanted = ["n"] * ("n" in letters) + sorted(rest)
    return build.transpose(x, tuple([order.index(c) for c in wanted])), wanted, count


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_products_of_any_shape_agree_with_einsum(seed):
    rng = random.Random(seed)
    letters = ["n"] * (rng.random() < 0.7) + rng.sample("bcde", rng.randint(1, 4))
    sizes = {c: rng.choice([2, 3, 5, 8, 9, 16, 27]) for c in letters}
    picked = [rng.sample(letters, rng.randint(1, len(letters))) for _ in range(2)]
    full = ["n"] * any("n" in p for p in picked) + sorted({*picked[0], *picked[1]} - {"n"})
    assume(math.prod(sizes[c] for c in full if c != "n") <= 6000)
    build = Builder(12_000, 12_000)
    theta, rows = np.random.default_rng(seed).normal(size=12_000), []
    wide, arrays, start = [], [], 0
    n = rng.choice([1, 5, 40])
    rows = np.random.default_rng(seed + 1).normal(size=(n, 12_000))
    for p in picked:
        x, order, count = a_factor(build, p, sizes, start)
        wide.append(
            build.reshape(x, tuple([x.shape[order.index(c)] if c in order else 1 for c in full]))
        )
        rest = [sizes[c] for c in p if c != "n"]
        source = rows[:, start : start + count] if "n" in p else theta[start : start + count]
        array = source.reshape(([n] if "n" in p else []) + rest)
        now = ["n"] * ("n" in p) + [c for c in p if c != "n"]
        arrays.append(array.transpose([now.index(c) for c in order]))
        start += count
    orders = ["".join(c for c in full if c in p) for p in picked]
    kept = [c for c in full if c != "n" and rng.random() < 0.5]
    summed = tuple([i for i, c in enumerate(full) if c not in kept])
    result = build.sum(build.map(ops.mul, *wide), summed)
    flat = build.reshape(result, (math.prod(sizes[c] for c in kept),))
    part = Part("step", {"value": build.sum(flat, (0,)), "gradient": flat}, [])
    value, got = np.empty(1), np.empty(flat.shape)
    part(theta, rows, value, got)
    expected = np.einsum(f"{orders[0]},{orders[1]}->{''.join(kept)}", *arrays)
    scale = 1e-12 * (1.0 + np.abs(expected).max() + n * 100.0)
    np.testing.assert_allclose(got, expected.ravel(), rtol=1e-12, atol=scale)
    np.testing.assert_allclose(value[0], expected.sum(), rtol=1e-12, atol=scale * expected.size)


EDGES = [0.7, -1.3, 0.0, -0.0, 1.0, 2.0, math.inf, -math.inf, math.nan, 1e300, -1e300, 709.9, 1e-8]


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_every_operation_of_the_table_is_known_to_machine_code(name):
    assert is_known(OPERATIONS[name])  # Python called back, a number at a time, would be slow


@pytest.mark.slow
@pytest.mark.parametrize("name", list(OPERATIONS))
def test_every_operation_is_the_eager_one_also_at_the_edges(name):
    row = OPERATIONS[name]
    count = len(row.sample)
    rng = random.Random(1)
    points = [row.sample, *[[rng.choice(EDGES) for _ in range(count)] for _ in range(150)]]
    if name == "dot":  # 1e300 - 1e300 leaves what one rounding of a * b + c leaves out
        points = [point for point in points if -1e300 not in point]
    if name == "choose":
        points = [[rng.randrange(count - 1), *point[1:]] for point in points]
    inputs = [Value(x, f"x{i}") for i, x in enumerate(row.sample)]
    w = Value(1.5, "w")
    program = compile(row(*inputs) * w, inputs, [w], backend="native")
    expected = [float(row(*[float(x) for x in point])) for point in points]
    w.data = 1.0
    np.testing.assert_allclose(program(points), expected, rtol=1e-12)
    for point, value in zip(points[:20], expected):
        mean, gradient = program.value_and_grad([point])
        np.testing.assert_allclose([mean, *gradient], [value, value], rtol=1e-12)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_nan_is_the_largest_wherever_it_stands(place):
    xs = [Value(float(i), f"x{i}") for i in range(3)]
    row = [1.0, 2.0, 3.0]
    row[place] = math.nan
    program = compile(ag.peak(*xs) * 1.0, inputs=xs, backend="native")
    assert np.isnan(program([row])).all() and program([[1.0, 2.0, 3.0]]) == [3.0]


@pytest.mark.parametrize("n", [1, 7, 64, 300])
def test_a_network_of_awkward_sizes_agrees(n):
    model = nn.MLP(3, [9, 5, 11], activation="tanh", seed=1)
    x, label = [Value(0.1), Value(0.2), Value(0.3)], Value(0.0, "label")
    output = nn.cross_entropy(model(x), label) + 1e-3 * ag.sum([p * p for p in model.parameters()])
    rng = np.random.default_rng(n)
    rows = np.column_stack([rng.normal(size=(n, 3)), rng.integers(0, 11, n)])
    assert_same(output, [*x, label], rows)


def attention(tokens, target):
    """A causal softmax over earlier tokens: ragged; embeddings; a norm."""
    embedding = nn.Embedding(5, 6, seed=1)
    query, key = nn.Layer(6, 6, seed=2), nn.Layer(6, 6, seed=3)
    head = nn.Layer(6, 5, seed=4)
    xs = [embedding(t) for t in tokens]
    qs, ks = [query(x) for x in xs], [key(x) for x in xs]
    losses = []
    for t, q in enumerate(qs):
        weights = ag.softmax([ag.dot(q, k) * 6**-0.5 for k in ks[: t + 1]])
        mixed = [ag.dot(weights, [x[i] for x in xs[: t + 1]]) for i in range(6)]
        scale = (ag.dot(mixed, mixed) * (1 / 6) + 1e-5) ** -0.5
        losses.append(nn.cross_entropy(head([m * scale for m in mixed]), target[t]))
    return ag.mean(losses)


@pytest.mark.parametrize("n", [1, 5])
def test_ragged_attention_with_embeddings_agrees(n):
    tokens = [Value(float(i % 5), f"token{i}") for i in range(4)]
    targets = [Value(float(i % 3), f"target{i}") for i in range(4)]
    rows = np.random.default_rng(0).integers(0, 5, (n, 8)).astype(float)
    assert_same(attention(tokens, targets), [*tokens, *targets], rows)


def test_a_whole_batch_as_one_graph_agrees():
    model = nn.MLP(2, [4, 1], activation="relu", seed=1)
    points = np.random.default_rng(0).normal(size=(12, 3)).tolist()
    losses = [(model([Value(x), Value(y)]) - target) ** 2 for x, y, target in points]
    assert_same(ag.mean(losses), [], None, model.parameters())


def test_second_derivatives_agree():
    x, w = Value(0.3, "x"), Value(0.8, "w")
    (slope,) = [ag.backward.differentiate(ag.tanh(x * w) * w + w**3)[w]]
    assert_same(slope * slope, [x], [[0.3], [-1.0], [2.0]], [w])


def test_the_gradient_may_be_the_parameters_themselves_or_a_constant():
    ws = [Value(0.1 * i, f"w{i}") for i in range(5)]
    assert_same(0.5 * ag.dot(ws, ws), [], None)
    assert_same(ag.sum(ws), [], None)
    x = Value(1.0, "x")
    assert_same(ws[0] * x, [x], [[2.0], [3.0]])


def test_several_outputs_run_natively():
    x, w = Value(1.0, "x"), Value(3.0, "w")
    program = compile([x * w, w + 1.0, ag.exp(x)], [x], [w], backend="native")
    assert program._native is not None
    assert program([[1.0], [2.0]]) == pytest.approx(
        np.array([[3.0, 4.0, math.e], [6.0, 4.0, math.e**2]])
    )


OPTIMISERS = {
    "sgd": lambda p: nn.SGD(p, lr=0.1),
    "some": lambda p: nn.SGD(p[:5], lr=0.1),
    "momentum": lambda p: nn.SGD(p, lr=0.1, momentum=0.9, dampening=0.1, weight_decay=0.01),
    "nesterov": lambda p: nn.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda p: nn.Adam(p, lr=0.01, weight_decay=0.1),
    "adamw": lambda p: nn.AdamW(p[2:], lr=nn.schedules.cosine(0.01, 20)),
}


@pytest.mark.parametrize("name", list(OPTIMISERS))
@pytest.mark.parametrize("batch_size", [None, 8])
def test_training_agrees_with_fit(name, batch_size):
    rng = random.Random(0)
    rows = [[rng.gauss(0, 1), rng.gauss(0, 1), rng.choice([-1.0, 1.0])] for _ in range(20)]
    eager, model = [nn.MLP(2, [4, 1], activation="tanh", seed=1) for _ in range(2)]
    optimizer = OPTIMISERS[name](eager.parameters())
    xs, ys = [row[:2] for row in rows], [row[2] for row in rows]
    history = nn.fit(eager, xs, ys, nn.mse_loss, optimizer, epochs=6, batch_size=batch_size, seed=3)
    x, y = [Value(0.0), Value(0.0)], Value(0.0)
    program = compile(nn.mse_loss([model(x)], [y]), [*x, y], backend="native")
    ours = OPTIMISERS[name](model.parameters())
    losses = program.train(rows, ours, epochs=4, batch_size=batch_size, seed=3)
    assert losses == pytest.approx(history.losses[: len(losses)], rel=1e-10)
    if batch_size is None:  # a second call goes on where the first one stopped
        losses += program.train(rows, ours, epochs=2)
        assert losses == pytest.approx(history.losses, rel=1e-10)
        got = [p.data for p in model.parameters()]
        np.testing.assert_allclose(got, [p.data for p in eager.parameters()], rtol=1e-10)
        for state in ours.state_lists:
            np.testing.assert_allclose(getattr(ours, state), getattr(optimizer, state), rtol=1e-9)
    assert ours.steps == len(losses)


def test_a_custom_operation_is_read_from_its_spelling_or_called_back():
    x, w = Value(0.5, "x"), Value(0.7, "w")
    spelt = ag.operation(
        "my_sinh", math.sinh, lambda z, x: ((ag.exp(x) + ag.exp(-x)) * 0.5,),
        sample=(0.5,), array="np.sinh({0}) * 1",
    )  # fmt: skip
    called = ag.operation(
        "my_cube", lambda x: x**3 if x > 0 else -((-x) ** 3), lambda z, x: (3 * x * x,),
        sample=(0.5,),
    )  # fmt: skip
    try:
        program = assert_same(spelt(x * w) + called(x * w), [x], [[0.5], [-2.0], [3.0]])
        assert len(program._native.step.callbacks.functions) == 1
    finally:
        del OPERATIONS["my_sinh"], OPERATIONS["my_cube"]


def test_a_custom_operation_of_any_number_of_operands():
    length = ag.operation(
        "my_length",
        lambda *xs: math.sqrt(sum(x * x for x in xs)),
        lambda z, *xs: tuple([x / z for x in xs]),
        sample=(0.5, 0.2, 0.3),
    )
    try:
        x, w = Value(0.5, "x"), Value(0.7, "w")
        assert_same(length(x, w) + length(w, x, 2.0, w * x) * length(w), [x], [[0.5], [-2.0]])
    finally:
        del OPERATIONS["my_length"]


def test_what_a_custom_operation_raises_is_raised_by_the_program():
    def fails(x):
        if x > 5:
            raise ZeroDivisionError("no more than 5")
        return x

    picky = ag.operation("picky", fails, lambda z, x: (1.0,), sample=(0.5,))
    try:
        x, w = Value(0.5, "x"), Value(0.7, "w")
        program = compile(picky(x * w), [x], [w], backend="native")
        with pytest.raises(ZeroDivisionError, match="no more than 5"):
            program([[1.0], [100.0]])
        assert program([[1.0]]) == pytest.approx([0.7])
    finally:
        del OPERATIONS["picky"]


def test_ctrl_c_ends_training_and_keeps_what_was_learned():
    x, w = Value(0.5, "x"), Value(0.7, "w")
    program = compile((w * x - 3.0) ** 2, [x], [w], backend="native")
    rows = np.full((2000, 1), 1.0)
    optimizer = nn.SGD([w], lr=1e-6)
    program.train(rows, optimizer, epochs=1)
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    losses = program.train(rows, optimizer, epochs=10**8)
    timer.join()
    assert 0 < len(losses) < 10**8
    assert losses[-1] < losses[0]
    assert optimizer.steps == len(losses) + 1


@pytest.mark.parametrize("copied", [copy.deepcopy, pickle.dumps])
def test_machine_code_is_not_copied_and_says_so_quietly(copied, capfd):
    x, w = Value(0.5, "x"), Value(0.7, "w")
    program = compile(ag.tanh(w * x), [x], [w], backend="native")
    with pytest.raises(TypeError, match="machine code cannot be copied or pickled"):
        copied(program._native.step.code)
    del program
    gc.collect()
    assert capfd.readouterr().err == ""
