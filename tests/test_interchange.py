"""Models to PyTorch and back, and to safetensors files and back, number for number."""

import json
import os
import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import nn
from autograd import Value, no_grad
from nn import ACTIVATIONS, MLP, Embedding, Module, Sequential

ROWS = [[random.Random(i).uniform(-2, 2) for _ in range(3)] for i in range(5)]


def outputs(model: MLP) -> list[list[float]]:
    with no_grad():
        return [[float(y) for y in model(row)] for row in ROWS]


@pytest.fixture(name="torch")
def _torch():
    return pytest.importorskip("torch", reason="interchange with PyTorch")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_pytorch_computes_the_same_outputs(torch, activation: str) -> None:
    model = MLP(3, [4, 2], activation=activation, seed=1)
    there = nn.to_torch(model)
    assert there(torch.tensor(ROWS, dtype=torch.float64)).tolist() == [
        pytest.approx(row, rel=1e-12, abs=1e-12) for row in outputs(model)
    ]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_there_and_back_every_number_is_the_same(torch, activation: str) -> None:
    model = MLP(3, [4, 2], activation=activation, seed=2)
    back = nn.from_torch(nn.to_torch(model))
    assert back.state_dict() == model.state_dict()
    assert outputs(back) == outputs(model)
    assert repr(back) == repr(model)


def test_the_gradients_agree_too(torch) -> None:
    model = MLP(3, [4, 1], activation="tanh", seed=3)
    there = nn.to_torch(model)
    there(torch.tensor(ROWS, dtype=torch.float64)).square().mean().backward()
    nn.mse_loss([model(row) for row in ROWS], [0.0] * len(ROWS)).backward()
    weight = [[w.grad for w in neuron.w] for neuron in model.layers[0].neurons]
    for ours, theirs in zip(weight, there[0].weight.grad.tolist()):
        assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-14)


def test_a_state_dict_comes_in_with_the_activation_named(torch) -> None:
    model = MLP(3, [4, 2], activation="tanh", seed=4)
    back = nn.from_torch(nn.to_torch(model).state_dict(), activation="tanh")
    assert outputs(back) == outputs(model)


def test_a_float32_model_of_pytorch_comes_in_exactly(torch) -> None:
    torch.manual_seed(0)
    theirs = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2), torch.nn.Sigmoid()
    )
    ours = nn.from_torch(theirs)
    expected = theirs.double()(torch.tensor(ROWS, dtype=torch.float64)).tolist()
    for got, row in zip(outputs(ours), expected):
        assert got == pytest.approx(row, rel=1e-12)


def test_what_has_no_counterpart_is_refused_by_name(torch) -> None:
    linear = torch.nn.Linear(3, 4)
    with pytest.raises(TypeError, match="Dropout"):
        nn.from_torch(torch.nn.Sequential(linear, torch.nn.Dropout()))
    with pytest.raises(ValueError, match=r"negative_slope=0\.01"):
        nn.from_torch(torch.nn.Sequential(linear, torch.nn.LeakyReLU(0.2)))
    with pytest.raises(ValueError, match="without bias"):
        nn.from_torch(torch.nn.Sequential(torch.nn.Linear(3, 4, bias=False)))
    with pytest.raises(ValueError, match="inputs"):
        nn.from_torch(torch.nn.Sequential(linear, torch.nn.Linear(5, 1)))
    with pytest.raises(TypeError, match="Embedding"):
        nn.to_torch(Embedding(3, 2))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="activation"):
        nn.to_torch(MLP(3, [2, 1], activation=lambda x: x * x))


class Mixed(Module):
    """A model with a table, a stack of layers, a list and a dict of parameters of its own."""

    def __init__(self, seed: int) -> None:
        self.table = Embedding(3, 2, seed=seed)
        self.body = Sequential(MLP(2, [3, 1], seed=seed))
        self.scale = {"gain": self.table.rows[0][0] and nn.Neuron(2, seed=seed).w[0]}


def test_a_safetensors_file_gives_every_number_back(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    nn.save_safetensors(Mixed(seed=1), tmp_path / "model.safetensors")
    loaded = nn.load_safetensors(Mixed(seed=2), tmp_path / "model.safetensors")
    assert loaded.state_dict() == Mixed(seed=1).state_dict()


def test_a_safetensors_file_has_pytorchs_names_and_shapes(tmp_path: Path) -> None:
    numpy_files = pytest.importorskip("safetensors.numpy")
    nn.save_safetensors(MLP(3, [4, 2], seed=1), tmp_path / "model.safetensors")
    arrays = numpy_files.load_file(tmp_path / "model.safetensors")
    assert {name: array.shape for name, array in arrays.items()} == {
        "layers.0.weight": (4, 3),
        "layers.0.bias": (4,),
        "layers.1.weight": (2, 4),
        "layers.1.bias": (2,),
    }


def test_a_safetensors_file_of_another_model_changes_nothing(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    nn.save_safetensors(MLP(3, [4, 2], seed=1), tmp_path / "model.safetensors")
    model = MLP(3, [4, 4], seed=2)
    before = model.state_dict()
    with pytest.raises(ValueError, match=r"layers\.1\.bias: expected shape \(4,\)"):
        nn.load_safetensors(model, tmp_path / "model.safetensors")
    with pytest.raises(KeyError, match=r"layers\.1\.weight"):
        nn.load_safetensors(MLP(3, [4]), tmp_path / "model.safetensors")
    assert model.state_dict() == before


@pytest.mark.slow
def test_the_data_parallel_recipe_runs(torch) -> None:
    """Two processes of PyTorch arrive at the weights of the training in scalars."""
    root = Path(__file__).parent.parent
    ran = subprocess.run(
        [sys.executable, "docs/recipes/data_parallel.py"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert "largest difference of a weight" in ran.stdout


def module(**attributes: object) -> Module:
    made = Module()
    vars(made).update(attributes)
    return made


def test_an_own_weight_beside_the_neurons_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    model = module(neurons=[nn.Neuron(2), nn.Neuron(2)], weight=Value(1.0), bias=[Value(2.0)])
    with pytest.raises(ValueError, match=r"neurons\.0\.w and weight would both be 'weight'"):
        nn.save_safetensors(model, tmp_path / "model.safetensors")
    with pytest.raises(ValueError, match="would both be 'weight'"):
        nn.load_safetensors(model, tmp_path / "model.safetensors")
    assert os.listdir(tmp_path) == []


def values(*numbers: float) -> list[Value]:
    return [Value(number) for number in numbers]


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: {"x": [values(1, 2), values(3)]}, ["x.0", "x.1"]),
        (lambda: {"x": [Value(1.0), values(2, 3)]}, ["x.0", "x.1"]),
        (lambda: {"x": {"a": {"b": values(1, 2)}, "c": Value(3.0)}}, ["x.a.b", "x.c"]),
        (lambda: {"x": [{"a": Value(1.0)}, {"a": Value(2.0)}]}, ["x.0.a", "x.1.a"]),
        (lambda: {"x": [[values(1, 2)], [values(3, 4)]]}, ["x"]),
        (lambda: {"neurons": [nn.Neuron(2), nn.Neuron(3)]}, ["weight.0", "weight.1", "bias"]),
        (lambda: {"neurons": {7: nn.Neuron(2), 9: nn.Neuron(2)}}, ["weight", "bias"]),
    ],
)
def test_whatever_has_parameters_goes_into_a_safetensors_file_and_back(tmp_path, make, names):
    numpy_files = pytest.importorskip("safetensors.numpy")
    model = module(**make())
    for i, parameter in enumerate(model.parameters()):
        parameter.data = i + 0.5
    nn.save_safetensors(model, tmp_path / "model.safetensors")
    assert set(numpy_files.load_file(tmp_path / "model.safetensors")) == set(names)
    loaded = nn.load_safetensors(module(**make()), tmp_path / "model.safetensors")
    assert loaded.state_dict() == model.state_dict()


def header(kind: str, size: int) -> bytes:
    entry = {"dtype": kind, "shape": [1], "data_offsets": [0, size]}
    text = json.dumps({"w": entry}).encode()
    return struct.pack("<Q", len(text)) + text + bytes(size)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a safetensors file"),
        (b"\xff" * 100, "is not a safetensors file"),
        (header("F64", 8)[:-1], "is not a safetensors file"),
        (header("BF16", 2), "has arrays of type BF16, which NumPy lacks"),
        (header("C64", 8), "w: expected numbers, got an array of complex64"),
        (header("BOOL", 1), "w: expected numbers, got an array of bool"),
    ],
)
def test_what_is_no_safetensors_file_is_a_value_error_with_its_path(tmp_path, content, message):
    pytest.importorskip("safetensors")
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    model = module(w=values(1.0))
    with pytest.raises(ValueError, match=message) as caught:
        nn.load_safetensors(model, path)
    assert str(path) in str(caught.value)
    assert model.state_dict() == {"w": [1.0]}


@pytest.mark.parametrize(("kind", "size"), [("F16", 2), ("F32", 4), ("F64", 8), ("I64", 8)])
def test_numbers_of_any_width_are_widened(tmp_path, kind, size):
    pytest.importorskip("safetensors")
    (tmp_path / "a").write_bytes(header(kind, size))
    assert nn.load_safetensors(module(w=values(1.0)), tmp_path / "a").state_dict() == {"w": [0.0]}


def test_safetensors_errors_of_the_file_system_are_os_errors(tmp_path):
    pytest.importorskip("safetensors")
    model = MLP(1, [1])
    with pytest.raises(FileNotFoundError):
        nn.load_safetensors(model, tmp_path / "missing")
    with pytest.raises(IsADirectoryError):
        nn.save_safetensors(model, os.fsencode(tmp_path))
