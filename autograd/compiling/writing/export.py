"""A program as a file that needs NumPy alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograd import ops
from autograd.compiling.lifting.capture import Array
from autograd.compiling.writing.emit import Emitter
from autograd.value import Value

SPELT = {  # rows of the table that NumPy has no function for
    ops.erf: "np.vectorize(math.erf, otypes=[float])",
    ops.gelu: "np.vectorize(lambda x: 0.5 * x * (1 + math.erf(x * 0.5**0.5)), otypes=[float])",
}


def standalone(
    path: Any, source: str, emitter: Emitter, theta: Array, inputs: Sequence[Value]
) -> None:
    """Write the file.  Raises ValueError for a custom operation without an array spelling."""
    parts = [
        '"""Written by stepgrad from a graph of scalars.',
        "",
        "    outputs(theta, rows)             for rows (batch, inputs)",
        "    value_and_gradient(theta, rows)  the mean output and its gradient by theta",
        '"""',
        "",
        "import math  # noqa: F401",
        "",
        source,
        "",
        f"INPUTS = {[v.label or f'input{i}' for i, v in enumerate(inputs)]!r}",
        f"theta = {_array(theta)}  # the parameters",
    ]
    for name, row in emitter.functions.items():
        if row not in SPELT:
            raise ValueError(
                f"export: the operation {row.name!r} is Python code of yours; give it an array "
                'spelling first: operation(..., array="np.sinh({0})")'
            )
        parts.append(f"{name} = {SPELT[row]}")
    parts += [f"{name} = {_array(data)}" for name, data in emitter.constants.items()]
    Path(path).write_text("\n".join(parts) + "\n", encoding="utf-8")


def _array(data: Array) -> str:
    text = repr(data.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
    return f"np.array({text}, dtype=np.{data.dtype})".replace("np.bool)", "bool)")
