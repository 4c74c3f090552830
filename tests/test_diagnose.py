"""diagnose: models broken on purpose are told what is wrong; healthy ones are left in peace."""

import math
import random

import pytest

import nn
from autograd import Value, log, tanh

# --- data: (xs, ys, loss, outputs) --------------------------------------------------------------


def moons(n=30, seed=0, low=-1):
    draw = random.Random(seed)
    xs, ys = [], []
    for i in range(n):
        angle = draw.uniform(0.0, math.pi)
        side = i % 2
        x = math.cos(angle) - 0.5 if side else 0.5 - math.cos(angle)
        y = math.sin(angle) - 0.25 if side else 0.25 - math.sin(angle)
        xs.append([x + draw.gauss(0.0, 0.1), y + draw.gauss(0.0, 0.1)])
        ys.append(1 if side else low)
    return xs, ys


def three_classes(n=45, seed=0):
    draw = random.Random(seed)
    centres = [(0.0, 1.5), (1.3, -0.8), (-1.3, -0.8)]
    rows = [(i % 3, centres[i % 3]) for i in range(n)]
    xs = [[draw.gauss(x, 0.4), draw.gauss(y, 0.4)] for _, (x, y) in rows]
    return xs, [label for label, _ in rows]


def wave(n=40):
    xs = [[4.0 * i / (n - 1) - 2.0] for i in range(n)]
    return xs, [math.sin(2.0 * x) for (x,) in xs]


XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
LINE = [[0.1 * i, (i * 7 % 11) / 5.0 - 1.0] for i in range(-10, 10)]


def names(diagnosis):
    return [finding.name for finding in diagnosis.findings]


# --- healthy ------------------------------------------------------------------------------------

BITS = nn.binary_cross_entropy_with_logits
HEALTHY = {
    "xor tanh": (XOR, [4, 1], "tanh", "uniform", nn.mse_loss, "SGD", 0.1),
    "xor sigmoid": (XOR, [4, 1], "sigmoid", "uniform", nn.mse_loss, "Adam", 0.03),
    "xor bits": (XOR, [8, 1], "tanh", "xavier_uniform", BITS, "Adam", 0.03),
    "wave tanh": (wave(), [8, 1], "tanh", "xavier_normal", nn.mse_loss, "Adam", 0.02),
    "wave deep": (wave(), [8, 8, 8, 1], "tanh", "xavier_uniform", nn.mse_loss, "Adam", 0.01),
    "wave gelu": (wave(), [8, 8, 1], "gelu", "he_normal", nn.mse_loss, "Adam", 0.01),
    "wave silu": (wave(), [8, 1], "silu", "he_uniform", nn.mse_loss, "AdamW", 0.01),
    "wave relu": (wave(), [16, 1], "relu", "he_uniform", nn.mse_loss, "SGD", 0.03),
    "wave softplus": (wave(), [8, 1], "softplus", "xavier_uniform", nn.mse_loss, "Adam", 0.02),
    "moons relu": (moons(), [16, 1], "relu", "uniform", nn.hinge_loss, "SGD", 0.03),
    "moons deep": (moons(), [10, 10, 1], "relu", "he_normal", nn.hinge_loss, "Adam", 0.01),
    "moons narrow": (moons(), [4, 4, 1], "relu", "he_uniform", nn.mse_loss, "Adam", 0.01),
    "moons elu": (moons(), [8, 1], "elu", "he_uniform", nn.mse_loss, "Adam", 0.01),
    "moons leaky": (moons(), [8, 8, 1], "leaky_relu", "he_normal", nn.hinge_loss, "SGD", 0.05),
    "moons bits": (moons(low=0), [8, 1], "tanh", "xavier_uniform", BITS, "Adam", 0.02),
    "moons six": (moons(), [6] * 5 + [1], "relu", "he_normal", nn.hinge_loss, "Adam", 0.01),
    "moons linear": (moons(), [1], "linear", "uniform", nn.hinge_loss, "SGD", 0.05),
    "classes relu": (three_classes(), [8, 3], "relu", "he_uniform", nn.cross_entropy, "Adam", 0.02),
    "classes tanh": (three_classes(), [6, 6, 3], "tanh", "uniform", nn.cross_entropy, "SGD", 0.1),
    "classes linear": (three_classes(), [3], "linear", "uniform", nn.cross_entropy, "SGD", 0.1),
}


def made(case, seed):
    (xs, ys), sizes, activation, init, loss, rule, lr = case
    model = nn.MLP(len(xs[0]), sizes, activation=activation, init=init, seed=seed)
    return model, xs, ys, loss, getattr(nn, rule)(model.parameters(), lr=lr)


@pytest.mark.parametrize("case", HEALTHY.values(), ids=HEALTHY)
def test_a_healthy_model_is_left_in_peace_before_and_after_training(case):
    model, xs, ys, loss, optimizer = made(case, seed=1)
    assert names(nn.diagnose(model, xs, ys, loss, optimizer=optimizer)) == []
    history = nn.fit(model, xs, ys, loss, optimizer, epochs=60)
    assert history.losses[-1] < history.losses[0]
    found = nn.diagnose(model, xs, ys, loss, optimizer=optimizer, history=history)
    assert names(found) == []
    assert str(found).startswith("Nothing looks wrong.\nThe loss over")


# --- broken on purpose --------------------------------------------------------------------------


def mlp(sizes, activation, data=None, init="he_normal", loss=nn.mse_loss, seed=1, **given):
    xs, ys = data or moons()
    model = nn.MLP(len(xs[0]), sizes, activation=activation, init=init, seed=seed)
    return model, xs, ys, loss, given


def with_weights(case, factor, bias=None, layers=None):
    """The weights of some layers multiplied, their biases set."""
    for layer in case[0].layers[slice(*layers) if layers else slice(None)]:
        for neuron in layer.neurons:
            neuron.b.data = neuron.b.data if bias is None else bias
            for w in neuron.w:
                w.data *= factor
    return case


def with_inputs(case, change):
    model, xs, *rest = case
    return model, [change(x) for x in xs], *rest


def with_labels(case, ys):
    model, xs, old, *rest = case
    return model, xs, [ys(y) for y in old] if callable(ys) else ys, *rest


def ruled(case, rule, lr, **settings):
    case[-1]["optimizer"] = getattr(nn, rule)(case[0].parameters(), lr=lr, **settings)
    return case


def trained_without_zeroing(case, steps, lr, batch=None):
    model, xs, ys, loss, _ = case
    optimizer = nn.SGD(model.parameters(), lr=lr)
    for step in range(steps):
        rows = [(step * (batch or 0) + i) % len(xs) for i in range(batch or len(xs))]
        loss([model(xs[i]) for i in rows], [ys[i] for i in rows]).backward()
        optimizer.step()
    return case


def trained(case, rule, lr, epochs):
    model, xs, ys, loss, given = case
    optimizer = getattr(nn, rule)(model.parameters(), lr=lr)
    given["history"] = nn.fit(model, xs, ys, loss, optimizer, epochs=epochs)
    return case


class Shallow(nn.Module):
    """Not made of nn.Neurons: parameters in lists of its own."""

    def __init__(self, size, bias):
        draw = random.Random(1)
        self.w = [[Value(draw.gauss(0.0, 1.0)) for _ in range(2)] for _ in range(size)]
        self.b = [Value(bias) for _ in range(size)]
        self.out = [Value(draw.gauss(0.0, 1.0)) for _ in range(size)]

    def __call__(self, x):
        sums = [w[0] * x[0] + w[1] * x[1] + b for w, b in zip(self.w, self.b)]
        return sum(o * u.relu() for o, u in zip(self.out, sums))


def logarithm(outputs, targets):
    return -sum(log(p) for p in outputs) / len(outputs)


BROKEN = {
    "dead units": [
        lambda: with_weights(mlp([8, 1], "relu"), 1.0, bias=-9.0, layers=(0, 1)),
        lambda: with_weights(mlp([8, 8, 1], "relu"), 1.0, bias=-9.0, layers=(1, 2)),
        lambda: with_weights(mlp([8, 8, 1], "relu"), 1e-3, bias=-0.1, layers=(0, 2)),
        lambda: with_weights(
            mlp([8, 1], "relu", loss=nn.hinge_loss), 1.0, bias=-30.0, layers=(0, 1)
        ),
        lambda: with_weights(mlp([8, 1], "gelu"), 1.0, bias=-20.0, layers=(0, 1)),
        lambda: (Shallow(6, -9.0), *moons(), nn.mse_loss, {}),
    ],
    "saturated units": [
        lambda: with_weights(mlp([8, 1], "tanh"), 1.0, bias=9.0, layers=(0, 1)),
        lambda: with_weights(mlp([8, 8, 1], "tanh"), 200.0),
        lambda: with_weights(mlp([8, 1], "sigmoid"), 1.0, bias=-20.0, layers=(0, 1)),
        lambda: with_weights(mlp([8, 8, 1], "sigmoid"), 300.0, layers=(1, 2)),
        lambda: (
            nn.Sequential(with_weights(mlp([4, 1], "relu"), 1.0, bias=30.0)[0], tanh),
            *moons(),
            nn.mse_loss,
            {},
        ),
    ],
    "vanishing gradients": [
        lambda: mlp([6] * 8 + [1], "sigmoid", init="xavier_uniform"),
        lambda: mlp([6] * 10 + [1], "sigmoid", init="uniform"),
        lambda: with_weights(mlp([6] * 5 + [1], "tanh"), 0.05),
        lambda: with_weights(mlp([6] * 4 + [1], "leaky_relu"), 0.02),
        lambda: with_weights(
            mlp([6] * 4 + [3], "tanh", three_classes(), loss=nn.cross_entropy), 0.05
        ),
    ],
    "exploding gradients": [
        lambda: with_weights(mlp([8] * 6 + [1], "relu"), 6.0),
        lambda: with_weights(mlp([8] * 6 + [1], "leaky_relu"), 6.0),
        lambda: with_weights(mlp([8] * 5 + [1], "linear"), 10.0),
        lambda: mlp([30] * 8 + [1], "relu", init="uniform"),
        lambda: with_weights(
            mlp([8] * 6 + [3], "elu", three_classes(), loss=nn.cross_entropy), 9.0
        ),
    ],
    "unscaled inputs": [
        lambda: with_inputs(mlp([8, 1], "tanh"), lambda x: [1000.0 * x[0], x[1]]),
        lambda: with_inputs(mlp([8, 1], "relu", moons(300)), lambda x: [x[0], 2000 + 5 * x[1]]),
        lambda: with_inputs(mlp([8, 1], "relu"), lambda x: [1e-4 * x[0], x[1]]),
        lambda: with_inputs(mlp([8, 1], "sigmoid"), lambda x: [5.0 + 0.05 * x[0], x[1]]),
        lambda: with_inputs(mlp([1], "linear", loss=nn.hinge_loss), lambda x: [255 * a for a in x]),
    ],
    "unscaled labels": [
        lambda: with_labels(mlp([8, 1], "relu", wave()), lambda y: 300_000.0 + 50_000.0 * y),
        lambda: with_labels(mlp([8, 1], "tanh", wave()), lambda y: 2000.0 * y),
    ],
    "learning rate too high": [
        lambda: ruled(mlp([8, 1], "relu"), "SGD", 10.0),
        lambda: ruled(mlp([8, 1], "tanh", wave()), "SGD", 30.0),
        lambda: ruled(mlp([8, 1], "tanh"), "Adam", 30.0),
        lambda: ruled(mlp([8, 1], "leaky_relu"), "SGD", 1.0, momentum=0.9),
        lambda: (*mlp([1], "linear", LINE and (LINE, [x[0] for x in LINE]))[:-1], {"lr": 5.0}),
        lambda: trained(mlp([8, 1], "relu", seed=3), "SGD", 20.0, 20),
        lambda: (*mlp([8, 1], "tanh")[:-1], {"history": [0.7, 0.9, 3.0, 80.0, math.inf, math.nan]}),
        lambda: (*mlp([8, 1], "tanh")[:-1], {"history": [1.0 + 0.5 * (i % 2) for i in range(30)]}),
    ],
    "learning rate too low": [
        lambda: ruled(mlp([8, 1], "relu"), "SGD", 1e-6),
        lambda: ruled(mlp([8, 1], "tanh"), "Adam", 1e-7),
        lambda: ruled(mlp([3], "linear", three_classes(), loss=nn.cross_entropy), "SGD", 1e-5),
        lambda: ruled(mlp([8, 1], "tanh"), "SGD", nn.schedules.cosine(1e-6, 1000)),
        lambda: trained(mlp([8, 1], "relu"), "SGD", 1e-6, 40),
    ],
    "forgotten zeroing": [
        lambda: trained_without_zeroing(mlp([8, 1], "tanh"), 60, 0.001),
        lambda: trained_without_zeroing(mlp([8, 1], "tanh", wave()), 300, 0.0005),
        lambda: trained_without_zeroing(mlp([8, 1], "relu", loss=nn.hinge_loss), 60, 0.001),
        lambda: trained_without_zeroing(mlp([8, 1], "tanh"), 200, 0.0005, batch=5),
        lambda: trained_without_zeroing(
            mlp([6, 3], "tanh", three_classes(), loss=nn.cross_entropy), 80, 0.001
        ),
    ],
    "constant labels": [
        lambda: with_labels(mlp([8, 1], "relu"), lambda y: 1),
        lambda: with_labels(mlp([8, 1], "relu", loss=nn.hinge_loss), lambda y: -1),
        lambda: with_labels(mlp([8, 1], "tanh", loss=BITS), lambda y: 0),
        lambda: with_labels(mlp([3], "relu", three_classes(), loss=nn.cross_entropy), lambda y: 2),
    ],
    "not finite": [
        lambda: with_inputs(
            mlp([8, 1], "relu"), lambda x: [math.nan if x[0] > 0.9 else x[0], x[1]]
        ),
        lambda: with_labels(mlp([8, 1], "relu", wave()), lambda y: math.inf if y > 0.9 else y),
        lambda: with_weights(mlp([8, 1], "relu"), math.nan, layers=(0, 1)),
        lambda: (
            nn.Sequential(mlp([4, 1], "relu")[0], lambda y: y * 0.0),
            *moons(),
            logarithm,
            {},
        ),
    ],
    "constant features": [
        lambda: with_inputs(mlp([8, 1], "relu"), lambda x: [x[0], 1.0]),
        lambda: with_inputs(mlp([8, 1], "relu"), lambda x: [0, x[1]]),
    ],
    "duplicate features": [
        lambda: with_inputs(mlp([8, 1], "tanh"), lambda x: [x[0], x[0]]),
        lambda: (nn.MLP(3, [4, 1]), *with_inputs(mlp([1], "relu"), lambda x: [*x, x[1]])[1:]),
    ],
    "labels out of range": [
        lambda: mlp([8, 1], "relu", moons(low=0), loss=nn.hinge_loss),
        lambda: mlp([8, 1], "relu", moons(), loss=BITS),
        lambda: with_labels(
            mlp([3], "relu", three_classes(), loss=nn.cross_entropy), lambda y: y + 1
        ),
        lambda: (nn.Sequential(nn.MLP(2, [4, 1]), tanh), *moons(low=5), nn.mse_loss, {}),
        lambda: (
            nn.Sequential(nn.MLP(2, [4, 1]), Value.sigmoid),
            *moons(),
            nn.binary_cross_entropy,
            {},
        ),
    ],
    "another model's optimiser": [
        lambda: (*mlp([8, 1], "relu")[:-1], {"optimizer": nn.SGD(nn.Neuron(2).parameters())}),
    ],
}


@pytest.mark.parametrize(
    ("name", "make"),
    [
        pytest.param(name, make, id=f"{name} {i}")
        for name, cases in BROKEN.items()
        for i, make in enumerate(cases)
    ],
)
def test_a_model_broken_on_purpose_is_told_what_is_wrong_first(name, make):
    model, xs, ys, loss, given = make()
    found = nn.diagnose(model, xs, ys, loss, **given)
    assert names(found)[:1] == [name], str(found)
    finding = found.findings[0]
    assert finding.sentence in str(found) and finding.cure in str(found)
    assert finding.sentence.endswith(".") and finding.cure.endswith(".")


# --- manners ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["SGD", "Adam", "AdamW"])
def test_everything_is_left_as_it_was(rule):
    model, xs, ys, loss, given = ruled(mlp([8, 1], "tanh"), rule, 1e-6)
    nn.fit(model, xs, ys, loss, given["optimizer"], epochs=3)
    model.parameters()[0].grad = 5.0
    before = str(model.state_dict()), str(given["optimizer"].state_dict())
    gradients = [p.grad for p in model.parameters()]
    nn.diagnose(model, xs, ys, loss, **given)
    assert (str(model.state_dict()), str(given["optimizer"].state_dict())) == before
    assert [p.grad for p in model.parameters()] == gradients
    assert given["optimizer"].lr == 1e-6


def test_parameters_without_a_gradient_stay_without_one():
    model, xs, ys, loss, _ = mlp([2, 1], "tanh")
    nn.diagnose(model, xs, ys, loss, lr=0.1)
    assert not any(p.has_gradient for p in model.parameters())


def test_a_loss_that_raises_leaves_everything_as_it_was():
    model, xs, ys, *_ = mlp([2, 1], "tanh")
    before = model.state_dict()

    def raises_later(outputs, targets):
        if model.state_dict() != before:
            raise RuntimeError("later")
        return nn.mse_loss(outputs, targets)

    with pytest.raises(RuntimeError, match="later"):
        nn.diagnose(model, xs, ys, raises_later, lr=0.1)
    assert model.state_dict() == before


def test_indices_into_a_table_are_no_unscaled_inputs():
    model = nn.Sequential(nn.Embedding(100, 4, seed=1), nn.MLP(4, [100], seed=2))
    xs = list(range(0, 100, 3))
    ys = [(x + 1) % 100 for x in xs]
    found = nn.diagnose(model, xs, ys, nn.cross_entropy, lr=0.05)
    assert names(found) == []


def test_a_model_that_scales_its_inputs_itself_is_left_in_peace():
    model, xs, ys, loss, _ = mlp([8, 1], "tanh")
    scales = nn.Sequential(lambda x: [(x[0] - 500.0) / 100.0, x[1]], model)
    rows = [[500.0 + 100.0 * x[0], x[1]] for x in xs]
    assert names(nn.diagnose(scales, rows, ys, loss)) == []
    assert names(nn.diagnose(model, rows, ys, loss)) == ["unscaled inputs"]


def test_the_findings_of_a_thousand_rows_are_of_a_hundred():
    found = nn.diagnose(*mlp([2, 1], "tanh", moons(1000))[:4])
    assert found.facts[0].startswith("The loss over 100 rows is")


def test_rows_that_are_wrong_behind_dead_units_do_not_make_a_trained_model_sick():
    model, xs, ys, loss, optimizer = made(HEALTHY["moons six"], seed=3)
    nn.fit(model, xs, ys, loss, optimizer, epochs=60)
    assert names(nn.diagnose(model, xs, ys, loss)) == []


def test_a_rare_class_is_no_constant_label_and_a_sparse_column_is_not_constant():
    model, xs, _, loss, _ = mlp([2, 1], "tanh", moons(1000), loss=BITS)
    rare = [1 if i in (77, 501) else 0 for i in range(1000)]
    rows = [[x[0], float(i % 500 == 3)] for i, x in enumerate(xs)]
    assert names(nn.diagnose(model, rows, rare, loss)) == []


def test_one_row_is_enough_to_look_at():
    model = nn.MLP(2, [4, 1], activation="tanh", seed=1)
    assert names(nn.diagnose(model, [[0.5, 1.0]], [1.0], nn.mse_loss, lr=0.1)) == []


def test_it_prints_as_sentences():
    found = nn.diagnose(*mlp([8, 1], "relu", moons(low=0), loss=nn.hinge_loss)[:4])
    assert str(found) == repr(found)
    assert str(found) == (
        "The labels run from 0 to 1, but hinge_loss takes -1 and 1. "
        "Write 2 * y - 1 for labels of 0 and 1."
    )


@pytest.mark.parametrize(
    ("model", "xs", "ys", "error", "message"),
    [
        (nn.MLP(1, [1]), [[1.0]], [], ValueError, "1 inputs and 0 targets"),
        (nn.MLP(1, [1]), [], [], ValueError, "0 inputs and 0 targets"),
        (nn.Sequential(tanh), [1.0], [1.0], TypeError, "this Sequential has no parameters"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(model, xs, ys, error, message):
    with pytest.raises(error, match=message):
        nn.diagnose(model, xs, ys, nn.mse_loss)
