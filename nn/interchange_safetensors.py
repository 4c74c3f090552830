"""Safetensors files: a model's parameters as named arrays that other libraries read.

A layer's neurons are stacked as PyTorch stacks them: "layers.0.weight" (outputs, inputs) and
"layers.0.bias" (outputs,), float64.  Everything else keeps its path of `state_dict()`.
The packages are imported when one of these functions is called, not before.
"""

import os
import re
from typing import Any

from autograd.extras import missing
from nn.module import Module

OF_A_NEURON = re.compile(r"(.*\.|)neurons\.(\d+)\.([wb])")
STACKED = {"w": "weight", "b": "bias"}


def save_safetensors(model: Module, path: str | os.PathLike[str]) -> None:
    """Write the model's parameters to a safetensors file, float64.

    Raises OSError when it cannot be written; ImportError, which says what to install.
    """
    safetensors, numpy = _packages()
    arrays = {
        name: numpy.array(numbers, dtype=numpy.float64)
        for name, numbers in stacked(model.state_dict()).items()
    }
    safetensors.save_file(arrays, os.fspath(path))


def load_safetensors(model: Module, path: str | os.PathLike[str]) -> Module:
    """Put a file's numbers into a model built as the saved one was; returns the model.

    Any float type is widened to float64.  Raises KeyError, which lists the names, when arrays are
    missing or extra, ValueError when one has another shape; then nothing is changed.
    """
    safetensors, _ = _packages()
    arrays = safetensors.load_file(os.fspath(path))
    expected = stacked(model.state_dict())
    missing = [name for name in expected if name not in arrays]
    extra = [name for name in arrays if name not in expected]
    if missing or extra:
        raise KeyError(
            f"{os.fspath(path)} does not fit this {type(model).__name__}: "
            f"missing {missing or 'nothing'}, not known here {extra or 'nothing'}"
        )
    numbers = {name: array.astype("float64").tolist() for name, array in arrays.items()}
    for name, array in numbers.items():
        if _shape(array) != _shape(expected[name]):
            raise ValueError(
                f"{name}: expected shape {_shape(expected[name])}, got {_shape(array)}"
            )
    model.load_state_dict(_unstacked(numbers, model.state_dict()))
    return model


def stacked(state: dict[str, Any]) -> dict[str, Any]:
    """A state dict with the neurons of each layer in one weight and one bias entry."""
    entries: dict[str, Any] = {}
    for path, numbers in state.items():
        found = OF_A_NEURON.fullmatch(path)
        if found:
            layer, _, part = found.groups()
            entries.setdefault(layer + STACKED[part], []).append(numbers)
        elif isinstance(numbers, dict):
            entries.update({f"{path}.{key}": branch for key, branch in numbers.items()})
        else:
            entries[path] = numbers
    return entries


def _unstacked(entries: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = {}
    for path, numbers in like.items():
        found = OF_A_NEURON.fullmatch(path)
        if found:
            layer, i, part = found.groups()
            state[path] = entries[layer + STACKED[part]][int(i)]
        elif isinstance(numbers, dict):
            state[path] = {key: entries[f"{path}.{key}"] for key in numbers}
        else:
            state[path] = entries[path]
    return state


def _shape(tree: Any) -> tuple[int, ...]:
    return (len(tree), *_shape(tree[0])) if isinstance(tree, list) and tree else ()


def _packages() -> tuple[Any, Any]:
    try:
        import numpy
        import safetensors.numpy
    except ImportError:
        raise ImportError(missing("this", "safetensors", extra="safetensors")) from None
    return safetensors.numpy, numpy
