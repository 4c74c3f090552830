"""One graph over the steps of a training run: drawn once, with new numbers at each step."""

from collections.abc import Collection
from typing import Any

from autograd.value import Value
from autograd.walking.page import document, frame, js_number
from autograd.walking.rows import rows_of
from autograd.walking.walker import Walk

WITH_RULES = 200  # edges; a larger graph does without the rules with their numbers put in


class RecordedGraph:
    """The picture of one walk, and what later walks of the same graph change in it."""

    def __init__(self, walk: Walk, parameters: Collection[Value]) -> None:
        walk.names = row_names(walk, parameters)
        self.document = document(walk)
        self._shape = _shape(walk)

    def fits(self, walk: Walk) -> bool:
        """Whether it is the same graph: the same operations on the same rows of data."""
        return _shape(walk) == self._shape

    def frame(self, walk: Walk) -> dict[str, Any]:
        """The numbers of one pass over this graph, see `page.frame`."""
        return frame(walk, with_numbers=len(walk) <= WITH_RULES)


def row_names(walk: Walk, parameters: Collection[Value]) -> dict[Value, str]:
    """For a loss over several rows, the row behind each name: "tanh #11 row 1"."""
    return {
        value: f"{walk.name(value)} row {i}"
        for i, row in enumerate(rows_of(walk.output, parameters), 1)
        for value in row
        if value.op is not None and value.operands
    }


def _shape(walk: Walk) -> list[tuple[Any, ...]]:
    """Of each value its operation and operands; of a constant its number, which the page shows."""
    place = {value: i for i, value in enumerate(walk.order)}
    return [
        ("constant", js_number(value.data))
        if value.is_constant
        else (value.op and value.op.name, *[place[operand] for operand in value.operands])
        for value in walk.order
    ]
