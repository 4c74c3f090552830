"""Learning-rate schedules: plain functions of the step, counted from 0.

    optimizer = SGD(model.parameters(), lr=cosine(0.1, steps=1000))

Any function from a step to a rate will do; these make the usual ones.
"""

import math
from collections.abc import Callable

Schedule = Callable[[int], float]


def constant(lr: float) -> Schedule:
    """The same rate at every step."""
    return lambda step: lr


def linear(lr: float, steps: int, final: float = 0.0) -> Schedule:
    """From lr to final in a straight line over `steps`, then final."""
    return lambda step: lr + (final - lr) * min(step / steps, 1.0)


def cosine(lr: float, steps: int, final: float = 0.0) -> Schedule:
    """From lr to final along half a cosine over `steps` (Loshchilov and Hutter 2017, eq. 5)."""

    def rate(step: int) -> float:
        progress = min(step / steps, 1.0)
        return final + (lr - final) * 0.5 * (1.0 + math.cos(math.pi * progress))

    return rate


def step_decay(lr: float, every: int, factor: float = 0.1) -> Schedule:
    """lr, multiplied by `factor` after every `every` steps."""
    return lambda step: float(lr * factor ** (step // every))


def exponential(lr: float, factor: float) -> Schedule:
    """lr * factor ** step."""
    return lambda step: float(lr * factor**step)


def warmup(schedule: Schedule, steps: int) -> Schedule:
    """The schedule, its first `steps` rates scaled up from 1 / steps to 1."""
    return lambda step: schedule(step) * min((step + 1) / steps, 1.0)
