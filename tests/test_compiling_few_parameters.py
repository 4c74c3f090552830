"""Programs of one parameter, of a few single ones, of none: numbers that lie in theta."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Value, compile

OPTIMISERS = {
    "sgd": lambda p: nn.SGD(p, lr=0.1),
    "momentum": lambda p: nn.SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.02),
    "adam": lambda p: nn.Adam(p, lr=0.05),
    "adamw": lambda p: nn.AdamW(p, lr=0.05, weight_decay=0.1),
}
ROWS = [[2.0, 1.0], [-1.0, 0.5], [0.5, -0.25], [1.5, 2.0], [0.25, 0.0]]
CURVES = {
    "line": lambda w, x: w[0] * x,
    "curve": lambda w, x: ag.tanh(w[0] * x) + w[0],
    "bias": lambda w, x: x + w[-1],
    "square": lambda w, x: w[0] * w[0] * x - w[-1],
    "many": lambda w, x: ag.dot(w, [x, x * x, 1.0][: len(w)]),
}


class Curve(nn.Module):
    """A function of one number, with `count` parameters."""

    def __init__(self, name, count):
        self.function = CURVES[name]
        self.w = [Value(0.4 - 0.3 * i, f"w{i}") for i in range(count)]

    def __call__(self, row):
        return self.function(self.w, row[0])


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("optimiser", list(OPTIMISERS))
@pytest.mark.parametrize(("name", "count"), list(itertools.product(CURVES, [1, 2, 3])))
def test_a_few_parameters_train_as_eager_ones_do(name, count, optimiser, backend):
    if backend == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs it")
    eager, compiled = Curve(name, count), Curve(name, count)
    x, y = Value(0.0, "x"), Value(0.0, "y")
    loss = nn.mse_loss([compiled([x])], [y])
    program = compile(loss, [x, y], compiled.parameters(), backend=backend)
    by_eager, by_program = [OPTIMISERS[optimiser](m.parameters()) for m in (eager, compiled)]
    for o in (by_eager, by_program):
        o.lr = nn.schedules.cosine(0.05, 20)
    for batch_size, seed in ((None, 0), (2, 1)):
        history = nn.fit(
            eager, [row[:1] for row in ROWS], [row[1] for row in ROWS], nn.mse_loss, by_eager,
            epochs=4, batch_size=batch_size, seed=seed, progress=False,
        )  # fmt: skip
        losses = program.train(
            ROWS, by_program, epochs=4, batch_size=batch_size, seed=seed, progress=False
        )
        np.testing.assert_allclose(losses, history.losses, rtol=1e-10, atol=1e-13)
    for attribute in ("data", "grad"):
        numbers = [[getattr(w, attribute) for w in m.parameters()] for m in (compiled, eager)]
        np.testing.assert_allclose(*numbers, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_loss_that_is_a_parameter_itself_is_noted_as_it_was_at_each_step(count, backend):
    if backend == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs it")
    w = [Value(1.0, f"w{i}") for i in range(count)]
    program = compile(w[-1], parameters=w, backend=backend)
    losses = program.train([[]], nn.SGD(w, lr=0.25), epochs=3, progress=False)
    assert losses == [1.0, 0.75, 0.5] and w[-1].data == 0.25


@pytest.mark.parametrize("count", [1, 2, 3])
def test_value_gradient_and_export_of_a_few_parameters(count, tmp_path):
    for name in CURVES:
        curve, x = Curve(name, count), Value(0.5, "x")
        program = compile(curve([x]), [x], curve.parameters())
        value, gradient = program.value_and_grad([[0.5], [-2.0]])
        by_row = [float(curve([number])) for number in (0.5, -2.0)]
        assert value == pytest.approx(np.mean(by_row), rel=1e-14)
        curve.zero_grad()
        for number in (0.5, -2.0):
            (curve([number]) * 0.5).backward()
        assert gradient == pytest.approx([w.grad for w in curve.w], rel=1e-13)
        program.export(tmp_path / "curve.py")
        module = {}
        exec((tmp_path / "curve.py").read_text(), module)
        moved = module["theta"] + 0.125
        value, gradient = module["value_and_gradient"](moved, np.array([[0.5], [-2.0]]))
        for w in curve.w:
            w.data += 0.125
        again = program.value_and_grad([[0.5], [-2.0]])
        assert value == again[0]
        order = [program.place_in_theta()[w] for w in program.parameters]
        assert gradient[order].tolist() == again[1].tolist()


def test_programs_without_inputs_or_without_parameters():
    w, x = Value(1.5, "w"), Value(2.0, "x")
    alone = compile((w - 1.0) ** 2, parameters=[w])
    assert alone().tolist() == [0.25] and alone.value_and_grad()[1].tolist() == [1.0]
    losses = alone.train(None, nn.SGD([w], lr=0.25), epochs=3, progress=False)
    assert losses == [0.25, 0.0625, 0.015625]
    nothing = compile(x * x, [x], parameters=[])
    assert nothing([[3.0]]).tolist() == [9.0]
    value, gradient = nothing.value_and_grad([[3.0], [1.0]])
    assert value == 5.0 and gradient.shape == (0,)
    constant = compile(ag.constant(2.0) * 3.0 + w * 0.0, parameters=[w])
    assert constant().tolist() == [6.0] and constant.value_and_grad()[1].tolist() == [0.0]


TERMS = {
    "one": lambda w, x, i: w[i % len(w)] * x,
    "two": lambda w, x, i: ag.tanh(w[i % len(w)] * w[i // 2 % len(w)]),
    "all": lambda w, x, i: ag.dot(w, [x] * len(w)),
    "some": lambda w, x, i: ag.dot(w[i % len(w) :], w[i % len(w) :]) * x,
    "turned": lambda w, x, i: ag.dot(w, w[::-1]) + x,
    "rows": lambda w, x, i: ag.sum([ag.sin(ag.dot(w, [x + j] * len(w))) for j in range(3)]),
    "choice": lambda w, x, i: ag.where(ag.greater(x, 0.5), w[i % len(w)], w[0] * 2.0),
    "table": lambda w, x, i: ag.choose(ag.greater(x, 0.5), w[i % len(w)], w[-1]),
    "log": lambda w, x, i: ag.logsumexp([*w, x]),
}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from(list(TERMS)), st.integers(0, 7)), min_size=1, max_size=4),
)
def test_whatever_views_hands_out_lies_in_theta_and_learns(count, terms):
    """A copy would keep the numbers that training started from."""
    ws = [[Value(0.4 - 0.3 * i, f"w{i}") for i in range(count)] for _ in range(2)]
    x, rows = Value(0.25, "x"), [[0.25], [0.75], [2.0]]

    def loss(w, row):
        return ag.sum([TERMS[name](w, row[0], i) for name, i in terms]) + row[0] * 0.5

    eager, compiled = ws
    program = compile(loss(compiled, [x]), [x], compiled)
    views, theta = program.functions.get("views", lambda theta: []), program.theta()
    for view in views(theta):
        assert isinstance(view, np.ndarray) and np.shares_memory(view, theta)
    optimizers = [nn.SGD(w, lr=0.01) for w in ws]
    losses = program.train(rows, optimizers[1], epochs=3, progress=False)
    for got in losses:
        expected = ag.mean([loss(eager, row) for row in rows])
        assert got == pytest.approx(expected.data, rel=1e-11, abs=1e-13)
        optimizers[0].zero_grad()
        expected.backward()
        optimizers[0].step()
