"""A tape (see `tape.py`) that machine code runs through: a branch an operation, in a loop.

Sums and dots are taken apart into additions and products, so that a node has at most three
operands.  The branches come from the table: values as it spells them for arrays, derivatives by
its rules, run on LLVM's numbers.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling.lifting.capture import COMPUTED, FROZEN, INPUT, PARAMETER, Array, Graph
from autograd.compiling.native.machine import Function, Number, Whole
from autograd.compiling.native.native import machine_function, place_of
from autograd.compiling.native.processor import Processor
from autograd.compiling.native.scalars import is_spelt, power, spelt
from autograd.compiling.written import Symbol
from autograd.ops import Operation

POINTERS = ("numbers", "gradient", "codes", "operands")
WHOLES = ("leaves", "nodes")


def can_run(graph: Graph) -> bool:
    """Whether all its operations are known to machine code, with at most three operands."""
    used = [graph.rows[i] for i in np.unique(graph.op[graph.op >= 0]).tolist()]
    return all(
        row in (ops.sum, ops.dot) or (row.arity in (1, 2, 3) and is_spelt(row)) for row in used
    )


class NativeTape:
    """`outputs`, `step` and `value_and_gradient`, as the Python tape has them."""

    def __init__(self, graph: Graph) -> None:
        tape = _Flat(graph)
        self.tape, self.results = tape, tape.place[graph.outputs]
        text = _text(tape.rows)
        self.code = Processor().loaded(text)
        addresses = [self.code.get_function_address(name) for name in ("forwards", "backwards")]
        self.forwards, self.backwards = [
            machine_function(address, len(POINTERS), len(WHOLES)) for address in addresses
        ]

    def outputs(self, theta: Array, rows: Array) -> Any:
        columns = np.stack([self._run(theta, row)[self.results] for row in rows], axis=1)
        return tuple(columns) if len(columns) > 1 else columns[0]

    def value_and_gradient(self, theta: Array, rows: Array) -> tuple[float, Array]:
        gradient = np.zeros_like(theta)
        return self.step(theta, gradient, rows), gradient

    def step(self, theta: Array, by_theta: Array, rows: Array) -> float:
        total = 0.0
        by_theta[:] = 0.0
        nodes, which = self.tape.parameters
        for row in rows:
            numbers = self._run(theta, row)
            total += float(numbers[self.results[0]])
            gradient = np.zeros(len(numbers))
            gradient[self.results[0]] = 1.0 / len(rows)
            self._call(self.backwards, numbers, gradient)
            by_theta[which] += gradient[nodes]
        return total / len(rows)

    def _run(self, theta: Array, row: Array) -> Array:
        """The numbers of all nodes."""
        tape = self.tape
        numbers = np.empty(len(tape.start) + len(tape.codes))
        numbers[: len(tape.start)] = tape.start
        numbers[tape.parameters[0]] = theta[tape.parameters[1]]
        numbers[tape.inputs[0]] = row[tape.inputs[1]]
        self._call(self.forwards, numbers, numbers)
        return numbers

    def _call(self, function: Any, numbers: Array, gradient: Array) -> None:
        arrays = numbers, gradient, self.tape.codes, self.tape.operands
        function(*map(place_of, arrays), len(self.tape.start), len(self.tape.codes))


class _Flat:
    """The tape as arrays: `codes` (nodes,), `operands` (nodes, 3); `rows[code]` is the operation.

    The leaves come first, with their numbers in `start`.  `place[i]` is where node i of the graph
    is; `parameters` and `inputs` are pairs of arrays, (places, numbers in the user's list).
    """

    def __init__(self, graph: Graph) -> None:
        is_computed = graph.role == COMPUTED
        leaves = np.flatnonzero(~is_computed)
        self.start = np.append(np.where(graph.role == FROZEN, graph.data, 0.0)[leaves], 0.0)
        place = np.zeros(len(graph.op), dtype=np.int64)
        place[leaves] = np.arange(len(leaves))
        self.parameters = self._listed(graph, PARAMETER, place)
        self.inputs = self._listed(graph, INPUT, place)
        self.rows: list[Operation] = []
        self._steps: list[tuple[int, int, int, int]] = []
        self._codes: dict[Operation, int] = {}
        where, zero = place.tolist(), len(leaves)
        start, operands = graph.start.tolist(), graph.operands.tolist()
        op = graph.op.tolist()
        for node in np.flatnonzero(is_computed).tolist():
            xs = [where[i] for i in operands[start[node] : start[node + 1]]]
            where[node] = self._add(graph.rows[op[node]], xs, zero)
        self.place = np.array(where)
        steps = np.array(self._steps, dtype=np.int64).reshape(-1, 4)
        self.codes, self.operands = steps[:, 0].copy(), steps[:, 1:].copy()
        del self._steps
        self._by_frequency()

    def _listed(self, graph: Graph, role: int, place: Array) -> tuple[Array, Array]:
        nodes = np.flatnonzero(graph.role == role)
        return place[nodes], graph.number[nodes]

    def _add(self, row: Operation, xs: list[int], zero: int) -> int:
        """Append a node, or several for a sum or dot; where its number will be."""
        if row is ops.sum or row is ops.dot:
            if row is ops.dot:
                n = len(xs) // 2
                terms = [self._add(ops.mul, [w, x], zero) for w, x in zip(xs[:n], xs[n : 2 * n])]
                xs = [*xs[2 * n :], *terms]
            total = xs[0] if xs else zero
            for x in xs[1:]:
                total = self._add(ops.add, [total, x], zero)
            return total
        if row not in self._codes:
            self._codes[row] = len(self.rows)
            self.rows.append(row)
        x, y, z = (*xs, 0, 0)[:3]
        self._steps.append((self._codes[row], x, y, z))
        return len(self.start) + len(self._steps) - 1

    def _by_frequency(self) -> None:
        """The most frequent operation has code 0."""
        order = [code for code, _ in Counter(self.codes.tolist()).most_common()]
        new = np.zeros(len(self.rows), dtype=np.int64)
        new[order] = np.arange(len(order))
        self.codes = new[self.codes]
        self.rows = [self.rows[code] for code in order]


# --- the code -------------------------------------------------------------------------------------


class Coded(Symbol):
    """A number of LLVM's with the table's arithmetic: a rule runs on it, and is code."""

    def __init__(self, number: Number) -> None:
        self.number = number

    @classmethod
    def apply_operation(cls, op: Operation, operands: tuple[Any, ...]) -> "Coded":
        code = next(x.number.code for x in operands if isinstance(x, Coded))
        numbers = [code.as_double(x.number if isinstance(x, Coded) else float(x)) for x in operands]
        result = power(numbers[0], numbers[1], None) if op is ops.pow else spelt(op, numbers)
        assert result is not None
        return cls(code.as_double(result))


def _text(rows: list[Operation]) -> str:
    functions = [_loop("forwards", rows, _value), _loop("backwards", rows, _derivatives)]
    declared = dict.fromkeys([line for function in functions for line in function.declared])
    arguments = ", ".join(
        [*[f"ptr %{name}" for name in POINTERS], *[f"i64 %{name}" for name in WHOLES]]
    )
    return "\n".join([*declared, *[function.text(arguments) for function in functions]])


def _loop(
    name: str,
    rows: list[Operation],
    write: Callable[[Function, Operation, Whole, list[str]], None],
) -> Function:
    """For each node, the first to the last or the other way round, its operation's branch."""
    code = Function(name)
    with code.loop("%nodes") as k:
        if name == "backwards":
            k = code.add(code.write(f"sub i64 %nodes, {k}"), -1)
        node = code.add(k, "%leaves")
        which = code.load_whole("%codes", k)
        first = code.mul(k, 3)
        labels, end = [code.fresh("case") for _ in rows], code.fresh("end")
        cases = " ".join([f"i64 {i}, label {label}" for i, label in enumerate(labels)])
        code.lines.append(f"switch i64 {which}, label {end} [ {cases} ]")
        for row, label in zip(rows, labels):
            code.lines.append(f"{label[1:]}:")
            count = row.arity or 0
            write(code, row, node, [
                code.load_whole("%operands", code.add(first, i)) for i in range(count)
            ])  # fmt: skip
            code.lines.append(f"br label {end}")
        code.lines.append(f"{end[1:]}:")
    return code


def _value(code: Function, row: Operation, node: Whole, operands: list[str]) -> None:
    xs = tuple([Coded(code.load("%numbers", i)) for i in operands])
    code.store(Coded.apply_operation(row, xs).number, "%numbers", node)


def _derivatives(code: Function, row: Operation, node: Whole, operands: list[str]) -> None:
    xs = [Coded(code.load("%numbers", i)) for i in operands]
    z, upstream = Coded(code.load("%numbers", node)), code.load("%gradient", node)
    for i, local in zip(operands, row.derivatives(z, *xs)):
        if isinstance(local, float) and local == 0.0:
            continue
        factor = local.number if isinstance(local, Coded) else code.number(float(local))
        code.store(code.load("%gradient", i) + factor * upstream, "%gradient", i)
