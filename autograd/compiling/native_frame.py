"""What stands around the loops of every native program: fast functions, and the training loop."""

import math  # noqa: F401

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic


@intrinsic
def bits_as_float(context, bits):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def float_as_bits(context, number):  # type: ignore[no-untyped-def]
    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


# exp and tanh without branches, so that loops over them become vector instructions.
# x = k ln 2 + r, |r| <= ln(2) / 2; exp(r) - 1 by its Taylor series up to r ** 13, whose next term
# is below 2 ** -56; ln 2 in two parts (Cody and Waite 1980).  Exact to a few units in the last
# place.

SHIFT = 6755399441055744.0  # 1.5 * 2 ** 52: adding it rounds to a whole number


@njit(error_model="numpy", inline="always")
def expm1_parts(x):  # type: ignore[no-untyped-def]
    """(exp(r) - 1, 2 ** k)."""
    shifted = x * 1.4426950408889634 + SHIFT
    k = shifted - SHIFT
    r = x - k * 0.6931471803691238
    r = r - k * 1.9082149292705877e-10
    p = 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 0.0001984126984126984
    p = p * r + 0.001388888888888889
    p = p * r + 0.008333333333333333
    p = p * r + 0.041666666666666664
    p = p * r + 0.16666666666666666
    p = p * r + 0.5
    p = p * r * r + r
    return p, bits_as_float((float_as_bits(shifted) + 1023) << 52)  # type: ignore[call-arg, unused-ignore]


@njit(error_model="numpy", inline="always")
def exp(x):  # type: ignore[no-untyped-def]
    safe = x if x < 709.782712893384 else 709.782712893384
    safe = safe if safe > -708.0 else -708.0
    p, scale = expm1_parts(safe)
    half = scale * 0.5 if safe < 709.0 else 8.98846567431158e307  # 2 ** 1024 is no float
    z = (half + half * p) * 2.0
    z = z if x <= 709.782712893384 else np.inf
    z = z if x >= -708.0 else 0.0
    return z if x == x else x


@njit(error_model="numpy", inline="always")
def expm1(x):  # type: ignore[no-untyped-def]
    return np.expm1(x)


@njit(error_model="numpy", inline="always")
def tanh(x):  # type: ignore[no-untyped-def]
    """m / (m + 2), m = exp(2 x) - 1: exact for small x too."""
    safe = x if x < 20.0 else 20.0  # beyond, it rounds to 1
    safe = safe if safe > -20.0 else -20.0
    p, scale = expm1_parts(safe + safe)
    m = scale * p + (scale - 1.0)
    z = m / (m + 2.0)
    return z if x == x else x


def step(theta, rows, gradient, work, constants):  # type: ignore[no-untyped-def]
    """One step of nothing; the loops of a program come below and take its place."""
    return 0.0


# STEP


jitted_step = njit(cache=True, error_model="numpy", fastmath={"contract", "nsz"})(step)


@njit(cache=True, error_model="numpy")
def jitted_train(  # type: ignore[no-untyped-def]
    theta, rows, picks, gradient, work, constants,
    rates, losses, kind, hyper, first, second, steps, is_moved,
):  # fmt: skip
    """len(rates) steps; kind 0 plain SGD, 1 SGD, 2 Adam, 3 AdamW (see `training.Rule.native`)."""
    batch = rows
    if picks.size:
        batch = np.empty((picks.shape[1], rows.shape[1]))
    for s in range(len(rates)):
        if picks.size:
            for i in range(picks.shape[1]):
                batch[i, :] = rows[picks[s, i], :]
        losses[s] = jitted_step(theta, batch, gradient, work, constants)
        rate = rates[s]
        if kind == 0:
            for i in range(len(theta)):
                theta[i] -= rate * gradient[i]
        elif kind == 1:
            move_sgd(theta, gradient, rate, hyper, first, steps + s == 0, is_moved)
        else:
            count = steps + s + 1
            move_adam(theta, gradient, rate, kind, hyper, first, second, count, is_moved)


@njit(cache=True, error_model="numpy")
def move_sgd(theta, gradient, rate, hyper, velocity, is_first, is_moved):  # type: ignore[no-untyped-def]
    momentum, dampening, decay, nesterov = hyper[0], hyper[1], hyper[2], hyper[3]
    for i in range(len(theta)):
        if is_moved[i]:
            g = gradient[i]
            if decay != 0.0:
                g = g + decay * theta[i]
            if momentum != 0.0:
                v = g if is_first else momentum * velocity[i] + (1.0 - dampening) * g
                velocity[i] = v
                g = g + momentum * v if nesterov != 0.0 else v
            theta[i] -= rate * g


@njit(cache=True, error_model="numpy")
def move_adam(theta, gradient, rate, kind, hyper, mean, square, count, is_moved):  # type: ignore[no-untyped-def]
    beta1, beta2, eps, decay = hyper[0], hyper[1], hyper[2], hyper[3]
    correction1 = 1.0 - beta1**count
    root2 = np.sqrt(1.0 - beta2**count)
    step = rate / correction1
    for i in range(len(theta)):
        if is_moved[i]:
            x, g = theta[i], gradient[i]
            if kind == 3:
                x = x * (1.0 - rate * decay)
            elif decay != 0.0:
                g = g + decay * x
            mean[i] = mean[i] + (1.0 - beta1) * (g - mean[i])
            square[i] = square[i] * beta2 + (1.0 - beta2) * g * g
            theta[i] = x - step * (mean[i] / (np.sqrt(square[i]) / root2 + eps))
