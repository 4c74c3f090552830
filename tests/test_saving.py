"""save and load: exact, atomic, and no code runs."""

import json
import math
import os
import signal
import subprocess
import sys
import time

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
        (valid(), KeyError, "missing .'layers.0.neurons.0.w'"),
        ("cos\nsystem\n(S'echo'\ntR.", ValueError, "is not a saved model"),
    ],
)
def test_other_files_are_refused(tmp_path, text, error, message):
    path = tmp_path / "model.json"
    path.write_text(text)
    with pytest.raises(error, match=message):
        nn.load(nn.MLP(1, [1]), path)


def test_what_was_not_saved_cannot_be_loaded(tmp_path):
    model = nn.MLP(1, [1])
    nn.save(model, tmp_path / "model.json")
    with pytest.raises(ValueError, match="saved without its losses"):
        nn.load(model, tmp_path / "model.json", history=nn.History())
    with pytest.raises(ValueError, match="saved without its optimizer"):
        nn.load(model, tmp_path / "model.json", optimizer=nn.SGD(model.parameters()))
    with pytest.raises(FileNotFoundError):
        nn.load(model, tmp_path / "nothing.json")
