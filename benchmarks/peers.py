"""Who takes part, in the order of the table's columns."""

from collections.abc import Callable

from benchmarks import (
    by_casadi,
    by_jax,
    by_micrograd,
    by_numba,
    by_numpy,
    by_plain_python,
    by_stepgrad,
    by_torch,
)
from benchmarks.workloads import Run, Workload

PEERS: dict[str, Callable[[Workload], Run]] = {
    "stepgrad native": by_stepgrad.prepare_native,
    "stepgrad numpy": by_stepgrad.prepare_numpy,
    "stepgrad eager": by_stepgrad.prepare_eager,
    "micrograd": by_micrograd.prepare,
    "plain Python": by_plain_python.prepare,
    "NumPy": by_numpy.prepare,
    "Numba loops": by_numba.prepare,
    "PyTorch": by_torch.prepare,
    "jax.jit": by_jax.prepare_per_call,
    "jax.jit + scan": by_jax.prepare_scan,
    "CasADi SX": by_casadi.prepare,
}
