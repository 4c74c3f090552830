"""The array program as an ONNX model, which runtimes of many languages and machines execute.

A kind of node of the array program (see `arrays.py`) becomes an ONNX operator or a few; the numbers
stay float64.  ONNX has no operator for some rows of the table (or its runtimes none in
float64): those are spelt out below in terms of the others, with the same care for small and
large numbers as in the table.  The package onnx is imported when something is exported.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling.arrays import BATCH, Array, Shape, reachable
from autograd.compiling.builder import Builder
from autograd.compiling.contract import contraction
from autograd.ops import Operation

OPSET = 17
LARGEST = float(np.finfo(np.float64).max)

OPERATORS = {
    "neg": "Neg",
    "add": "Add",
    "sub": "Sub",
    "mul": "Mul",
    "div": "Div",
    "pow": "Pow",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "sin": "Sin",
    "cos": "Cos",
    "tanh": "Tanh",
    "abs": "Abs",
    "maximum": "Max",
    "minimum": "Min",
    "identity": "Identity",
}
"""Rows of the table that ONNX has under a name of its own."""


def to_onnx(build: Builder, outputs: Sequence[Array], theta: Any) -> Any:
    """An `onnx.ModelProto`: "rows" (batch, inputs) in, "output_0", "output_1" ... (batch,) out.

    `theta`: (parameters,) their numbers in the program's order; they become the tensor "theta".
    Raises ImportError, which says what to install, without onnx; TypeError for an operation of
    the user's own, for which ONNX has no operator.
    """
    writer = Writer(build, theta)
    for output in outputs:
        writer.write(output)
    return writer.model(list(outputs))


def save(model: Any, path: Any) -> None:
    """Write the model to a file, in ONNX's binary format."""
    Path(path).write_bytes(model.SerializeToString())


class Writer:
    """Writes nodes one after another, and knows the ONNX name of each Array."""

    def __init__(self, build: Builder, theta: Any) -> None:
        self.onnx = _onnx()
        self.build = build
        self.theta = np.asarray(theta, dtype=np.float64)
        self.nodes: list[Any] = []
        self.constants: dict[Any, str] = {}
        self.initializers: list[Any] = []
        self.names: dict[Array, str] = {}

    def write(self, output: Array) -> str:
        """Write a node and all behind it that is not written yet; returns its ONNX name."""
        for node in reachable([output]):
            if node not in self.names:
                args = [self.names[arg] for arg in node.args]
                product = self._einsum(node)
                self.names[node] = product or getattr(self, f"_{node.kind}")(node, *args)
        return self.names[output]

    def model(self, outputs: list[Array]) -> Any:
        helper, proto = self.onnx.helper, self.onnx.TensorProto
        results = []
        for i, output in enumerate(outputs):
            name = f"output_{i}"
            wide = self._batch_wide(self.names[output])
            self.nodes.append(helper.make_node("Identity", [wide], [name]))
            results.append(helper.make_tensor_value_info(name, proto.DOUBLE, ["batch"]))
        inputs = self.build.rows.shape[1]
        rows = helper.make_tensor_value_info("rows", proto.DOUBLE, ["batch", inputs])
        nodes, initializers = self._used({result.name for result in results})
        graph = helper.make_graph(nodes, "stepgrad", [rows], results, initializers)
        model = helper.make_model(
            graph,
            producer_name="stepgrad",
            ir_version=9,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )
        self.onnx.checker.check_model(model)
        return model

    def _used(self, names: set[str]) -> tuple[list[Any], list[Any]]:
        """Without the factors' product of each Einsum, which nobody reads, and the like."""
        nodes = []
        for node in reversed(self.nodes):
            if names & set(node.output):
                nodes.append(node)
                names |= set(node.input)
        return nodes[::-1], [x for x in self.initializers if x.name in names]

    # --- one method a kind of node ----------------------------------------------------------------

    def _theta(self, node: Array) -> str:
        self.initializers.append(self.onnx.numpy_helper.from_array(self.theta, "theta"))
        return "theta"

    def _rows(self, node: Array) -> str:
        return "rows"

    def _const(self, node: Array) -> str:
        number = node.literal
        return self.constant(number if number is not None else node.info.array)

    def _batch(self, node: Array) -> str:
        count = self.apply("Cast", self._row_count(), to=self.onnx.TensorProto.DOUBLE)
        return self.apply("Reshape", count, self.integers([]))

    def _map(self, node: Array, *args: str) -> str:
        row: Operation = node.info
        if getattr(ops, row.name, None) is not row:
            raise TypeError(
                f"to_onnx: ONNX has no operator for {row.name!r}, an operation of your own: "
                "write the model with the table's rows, or keep to the NumPy source"
            )
        return operation(self, row.name, *args)

    def _sum(self, node: Array, x: str) -> str:
        return self.apply("ReduceSum", x, self.integers(node.info), keepdims=0)

    def _peak(self, node: Array, x: str) -> str:
        peak = self.apply("ReduceMax", x, axes=[-1], keepdims=1)
        peak = self.apply("Min", peak, self.constant(LARGEST))
        return self.apply("Max", peak, self.constant(-LARGEST))

    def _reshape(self, node: Array, x: str) -> str:
        return self.apply("Reshape", x, self.integers(node.shape))  # BATCH is -1, as in ONNX

    def _transpose(self, node: Array, x: str) -> str:
        return self.apply("Transpose", x, perm=list(node.info))

    def _expand(self, node: Array, x: str) -> str:
        return self.apply("Expand", x, self._shape(node.shape))

    def _index(self, node: Array, x: str) -> str:
        pieces = {
            axis: place if isinstance(place, tuple) else (place, place + 1)
            for axis, place in enumerate(node.info)
            if place != (0, BATCH)
        }
        starts = self.integers([start for start, _ in pieces.values()])
        stops = self.integers([stop for _, stop in pieces.values()])
        sliced = self.apply("Slice", x, starts, stops, self.integers(list(pieces)))
        single = [axis for axis, place in enumerate(node.info) if not isinstance(place, tuple)]
        return self.apply("Squeeze", sliced, self.integers(single)) if single else sliced

    def _gather(self, node: Array, x: str) -> str:
        data, fill = node.info
        index = data.array
        axis = 1 if node.args[0].is_batched else 0
        found = self.apply("Gather", x, self.integers(np.maximum(index, 0)), axis=axis)
        if fill is None or (index >= 0).all():
            return found
        behind = len(node.shape) - axis - index.ndim
        is_known = (index >= 0).reshape(index.shape + (1,) * behind)
        return self.apply("Where", self.constant(is_known), found, self.constant(fill[0]))

    def _join(self, node: Array, *args: str) -> str:
        return self.apply("Concat", *args, axis=len(node.shape) - 1)

    def _choose(self, node: Array, index: str, options: str) -> str:
        count = node.args[1].shape[-1]
        last = self.apply("Unsqueeze", index, self.integers([-1]))
        is_picked = self.apply("Equal", last, self.constant(np.arange(float(count))))
        picked = self.apply("Where", is_picked, options, self.constant(0.0))
        return self.apply("ReduceSum", picked, self.integers([-1]), keepdims=0)

    # --- matrix products --------------------------------------------------------------------------

    def _einsum(self, node: Array) -> str | None:
        """A sum of products as one Einsum, which never makes the large product; else None."""
        found = contraction(node)
        if found is None or not set(found.of_a + found.of_b) >= set(found.result):
            return None
        a, b = self.write(found.a), self.write(found.b)
        equation = f"{found.of_a},{found.of_b}->{found.result}"
        total = self.apply("Einsum", a, b, equation=equation)
        return self.apply("Reshape", total, self.integers(node.shape))

    # --- pieces -------------------------------------------------------------------------------

    def apply(self, operator: str, *args: str, **attributes: Any) -> str:
        """Add an ONNX node; returns the name of its result."""
        name = f"v{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(operator, list(args), [name], **attributes))
        return name

    def constant(self, data: Any) -> str:
        """The name of a constant array; equal ones are kept once."""
        array = np.asarray(data)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self.constants:
            name = self.constants[key] = f"c{len(self.constants)}"
            self.initializers.append(self.onnx.numpy_helper.from_array(array, name))
        return self.constants[key]

    def integers(self, numbers: Any) -> str:
        return self.constant(np.asarray(numbers, dtype=np.int64))

    def _row_count(self) -> str:
        shape = self.apply("Shape", "rows")
        return self.apply("Slice", shape, self.integers([0]), self.integers([1]))

    def _shape(self, shape: Shape) -> str:
        if BATCH not in shape:
            return self.integers(shape)
        return self.apply("Concat", self._row_count(), self.integers(shape[1:]), axis=0)

    def _batch_wide(self, name: str) -> str:
        """A result that does not depend on the rows is the same for each."""
        return self.apply("Expand", name, self._row_count())


# --- rows of the table that ONNX does not have ----------------------------------------------------


def operation(writer: Writer, name: str, *args: str) -> str:
    """A row of the table applied to ONNX names; returns the name of the result."""
    if name in OPERATORS:
        return writer.apply(OPERATORS[name], *args)
    return SPELT_OUT[name](_Speller(writer), *args)


class _Speller:
    """Writes rows by their names: s.exp(x), s.add(x, 1.0)."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def __getattr__(self, name: str) -> Callable[..., str]:
        def write(*args: Any) -> str:
            names = [x if isinstance(x, str) else self.writer.constant(float(x)) for x in args]
            return operation(self.writer, name, *names)

        return write

    def test(self, operator: str, x: str, y: Any) -> str:
        """A condition (a Boolean): "Greater" or "Equal"."""
        other = y if isinstance(y, str) else self.writer.constant(float(y))
        return self.writer.apply(operator, x, other)

    def pick(self, condition: str, x: Any, y: Any) -> str:
        names = [z if isinstance(z, str) else self.writer.constant(float(z)) for z in (x, y)]
        return self.writer.apply("Where", condition, *names)


def _where(s: Any, c: str, x: str, y: str) -> str:
    return str(s.pick(s.test("Equal", c, 0.0), y, x))


def _expm1(s: Any, x: str) -> str:
    """2 t / (1 - t) for t = tanh(x / 2) near 0, where exp(x) - 1 would cancel."""
    t = s.tanh(s.mul(x, 0.5))
    is_large = s.test("Greater", s.abs(x), 0.5)
    return str(s.pick(is_large, s.sub(s.exp(x), 1.0), s.div(s.mul(2.0, t), s.sub(1.0, t))))


def _log1p(s: Any, x: str) -> str:
    """x * log(u) / (u - 1) for u = 1 + x as rounded, which undoes the rounding (Kahan)."""
    u = s.add(x, 1.0)
    exact = s.div(s.mul(x, s.log(u)), s.sub(u, 1.0))
    is_huge = s.test("Greater", s.abs(x), 1e15)
    return str(s.pick(s.test("Equal", u, 1.0), x, s.pick(is_huge, s.log(u), exact)))


def _softplus(s: Any, x: str) -> str:
    return str(s.add(s.maximum(x, 0.0), s.log1p(s.exp(s.neg(s.abs(x))))))


def _erf(s: Any, x: str) -> str:
    """2/sqrt(pi) * exp(-x*x) * the sum of 2**n * x**(2n+1) / (1 * 3 * ... * (2n+1)).

    All terms have one sign, so nothing cancels (Abramowitz and Stegun 1964, 7.1.6).  Beyond 6 it
    is 1 in float64; 150 terms reach 1e-16 there.
    """
    coefficients = [2.0 / math.sqrt(math.pi)]
    for n in range(1, 150):
        coefficients.append(coefficients[-1] * 2.0 / (2 * n + 1))
    writer = s.writer
    x = s.maximum(s.minimum(x, 6.0), -6.0)
    square = s.mul(x, x)
    wide = writer.apply("Unsqueeze", square, writer.integers([-1]))
    powers = writer.apply("Pow", wide, writer.constant(np.arange(150.0)))
    terms = writer.apply("Mul", powers, writer.constant(np.array(coefficients)))
    total = writer.apply("ReduceSum", terms, writer.integers([-1]), keepdims=0)
    return str(s.mul(s.mul(x, total), s.exp(s.neg(square))))


def _gelu(s: Any, x: str) -> str:
    return str(s.mul(s.mul(x, 0.5), s.add(1.0, s.erf(s.mul(x, math.sqrt(0.5))))))


def _sigmoid(s: Any, x: str) -> str:
    return str(s.div(1.0, s.add(1.0, s.exp(s.neg(x)))))


SPELT_OUT: dict[str, Callable[..., str]] = {
    "greater": lambda s, x, y: s.pick(s.test("Greater", x, y), 1.0, 0.0),
    "equal": lambda s, x, y: s.pick(s.test("Equal", x, y), 1.0, 0.0),
    "where": _where,
    "tan": lambda s, x: s.div(s.sin(x), s.cos(x)),
    "expm1": _expm1,
    "log1p": _log1p,
    "softplus": _softplus,
    "sigmoid": _sigmoid,
    "silu": lambda s, x: s.mul(x, s.sigmoid(x)),
    "erf": _erf,
    "gelu": _gelu,
    "relu": lambda s, x: s.maximum(x, 0.0),
    "leaky_relu": lambda s, x, slope: s.pick(s.test("Greater", x, 0.0), x, s.mul(slope, x)),
    "elu": lambda s, x, a: s.pick(
        s.test("Greater", x, 0.0), x, s.mul(a, s.expm1(s.minimum(x, 0.0)))
    ),
}


def _onnx() -> Any:
    try:
        import onnx
    except ImportError:
        raise ImportError("this needs onnx: `pip install 'stepgrad[interchange]'`") from None
    return onnx
