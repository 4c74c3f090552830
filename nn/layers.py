"""Neuron, Layer, MLP, Sequential, Embedding: models composed of Values."""

import operator
from collections.abc import Callable, Iterable
from typing import Any

from autograd import Value, choose, constant, dot, group
from nn.activations import Activation, activation_called
from nn.initialisations import Initialisation, Seed, generator, initialisation_called
from nn.module import Module


class Neuron(Module):
    """activation(w . x + b): one `dot` node and one for the activation.

    `nin` inputs; weights drawn by `init`, bias 0.  `nonlin=False` makes it linear, as in
    micrograd; otherwise `activation` names one of `nn.ACTIVATIONS` or is a function of a Value.
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: str | Activation = "relu",
        init: str | Initialisation = "uniform",
        seed: Seed = None,
        fan_out: int = 1,
    ) -> None:
        nin = _count("nin", nin)
        draw = initialisation_called(init)
        rng = generator(seed)
        self.w = [Value(draw(rng, nin, fan_out), label=f"w{i}") for i in range(nin)]
        self.b = Value(0.0, label="b")
        self.activation = activation_called(activation if nonlin else "linear")

    def __call__(self, x: Iterable[Any]) -> Value:
        inputs = x if type(x) is list else _inputs(x)
        if len(inputs) != len(self.w):
            raise ValueError(f"this neuron takes {len(self.w)} inputs, got {len(inputs)}")
        total: Value = dot(self.w, inputs, self.b)
        return self.activation(total)

    def _describe(self) -> str:
        return f"Neuron({len(self.w)}, {_name(self.activation)})"


class Layer(Module):
    """`nout` neurons with the same `nin` inputs; returns their list, or a single Value."""

    def __init__(
        self,
        nin: int,
        nout: int,
        nonlin: bool = True,
        *,
        activation: str | Activation = "relu",
        init: str | Initialisation = "uniform",
        seed: Seed = None,
    ) -> None:
        rng = generator(seed)
        self.neurons = []
        for i in range(_count("nout", nout)):
            with group(f"neurons.{i}"):  # its parameters know where they belong
                neuron = Neuron(
                    nin, nonlin, activation=activation, init=init, seed=rng, fan_out=nout
                )
            self.neurons.append(neuron)

    def __call__(self, x: Iterable[Any]) -> Any:
        inputs = [v if type(v) is Value else constant(v) for v in _inputs(x)]
        outputs = [neuron(inputs) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def _describe(self) -> str:
        first = self.neurons[0]
        return f"Layer({len(first.w)} -> {len(self.neurons)}, {_name(first.activation)})"


class MLP(Module):
    """A multi-layer perceptron: `MLP(2, [16, 16, 1])` has 2 inputs, two hidden layers, 1 output.

    Hidden layers use `activation`, the last is linear.  A single output is a Value, not a list.
    The same `seed` gives the same weights.
    """

    def __init__(
        self,
        nin: int,
        nouts: Iterable[int],
        *,
        activation: str | Activation = "relu",
        init: str | Initialisation = "uniform",
        seed: Seed = None,
    ) -> None:
        sizes = [nin, *nouts]
        if len(sizes) == 1:
            raise ValueError("an MLP needs at least one layer, as in MLP(2, [16, 1])")
        rng = generator(seed)
        last = len(sizes) - 2
        self.layers = []
        for i in range(last + 1):
            with group(f"layers.{i}"):
                layer = Layer(
                    sizes[i],
                    sizes[i + 1],
                    nonlin=i != last,
                    activation=activation,
                    init=init,
                    seed=rng,
                )
            self.layers.append(layer)
        for name, parameter in self.named_parameters():
            parameter.label = _short_label(name)

    def __call__(self, x: Iterable[Any]) -> Any:
        outputs: Any = x
        for layer in self.layers:
            is_bare = isinstance(outputs, Value)  # a hidden layer of one neuron
            outputs = layer([outputs] if is_bare else outputs)
        return outputs

    def _describe(self) -> str:
        sizes = [len(layer.neurons) for layer in self.layers]
        return f"MLP({len(self.layers[0].neurons[0].w)}, {sizes})"


class Sequential(Module):
    """Modules and functions applied one after another."""

    def __init__(self, *stages: Callable[[Any], Any]) -> None:
        self.stages = list(stages)

    def __call__(self, x: Any) -> Any:
        for stage in self.stages:
            x = stage(x)
        return x


class Embedding(Module):
    """A table of `count` rows of `size` parameters; called with an index, it returns that row.

    A plain index returns the row's own parameters.  With a Value as index every entry is a `choose`
    node, so that a compiled program can look up a different row each time.
    Raises IndexError when the index is not a whole number from 0 to count - 1.
    """

    def __init__(
        self, count: int, size: int, *, init: str | Initialisation = "uniform", seed: Seed = None
    ) -> None:
        draw = initialisation_called(init)
        rng = generator(seed)
        columns = range(_count("size", size))
        with group("embedding"):
            self.rows = [
                [Value(draw(rng, count, size), label=f"e{i}.{j}") for j in columns]
                for i in range(_count("count", count))
            ]

    def __call__(self, index: Any) -> list[Value]:
        return [choose(index, *column) for column in zip(*self.rows)]

    def _describe(self) -> str:
        return f"Embedding({len(self.rows)}, {len(self.rows[0])})"


def _inputs(x: Iterable[Any]) -> list[Any]:
    try:
        return list(x)
    except TypeError:
        raise TypeError(f"expected a list of inputs, got {type(x).__name__}: {x!r:.60}") from None


def _count(name: str, number: int) -> int:
    count = operator.index(number)
    if count < 1:
        raise ValueError(f"{name} must be at least 1, got {number}")
    return count


def _name(activation: Activation) -> str:
    return getattr(activation, "__name__", "activation")


def _short_label(name: str) -> str:
    """layers.0.neurons.3.w.1 -> layers.0.n3.w1, which still fits into a picture's box."""
    layer, _, rest = name.partition(".neurons.")
    neuron, *path = rest.split(".")
    return f"{layer}.n{neuron}.{''.join(path)}"
