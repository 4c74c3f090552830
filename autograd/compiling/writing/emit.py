"""The array program as NumPy source that a person can read and step through.

    views(theta)                     the parameters as arrays; views(gradient): their gradients
    outputs(theta, rows)
    prepare(rows)                    everything that depends only on the rows; computed once
    step(theta, gradient, W1, ...)   the mean output; writes the gradient into the views d_W1 ...
    value_and_gradient(theta, rows)  all of the above in one call

`Emitter` decides what is prepared and how things are named; `body.Body` writes the lines.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling.arrays.array import Array, is_mask, reachable
from autograd.compiling.arrays.builder import Builder
from autograd.compiling.arrays.contract import Contraction, contraction
from autograd.compiling.writing import choices
from autograd.compiling.writing.body import Body
from autograd.compiling.writing.naming import Names, leaf_place
from autograd.compiling.writing.spelling import SPECIAL
from autograd.compiling.writing.targets import is_plain_view, targets
from autograd.ops import Operation
from autograd.value import Value

WIDTH = 100  # of a function's first line, in characters
VALUE_AND_GRADIENT = '''\
def value_and_gradient(theta, rows):
    """The output averaged over the rows, and its gradient with respect to theta."""
    gradient = np.zeros_like(theta)
    value = step(theta, gradient{views}, *prepare(rows))
    return value, gradient
'''


class Emitter:
    """Writes the functions of a program, which share names and constants."""

    def __init__(
        self, build: Builder, inputs: Sequence[Value] = (), theta: Sequence[Value] = ()
    ) -> None:
        self.build = build
        self.names = Names(inputs, theta)
        self.constants: dict[str, Any] = {}  # name -> array, for the namespace of the source
        self.known: dict[Any, str] = {}  # the same, by their bytes
        self.functions: dict[Operation, str] = {}  # rows spelt as functions, and their names
        self.products: list[str] = []  # the matrix products found
        self.parameters: dict[Array, str] = {}  # what `views` returns, and its names
        self.is_step = False  # while the step is written, which uses prepared arrays
        self.prepared: dict[Array, str] = {}  # what `prepare` returns, and its names

    def views(self, every: list[Array]) -> str:
        """The source of the function that finds the parameters in theta; "" if it is not needed."""
        self._plan(every)
        found = [
            node
            for node, users in self.users.items()
            if is_plain_view(node) and (node in every or not all(map(is_plain_view, users)))
        ]
        for node in sorted(found, key=leaf_place):
            self.parameters[node] = self.names.name(node, self.is_factor)
        if not found:
            return ""
        body = Body(self, list(self.parameters))
        body.returned = _tuple(self.parameters.values())
        doc = "The parameters as views of theta; given a gradient, views of that."
        return _function("views", [["theta"]], doc, body)

    def outputs(self, outputs: list[Array]) -> str:
        """The source of the function that computes the outputs."""
        self._plan(outputs)
        body = Body(self, outputs, self.parameters)
        if any(body.uses[view] for view in self.parameters):
            body.lines.insert(0, f"{_tuple(self.parameters.values())} = views(theta)")
        doc = "The outputs, each a number or (batch,)."
        return _function("outputs", [["theta", "rows"]], doc, body)

    def gradient(self, mean: Array, gradient: Array) -> str:
        """The source of the step, of its preparation, and of both in one call."""
        self.is_step = True
        writes, added = targets(gradient, list(self.parameters))
        needed = [mean, *[piece for piece, _ in writes], *([added] if added else [])]
        self._plan(needed)
        self._find_prepared(needed)
        d_names = {view: self.names.unique(f"d_{name}") for view, name in self.parameters.items()}
        goals: dict[Array, list[str]] = {}
        for piece, view in writes:
            goals.setdefault(piece, []).append(d_names[view] if view else "gradient")
        given = {**self.parameters, **self.prepared}
        step = Body(self, [mean], given, goals, added, has_rows=False)
        preparation = Body(self, list(self.prepared), is_preparation=True)
        names = list(self.prepared.values())
        preparation.returned = _tuple(names)
        about = "Everything that depends only on the rows; computed once."
        doc = "Return the output averaged over the rows; write its gradient into `gradient`."
        own, theirs = list(self.parameters.values()), list(d_names.values())
        arguments = [["theta", "gradient"], own, theirs, names]
        views = ", *views(theta), *views(gradient)" if self.parameters else ""
        return "\n\n".join(
            [
                _function("prepare", [["rows"]], about, preparation),
                _function("step", arguments, doc, step),
                VALUE_AND_GRADIENT.format(views=views),
            ]
        )

    def _plan(self, every: list[Array]) -> None:
        """Record what uses what."""
        order = reachable(every)
        self.standing = {arg for x in order if contraction(x) is None for arg in x.args}
        uses = Counter(arg for x in order for arg in x.args)
        uses.update(every)
        self.once = {node for node, n in uses.items() if n == 1}
        self.users: dict[Array, list[Array]] = {}
        for node in reachable(every, self.operands):
            self.users.setdefault(node, [])
            for arg in self.operands(node):
                self.users[arg].append(node)

    def _find_prepared(self, every: list[Array]) -> None:
        """What depends only on the rows, and is used by something that depends on theta."""
        has_theta = {self.build.theta}
        order = list(self.users)  # operands before users
        for node in order:
            if any(arg in has_theta for arg in self.operands(node)):
                has_theta.add(node)
        for node in order:
            if node in has_theta:
                for arg in self.operands(node):
                    self._prepare(arg, has_theta)
        for node in every:
            self._prepare(node, has_theta)

    def _prepare(self, node: Array, has_theta: set[Array]) -> None:
        if node in has_theta or node.kind == "const" or node in self.prepared:
            return
        is_view = node.kind in ("reshape", "transpose", "expand") and self.contraction(node) is None
        if is_view and node.args[0].kind != "rows" and len(self.users.get(node.args[0], [])) > 1:
            self._prepare(node.args[0], has_theta)  # the view is written where it is used
        else:
            self.prepared[node] = self.names.name(node, self.is_factor)

    def batch(self) -> str:
        """The number of rows, for a shape."""
        return self.prepared.setdefault(self.build.batch, "batch")

    # --- which nodes there are ------------------------------------------------------------------

    def operands(self, node: Array) -> tuple[Array, ...]:
        """What its line mentions: for a contraction the two factors, not their product."""
        found = self.contraction(node)
        if found is not None:
            return found.a, found.b
        if node.kind == "choose":
            return choices.operands(node)
        negated = self.negated(node)
        if negated is not None:
            return (negated,)
        if is_mask(node):
            return (self.build.reshape(node.args[0], node.shape),)
        if is_sum_of_rows(node):
            (x,) = node.args
            rows, *rest = x.shape
            ones = self.build.node("ones", (self.build.batch,), None, (rows,))
            return ones, self.build.reshape(x, (rows, math.prod(rest)) if rest else (rows,))
        return node.args

    def negated(self, node: Array) -> Array | None:
        """Minus the operand, if the node uses only that and it can be prepared:
        exp(-x.dot(w)) is written exp((-x).dot(w))."""
        is_known = self.is_step and node.kind == "map" and node.info.arity == 1
        if not is_known or node.info.array.count("{0}") != 1 or "(-{0})" not in node.info.array:
            return None
        (total,) = node.args
        found = contraction(total)
        if found is None or total not in self.once or not total.args[0].is_batched:
            return None
        for x, y in (total.args[0].args, total.args[0].args[::-1]):
            if x.is_fixed and not y.is_fixed:
                product = self.build.node("map", (-x, y), ops.mul, total.args[0].shape)
                minus = self.build.node("sum", (product,), total.info, total.shape)
                minus.comment = total.comment
                return minus
        return None

    def contraction(self, node: Array) -> Contraction | None:
        """The node as a sum of products; products that are computed anyway are just summed."""
        if node.kind == "transpose" and node.args[0] in self.once:
            inner = self.contraction(node.args[0])
            turned = inner is not None and len(inner.result) == len(node.info)
            return inner.transposed(node.info) if inner is not None and turned else None
        found = contraction(node)
        if found is None or found.is_outer:
            return found
        return None if node.args[0] in self.standing else found

    def is_factor(self, node: Array) -> bool:
        """Whether it is multiplied by something: a weight, not a bias."""
        return any(self.contraction(user) is not None for user in self.users.get(node, []))

    def ones_of(self, n: int) -> str:
        """The name of a vector of n ones: a product with it is a sum."""
        return self.data(np.ones(n), f"ones_{n}")

    def function(self, row: Operation) -> str:
        """The name of a row's function; rows that share a name in the table get distinct names."""
        if row not in self.functions:
            is_special = row in SPECIAL
            self.functions[row] = row.name if is_special else self.names.unique(row.name)
        return self.functions[row]

    def data(self, array: Any, wish: str = "K1") -> str:
        """The name of a constant array."""
        key = (array.shape, array.dtype.str, array.tobytes())
        if key not in self.known:
            self.known[key] = self.names.unique(wish)
            self.constants[self.known[key]] = array
        return self.known[key]


def is_sum_of_rows(node: Array) -> bool:
    """Whether it is a sum over the rows, which is written as a faster product with ones."""
    return node.kind == "sum" and node.info == (0,) and node.args[0].is_batched


def _tuple(names: Iterable[str]) -> str:
    listed = list(names)
    return f"({listed[0]},)" if len(listed) == 1 else ", ".join(listed) or "()"


def _function(name: str, arguments: list[list[str]], doc: str, body: Body) -> str:
    """`arguments` in groups, one line per group if they do not fit on one line."""
    every = ", ".join([argument for group in arguments for argument in group])
    head = f"def {name}({every}):"
    if len(head) > WIDTH:
        groups = [f"    {', '.join(group)},\n" for group in arguments if group]
        head = f"def {name}(\n{''.join(groups)}):"
    lines = [f'"""{doc}"""', *body.lines, f"return {body.returned}"]
    return "\n    ".join([head, *lines]) + "\n"
