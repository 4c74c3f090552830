"""Sums and differences of terms that are stored in different places, and how they are lifted."""

import random
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Value, compile
from autograd.compiling.lifting.columns import parts_of


def leaves(rng, name, *shape):
    """A list, or a list of lists, of Values."""
    if len(shape) == 1:
        return [Value(rng.uniform(-0.5, 0.5), f"{name}{i}") for i in range(shape[0])]
    return [leaves(rng, f"{name}{i}_", *shape[1:]) for i in range(shape[0])]


# --- recurrent cells ------------------------------------------------------------------------------

WAYS = {
    "added": lambda w, u, b, h, x: ag.dot(w, h) + ag.dot(u, x) + b,
    "summed": lambda w, u, b, h, x: ag.sum([ag.dot(w, h), ag.dot(u, x), b]),
    "built in": lambda w, u, b, h, x: sum([ag.dot(w, h), ag.dot(u, x), b]),
    "joined": lambda w, u, b, h, x: ag.dot(w + u, h + x, b),
    "by hand": lambda w, u, b, h, x: sum([a * c for a, c in zip(w + u, h + x)], b),
}
INPUTS = 3


def gate(way, weights, h, x):
    return [WAYS[way](*of_unit, h, x) for of_unit in zip(*weights)]


def rnn(way, weights, state, x):
    return [[ag.tanh(z) for z in gate(way, weights[0], state[0], x)]]


def gru(way, weights, state, x):
    (h,) = state
    z, r = [[ag.sigmoid(a) for a in gate(way, w, h, x)] for w in weights[:2]]
    new = [ag.tanh(a) for a in gate(way, weights[2], [a * b for a, b in zip(r, h)], x)]
    return [[(1 - a) * b + a * c for a, b, c in zip(z, h, new)]]


def lstm(way, weights, state, x):
    h, c = state
    i, f, o = [[ag.sigmoid(a) for a in gate(way, w, h, x)] for w in weights[:3]]
    g = [ag.tanh(a) for a in gate(way, weights[3], h, x)]
    c = [a * b + d * e for a, b, d, e in zip(f, c, i, g)]
    return [[a * ag.tanh(b) for a, b in zip(o, c)], c]


CELLS = {"rnn": (rnn, 1, 1), "gru": (gru, 3, 1), "lstm": (lstm, 4, 2)}  # gates, vectors of state


def recurrence(cell, way, units, steps):
    """build(inputs) of the square of a readout after so many steps, and how many inputs."""
    rng = random.Random(1)
    step, gates, vectors = CELLS[cell]
    weights = [
        (leaves(rng, "W", units, units), leaves(rng, "U", units, INPUTS), leaves(rng, "b", units))
        for _ in range(gates)
    ]
    readout, first = leaves(rng, "v", units), leaves(rng, "h", units)

    def build(inputs):
        state = [first] * vectors
        for t in range(steps):
            state = step(way, weights, state, inputs[t * INPUTS : (t + 1) * INPUTS])
        return ag.dot(readout, state[0]) ** 2

    return build, steps * INPUTS


def compiled(build, count, **options):
    inputs = [Value(0.1 * (i % 7), f"x{i}") for i in range(count)]
    return compile(build(inputs), inputs=inputs, **options)


def work_a_row(model, count):
    """How many numbers the native program keeps for each row."""
    from autograd.compiling.arrays.derive import gradient
    from autograd.compiling.native.plan import Plan

    program = compiled(model, count)
    build, (output,) = program._arrays
    results = [build.mean_over_rows(output), gradient(build, output)]
    return Plan(results, {}).per_row


def step_of(program):
    return re.search(r"def step.*?(?=\ndef )", program.source, re.DOTALL).group()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("units", "steps"), [(8, 8), (16, 3)])
def test_a_recurrent_cell_reads_its_weights_where_they_are(cell, way, units, steps):
    build, count = recurrence(cell, way, units, steps)
    program = compiled(build, count)
    assert program.verify(build, np.random.default_rng(0).normal(size=(3, count)))
    assert "concatenate" not in program.source and "broadcast_to" not in program.source


@pytest.mark.parametrize("way", WAYS)
def test_a_recurrent_layer_is_written_as_a_person_would(way):
    source = step_of(compiled(*recurrence("rnn", way, 8, 4)))
    at_once = re.search(r"(\w+) = x\.dot\(U.*\.T\)\.reshape\(-1, 4, 8\)", source)  # for all steps
    of_inputs = rf"{at_once[1]}\[:, 1\]" if at_once else r"x\d*\.dot\(U.*?\.T\)"
    assert re.search(rf"np\.tanh\(h1\.dot\(W.*?\.T\) \+ {of_inputs} \+ b\w*\)", source)


@pytest.mark.parametrize("way", ["added", "joined"])
@pytest.mark.parametrize("cell", CELLS)
def test_the_memory_of_a_recurrence_grows_with_its_steps_not_with_their_square(cell, way):
    few, many = [recurrence(cell, way, 8, steps) for steps in (32, 128)]
    assert work_a_row(*many) < 5 * work_a_row(*few)


def picked(units, steps):
    """Each unit reads a mixture of its own of the state, the step's inputs and parameters."""
    rng = random.Random(1)
    weights, bias = leaves(rng, "W", units, units), leaves(rng, "b", units)
    sources = [[rng.randrange(3) for _ in range(units)] for _ in range(units)]

    def build(inputs):
        x, state = [ag.sin(a) for a in inputs], bias
        for t in range(steps):
            columns = list(zip(state, x[units * t :], bias))
            mixtures = [
                [columns[(i + j) % units][source] for j, source in enumerate(of_unit)]
                for i, of_unit in enumerate(sources)
            ]
            state = [ag.tanh(ag.dot(w, mixture)) for w, mixture in zip(weights, mixtures)]
        return ag.sum(state) + ag.sum(x)

    return build, units * steps


def test_nor_does_it_where_each_step_gathers_from_everywhere():
    build, count = picked(6, 4)
    assert compiled(build, count).verify(build)
    assert work_a_row(*picked(16, 32)) < 5 * work_a_row(*picked(16, 8))


# --- running differences --------------------------------------------------------------------------


def lines(output):
    return compile(output).source.count("\n")


def bodies(n, minus):
    """The energy of n bodies: what moves, less each pair's potential."""
    rng = random.Random(n)
    places, masses = leaves(rng, "x", n, 3), leaves(rng, "m", n)
    energy = sum(m * v * v for m, v in zip(masses, leaves(rng, "v", n)))
    for i in range(n):
        for j in range(i):
            r = ag.sqrt(sum((a - b) ** 2 for a, b in zip(places[i], places[j])))
            energy = minus(energy, masses[i] * masses[j] / r)
    return energy


def forces(n, minus):
    """Each pair pushes one body forwards and the other back: every sum has its own signs."""
    x = leaves(random.Random(n), "x", n)
    total = [0.0] * n
    for i in range(n):
        for j in range(i):
            force = ag.tanh(x[i] - x[j])
            total[i], total[j] = total[i] + force, minus(total[j], force)
    return ag.sum([a * a for a in total])


def subtracted(x, y):
    return x - y


def negated_and_added(x, y):
    return x + -y


def agrees(output):
    program = compile(output)
    value, gradient = program.value_and_grad()
    output.backward()
    expected = np.array([p.grad for p in program.parameters])
    near = np.abs(gradient - expected).max() <= 1e-12 * np.abs(expected).max()
    return near and abs(value - output.data) <= 1e-12 * max(1.0, abs(output.data))


@pytest.mark.parametrize("model", [bodies, forces])
def test_a_running_difference_is_as_short_as_a_running_sum(model):
    few, many = [lines(model(n, subtracted)) for n in (10, 30)]
    assert few == many <= lines(model(30, negated_and_added))
    assert agrees(model(10, subtracted))


def test_sixty_bodies_are_as_few_lines_as_thirty():
    assert lines(bodies(60, subtracted)) == lines(bodies(30, subtracted)) < 60


def cholesky(n, minus):
    rng = random.Random(n)
    low = [
        [Value(n + 1.0 if i == j else rng.uniform(-1, 1)) for j in range(i + 1)] for i in range(n)
    ]
    for i in range(n):
        for j in range(i + 1):
            s = low[i][j]
            for k in range(j):
                s = minus(s, low[i][k] * low[j][k])
            low[i][j] = ag.sqrt(s) if i == j else s / low[j][j]
    return ag.sum([ag.log(row[-1]) for row in low])


def test_terms_that_depend_on_one_another_are_taken_away_step_by_step():
    """Then a step is one operation on all that is left of the matrix."""
    assert agrees(cholesky(9, subtracted))
    assert lines(cholesky(12, subtracted)) < 20 * 12


def test_a_short_difference_is_rounded_as_it_is_written():
    x = leaves(random.Random(0), "x", 4)
    program = compile(x[0] - x[1] + x[2] - x[3])
    assert program.value_and_grad()[0] == (x[0] - x[1] + x[2] - x[3]).data


def test_what_is_taken_from_nothing_is_negative():
    x = leaves(random.Random(0), "x", 6)
    taken = ag.constant(0.0)
    for v in x:
        taken = taken - v * v
    assert agrees(taken)


def test_a_partial_difference_that_others_read_stays():
    x = leaves(random.Random(0), "x", 12)
    total, partial = x[0], []
    for i, v in enumerate(x[1:]):
        total = total - v if i % 3 else total + v
        partial.append(total)
    assert agrees(total * ag.exp(partial[5]) + partial[7])


# --- any sum --------------------------------------------------------------------------------------

KINDS = ["parameter", "input", "constant", "computed", "other", "product", "weighted", "negated"]
STYLES = ["chain", "sum", "mixed", "reversed", "dot", "nested"]


def pools(x, w):
    """Numbers that are stored in different places."""
    computed = [ag.tanh(a * b) for a, b in zip(w, x + x)]
    other = [ag.sigmoid(a + b) for a, b in zip(w[1:], x)]
    return {"parameter": w, "input": x, "computed": computed, "other": other}


def term(rng, kind, pool, i):
    if kind in pool:
        return pool[kind][i % len(pool[kind])]
    if kind == "constant":
        return ag.constant([0.0, -0.5, 1.25][i % 3])
    if kind == "negated":
        return -term(rng, rng.choice(list(pool)), pool, i)
    first = "parameter" if kind == "weighted" else "computed"
    return pool[first][i % len(pool[first])] * term(rng, rng.choice(list(pool)), pool, i + 1)


def summed(style, terms, signs):
    """The terms, added and taken away in some style."""
    if style == "sum":
        return ag.sum([t if sign > 0 else -t for t, sign in zip(terms, signs)])
    if style == "dot":
        return ag.dot(terms[1:], terms[:0:-1], terms[0])  # of one term: a bias alone
    if style == "nested":  # a - (b + (c - ...))
        total = terms[-1]
        for t, sign in zip(terms[-2::-1], signs):
            total = t + total if sign > 0 else t - total
        return total
    start = 0 if style == "mixed" else terms[0]
    total = start
    for t, sign in list(zip(terms, signs))[0 if style == "mixed" else 1 :]:
        added = t + total if style == "reversed" else total + t
        total = added if sign > 0 else total - t
    return total


def sums(seed, style, kinds, signs, nodes, is_ragged):
    """build(x, w): a loss of so many sums; each has a term of each kind, in neighbouring places."""

    def build(x, w):
        pool, results = pools(x, w), []
        for i in range(nodes):
            rng = random.Random(seed)  # the same kinds for each sum
            terms = [term(rng, kind, pool, i) for kind in kinds]
            count = 1 + i % len(terms) if is_ragged else len(terms)
            results.append(summed(style, terms[:count], signs[:count]))
        return ag.sum([ag.tanh(z) for z in results]) + ag.dot(w, w) * 0.1 + ag.sum(x)

    return build


def check(build, backend):
    rng = np.random.default_rng(0)
    x = [Value(a, f"x{i}") for i, a in enumerate(rng.normal(size=4).tolist())]
    w = [Value(a, f"w{i}") for i, a in enumerate(rng.normal(size=6).tolist())]
    program = compile(build(x, w), inputs=x, parameters=w, backend=backend)
    assert program.verify(lambda inputs: build(inputs, w), rng.normal(size=(3, 4)))


drawn = given(
    st.integers(0, 999),
    st.sampled_from(STYLES),
    st.lists(st.sampled_from(KINDS), min_size=1, max_size=8),
    st.lists(st.sampled_from([1, -1]), min_size=8, max_size=8),
    st.integers(1, 7),
    st.booleans(),
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@drawn
@example(0, "chain", ["computed"] * 8, [-1, 1] * 4, 6, True)
@example(0, "sum", ["computed", "other", "parameter"], [1] * 8, 4, False)
@example(1, "mixed", ["product"] * 6, [-1] * 8, 5, False)
def test_any_sum_is_the_same_number(seed, style, kinds, signs, nodes, is_ragged):
    check(sums(seed, style, kinds, signs, nodes, is_ragged), "numpy")


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@drawn
@example(0, "chain", ["computed"] * 8, [-1, 1] * 4, 6, True)
@example(0, "sum", ["computed", "other", "parameter"], [1] * 8, 4, False)
def test_any_sum_is_the_same_number_in_machine_code(seed, style, kinds, signs, nodes, is_ragged):
    pytest.importorskip("llvmlite")
    check(sums(seed, style, kinds, signs, nodes, is_ragged), "native")


def test_dots_of_one_product_beside_biases_alone():
    def build(x, w):
        dots = [ag.dot([x[i % 4]], [x[i % 3]], x[i % 2]) for i in range(5)]
        biases = [ag.dot([], [], v) for v in x]
        return ag.sum([ag.tanh(a * b) for a, b in zip([*dots, *biases], [*w, *w])])

    check(build, "numpy")


# --- the parts of a sum ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ([[1, 1, 1]], [[0, 1, 2]]),
        ([[1, 2, 1]], [[0, 2], [1]]),
        ([[1, 2, 3], [1, 3, 3]], [[0], [1], [2]]),
        ([[1, 2, 3], [1, 3, 2]], [[0], [1, 2]]),  # the last two are mixed
    ],
)
def test_the_columns_of_a_sum_are_parted_by_where_they_are(owners, expected):
    assert [part.tolist() for part in parts_of(np.array(owners))] == expected


def test_a_column_that_some_nodes_do_not_have_is_where_the_others_have_it():
    owners = np.array([[1, 2, 3], [1, 2, -1], [1, -1, -1]])
    assert [part.tolist() for part in parts_of(owners)] == [[0], [1], [2]]


def test_of_ragged_sums_of_many_arrays_all_columns_are_one_part():
    """A gather for each would be more work than one for all."""
    assert len(parts_of(np.array([[1, 2, 3, 4, 5], [1, 2, 3, 4, -1]]))) == 1


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([2, 2, 2, 3, 3, 3], [[0, 1, 2], [3, 4, 5]]),
        ([2, 3, 2, 3, 4, 4], [[0, 2], [1, 3], [4, 5]]),
        ([2, 3, 4, 5, 6, 6], [[0, 1, 2, 3, 4, 5]]),  # five small products for one
        ([2, 2, 2, 3], [[0], [1], [2], [3]]),  # a few are written out
        ([2, 2, 2, 2], [[0, 1, 2, 3]]),
    ],
)
def test_the_columns_of_a_dot_are_parted_where_each_part_is_a_matrix_product(x, expected):
    w = np.ones((1, len(x)), dtype=int)
    parts = parts_of(w, np.array([x]))
    assert [part.tolist() for part in parts] == expected
