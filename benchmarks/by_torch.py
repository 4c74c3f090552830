"""PyTorch eager: tensors with autograd and torch.optim.SGD, as its tutorials write a loop."""

from typing import Any

from benchmarks.workloads import (
    EPS,
    HEADS,
    L2,
    WIDTH,
    NotForThisPeer,
    Run,
    Workload,
)


def prepare(workload: Workload) -> Run:
    import torch

    if workload.kind == "chain":
        if workload.blocks > 5_000:
            raise NotForThisPeer("a million 0-d tensors take 14 s per run and 1 GB")
        return _chain(workload)
    torch.set_num_threads(1)
    p = {
        name: torch.tensor(array, dtype=torch.float64, requires_grad=True)
        for name, array in workload.parameters.items()
    }
    loss_of = {"blog": _blog, "moons": _moons, "digits": _digits, "gpt": _gpt}[workload.kind]
    inputs, targets = torch.tensor(workload.inputs), torch.tensor(workload.targets)
    optimizer = torch.optim.SGD(p.values(), lr=workload.rate)

    def run(steps: int) -> Any:
        losses = []
        for _ in range(steps):
            loss = loss_of(workload, p, inputs, targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        return torch.stack(losses).numpy()

    return run


def _blog(workload: Workload, p: dict[str, Any], inputs: Any, targets: Any) -> Any:
    error = targets - (inputs @ p["w"]).sigmoid()
    return 0.5 * (error * error).sum()


def _moons(workload: Workload, p: dict[str, Any], inputs: Any, targets: Any) -> Any:
    activate = {"tanh": lambda x: x.tanh(), "relu": lambda x: x.relu()}[workload.activation]
    hidden = activate(inputs @ p["W1"] + p["b1"])
    hidden = activate(hidden @ p["W2"] + p["b2"])
    score = (hidden @ p["W3"] + p["b3"])[:, 0]
    penalty = sum((array * array).sum() for array in p.values())
    return (1 - targets * score).relu().mean() + L2 * penalty


def _digits(workload: Workload, p: dict[str, Any], inputs: Any, targets: Any) -> Any:
    from torch.nn.functional import cross_entropy

    hidden = (inputs @ p["W1"] + p["b1"]).tanh()
    return cross_entropy(hidden @ p["W2"] + p["b2"], targets)


def _gpt(workload: Workload, p: dict[str, Any], inputs: Any, targets: Any) -> Any:
    from torch.nn.functional import cross_entropy, rms_norm, scaled_dot_product_attention

    n = inputs.shape[1]
    x = rms_norm(p["wte"][inputs[0]] + p["wpe"][:n], (WIDTH,), eps=EPS)
    y = rms_norm(x, (WIDTH,), eps=EPS)
    q, k, v = (
        (y @ p[name].T).view(n, HEADS, WIDTH // HEADS).transpose(0, 1)
        for name in ("wq", "wk", "wv")
    )
    mixed = scaled_dot_product_attention(q, k, v, is_causal=True)
    x = x + mixed.transpose(0, 1).reshape(n, WIDTH) @ p["wo"].T
    x = x + (rms_norm(x, (WIDTH,), eps=EPS) @ p["fc1"].T).relu() @ p["fc2"].T
    return cross_entropy(x @ p["head"].T, targets[0])


def _chain(workload: Workload) -> Run:
    import torch

    def once() -> tuple[float, ...]:
        a, b, x0 = (
            torch.tensor(number, dtype=torch.float64, requires_grad=True)
            for number in (1.0, 1e-9, 0.5)
        )
        x = x0
        for _ in range(workload.blocks):
            for _ in range(10):
                x = x * a
                x = x + b
            x = x.tanh()
        return (x.item(), *[d.item() for d in torch.autograd.grad(x, [x0, a, b])])

    return lambda steps: [once() for _ in range(steps)]
