"""`verify` finds what Python decided while the graph was built."""

import pytest

import autograd as ag
import nn
from autograd import Value, compile


def verify(build, rows, parameters=None):
    inputs = [Value(x, f"x{i}") for i, x in enumerate(rows[0])]
    program = compile(build(inputs), inputs, parameters)
    before = [p.data for p in program.parameters]
    try:
        return program.verify(build, rows)
    finally:
        assert [p.data for p in program.parameters] == before


def frozen(message=""):
    return pytest.raises(AssertionError, match=f"verify: {message}.*frozen in the program")


def test_what_is_in_the_graph_passes():
    w = Value(3.0, "w")
    assert verify(lambda x: ag.where(ag.greater(x[0], 0.0), x[0] * w, -x[0]), [[1.0], [-2.0]])
    assert verify(lambda x: ag.choose(x[0], w, w * 2.0), [[0.0], [1.0]])


@pytest.mark.parametrize("place", [lambda k: k, lambda k: k * 2.0 - 1.0])
def test_parameters_that_are_indices_are_no_fault(place):
    k, w, v = Value(1.0, "k"), Value(3.0, "w"), Value(2.0, "v")
    assert verify(lambda x: ag.choose(place(k), w, v * w) * x[0], [[1.0], [-2.0]])


def test_a_decision_on_another_parameter_than_the_index():
    k, w, v = Value(1.0, "k"), Value(3.0, "w"), Value(2.0, "v")
    with frozen("distant parameters"):
        verify(lambda x: ag.choose(k, w, v * w if w.data > 0.0 else -w) * x[0], [[1.0]])


def test_an_if_on_an_input():
    w = Value(3.0, "w")
    with frozen("row 1, output 0: the program gives -6.0, building the graph again 6.0"):
        verify(lambda x: x[0] * w if x[0].data > 0 else -x[0] * w, [[1.0], [-2.0]])
    with frozen("row 1, output 0"):
        verify(lambda x: x[0] * w if x[0] > 0.5 else w * 1.0, [[1.0], [0.25]])


def test_an_if_that_changes_nothing_but_the_gradient():
    w = Value(3.0, "w")
    with frozen("row 1, gradient by w"):
        verify(lambda x: (w - 3.0) * (x[0] if x[0].data > 0 else 7.0) + x[0], [[1.0], [-1.0]])


def test_a_data_read_of_an_input():
    w = Value(3.0, "w")
    with frozen("row 1"):
        verify(lambda x: x[0] * w + x[0].data, [[1.0], [2.0]])
    with frozen("row 1"):
        verify(lambda x: x[0] * w + float(x[0]), [[1.0], [2.0]])


def test_a_data_read_and_an_if_on_a_parameter():
    w = Value(3.0, "w")
    with frozen("other parameters, row 0"):
        verify(lambda x: x[0] * w * w.data, [[1.0]])
    edge = Value(0.001, "edge")
    with frozen("other parameters, row 0"):
        verify(lambda x: x[0] * edge if 0.0 < edge.data < 0.0011 else x[0] + edge, [[1.0]])


def test_an_index_into_a_list():
    table = nn.Embedding(3, 2, seed=1)
    with frozen("row 1"):
        verify(lambda x: ag.sum(table(int(x[0]))) * x[1] + x[0], [[0.0, 1.0], [2.0, 1.0]])
    with frozen("row 1, output 0"):
        columns = [[1.5, 2.5], [3.5, 4.5]]
        verify(lambda x: x[0] + x[1] * columns[int(x[1])][0], [[0.0, 0.0], [0.5, 1.0]])
    assert verify(lambda x: ag.sum(table(x[0])) * x[1], [[0.0, 1.0], [2.0, 1.0]])


def test_random_rows_find_it_too():
    x, w = Value(0.5, "x"), Value(3.0, "w")

    def build(xs):
        return xs[0] * w + round(float(xs[0]), 3)

    program = compile(build([x]), [x])
    with frozen("row 1"):
        program.verify(build)


def test_a_build_of_other_outputs_is_refused():
    x = Value(0.5, "x")
    program = compile([x * 2.0, x + 1.0], [x])
    assert program.verify(lambda xs: [xs[0] * 2.0, xs[0] + 1.0], [[1.0]])
    with pytest.raises(AssertionError, match="build returned 1 outputs, not 2"):
        program.verify(lambda xs: [xs[0] * 2.0], [[1.0]])


def test_the_tolerance_is_that_of_the_numbers_added():
    """A thousand terms that cancel: rounding passes, a relative change of 1e-9 does not."""
    w = [Value(1e3 + i / 7.0, f"w{i}") for i in range(200)]

    def build(x):
        return ag.sum([a * x[0] for a in w] + [-a * x[0] for a in reversed(w)]) + x[0]

    assert verify(build, [[1.0], [0.1]])
    with frozen("row 1"):
        verify(lambda x: w[0] * x[0] * (1.0 + 1e-9 * x[0].data), [[0.0], [1.0]])


def test_contributions_that_cancel_to_nothing_are_no_difference():
    """1 - 6 * (1 / 6): 0 in one order of additions, 1e-16 in another, and in no graph."""
    w = Value(0.3, "w")

    def build(x):
        return w + ag.mean([x[0] * i - w for i in range(6)])

    assert verify(build, [[1.0], [0.1]])


@pytest.mark.parametrize("number", [3.0, 0.5, -2.0, 1e-9, 40.0])
def test_an_if_on_the_sign_of_a_parameter(number):
    w, v = Value(number, "w"), Value(0.7, "v")
    with frozen("distant parameters, row 0"):
        verify(lambda x: v * (x[0] * w if w.data > 0 else -x[0] * w), [[1.0]])


def test_an_if_on_how_two_parameters_compare():
    w, v = Value(2.0, "w"), Value(0.3, "v")
    with frozen("distant parameters"):
        verify(lambda x: x[0] * w * v if w.data * v.data > 0 else x[0] - w * v, [[1.0]])
    with frozen("distant parameters"):
        verify(lambda x: x[0] * w + v if w > v else x[0] * v + 2.0 * w, [[1.0]])


def test_what_has_no_number_far_away_is_no_difference():
    w, v = Value(0.5, "w"), Value(2.0, "v")
    assert verify(lambda x: ag.log(w) * x[0] + ag.sqrt(v) + v**0.5, [[1.0]])
    assert verify(lambda x: ag.exp(ag.exp(ag.exp(v * 3.0))) * x[0] * 0.0 + w, [[1.0]])
    assert verify(lambda x: ag.choose(ag.greater(w, 0.0) * 1.0 - 1.0, w, v) * x[0], [[1.0]])

    def proud(x):
        if w.data < 0.0:
            raise ValueError("w is a length")
        return w * x[0] + v

    assert verify(proud, [[1.0]])


def test_an_error_of_the_machine_code_is_not_blamed_on_the_graph(monkeypatch):
    pytest.importorskip("llvmlite", reason="the native backend needs it")
    w, v, x = Value(2.0, "w"), Value(0.3, "v"), Value(1.0, "x")
    program = compile(w * x + v, [x], [w, v], backend="native")
    assert program.verify(lambda xs: w * xs[0] + v, [[1.0]])
    right = program._native.outputs
    monkeypatch.setattr(program._native, "outputs", lambda *given: right(*given) + 0.5)
    with pytest.raises(AssertionError, match=r"the machine code gives .*an error of this library"):
        program.verify(lambda xs: w * xs[0] + v, [[1.0]])
