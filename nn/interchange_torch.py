"""To PyTorch and back: an MLP of Values as a `torch.nn.Sequential`, with the same numbers.

PyTorch is imported when one of these functions is called, not before.
"""

from collections.abc import Mapping
from typing import Any

from autograd.extras import missing
from nn.activations import ACTIVATIONS
from nn.layers import MLP

SAME_SETTINGS: dict[str, dict[str, Any]] = {
    "LeakyReLU": {"negative_slope": 0.01},
    "ELU": {"alpha": 1.0},
    "GELU": {"approximate": "none"},
    "Softplus": {"beta": 1.0},
}
"""The settings with which PyTorch's activations equal those of `nn.ACTIVATIONS`."""


def to_torch(model: MLP) -> Any:
    """The model as a `torch.nn.Sequential` of float64 `Linear` layers and activations.

    Its parameters are copies; `to_torch(model).state_dict()` is PyTorch's state dict.
    It takes a tensor (batch, inputs) and returns (batch, outputs), one column for a single output.
    Raises TypeError for anything but an MLP, and for an activation that PyTorch has no module for;
    without PyTorch, an ImportError that says what to install.
    """
    torch = _torch()
    if not isinstance(model, MLP):
        raise TypeError(f"to_torch expects an nn.MLP, got {type(model).__name__}")
    stages: list[Any] = []
    for layer in model.layers:
        weight = [[w.data for w in neuron.w] for neuron in layer.neurons]
        linear = torch.nn.Linear(len(weight[0]), len(weight), dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(weight, dtype=torch.float64))
            linear.bias.copy_(
                torch.tensor([neuron.b.data for neuron in layer.neurons], dtype=torch.float64)
            )
        stages.append(linear)
        name = _activation_name({neuron.activation for neuron in layer.neurons})
        if name != "linear":
            # PyTorch's softplus(x) is x above a threshold of 20, which is off by 2e-9: raise it
            settings = {"threshold": 700.0} if name == "softplus" else {}
            stages.append(_modules(torch)[name](**settings))
    return torch.nn.Sequential(*stages)


def from_torch(source: Any, *, activation: str = "relu") -> MLP:
    """An MLP with the numbers of a `torch.nn.Sequential` of Linear layers and activations.

    `source` may also be such a model's `state_dict()`; it does not say what the activations
    were, so `activation` does, for all layers but the last.  Any float type: widened to float64.

    Raises TypeError for a layer that has no counterpart here, ValueError for one with other
    settings (a Linear without bias, a LeakyReLU with another slope) or another model's state dict.
    """
    torch = _torch()
    if isinstance(source, Mapping):
        weights, activations = _read_state(source, activation)
    elif isinstance(source, torch.nn.Sequential):
        weights, activations = _read_stages(torch, source)
    else:
        raise TypeError(
            "from_torch expects a torch.nn.Sequential or its state_dict(), "
            f"got {type(source).__name__}"
        )
    sizes = [len(bias) for _, bias in weights]
    if not weights:
        raise ValueError("from_torch: it contains no Linear layer")
    model = MLP(len(weights[0][0][0]), sizes, activation="linear", seed=0)
    for layer, (weight, bias), name in zip(model.layers, weights, activations):
        for neuron, row, b in zip(layer.neurons, weight, bias):
            if len(row) != len(neuron.w):
                raise ValueError(
                    f"from_torch: a layer takes {len(row)} inputs, {len(neuron.w)} come"
                )
            neuron.activation = ACTIVATIONS[name]
            neuron.b.data = b
            for parameter, number in zip(neuron.w, row):
                parameter.data = number
    return model


Weights = list[tuple[list[list[float]], list[float]]]  # (weight, bias) of each layer


def _read_stages(torch: Any, sequential: Any) -> tuple[Weights, list[str]]:
    weights: Weights = []
    activations: list[str] = []
    names = {module: name for name, module in _modules(torch).items()}
    for stage in sequential:
        if isinstance(stage, torch.nn.Linear):
            if stage.bias is None:
                raise ValueError("from_torch: a Linear without bias; neurons here have one")
            weights.append((_numbers(stage.weight), _numbers(stage.bias)))
            activations.append("linear")
        elif type(stage) in names and weights and activations[-1] == "linear":
            _check_settings(stage)
            activations[-1] = names[type(stage)]
        elif not isinstance(stage, torch.nn.Identity):
            raise TypeError(f"from_torch: {stage} has no counterpart in an nn.MLP at this place")
    return weights, activations


def _read_state(state: Mapping[str, Any], activation: str) -> tuple[Weights, list[str]]:
    """The entries "0.weight", "0.bias", "2.weight" ... in their order."""
    prefixes = [name.removesuffix(".weight") for name in state if name.endswith(".weight")]
    expected = {f"{prefix}.{part}" for prefix in prefixes for part in ("weight", "bias")}
    if expected != set(state) or any(state[f"{p}.weight"].ndim != 2 for p in prefixes):
        raise ValueError(
            "from_torch: this is not the state dict of Linear layers only: "
            f"entries {', '.join(state)}"
        )
    weights = [(_numbers(state[f"{p}.weight"]), _numbers(state[f"{p}.bias"])) for p in prefixes]
    return weights, [activation] * (len(weights) - 1) + ["linear"]


def _numbers(tensor: Any) -> Any:
    return tensor.detach().cpu().double().tolist()


def _check_settings(stage: Any) -> None:
    for setting, expected in SAME_SETTINGS.get(type(stage).__name__, {}).items():
        if getattr(stage, setting) != expected:
            raise ValueError(
                f"from_torch: {stage}: only {setting}={expected!r} has a counterpart here"
            )


def _activation_name(activations: set[Any]) -> str:
    for name, function in ACTIVATIONS.items():
        if activations == {function}:
            return name
    raise TypeError(
        "to_torch: PyTorch has no module for this activation; "
        f"known are {', '.join(ACTIVATIONS)}, one per layer"
    )


def _modules(torch: Any) -> dict[str, Any]:
    names = {
        "relu": "ReLU",
        "leaky_relu": "LeakyReLU",
        "elu": "ELU",
        "gelu": "GELU",
        "silu": "SiLU",
        "softplus": "Softplus",
        "sigmoid": "Sigmoid",
        "tanh": "Tanh",
    }
    return {name: getattr(torch.nn, module) for name, module in names.items()}


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        raise ImportError(missing("this", "PyTorch", extra="torch")) from None
    return torch
