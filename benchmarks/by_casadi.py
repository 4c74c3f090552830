"""CasADi SX: the step as a scalar expression graph, replayed by its virtual machine.

Called through `Function.buffer()`, the interface that CasADi's manual recommends for low overhead.
"""

from typing import Any

import numpy as np

from benchmarks.workloads import EPS, HEADS, L2, WIDTH, NotForThisPeer, Run, Workload


def prepare(workload: Workload) -> Run:
    import casadi

    if workload.name == "digits-1437" and len(workload.inputs) > 100:
        raise NotForThisPeer("seven million scalar nodes")
    if workload.kind == "chain":
        return _chain(workload)
    theta = np.concatenate([array.ravel() for array in workload.parameters.values()])
    symbol = casadi.SX.sym("theta", theta.size)
    p, start = {}, 0
    for name, array in workload.parameters.items():
        rows, columns = array.shape if array.ndim == 2 else (1, array.size)
        piece = symbol[start : start + array.size]
        p[name] = casadi.reshape(piece, columns, rows).T  # CasADi stores column by column
        start += array.size
    loss_of = {"blog": _blog, "moons": _moons, "digits": _digits, "gpt": _gpt}[workload.kind]
    loss = loss_of(workload, p, symbol)
    moved = symbol - workload.rate * casadi.gradient(loss, symbol)
    step = casadi.Function("step", [symbol], [moved, loss])
    result, number = np.empty_like(theta), np.empty(1)
    buffer, evaluate = step.buffer()
    buffer.set_arg(0, memoryview(theta))
    buffer.set_res(0, memoryview(result))
    buffer.set_res(1, memoryview(number))

    def run(steps: int) -> Any:
        losses = np.empty(steps)
        for i in range(steps):
            evaluate()
            theta[:] = result
            losses[i] = number[0]
        run.buffer = buffer  # type: ignore[attr-defined]  # lives as long as this run does
        return losses

    return run


def _relu(x: Any) -> Any:
    import casadi

    return casadi.if_else(x > 0, x, 0)


def _blog(workload: Workload, p: Any, theta: Any) -> Any:
    import casadi

    output = 1 / (1 + casadi.exp(-casadi.mtimes(workload.inputs, theta)))
    return 0.5 * casadi.sumsqr(workload.targets - output)


def _layer(x: Any, weights: Any, biases: Any) -> Any:
    import casadi

    return casadi.mtimes(x, weights) + casadi.repmat(biases, x.shape[0], 1)


def _moons(workload: Workload, p: Any, theta: Any) -> Any:
    import casadi

    activate = casadi.tanh if workload.activation == "tanh" else _relu
    hidden = activate(_layer(workload.inputs, p["W1"], p["b1"]))
    hidden = activate(_layer(hidden, p["W2"], p["b2"]))
    score = _layer(hidden, p["W3"], p["b3"])
    hinge = _relu(1 - workload.targets * score)
    return casadi.sum1(hinge) / len(workload.inputs) + L2 * casadi.sumsqr(theta)


def _cross_entropy(logits: Any, targets: Any) -> Any:
    import casadi

    n = len(targets)
    rows = [logits[i, :] for i in range(n)]
    losses = [casadi.logsumexp(row.T) - row[int(target)] for row, target in zip(rows, targets)]
    return sum(losses[1:], losses[0]) / n


def _digits(workload: Workload, p: Any, theta: Any) -> Any:
    import casadi

    hidden = casadi.tanh(_layer(workload.inputs, p["W1"], p["b1"]))
    return _cross_entropy(_layer(hidden, p["W2"], p["b2"]), workload.targets)


def _gpt(workload: Workload, p: Any, theta: Any) -> Any:
    import casadi

    def norm(x: Any) -> Any:
        return x / casadi.repmat(casadi.sqrt(casadi.sum2(x * x) / WIDTH + EPS), 1, WIDTH)

    tokens, targets = workload.inputs[0], workload.targets[0]
    n, size = len(tokens), WIDTH // HEADS
    x = norm(p["wte"][tokens.tolist(), :] + p["wpe"][:n, :])
    y = norm(x)
    q, k, v = (casadi.mtimes(y, p[name].T) for name in ("wq", "wk", "wv"))
    mixed = []
    for t in range(n):
        heads = []
        for j in range(0, WIDTH, size):
            mine = slice(j, j + size)
            scores = casadi.mtimes(k[: t + 1, mine], q[t, mine].T) / size**0.5
            weights = casadi.exp(scores - casadi.logsumexp(scores))
            heads.append(casadi.mtimes(weights.T, v[: t + 1, mine]))
        mixed.append(casadi.horzcat(*heads))
    x = x + casadi.mtimes(casadi.vertcat(*mixed), p["wo"].T)
    hidden = _relu(casadi.mtimes(norm(x), p["fc1"].T))
    x = x + casadi.mtimes(hidden, p["fc2"].T)
    return _cross_entropy(casadi.mtimes(x, p["head"].T), targets)


def _chain(workload: Workload) -> Run:
    import casadi

    leaves = casadi.SX.sym("x0_a_b", 3)
    x, a, b = leaves[0], leaves[1], leaves[2]
    for _ in range(workload.blocks):
        for _ in range(10):
            x = x * a
            x = x + b
        x = casadi.tanh(x)
    function = casadi.Function("chain", [leaves], [x, casadi.gradient(x, leaves)])

    def once() -> tuple[float, ...]:
        value, gradient = function([0.5, 1.0, 1e-9])
        return (float(value), *[float(d) for d in gradient.full()[:, 0]])

    return lambda steps: [once() for _ in range(steps)]
