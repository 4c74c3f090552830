"""fit: batches, resuming, Ctrl-C, and the progress bar."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest

import autograd
import nn

XS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.2]]
YS = [-1, 1, 1, -1, 1]


def model_and_optimizer():
    model = nn.MLP(2, [4, 1], activation="tanh", seed=3)
    return model, nn.SGD(model.parameters(), lr=0.02, momentum=0.5)


def numbers(model):
    return [p.data for p in model.parameters()]


def test_fit_is_the_loop_that_one_would_write():
    model, optimizer = model_and_optimizer()
    history = nn.fit(model, XS, YS, nn.mse_loss, optimizer, epochs=7, batch_size=2, seed=5)
    twin, optimizer = model_and_optimizer()
    losses = []
    for epoch in range(7):
        for batch in nn.batches(5, 2, 5, epoch):
            loss = nn.mse_loss([twin(XS[i]) for i in batch], [YS[i] for i in batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.data)
    assert history.losses == losses and numbers(model) == numbers(twin)
    assert history.steps_per_epoch == 3 and len(history.epoch_losses) == 7
    assert history.epoch_losses[-1] < history.epoch_losses[0]


def test_batches_cover_every_row_once_and_depend_on_seed_and_epoch_alone():
    assert nn.batches(4, None, 1, 9) == [[0, 1, 2, 3]]
    batches = nn.batches(10, 4, 1, 0)
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(i for batch in batches for i in batch) == list(range(10))
    assert nn.batches(10, 4, 1, 0) == batches
    assert nn.batches(10, 4, 1, 1) != batches != nn.batches(10, 4, 2, 0)


@pytest.mark.parametrize("stop_after", [1, 4, 6])
def test_an_interrupted_training_resumes_to_the_same_numbers(stop_after):
    options = {"epochs": 4, "batch_size": 2, "seed": 1}
    whole, optimizer = model_and_optimizer()
    expected = nn.fit(whole, XS, YS, nn.mse_loss, optimizer, **options)
    model, optimizer = model_and_optimizer()

    def interrupting(outputs, targets):
        if optimizer.steps == stop_after - 1:
            signal.raise_signal(signal.SIGINT)
        return nn.mse_loss(outputs, targets)

    history = nn.fit(model, XS, YS, interrupting, optimizer, **options)
    assert history.interrupted and len(history.losses) == stop_after == optimizer.steps
    history = nn.fit(model, XS, YS, nn.mse_loss, optimizer, history=history, **options)
    assert not history.interrupted
    assert history.losses == expected.losses and numbers(model) == numbers(whole)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_penalty_is_added_to_every_steps_loss():
    model, optimizer = model_and_optimizer()
    parameters = model.parameters()
    squares = sum(p.data * p.data for p in parameters)
    plain = nn.mse_loss([model(x) for x in XS], YS).data
    history = nn.fit(
        model,
        XS,
        YS,
        nn.mse_loss,
        optimizer,
        penalty=lambda: 0.01 * autograd.dot(parameters, parameters),
    )
    assert history.losses[0] == pytest.approx(plain + 0.01 * squares)


def test_the_history_says_what_happened():
    assert repr(nn.History()) == "History of 0 steps" and nn.History().epoch_losses == []
    history = nn.History([4.0, 2.0, 1.0], steps_per_epoch=2, interrupted=True)
    assert repr(history) == "History of 3 steps, loss 4 -> 1, interrupted"
    assert history.epoch_losses == [3.0]


@pytest.mark.parametrize(
    ("xs", "ys", "batch_size", "message"),
    [
        (XS, YS[:2], None, "5 inputs, but 2 targets"),
        ([], [], None, "no rows"),
        (XS, YS, 0, "got 0"),
    ],
)
def test_bad_input_is_a_clear_error(xs, ys, batch_size, message):
    model, optimizer = model_and_optimizer()
    with pytest.raises(ValueError, match=message):
        nn.fit(model, xs, ys, nn.mse_loss, optimizer, batch_size=batch_size)


SLOW = """
import time, nn
def slow(outputs, targets):
    time.sleep(0.1)
    return nn.mse_loss(outputs, targets)
m = nn.MLP(1, [1], seed=1)
nn.fit(m, [[1.0]], [2.0], slow, nn.SGD(m.parameters(), lr=0.1), epochs=26)
"""


def test_long_work_in_a_terminal_shows_a_progress_bar_with_the_loss():
    for module in ("pty", "fcntl", "termios"):
        pytest.importorskip(module, reason="a pseudo-terminal is a thing of POSIX")
    import fcntl
    import pty
    import struct
    import termios

    pytest.importorskip("tqdm", reason="without tqdm there is no bar")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    child = subprocess.Popen([sys.executable, "-c", SLOW], stderr=theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a pseudo-terminal
        while more := os.read(ours, 100_000):
            shown += more
    os.close(ours)
    assert child.wait(30) == 0
    assert b"/26 [" in shown and b"loss=" in shown


def test_without_a_terminal_nothing_is_printed():
    script = (
        "import nn; m = nn.MLP(1, [1]); o = nn.SGD(m.parameters());"
        "nn.fit(m, [[1.0]], [2.0], nn.mse_loss, o, epochs=50)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_before_step_sees_the_gradients_and_the_loss_before_the_update():
    model, optimizer = model_and_optimizer()
    twin, _ = model_and_optimizer()
    seen = []

    def before_step(step, loss):
        seen.append((step, loss.data, numbers(model), [p.grad for p in model.parameters()]))

    history = nn.fit(model, XS, YS, nn.mse_loss, optimizer, epochs=3, before_step=before_step)
    assert [step for step, *_ in seen] == [0, 1, 2]
    assert [loss for _, loss, *_ in seen] == history.losses
    loss = nn.mse_loss([twin(x) for x in XS], YS)
    loss.backward()
    assert seen[0] == (0, loss.data, numbers(twin), [p.grad for p in twin.parameters()])


def test_before_step_may_clip_the_gradients():
    model, _ = model_and_optimizer()
    before = numbers(model)

    def clip(step, loss):
        for parameter in model.parameters():
            parameter.grad = 0.0

    nn.fit(model, XS, YS, nn.mse_loss, nn.SGD(model.parameters()), before_step=clip)
    assert numbers(model) == before
