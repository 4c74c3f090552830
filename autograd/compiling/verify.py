"""Does the program compute what the graph, built anew, computes?"""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.backward import differentiate
from autograd.compiling.capture import Array
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.compiling.program import Program

RELATIVE, ABSOLUTE = 1e-9, 1e-12  # the order of additions differs


def verified(program: "Program", build: Callable[[list[Value]], Any], rows: Any) -> bool:
    """See `Program.verify`."""
    rows = random_rows(program) if rows is None else program._checked(rows, False)
    outputs = np.atleast_2d(program(rows).T).T
    for i, row in enumerate(rows):
        built = build([Value(x, v.label) for x, v in zip(row.tolist(), program.inputs)])
        expected = [built] if program.is_single else list(built)
        if len(expected) != outputs.shape[1]:
            raise AssertionError(
                f"verify: build returned {len(expected)} outputs, not {outputs.shape[1]}"
            )
        for k, output in enumerate(expected):
            _compare(f"row {i}, output {k}", float(outputs[i, k]), float(output))
        if program.is_single and isinstance(built, Value):
            _compare_gradients(program, i, rows[i : i + 1], built)
    return True


def random_rows(program: "Program") -> Array:
    """Three rows: the inputs of now, and two near them; whole numbers where an index is due."""
    rng = np.random.default_rng(0)
    now = np.array([v.data for v in program.inputs])
    rows = now + np.array([[0.0], [1.0], [1.0]]) * rng.normal(size=(3, len(now)))
    for column, count in program._index_columns.items():
        rows[:, column] = rng.integers(0, count, size=3)
    return rows


def _compare_gradients(program: "Program", i: int, row: Array, built: Value) -> None:
    _, gradient = program.value_and_grad(row if program.inputs else None)
    expected = differentiate(built, create_graph=False)
    for k, parameter in enumerate(program.parameters):
        name = parameter.label or f"parameter {k}"
        _compare(
            f"row {i}, gradient by {name}", float(gradient[k]), float(expected.get(parameter, 0.0))
        )


def _compare(what: str, got: float, expected: float) -> None:
    if not math.isclose(got, expected, rel_tol=RELATIVE, abs_tol=ABSOLUTE) and not (
        math.isnan(got) and math.isnan(expected)
    ):
        raise AssertionError(
            f"verify: {what}: the program gives {got!r}, building the graph anew {expected!r}; "
            "something was decided in Python while the graph was built (an if, a .data read), "
            "and is frozen in the program"
        )
