"""Higher derivatives compile: a gradient is a graph like any other."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import OPERATIONS, Value, compile

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(params=["numpy", pytest.param("native", marks=pytest.mark.slow)])
def backend(request):
    if request.param == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs it")
    return request.param


def assert_verified(build, rows, parameters, backend="numpy"):
    inputs = [Value(x, f"x{i}") for i, x in enumerate(rows[0])]
    program = compile(build(inputs), inputs, parameters, backend)
    assert program.verify(build, rows)
    return program


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_the_second_derivatives_of_every_operation(name):
    """All of them, side by side: the gradient by the operands of the gradient's weighted sum."""
    row = OPERATIONS[name]
    w = Value(1.5, "w")

    def build(xs):
        first = ag.grad(lambda v: row(*v) * w)(xs)
        second = ag.grad(lambda v: ag.dot(ag.grad(lambda u: row(*u) * w)(v), v))(xs)
        return ag.sum([*first, *second]) + 0.5 * w + ag.sum(xs)

    rows = [list(row.sample) for _ in range(2)]
    if name != "choose":
        rows[1] = [x * 1.0625 for x in rows[1]]
    assert_verified(build, rows, [w])


def test_a_gradient_penalty(backend):
    """(|d D / d x| - 1) ** 2, as in Wasserstein critics, trained as any other loss."""
    critic = nn.MLP(3, [8, 8, 1], activation="tanh", seed=1)

    def build(xs):
        by_x = ag.grad(critic)(xs)
        return critic(xs) + 10.0 * (ag.sqrt(ag.dot(by_x, by_x)) - 1.0) ** 2

    rows = np.random.default_rng(0).normal(size=(6, 3))
    program = assert_verified(build, rows[:2].tolist(), critic.parameters(), backend)
    assert "matrix products" in program.explain()
    losses = program.train(rows, nn.SGD(critic.parameters(), lr=0.001), epochs=20)
    assert losses[-1] < losses[0]


def test_a_hessian_vector_product_through_a_classifier(backend):
    """Dots, tanh, logsumexp and a chosen logit; the vector and the row come in as inputs."""
    model = nn.MLP(2, [3, 3], activation="tanh", seed=2)
    weights = model.parameters()
    n = len(weights)

    def build(inputs):
        x, target, vector = inputs[:2], inputs[2], inputs[3:]

        def loss(values):
            h = [ag.tanh(ag.dot(values[3 * i : 3 * i + 2], x, values[3 * i + 2])) for i in range(3)]
            parts = [values[9 + 4 * i : 13 + 4 * i] for i in range(3)]
            logits = [ag.dot(part[:3], h, part[3]) for part in parts]
            return ag.logsumexp(logits) - ag.choose(target, *logits)

        _, product = ag.hvp(loss, (weights,), (vector,))
        return product

    rng = np.random.default_rng(3)
    rows = [[*rng.normal(size=2), float(i), *rng.normal(size=n)] for i in range(3)]
    program = assert_verified(build, rows, weights, backend)
    assert program(rows).shape == (3, n) and n == 21


def test_a_hessian_through_softmax_and_choose(backend):
    """All 16 second derivatives of a chosen share, from numbers that an index chose."""
    table = [[Value(0.1 * i - 0.3 * j, f"t{i}{j}") for j in range(4)] for i in range(3)]
    everything = [x for row in table for x in row]

    def build(inputs):
        token, target = inputs

        def share(logits):
            return ag.choose(target, *ag.softmax(logits)) + ag.tanh(ag.dot(logits, logits))

        row = [ag.choose(token, *column) for column in zip(*table)]
        return [z for line in ag.hessian(share)(row) for z in line]

    assert_verified(build, [[0.0, 1.0], [2.0, 3.0], [1.0, 0.0]], everything, backend)


def test_the_gradient_of_a_squared_gradient_by_backward():
    """`backward(create_graph=True)` leaves Values in `grad`, which compile."""
    w = [Value(0.3 * i, f"w{i}") for i in range(1, 5)]

    def build(xs):
        for p in w:
            p.grad = 0.0
        y = ag.tanh(ag.dot(w, [*xs, 1.0, 2.0])) * w[0] ** 3 + ag.logsumexp(w) * xs[0]
        y.backward(create_graph=True)
        return ag.sum([p.grad * p.grad for p in w])

    assert_verified(build, [[0.5, -1.0], [1.5, 0.25]], w)


def test_a_third_derivative_and_a_custom_operation():
    cube = ag.operation("cube", lambda x: x**3, lambda z, x: (3 * x * x,), sample=(0.5,))
    w = Value(0.7, "w")
    try:
        third = ag.grad(ag.grad(ag.grad(lambda v: ag.sin(cube(v)) * w)))
        assert_verified(lambda xs: third(xs[0]), [[0.5], [1.25]], [w])
    finally:
        del OPERATIONS["cube"]


@pytest.mark.parametrize("name", ["valley", "saddle"])
def test_newtons_method_of_the_demo_on_many_points_at_once(name, tmp_path, monkeypatch, backend):
    pytest.importorskip("matplotlib", reason="the demo draws with it")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setattr("sys.argv", ["newton", "2"])
    demo = runpy.run_module("demos.newton")
    f = demo[name]

    def build(xs):
        gradient, (first, second) = ag.grad(f)(xs), ag.hessian(f)(xs)
        return [f(xs), *gradient, *first, *second]

    rows = np.array([[-1.2, 1.0], [0.5, 0.25], [2.0, -1.0]])
    program = assert_verified(build, rows.tolist(), [], backend)
    if name == "saddle":
        return
    points = rows
    for _ in range(60):
        _, u, v, a, b, c, d = program(points).T
        determinant = a * d - b * c
        points = points - np.stack([d * u - b * v, a * v - c * u], 1) / determinant[:, None]
    np.testing.assert_allclose(points, 1.0, rtol=1e-9)
