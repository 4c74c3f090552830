"""JAX: one jitted call per step, or one call that scans over 100 steps."""

from typing import Any

import numpy as np

from benchmarks.workloads import EPS, HEADS, L2, WIDTH, NotForThisPeer, Run, Workload

STEPS_A_CALL = 100


def prepare_per_call(workload: Workload) -> Run:
    import jax

    if workload.kind == "chain":
        return _chain(workload)
    step = _step(workload)
    one = jax.jit(lambda p: step(p, None))
    p = {name: jax.numpy.asarray(array) for name, array in workload.parameters.items()}

    def run(steps: int) -> Any:
        nonlocal p
        losses = []
        for _ in range(steps):
            p, loss = one(p)
            losses.append(loss)
        return np.array(jax.device_get(losses))

    return run


def prepare_scan(workload: Workload) -> Run:
    import jax

    if workload.kind == "chain":
        raise NotForThisPeer("one gradient, without a training loop to scan over")
    step = _step(workload)
    many = jax.jit(lambda p, n: jax.lax.scan(step, p, length=n), static_argnums=1)
    p = {name: jax.numpy.asarray(array) for name, array in workload.parameters.items()}

    def run(steps: int) -> Any:
        """At most STEPS_A_CALL steps per call; compiled once for each number of steps."""
        nonlocal p
        losses = []
        while steps > 0:
            p, some = many(p, min(steps, STEPS_A_CALL))
            losses.append(np.asarray(some))
            steps -= STEPS_A_CALL
        return np.concatenate(losses)

    return run


def _step(workload: Workload) -> Any:
    import jax

    jax.config.update("jax_enable_x64", True)
    loss_of = {"blog": _blog, "moons": _moons, "digits": _digits, "gpt": _gpt}[workload.kind]
    inputs, targets = jax.numpy.asarray(workload.inputs), jax.numpy.asarray(workload.targets)
    value_and_grad = jax.value_and_grad(lambda p: loss_of(workload, p, inputs, targets))

    def step(p: Any, _: None) -> tuple[Any, Any]:
        loss, gradient = value_and_grad(p)
        return jax.tree.map(lambda x, g: x - workload.rate * g, p, gradient), loss

    return step


def _blog(workload: Workload, p: Any, inputs: Any, targets: Any) -> Any:
    import jax

    error = targets - jax.nn.sigmoid(inputs @ p["w"])
    return 0.5 * (error * error).sum()


def _moons(workload: Workload, p: Any, inputs: Any, targets: Any) -> Any:
    import jax
    import jax.numpy as jnp

    activate = {"tanh": jnp.tanh, "relu": jax.nn.relu}[workload.activation]
    hidden = activate(inputs @ p["W1"] + p["b1"])
    hidden = activate(hidden @ p["W2"] + p["b2"])
    score = (hidden @ p["W3"] + p["b3"])[:, 0]
    penalty = sum((array * array).sum() for array in p.values())
    return jax.nn.relu(1 - targets * score).mean() + L2 * penalty


def _cross_entropy(logits: Any, targets: Any) -> Any:
    import jax

    chosen = jax.numpy.take_along_axis(logits, targets[:, None], axis=1)[:, 0]
    return (jax.nn.logsumexp(logits, axis=1) - chosen).mean()


def _digits(workload: Workload, p: Any, inputs: Any, targets: Any) -> Any:
    import jax.numpy as jnp

    hidden = jnp.tanh(inputs @ p["W1"] + p["b1"])
    return _cross_entropy(hidden @ p["W2"] + p["b2"], targets)


def _gpt(workload: Workload, p: Any, inputs: Any, targets: Any) -> Any:
    import jax
    import jax.numpy as jnp

    def norm(x: Any) -> Any:
        return x / jnp.sqrt((x * x).mean(axis=1, keepdims=True) + EPS)

    n, size = inputs.shape[1], WIDTH // HEADS
    x = norm(p["wte"][inputs[0]] + p["wpe"][:n])
    y = norm(x)
    q, k, v = ((y @ p[name].T).reshape(n, HEADS, size) for name in ("wq", "wk", "wv"))
    scores = jnp.einsum("thd,shd->hts", q, k) * size**-0.5
    causal = jnp.tril(jnp.ones((n, n), bool))
    weights = jax.nn.softmax(jnp.where(causal, scores, -jnp.inf), axis=2)
    mixed = jnp.einsum("hts,shd->thd", weights, v).reshape(n, WIDTH)
    x = x + mixed @ p["wo"].T
    x = x + jax.nn.relu(norm(x) @ p["fc1"].T) @ p["fc2"].T
    return _cross_entropy(x @ p["head"].T, targets[0])


def _chain(workload: Workload) -> Run:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def output(x0: Any, a: Any, b: Any) -> Any:
        def block(x: Any, _: None) -> tuple[Any, None]:
            for _ in range(10):
                x = x * a
                x = x + b
            return jnp.tanh(x), None

        return jax.lax.scan(block, x0, length=workload.blocks)[0]

    compiled = jax.jit(jax.value_and_grad(output, argnums=(0, 1, 2)))

    def once() -> tuple[float, ...]:
        value, gradients = compiled(0.5, 1.0, 1e-9)
        return (float(value), *[float(d) for d in gradients])

    return lambda steps: [once() for _ in range(steps)]
