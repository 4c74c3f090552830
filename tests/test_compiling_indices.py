"""An index of `choose` that leaves its range is an IndexError, as it is eagerly, wherever it comes
from; what was learned until then stays."""

import copy

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Value, compile

BACKENDS = ["numpy", "native"]
OPTIMISERS = {
    "sgd": lambda p: nn.SGD(p, lr=0.25),
    "momentum": lambda p: nn.SGD(p, lr=0.1, momentum=0.9),
    "adam": lambda p: nn.Adam(p, lr=0.5),
    "scheduled": lambda p: nn.AdamW(p, lr=lambda step: 0.5 / (1 + 0.01 * step)),
}


@pytest.fixture(params=BACKENDS)
def backend(request):
    if request.param == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs it")
    return request.param


def steps_up(k):
    """0, 1, 2 ... as k grows: a whole number that no gradient flows through."""
    return ag.sum([ag.greater(k, edge) for edge in (-1.0, 0.0, 1.0, 2.0, 3.0)])


INDICES = {
    "a sum of comparisons": lambda x, k: steps_up(k) - 1.0,
    "from an input": lambda x, k: x + steps_up(k) - 1.0,
    "of an index": lambda x, k: ag.choose(ag.greater(x, 0.5), 0.0, 1.0) + steps_up(k) - 1.0,
    "inside of an index": lambda x, k: ag.choose(steps_up(k) - 1.0, 0.0, 1.0, 2.0) * 1.0,
    "going down": lambda x, k: 4.0 - steps_up(k),
    "fractional": lambda x, k: (steps_up(k) - 1.0) * 0.5 + 0.5,
    "deep": lambda x, k: _deep(steps_up(k) - 1.0),
}
ROWS = [[0.0, 0.5], [1.0, -0.5], [0.0, 0.25]]


def _deep(index):
    for _ in range(2100):
        index = 1.0 - (1.0 - index)
    return index


class Learner:
    """k drifts through the options, which are trained as well."""

    def __init__(self, index, optimiser):
        self.index = index
        self.k, self.options = Value(0.5, "k"), [Value(0.5 + i, f"w{i}") for i in range(3)]
        self.optimizer = optimiser([self.k, *self.options])

    def loss(self, row):
        x, y = row
        place = self.index(x, self.k)
        if isinstance(place, Value):
            place.label = "place"
        chosen = ag.choose(place, *self.options)
        return (chosen - y) * (chosen - y) * 0.1 - self.k + 0.01 * x * y

    def state(self):
        moved = self.optimizer.parameters
        return [p.data for p in moved], [p.grad for p in moved], self.optimizer.state_dict()


def assert_same(one, other):
    for a, b in zip(one[:2], other[:2]):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)
    assert one[2].keys() == other[2].keys()
    for name in one[2]:
        np.testing.assert_allclose(one[2][name], other[2][name], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("optimiser", "batch_size"), [("sgd", None), ("momentum", 2), ("adam", None), ("scheduled", 2)]
)
@pytest.mark.parametrize("index", list(INDICES))
def test_an_index_that_training_moves_out_of_range_stops_it_as_eagerly(
    index, optimiser, batch_size, backend
):
    learner = Learner(INDICES[index], OPTIMISERS[optimiser])
    eager = copy.deepcopy(learner)
    inputs = [Value(0.0, "x"), Value(0.0, "y")]
    program = compile(learner.loss(inputs), inputs, [learner.k, *learner.options], backend=backend)
    program.verify(learner.loss, ROWS)
    history = nn.History()
    plan = {"epochs": 50, "batch_size": batch_size, "seed": 2, "progress": False}
    with pytest.raises(IndexError, match="index must be a whole number"):
        nn.fit(eager.loss, ROWS, ROWS, lambda out, _: ag.mean(out), eager.optimizer,
               history=history, **plan)  # fmt: skip
    with pytest.raises(IndexError, match=r"an index of choose, .*, must be a whole number from 0"):
        program.train(ROWS, learner.optimizer, **plan)
    assert history.losses
    assert learner.optimizer.steps == len(history.losses)
    assert_same(learner.state(), eager.state())


@pytest.mark.parametrize("number", [6.0, 3.0, -1.0, 1.5, float("nan")])
def test_a_parameter_or_a_constant_as_index_is_checked_in_every_call(number, backend):
    x, k, w = Value(1.0, "x"), Value(1.0, "k"), [Value(1.0 * i, f"w{i}") for i in range(3)]
    as_parameter = compile(ag.choose(k, *w) * x, [x], [k, *w], backend=backend)
    unnamed = Value(1.0)
    as_constant = compile(ag.choose(unnamed, *w) * x, [x], w, backend=backend)
    assert as_parameter([[2.0]]).tolist() == as_constant([[2.0]]).tolist() == [2.0]
    k.data, unnamed.data = number, number
    rows = [[2.0]]
    for call in (
        as_parameter,
        as_parameter.value_and_grad,
        lambda rows: as_parameter.train(rows, nn.SGD(w, lr=0.1)),
    ):
        with pytest.raises(IndexError, match=rf"parameter 0 \('k'\), .*0 to 2; it is {number} in"):
            call(rows)
    assert as_constant(rows).tolist() == [2.0]  # it stays what it was when it was compiled
    late = Value(1.0, "late")
    output = ag.choose(late, *w) * x
    late.data = number  # between build and compile
    with pytest.raises(IndexError, match=rf"the constant 'late', .*0 to 2; it is {number}$"):
        compile(output, [x], w, backend=backend)


def test_the_message_gives_the_row_of_the_data_and_not_of_the_batch(backend):
    x, k, w = Value(0.0, "x"), Value(0.5, "k"), [Value(1.0 * i, f"w{i}") for i in range(3)]
    place = ag.where(ag.greater(x, 6.5), steps_up(k), 0.0)
    program = compile(ag.choose(place, *w) * 0.0 - k, [x], [k, *w], backend=backend)
    rows = [[float(i)] for i in range(8)]
    with pytest.raises(IndexError, match=r"computed by 'where', .* it is 3.0 in row 7$"):
        program.train(rows, nn.SGD([k], lr=0.1), epochs=20, batch_size=3)


def test_a_program_whose_indices_are_inputs_has_nothing_to_check_at_each_step():
    x, w = Value(0.0, "x"), [Value(1.0 * i, f"w{i}") for i in range(3)]
    program = compile(ag.choose(x, *w) + ag.choose(ag.greater(w[0], w[1]), *w[1:]), [x], w)
    assert program.index_check(program.theta()) is None and program.indices is None
    fixed = compile(ag.choose(x * 2.0, *w), [x], w)
    assert fixed.indices is not None and fixed.index_check(fixed.theta()) is None
