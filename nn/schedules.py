"""Learning-rate schedules: plain functions of the step, counted from 0.

    optimizer = SGD(model.parameters(), lr=cosine(0.1, steps=1000))

Any function from a step to a rate works; these make the usual ones.  Each is a function in this
file with all but its last argument, the step, filled in, so that an optimiser can be pickled.
"""

import math
from collections.abc import Callable
from functools import partial

Schedule = Callable[[int], float]


def constant(lr: float) -> Schedule:
    """The same rate at every step."""
    return partial(_constant, lr)


def linear(lr: float, steps: int, final: float = 0.0) -> Schedule:
    """Linearly from lr to final over `steps`, then final."""
    return partial(_linear, lr, steps, final)


def cosine(lr: float, steps: int, final: float = 0.0) -> Schedule:
    """From lr to final along half a cosine over `steps` (Loshchilov and Hutter 2017, eq. 5)."""
    return partial(_cosine, lr, steps, final)


def step_decay(lr: float, every: int, factor: float = 0.1) -> Schedule:
    """lr, multiplied by `factor` after every `every` steps."""
    return partial(_step_decay, lr, every, factor)


def exponential(lr: float, factor: float) -> Schedule:
    """lr * factor ** step."""
    return partial(_exponential, lr, factor)


def warmup(schedule: Schedule, steps: int) -> Schedule:
    """The schedule with its first `steps` rates scaled by factors that rise from 1 / steps to 1."""
    return partial(_warmup, schedule, steps)


def _constant(lr: float, step: int) -> float:
    return lr


def _linear(lr: float, steps: int, final: float, step: int) -> float:
    return lr + (final - lr) * min(step / steps, 1.0)


def _cosine(lr: float, steps: int, final: float, step: int) -> float:
    progress = min(step / steps, 1.0)
    return final + (lr - final) * 0.5 * (1.0 + math.cos(math.pi * progress))


def _step_decay(lr: float, every: int, factor: float, step: int) -> float:
    return float(lr * factor ** (step // every))


def _exponential(lr: float, factor: float, step: int) -> float:
    return float(lr * factor**step)


def _warmup(schedule: Schedule, steps: int, step: int) -> float:
    return schedule(step) * min((step + 1) / steps, 1.0)
