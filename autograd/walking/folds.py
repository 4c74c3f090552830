"""What a page can collapse into one box: layers, their neurons, and what a batch repeats."""

from typing import Any

from autograd.grouping import Constants, InGroup, Inputs, Labelled, groups_of, keys_of
from autograd.printing import printable
from autograd.value import Value


def folds_of(order: list[Value], output: Value) -> tuple[list[dict[str, Any]], list[int]]:
    """(folds, the innermost fold of each value, -1 for none).

    A fold has a name, a kind ("group", "constants", "inputs", "values") and its outer fold's
    number, -1 at the top.  Groups nest as `value.group` does; what is in no group is folded by
    what it does, as in `draw(level="collapsed")`.  A fold holds two values or more.
    """
    groups = groups_of(order)
    keys = keys_of(order, output, groups, 1, None)
    paths: list[tuple[Any, ...]] = []
    for value in order:
        key = keys[value]
        names = groups.get(value, ())
        if value is output:
            paths.append(())
        elif isinstance(key, InGroup):
            paths.append(tuple([names[: k + 1] for k in range(len(names))]))
        else:
            paths.append((key,))
    sizes: dict[Any, int] = {}
    for path in paths:
        for key in path:
            sizes[key] = sizes.get(key, 0) + 1
    numbers: dict[Any, int] = {}
    folds: list[dict[str, Any]] = []
    inner = []
    for path in paths:
        outer = -1
        for key in path:
            if sizes[key] < 2:
                break
            if key not in numbers:
                numbers[key] = len(folds)
                name, kind = _described(key)
                folds.append({"name": printable(name), "kind": kind, "outer": outer})
            outer = numbers[key]
        inner.append(outer)
    return folds, inner


def _described(key: Any) -> tuple[str, str]:
    """The fold's name and kind; the page has words of its own where there is no name."""
    if isinstance(key, tuple):
        return key[-1], "group"
    if isinstance(key, Constants):
        return "", "constants"
    if isinstance(key, Inputs):
        return "", "inputs"
    if isinstance(key, Labelled):
        return key.label, "inputs"
    return "", "values"
