"""Random models over the whole table: a compiled program computes what the eager engine does.

The tolerance is relative 1e-12 of the numbers that are summed (see `autograd.compiling.verify`):
a sum whose terms cancel keeps no more digits than that, in whatever order it is added up.
"""

import importlib.util

import compiled_graphs as models
import compiled_steps as steps
import numpy as np
import pytest
from compiled_graphs import TOLERANCE
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import OPERATIONS, Value, compile
from autograd.backward import differentiate
from autograd.compiling.verify import scale_of, uncancelled


@pytest.fixture(autouse=True, scope="module")
def own_operations():
    steps.custom_operations()
    yield
    for name in steps.CUSTOM:
        del OPERATIONS[name]


pytestmark = pytest.mark.filterwarnings("ignore:compile. input")  # many do not read all of them
NATIVE = pytest.mark.skipif(
    importlib.util.find_spec("llvmlite") is None, reason="the native backend needs llvmlite"
)
SEEDS, SIZES = st.integers(0, 10**9), st.integers(1, 14)


@settings(max_examples=300, deadline=None)
@given(SEEDS, SIZES)
def test_random_models_compile_to_the_same_numbers(seed, size):
    assume(models.is_same_as_eager(models.Recipe(seed, size)))


@NATIVE
@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 8))
def test_random_models_run_natively_to_the_same_numbers(seed, size):
    assume(models.is_same_as_eager(models.Recipe(seed, size), "native"))


@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_random_deep_models_run_on_a_tape_to_the_same_numbers(seed):
    assume(models.is_same_as_eager(models.Deep(seed)))


@NATIVE
@settings(max_examples=4, deadline=None)
@given(SEEDS)
def test_random_deep_models_run_natively_to_the_same_numbers(seed):
    assume(models.is_same_as_eager(models.Deep(seed), "native"))


def is_batch_same_as_eager(recipe):
    """The rows' losses as one graph, as a plain loop builds it, the numbers of the rows in it.

    False where there is nothing to compare: see `compiled_graphs.is_same_as_eager`.
    """
    _, parameters = models.leaves(recipe)
    rows = recipe.rows() + [[*row[:1], *[x * 0.75 for x in row[1:]]] for row in recipe.rows()]
    loss = ag.mean([models.as_list(recipe.build(row, parameters))[0] for row in rows])
    if not abs(loss.data) < 1e6 or models.is_delicate([loss]):
        return False
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
    return True


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(1, 12))
def test_random_batches_compile_to_the_same_numbers(seed, size):
    assume(is_batch_same_as_eager(models.Recipe(seed, size)))


def test_a_batch_of_a_softmax_whose_axes_were_turned_compiles_to_the_same_numbers():
    assert is_batch_same_as_eager(models.Recipe(312169215, 12, is_wider=False))


@pytest.mark.slow
@settings(max_examples=4000, deadline=None)
@given(SEEDS, st.integers(1, 30))
def test_many_random_models_compile_to_the_same_numbers(seed, size):
    assume(models.is_same_as_eager(models.Recipe(seed, size)))


@NATIVE
@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(SEEDS, SIZES)
def test_many_random_models_run_natively_to_the_same_numbers(seed, size):
    assume(models.is_same_as_eager(models.Recipe(seed, size), "native"))


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["numpy", pytest.param("native", marks=NATIVE)])
@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_many_random_deep_models_compile_to_the_same_numbers(backend, seed):
    assume(models.is_same_as_eager(models.Deep(seed), backend))


@pytest.mark.parametrize("first", range(0, 1200, 300))
def test_what_is_infinite_or_nan_comes_out_as_such(first, monkeypatch):
    """log(-1), 1/0, 0 ** -1, exp of thousands: outputs have inf and nan in the same places."""
    bare = {name: safe for name, safe in steps.SAFE.items() if name in ("choose", "where")}
    monkeypatch.setattr(steps, "SAFE", bare)
    found = 0
    for seed in range(first, first + 300):
        recipe = models.Recipe(seed, 1 + seed % 8)
        try:
            built = [recipe.build([Value(x) for x in row], models.leaves(recipe)[1])
                     for row in recipe.rows()]  # fmt: skip
        except IndexError:
            continue  # an index out of range
        roots = [models.as_list(zs) for zs in built]
        outputs = np.array([[z.data for z in zs] for zs in roots])
        finite = np.isfinite(outputs)
        if (
            finite.all()
            or any(map(models.is_delicate, roots))
            or (abs(outputs[finite]) > 1e6).any()
        ):
            continue
        inputs, parameters = models.leaves(recipe)
        program, rows = models.compiled(recipe, inputs, parameters)
        got = np.broadcast_to(program(rows).reshape(-1, outputs.shape[1]), outputs.shape)
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
