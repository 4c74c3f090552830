"""Activations by name: what a neuron does to its weighted sum."""

from collections.abc import Callable

from autograd import Value

Activation = Callable[[Value], Value]


def linear(x: Value) -> Value:
    """x itself: the activation of an output layer that predicts any number."""
    return x


ACTIVATIONS: dict[str, Activation] = {
    "linear": linear,
    "relu": Value.relu,
    "leaky_relu": Value.leaky_relu,
    "elu": Value.elu,
    "gelu": Value.gelu,
    "silu": Value.silu,
    "softplus": Value.softplus,
    "sigmoid": Value.sigmoid,
    "tanh": Value.tanh,
}


def activation_called(name: str | Activation) -> Activation:
    """The activation with that name; a function of one Value is returned as it is.

    Raises a ValueError that lists the known names.
    """
    if callable(name):
        return name
    if name not in ACTIVATIONS:
        raise ValueError(f"unknown activation {name!r}; known are {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]
