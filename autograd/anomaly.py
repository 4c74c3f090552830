"""Where did this nan come from?  The two checks behind `detect_anomaly()`, forward and backward.

They read plain attributes of nodes; recording and the backward pass call them.
"""

import math
from typing import Any

from autograd.ops import Operation
from autograd.recording import Source, calling_source


def check_value(op: Operation, data: float, operands: tuple[Any, ...]) -> None:
    """Raise FloatingPointError if an operation about to be recorded produced a nan or inf."""
    numbers = [operand.data for operand in operands]
    if _is_born(data, numbers):
        call = _call(op, operands)
        raise FloatingPointError(f"forward pass: {call} = {data!r}{_built(calling_source())}")


def check_contributions(node: Any, upstream: float, before: list[float]) -> None:
    """Raise FloatingPointError if the chain rule at this node is about to make a nan or inf.

    `before`: the gradient of each operand so far.
    """
    if not node.operands:
        return
    call = _call(node.op, node.operands)
    source = node.source
    gradients: dict[Any, float] = {}  # as they will accumulate, one contribution at a time
    for operand, local, earlier in zip(node.operands, node.local_derivatives, before):
        if operand.is_constant:
            continue
        contribution = local * upstream
        gradient = gradients.get(operand, earlier)
        gradients[operand] = gradient + contribution
        if _is_born(local, [o.data for o in node.operands]) and upstream != 0.0:
            raise FloatingPointError(
                f"backward pass: {call} has the local derivative {local!r} "
                f"by {_name(operand)}{_built(source)}"
            )
        if _is_born(contribution, [upstream]):
            raise FloatingPointError(
                f"backward pass: {call} has the local derivative {local!r} by {_name(operand)}, "
                f"times the upstream gradient {upstream!r}: {contribution!r}{_built(source)}"
            )
        if _is_born(gradients[operand], [gradient, contribution]):
            raise FloatingPointError(
                f"backward pass: {call} adds {contribution!r} to the gradient {gradient!r} "
                f"of {_name(operand)}: {gradients[operand]!r}{_built(source)}"
            )


def _is_born(result: float, inputs: list[float]) -> bool:
    """Finite numbers went in and inf or nan came out, or no operand was nan and the result is."""
    if math.isnan(result):
        return not any(math.isnan(x) for x in inputs)
    return math.isinf(result) and all(math.isfinite(x) for x in inputs)


def _call(op: Operation, operands: tuple[Any, ...]) -> str:
    shown = [_name(operand) for operand in operands[:6]]
    if len(operands) > 6:
        shown.append(f"... {len(operands) - 6} more")
    return f"{op.name}({', '.join(shown)})"


def _name(operand: Any) -> str:
    return f"{operand.label}={operand.data!r}" if operand.label else repr(operand.data)


def _built(source: Source | None) -> str:
    if source is None:
        return "\n  built before detect_anomaly() was entered: build it inside to see its line"
    return f'\n  built by {source.function}, File "{source.file}", line {source.line}'
