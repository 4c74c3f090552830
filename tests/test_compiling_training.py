"""Training inside a program: the same numbers as `nn.fit`, and Ctrl-C."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import nn
from autograd import Value, compile

BACKENDS = ["numpy", pytest.param("native", marks=pytest.mark.slow)]


@pytest.fixture(params=BACKENDS)
def backend(request):
    if request.param == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs it")
    return request.param


OPTIMISERS = {
    "sgd": lambda p: nn.SGD(p, lr=0.1),
    "sgd, decay": lambda p: nn.SGD(p, lr=0.1, weight_decay=0.02),
    "momentum": lambda p: nn.SGD(p, lr=0.1, momentum=0.9),
    "momentum, damped, decay": lambda p: nn.SGD(
        p, lr=0.1, momentum=0.9, dampening=0.1, weight_decay=0.01
    ),
    "nesterov": lambda p: nn.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda p: nn.Adam(p, lr=0.01),
    "adam, decay": lambda p: nn.Adam(p, lr=0.01, weight_decay=0.1, betas=(0.8, 0.9), eps=1e-6),
    "adamw": lambda p: nn.AdamW(p, lr=0.01, weight_decay=0.1),
}
SCHEDULES = {
    "cosine": lambda rate: nn.schedules.cosine(rate, 30),
    "linear": lambda rate: nn.schedules.linear(rate, 25, final=0.001),
    "own": lambda rate: lambda step: rate / (1 + step),
}


def data(n=20):
    rng = random.Random(0)
    return [[rng.gauss(0, 1), rng.gauss(0, 1), rng.choice([-1.0, 1.0])] for _ in range(n)]


class Pair:
    """The same model twice: one trained by `nn.fit`, one by its program."""

    def __init__(self, backend, optimiser, some=None, schedule=None):
        self.eager, self.compiled = [nn.MLP(2, [4, 1], activation="tanh", seed=1) for _ in range(2)]
        x, y = [Value(0.0), Value(0.0)], Value(0.0)
        loss = nn.mse_loss([self.compiled(x)], [y])
        parameters = self.compiled.parameters()
        self.program = compile(loss, [*x, y], parameters, backend=backend)
        self.optimisers = []
        for model in (self.eager, self.compiled):
            moved = model.parameters() if some is None else model.parameters()[some]
            self.optimisers.append(optimiser(moved))
            if schedule is not None:
                self.optimisers[-1].lr = schedule(self.optimisers[-1].lr)

    def train(self, batch_size, epochs=6, seed=3):
        rows = data()
        xs, ys = [row[:2] for row in rows], [row[2] for row in rows]
        eager, compiled = self.optimisers
        history = nn.fit(
            self.eager, xs, ys, nn.mse_loss, eager,
            epochs=epochs, batch_size=batch_size, seed=seed, progress=False,
        )  # fmt: skip
        losses = self.program.train(
            rows, compiled, epochs=epochs, batch_size=batch_size, seed=seed, progress=False
        )
        near = {"rtol": 1e-10, "atol": 1e-13}
        np.testing.assert_allclose(losses, history.losses[-len(losses) :], **near)
        numbers = [[p.data for p in model.parameters()] for model in (self.compiled, self.eager)]
        np.testing.assert_allclose(*numbers, **near)
        gradients = [[p.grad for p in o.parameters] for o in (compiled, eager)]
        np.testing.assert_allclose(*gradients, **near)
        for name in compiled.state_lists:
            np.testing.assert_allclose(getattr(compiled, name), getattr(eager, name), **near)
        assert compiled.steps == eager.steps


@pytest.mark.parametrize("name", list(OPTIMISERS))
@pytest.mark.parametrize("batch_size", [None, 8, 20, 64])
def test_every_optimiser_agrees_with_fit(name, batch_size, backend):
    Pair(backend, OPTIMISERS[name]).train(batch_size)


@pytest.mark.parametrize("name", list(OPTIMISERS))
@pytest.mark.parametrize("schedule", list(SCHEDULES))
def test_schedules_agree_with_fit_and_go_on_in_a_second_training(name, schedule, backend):
    pair = Pair(backend, OPTIMISERS[name], schedule=SCHEDULES[schedule])
    pair.train(8)
    pair.train(None, epochs=5, seed=4)
    pair.train(7, epochs=2, seed=5)


@pytest.mark.parametrize("name", list(OPTIMISERS))
@pytest.mark.parametrize("some", [slice(0, 12), slice(5, None), slice(3, 4)])
def test_parameters_that_the_optimiser_does_not_have_stay(name, some, backend):
    pair = Pair(backend, OPTIMISERS[name], some)
    before = [p.data for p in pair.compiled.parameters()]
    pair.train(8)
    pair.train(None, epochs=3)
    kept = set(range(len(before))) - set(range(len(before))[some])
    after = [p.data for p in pair.compiled.parameters()]
    assert [after[i] for i in kept] == [before[i] for i in kept]
    assert [after[i] for i in range(len(before))[some]] != before[some]


def test_eager_and_compiled_training_take_turns(backend):
    pair = Pair(backend, OPTIMISERS["adam"])
    pair.train(8)
    rows = data()
    for model, optimizer in zip((pair.eager, pair.compiled), pair.optimisers):
        nn.fit(model, [r[:2] for r in rows], [r[2] for r in rows], nn.mse_loss, optimizer,
               epochs=2, batch_size=5, progress=False)  # fmt: skip
    pair.train(8)


def test_an_optimiser_of_something_else_is_refused():
    pair = Pair("numpy", OPTIMISERS["sgd"])
    stranger = Value(1.0, "stranger")
    with pytest.raises(ValueError, match="parameter 0 \\('stranger'\\) is not a parameter of this"):
        pair.program.train(data(), nn.SGD([stranger], lr=0.1))

    class Rprop:
        steps, lr, parameters, state_lists = 0, 0.1, pair.compiled.parameters(), ()

    with pytest.raises(TypeError, match=r"SGD, Adam and AdamW, but not of .*Rprop; call "):
        pair.program.train(data(), Rprop())
    with pytest.raises(ValueError, match="batch_size must be 1 or more; got 0"):
        pair.program.train(data(), pair.optimisers[1], batch_size=0)
    with pytest.raises(ValueError, match="epochs must be 0 or more; got -1"):
        pair.program.train(data(), pair.optimisers[1], epochs=-1)
    with pytest.raises(TypeError, match=r"expects an optimiser, such as nn.Adam.*got 'adam'"):
        pair.program.train(data(), "adam")


# --- Ctrl-C ---------------------------------------------------------------------------------------

LEARNER = """
import sys
import numpy as np
import nn
from autograd import Value, compile

rows = np.random.default_rng(0).normal(size=(40, 3))

def made():
    model = nn.MLP(2, [6, 1], activation="tanh", seed=1)
    x, y = [Value(0.0), Value(0.0)], Value(0.0)
    loss = nn.mse_loss([model(x)], [y])
    program = compile(loss, [*x, y], model.parameters(), backend=sys.argv[1])
    return program, nn.Adam(model.parameters(), lr=1e-4)

def state(program, optimizer):
    numbers = [(p.data, p.grad) for p in program.parameters]
    return numbers, optimizer.steps, optimizer.mean, optimizer.mean_square

program, optimizer = made()
program.train(rows, optimizer, epochs=1)
print("ready", flush=True)
losses = program.train(rows, optimizer, epochs=10**9, progress=False)
assert 0 < len(losses) < 10**9, len(losses)

again, other = made()
again.train(rows, other, epochs=1)
assert again.train(rows, other, epochs=len(losses), progress=False) == losses
assert state(program, optimizer) == state(again, other)
program.train(rows, optimizer, epochs=1)  # goes on
try:
    while True:
        pass
except KeyboardInterrupt:  # Ctrl-C is itself again
    print("consistent after", len(losses), flush=True)
"""


def test_ctrl_c_keeps_what_was_learned_and_a_consistent_optimiser(backend, tmp_path):
    if sys.platform == "win32":
        pytest.skip("Windows has no SIGINT to send to one process")
    command = [sys.executable, "-c", LEARNER, backend]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for delay in (0.05, 0.11, 0.23):
        learner = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
        try:
            assert learner.stdout.readline() == "ready\n"
            time.sleep(delay)
            learner.send_signal(signal.SIGINT)
            deadline = time.time() + 60
            while learner.poll() is None and time.time() < deadline:
                time.sleep(0.5)  # until it has checked itself and spins
                learner.send_signal(signal.SIGINT)
            printed, errors = learner.communicate(timeout=10)
        finally:
            learner.kill()
        assert printed.startswith("consistent after"), errors
