"""A tape (see `tape.py`) run by machine code: its arrays and its calls.

An operation has a branch for each number of operands that occurs (see `tape_code.py`); long sums,
means, products and dots are split into operations of two operands.
"""

import warnings
from collections import Counter
from typing import Any

import numpy as np

from autograd import ieee, ops
from autograd.compiling.lifting.capture import COMPUTED, FROZEN, INPUT, PARAMETER, Array, Graph
from autograd.compiling.native.machine import Function
from autograd.compiling.native.native import Callbacks, place_of
from autograd.compiling.native.processor import this_processor
from autograd.compiling.native.scalars import Called
from autograd.compiling.tape_code import POINTERS, WHOLES, Branch, Coded, text_of
from autograd.ops import Operation

LONGEST = 2_000  # operands of all branches together: each takes a few lines of code
SHORT = 16  # operands of a sum that has its own branch
SUMS = (ops.sum, ops.mean, ops.prod, ops.dot)


def can_run(graph: Graph) -> bool:
    """Whether machine code can run it; if not, a warning names the operation that needs Python."""
    used = {
        Branch(graph.rows[op], width)
        for op, width in zip(graph.op.tolist(), graph.arity.tolist())
        if op >= 0 and not _is_taken_apart(graph.rows[op], width)
    }
    reason = "; ".join(filter(None, [_why_not(op) for op in dict.fromkeys(x.op for x in used)]))
    if not reason and sum(branch.width for branch in used) > LONGEST:
        widest = max(used, key=lambda branch: branch.width)
        reason = f"{widest.op.name!r} has too many operands, {widest.width} in one place"
    if reason:
        warnings.warn(
            f"compile: this deep and narrow graph runs in Python, not as machine code: {reason}",
            stacklevel=5,
        )
    return not reason


def _is_taken_apart(op: Operation, width: int) -> bool:
    return op in SUMS and not 0 < width <= SHORT


def _why_not(op: Operation) -> str:
    """What its rule raises when run on symbols; "" if it runs."""
    code = Function("")
    try:
        op.derivatives(*[Coded(code.number(x), []) for x in (0.0, *op.sample)])
    except Exception as error:  # whatever a user's rule may raise
        return f"the rule of {op.name!r} does not run on symbols ({error!r:.100})"
    return ""


class NativeTape:
    """`outputs`, `step` and `value_and_gradient`, like those of the Python tape."""

    def __init__(self, graph: Graph) -> None:
        tape = self.tape = _Flat(graph)
        self.results = tape.place[graph.outputs]
        called: Called = []
        self.code = this_processor().loaded(text_of(tape.branches, called))
        self.callbacks = Callbacks(called)
        self.forwards, self.backwards = [
            self.code.function(name, len(POINTERS), len(WHOLES))
            for name in ("forwards", "backwards")
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
        """The numbers of all nodes.  Raises what an operation raises, like the eager engine."""
        tape = self.tape
        numbers = np.empty(len(tape.start) + len(tape.codes))
        numbers[: len(tape.start)] = tape.start
        numbers[tape.parameters[0]] = theta[tape.parameters[1]]
        numbers[tape.inputs[0]] = row[tape.inputs[1]]
        self._call(self.forwards, numbers, numbers)
        tape.check_indices(numbers)
        return numbers

    def _call(self, function: Any, numbers: Array, gradient: Array) -> None:
        tape = self.tape
        arrays = numbers, gradient, tape.codes, tape.starts, tape.operands, self.callbacks.table
        function(*map(place_of, arrays), len(tape.start), len(tape.codes))
        self.callbacks.reraise()


class _Flat:
    """The tape as arrays: `codes` and `starts` (nodes,), and all `operands`, node after node;
    `branches[code]` is the operation.

    The leaves come first, with their numbers in `start`.  `place[i]` is where node i of the graph
    is; `parameters` and `inputs` are pairs of arrays, (places, numbers in the user's list).
    """

    def __init__(self, graph: Graph) -> None:
        is_computed = graph.role == COMPUTED
        leaves = np.flatnonzero(~is_computed)
        place = np.zeros(len(graph.op), dtype=np.int64)
        place[leaves] = np.arange(len(leaves))
        self.parameters = _listed(graph, PARAMETER, place)
        self.inputs = _listed(graph, INPUT, place)
        # after the leaves: the numbers that sums, products and means start from or divide by
        is_mean = graph.op == graph.rows.index(ops.mean) if ops.mean in graph.rows else []
        extra = [0.0, 1.0, *np.unique(graph.arity[is_mean]).astype(float).tolist()]
        self._number = {x: len(leaves) + i for i, x in enumerate(extra)}
        leaf_numbers = np.where(graph.role == FROZEN, graph.data, 0.0)[leaves]
        self.start = np.concatenate([leaf_numbers, extra])
        self.branches: list[Branch] = []
        self._codes: dict[Branch, int] = {}
        self._steps: list[tuple[int, list[int]]] = []
        self._choices: list[tuple[int, int]] = []  # (the place of an index, how many options)
        where, op = place.tolist(), graph.op.tolist()
        start, operands = graph.start.tolist(), graph.operands.tolist()
        for node in np.flatnonzero(is_computed).tolist():
            xs = [where[i] for i in operands[start[node] : start[node + 1]]]
            where[node] = self._add(graph.rows[op[node]], xs)
        self.place = np.array(where)
        self._settle()

    def _add(self, op: Operation, xs: list[int]) -> int:
        """Append a node, or several if it is split; returns the place of its number."""
        if _is_taken_apart(op, len(xs)):
            return self._add_apart(op, xs)
        if op is ops.choose:
            self._choices.append((xs[0], len(xs) - 1))
        branch = Branch(op, len(xs))
        if branch not in self._codes:
            self._codes[branch] = len(self.branches)
            self.branches.append(branch)
        self._steps.append((self._codes[branch], xs))
        return len(self.start) + len(self._steps) - 1

    def _add_apart(self, op: Operation, xs: list[int]) -> int:
        if op is ops.dot:
            n = len(xs) // 2
            products = [self._add(ops.mul, [w, x]) for w, x in zip(xs[:n], xs[n : 2 * n])]
            return self._add_apart(ops.sum, [*xs[2 * n :], *products])
        if op is ops.mean:
            return self._add(ops.div, [self._add_apart(ops.sum, xs), self._number[len(xs)]])
        pair, neutral = (ops.mul, 1.0) if op is ops.prod else (ops.add, 0.0)
        total = xs[0] if xs else self._number[neutral]
        for x in xs[1:]:
            total = self._add(pair, [total, x])
        return total

    def _settle(self) -> None:
        """The lists as arrays; the most frequent operation has code 0."""
        codes = [code for code, _ in self._steps]
        order = [code for code, _ in Counter(codes).most_common()]
        new = np.zeros(len(order), dtype=np.int64)
        new[order] = np.arange(len(order))
        self.codes = new[np.array(codes, dtype=np.int64)]
        self.branches = [self.branches[code] for code in order]
        counts = [len(xs) for _, xs in self._steps]
        self.starts = np.cumsum([0, *counts], dtype=np.int64)[:-1].copy()
        self.operands = np.array([x for _, xs in self._steps for x in xs], dtype=np.int64)
        self._indices, self._counts = np.array(self._choices, dtype=np.int64).reshape(-1, 2).T
        del self._steps, self._choices

    def check_indices(self, numbers: Array) -> None:
        """Raise the eager engine's IndexError for an invalid index of `choose`."""
        index = numbers[self._indices]
        is_wrong = ~((index >= 0) & (index < self._counts) & (index == np.floor(index)))
        if is_wrong.any():
            first = int(np.argmax(is_wrong))
            ieee.choose(float(index[first]), *[0.0] * int(self._counts[first]))


def _listed(graph: Graph, role: int, place: Array) -> tuple[Array, Array]:
    nodes = np.flatnonzero(graph.role == role)
    return place[nodes], graph.number[nodes]
