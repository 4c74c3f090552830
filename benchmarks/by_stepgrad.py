"""stepgrad itself: eager, compiled to NumPy, and compiled to machine code with training inside."""

from typing import Any

import numpy as np

import autograd
import nn
from benchmarks.scalar_models import Scalars, chained, leaves, loss, training
from benchmarks.workloads import NotForThisPeer, Run, Workload


def _choose_row(index: Any, rows: list[Any]) -> list[Any]:
    """rows[index]; where the index is an input of a compiled program, a choice for each column."""
    if not isinstance(index, autograd.Value):
        return list(rows[index])
    return [autograd.choose(index, *column) for column in zip(*rows)]


WORDS = Scalars(
    Value=autograd.Value,
    tanh=autograd.tanh,
    relu=autograd.relu,
    sigmoid=autograd.sigmoid,
    dot=autograd.dot,
    add_up=autograd.sum,
    softmax=autograd.softmax,
    cross_entropy=nn.cross_entropy,
    choose_row=_choose_row,
)


def prepare_eager(workload: Workload) -> Run:
    if workload.name == "digits-1437" and len(workload.inputs) > 100:
        raise NotForThisPeer("minutes for five steps; digits-64 shows the same")
    return training(WORDS, workload)


def prepare_numpy(workload: Workload) -> Run:
    return _compiled(workload, "numpy")


def prepare_native(workload: Workload) -> Run:
    import llvmlite  # noqa: F401  # a line about the missing extra, not a traceback

    return _compiled(workload, "native")


def compiled(workload: Workload, backend: str) -> tuple[Any, list[Any], Any]:
    """(program, parameters, rows): one row's graph, and the compiler adds the batch."""
    if workload.kind == "chain":
        x0, a, b = (autograd.Value(number) for number in (0.5, 1.0, 1e-9))
        output = chained(WORDS, x0, a, b, workload.blocks)
        program = autograd.compile(output, parameters=[x0, a, b], backend=backend)
        return program, [x0, a, b], np.zeros((1, 0))
    p, everything = leaves(WORDS, workload)
    targets = workload.targets.reshape(len(workload.inputs), -1)
    rows = np.hstack([workload.inputs, targets]).astype(float)
    inputs = [autograd.Value(number) for number in rows[0]]
    x, y = inputs[: -targets.shape[1]], inputs[-targets.shape[1] :]
    one_row = loss(WORDS, workload, p, everything, [x], [y if workload.kind == "gpt" else y[0]])
    program = autograd.compile(one_row, inputs=inputs, parameters=everything, backend=backend)
    return program, everything, rows


def _compiled(workload: Workload, backend: str) -> Run:
    program, parameters, rows = compiled(workload, backend)
    if workload.kind == "chain":

        def once() -> tuple[float, ...]:
            value, gradient = program.value_and_grad(rows)
            return (value, *gradient)

        return lambda steps: [once() for _ in range(steps)]
    optimizer = nn.SGD(parameters, lr=workload.rate)
    return lambda steps: program.train(rows, optimizer, epochs=steps)
