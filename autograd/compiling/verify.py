"""Does the program compute what the graph computes when it is built again?

Program and graph add up the same numbers in different orders, so they differ by rounding.  How much
is acceptable depends on the numbers that are added, not on their sum: where terms of size 1000
cancel to 1, the error is a thousand times larger.  The requirement is

    |program - graph| <= 1e-12 * (the sum over all nodes behind the number of
                                  |node| * |d number / d node|)

since a rounding error in the last place of each node moves the number by exactly that, times
2e-16, whatever computes it.  A gradient's scale also includes the size of its contributions, since
constant contributions that cancel are not nodes.  A number that agrees to 1e-12 of itself needs no
such sum; for the others it is computed.  (The largest difference in 6,700 random models was 1e-16
of it, with NumPy; a frozen branch makes far larger differences.)
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import ops
from autograd.backward import differentiate
from autograd.compiling.lifting.capture import Array
from autograd.compiling.readable import readable
from autograd.graph import topological_order
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.compiling.program import Program

TOLERANCE = 1e-12
Build = Callable[[list[Value]], Any]


def verified(program: "Program", build: Build, rows: Any) -> bool:
    """See `Program.verify`."""
    rows = random_rows(program) if rows is None else program._checked(rows, False)
    _compare_rows(program, build, rows, "row {}")
    now = program.numbers()
    if not len(now):
        return True
    is_index = np.array([parameter in program.index_counts for parameter in program.parameters])
    try:
        near = now + 0.1 * _noise(now) * (np.abs(now) + 0.1)
        _set(program, np.where(is_index, now, near))
        _compare_moved(program, build, rows[:1], "other parameters, row {}")
        for flipped in (slice(None), slice(None, None, 2)):
            _set(program, np.where(is_index, now, _far_from(now, flipped)))
            _compare_moved(program, build, rows[:1], "distant parameters, row {}", is_far=True)
    finally:
        _set(program, now)
    return True


def _noise(now: Array) -> Array:
    return np.random.default_rng(1).normal(size=len(now))


def _far_from(now: Array, flipped: slice) -> Array:
    """All numbers larger in size by about 1, and some with the opposite sign."""
    signs = np.where(now < 0.0, -1.0, 1.0)
    signs[flipped] *= -1.0
    far: Array = signs * (np.abs(now) + np.abs(_noise(now)))
    return far


def _set(program: "Program", numbers: Array) -> None:
    for parameter, x in zip(program.parameters, numbers.tolist()):
        parameter.data = x


def _compare_moved(
    program: "Program", build: Build, row: Array, where: str, is_far: bool = False
) -> None:
    try:
        built = _built(program, build, row[0])
    except Exception:  # such parameters have no graph, so there is nothing to compare
        return
    _compare_rows(program, lambda inputs: built, row, where, is_far)


def _built(program: "Program", build: Build, row: Array) -> Any:
    return build([Value(x, v.label) for x, v in zip(row.tolist(), program.inputs)])


def _compare_rows(
    program: "Program", build: Build, rows: Array, where: str, is_far: bool = False
) -> None:
    outputs = np.atleast_2d(program(rows).T).T
    for i, row in enumerate(rows):
        built = _built(program, build, row)
        expected = [built] if program.is_single else list(built)
        if len(expected) != outputs.shape[1]:
            raise AssertionError(
                f"verify: build returned {len(expected)} outputs, not {outputs.shape[1]}"
            )
        try:
            for k, output in enumerate(expected):
                if not is_far or np.isfinite(float(output)):
                    _compare(f"{where.format(i)}, output {k}", float(outputs[i, k]), output)
            if program.is_single and isinstance(built, Value):
                _compare_gradients(program, where.format(i), rows[i : i + 1], built, is_far)
        except AssertionError:
            _check_machine_code(program, rows[i : i + 1])
            raise


def _check_machine_code(program: "Program", row: Array) -> None:
    """Raise AssertionError if the machine code differs from NumPy, not the graph."""
    theta, native = program.theta(), program._native
    if native is None:
        return
    pairs = [(native.outputs(theta, row), program.computed_by_numpy(theta, row))]
    if program.is_single:
        (_, by_machine), (_, by_numpy) = [
            f(theta, row)
            for f in (native.value_and_gradient, program.functions["value_and_gradient"])
        ]
        pairs.append((by_machine, by_numpy))
    for by_machine, by_numpy in pairs:
        size = np.abs(by_numpy).max(initial=0.0)
        if not np.allclose(by_machine, by_numpy, 1e-9, 1e-9 * size, equal_nan=True):
            raise AssertionError(
                f"verify: the machine code gives {by_machine.tolist()!r:.60}, NumPy by the same "
                f"program {by_numpy.tolist()!r:.60}: an error of this library, not of the graph; "
                'please report it (backend="numpy" avoids the machine code)'
            ) from None


def random_rows(program: "Program") -> Array:
    """Three rows: the current inputs, and two near them; whole numbers for indices."""
    rng = np.random.default_rng(0)
    now = np.array([v.data for v in program.inputs])
    rows = now + np.array([[0.0], [1.0], [1.0]]) * rng.normal(size=(3, len(now)))
    for column, count in program._index_columns.items():
        rows[:, column] = rng.integers(0, count, size=3)
    return rows


def scale_of(number: Any) -> float:
    """The size of the numbers that make up this one; see above."""
    if not isinstance(number, Value):
        return abs(float(number))
    gradients = differentiate(number, create_graph=False)
    parts = [_size(node) * abs(gradient) for node, gradient in gradients.items()]
    return float(sum([part for part in parts if part == part]))


def _size(node: Value) -> float:
    """The size at which a node is rounded; a program takes a logsumexp of a sum of at least 1."""
    return max(abs(node.data), 1.0) if node.op is ops.logsumexp else abs(node.data)


def uncancelled(output: Value) -> dict[Value, float]:
    """For each value that the output depends on: what its gradient would be if all contributions
    and local derivatives were positive."""
    sizes = {output: 1.0}
    for node in reversed(topological_order(output)):
        upstream = sizes.get(node, 0.0)
        for operand, local in zip(node.operands, node.local_derivatives):
            contribution = abs(local) * upstream
            if contribution == contribution:
                sizes[operand] = sizes.get(operand, 0.0) + contribution
    return sizes


def _compare_gradients(
    program: "Program", where: str, row: Array, built: Value, is_far: bool
) -> None:
    _, gradient = program.value_and_grad(row if program.inputs else None)
    expected = differentiate(built, create_graph=False)
    exact: dict[Value, Any] = {}  # the same as Values, for numbers that need a closer look
    sizes: dict[Value, float] = {}
    for k, parameter in enumerate(program.parameters):
        name = f"{where}, gradient by {readable(parameter.label or f'parameter {k}')}"
        got, wanted = float(gradient[k]), float(expected.get(parameter, 0.0))
        if _is_near(got, wanted, abs(wanted)) or (is_far and not np.isfinite(wanted)):
            continue
        sizes = sizes or uncancelled(built)
        size = sizes.get(parameter, 0.0)
        if not _is_near(got, wanted, size):
            exact = exact or differentiate(built)
            _compare(name, got, exact.get(parameter, 0.0), size)


def _is_near(got: float, expected: float, scale: float) -> bool:
    if got == expected or (got != got and expected != expected):
        return True
    return abs(got - expected) <= TOLERANCE * scale < np.inf


def _compare(what: str, got: float, expected: Any, size: float = 0.0) -> None:
    number = float(expected)
    is_near = _is_near(got, number, abs(number))
    if not is_near and not _is_near(got, number, scale_of(expected) + size):
        raise AssertionError(
            f"verify: {what}: the program gives {got!r}, building the graph again {number!r}; "
            "something was decided in Python while the graph was built (an if, a .data read), "
            "and is frozen in the program"
        )
