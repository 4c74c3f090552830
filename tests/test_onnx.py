"""A compiled program as an ONNX model: onnxruntime computes the same outputs in float64."""

import math
import random
from pathlib import Path

import pytest

import autograd
import nn
from autograd import OPERATIONS, Value, compile, no_grad

np = pytest.importorskip("numpy", reason="ONNX models are run on arrays")
pytest.importorskip("onnx", reason="the extra `interchange` brings it")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra `interchange` brings it")

TOLERANCE = 1e-12


def run(program, rows):
    """The outputs of the exported model, (batch, outputs)."""
    session = onnxruntime.InferenceSession(program.to_onnx().SerializeToString())
    return np.stack(session.run(None, {"rows": np.asarray(rows, dtype=float)}), axis=1)


def points_of(row) -> list[list[float]]:
    """The sample, six random points, and extremes; an index stays what it is."""
    rng = random.Random(row.name)
    low = 0.1 if row.name in ("pow", "sqrt", "log", "log1p") else -3.0
    points = [[rng.uniform(low, 3.0) for _ in row.sample] for _ in range(6)]
    points += [[x] * len(row.sample) for x in (1e-12, -1e-12, 0.0, 30.0, -30.0, 700.0, -700.0)]
    if row.name == "choose":
        points = [[float(i % 3), *point[1:]] for i, point in enumerate(points)]
    return [list(row.sample), *points]


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if row.__doc__])
def test_each_row_of_the_table_comes_out_the_same(name: str) -> None:
    row = OPERATIONS[name]
    leaves = [Value(x) for x in row.sample]
    points = points_of(row)
    for point, got in zip(points, run(compile(row(*leaves), inputs=leaves), points)[:, 0]):
        expected = row.value(*point)
        same = got == expected or (math.isnan(got) and math.isnan(expected))
        assert same or abs(got - expected) <= TOLERANCE * max(1.0, abs(expected)), point


@pytest.mark.parametrize("name", ["erf", "erfc", "gelu"])
def test_error_functions_keep_their_digits_in_the_tails(name: str) -> None:
    sizes = [0.0, 1e-300, 1e-8, 0.4999, 0.5, 6.28, 6.2831853, 6.29, 100.0, 1e300, math.inf]
    sizes += [i * 0.17 for i in range(230)]
    rows = [[sign * size] for size in sizes for sign in (1.0, -1.0)] + [[math.nan]]
    row, x = OPERATIONS[name], Value(0.5)
    for (number,), got in zip(rows, run(compile(row(x), inputs=[x]), rows)[:, 0]):
        assert got == pytest.approx(row.value(number), rel=1e-12, abs=1e-307, nan_ok=True), number


@pytest.mark.parametrize("activation", nn.ACTIVATIONS)
def test_an_mlp_comes_out_the_same(activation: str) -> None:
    model = nn.MLP(2, [16, 16, 3], activation=activation, seed=1)
    leaves = [Value(0.1), Value(0.2)]
    rng = random.Random(0)
    rows = [[rng.uniform(-2, 2), rng.uniform(-2, 2)] for _ in range(20)]
    with no_grad():
        expected = np.array([[y.data for y in model(row)] for row in rows])
    got = run(compile(model(leaves), inputs=leaves), rows)
    assert np.abs(got - expected).max() <= TOLERANCE


def attention(seed: int):
    """A causal attention over three tokens: embeddings, softmax, cross-entropy at the end."""
    table = nn.Embedding(5, 4, seed=seed)
    query, key, value = [nn.Layer(4, 4, nonlin=False, seed=seed + i) for i in (1, 2, 3)]
    head = nn.Layer(4, 5, nonlin=False, seed=seed + 4)

    def losses(row):
        xs = [table(token) for token in row[:3]]
        q, k, v = [[layer(x) for x in xs] for layer in (query, key, value)]
        results = []
        for t, target in enumerate(row[3:]):
            scores = [autograd.dot(q[t], k[s]) * 0.5 for s in range(t + 1)]
            weights = autograd.softmax(scores)
            mixed = [autograd.dot(weights, [x[j] for x in v[: t + 1]]) for j in range(4)]
            results.append(nn.cross_entropy(head([x.relu() for x in mixed]), target))
        return [autograd.mean(results), results[-1]]

    return losses


def test_attention_with_tokens_as_inputs_comes_out_the_same() -> None:
    losses = attention(seed=1)
    leaves = [Value(float(i % 5)) for i in range(6)]
    rng = random.Random(0)
    rows = [[float(rng.randrange(5)) for _ in range(6)] for _ in range(20)]
    expected = np.array([[y.data for y in losses([Value(x) for x in row])] for row in rows])
    got = run(compile(losses(leaves), inputs=leaves), rows)
    assert np.abs(got - expected).max() <= TOLERANCE


def random_graph(seed: int, size: int, window: int) -> tuple[list[Value], list[Value]]:
    """Inputs, and the ends of a graph of `size` operations over the whole table, one by one."""
    rng = random.Random(seed)
    rows = [row for name, row in OPERATIONS.items() if row.__doc__ and name != "choose"]
    inputs = [Value(rng.uniform(-1, 1), f"x{i}") for i in range(4)]
    nodes = [*inputs, *[Value(rng.uniform(-1, 1)) for _ in range(20)]]
    for _ in range(size):
        row = rng.choice(rows)
        operands = [rng.choice(nodes[-window:]) for _ in range(row.arity or rng.randint(2, 8))]
        if row.name in ("pow", "log", "log1p", "sqrt", "div"):
            operands[-1] = operands[-1] * operands[-1] + 0.5
            operands[0] = operands[0] * operands[0] + 0.5
        result = row(*operands)
        nodes.append(result if abs(result.data) < 3.0 else result.tanh())
    used = {operand for node in nodes for operand in node.operands}
    ends = [node for node in nodes if node not in used and node.operands]
    return inputs, [autograd.sum([*ends, *inputs]), *ends[:3], ends[0]]


@pytest.mark.parametrize(("size", "window"), [(50, 20), (300, 1000), (1000, 100), (800, 3000)])
def test_large_random_graphs_are_models_that_a_runtime_takes(size: int, window: int) -> None:
    inputs, outputs = random_graph(size, size, window)
    rows = [[x.data for x in inputs]] * 2
    expected = [[y.data for y in outputs]] * 2
    got = run(compile(outputs, inputs=inputs), rows)
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)


def test_an_output_that_depends_on_no_input_is_there_for_each_row() -> None:
    x, w = Value(1.0), Value(2.0)
    assert run(compile([x + w, w * 3.0], inputs=[x]), [[1.0], [5.0]]).tolist() == [[3, 6], [7, 6]]


def test_it_is_written_to_a_file_with_the_parameters_of_now(tmp_path: Path) -> None:
    x, w = Value(1.0), Value(2.0)
    program = compile(x * w, inputs=[x])
    w.data = 5.0
    program.to_onnx(tmp_path / "product.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "product.onnx")
    assert session.run(None, {"rows": np.array([[3.0]])})[0].tolist() == [15.0]


def test_an_operation_of_ones_own_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    table = dict(OPERATIONS)
    mine = autograd.operation("tanh", lambda x: x * x, lambda z, x: (2 * x,), sample=(0.5,))
    OPERATIONS.update(table)
    x = Value(1.0)
    with pytest.raises(TypeError, match="no operator for your own operation 'tanh'"):
        compile(mine(x), inputs=[x]).to_onnx()
