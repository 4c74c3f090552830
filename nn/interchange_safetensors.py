"""Safetensors files: a model's parameters as named arrays that other libraries read.

A layer's neurons are stacked as PyTorch stacks them: "layers.0.weight" (outputs, inputs) and
"layers.0.bias" (outputs,), float64.  Everything else keeps its path in `state_dict()`; what is not
an array - a dict, or lists of different lengths - becomes one array per branch.
The packages are imported when one of these functions is called, not before.
"""

import os
import re
from pathlib import Path
from typing import Any

from autograd.extras import missing
from autograd.files import write_whole
from nn.module import Module
from nn.trees import branches

OF_A_NEURON = re.compile(r"(.*\.|)neurons\.(\d+)\.([wb])")
STACKED = {"w": "weight", "b": "bias"}


def save_safetensors(model: Module, path: str | bytes | os.PathLike[str]) -> None:
    """Write the model's parameters to a safetensors file, float64.

    Raises OSError when it cannot be written, which leaves an older file as it was; ValueError when
    two parameters would have the same name in it; ImportError, which says what to install.
    """
    safetensors, numpy = _packages()
    arrays = {
        name: numpy.array(numbers, dtype=numpy.float64)
        for name, numbers in stacked(model.state_dict()).items()
    }
    write_whole(path, safetensors.save(arrays))


def load_safetensors(model: Module, path: str | bytes | os.PathLike[str]) -> Module:
    """Load a file's numbers into a model built like the saved one; returns the model.

    NumPy's float and integer types are widened to float64.  Raises OSError when the file cannot be
    read; ValueError when it is not a safetensors file, or an array has another shape or type;
    KeyError, which lists the names, when arrays are missing or extra.  Then nothing is changed.
    """
    path = os.fsdecode(path)
    state = model.state_dict()
    expected = stacked(state)
    arrays = _read(path)
    absent = [name for name in expected if name not in arrays]
    extra = sorted([name for name in arrays if name not in expected])  # a file has no order
    if absent or extra:
        raise KeyError(
            f"{path} does not fit this {type(model).__name__}: "
            f"missing {absent or 'nothing'}, not known here {extra or 'nothing'}"
        )
    for name in sorted(expected):
        shape = _shape(expected[name])
        if arrays[name].shape != shape:
            raise ValueError(f"{path}: {name}: expected shape {shape}, got {arrays[name].shape}")
    numbers = {name: array.astype("float64").tolist() for name, array in arrays.items()}
    model.load_state_dict(_unstacked(numbers, state))
    return model


def stacked(state: dict[str, Any]) -> dict[str, Any]:
    """The arrays of a state, as lists, by their names in a file."""
    arrays: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, paths, tree in _groups(state):
        for array_name, numbers in _arrays(name, tree):
            if array_name in arrays:
                raise ValueError(
                    f"{sources[array_name]} and {paths[0]} would both be {array_name!r} in a "
                    "safetensors file: rename an attribute, or use nn.save"
                )
            arrays[array_name], sources[array_name] = numbers, paths[0]
    return arrays


def _unstacked(arrays: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """A state shaped like `like`, with the numbers of the arrays."""
    state: dict[str, Any] = {}
    for name, paths, tree in _groups(like):
        numbers = _restored(name, tree, arrays)
        state.update(zip(paths, numbers) if name != paths[0] else [(name, numbers)])
    return state


def _groups(state: dict[str, Any]) -> list[tuple[str, list[str], Any]]:
    """(name in a file, paths of a state, numbers): the neurons of a layer are one group."""
    of_neurons: dict[tuple[str, str], list[str]] = {}
    for path in state:
        found = OF_A_NEURON.fullmatch(path)
        layer, part = (found[1] + STACKED[found[3]], "neurons") if found else (path, "alone")
        of_neurons.setdefault((layer, part), []).append(path)
    return [
        (name, paths, [state[path] for path in paths] if part == "neurons" else state[name])
        for (name, part), paths in of_neurons.items()
    ]


def _arrays(name: str, tree: Any) -> list[tuple[str, Any]]:
    """(name, lists that form an array): the tree itself if it does, else those of its branches."""
    if isinstance(tree, float) or _is_array(tree):
        return [(name, tree)]
    return [
        array for key, branch in branches(tree) or [] for array in _arrays(f"{name}.{key}", branch)
    ]


def _restored(name: str, like: Any, arrays: dict[str, Any]) -> Any:
    if isinstance(like, float) or _is_array(like):
        return arrays[name]
    restored = {
        str(key): _restored(f"{name}.{key}", branch, arrays) for key, branch in branches(like) or []
    }
    return restored if isinstance(like, dict) else list(restored.values())


def _is_array(tree: Any) -> bool:
    """Whether the lists at every level have equal lengths and contain no dict."""
    if not isinstance(tree, list):
        return False
    if all(isinstance(branch, float) for branch in tree):
        return True
    return all(_is_array(branch) for branch in tree) and len({_shape(b) for b in tree}) == 1


def _shape(tree: Any) -> tuple[int, ...]:
    return (len(tree), *_shape(tree[0])) if isinstance(tree, list) and tree else ()


def _read(path: str) -> dict[str, Any]:
    safetensors, _ = _packages()
    content = Path(path).read_bytes()
    try:
        arrays: dict[str, Any] = safetensors.load(content)
    except KeyError as error:
        raise ValueError(
            f"{path} has arrays of type {error.args[0]}, which NumPy lacks: convert them to F32"
        ) from None
    except Exception as error:  # SafetensorError, which has no more specific base class
        raise ValueError(f"{path} is not a safetensors file: {error}") from None
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu":
            raise ValueError(f"{path}: {name}: expected numbers, got an array of {array.dtype}")
    return arrays


def _packages() -> tuple[Any, Any]:
    try:
        import numpy
        import safetensors.numpy
    except ImportError:
        raise ImportError(missing("this", "safetensors", extra="safetensors")) from None
    return safetensors.numpy, numpy
