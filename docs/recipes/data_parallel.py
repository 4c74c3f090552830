"""Data-parallel training of a scalar model on PyTorch: two processes, half the rows each.

    python docs/recipes/data_parallel.py

Prints the loss of the training in scalars and of the same training in two processes, and that the
weights agree.  Takes some ten seconds, most of them to start PyTorch.  On several machines run it
under `torchrun` and leave the addresses to that; on GPUs say "nccl" for "gloo".
"""

import random
import tempfile
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch.nn.parallel import DistributedDataParallel

import nn

PROCESSES = 2
STEPS = 20
RATE = 0.1


def data() -> tuple[list[list[float]], list[float]]:
    rng = random.Random(0)
    xs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(32)]
    return xs, [x[0] * x[1] for x in xs]


def train_share(rank: int, folder: Path) -> None:
    """What each process does: every second row, gradients averaged with the other process."""
    dist.init_process_group(
        "gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=PROCESSES
    )
    model = DistributedDataParallel(torch.load(folder / "model.pt", weights_only=False))
    xs, ys = data()
    rows = torch.tensor(xs[rank::PROCESSES], dtype=torch.float64)
    targets = torch.tensor(ys[rank::PROCESSES], dtype=torch.float64)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(model(rows)[:, 0], targets).backward()
        optimizer.step()
    if rank == 0:
        torch.save(model.module.state_dict(), folder / "trained.pt")
    dist.destroy_process_group()


def main() -> None:
    xs, ys = data()
    model = nn.MLP(2, [8, 1], activation="tanh", seed=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        torch.save(nn.to_torch(model), folder / "model.pt")  # our own file: safe to unpickle
        mp.spawn(train_share, args=(folder,), nprocs=PROCESSES)
        parallel = nn.from_torch(torch.load(folder / "trained.pt"), activation="tanh")

    optimizer = nn.SGD(model.parameters(), lr=RATE)
    history = nn.fit(model, xs, ys, nn.mse_loss, optimizer, epochs=STEPS, progress=False)
    print(f"in scalars, one process: {history}")
    after = nn.mse_loss([parallel(x) for x in xs], ys)
    print(f"in PyTorch, {PROCESSES} processes: loss {after.data:.6g} afterwards")
    pairs = zip(model.parameters(), parallel.parameters())
    difference = max([abs(ours.data - theirs.data) for ours, theirs in pairs])
    print(f"largest difference of a weight: {difference:.1e}")
    assert difference < 1e-12


if __name__ == "__main__":
    main()
