"""Hand-written loops compiled by Numba, the training loop inside: what people port a model to."""

import math
from typing import Any

import numpy as np

from benchmarks.workloads import L2, NotForThisPeer, Run, Workload


def prepare(workload: Workload) -> Run:
    import numba

    if workload.kind == "gpt":
        raise NotForThisPeer("a GPT in hand-written loops: not written")
    loops = {"blog": _blog, "moons": _moons, "digits": _digits, "chain": _chain}[workload.kind]
    train = numba.njit(loops)
    if workload.kind == "chain":
        return lambda steps: [train(workload.blocks) for _ in range(steps)]
    p = list(workload.copy_of_parameters().values())
    flags = [workload.activation == "tanh"] if workload.kind == "moons" else []

    def run(steps: int) -> Any:
        losses = np.empty(steps)
        train(workload.inputs, workload.targets, *p, *flags, workload.rate, losses)
        return losses

    return run


def _blog(X: Any, y: Any, w: Any, rate: float, losses: Any) -> None:
    g = np.empty(3)
    for step in range(len(losses)):
        loss = 0.0
        g[:] = 0.0
        for i in range(X.shape[0]):
            total = 0.0
            for j in range(3):
                total += X[i, j] * w[j]
            output = 1.0 / (1.0 + math.exp(-total))
            error = y[i] - output
            loss += 0.5 * error * error
            for j in range(3):
                g[j] += error * output * (1.0 - output) * X[i, j]
        for j in range(3):
            w[j] += rate * g[j]
        losses[step] = loss


def _moons(
    X: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any,
    tanh: bool, rate: float, losses: Any,
) -> None:  # fmt: skip
    n, width = X.shape[0], W2.shape[0]
    gW1, gW2 = np.empty_like(W1), np.empty_like(W2)
    h1, h2, d1, d2 = np.empty(width), np.empty(width), np.empty(width), np.empty(width)
    gb1, gb2, gW3 = np.empty(width), np.empty(width), np.empty(width)
    for step in range(len(losses)):
        loss, gb3 = 0.0, 0.0
        gW1[:], gW2[:], gW3[:], gb1[:], gb2[:] = 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(n):
            for k in range(width):
                total = b1[k] + X[i, 0] * W1[0, k] + X[i, 1] * W1[1, k]
                h1[k] = math.tanh(total) if tanh else max(total, 0.0)
            h2[:] = b2
            for j in range(width):
                for k in range(width):
                    h2[k] += h1[j] * W2[j, k]
            score = b3[0]
            for k in range(width):
                h2[k] = math.tanh(h2[k]) if tanh else max(h2[k], 0.0)
                score += h2[k] * W3[k, 0]
            margin = 1.0 - y[i] * score
            if margin <= 0.0:
                continue
            loss += margin / n
            d = -y[i] / n
            gb3 += d
            for k in range(width):
                gW3[k] += d * h2[k]
                slope = 1.0 - h2[k] * h2[k] if tanh else (1.0 if h2[k] > 0.0 else 0.0)
                d2[k] = d * W3[k, 0] * slope
                gb2[k] += d2[k]
            for j in range(width):
                total = 0.0
                for k in range(width):
                    gW2[j, k] += h1[j] * d2[k]
                    total += W2[j, k] * d2[k]
                slope = 1.0 - h1[j] * h1[j] if tanh else (1.0 if h1[j] > 0.0 else 0.0)
                d1[j] = total * slope
            for k in range(width):
                gb1[k] += d1[k]
                gW1[0, k] += X[i, 0] * d1[k]
                gW1[1, k] += X[i, 1] * d1[k]
        squares = b3[0] * b3[0]
        b3[0] -= rate * (gb3 + 2.0 * L2 * b3[0])
        for k in range(width):
            squares += W1[0, k] ** 2 + W1[1, k] ** 2 + b1[k] ** 2 + b2[k] ** 2 + W3[k, 0] ** 2
            W1[0, k] -= rate * (gW1[0, k] + 2.0 * L2 * W1[0, k])
            W1[1, k] -= rate * (gW1[1, k] + 2.0 * L2 * W1[1, k])
            b1[k] -= rate * (gb1[k] + 2.0 * L2 * b1[k])
            b2[k] -= rate * (gb2[k] + 2.0 * L2 * b2[k])
            W3[k, 0] -= rate * (gW3[k] + 2.0 * L2 * W3[k, 0])
            for j in range(width):
                squares += W2[k, j] ** 2
                W2[k, j] -= rate * (gW2[k, j] + 2.0 * L2 * W2[k, j])
        losses[step] = loss + L2 * squares


def _digits(
    X: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, rate: float, losses: Any
) -> None:  # fmt: skip
    n, inputs = X.shape
    width, classes = W2.shape
    gW1, gW2 = np.empty_like(W1), np.empty_like(W2)
    gb1, gb2 = np.empty_like(b1), np.empty_like(b2)
    h, d1, z = np.empty(width), np.empty(width), np.empty(classes)
    for step in range(len(losses)):
        loss = 0.0
        gW1[:], gW2[:], gb1[:], gb2[:] = 0.0, 0.0, 0.0, 0.0
        for i in range(n):
            h[:] = b1
            for j in range(inputs):
                for k in range(width):
                    h[k] += X[i, j] * W1[j, k]
            z[:] = b2
            for j in range(width):
                h[j] = math.tanh(h[j])
                for k in range(classes):
                    z[k] += h[j] * W2[j, k]
            highest = z.max()
            loss += highest - z[y[i]]
            total = 0.0
            for k in range(classes):
                z[k] = math.exp(z[k] - highest)
                total += z[k]
            loss += math.log(total)
            for k in range(classes):
                z[k] /= total
            z[y[i]] -= 1.0
            for k in range(classes):
                gb2[k] += z[k]
            for j in range(width):
                total = 0.0
                for k in range(classes):
                    gW2[j, k] += h[j] * z[k]
                    total += W2[j, k] * z[k]
                d1[j] = total * (1.0 - h[j] * h[j])
                gb1[j] += d1[j]
            for j in range(inputs):
                for k in range(width):
                    gW1[j, k] += X[i, j] * d1[k]
        W1 -= rate / n * gW1
        W2 -= rate / n * gW2
        b1 -= rate / n * gb1
        b2 -= rate / n * gb2
        losses[step] = loss / n


def _chain(blocks: int) -> tuple[float, float, float, float]:
    a, b, x = 1.0, 1e-9, 0.5
    seen = np.empty(blocks * 11)
    at = 0
    for _ in range(blocks):
        for _ in range(10):
            seen[at] = x
            at += 1
            x = x * a + b
        x = math.tanh(x)
        seen[at] = x
        at += 1
    dx, da, db = 1.0, 0.0, 0.0
    for block in range(blocks - 1, -1, -1):
        z = seen[block * 11 + 10]
        dx *= 1.0 - z * z
        for i in range(9, -1, -1):
            db += dx
            da += dx * seen[block * 11 + i]
            dx *= a
    return x, dx, da, db
