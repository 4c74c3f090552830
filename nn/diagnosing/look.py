"""A look at a model on some rows: its outputs, its units, its loss and gradients."""

import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import Value, no_grad, topological_order
from nn.module import Module

MOST_ROWS = 100
ACTIVATIONS = ("relu", "tanh", "sigmoid", "gelu", "silu")  # those that can have a slope of 0
AFTER_LAYER = re.compile(r"\.neurons\.\d+(\..*)?$|(\.\d+)+$")  # in a parameter's or unit's name


@dataclass
class Finding:
    """One thing that is wrong.

    `name`      the kind, such as "dead units"
    `layer`     where, as in the model's repr and `named_parameters()`; "" for data and training
    `sentence`  what is wrong, with its numbers
    `cure`      what to do, in one sentence
    `number`    the number that shows it
    """

    name: str
    layer: str
    sentence: str
    cure: str
    number: float

    def __str__(self) -> str:
        return f"{self.sentence} {self.cure}"


class Look:
    """What the checks look at; `take` adds the loss, its gradients and what follows from them."""

    def __init__(
        self, model: Module, xs: Sequence[Any], ys: Sequence[Any], loss: Callable[..., Any]
    ) -> None:
        self.all_xs, self.all_ys = xs, ys  # a column may be constant only in a sample
        rows = sorted(random.Random(0).sample(range(len(xs)), min(len(xs), MOST_ROWS)))
        self.xs, self.ys = [xs[i] for i in rows], [ys[i] for i in rows]
        self.model, self.loss_function = model, loss
        self.names = {parameter: name for name, parameter in model.named_parameters()}
        self.left_gradients = [float(parameter.grad or 0.0) for parameter in self.names]
        self.outputs = [model(x) for x in self.xs]
        self.facts: list[str] = []

    def take(self) -> None:
        self.loss = self.loss_function(self.outputs, self.ys)
        for parameter in self.names:
            parameter.grad = 0.0
        self.loss.backward()
        self.gradients = [float(parameter.grad) for parameter in self.names]
        self.start = float(self.loss)
        self.chance = self._loss_by_chance()
        self.units = self._units()
        self.signals = self._signals()
        norm = math.hypot(*self.gradients)
        self.facts += [
            f"The loss over {len(self.xs)} rows is {self.start:.3g}; with the outputs shuffled "
            f"among the rows it is {self.chance:.3g}.",
            f"The gradient of {len(self.gradients)} parameters has the norm {norm:.3g}.",
        ]

    @property
    def has_learned(self) -> bool:
        """Whether the outputs belong to their rows: the loss is far below that of shuffled ones."""
        return self.start < 0.5 * self.chance

    def loss_now(self) -> float:
        """The loss of the model with its current parameters."""
        with no_grad():
            return float(self.loss_function([self.model(x) for x in self.xs], self.ys))

    def _loss_by_chance(self) -> float:
        total, deals, order = 0.0, random.Random(0), list(range(len(self.xs)))
        with no_grad():
            for _ in range(5):
                deals.shuffle(order)
                total += float(self.loss_function([self.outputs[i] for i in order], self.ys))
        return total / 5

    def _signals(self) -> dict[str, float]:
        """The size of the gradient that comes back to each layer, for one output in one row.

        It is taken where the layer's parameters are used; unlike a parameter's own gradient at the
        end of training, it cannot cancel over the rows.
        """
        signals: dict[str, list[float]] = {}
        for node in topological_order(self.loss):
            layers = {layer_of(self.names[v]) for v in node.operands if v in self.names}
            for layer in layers:
                signals.setdefault(layer, []).append(node.grad)
        in_order = dict.fromkeys(map(layer_of, self.names.values()))
        return {
            layer: root_mean_square(signals[layer]) * len(self.xs)
            for layer in in_order
            if layer in signals
        }

    def _units(self) -> dict[str, list[Value]]:
        """The nodes of each unit's activation, one per row, by the name of the unit."""
        units: dict[str, list[Value]] = {}
        nodes = topological_order(self.loss)
        names: dict[Value, str] = {}  # of the first parameter in a weighted sum
        for node in nodes:
            if node in self.names:
                names[node] = self.names[node]
            elif node.op is not None and node.op.name in ACTIVATIONS:
                if node.operands[0] in names:
                    units.setdefault(unit_of(names[node.operands[0]]), []).append(node)
            else:
                found = [names[operand] for operand in node.operands if operand in names]
                if found:
                    names[node] = found[0]
        return units


def root_mean_square(numbers: Sequence[float]) -> float:
    return math.hypot(*numbers) / math.sqrt(len(numbers)) if numbers else 0.0


def layer_of(name: str) -> str:
    """layers.0.neurons.3.w.1 -> layers.0"""
    return AFTER_LAYER.sub("", name)


def unit_of(name: str) -> str:
    """layers.0.neurons.3.w.1 -> layers.0.neurons.3; hidden.2.0 -> hidden.2"""
    found = re.match(r".*?neurons\.\d+", name)
    return found[0] if found else re.sub(r"\.\d+$", "", name)
