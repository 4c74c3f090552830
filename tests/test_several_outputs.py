"""A program of several outputs, whoever else uses them: both backends, against the eager engine."""

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Value, compile


@pytest.fixture(params=["numpy", "native"], autouse=True)
def backend(request):
    if request.param == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs llvmlite")
    return request.param


def used_by_the_others(x, w):
    z = ag.dot(w[:2], x)
    return [z, z.sigmoid(), z.softplus()]


def a_chain_of_outputs(x, w):
    a = ag.tanh(x[0] * w[0])
    b = ag.sin(a * w[1])
    return [b, a, b * b, a + b, 1.0 - a]


def without_inputs(x, w):
    a = w[0] * w[1]
    return [a, a.tanh(), -a]


def of_a_layer(x, w):
    """Its numbers one by one (each a view of the same vector), and what is made of them."""
    layer = [ag.tanh(ag.dot(w[i : i + 2], x)) for i in range(3)]
    return [*layer, *reversed(layer), ag.sum(layer), layer[1] * layer[2]]


def inside_a_contraction(x, w):
    hidden = [ag.tanh(ag.dot(w[i : i + 2], x)) for i in range(3)]
    return [ag.dot(hidden, w[:3]), *hidden, ag.dot(hidden, w[1:4])]


def the_same_twice(x, w):
    z = ag.exp(w[0] * x[0])
    return [z, z, z * 2.0, z]


def leaves(x, w):
    return [x[0], w[0], ag.constant(3.0), x[0], x[0] * w[0]]


def negated(x, w):
    z = ag.tanh(w[0] * x[0])
    return [-z, z, -x[0], -w[1], ag.exp(-z), 0.0 - z]


def a_softmax_and_its_loss(x, w):
    logits = [ag.dot(w[i : i + 2], x) for i in range(3)]
    return [*ag.softmax(logits), ag.logsumexp(logits), *logits, nn.cross_entropy(logits, 1)]


def a_gradient_beside_its_function(x, w):
    y = ag.tanh(w[0] * x[0]) ** 2
    return [y, *[ag.backward.differentiate(y)[v] for v in (w[0], x[0])]]


def more_than_one_run(x, w):
    """A hundred nodes of one shape, of which every third is an output."""
    values = [x[0] * w[0]]
    for i in range(100):
        values.append(ag.sin(values[-1] * 0.5 + i))
    return values[::3]


CASES = [
    used_by_the_others, a_chain_of_outputs, without_inputs, of_a_layer, inside_a_contraction,
    the_same_twice, leaves, negated, a_softmax_and_its_loss, a_gradient_beside_its_function,
    more_than_one_run,
]  # fmt: skip


@pytest.mark.parametrize("rows", [1, 2, 40])
@pytest.mark.parametrize("build", CASES)
def test_every_output_is_the_eager_number(build, rows, backend):
    parameters = [Value(0.7 - 0.4 * i, f"w{i}") for i in range(4)]
    inputs = [Value(0.3, "x0"), Value(-0.2, "x1")]
    outputs = build(inputs, parameters)
    reached = set(ag.topological_order(*outputs))
    used = [i for i, x in enumerate(inputs) if x in reached]
    program = compile(outputs, [inputs[i] for i in used], parameters, backend=backend)
    numbers = np.random.default_rng(0).normal(size=(rows, 2))
    expected = [[z.data for z in build([*map(Value, row)], parameters)] for row in numbers.tolist()]
    np.testing.assert_allclose(program(numbers[:, used]), expected, rtol=1e-12, atol=1e-15)
    assert program.verify(lambda given: build([*given, *inputs][:2], parameters))


ALONE = {
    "a parameter": lambda x, w: w[1],
    "a parameter, negated": lambda x, w: -w[2],
    "the only parameter": lambda x, w: w[0],
    "an input": lambda x, w: x[1],
    "a constant": lambda x, w: ag.constant(2.5),
    "nothing of the parameters": lambda x, w: ag.tanh(x[0]) * 2.0,
    "the parameters' sum": lambda x, w: ag.sum(w),
}


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", list(ALONE))
def test_an_output_that_is_a_leaf_has_its_value_and_gradient(name, count, backend):
    parameters = [Value(0.7 - 0.4 * i, f"w{i}") for i in range(3)]
    inputs = [Value(0.3, "x0"), Value(-0.2, "x1")]
    output = ALONE[name](inputs, parameters)
    reached = set(ag.topological_order(output))
    used = [x for x in inputs if x in reached]
    kept = parameters[:count]
    program = compile(output, used, kept, backend=backend)
    rows = [[x.data for x in used]] * 3 if used else None
    value, gradient = program.value_and_grad(rows)
    slopes = ag.backward.differentiate(output)
    assert value == pytest.approx(output.data, rel=1e-15)
    assert gradient.tolist() == [float(slopes.get(p, 0.0)) for p in kept]
