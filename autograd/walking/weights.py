"""The parameters of a training run, layer by layer: their names, numbers and gradients."""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

from autograd.value import Value
from autograd.walking.page import js_number
from autograd.walking.walker import Walk

SHOWN = 300  # rows of the table


class Weights:
    """The parameters in the order of their layers, each with its name.

    A parameter's layer is the group that its module was built in, else the first part of its
    label or of its path in the model (`named_parameters`).
    """

    def __init__(self, parameters: list[Value], model: Callable[[Any], Any] | None) -> None:
        named: list[tuple[str, Value]] = getattr(model, "named_parameters", list)()
        paths = {parameter: path for path, parameter in named}
        labels = Counter([parameter.label for parameter in parameters])
        layers: dict[str, list[tuple[Value, str]]] = {}
        for i, parameter in enumerate(parameters, 1):
            path = paths.get(parameter, f"weight {i}")
            name = parameter.label if parameter.label and labels[parameter.label] == 1 else path
            first, dot, _ = name.partition(".")
            layer = parameter.group[0] if parameter.group else first if dot else "weights"
            layers.setdefault(layer, []).append((parameter, name))
        self._layers = {layer: [p for p, _ in inside] for layer, inside in layers.items()}
        self._names = [(name, layer) for layer, inside in layers.items() for _, name in inside]
        self.parameters = [p for inside in self._layers.values() for p in inside]

    def about(self) -> dict[str, Any]:
        """What stays the same at each step: (weight, layer) for each row, and the layers."""
        return {"weights": self._names[:SHOWN], "layers": list(self._layers)}

    def at_present(self, walk: Walk) -> dict[str, Any]:
        """The numbers and gradients of the table; of each layer the length of its whole gradient.

        Gradients are those of the walk's output alone, whatever `grad` holds.
        """
        gradients = walk.final_gradients
        slopes = {p: float(gradients.get(p, 0.0)) for p in self.parameters}
        lengths = [math.hypot(*[slopes[p] for p in layer]) for layer in self._layers.values()]
        return {
            "weights": [rounded(p.data) for p in self.parameters[:SHOWN]],
            "slopes": [rounded(slopes[p]) for p in self.parameters[:SHOWN]],
            "norms": [rounded(length) for length in lengths],
        }

    def left_out(self) -> list[str]:
        """What the page does not show of the parameters, in sentences."""
        if len(self.parameters) <= SHOWN:
            return []
        return [
            f"The table shows {SHOWN} of {len(self.parameters):,} weights; "
            "a layer's gradient is over all of its own."
        ]


def rounded(x: float) -> float | str:
    """Six digits, which is more than the page shows."""
    return js_number(float(f"{x:.6g}"))
