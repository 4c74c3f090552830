"""The NumPy that the compiler writes is what a person would have written."""

import numpy as np
import pytest

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
    return program.source[program.source.index("def value_and_gradient") :]


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
    assert "[token.astype(int)]" in program.source and ".take(picks)" in program.source
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
    assert "W1 = theta[0:6].reshape(3, 2)  # layer 1" in source


def test_a_custom_operation_of_arrays_is_hoisted_and_called_like_any_other():
    cube = ag.operation(
        "cubed", lambda x: x**3, lambda z, x: (3.0 * x * x,), sample=(0.7,), array="{0} ** 3"
    )
    w, x = Value(2.0, "w"), Value(0.5, "x")
    program = compile(cube(w) * cube(x), inputs=[x])
    assert program([[2.0], [3.0]]).tolist() == [64.0, 216.0]
    assert program.value_and_grad([[2.0], [3.0]])[1].tolist() == [12.0 * 17.5]
