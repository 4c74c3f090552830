"""Which leaves a program takes for inputs, parameters and constants."""

import warnings

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Value, compile, track_source

BACKENDS = ["numpy", "native"]


@pytest.fixture(params=BACKENDS)
def backend(request):
    if request.param == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs it")
    return request.param


# --- running totals -------------------------------------------------------------------------------


def huber(model, rows, start):
    """Huber's loss, as one writes it by hand: a running total."""
    total = start
    for *x, y in rows:
        error = ag.abs(model(x) - y)
        total = total + ag.where(ag.greater(1.0, error), 0.5 * error * error, error - 0.5)
    return total / len(rows)


ROWS = [[0.1, 0.4, 2.0], [0.9, -0.3, -3.0], [-0.5, 0.2, 0.5]]


def test_a_running_total_is_refused_beside_labelled_parameters():
    model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
    with pytest.raises(ValueError, match=r"the leaf Value\(0.0\) has no label, though other") as e:
        compile(huber(model, ROWS, Value(0.0)))
    assert "parameters=" in str(e.value) and "constants=" in str(e.value)
    assert "total = 0.0" in str(e.value) and "track_source()" in str(e.value)


def test_the_refusal_gives_the_line_if_it_was_tracked():
    w = Value(2.0, "w")
    with track_source():
        total = Value(0.0)
    line = total.source.line
    with pytest.raises(
        ValueError, match=rf"made at .*test_compiling_leaves.py:{line} has no label"
    ):
        compile(total + w * w)


@pytest.mark.parametrize("how", ["constants", "number", "parameters"])
def test_every_remedy_trains_as_eagerly_and_moves_nothing_but_the_model(how, backend):
    losses = []
    for is_compiled in (False, True):
        model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
        optimizer = nn.Adam(model.parameters(), lr=0.05)
        total = 0.0 if how == "number" else Value(0.0)
        if is_compiled:
            options = {
                "constants": {"constants": [total]},
                "parameters": {"parameters": model.parameters()},
                "number": {},
            }[how]
            program = compile(huber(model, ROWS, total), backend=backend, **options)
            assert set(program.parameters) == set(model.parameters())
            losses.append(program.train(None, optimizer, epochs=30))
        else:
            history = nn.fit(
                lambda row, model=model, total=total: huber(model, [row], total),
                ROWS, ROWS, lambda outputs, _: sum(outputs) / len(ROWS), optimizer,
                epochs=30, progress=False,
            )  # fmt: skip
            losses.append(history.losses)
        assert total == 0.0 if how == "number" else total.data == 0.0
    np.testing.assert_allclose(*losses, rtol=1e-9)


@pytest.mark.parametrize(
    "build",
    [
        lambda total, w: total + w[0] * w[1],
        lambda total, w: total - w[0] * w[1] - w[1],
        lambda total, w: sum([x * x for x in w], total),
    ],
)
def test_a_zero_that_is_only_added_to_is_refused_where_nothing_has_a_label(build):
    w = [Value(1.0), Value(0.0)]
    total = Value(0.0)
    with pytest.raises(ValueError, match=r"the leaf Value\(0.0\) is 0.0 and only ever added to"):
        compile(build(total, w))
    assert compile(build(total, w), parameters=[*w, total]).parameters == [*w, total]
    assert total not in compile(build(total, w), constants=[total]).parameters
    assert total in compile(build(total, w), inputs=[total]).inputs


def test_other_unlabelled_leaves_are_parameters_without_being_listed():
    w, b, x = [Value(0.5), Value(0.0)], Value(0.0), [Value(0.1), Value(0.2)]
    program = compile(w[0] * x[0] + w[1] * x[1] + b, inputs=x)
    assert set(program.parameters) == {*w, b}
    used_twice = Value(0.0)
    assert set(compile(used_twice + w[0] * used_twice).parameters) == {used_twice, w[0]}
    assert compile(Value(0.0)).theta().tolist() == [0.0]


def test_many_refused_leaves_are_counted():
    w, rest = Value(1.0, "w"), [Value(float(i)) for i in range(1, 7)]
    with pytest.raises(ValueError, match=r"Value\(1.0\), Value\(2.0\), Value\(3.0\) \(and 3 more"):
        compile(ag.sum([w, *rest]))


# --- inputs that nothing reads --------------------------------------------------------------------


def ignoring(name):
    return pytest.warns(UserWarning, match=rf"compile: input 1 \('{name}'\) does not lead to")


def with_unused(backend, output=lambda x, w, b: w * x + b):
    x, unused, w, b = Value(1.0, "x"), Value(5.0, "unused"), Value(3.0, "w"), Value(0.5, "b")
    with ignoring("unused") as caught:
        program = compile(output(x, w, b) ** 2, [x, unused], [w, b], backend)
    assert caught[0].filename == __file__
    return program, w, b


def test_an_unused_input_is_named_by_a_warning_and_its_column_ignored(backend):
    program, w, b = with_unused(backend)
    rows = [[1.0, 7.0], [2.0, 8.0]]
    assert program(rows).tolist() == [12.25, 42.25]
    assert program.value_and_grad(rows)[1].tolist() == pytest.approx([16.5, 10.0])
    assert program.verify(lambda xs: (w * xs[0] + b) ** 2, rows)
    assert program.verify(lambda xs: (w * xs[0] + b) ** 2)
    assert "  not used" in program.explain() and "unused" in program.explain()
    losses = program.train(rows, nn.SGD([w, b], lr=0.01), epochs=3)
    assert losses[0] == 27.25 and losses[2] < losses[1] < losses[0]
    with pytest.raises(ValueError, match=r"\(batch, 2\)"):
        program([[1.0]])


def test_an_unused_input_of_a_tape(backend):
    def chain(x, w, b):
        for _ in range(2100):
            x = ag.sin(x * w + b)
        return x

    program, w, b = with_unused(backend, chain)
    expected = chain(Value(2.0), w, b).data ** 2
    rows = [[1.0, 7.0], [2.0, 8.0]]
    assert program(rows)[1] == pytest.approx(expected, rel=1e-9)
    program.train(rows, nn.SGD([w, b], lr=1e-6), epochs=2)


def test_unused_inputs_in_exported_files(tmp_path):
    program, *_ = with_unused("numpy")
    program.export(tmp_path / "model.py")
    module = {}
    exec((tmp_path / "model.py").read_text(), module)
    assert module["outputs"](module["theta"], np.array([[2.0, 9.0]])).tolist() == [42.25]
    onnx = pytest.importorskip("onnx", reason="the file is ONNX")
    reference = pytest.importorskip("onnx.reference", reason="the file is ONNX")
    onnx.checker.check_model(program.to_onnx())
    found = reference.ReferenceEvaluator(program.to_onnx()).run(
        None, {"rows": np.array([[2.0, 9.0]])}
    )
    assert found[0].tolist() == [42.25]


def test_all_inputs_may_be_unused(backend, tmp_path):
    w, x = [Value(3.0, "w0"), Value(1.0, "w1")], [Value(0.0, "x0"), Value(0.0)]
    with pytest.warns(UserWarning, match=r"inputs 0 \('x0'\), 1 do not lead .* their columns"):
        program = compile(ag.dot(w, w), x, w, backend)
    rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert program(rows).tolist() == [10.0] * 3
    value, gradient = program.value_and_grad(rows)
    assert (value, gradient.tolist()) == (10.0, [6.0, 2.0])
    losses = program.train(rows, nn.SGD(w, lr=0.25), epochs=2, batch_size=2)
    assert losses == [10.0, 2.5, 0.625, 0.15625]
    assert program.verify(lambda xs: ag.dot(w, w), rows)
    program.export(tmp_path / "model.py")


def test_a_used_input_warns_of_nothing():
    x, w = Value(1.0, "x"), Value(3.0, "w")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compile(w * x, [x], [w])
