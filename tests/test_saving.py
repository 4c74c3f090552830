"""save and load: exact, atomic, and no code runs."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import nn


def numbers(model):
    return [p.data for p in model.parameters()]


def test_a_loaded_model_has_the_same_floats(tmp_path):
    model = nn.MLP(2, [3, 1], seed=1)
    for parameter, x in zip(model.parameters(), (0.1 + 0.2, 5e-324, -0.0, math.inf, -math.inf)):
        parameter.data = x
    model.parameters()[5].data = math.nan
    nn.save(model, tmp_path / "model.json")
    loaded = nn.load(nn.MLP(2, [3, 1]), tmp_path / "model.json")
    assert [x.hex() for x in numbers(loaded)] == [x.hex() for x in numbers(model)]


def test_a_training_goes_on_from_a_file_as_if_nothing_had_happened(tmp_path):
    xs, ys = [[0.0], [1.0], [2.0]], [1.0, -1.0, 0.5]

    def start():
        model = nn.MLP(1, [3, 1], activation="tanh", seed=1)
        return model, nn.Adam(model.parameters(), lr=0.05)

    whole, optimizer = start()
    expected = nn.fit(whole, xs, ys, nn.mse_loss, optimizer, epochs=9, batch_size=2)
    model, optimizer = start()
    history = nn.fit(model, xs, ys, nn.mse_loss, optimizer, epochs=4, batch_size=2)
    nn.save(model, tmp_path / "run.json", optimizer=optimizer, history=history)
    model, optimizer = start()
    history = nn.History()
    nn.load(model, tmp_path / "run.json", optimizer=optimizer, history=history)
    nn.fit(model, xs, ys, nn.mse_loss, optimizer, epochs=9, batch_size=2, history=history)
    assert history.losses == expected.losses and numbers(model) == numbers(whole)


KILLED = """
import sys, nn
model = nn.MLP(20, [40, 1], seed=1)
nn.save(model, sys.argv[1])
print("saved", flush=True)
while True:
    for p in model.parameters():
        p.data += 1.0
    nn.save(model, sys.argv[1])
"""


def test_a_killed_save_leaves_a_whole_file(tmp_path):
    path = tmp_path / "model.json"
    for wait in (0.05, 0.12, 0.21):
        child = subprocess.Popen([sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE)
        child.stdout.readline()
        time.sleep(wait)
        child.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        child.wait()
        child.stdout.close()
        nn.load(nn.MLP(20, [40, 1]), path)


def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "model.json"
    old, new = nn.MLP(1, [1], seed=1), nn.MLP(1, [1], seed=2)
    nn.save(old, path)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        nn.save(new, path)
    monkeypatch.undo()
    assert os.listdir(tmp_path) == ["model.json"]
    assert numbers(nn.load(nn.MLP(1, [1]), path)) == numbers(old)


def valid(**changes):
    document = {"format": "stepgrad model", "version": 1, "state": {}, **changes}
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("{", ValueError, "is not a saved model"),
        ("[1]", ValueError, "does not say 'stepgrad model'"),
        ('{"format": "other"}', ValueError, "does not say"),
        ("[" * 100_000, ValueError, "is not a saved model"),
        (valid(version=99), ValueError, "version 99, this library reads 1"),
        ('{"a": 1, "a": 2}', ValueError, "is not a saved model: 'a' occurs twice"),
        (f'{{"losses": {"[" * 900}{"]" * 900}}}', ValueError, "is not a saved model"),
        ("9" * 5000, ValueError, "is not a saved model"),
        ("\ufeff{}", ValueError, "is not a saved model"),
        (valid(), KeyError, "missing .'layers.0.neurons.0.w'"),
        ("cos\nsystem\n(S'echo'\ntR.", ValueError, "is not a saved model"),
    ],
)
def test_other_files_are_refused(tmp_path, text, error, message):
    path = tmp_path / "model.json"
    path.write_text(text)
    with pytest.raises(error, match=message) as caught:
        nn.load(nn.MLP(1, [1]), path)
    assert str(path) in str(caught.value)


def test_what_was_not_saved_cannot_be_loaded(tmp_path):
    model = nn.MLP(1, [1])
    nn.save(model, tmp_path / "model.json")
    with pytest.raises(ValueError, match="saved without its losses"):
        nn.load(model, tmp_path / "model.json", history=nn.History())
    with pytest.raises(ValueError, match="saved without its optimizer"):
        nn.load(model, tmp_path / "model.json", optimizer=nn.SGD(model.parameters()))
    with pytest.raises(FileNotFoundError):
        nn.load(model, tmp_path / "nothing.json")


def test_threads_that_save_to_one_path_leave_a_whole_file_at_every_moment(tmp_path):
    path = tmp_path / "model.json"
    models = [nn.MLP(5, [20, 1], seed=seed) for seed in range(4)]
    nn.save(models[0], path)
    with ThreadPoolExecutor() as pool:
        saves = [pool.submit(nn.save, model, path) for _ in range(40) for model in models]
        while not all(save.done() for save in saves):
            loaded = nn.load(nn.MLP(5, [20, 1]), path)
            assert numbers(loaded) in [numbers(model) for model in models]
    assert [save.exception() for save in saves] == [None] * 160
    assert os.listdir(tmp_path) == ["model.json"]


def test_the_path_may_be_bytes(tmp_path):
    path = os.fsencode(tmp_path / "µ.json")
    nn.save(nn.MLP(1, [1], seed=1), path)
    assert numbers(nn.load(nn.MLP(1, [1]), path)) == numbers(nn.MLP(1, [1], seed=1))


def trained(optimizer=nn.Adam):
    model = nn.MLP(1, [2, 1], seed=1)
    rule = optimizer(model.parameters(), lr=0.1)
    return model, rule, nn.fit(model, [[1.0], [2.0]], [1.0, 0.0], nn.mse_loss, rule, epochs=3)


def change(*keys, to):
    def changed(document):
        *way, last = keys
        for key in way:
            document = document[key]
        document[last] = to

    return changed


FIRST = "layers.0.neurons.0.w"
LARGE = 10**400


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        (change("state", to=None), TypeError, "a state is a dict"),
        (change("state", FIRST, to=None), ValueError, f"{FIRST}: expected a list of 1, got one"),
        (change("state", FIRST, to=[LARGE]), ValueError, f"{FIRST}.0: the number is too large"),
        (change("state", FIRST, 0, to="1"), TypeError, "got the text '1'"),
        (change("state", FIRST, 0, to=True), TypeError, "expected a number, got True"),
        (change("optimizer", to=None), TypeError, "a state is a dict"),
        (change("optimizer", to={"steps": 1}), KeyError, r"has the state \['mean', 'mean_square'"),
        (change("optimizer", "steps", to=None), ValueError, r"number from 0 to 2\*\*53, got None"),
        (change("optimizer", "steps", to=-5), ValueError, r"number from 0 to 2\*\*53, got -5"),
        (change("optimizer", "steps", to=1.5), ValueError, r"number from 0 to 2\*\*53, got 1.5"),
        (change("optimizer", "steps", to=True), ValueError, r"number from 0 to 2\*\*53, got True"),
        (change("optimizer", "steps", to=LARGE), ValueError, r"number from 0 to 2\*\*53, got 1000"),
        (change("optimizer", "mean", to="abc"), TypeError, "mean: expected a list of numbers"),
        (change("optimizer", "mean", to=[0.0]), ValueError, "mean: 1 numbers for 7 parameters"),
        (change("optimizer", "mean", 3, to=[0.0]), ValueError, "mean.3: expected one number"),
        (change("optimizer", "mean", 3, to=LARGE), ValueError, "mean.3: the number is too large"),
        (
            change("optimizer", "mean_square", 3, to=-1.0),
            ValueError,
            "-1.0 is not a mean of squares",
        ),
        (change("losses", to="abc"), TypeError, "losses: expected a list of numbers, got 'abc'"),
        (change("losses", to={}), TypeError, "losses: expected a list of numbers, got {}"),
        (change("losses", to=[[1], "x"]), ValueError, "losses.0: expected one number"),
        (change("losses", to=[1.0, "x"]), TypeError, "losses.1: expected a number"),
        (change("losses", to=[LARGE]), ValueError, "losses.0: the number is too large"),
    ],
)
def test_a_file_that_does_not_fit_changes_neither_model_nor_optimiser_nor_history(
    tmp_path, changed, error, message
):
    path = tmp_path / "model.json"
    model, optimizer, history = trained()
    nn.save(model, path, optimizer=optimizer, history=history)
    nn.fit(model, [[1.0]], [1.0], nn.mse_loss, optimizer, epochs=9, history=history)
    document = json.loads(path.read_text())
    changed(document)
    path.write_text(json.dumps(document))
    before = model.state_dict(), optimizer.state_dict(), list(history.losses)
    with pytest.raises(error, match=message) as caught:
        nn.load(model, path, optimizer=optimizer, history=history)
    assert type(caught.value) is error and str(path) in str(caught.value)
    assert (model.state_dict(), optimizer.state_dict(), history.losses) == before


def test_a_checkpoint_of_another_optimiser_is_named_and_changes_nothing(tmp_path):
    model, optimizer, history = trained(nn.SGD)
    nn.save(model, tmp_path / "model.json", optimizer=optimizer)
    other, adam, history = trained(nn.Adam)
    before = other.state_dict(), adam.state_dict(), list(history.losses)
    with pytest.raises(KeyError, match=r"velocity.*, which is the state of SGD"):
        nn.load(other, tmp_path / "model.json", optimizer=adam)
    assert (other.state_dict(), adam.state_dict(), history.losses) == before


def test_a_diverged_training_is_saved_and_loaded_as_it_is(tmp_path):
    model, optimizer, history = trained()
    optimizer.mean[0], optimizer.mean_square[0] = math.nan, math.inf
    history.losses[:] = [1.0, math.inf, math.nan]
    nn.save(model, tmp_path / "model.json", optimizer=optimizer, history=history)
    _, again, losses = trained()
    nn.load(model, tmp_path / "model.json", optimizer=again, history=losses)
    assert str(again.state_dict()) == str(optimizer.state_dict())
    assert str(losses.losses) == "[1.0, inf, nan]"


def test_a_model_whose_names_collide_is_not_saved(tmp_path):
    model = nn.Sequential({1: nn.Neuron(1), "1": nn.Neuron(1)})
    with pytest.raises(ValueError, match=r"stages\[0\]\[1\]\.w and stages\[0\]\['1'\]\.w have the"):
        nn.save(model, tmp_path / "model.json")
    assert os.listdir(tmp_path) == []
