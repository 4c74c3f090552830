"""Every workload by hand in NumPy: the reference for all results, and the program to beat.

Written for speed as one would by hand: parameters and gradients are views into one flat vector
each, so that the update is one statement; arrays are reused (`out=`); sums over rows are products
with a vector of ones; q, k and v of the attention are one product.
"""

import math
from typing import Any

import numpy as np

from benchmarks.workloads import EPS, HEADS, L2, VOCABULARY, WIDTH, Run, Workload


def prepare(workload: Workload) -> Run:
    makers = {"blog": _blog, "moons": _moons, "digits": _digits, "gpt": _gpt, "chain": _chain}
    return makers[workload.kind](workload)


def _flat(parameters: dict[str, Any]) -> tuple[Any, dict[str, Any], Any, dict[str, Any]]:
    """All parameters in one vector and its views, and the same for the gradients."""
    theta = np.concatenate([array.ravel() for array in parameters.values()])
    gradient = np.zeros_like(theta)
    p, g, start = {}, {}, 0
    for name, array in parameters.items():
        stop = start + array.size
        p[name] = theta[start:stop].reshape(array.shape)
        g[name] = gradient[start:stop].reshape(array.shape)
        start = stop
    return theta, p, gradient, g


def _blog(workload: Workload) -> Run:
    X, y, w = workload.inputs, workload.targets, workload.parameters["w"].copy()
    minus_X, X_T = -X, np.ascontiguousarray(X.T)

    def run(steps: int) -> Any:
        nonlocal w
        losses = np.empty(steps)
        for i in range(steps):
            output = 1.0 / (1.0 + np.exp(minus_X.dot(w)))
            error = y - output
            losses[i] = 0.5 * error.dot(error)
            w += X_T.dot(error * output * (1.0 - output))
        return losses

    return run


def _moons(workload: Workload) -> Run:
    X, y, rate = workload.inputs, workload.targets, workload.rate
    theta, p, gradient, g = _flat(workload.parameters)
    n, tanh = len(X), workload.activation == "tanh"
    ones, X_T, minus_y_over_n = np.ones(n), np.ascontiguousarray(X.T), -y / n
    H1, H2, dH1, dH2, slope = (np.empty((n, 16)) for _ in range(5))
    w3, g3 = p["W3"][:, 0], g["W3"][:, 0]

    def activate(H: Any) -> None:
        if tanh:
            np.tanh(H, out=H)
        else:
            np.maximum(H, 0.0, out=H)

    def back_through(H: Any, dH: Any) -> None:
        if tanh:
            np.multiply(H, H, out=slope)
            np.subtract(1.0, slope, out=slope)
            np.multiply(dH, slope, out=dH)
        else:
            np.multiply(dH, H > 0.0, out=dH)

    def step() -> float:
        nonlocal theta
        np.matmul(X, p["W1"], out=H1)
        np.add(H1, p["b1"], out=H1)
        activate(H1)
        np.matmul(H1, p["W2"], out=H2)
        np.add(H2, p["b2"], out=H2)
        activate(H2)
        margin = 1.0 - y * (H2 @ w3 + p["b3"])
        wrong = margin > 0.0
        loss = float(margin.dot(wrong)) / n + L2 * float(theta.dot(theta))

        d = minus_y_over_n * wrong
        np.matmul(d, H2, out=g3)
        g["b3"][0] = d.dot(ones)
        np.multiply(d[:, None], w3, out=dH2)
        back_through(H2, dH2)
        np.matmul(H1.T, dH2, out=g["W2"])
        np.matmul(ones, dH2, out=g["b2"])
        np.matmul(dH2, p["W2"].T, out=dH1)
        back_through(H1, dH1)
        np.matmul(X_T, dH1, out=g["W1"])
        np.matmul(ones, dH1, out=g["b1"])
        theta *= 1.0 - rate * 2.0 * L2
        theta -= rate * gradient
        return loss

    return lambda steps: [step() for _ in range(steps)]


def _digits(workload: Workload) -> Run:
    X, y, rate = workload.inputs, workload.targets, workload.rate
    theta, p, gradient, g = _flat(workload.parameters)
    n = len(X)
    ones, rows, X_T = np.ones(n), np.arange(n), np.ascontiguousarray(X.T)
    H, dH, slope, Z = np.empty((n, 32)), np.empty((n, 32)), np.empty((n, 32)), np.empty((n, 10))

    def step() -> float:
        nonlocal theta
        np.matmul(X, p["W1"], out=H)
        np.add(H, p["b1"], out=H)
        np.tanh(H, out=H)
        np.matmul(H, p["W2"], out=Z)
        np.add(Z, p["b2"], out=Z)
        np.subtract(Z, Z.max(axis=1, keepdims=True), out=Z)
        chosen = Z[rows, y]
        np.exp(Z, out=Z)
        totals = Z.sum(axis=1)
        loss = float(np.log(totals).sum() - chosen.sum()) / n

        np.divide(Z, (totals * n)[:, None], out=Z)
        Z[rows, y] -= 1.0 / n
        np.matmul(H.T, Z, out=g["W2"])
        np.matmul(ones, Z, out=g["b2"])
        np.matmul(Z, p["W2"].T, out=dH)
        np.multiply(H, H, out=slope)
        np.subtract(1.0, slope, out=slope)
        np.multiply(dH, slope, out=dH)
        np.matmul(X_T, dH, out=g["W1"])
        np.matmul(ones, dH, out=g["b1"])
        theta -= rate * gradient
        return loss

    return lambda steps: [step() for _ in range(steps)]


def _rms(x: Any) -> tuple[Any, Any]:
    """(x scaled to mean square 1, the scale)."""
    scale = 1.0 / np.sqrt(np.einsum("tc,tc->t", x, x) / WIDTH + EPS)[:, None]
    return x * scale, scale


def _back_through_rms(dy: Any, y: Any, scale: Any) -> Any:
    return scale * (dy - y * (np.einsum("tc,tc->t", dy, y) / WIDTH)[:, None])


def _gpt(workload: Workload) -> Run:
    tokens, targets = workload.inputs[0], workload.targets[0]
    theta, p, gradient, g = _flat(workload.parameters)
    n, size = len(tokens), WIDTH // HEADS
    rows, one_hot_T = np.arange(n), np.eye(VOCABULARY)[tokens].T.copy()
    future = np.triu(np.full((n, n), -np.inf), 1)
    # wq, wk and wv are adjacent in the flat vector: one matrix of 3 * WIDTH rows
    start = p["wte"].size + p["wpe"].size
    stop = start + 3 * WIDTH * WIDTH
    w_qkv = theta[start:stop].reshape(3 * WIDTH, WIDTH)
    g_qkv = gradient[start:stop].reshape(3 * WIDTH, WIDTH)
    d_qkv = np.empty((n, 3, HEADS, size))
    d_q, d_k, d_v = (d_qkv[:, i].transpose(1, 0, 2) for i in range(3))

    def step() -> float:
        nonlocal theta
        x1, s1 = _rms(p["wte"][tokens] + p["wpe"][:n])
        y1, s2 = _rms(x1)
        q, k, v = (y1 @ w_qkv.T).reshape(n, 3, HEADS, size).transpose(1, 2, 0, 3)
        A = q @ k.transpose(0, 2, 1)
        A *= size**-0.5
        A += future
        A -= A.max(axis=2, keepdims=True)
        np.exp(A, out=A)
        A /= A.sum(axis=2, keepdims=True)
        mixed = (A @ v).transpose(1, 0, 2).reshape(n, WIDTH)
        x2 = mixed @ p["wo"].T
        x2 += x1
        y2, s3 = _rms(x2)
        h = y2 @ p["fc1"].T
        np.maximum(h, 0.0, out=h)
        x3 = h @ p["fc2"].T
        x3 += x2
        Z = x3 @ p["head"].T
        Z -= Z.max(axis=1, keepdims=True)
        chosen = Z[rows, targets]
        np.exp(Z, out=Z)
        totals = Z.sum(axis=1)
        loss = float(np.log(totals).sum() - chosen.sum()) / n

        Z /= (totals * n)[:, None]
        Z[rows, targets] -= 1.0 / n
        np.matmul(Z.T, x3, out=g["head"])
        dx = Z @ p["head"]
        np.matmul(dx.T, h, out=g["fc2"])
        dh = dx @ p["fc2"]
        dh *= h > 0.0
        np.matmul(dh.T, y2, out=g["fc1"])
        dx += _back_through_rms(dh @ p["fc1"], y2, s3)
        np.matmul(dx.T, mixed, out=g["wo"])
        d_mixed = (dx @ p["wo"]).reshape(n, HEADS, size).transpose(1, 0, 2)
        np.matmul(A.transpose(0, 2, 1), d_mixed, out=d_v)
        dA = d_mixed @ v.transpose(0, 2, 1)
        dA -= np.einsum("hts,hts->ht", dA, A)[:, :, None]
        dA *= A
        dA *= size**-0.5
        np.matmul(dA, k, out=d_q)
        np.matmul(dA.transpose(0, 2, 1), q, out=d_k)
        d = d_qkv.reshape(n, 3 * WIDTH)
        np.matmul(d.T, y1, out=g_qkv)
        dx += _back_through_rms(d @ w_qkv, y1, s2)
        dx = _back_through_rms(dx, x1, s1)
        np.matmul(one_hot_T, dx, out=g["wte"])
        g["wpe"][:n] = dx
        theta -= workload.rate * gradient
        return loss

    return lambda steps: [step() for _ in range(steps)]


def _chain(workload: Workload) -> Run:
    """Nothing to vectorise here: plain floats, forwards and backwards."""

    def once() -> tuple[float, float, float, float]:
        a, b, x = 1.0, 1e-9, 0.5
        seen = []
        for _ in range(workload.blocks):
            for _ in range(10):
                seen.append(x)
                x = x * a + b
            x = math.tanh(x)
            seen.append(x)
        output, dx, da, db = x, 1.0, 0.0, 0.0
        while seen:
            x = seen.pop()
            dx *= 1.0 - x * x
            for _ in range(10):
                db += dx
                da += dx * seen.pop()
                dx *= a
        return output, dx, da, db

    return lambda steps: [once() for _ in range(steps)]
