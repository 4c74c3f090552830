"""A compiled program computes what the graph does: outputs, gradients, training."""

import functools
import math
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import OPERATIONS, Value, compile
from autograd.backward import differentiate
from autograd.compiling.verify import scale_of


def assert_same(output, inputs=(), rows=None):
    """Value and gradient of the program are those of backward()."""
    program = compile(output, inputs=list(inputs))
    rows = [[v.data for v in inputs]] if inputs else None
    value, gradient = program.value_and_grad(rows)
    for parameter in program.parameters:
        parameter.grad = 0.0
    output.backward()
    expected = [p.grad for p in program.parameters]
    assert abs(value - output.data) <= 1e-12 * abs(output.data)
    exact = differentiate(output)
    for parameter, got, wanted in zip(program.parameters, gradient, expected):
        if not abs(got - wanted) <= 1e-12 * abs(wanted):
            assert abs(got - wanted) <= 1e-12 * scale_of(exact[parameter])
    return program


@pytest.mark.parametrize("name", list(OPERATIONS))
@pytest.mark.parametrize("copies", [1, 5])
def test_every_operation_of_the_table_compiles(name, copies):
    row = OPERATIONS[name]
    outputs = []
    for i in range(copies):
        sample = [x if name == "choose" else x + 0.01 * i for x in row.sample]
        outputs.append(row(*[Value(x) for x in sample]) * (1.0 + i))
    assert_same(ag.sum(outputs))


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_every_operation_compiles_over_a_batch(name):
    row = OPERATIONS[name]
    inputs = [Value(x, f"x{i}") for i, x in enumerate(row.sample)]
    w = Value(1.5, "w")
    output = row(*inputs) * w
    program = compile(output, inputs=inputs, parameters=[w])
    rows = np.array([row.sample, row.sample, row.sample])
    np.testing.assert_allclose(program(rows), [output.data] * 3, rtol=1e-13)
    assert program.verify(lambda xs: row(*xs) * w, rows)


UNARY = ["neg", "tanh", "sin", "sigmoid", "relu", "abs", "softplus", "exp", "gelu", "silu"]
BINARY = ["add", "sub", "mul", "maximum", "minimum", "greater", "add", "mul"]
WIDE = ["sum", "mean", "logsumexp", "prod", "dot", "sum"]


@st.composite
def graphs(draw):
    """A random graph: leaves, constants, shared nodes, ragged sums."""
    rng = random.Random(draw(st.integers(0, 10**9)))
    values = [Value(rng.uniform(-1, 1)) for _ in range(rng.randint(1, 6))]
    values += [ag.constant(rng.uniform(-1, 1)) for _ in range(2)]
    for _ in range(draw(st.integers(1, 40))):
        kind = rng.random()
        if kind < 0.4:
            z = OPERATIONS[rng.choice(UNARY)](rng.choice(values))
        elif kind < 0.75:
            z = OPERATIONS[rng.choice(BINARY)](rng.choice(values), rng.choice(values))
        else:
            xs = [rng.choice(values) for _ in range(rng.randint(1, 7))]
            z = OPERATIONS[rng.choice(WIDE)](*xs)
        if abs(z.data) < 50:
            values.append(z)
    return ag.sum(values[-5:]) + values[0] * 0.5


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(graphs())
def test_random_graphs_compile_to_the_same_numbers(output):
    assert_same(output)


def mlp_loss(model, x, y):
    return (1.0 - y * model(x)).relu() + 1e-4 * ag.sum([p * p for p in model.parameters()])


def moons(n=20):
    rng = random.Random(0)
    return [[rng.gauss(0, 1), rng.gauss(0, 1), rng.choice([-1.0, 1.0])] for _ in range(n)]


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_one_example_gets_a_batch_axis(activation):
    model = nn.MLP(2, [8, 8, 1], activation=activation, seed=1)
    x, y = [Value(0.1, "x0"), Value(0.2, "x1")], Value(1.0, "y")
    program = compile(mlp_loss(model, x, y), [*x, y], model.parameters())
    rows = moons()
    value, gradient = program.value_and_grad(rows)
    eager = ag.mean([mlp_loss(model, row[:2], row[2]) for row in rows])
    model.zero_grad()
    eager.backward()
    np.testing.assert_allclose(value, eager.data, rtol=1e-12)
    np.testing.assert_allclose(gradient, [p.grad for p in model.parameters()], atol=1e-13)
    assert program.verify(lambda v: mlp_loss(model, v[:2], v[2]), rows[:3])


def test_a_whole_batch_lifts_to_the_same_matrix_products_however_it_is_written():
    model = nn.MLP(2, [8, 8, 1], activation="tanh", seed=1)

    def by_hand(layer, xs):
        outputs = []
        for neuron in layer.neurons:
            total = sum((w * x for w, x in zip(neuron.w, xs)), neuron.b)
            outputs.append(neuron.activation(total))
        return outputs

    def loss(forward):
        return sum((1.0 - row[2] * forward(row[:2])).relu() for row in moons()) * (1 / 20)

    def micrograd_style(xs):
        for layer in model.layers:
            xs = by_hand(layer, xs)
        return xs[0]

    one = assert_same(loss(model))
    other = assert_same(loss(micrograd_style))
    assert one.source.count(".dot(") == other.source.count(".dot(") >= 8
    assert "(20 x 8) by (8 x 8)" in one.explain()


def test_the_second_derivative_compiles():
    w = [Value(0.3 * i, f"w{i}") for i in range(1, 5)]
    y = ag.tanh(ag.dot(w, [0.5, -1.0, 2.0, 1.0])) * w[0] ** 3
    gradients = ag.value_and_grad(lambda v: ag.tanh(ag.dot(v, [0.5, -1.0, 2.0, 1.0])) * v[0] ** 3)
    y.backward(create_graph=True)
    squared = ag.sum([v.grad * v.grad for v in w])
    program = compile(squared, parameters=w)
    expected = ag.grad(lambda v: ag.sum([g * g for g in gradients(v)[1]]))([v.data for v in w])
    np.testing.assert_allclose(program.value_and_grad()[1], expected, rtol=1e-12)


def test_an_input_chooses_a_row_of_an_embedding_and_a_class():
    table = nn.Embedding(5, 4, seed=1)
    layer = nn.Layer(4, 3, nonlin=False, seed=2)
    token, target = Value(1.0, "token"), Value(0.0, "target")
    parameters = table.parameters() + layer.parameters()

    def build(inputs):
        return nn.cross_entropy(layer(table(inputs[0])), inputs[1])

    program = compile(build([token, target]), [token, target], parameters)
    rows = [[0, 2], [4, 1], [4, 0], [2, 2]]
    assert program.verify(build, rows)
    with pytest.raises(IndexError, match="token"):
        program([[5, 0]])
    with pytest.raises(IndexError, match="target"):
        program.value_and_grad([[1, 1.5]])


def test_functools_cache_keeps_one_program_for_each_length():
    """Sequences of different lengths: `compile` in a cached function, as demos/gpt.py does it."""
    letters = nn.Embedding(5, 3, seed=1)
    head = nn.Layer(3, 5, nonlin=False, seed=2)
    parameters = letters.parameters() + head.parameters()
    compiled = []

    def loss_of(inputs):
        *tokens, target = inputs
        vectors = [letters(token) for token in tokens]
        shares = ag.softmax([ag.dot(vectors[-1], vector) for vector in vectors])
        mixed = [ag.dot(shares, column) for column in zip(*vectors)]
        return nn.cross_entropy(head(mixed), target)

    @functools.cache
    def trainer(n):
        compiled.append(n)
        inputs = [Value(0.0, f"token{i}") for i in range(n)] + [Value(0.0, "target")]
        return compile(loss_of(inputs), inputs, parameters)

    optimizer = nn.Adam(parameters, lr=0.05)
    rng = random.Random(0)
    for _ in range(3):
        for n in (2, 5, 3):
            rows = [[rng.randrange(5) for _ in range(n + 1)] for _ in range(4)]
            trainer(n).train(rows, optimizer, epochs=2, progress=False)
            assert trainer(n).verify(loss_of, rows[:1])
    assert compiled == [2, 5, 3]
    assert optimizer.steps == 18


def test_a_custom_operation_compiles():
    cube = ag.operation("cube", lambda x: x * x * x, lambda z, x: (3 * x * x,), sample=(0.5,))
    try:
        assert_same(ag.sum([cube(Value(0.1 * i)) for i in range(1, 6)]))
    finally:
        del OPERATIONS["cube"]


def test_several_outputs_come_side_by_side():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    program = compile([x * w, w + 1.0, x], inputs=[x])
    assert program([[1.0], [2.0]]).tolist() == [[3.0, 4.0, 1.0], [6.0, 4.0, 2.0]]
    with pytest.raises(TypeError, match="one output"):
        program.value_and_grad([[1.0]])


def test_errors_name_the_value_by_its_label():
    x, w = Value(2.0, "speed"), Value(3.0, "w")
    program = compile(x * w, inputs=[x])
    with pytest.raises(ValueError, match="speed"):
        program([[1.0, 2.0]])
    with pytest.raises(ValueError, match=r"speed.*row 1"):
        program([[1.0], [math.nan]], check_finite=True)
    with pytest.raises(TypeError, match="'product'"):
        product = x * w
        product.label = "product"
        compile(product + 1.0, inputs=[product])
    with pytest.raises(ValueError, match="'speed'"):
        compile(x * w, inputs=[x], parameters=[x])


def test_verify_finds_a_frozen_branch():
    x, w = Value(1.0, "x"), Value(3.0, "w")

    def build(inputs):
        return inputs[0] * w if inputs[0].data > 0 else -inputs[0] * w

    program = compile(build([x]), inputs=[x], parameters=[w])
    assert program.verify(build, [[2.0]])
    with pytest.raises(AssertionError, match="frozen"):
        program.verify(build, [[-2.0]])


def test_an_exported_file_needs_numpy_alone(tmp_path):
    model = nn.MLP(2, [4, 1], activation="gelu", seed=1)
    x = [Value(0.1, "x0"), Value(0.2, "x1")]
    program = compile(model(x), inputs=x)
    program.export(tmp_path / "model.py")
    text = (tmp_path / "model.py").read_text()
    assert "autograd" not in text
    module = {}
    exec(text, module)
    rows = np.array([[0.3, -0.2], [1.0, 2.0]])
    np.testing.assert_array_equal(module["outputs"](module["theta"], rows), program(rows))


def test_the_source_of_the_blogs_neuron_is_its_numpy_code():
    w = [Value(0.1, f"w{i}") for i in range(3)]
    x = [Value(0.5, f"x{i}") for i in range(3)]
    program = compile(ag.sigmoid(ag.dot(x, w)), inputs=x)
    assert "1.0 / (1.0 + np.exp(-rows.dot(theta)))" in program.source


def test_a_debugger_finds_the_source():
    import inspect

    w = Value(2.0, "w")
    program = compile(w * w)
    assert "def outputs" in inspect.getsource(program.functions["outputs"])


def test_short_dots_of_different_lengths_from_many_places_keep_to_their_terms():
    """As in causal attention over a few tokens: they share a group, the shorter ones padded."""

    def mixed(row):
        weights = [[ag.exp(row[t] * row[s]) for s in range(t + 1)] for t in range(3)]
        values = [[row[3 + j] * (s + 1.0) + row[s] for j in range(2)] for s in range(3)]
        return ag.sum(
            [
                ag.dot(weights[t], [x[j] for x in values[: t + 1]]) * (t + 1.0)
                for t in range(3)
                for j in range(2)
            ]
        )

    leaves = [Value(0.1 * i) for i in range(5)]
    row = [0.5, -1.0, 2.0, 0.3, -0.7]
    expected = mixed([Value(x) for x in row]).data
    assert compile(mixed(leaves), inputs=leaves)([row]) == pytest.approx([expected], rel=1e-12)


def test_a_deep_narrow_graph_runs_as_a_tape():
    x, a = Value(0.5, "x"), Value(1.01, "a")
    y = x
    for _ in range(1500):
        y = ag.tanh(y * a + 0.1)
    program = compile(y, inputs=[x], parameters=[a])
    assert "# tanh" in program.source and "zip(codes, first, second)" in program.source
    y.backward()
    value, gradient = program.value_and_grad([[0.5], [0.5]])
    assert value == y.data
    np.testing.assert_allclose(gradient, [a.grad], rtol=1e-12)
