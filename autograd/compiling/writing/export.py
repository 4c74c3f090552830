"""A program as a file that needs NumPy alone."""

import inspect
from collections.abc import Sequence
from typing import Any

from autograd.compiling.lifting.capture import Array
from autograd.compiling.writing import special
from autograd.compiling.writing.emit import Emitter
from autograd.compiling.writing.spelling import SPECIAL
from autograd.files import write_whole
from autograd.value import Value

HEAD = '''\
"""Written by stepgrad from a graph of scalars.

    outputs(theta, rows)             for rows (batch, inputs)
    value_and_gradient(theta, rows)  the output averaged over the rows, and its gradient
"""
'''


def standalone(
    path: Any, source: str, emitter: Emitter, theta: Array, inputs: Sequence[Value]
) -> None:
    """Write the file.  Raises ValueError for a custom operation without an array spelling."""
    for row in emitter.functions:
        if row not in SPECIAL:
            raise ValueError(
                f"export: the operation {row.name!r} is your own Python code; give it an array "
                'spelling first: operation(..., array="np.sinh({0})")'
            )
    parts = [
        HEAD,
        _special() if emitter.functions else "import numpy as np",
        source.removeprefix("import numpy as np"),
        f"INPUTS = {[v.label or f'input{i}' for i, v in enumerate(inputs)]!r}",
        f"theta = {_array(theta)}  # the parameters",
        *[f"{name} = {_array(data)}" for name, data in emitter.constants.items()],
    ]
    write_whole(path, "\n".join(parts) + "\n")


def _special() -> str:
    """The functions that NumPy does not have, without their module docstring."""
    return inspect.getsource(special).partition('"""\n\n')[2].rstrip()


def _array(data: Array) -> str:
    text = repr(data.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
    return f"np.array({text}, dtype=np.{data.dtype})".replace("np.bool)", "bool)")
