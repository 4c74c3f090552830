"""Containers of parameters: lists, dicts and similar types, nested to any depth.

A module keeps Values in them; its state has their numbers in plain lists and dicts of the same
shape.  To let modules look into another kind of container, add it to `branches`.
"""

import dataclasses
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from autograd import Value

HOLDS_NOTHING = (Value, float, int, str)


def branches(tree: Any) -> list[tuple[Any, Any]] | None:
    """The (key, branch) pairs of a container, in its own order; None for anything else.

    Containers are lists, tuples, deques, mappings, dataclasses, and NumPy arrays of objects.
    """
    if isinstance(tree, HOLDS_NOTHING):  # first, since most objects are Values
        return None
    if isinstance(tree, (list, tuple, deque)):
        return list(enumerate(tree))
    if isinstance(tree, Mapping):
        return list(tree.items())
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        return [(field.name, getattr(tree, field.name, None)) for field in dataclasses.fields(tree)]
    if _is_object_array(tree):
        return list(enumerate(tree)) if tree.ndim else [((), tree[()])]
    return None


def named(path: str, tree: Any) -> Iterator[tuple[str, Value]]:
    """(name, parameter) for all the parameters in a tree."""
    inside = branches(tree)
    if inside is None:
        yield path, tree
        return
    for key, branch in inside:
        yield from named(f"{path}.{key}", branch)


def map_tree(function: Callable[[Any], Any], tree: Any) -> Any:
    """The same shape in plain dicts and lists, with `function` applied to every item."""
    inside = branches(tree)
    if inside is None:
        return function(tree)
    mapped = {str(key): map_tree(function, branch) for key, branch in inside}
    return mapped if _has_names(tree) else list(mapped.values())


def matched(path: str, tree: Any, numbers: Any) -> Iterator[tuple[str, Value, float]]:
    """(name, parameter, its new number) for all of them.

    Raises a ValueError that names the path and both shapes when the shapes differ or a number is
    too large; TypeError when there is something else where a number should be.
    """
    inside = branches(tree)
    if inside is None:
        yield path, tree, _number(path, numbers)
        return
    given = {str(key): branch for key, branch in branches(numbers) or []}
    if branches(numbers) is None or set(given) != {str(key) for key, _ in inside}:
        raise ValueError(f"{path}: expected {_shape(tree)}, got {_shape(numbers)}")
    for key, branch in inside:
        yield from matched(f"{path}.{key}", branch, given[str(key)])


def numbers_in(path: str, given: Any) -> list[float]:
    """A list of numbers, as floats; the errors are those of `matched`."""
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"{path}: expected a list of numbers, got {given!r:.60}")
    return [_number(f"{path}.{i}", number) for i, number in enumerate(given)]


def _number(path: str, number: Any) -> float:
    if branches(number) is not None:
        raise ValueError(f"{path}: expected one number, got {_shape(number)}")
    if isinstance(number, str):
        raise TypeError(f"{path}: expected a number, got the text {number!r}")
    if isinstance(number, bool):
        raise TypeError(f"{path}: expected a number, got {number}")
    try:
        return float(Value(number))
    except OverflowError:
        raise ValueError(f"{path}: the number is too large for a float") from None
    except TypeError as error:
        raise TypeError(f"{path}: {error}") from None


def _has_names(tree: Any) -> bool:
    return isinstance(tree, Mapping) or dataclasses.is_dataclass(tree)


def _is_object_array(tree: Any) -> bool:
    numpy = sys.modules.get("numpy")  # if it has not been loaded, there are no arrays
    return numpy is not None and isinstance(tree, numpy.ndarray) and tree.dtype == object


def _shape(tree: Any) -> str:
    inside = branches(tree)
    if inside is None:
        return "one number"
    return (
        f"entries {[key for key, _ in inside]}" if _has_names(tree) else f"a list of {len(inside)}"
    )
