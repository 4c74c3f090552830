"""The NumPy that the compiler writes is what a person would have written."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Value, compile


def gradients_agree(program, loss):
    value, gradient = program.value_and_grad()
    for parameter in program.parameters:
        parameter.grad = 0.0
    loss.backward()
    expected = np.array([parameter.grad for parameter in program.parameters])
    scale = max(1.0, np.abs(expected).max())
    return abs(value - loss.data) <= 1e-12 * scale and np.abs(gradient - expected).max() <= (
        1e-12 * scale
    )


def step_of(program):
    return re.search(r"def step.*?(?=\ndef )", program.source, re.DOTALL).group()


def attention(n, heads, size, spread=1.0):
    """Causal attention as microgpt writes it, and its leaves: queries, keys, values."""
    rng = np.random.default_rng(n)

    def leaves(name):
        numbers = rng.normal(0, spread, (n, heads * size)).tolist()
        return [[Value(x, f"{name}{i}") for i, x in enumerate(row)] for row in numbers]

    q, k, v = leaves("q"), leaves("k"), leaves("v")
    mixed = []
    for t in range(n):
        for head in range(heads):
            part = slice(head * size, (head + 1) * size)
            scores = [ag.dot(q[t][part], k[s][part]) * 0.5 for s in range(t + 1)]
            shares = ag.softmax(scores)
            mixed += [ag.dot(shares, c) for c in zip(*[v[s][part] for s in range(t + 1)])]
    return ag.sum([x * x for x in mixed])


@pytest.mark.parametrize(("n", "heads"), [(3, 1), (5, 2), (8, 4)])
def test_causal_attention_is_matrix_products_and_a_mask(n, heads):
    loss = attention(n, heads, 4)
    program = compile(loss)
    assert gradients_agree(program, loss)
    step = step_of(program)
    assert ".take(" not in step and "np.add.at" not in step
    assert "np.where(K1, " in step and "softmax = " in step


def test_what_stands_in_for_a_missing_score_never_reaches_the_gradient():
    """Scores of keys that a query may not see: so large that their exp is inf."""
    loss = attention(4, 1, 2, spread=40.0)
    program = compile(loss)
    assert "np.where(K1, " in step_of(program)
    assert np.isfinite(program.value_and_grad()[1]).all()
    assert gradients_agree(program, loss)


def test_only_what_depends_on_theta_is_computed_in_a_step():
    w, x, y = Value(0.3, "w"), Value(0.5, "x"), Value(1.0, "y")
    program = compile((w * ag.exp(x) - y * 3.0) ** 2, inputs=[x, y])
    step = step_of(program)
    assert "np.exp" not in step and "3.0" not in step
    prepared = program.source[program.source.index("def prepare") : program.source.index(step)]
    assert "np.exp(x)" in prepared
    assert program.verify(lambda v: (w * ag.exp(v[0]) - v[1] * 3.0) ** 2)


def test_a_mean_over_rows_leaves_out_what_is_the_same_for_all():
    w, x = [Value(0.3, f"w{i}") for i in range(5)], Value(0.5, "x")
    program = compile(w[0] * x + 0.01 * ag.dot(w, w), inputs=[x])
    assert "+ 0.01 * theta.dot(theta)" in step_of(program)
    rows = [[1.0], [2.0], [4.5]]
    value, gradient = program.value_and_grad(rows)
    assert value == pytest.approx(0.3 * 2.5 + 0.01 * 5 * 0.09, rel=1e-14)
    assert gradient == pytest.approx([2.5 + 0.006, *[0.006] * 4], rel=1e-14)


def test_an_embedding_is_looked_up_and_a_label_picked():
    table = nn.Embedding(5, 3, seed=1)
    head = nn.MLP(3, [4], activation="tanh", seed=2)
    token, label = Value(0.0, "token"), Value(0.0, "label")
    program = compile(nn.cross_entropy([head(table(token))], [label]), inputs=[token, label])
    assert ".take(token.astype(int), axis=0)" in program.source and ".take(picks)" in program.source
    rows = [[0.0, 1.0], [4.0, 3.0], [2.0, 2.0]]
    assert program.verify(lambda v: nn.cross_entropy([head(table(v[0]))], [v[1]]), rows)


def test_parameters_are_named_after_their_labels_and_layers():
    wq = [[Value(0.1 * (i + j), f"wq[{i}][{j}]") for j in range(3)] for i in range(4)]
    x = [Value(0.5, f"x{i}") for i in range(3)]
    program = compile(ag.sum([ag.tanh(ag.dot(row, x)) for row in wq]), inputs=x)
    assert "wq = theta.reshape(4, 3)" in program.source
    model = nn.MLP(2, [3, 1], seed=1)
    inputs = [Value(0.0, "a"), Value(0.0, "b")]
    source = compile(model(inputs), inputs=inputs).source
    assert "W1 = theta[0:6].reshape(3, 2)  # layers.0" in source


def test_a_custom_operation_of_arrays_is_hoisted_and_called_like_any_other():
    cube = ag.operation(
        "cubed", lambda x: x**3, lambda z, x: (3.0 * x * x,), sample=(0.7,), array="{0} ** 3"
    )
    w, x = Value(2.0, "w"), Value(0.5, "x")
    program = compile(cube(w) * cube(x), inputs=[x])
    assert program([[2.0], [3.0]]).tolist() == [64.0, 216.0]
    assert program.value_and_grad([[2.0], [3.0]])[1].tolist() == [12.0 * 17.5]


def test_each_part_of_the_gradient_is_written_straight_into_its_place():
    """Matrices and biases are views of theta, their gradients views of the gradient."""
    model = nn.MLP(2, [3, 1], seed=1)
    inputs = [Value(0.0, "a"), Value(0.0, "b")]
    program = compile(model(inputs) ** 2, inputs=inputs)
    step = step_of(program)
    assert re.search(r"\.T\.dot\(rows, d_W1\)", step) and "ones.dot(" in step
    assert "theta[" not in step and "concatenate" not in step
    theta, gradient = program.theta(), np.zeros(13)
    views = program.functions["views"](theta)
    assert all(np.shares_memory(view, theta) for view in views)
    function, arguments = program.step(theta, gradient)
    rows = np.array([[0.5, -1.0], [2.0, 0.25]])
    prepared = program.functions["prepare"](rows)
    values = [function(*arguments, *prepared) for _ in range(2)]
    assert values[0] == values[1] == program.value_and_grad(rows)[0]
    expected = program.functions["value_and_gradient"](theta, rows)[1]
    assert gradient.tolist() == expected.tolist() and gradient.any()


@pytest.mark.parametrize("unused", [0, 2])
@pytest.mark.parametrize("shared", [False, True])
def test_a_step_leaves_nothing_behind_for_the_next(unused, shared):
    """A penalty is added to the parts; parameters that are not used, or used twice, stay right."""
    numbers = [0.3, -0.7, 0.2, 1.1]
    x, y = [Value(0.5, "x0"), Value(0.1, "x1")], Value(0.0, "y")

    def build(w, x, y):
        h = ag.tanh(ag.dot(w[:2], x))
        out = h * w[2] + w[3] * (w[2] if shared else 1.0)
        return (out - y) ** 2 + 0.01 * ag.dot(w[:4], w[:4])

    w = [Value(number) for number in numbers + [0.5] * unused]
    program = compile(build(w, x, y), inputs=[*x, y], parameters=w)
    rows = np.array([[0.5, 1.0, 0.2], [-1.0, 0.3, 0.9]])
    program.train(rows, nn.SGD(w, lr=0.1), epochs=5)
    v = [Value(number) for number in numbers + [0.5] * unused]
    for _ in range(5):
        for parameter in v:
            parameter.grad = 0.0
        losses = [build(v, [Value(a), Value(b)], Value(c)) for a, b, c in rows.tolist()]
        ag.mean(losses).backward()
        for parameter in v:
            parameter.data -= 0.1 * parameter.grad
    assert [p.data for p in w] == pytest.approx([p.data for p in v], rel=1e-13)
    assert [p.grad for p in w] == pytest.approx([p.grad for p in v], rel=1e-12, abs=1e-15)


def test_numbers_of_a_step_are_arrays_and_the_source_shows_numbers():
    w, x = Value(4.0, "w"), Value(3.0, "x")
    y = (w * x) ** 0.5 * -0.25 + w**-1.5 + ag.maximum(w, 0.75) * x
    program = compile(y, inputs=[x])
    code = program.functions["step"].__code__
    assert {"-0.25", "-1.5", "0.75"} <= set(code.co_names)
    assert [x for x in code.co_consts if isinstance(x, float)] == [0.5]  # ** 0.5 is a square root
    assert "np.maximum(w, 0.75)" in step_of(program) or "0.75" in step_of(program)
    assert program.verify(
        lambda v: (w * v[0]) ** 0.5 * -0.25 + w**-1.5 + ag.maximum(w, 0.75) * v[0]
    )


def attended(xs, heads):
    """Causal attention of vectors to themselves."""
    size = len(xs[0]) // heads
    mixed = []
    for t, x in enumerate(xs):
        y = []
        for part in [slice(head * size, (head + 1) * size) for head in range(heads)]:
            shares = ag.softmax([ag.dot(x[part], key[part]) * 0.7 for key in xs[: t + 1]])
            y += [ag.dot(shares, column) for column in zip(*[v[part] for v in xs[: t + 1]])]
        mixed.append(y)
    return mixed


def sequence_model(steps, seed=0, n=4, width=4):
    """A row of n tokens, the same layers for each; `steps` says what is done to the n vectors."""
    rng = np.random.default_rng(seed)

    def leaves(*shape):
        numbers = rng.normal(0, 0.5, shape)
        return np.vectorize(Value, otypes=[object])(numbers).tolist()

    known = {step: leaves(width, width) for step in steps if step.startswith("layer")}
    table, places, gains = leaves(5, width), leaves(n, width), leaves(n)
    head, biases = leaves(5, width), leaves(5)

    def build(tokens):
        xs = [[ag.choose(token, *column) for column in zip(*table)] for token in tokens]
        for step in steps:
            if step.startswith("layer"):
                xs = [[ag.tanh(ag.dot(row, x)) + a for row, a in zip(known[step], x)] for x in xs]
            elif step == "places":
                xs = [[a + b for a, b in zip(x, place)] for x, place in zip(xs, places)]
            elif step == "gains":
                xs = [[a * gain for a in x] for x, gain in zip(xs, gains)]
            elif step == "norm":
                xs = [[a * (ag.dot(x, x) + 0.1) ** -0.5 for a in x] for x in xs]
            elif step == "mix":
                mean = [ag.sum(column) / n for column in zip(*xs)]
                xs = [[a + b for a, b in zip(x, mean)] for x in xs]
            elif step == "turn":
                xs = [[*x[1:], x[0]] for x in xs]
            elif step.startswith("attend"):
                xs = [
                    [a + b for a, b in zip(x, y)] for x, y in zip(xs, attended(xs, int(step[-1])))
                ]
        losses = []
        for x, token in zip(xs, tokens):
            logits = [ag.dot(row, x) + bias for row, bias in zip(head, biases)]
            losses.append(nn.cross_entropy([logits], [token]))
        return ag.sum(losses) / n

    return build


@pytest.mark.parametrize(
    "steps",
    [
        ["layer1"],
        ["places", "layer1", "layer2"],
        ["layer1", "places", "norm", "layer2"],
        ["norm", "layer1", "gains", "layer2", "gains"],
        ["layer1", "mix", "layer2", "norm"],
        ["mix", "turn", "layer1", "turn"],
        ["layer1", "turn", "norm", "places", "layer2", "mix"],
    ],
    ids="-".join,
)
def test_rows_of_rows_are_one_matrix(steps):
    """(batch, 4, 4) by (4, 4) is a product of a matrix of batch * 4 rows."""
    build = sequence_model(steps)
    tokens = [Value(float(i), f"token{i}") for i in range(4)]
    program = compile(build(tokens), inputs=tokens)
    step = step_of(program)
    if not {"gains", "mix", "places"} & set(steps):  # these need to know which token it is
        assert not re.search(r"\.dot\(W\d+(\.T)?\)\.reshape\(-1, 4, 3\)", step)
    assert "einsum" not in step and ".dot(W1.T)" in step
    assert program.verify(build, [[0.0, 1.0, 2.0, 3.0], [4.0, 0.0, 4.0, 1.0]])
    for rows in ([[0.0] * 4], [[0.0, 1.0, 2.0, 3.0], [4.0, 0.0, 4.0, 1.0], [3.0] * 4]):
        single = [program.value_and_grad([row])[1] for row in rows]
        assert program.value_and_grad(rows)[1] == pytest.approx(
            np.mean(single, axis=0), rel=1e-12, abs=1e-15
        )


STEPS = ["layer1", "layer2", "places", "gains", "norm", "mix", "turn", "attend1", "attend2"]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(STEPS), min_size=1, max_size=6), st.integers(0, 99))
@example(["attend2", "layer1", "attend1"], 0)
@example(["attend2", "turn"], 0)
def test_any_model_of_a_sequence_compiles_to_the_same_numbers(steps, seed):
    build = sequence_model(steps, seed)
    tokens = [Value(float(i), f"token{i}") for i in range(4)]
    program = compile(build(tokens), inputs=tokens)
    rows = [[0.0, 1.0, 2.0, 3.0], [4.0, 0.0, 4.0, 1.0]]
    assert program.verify(build, rows)
    single = [program.value_and_grad([row])[1] for row in rows]
    scale = np.abs(single).max()
    assert np.abs(program.value_and_grad(rows)[1] - np.mean(single, axis=0)).max() <= 1e-12 * scale


def test_the_rows_of_a_batch_built_by_a_loop_are_one_matrix_too():
    rng = np.random.default_rng(3)
    w = [[Value(x, f"w{i}") for x in row] for i, row in enumerate(rng.normal(size=(3, 3)).tolist())]
    xs = rng.normal(size=(4, 5, 3)).tolist()
    hidden = [[[ag.tanh(ag.dot(row, x)) for row in w] for x in group] for group in xs]
    again = [[[ag.tanh(ag.dot(row, h)) for row in w] for h in group] for group in hidden]
    loss = ag.sum([ag.sum(h) ** 2 for group in again for h in group])
    program = compile(loss)
    assert gradients_agree(program, loss)
    assert ".reshape(4, 5, 3)" not in step_of(program)


def test_rows_of_rows_of_rows_beside_rows_of_rows():
    """(batch, 2, 3, 4) and, after a sum, (batch, 2, 4): each product has its own rows."""
    rng = np.random.default_rng(5)

    def matrix(name):
        numbers = rng.normal(size=(4, 4)).tolist()
        return [[Value(x, f"{name}{i}") for x in row] for i, row in enumerate(numbers)]

    first, second = matrix("first"), matrix("second")
    inputs = [Value(x, f"x{i}") for i, x in enumerate(rng.normal(size=24).tolist())]

    def build(x):
        groups = [[x[4 * (3 * i + j) :][:4] for j in range(3)] for i in range(2)]
        hidden = [[[ag.tanh(ag.dot(w, v)) for w in first] for v in group] for group in groups]
        pooled = [[ag.sum(column) for column in zip(*group)] for group in hidden]
        again = [[ag.tanh(ag.dot(w, v)) for w in second] for v in pooled]
        return ag.sum([h * h for v in again for h in v])

    program = compile(build(inputs), inputs=inputs)
    step = step_of(program)
    assert "x = rows.reshape(-1, 4)" in program.source and "x.dot(first.T)" in step
    assert "einsum" not in step and ".dot(second.T)" in step
    assert program.verify(build, rng.normal(size=(5, 24)))
