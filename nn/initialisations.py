"""Where weights start: each initialisation draws one weight of a neuron.

`fan_in` and `fan_out` are the numbers of inputs and outputs of the neuron's layer.
"""

import math
import random
from collections.abc import Callable

Initialisation = Callable[[random.Random, int, int], float]
Seed = int | str | random.Random | None


def uniform(rng: random.Random, fan_in: int, fan_out: int) -> float:
    """From -1 to 1, as micrograd starts."""
    return rng.uniform(-1.0, 1.0)


def xavier_uniform(rng: random.Random, fan_in: int, fan_out: int) -> float:
    """From -a to a, a = sqrt(6 / (fan_in + fan_out)): for tanh (Glorot and Bengio 2010, eq. 16)."""
    bound = math.sqrt(6.0 / (fan_in + fan_out))
    return rng.uniform(-bound, bound)


def xavier_normal(rng: random.Random, fan_in: int, fan_out: int) -> float:
    """Normal, variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010, eq. 12)."""
    return rng.gauss(0.0, math.sqrt(2.0 / (fan_in + fan_out)))


def he_uniform(rng: random.Random, fan_in: int, fan_out: int) -> float:
    """From -a to a, a = sqrt(6 / fan_in): He's variance, drawn uniformly."""
    bound = math.sqrt(6.0 / fan_in)
    return rng.uniform(-bound, bound)


def he_normal(rng: random.Random, fan_in: int, fan_out: int) -> float:
    """Normal, variance 2 / fan_in: for relu (He et al. 2015, eq. 10)."""
    return rng.gauss(0.0, math.sqrt(2.0 / fan_in))


INITIALISATIONS: dict[str, Initialisation] = {
    "uniform": uniform,
    "xavier_uniform": xavier_uniform,
    "xavier_normal": xavier_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
}


def initialisation_called(name: str | Initialisation) -> Initialisation:
    """The initialisation with that name; a function (rng, fan_in, fan_out) is returned as it is.

    Raises a ValueError that lists the known names.
    """
    if callable(name):
        return name
    if name not in INITIALISATIONS:
        raise ValueError(f"unknown initialisation {name!r}; known are {', '.join(INITIALISATIONS)}")
    return INITIALISATIONS[name]


def generator(seed: Seed) -> random.Random:
    """A generator from a seed, the given generator itself, or for None an unrepeatable one."""
    return seed if isinstance(seed, random.Random) else random.Random(seed)
