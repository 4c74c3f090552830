"""Random models over the whole table: a compiled program computes what the eager engine does.

The tolerance is relative 1e-12 of the numbers that are summed (see `autograd.compiling.verify`):
a sum whose terms cancel keeps no more digits than that, in whatever order it is added up.
"""

import compiled_graphs as models
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import OPERATIONS, Value, compile
from autograd.backward import differentiate
from autograd.compiling.verify import scale_of, uncancelled

TOLERANCE = 1e-12
pytestmark = pytest.mark.filterwarnings("ignore:compile. input")  # many do not read all of them


@pytest.fixture(autouse=True, scope="module")
def own_operations():
    models.custom_operations()
    yield
    for name in models.CUSTOM:
        del OPERATIONS[name]


def assert_same_as_eager(recipe, backend="numpy"):
    inputs, parameters = models.leaves(recipe)
    eager = models.expected(recipe, recipe.rows(), parameters)
    if eager is None:
        return  # a kink within rounding, or numbers beyond a million
    roots, outputs, gradient = eager
    built = recipe.build(inputs, parameters)
    rows = np.array(recipe.rows())
    program = compile(built, inputs, parameters, backend=backend)
    got = program(rows).reshape(len(rows), -1)
    for i, k in np.argwhere(abs(got - outputs) > TOLERANCE * abs(outputs)):
        assert abs(got[i, k] - outputs[i, k]) <= TOLERANCE * scale_of(roots[i][k])
    if program.is_single:
        _, by_parameter = program.value_and_grad(rows)
        apart = abs(by_parameter - gradient)
        for k in np.flatnonzero(~(apart <= TOLERANCE * abs(gradient))):
            gradients = [differentiate(zs[0]).get(parameters[k], 0.0) for zs in roots]
            sizes = [uncancelled(zs[0]).get(parameters[k], 0.0) for zs in roots]
            scale = sum([*map(scale_of, gradients), *sizes]) / len(gradients)
            assert apart[k] <= TOLERANCE * scale


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9), st.integers(1, 14))
def test_random_models_compile_to_the_same_numbers(seed, size):
    assert_same_as_eager(models.Recipe(seed, size))


def assert_batch_same_as_eager(recipe):
    """The rows' losses as one graph, as a plain loop builds it, the numbers of the rows in it."""
    if recipe.outputs > 1:
        return
    _, parameters = models.leaves(recipe)
    rows = recipe.rows() + [[*row[:1], *[x * 0.75 for x in row[1:]]] for row in recipe.rows()]
    loss = ag.mean([recipe.build(row, parameters) for row in rows])
    if not abs(loss.data) < 1e6 or models.is_delicate([loss]):
        return
    program = compile(loss, parameters=parameters)
    value, gradient = program.value_and_grad()
    assert abs(value - loss.data) <= TOLERANCE * scale_of(loss)
    eager, exact = differentiate(loss, create_graph=False), {}
    for got, parameter in zip(gradient, parameters):
        apart = abs(got - float(eager.get(parameter, 0.0)))
        if not apart <= TOLERANCE * abs(got):
            exact = exact or differentiate(loss)
            size = uncancelled(loss).get(parameter, 0.0)
            assert apart <= TOLERANCE * (size + scale_of(exact.get(parameter, 0.0)))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9), st.integers(1, 12))
@example(312169215, 12)  # a softmax whose axes were turned
def test_random_batches_compile_to_the_same_numbers(seed, size):
    assert_batch_same_as_eager(models.Recipe(seed, size))


@pytest.mark.slow
@settings(max_examples=4000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9), st.integers(1, 30))
def test_many_random_models_compile_to_the_same_numbers(seed, size):
    assert_same_as_eager(models.Recipe(seed, size))


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9), st.integers(1, 10))
def test_random_models_run_natively_to_the_same_numbers(seed, size):
    pytest.importorskip("numba", reason="the native backend needs Numba")
    assert_same_as_eager(models.Recipe(seed, size), backend="native")


@pytest.mark.parametrize("first", range(0, 1200, 300))
def test_what_is_infinite_or_nan_comes_out_as_such(first, monkeypatch):
    """log(-1), 1/0, 0 ** -1, exp of thousands: outputs have inf and nan in the same places."""
    bare = {name: safe for name, safe in models.SAFE.items() if name in ("choose", "where")}
    monkeypatch.setattr(models, "SAFE", bare)
    found = 0
    for seed in range(first, first + 300):
        recipe = models.Recipe(seed, 1 + seed % 8)
        try:
            built = [recipe.build([Value(x) for x in row], models.leaves(recipe)[1])
                     for row in recipe.rows()]  # fmt: skip
        except IndexError:
            continue  # an index that is no index
        roots = [[z] if isinstance(z, Value) else z for z in built]
        outputs = np.array([[z.data for z in zs] for zs in roots])
        finite = np.isfinite(outputs)
        if (
            finite.all()
            or any(map(models.is_delicate, roots))
            or (abs(outputs[finite]) > 1e6).any()
        ):
            continue
        inputs, parameters = models.leaves(recipe)
        output = recipe.build(inputs, parameters)
        rows = np.array(recipe.rows())
        got = compile(output, inputs, parameters)(rows).reshape(outputs.shape)
        assert np.array_equal(np.isnan(got), np.isnan(outputs))
        infinite = np.isinf(outputs)
        assert (got[infinite] == outputs[infinite]).all()
        assert np.isfinite(got[finite]).all()
        found += 1
    assert found > 5


# --- what random models have found ----------------------------------------------------------------


def assert_program(build, numbers, rows=((0.3, -0.7), (1.1, 0.4))):
    """`build(inputs, parameters)`, compiled over rows of two inputs, is verified against itself."""
    inputs = [Value(0.5, "x0"), Value(-0.25, "x1")]
    parameters = [Value(x, f"w{i}") for i, x in enumerate(numbers)]
    output = build(inputs, parameters)
    program = compile(output, inputs, parameters)
    assert program.verify(lambda xs: build(xs, parameters), rows)


def test_dots_of_different_lengths_keep_their_biases():
    def build(x, w):
        dots = [ag.dot(w[:1], w[1:2], w[2]), ag.dot(w[:2], w[1:], w[0]), ag.dot(w, w, x[0])]
        return ag.sum([ag.tanh(z) for z in dots]) * x[1]

    assert_program(build, [0.9, 0.8, -0.8])


def test_a_bias_alone_is_a_dot_too():
    def build(x, w):
        return ag.sum([ag.dot([], [], w[0]), ag.dot(w[:1], w[1:2], w[1]), ag.dot(w, x, w[0])])

    assert_program(build, [0.9, 0.8])


def test_a_parameter_that_does_not_lead_to_the_output_has_gradient_zero():
    w, unused = Value(2.0, "w"), Value(3.0, "unused")
    program = compile(w * w, parameters=[w, unused])
    assert program.value_and_grad()[1].tolist() == [4.0, 0.0]


def test_numbers_that_are_the_same_for_all_rows_stand_in_vectors():
    def build(x, w):
        layer = [ag.dot([a], [x[0]]) for a in w[:3]]
        return ag.sum([*layer, *[a - b for a, b in zip(layer, w[2:])]])

    assert_program(build, [0.1, 0.2, 0.3, 0.4, 0.5])


def test_vectors_of_the_inputs_alone_are_shared_by_a_window():
    def build(x, w):
        products = [ag.prod([x[0]] * n) for n in (5, 1, 4)]
        layer = [ag.tanh(ag.dot([a], [x[1]], b)) for a, b in zip([w[1], w[1], w[2]], w)]
        return ag.sum([ag.tanh(z) for z in products] + layer)

    assert_program(build, [0.9, 0.8, -0.8])


def test_an_operand_of_a_wider_spelling_keeps_its_brackets():
    assert_program(lambda x, w: ag.leaky_relu(x[0], w[0] - w[1]) + ag.elu(x[1], w[1] + 1.0), [2, 1])


def test_a_constant_index_picks_at_once():
    assert_program(lambda x, w: ag.choose(ag.constant(1.0), *w) * x[0], [2, 1])


def test_a_dot_may_have_constants_alone_and_a_bias():
    halves = [ag.constant(0.5)] * 3
    assert_program(lambda x, w: ag.dot(halves, halves, w[0]) * x[0], [2, 1])
