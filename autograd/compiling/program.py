"""Program: what `compile` gives you.

Calls go to the functions in `program.source`, which take all parameters as one vector, theta,
and the inputs as rows.  A program reads its parameters' numbers from the Values at each call, so
eager and compiled code can be mixed freely.
"""

import operator
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from autograd.compiling import rows as row_checks
from autograd.compiling.arrays.builder import Builder
from autograd.compiling.arrays.derive import gradient
from autograd.compiling.arrays.merge import merged
from autograd.compiling.arrays.turn import turned
from autograd.compiling.explain import Story
from autograd.compiling.indices import IndexCheck, depend_on, index_columns
from autograd.compiling.lifting.capture import Array, Graph, capture
from autograd.compiling.lifting.fuse import fuse
from autograd.compiling.lifting.lift import lift
from autograd.compiling.tape import Tape, is_deep
from autograd.compiling.training import trained, whole
from autograd.compiling.verify import verified
from autograd.compiling.writing.emit import Emitter
from autograd.compiling.writing.export import standalone
from autograd.compiling.writing.load import loaded
from autograd.compiling.writing.spelling import array_function
from autograd.graph import topological_order
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.compiling.native.native import Native


class Program:
    """A compiled graph; see `autograd.compile`.

    `source`      the NumPy code: `outputs(theta, rows)` and `value_and_gradient(theta, rows)`,
                  whose mathematics is in `step`
    `functions`   those functions by name, for a debugger: `b program.functions["step"]` in pdb
    `inputs`, `parameters`  the Values, in the order of the columns and of the gradient
    `ignored`     the inputs that do not lead to an output
    """

    def __init__(
        self,
        output: Value | Sequence[Value],
        inputs: Sequence[Value],
        parameters: Sequence[Value] | None,
        backend: str = "numpy",
        constants: Sequence[Value] | None = None,
    ) -> None:
        if backend not in ("numpy", "native"):
            raise ValueError(f'backend must be "numpy" or "native", got {backend!r}')
        self.is_single = isinstance(output, Value)
        outputs = row_checks.as_outputs(output)
        self.inputs = list(inputs)
        self.backend = backend
        graph, self.parameters = capture(outputs, self.inputs, parameters, constants)
        self._index_columns = index_columns(graph)
        self.index_counts = graph.indices
        self.ignored = graph.ignored
        fused = fuse(graph)
        self._story = Story(graph, fused)
        self._native: Native | None = None
        self._emitter = Emitter(Builder(0, 0))
        self._tape: dict[str, Any] = {}
        if is_deep(fused):
            self._order = np.arange(len(self.parameters))
            tape = Tape(fused)
            self._tape, self.source = tape.names, tape.source
        else:
            self._lift(fused)
        self.functions = self._loaded()
        if self._tape and backend == "native":
            self._run_tape_natively(graph)

    def _lift(self, graph: Graph) -> None:
        """Write the array program."""
        build, arrays, storage = lift(graph, len(self.parameters), len(self.inputs))
        self._arrays = build, arrays
        self._order = storage.order  # theta[i] is parameter number order[i]
        self._emitter = Emitter(build, self.inputs, [self.parameters[i] for i in self._order])
        results: list[Any] = []
        if len(arrays) == 1:
            (y,) = arrays
            mean = build.mean_over_rows(y)
            mean.name = mean.name or "value"
            results = [mean, gradient(build, y)]
        written = merged(build, turned(build, [*arrays, *results]))
        sources = ["import numpy as np\n", self._emitter.views(written)]
        sources.append(self._emitter.outputs(written[: len(arrays)]))
        self._story.forwards(self._emitter)
        if results:
            sources.append(self._emitter.gradient(*written[len(arrays) :]))
            self._story.with_gradient(self._emitter)
        if self.backend == "native":
            from autograd.compiling.native.native import Native

            self._native = Native(arrays, *results)
        self.source = "\n\n".join(filter(None, sources))

    def _run_tape_natively(self, graph: Graph) -> None:
        """The tape as machine code, if all its operations can be compiled."""
        from autograd.compiling.tape_native import NativeTape, can_run

        if can_run(graph):
            native = NativeTape(graph)
            self.functions["outputs"] = native.outputs
            self.functions["step"] = native.step
            self.functions["value_and_gradient"] = native.value_and_gradient

    def _loaded(self) -> dict[str, Callable[..., Any]]:
        """The functions of the source; the step of an array program is made for speed."""
        names: dict[str, Any] = {**self._emitter.constants, **self._tape}
        names |= {name: array_function(row) for row, name in self._emitter.functions.items()}
        return loaded(self.source, names, quick="" if self._tape else "step")

    # --- calls ------------------------------------------------------------------------------------

    def __call__(self, rows: Any = None, *, check_finite: bool = False) -> Array:
        """The outputs for rows (batch, inputs): (batch,), or (batch, outputs) for a list of them.

        A program without inputs takes no `rows`, and the batch is 1.  Raises ValueError for rows of
        another shape, and with `check_finite` for a nan or inf in them; IndexError for an index of
        `choose` that is out of range.  The message names the input.
        """
        rows = self._checked(rows, check_finite)
        outputs = self.computed(self.numbers(), rows)
        return outputs[:, 0] if self.is_single else outputs

    def computed(self, parameters: Array, rows: Array) -> Array:
        """The outputs (batch, outputs) for parameters in the user's order; nothing is checked."""
        theta = parameters[self._order]
        if self._native is not None:
            return self._native.outputs(theta, rows)
        return self.computed_by_numpy(theta, rows)

    def computed_by_numpy(self, theta: Array, rows: Array) -> Array:
        """The same, computed by the functions of the source whatever the backend."""
        with np.errstate(all="ignore"):  # IEEE rules, as in the eager engine
            results = self.functions["outputs"](theta, rows)
        results = results if isinstance(results, tuple) else (results,)
        outputs = np.empty((len(rows), len(results)))
        for k, result in enumerate(results):  # (batch,), or one number for all rows
            outputs[:, k] = result
        return outputs

    def value_and_grad(
        self, rows: Any = None, *, check_finite: bool = False
    ) -> tuple[float, Array]:
        """(the output averaged over the rows, its gradient (parameters,)).  Raises what a call
        raises, and TypeError for a program with several outputs."""
        self._check_single()
        rows = self._checked(rows, check_finite)
        compute = self.functions["value_and_gradient"]
        if self._native is not None:
            compute = self._native.value_and_gradient
        with np.errstate(all="ignore"):
            value, by_theta = compute(self.theta(), rows)
        return float(value), self._in_users_order(by_theta)

    def train(
        self,
        rows: Any,
        optimizer: Any,
        *,
        epochs: int = 1,
        batch_size: int | None = None,
        seed: int = 0,
        progress: bool = True,
        check_finite: bool = False,
    ) -> list[float]:
        """Minimise the output averaged over the rows; returns the loss of every step.

        `optimizer`   one of `nn`'s (SGD, Adam, AdamW), over parameters of this program
        `batch_size`  None: all rows in every step; else shuffled by `seed`, exactly as in `nn.fit`

        Afterwards the Values' `data` and `grad` and the optimiser's state are what the same eager
        training would have left.  (A parameter that the optimiser does not have stays as it is; its
        `grad` is that of the last step, where `nn.fit` would have added up all steps.)  Ctrl-C
        stops after the current step: what was learned stays, and the losses so far are returned.
        If a step raises an error - from a learning-rate schedule, from your own operation, or
        because an index of `choose` has left its range - the steps before it are kept, as in an
        eager loop.

        Raises TypeError for an optimiser with its own update, such as a subclass that overrides
        `step`, and for epochs, a batch size or a seed that is not a whole number.
        """
        self._check_single()
        epochs, seed = whole("epochs", epochs, 0), whole("seed", seed)
        batch_size = None if batch_size is None else whole("batch_size", batch_size, 1)
        rows = self._checked(rows, check_finite)
        return trained(self, rows, optimizer, epochs, batch_size, seed, progress)

    def verify(self, build: Callable[[list[Value]], Any], rows: Any = None) -> bool:
        """True if the program computes the same outputs and gradients as `build(inputs)`.

        `build` builds the graph again from a list of input Values, as it was built for `compile`,
        with the same parameters; rows: (n, inputs), or None for three random ones.  Whatever
        Python decided while the graph was built - an `if`, a `.data` read, an index into a list -
        is frozen in the program, and shows up here.  So does anything that depends on a
        parameter's value, as far as it shows at three other points: the parameters are temporarily
        moved by about a tenth, then all their signs are flipped and they grow by about 1, then
        every other sign; the first row is compared at each.  (An index of `choose` stays where it
        is.  Results that are not finite at the two far points are not compared, nor is a point
        where `build` raises an error.)  Raises an AssertionError that says where they differ by
        more than 1e-12 of the numbers added up.
        """
        return verified(self, build, rows)

    def explain(self) -> str:
        """How the program was derived, as a table: scalar nodes -> after fusion -> array
        operations; inputs, parameters, frozen leaves; and each matrix product that was found, with
        the number of times it is computed, forwards and for the gradient."""
        return self._story.told(self.inputs, self.parameters)

    def export(self, path: Any) -> None:
        """Write a Python file that needs only NumPy: constants, parameters and functions.

        Raises ValueError for a custom operation without an array spelling, and for a graph so deep
        and narrow that it runs as a tape.
        """
        self._check_arrays("export")
        standalone(path, self.source, self._emitter, self.theta(), self.inputs)

    def to_onnx(self, path: Any = None) -> Any:
        """The outputs as an `onnx.ModelProto` in float64, with the current parameters; also written
        to `path` if one is given.

        "rows" (batch, inputs) goes in, "output_0", "output_1" ... (batch,) come out; the
        parameters are the initializer "theta".  Raises TypeError for your own operation; without
        the package onnx, an ImportError that says what to install.
        """
        from autograd.compiling.onnx import save, to_onnx

        self._check_arrays("to_onnx")
        model = to_onnx(*self._arrays, self.theta())
        if path is not None:
            save(model, path)
        return model

    # --- theta ------------------------------------------------------------------------------------

    def numbers(self) -> Array:
        """The parameters' current numbers, in the user's order."""
        get = operator.attrgetter("data")
        return np.fromiter(map(get, self.parameters), float, len(self.parameters))

    def theta(self) -> Array:
        """The parameters' current numbers, in the order of the source."""
        return self.numbers()[self._order]

    def place_in_theta(self) -> dict[Value, int]:
        return {self.parameters[number]: i for i, number in enumerate(self._order.tolist())}

    def store(self, theta: Array, gradient: Array | None) -> None:
        """Write numbers, and gradients if given, back to the Values."""
        for parameter, x in zip(self.parameters, self._in_users_order(theta).tolist()):
            parameter.data = x
        if gradient is not None:
            for parameter, x in zip(self.parameters, self._in_users_order(gradient).tolist()):
                parameter.grad = x

    @property
    def calls_python(self) -> bool:
        """Whether a step calls functions that may raise: the user's own operations."""
        return bool(self._tape or self._emitter.functions)

    def step(self, theta: Array, gradient: Array) -> tuple[Callable[..., float], tuple[Array, ...]]:
        """The step of the source, and its arguments except those prepared from the rows."""
        arguments = [theta, gradient]
        if "views" in self.functions:
            arguments += [*self.functions["views"](theta), *self.functions["views"](gradient)]
        return self.functions["step"], tuple(arguments)

    def _in_users_order(self, by_theta: Array) -> Array:
        result = np.empty(len(self._order))
        result[self._order] = by_theta
        return result

    def _checked(self, rows: Any, check_finite: bool) -> Array:
        array = row_checks.checked(rows, self.inputs, self._index_columns, check_finite)
        if self.indices is not None:
            self.indices(array, self.numbers())
        return array

    # --- indices of choose ------------------------------------------------------------------------

    @cached_property
    def indices(self) -> IndexCheck | None:
        """The check of all indices of `choose` that are not inputs; None if every index is one."""
        return self._index_check(self.index_counts)

    @cached_property
    def _moving_indices(self) -> IndexCheck | None:
        """The same for the indices that training changes."""
        return self._index_check(depend_on(self.index_counts, self.parameters))

    def _index_check(self, indices: dict[Value, int]) -> IndexCheck | None:
        if not indices:
            return None
        reached = set(topological_order(*indices))
        columns = [i for i, value in enumerate(self.inputs) if value in reached]
        inputs = [self.inputs[i] for i in columns]
        return IndexCheck(indices, columns, Program(list(indices), inputs, self.parameters))

    def index_check(self, theta: Array) -> Callable[[Array, Array], None] | None:
        """For training, which changes theta: the check of a batch (rows, their numbers) before its
        step; None if no index changes."""
        check = self._moving_indices
        if check is None:
            return None
        return lambda rows, numbers: check(rows, self._in_users_order(theta), numbers)

    def _check_arrays(self, what: str) -> None:
        if self._tape:
            raise ValueError(f"{what}: a graph this deep and narrow has no array program to write")

    def _check_single(self) -> None:
        if not self.is_single:
            raise TypeError("a gradient needs a program with one output; this one has several")

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a program holds compiled functions and cannot be copied or pickled: compile the graph "
            "again where you need it, or write the program to a file by export(path)"
        )

    def __repr__(self) -> str:
        return (
            f"<program of {len(self.inputs)} inputs and {len(self.parameters)} parameters, "
            f"{self.source.count(chr(10))} lines>"
        )
