"""From the scalar graph to array code: `compile`.

A reader of the graph, and a short pipeline, one folder per step:

    lifting/   the graph as flat arrays of node numbers; chains of additions become one sum; nodes
               that do the same thing become one operation on arrays
    arrays/    the array program: its nodes, simplified as they are made, and its gradient, by
               running the table's rules on arrays
    writing/   the program as NumPy source that a person can read
    native/    the program as machine code, by LLVM, with the training loop inside
    onnx       the program for other runtimes
    tape       the program for graphs that are too deep and narrow for arrays
    program    what the user gets: calls, gradients, training, verify, explain

NumPy is imported when something is compiled, not before.
"""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograd.value import Value

if TYPE_CHECKING:
    from autograd.compiling.program import Program


def compile(
    output: Value | Sequence[Value],
    inputs: Sequence[Value] = (),
    parameters: Sequence[Value] | None = None,
    backend: str = "numpy",
    *,
    constants: Sequence[Value] | None = None,
) -> "Program":
    """A program of array operations that computes `output` and its gradient for many rows.

    `inputs`      leaves that change from row to row; the program adds a batch axis for them
    `parameters`  leaves to differentiate by and to train, such as `model.parameters()`; None means
                  every other leaf, and refuses those that look like a running total: see below
    `backend`     "numpy", or "native": machine code by LLVM, the training loop included; an
                  operation of your own runs by its `array=` spelling, or else in Python, which
                  takes about a microsecond per number

    `constants`   leaves that are meant to be frozen; None means all that are left.  If a list is
                  given, even an empty one, any leaf that is in none of the three is an error

    program(rows) returns the outputs, (batch,) or (batch, outputs); program.value_and_grad(rows)
    the mean output and its gradient, (parameters,).  rows: (batch, inputs).  A leaf that is
    neither input nor parameter is a constant, frozen at its current number; `program.explain()`
    lists those.  Whatever your Python code decided while it built the graph is frozen as well: an
    `if`, a `.data`, a list index that was a plain number.  `program.verify(build, rows)` checks
    whether that matters.

    >>> from autograd import Value, compile
    >>> x, w = Value(1.0, label="x"), Value(3.0, label="w")
    >>> program = compile(x * w + 1.0, inputs=[x])
    >>> program([[1.0], [2.0]]).tolist()
    [4.0, 7.0]

    Raises TypeError or ValueError, which name the value by its label, for an input or parameter
    that is not a leaf or is listed twice, and for a leaf that `constants` does not list.  Without
    `parameters`, a leaf without a label beside labelled ones is a ValueError, and so is an
    unlabelled 0.0 that is only ever added to: `total = Value(0.0)` would be trained with the rest.
    A parameter that does not lead to the output has gradient 0; an input that does not is named
    by a warning, and its column is ignored.
    """
    from autograd.compiling.program import Program

    program = Program(output, inputs, parameters, backend, constants)
    if program.ignored:
        warnings.warn(_about_ignored(program.inputs, program.ignored), stacklevel=2)
    return program


def _about_ignored(inputs: Sequence[Value], ignored: Sequence[Value]) -> str:
    numbers = [i for i, value in enumerate(inputs) if value in set(ignored)]
    names = [f"{i} ({inputs[i].label!r})" if inputs[i].label else str(i) for i in numbers]
    one = len(names) == 1
    return (
        f"compile: input{'' if one else 's'} {', '.join(names)} {'does' if one else 'do'} not lead "
        f"to the output, so the program ignores {'its column' if one else 'their columns'}; was "
        "a .data or float() read while the graph was built?"
    )
