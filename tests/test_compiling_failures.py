"""Whatever is raised in a training step, the steps before it stay, as in an eager loop."""

import copy
import itertools
import math
import pickle

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Value, compile

BACKENDS = ["numpy", "native"]
RULES = {
    "sgd": nn.SGD,
    "momentum": lambda p, lr: nn.SGD(p, lr, momentum=0.9),
    "adam": nn.Adam,
    "adamw": nn.AdamW,
}
ROWS = [[0.1 * i, 0.2 - 0.05 * i] for i in range(7)]
CASES = [
    (RuntimeError("too much"), {"epochs": 40}),
    (KeyboardInterrupt(), {"epochs": 10, "batch_size": 2}),
]


@pytest.fixture(params=BACKENDS)
def backend(request):
    if request.param == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs it")
    return request.param


class Broken(Exception):
    pass


class Fuse:
    """Raises when it has been asked for the n-th time."""

    def __init__(self, n, error):
        self.left, self.error = n, error

    def __call__(self, *numbers):
        self.left -= 1
        if self.left < 0:
            raise self.error
        return 0.05


def picky(fuse):
    """An operation of the user's own; it may raise at any of its numbers, value or derivative."""

    def value(x):
        fuse()
        return math.sin(x)

    return ag.operation("picky", value, lambda z, x: (ag.cos(x),), sample=(0.5,))


class Learner:
    def __init__(self, optimiser, lr, act=ag.tanh):
        self.model, self.act = nn.MLP(1, [3, 1], activation="tanh", seed=3), act
        self.optimizer = optimiser(self.model.parameters(), lr)

    def loss(self, row):
        x, y = row
        error = self.act(self.model([x])) - y
        return error * error

    def train(self, backend, **plan):
        if backend == "eager":
            return nn.fit(
                self.loss, ROWS, ROWS, lambda out, _: ag.mean(out), self.optimizer, **plan
            )
        inputs = [Value(0.0, "x"), Value(0.0, "y")]
        program = compile(self.loss(inputs), inputs, self.model.parameters(), backend=backend)
        return program.train(ROWS, self.optimizer, **plan)

    def state(self, gradients):
        state = self.optimizer.state_dict()
        numbers = {name: state[name] for name in self.optimizer.state_lists}
        moved = self.model.parameters()
        grads = [p.grad for p in moved] if gradients else []
        return state["steps"], [p.data for p in moved], grads, *numbers.values()


def assert_same(one, other, gradients):
    for got, wanted in zip(one.state(gradients), other.state(gradients)):
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(("error", "plan"), CASES)
@pytest.mark.parametrize("optimiser", list(RULES))
@pytest.mark.parametrize("steps", [0, 1, 13])
def test_an_error_in_a_schedule_keeps_the_steps_before_it(optimiser, plan, steps, error, backend):
    eager, compiled = [Learner(RULES[optimiser], Fuse(steps, error)) for _ in range(2)]
    for learner, how in ((eager, "eager"), (compiled, backend)):
        with pytest.raises(type(error)):
            learner.train(how, seed=4, progress=False, **plan)
    assert compiled.optimizer.steps == steps
    assert_same(compiled, eager, gradients=False)  # eager has those of the step that was not made
    finished = Learner(RULES[optimiser], 0.05)
    for learner in (finished, compiled):
        learner.optimizer.lr = 0.05
    whole_epochs = plan["epochs"] if "batch_size" not in plan else None
    if steps and whole_epochs:
        finished.train(backend, epochs=steps, progress=False)
        assert_same(compiled, finished, gradients=True)
    compiled.train(backend, epochs=1, progress=False)  # goes on
    assert compiled.optimizer.steps == steps + 1


@pytest.mark.parametrize(("error", "plan"), CASES)
@pytest.mark.parametrize("optimiser", list(RULES))
@pytest.mark.parametrize("numbers", [0, 3, 52, 60])
def test_an_error_in_an_operation_of_ones_own_keeps_the_steps_before_it(
    optimiser, plan, numbers, error, backend
):
    fuse = Fuse(10**9, error)
    act = picky(fuse)
    finished, failed = [Learner(RULES[optimiser], 0.05, act) for _ in range(2)]
    inputs = [Value(0.0, "x"), Value(0.0, "y")]
    program = compile(failed.loss(inputs), inputs, failed.model.parameters(), backend=backend)
    fuse.left = numbers
    with pytest.raises(type(error)):
        program.train(ROWS, failed.optimizer, seed=4, progress=False, **plan)
    steps = failed.optimizer.steps
    sizes = [2, 2, 2, 1] * 10 if "batch_size" in plan else [7] * 40
    assert steps == sum(1 for done in itertools.accumulate(sizes) if done <= numbers)
    fuse.left = 10**9
    whole = compile(finished.loss(inputs), inputs, finished.model.parameters(), backend=backend)
    finished.optimizer.lr = Fuse(steps, Broken())
    with pytest.raises(Broken):
        whole.train(ROWS, finished.optimizer, seed=4, progress=False, **plan)
    assert finished.optimizer.steps == steps
    assert failed.state(gradients=True) == finished.state(gradients=True)


def test_an_error_in_an_operation_on_a_tape_keeps_the_steps_before_it(backend):
    fuse = Fuse(10**9, RuntimeError("too much"))
    act = picky(fuse)
    w, b, x = Value(0.5, "w"), Value(0.1, "b"), Value(0.0, "x")
    y = w * x + b
    for _ in range(2100):
        y = act(y)
    program = compile((y - 0.3) * (y - 0.3), [x], [w, b], backend=backend)
    optimizers = [nn.Adam([w, b], lr=0.1) for _ in range(2)]
    start = w.data, b.data
    states = []
    for optimizer in optimizers:
        w.data, b.data = start
        fuse.left = 2100 * 2 * 3 + 2500 if optimizer is optimizers[0] else 10**9
        if optimizer is optimizers[0]:
            with pytest.raises(RuntimeError, match="too much"):
                program.train([[0.3], [0.4]], optimizer, epochs=10)
        else:
            program.train([[0.3], [0.4]], optimizer, epochs=3)
        states.append((w.data, b.data, w.grad, b.grad, optimizer.state_dict()))
    assert states[0] == states[1]


def test_a_schedule_that_fails_ahead_of_its_step_is_asked_once(backend):
    asked = []

    def schedule(step):
        asked.append(step)
        if step == 5:
            raise Broken
        return 0.05

    learner = Learner(nn.SGD, schedule)
    with pytest.raises(Broken):
        learner.train(backend, epochs=50, progress=False)
    assert asked == list(range(6)) and learner.optimizer.steps == 5


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["eager", "numpy"])
@pytest.mark.parametrize(
    ("argument", "error", "message"),
    [
        ({"epochs": 1.5}, TypeError, "epochs must be a whole number; got 1.5"),
        ({"epochs": True}, TypeError, "epochs must be a whole number; got True"),
        ({"epochs": "3"}, TypeError, "epochs must be a whole number; got '3'"),
        ({"epochs": -1}, ValueError, "epochs must be 0 or more; got -1"),
        ({"batch_size": 2.5}, TypeError, "batch_size must be a whole number; got 2.5"),
        ({"batch_size": True}, TypeError, "batch_size must be a whole number; got True"),
        ({"batch_size": 0}, ValueError, "batch_size must be 1 or more; got 0"),
        ({"seed": "x"}, TypeError, "seed must be a whole number; got 'x'"),
        ({"seed": 0.5}, TypeError, "seed must be a whole number; got 0.5"),
        ({"seed": None}, TypeError, "seed must be a whole number; got None"),
    ],
)
def test_a_plan_that_is_none_is_refused_at_the_call(argument, error, message, how):
    learner = Learner(nn.SGD, 0.1)
    with pytest.raises(error, match=f"{'fit' if how == 'eager' else 'train'}: {message}"):
        learner.train(how, progress=False, **argument)
    assert learner.optimizer.steps == 0


def test_numbers_of_numpys_are_whole_numbers_and_a_batch_may_be_larger_than_the_data(backend):
    plan = {"epochs": np.int64(3), "batch_size": np.int32(100), "seed": np.uint8(4)}
    eager, compiled = [Learner(nn.Adam, 0.1) for _ in range(2)]
    assert len(eager.train("eager", progress=False, **plan).losses) == 3
    assert len(compiled.train(backend, progress=False, **plan)) == 3
    assert_same(compiled, eager, gradients=True)


# --- optimisers with an update of their own -------------------------------------------------------


class Signed(nn.SGD):
    def _moved(self, i, x, gradient, rate):
        return x - rate * math.copysign(1.0, gradient)


class Clipped(nn.Adam):
    def step(self):
        nn.clip_grad_value_(self.parameters, 0.5)
        super().step()


class Counted(nn.Adam):
    """The update is Adam's."""

    def report(self):
        return f"{self.steps} steps"


class Adam:  # by name alone
    state_lists, steps, lr = (), 0, 0.1

    def __init__(self, parameters, lr):
        self.parameters = parameters


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Signed, r"Signed has its own update \(_moved\).*value_and_grad"),
        (Clipped, r"Clipped has its own update \(step\).*nn.fit"),
        (Adam, r"not of .*test_compiling_failures.Adam; call value_and_grad in your own loop"),
    ],
)
def test_an_optimiser_with_an_update_of_its_own_is_refused(make, message, backend):
    learner = Learner(make, 0.1)
    before = [p.data for p in learner.model.parameters()]
    with pytest.raises(TypeError, match=message):
        learner.train(backend, epochs=2)
    assert [p.data for p in learner.model.parameters()] == before


def test_a_subclass_that_leaves_the_update_alone_trains(backend):
    ours, theirs = Learner(Counted, 0.1), Learner(nn.Adam, 0.1)
    for learner in (ours, theirs):
        learner.train(backend, epochs=5)
    assert ours.state(True) == theirs.state(True) and ours.optimizer.report() == "5 steps"


# --- copies ---------------------------------------------------------------------------------------


def test_a_program_is_not_copied_or_pickled_and_says_what_to_do(backend, capfd):
    w = [Value(1.0, "w0"), Value(2.0, "w1")]
    program = compile(ag.dot(w, w), parameters=w, backend=backend)
    for attempt in (pickle.dumps, copy.deepcopy, copy.copy):
        with pytest.raises(TypeError, match=r"compile the graph again .*export\(path\)"):
            attempt(program)
    with pytest.raises(TypeError, match=r"compile the graph again"):
        copy.deepcopy({"scorer": program})
    assert program() == 5.0
    assert capfd.readouterr().err == ""
