"""What a model says about its data while it learns: rows, predictions, and the field between them.

For two inputs and one output the field is the model's answer on a grid over the plane, from which
the page draws the decision boundary.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd.recording import no_grad
from autograd.value import Value
from autograd.walking.page import js_number

ROWS = 200  # of the data, on the page
OUTPUTS = 10  # numbers of one prediction, or of one row's inputs and targets
GRID = 24  # points along each side of the field
MARGIN = 0.15  # of the data's extent, left free around it


class Predictions:
    """A model and its data: (rows, inputs) and (rows,), as `nn.fit` takes them.

    threshold: what divides the two classes; by default halfway between the least and the greatest
    target (0.5 for targets of 0 and 1).  For logits it is 0.
    """

    def __init__(
        self,
        model: Callable[[Any], Any],
        xs: Sequence[Any],
        ys: Sequence[Any] | None,
        threshold: float | None,
    ) -> None:
        if len(xs) == 0:
            raise ValueError("a training run was given no rows: xs is empty")
        if ys is not None and len(xs) != len(ys):
            raise ValueError(f"a training run was given {len(xs)} inputs, but {len(ys)} targets")
        self.model = model
        self.first = xs[0]
        self._xs = [xs[i] for i in range(min(len(xs), ROWS))]
        self._inputs = [_numbers(x) for x in self._xs]
        self._targets = None if ys is None else [_numbers(ys[i]) for i in range(len(self._xs))]
        self._rows = len(xs)
        with no_grad():
            outputs = len(_numbers(model(self.first)))
        flat = all(len(x) == 2 for x in self._inputs)
        self._corners = _corners(self._inputs) if flat and outputs == 1 else None
        self._threshold = threshold if threshold is not None else _middle(self._targets)

    def about(self) -> dict[str, Any]:
        """What stays the same at each step: the rows, and where the field lies."""
        about: dict[str, Any] = {
            "inputs": [_short(x) for x in self._inputs],
            "targets": None if self._targets is None else [_short(y) for y in self._targets],
        }
        if self._corners is not None:
            about |= {"corners": self._corners, "grid": GRID, "threshold": self._threshold}
        return about

    def at_present(self) -> dict[str, Any]:
        """What the model says now to each row and, in the plane, at each point of the grid."""
        with no_grad():
            said = [_short(_numbers(self.model(x))) for x in self._xs]
            found: dict[str, Any] = {"predictions": said}
            if self._corners is not None:
                found["field"] = self._field()
        return found

    def left_out(self) -> list[str]:
        """What the page does not show of the data, in sentences."""
        if self._rows <= ROWS:
            return []
        return [f"The table shows the first {ROWS} of {self._rows:,} rows."]

    def _field(self) -> dict[str, Any]:
        """The distance from the threshold in percent of the largest, line by line from below."""
        assert self._corners is not None
        (left, low), (right, high) = self._corners
        places = [i / (GRID - 1) for i in range(GRID)]
        scores = [
            _numbers(self.model([left + (right - left) * u, low + (high - low) * v]))[0]
            - self._threshold
            for v in places
            for u in places
        ]
        sizes = [abs(score) for score in scores if abs(score) < float("inf")]
        reach = max(sizes, default=0.0) or 1.0
        return {
            "reach": js_number(float(f"{reach:.4g}")),
            "percent": [_percent(s, reach) for s in scores],
        }


def _percent(score: float, reach: float) -> int:
    """From -100 to 100; never 0 on either side, so the boundary stays where it is."""
    if score != score:
        return 0
    part = round(100 * max(-1.0, min(1.0, score / reach)))
    return part or (score > 0) - (score < 0)


def _numbers(tree: Any) -> list[float]:
    """A number, or the numbers of a nest of lists, one after the other."""
    if isinstance(tree, Value) or not isinstance(tree, Iterable):
        return [float(tree)]
    return [x for branch in tree for x in _numbers(branch)]


def _short(numbers: list[float]) -> list[float | str]:
    return [js_number(float(f"{x:.5g}")) for x in numbers[:OUTPUTS]]


def _middle(targets: list[list[float]] | None) -> float:
    every = [y for row in targets or [] for y in row]
    return (min(every) + max(every)) / 2 if every else 0.0


def _corners(points: list[list[float]]) -> list[list[float]]:
    """[[left, low], [right, high]] around the points."""
    corners: list[list[float]] = [[], []]
    for axis in (0, 1):
        least, most = min([p[axis] for p in points]), max([p[axis] for p in points])
        free = MARGIN * (most - least) or 1.0
        corners[0].append(least - free)
        corners[1].append(most + free)
    return corners
