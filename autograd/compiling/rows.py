"""Checking what a program is given: outputs, and rows of inputs."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd.compiling.indices import is_index
from autograd.compiling.lifting.capture import Array
from autograd.compiling.readable import readable
from autograd.value import Value, constant


def as_outputs(output: Any) -> list[Value]:
    """The outputs as a list.  Among several, a plain number is a constant, such as an entry of a
    Hessian that depends on nothing."""
    if isinstance(output, Value):
        return [output]
    outputs = list(output) if isinstance(output, Iterable) else [None]
    if not outputs:
        raise ValueError("compile: there is no output")
    return [constant(x) if isinstance(x, (int, float)) else _as_value(x, output) for x in outputs]


def _as_value(x: Any, output: Any) -> Value:
    if not isinstance(x, Value):
        wrong = output if x is None else x
        raise TypeError(f"compile expects a Value as output, or a list of them; got {wrong!r:.60}")
    return x


def checked(
    rows: Any, inputs: Sequence[Value], index_columns: dict[int, int], check_finite: bool
) -> Array:
    """The rows as a float64 array (batch, inputs)."""
    if rows is None and not inputs:
        return np.zeros((1, 0))
    try:
        array: Array = _as_floats(rows) if rows is not None else np.zeros(0)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"rows must be numbers, (batch, {len(inputs)}), one column for each of "
            f"{_names(inputs)}: {error}"
        ) from None
    if array.ndim != 2 or array.shape[1] != len(inputs):
        raise ValueError(
            f"rows must have the shape (batch, {len(inputs)}), one column for each of "
            f"{_names(inputs)}; got {array.shape if rows is not None else None}"
        )
    if not len(array):
        raise ValueError("rows: there are none")
    if check_finite and not np.isfinite(array).all():
        row, column = np.argwhere(~np.isfinite(array))[0]
        raise ValueError(
            f"input {_name(inputs, column)} is {array[row, column]} in row {row}, not finite"
        )
    if index_columns:
        _check_indices(array, inputs, index_columns)
    return array


def _as_floats(rows: Any) -> Array:
    """Real numbers as float64.  NumPy by itself would read "1" as 1, None as nan and a date as a
    number, and drop imaginary parts and masks."""
    if _has_mask(rows):
        raise ValueError("some are masked; give them a number, as by rows.filled(0.0)")
    given = np.asarray(rows)
    if given.dtype.kind == "O":
        for x in given.flat:
            if x is None or isinstance(x, (str, bytes, complex, np.datetime64, np.timedelta64)):
                raise TypeError(f"got {type(x).__name__}: {x!r:.60}")
    elif given.dtype.kind not in "biuf":  # bool, integers, floats
        example = f": {given.flat[0]!r:.60}" if given.size else ""
        raise TypeError(f"got an array of {given.dtype}{example}")
    return np.asarray(given, dtype=np.float64)


def _has_mask(rows: Any) -> bool:
    parts = rows if isinstance(rows, (list, tuple)) else [rows]
    if not any(issubclass(kind, np.ma.MaskedArray) for kind in set(map(type, parts))):
        return False
    return any(np.ma.is_masked(part) for part in parts)


def _check_indices(rows: Array, inputs: Sequence[Value], index_columns: dict[int, int]) -> None:
    columns = list(index_columns)
    used, counts = rows[:, columns], np.array(list(index_columns.values()))
    is_wrong = ~is_index(used, counts)
    if is_wrong.any():
        row, i = np.argwhere(is_wrong)[0]
        raise IndexError(
            f"input {_name(inputs, columns[i])} is an index of choose, a whole number from 0 to "
            f"{counts[i] - 1}; it is {used[row, i]} in row {row}"
        )


def _name(inputs: Sequence[Value], column: int) -> str:
    label = inputs[column].label
    return f"{column} ({label!r})" if label else str(column)


def _names(inputs: Sequence[Value]) -> str:
    names = [readable(value.label or f"input {i}") for i, value in enumerate(inputs[:4])]
    return ", ".join(names) + (" ..." if len(inputs) > 4 else "") or "no input"
