"""The array program as an ONNX model, which runtimes for many languages and machines can execute.

Each kind of node of the array program (see `arrays/array.py`) becomes one ONNX operator or a few;
the numbers stay float64.  The rows of the table are in `onnx_operations.py`.  The package onnx is
imported only when something is exported.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling.arrays.array import BATCH, Array, Shape, reachable
from autograd.compiling.arrays.builder import Builder
from autograd.compiling.arrays.contract import contraction
from autograd.compiling.onnx_operations import operation
from autograd.extras import missing
from autograd.files import write_whole
from autograd.ieee import LARGEST
from autograd.ops import Operation

OPSET = 17


def to_onnx(build: Builder, outputs: Sequence[Array], theta: Any) -> Any:
    """An `onnx.ModelProto`: "rows" (batch, inputs) in, "output_0", "output_1" ... (batch,) out.

    `theta`: (parameters,) their numbers in the program's order; they become the tensor "theta".
    Without onnx, raises an ImportError that says what to install; raises TypeError for a user's
    own operation, for which ONNX has no operator.
    """
    writer = Writer(build, theta)
    for output in outputs:
        writer.write(output)
    return writer.model(list(outputs))


def save(model: Any, path: Any) -> None:
    """Write the model to a file, in ONNX's binary format."""
    write_whole(path, model.SerializeToString())


class Writer:
    """Writes nodes one after another, and keeps the ONNX name of each Array."""

    def __init__(self, build: Builder, theta: Any) -> None:
        self.onnx = _onnx()
        self.build = build
        self.theta = np.asarray(theta, dtype=np.float64)
        self.nodes: list[Any] = []
        self.constants: dict[Any, str] = {}
        self.initializers: list[Any] = []
        self.names: dict[Array, str] = {}

    def write(self, output: Array) -> str:
        """Write a node, and first what it depends on, unless written; return its ONNX name."""
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
        self.onnx.checker.check_model(model, full_check=True)  # shapes too, as a runtime would
        return model

    def _used(self, names: set[str]) -> tuple[list[Any], list[Any]]:
        """Remove nodes that nothing reads, such as the product of an Einsum's factors."""
        nodes = []
        for node in reversed(self.nodes):
            if names & set(node.output):
                nodes.append(node)
                names |= set(node.input)
        return nodes[::-1], [x for x in self.initializers if x.name in names]

    # --- one method per kind of node --------------------------------------------------------------

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
                f"to_onnx: ONNX has no operator for your own operation {row.name!r}: "
                "write the model with the library's operations, or use the NumPy source"
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
        """A sum of products as one Einsum, which never forms the large product; else None."""
        found = contraction(node)
        if found is None or not set(found.of_a + found.of_b) >= set(found.result):
            return None
        a, b = self.write(found.a), self.write(found.b)
        equation = f"{found.of_a},{found.of_b}->{found.result}"
        total = self.apply("Einsum", a, b, equation=equation)
        return self.apply("Reshape", total, self.integers(node.shape))

    # --- pieces -------------------------------------------------------------------------------

    def apply(self, operator: str, *args: str, **attributes: Any) -> str:
        """Add an ONNX node; return the name of its result."""
        name = f"v{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(operator, list(args), [name], **attributes))
        return name

    def constant(self, data: Any) -> str:
        """The name of a constant array; equal arrays are stored once."""
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
        """A result that does not depend on the rows, repeated for each."""
        return self.apply("Expand", name, self._row_count())


def _onnx() -> Any:
    try:
        import onnx
    except ImportError:
        raise ImportError(missing("this", "onnx", extra="onnx")) from None
    return onnx
