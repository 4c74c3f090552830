"""Why is this gradient zero, huge or nan?  The step responsible, in one sentence with numbers."""

import math
from typing import TYPE_CHECKING

from autograd.value import Value
from autograd.walking.steps import Step, shown

if TYPE_CHECKING:
    from autograd.walking.walker import Walk

SMALL, HUGE = 1e-3, 1e3  # a local derivative that vanishes or explodes


def why_of(walk: "Walk", value: Value) -> str:
    """See `Walk.why`.  Follows the largest contribution from the value up to the output."""
    name = walk.name(value)
    if value.is_constant:
        return f"{name} is a constant: no gradient flows to it."
    steps = list(walk)
    if not any(value in (step.operand, walk.output) for step in steps):
        if value is walk.output:
            return f"{name} is the output: its gradient is 1."
        return f"{name} is not behind {walk.name(walk.output)}: no gradient reaches it."
    final = walk._tape.start.get(value, 0.0)
    arriving: dict[Value, list[Step]] = {}
    for step in steps:
        arriving.setdefault(step.operand, []).append(step)
        if step.operand is value:
            final = step.after
    path = _path(value, final, arriving)
    culprit = _culprit(path, final)
    head = f"The gradient of {name} is {shown(final)}"
    if culprit is None:
        cancelling = [s for s in arriving.get(value, []) if s.contribution != 0.0]
        if final == 0.0 and len(cancelling) > 1:
            terms = " + ".join([shown(s.contribution) for s in cancelling])
            return f"{head}: its contributions cancel, {terms} = 0."
        factors = " * ".join([shown(step.local) for step in reversed(path)]) or "1"
        through = ", ".join([step.node_name for step in reversed(path)])
        return f"{head}: the product of {factors} along its largest path, through {through}."
    return f"{head}: {_blame(culprit)}{_place(culprit)}."


def _path(value: Value, final: float, arriving: dict[Value, list[Step]]) -> list[Step]:
    """From the value up to the output, each time along the contribution that matters most."""
    path = []
    while arriving.get(value):
        steps = arriving[value]
        step = max(steps, key=_weight)
        if math.isnan(final):
            born = [s for s in steps if math.isnan(s.contribution)]
            infinite = [s for s in steps if math.isinf(s.contribution)]
            step = (born or infinite or [step])[0]
        path.append(step)
        value = step.node
        final = step.upstream
    return path


def _weight(step: Step) -> float:
    """Nan before everything; and where all is zero, the way by which gradient came closest."""
    if math.isnan(step.contribution):
        return math.inf
    return abs(step.contribution) if step.contribution else (abs(step.upstream) > 0.0) * 1e-320


def _culprit(path: list[Step], final: float) -> Step | None:
    """The step nearest to the output at which the gradient became what it is."""
    for step in reversed(path):
        if math.isnan(final) or math.isinf(final):
            if not math.isfinite(step.contribution) and math.isfinite(step.upstream):
                return step
        elif final == 0.0 and step.contribution == 0.0 and step.upstream != 0.0:
            return step
    if not math.isfinite(final) or final == 0.0:
        return None
    if abs(final) < SMALL:
        small = min(path, key=lambda step: abs(step.local), default=None)
        return small if small is not None and abs(small.local) < 0.1 else None
    if abs(final) > HUGE:
        large = max(path, key=lambda step: abs(step.local), default=None)
        return large if large is not None and abs(large.local) > 10.0 else None
    return None


def _blame(step: Step) -> str:
    op = step.node.op
    assert op is not None
    operands = ", ".join([shown(operand.data) for operand in step.node.operands[:4]])
    call = f"{op.name}({operands}{', ...' if len(step.node.operands) > 4 else ''})"
    state = ""
    x = step.operand.data
    if op.name == "relu" and step.local == 0.0:
        state = " was off"
    elif op.name in ("sigmoid", "tanh", "erf") and abs(step.local) < 0.1:
        state = " was saturated"
    elif op.name in ("log", "div", "sqrt", "pow") and not math.isfinite(step.local):
        state = f" stood at {shown(x)}"
    elif math.isnan(step.contribution) and not math.isnan(step.local):
        state = " met an infinity"
    return (
        f"{call} = {shown(step.node.data)}{state}, so its local derivative by {step.name} is "
        f"{step.formula.partition(' = ')[2]} = {shown(step.local)}, and {shown(step.local)} * "
        f"upstream {shown(step.upstream)} = {shown(step.contribution)}"
    )


def _place(step: Step) -> str:
    return f" (built at {step.source})" if step.source is not None else ""
