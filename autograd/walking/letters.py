"""What formulas call the values of a walk: the user's own labels, and v4 for the value #4.

A label is used as it is where it reads as a name, in quotes where it does not.  Where two
different values of one formula would have the same name, and where there is no label, the value's
number makes its name, as in the lists of Wengert (1964).
"""

import re
from collections import Counter
from collections.abc import Container, Sequence

from autograd.formula import Formula, number
from autograd.formula_text import INFIX, written
from autograd.printing import printable
from autograd.value import Value

LONG = 24  # characters of a name that still reads well inside a formula


class Letters:
    """The names in the formulas of one graph."""

    def __init__(self, order: Sequence[Value]) -> None:
        self._number = {value: i for i, value in enumerate(order)}
        self._prefix = _free_prefix({value.label for value in order})

    def at(self, node: Value) -> "LettersAt":
        """Those in the formulas of one node."""
        return LettersAt(node, self)

    def numbered(self, value: Value) -> str:
        """The name of a value by its number in the graph: "v4"."""
        return f"{self._prefix}{self._number[value]}"


class LettersAt:
    """The letters in the formulas of one node, each with the number that it stands for.

    `operands`  one per operand; a constant without a label is a plain number
    `result`    the node itself: by its label, or as what it is of its operands, tanh(x)
    """

    def __init__(self, node: Value, letters: Letters) -> None:
        values = list(dict.fromkeys([*node.operands, node]))
        labels = {value: _as_name(value.label) for value in values}
        counts = Counter(labels.values())
        numbered = [v for v in values if not labels[v] or counts[labels[v]] > 1]
        names = labels | {value: letters.numbered(value) for value in numbered}
        self.operands = [
            number(operand.data)
            if operand.is_constant and not operand.label
            else Formula(names[operand], value=operand.data)
            for operand in node.operands
        ]
        call = self._as_call(node) if node in numbered else None
        self.result = call or Formula(names[node], value=node.data)
        meant = {names[value]: printable(value.label) for value in numbered if value.label}
        if node in numbered and call is None:
            meant[names[node]] = printable(node.label) or "the result"
        self._meant = meant

    def legend(self, words: Container[str]) -> str:
        """What those letters mean that do not say it: "v4 is a very long label"."""
        meant = [f"{name} is {meant}" for name, meant in self._meant.items() if name in words]
        return ", ".join(meant)

    def _as_call(self, node: Value) -> Formula | None:
        """What the node is of its operands, if that is short."""
        op = node.op
        assert op is not None
        if len(self.operands) > 2:
            return None
        text, binds = written(op, self.operands)
        is_short = len(text) <= LONG and (op in INFIX or text.endswith(")"))
        return Formula(printable(text), binds, value=node.data) if is_short else None


def _as_name(label: str) -> str:
    """The label as a name in a formula; "" if it cannot be one."""
    parts = label.split(".")
    is_name = all(part.isidentifier() or part.isdecimal() for part in parts[1:])
    if len(label) > LONG or not label.strip() or not label.isprintable():
        return ""
    if parts[0].isidentifier() and is_name and label not in ("inf", "nan"):
        return label
    return "" if '"' in label else f'"{label}"'


def _free_prefix(labels: set[str]) -> str:
    """A letter that, with a number after it, is nobody's label."""
    for prefix in ("v", "u", "t", "node"):
        if not any(re.fullmatch(rf"{prefix}\d+", label) for label in labels):
            return prefix
    return "value_" + "_" * max(map(len, labels))
