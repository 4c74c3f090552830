"""The leaves that a program is given: what may be an input, a parameter or a constant."""

import itertools
from collections.abc import Sequence

from autograd import ops
from autograd.ops import CONSTANT
from autograd.value import Value

MOST = 3  # at most this many leaves are named in a message
EXTENDED = (ops.add, ops.sub)  # `total + x` and `total - x`: a running total is the first operand


def check_leaves(
    inputs: Sequence[Value], parameters: Sequence[Value], constants: Sequence[Value]
) -> None:
    """Raise TypeError for what is not a leaf, ValueError for a leaf that is listed twice."""
    seen: dict[Value, str] = {}
    for kind, values in (("input", inputs), ("parameter", parameters), ("constant", constants)):
        for i, value in enumerate(values):
            if not isinstance(value, Value):
                raise TypeError(f"compile: {kind} {i} is not a Value: {value!r:.60}")
            name = f"{kind} {i}" + (f" ({value.label!r})" if value.label else "")
            if value.op is not None and value.op is not CONSTANT:
                raise TypeError(
                    f"compile: {name} was computed by {value.op.name!r}; only leaves, made with "
                    "Value(...), can be inputs, parameters or constants"
                )
            if value in seen:
                raise ValueError(f"compile: {name} is listed twice; it is already {seen[value]}")
            seen[value] = name


def check_constants(frozen: Sequence[Value], constants: Sequence[Value]) -> None:
    """Raise ValueError for a frozen leaf that was not meant to be."""
    meant = set(constants)
    for value in frozen:
        if value not in meant:
            name = repr(value.label) if value.label else repr(value)
            raise ValueError(
                f"compile: the leaf {name} leads to the output, but is neither "
                "among the inputs, nor the parameters, nor the constants: list it where it belongs"
            )


def all_other_leaves(
    order: Sequence[Value], outputs: Sequence[Value], listed: set[Value]
) -> list[Value]:
    """The leaves that are not listed, by first use: the parameters, if the user names none.

    Raises ValueError for leaves that look like running totals, `total = Value(0.0)`: training would
    move them with the rest, and a loss could fall below 0.
    """
    mentioned = itertools.chain.from_iterable([value.operands for value in order])
    leaves = dict.fromkeys([v for v in [*mentioned, *outputs] if v.op is None])
    parameters = [v for v in leaves if v not in listed]
    unlabelled = [v for v in parameters if not v.label]
    if len(unlabelled) < len(parameters):
        _refuse(unlabelled, "has no label, though other parameters have one")
    else:
        totals = _running_totals(order)
        _refuse([v for v in unlabelled if v in totals], "is 0.0 and only ever added to")
    return parameters


def _running_totals(order: Sequence[Value]) -> set[Value]:
    """The leaves that are 0.0 and whose every use is to have something added to them."""
    totals: set[Value] = set()
    others: set[Value] = set()
    for value in order:
        is_extended = value.op in EXTENDED
        for i, operand in enumerate(value.operands):
            if operand.op is None and operand.data == 0.0:
                (totals if is_extended and i == 0 else others).add(operand)
    return totals - others


def _refuse(leaves: Sequence[Value], why: str) -> None:
    if not leaves:
        return
    named = ", ".join([_described(v) for v in leaves[:MOST]])
    more = f" (and {len(leaves) - MOST} more like it)" if len(leaves) > MOST else ""
    where = "" if leaves[0].source else "; build the graph under track_source() to see its line"
    raise ValueError(
        f"compile: without parameters=, every leaf is trained, but the leaf {named}{more} {why}"
        f"{where}. If it is a parameter, list it in parameters=, or give it a label; if it is not, "
        "list it in constants=, or write a plain number (total = 0.0)"
    )


def _described(leaf: Value) -> str:
    return f"Value({leaf.data!r})" + (f" made at {leaf.source}" if leaf.source else "")
