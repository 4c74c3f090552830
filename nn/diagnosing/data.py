"""What can be wrong with inputs and labels, before any training."""

import math
from collections.abc import Iterator
from typing import Any

from autograd import Value, topological_order
from nn.diagnosing.look import Finding, Look, root_mean_square
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
)

LARGE, SMALL = 10.0, 0.01  # a column with a root mean square outside these needs scaling
OFFSET = 20.0  # this many standard deviations from 0
REACH = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "relu": (0.0, math.inf)}


def not_finite(look: Look) -> Iterator[Finding]:
    """nan and inf among the inputs and the labels."""
    for what, rows in (("inputs", look.all_xs), ("labels", look.all_ys)):
        bad = [i for i, row in enumerate(rows) if not all(map(math.isfinite, numbers(row)))]
        if bad:
            yield Finding(
                "not finite",
                "",
                f"{len(bad)} of {len(rows)} {what} contain nan or inf, first {rows[bad[0]]}.",
                "Leave out these rows, or fill in the column's mean.",
                float(len(bad)),
            )


def wrong_labels(look: Look) -> Iterator[Finding]:
    """Labels that are all the same, or that the loss or the outputs cannot represent."""
    labels = numbers(look.all_ys)
    if not labels:
        return
    low, high = min(labels), max(labels)
    sentence, cure = _range_of_loss(look, low, high)
    if sentence:
        yield Finding("labels out of range", "", sentence, cure, low if low < 0 else high)
    elif len(look.all_ys) > 1 and all(numbers(y) == numbers(look.all_ys[0]) for y in look.all_ys):
        yield Finding(
            "constant labels",
            "",
            f"All {len(look.all_ys)} labels are {look.all_ys[0]}: there is nothing to tell apart.",
            "Check how the labels are read; shuffle rows that are sorted by label.",
            low,
        )


def _range_of_loss(look: Look, low: float, high: float) -> tuple[str, str]:
    loss, labels = look.loss_function, set(numbers(look.all_ys))
    shown = f"The labels run from {low:.3g} to {high:.3g}, but "
    if loss is hinge_loss and not labels <= {-1.0, 1.0}:
        return shown + "hinge_loss takes -1 and 1.", "Write 2 * y - 1 for labels of 0 and 1."
    if loss in (binary_cross_entropy, binary_cross_entropy_with_logits):
        name = getattr(loss, "__name__", "")
        if low < 0.0 or high > 1.0:
            cure = "Write (y + 1) / 2 for labels of -1 and 1."
            return shown + f"{name} takes 0 ... 1.", cure
        return "", ""
    if loss is cross_entropy and not any(numbers(y) != [y] for y in look.all_ys):
        classes = len(numbers(look.outputs[0]))
        if low < 0.0 or high >= classes or not all(label.is_integer() for label in labels):
            return (
                f"{shown}cross_entropy takes whole numbers from 0 to {classes - 1}: the model has "
                f"{classes} outputs.",
                "Number the classes from 0, and give the model one output per class.",
            )
        return "", ""
    return _range_of_outputs(look, low, high)


def _range_of_outputs(look: Look, low: float, high: float) -> tuple[str, str]:
    last = {getattr(getattr(output, "op", None), "name", "") for output in look.outputs}
    reach = REACH.get(last.pop()) if len(last) == 1 else None
    if reach is None or (reach[0] <= low and high <= reach[1]) or look.loss_function is hinge_loss:
        return "", ""
    return (
        f"The labels run from {low:.3g} to {high:.3g}, but the model's last activation gives only "
        f"{reach[0]:g} ... {reach[1]:g}.",
        "Scale the labels into that range, or make the last layer linear.",
    )


def useless_features(look: Look) -> Iterator[Finding]:
    """Columns that are constant, or the same as another."""
    columns = _columns(look)
    if len(look.all_xs) < 3:
        return
    constant = [j for j, column in enumerate(columns) if len(set(column)) == 1]
    if constant:
        yield Finding(
            "constant features",
            "",
            f"{_listed('Column', constant)} of the inputs {_is(constant)} the same in every row.",
            "A constant adds nothing to the model's biases: leave it out.",
            float(len(constant)),
        )
    first: dict[tuple[float, ...], int] = {}
    same = [
        (first.setdefault(tuple(column), j), j)
        for j, column in enumerate(columns)
        if j not in constant
    ]
    twins = [(i, j) for i, j in same if i != j]
    if twins:
        i, j = twins[0]
        yield Finding(
            "duplicate features",
            "",
            f"Columns {i} and {j} of the inputs are the same in every row"
            + (f", and {len(twins) - 1} more are copies." if len(twins) > 1 else "."),
            "Leave out the copy: it only doubles that input's learning rate.",
            float(len(twins)),
        )


def unscaled(look: Look) -> Iterator[Finding]:
    """Columns, and labels of a regression, whose size is far from 1."""
    shapes = [(j, *_mean_and_spread(column)) for j, column in enumerate(_columns(look))]
    varied = [shape for shape in shapes if shape[2] > 0.0]  # constant ones are reported elsewhere
    j, mean, spread = max(varied, key=lambda shape: _offness(*shape[1:]), default=(0, 0.0, 1.0))
    if _offness(mean, spread) > 1.0:
        yield Finding(
            "unscaled inputs",
            "",
            f"Column {j} of the inputs has mean {mean:.3g} and standard deviation {spread:.3g}.",
            "Subtract each column's mean and divide by its standard deviation, both taken from "
            "the training rows.",
            abs(mean) + spread,
        )
    size = root_mean_square(numbers(look.all_ys))
    if look.loss_function is not cross_entropy and size > 10.0 * LARGE:
        yield Finding(
            "unscaled labels",
            "",
            f"The labels have the size {size:.3g} (root mean square), the outputs "
            f"{root_mean_square(numbers(look.outputs)):.3g}.",
            "Divide the labels by their standard deviation, and multiply predictions by it.",
            size,
        )


def _mean_and_spread(column: list[float]) -> tuple[float, float]:
    mean = math.fsum(column) / len(column)
    return mean, root_mean_square([x - mean for x in column])


def _offness(mean: float, spread: float) -> float:
    """Above 1 if too large, too small, or with an offset that hides the differences."""
    size = math.hypot(mean, spread)
    return max(size / LARGE, SMALL / size, abs(mean) / spread / OFFSET)


def _columns(look: Look) -> list[list[float]]:
    """The inputs by column, if the model computes with them as they are.

    An index into a table, or a number that the model scales itself, is not an operand in the graph.
    """
    rows = [numbers(x) for x in look.all_xs]
    if len({len(row) for row in rows}) != 1:
        return []
    used = {
        node.data
        for node in topological_order(*[y for y in _flat(look.outputs[0]) if isinstance(y, Value)])
        if not node.operands and node not in look.names
    }
    return [list(column) for column in zip(*rows)] if set(numbers(look.xs[0])) <= used else []


def numbers(tree: Any) -> list[float]:
    """All the numbers in nested lists; none for text and other objects."""
    try:
        return [float(number) for number in _flat(tree)]
    except (TypeError, ValueError):
        return []


def _flat(tree: Any) -> list[Any]:
    if isinstance(tree, (list, tuple)) or getattr(tree, "shape", ()) != ():
        return [number for branch in tree for number in _flat(branch)]
    return [tree]


def _listed(what: str, items: list[int]) -> str:
    shown = ", ".join(map(str, items[:5])) + (" ..." if len(items) > 5 else "")
    return f"{what} {shown}" if len(items) == 1 else f"{len(items)} {what.lower()}s ({shown})"


def _is(items: list[int]) -> str:
    return "is" if len(items) == 1 else "are"
