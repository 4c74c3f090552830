"""Why is this gradient zero, huge or nan?  What is responsible, in one sentence with numbers.

A gradient is the sum over all paths to the output, of the products of the local derivatives along
each; where it is 0, inf or nan, a single step is responsible.
"""

import math
from collections import Counter
from typing import TYPE_CHECKING

from autograd.equations import product, shown
from autograd.equations import total as sum_of_terms
from autograd.grouping import groups_of
from autograd.paths import FEW, Groups, names_along, product_along, title_of
from autograd.printing import counted, printable
from autograd.value import Value
from autograd.walking.routes import Routes, routes_to
from autograd.walking.steps import Step, call_in_numbers

if TYPE_CHECKING:
    from autograd.walking.walker import Walk

SMALL, HUGE = 1e-3, 1e3  # a gradient that vanishes or explodes

Arriving = dict[Value, list[Step]]  # the steps that push gradient to each value


def why_of(walk: "Walk", value: Value) -> str:
    """See `Walk.why`."""
    name = walk.name(value)
    if value.is_constant:
        return f"{name} is a constant: no gradient flows to it."
    if value is walk.output:
        return f"{name} is the output: its gradient is 1."
    steps = list(walk)
    arriving: Arriving = {}
    for step in steps:
        arriving.setdefault(step.operand, []).append(step)
    if value not in arriving:
        return f"{name} is not behind {walk.name(walk.output)}: no gradient reaches it."
    added = sum([step.contribution for step in arriving[value]])
    if not math.isfinite(added) or added == 0.0:
        story = _single_step(walk, value, added, arriving)
    elif walk.has_hooks:
        story = f"{_terms(arriving[value], added)}, with hooks that change gradients on the way"
    else:
        story = _sum_over_paths(walk, value, added, routes_to(walk.output, steps))
    return f"The gradient of {name} is {_head(walk, value, added)}{story}."


def _head(walk: "Walk", value: Value, added: float) -> str:
    """The gradient at the end; and what this pass adds to it, if that is something else."""
    final = walk.final_gradients[value]
    if shown(final) == shown(added):
        return f"{shown(final)}: "
    return f"{shown(final)}, to which this pass adds {shown(added)}: "


# --- zero, inf and nan: a single step -----------------------------------------------------------


def _single_step(walk: "Walk", value: Value, added: float, arriving: Arriving) -> str:
    path = _path(value, added, arriving)
    culprit = _culprit(path, added)
    if culprit is not None:
        others = _other_blocks(value, culprit, arriving) if added == 0.0 else ""
        return f"{_blame(culprit)}{_place(culprit)}{others}"
    for at in [value, *[step.node for step in path]]:
        steps = [step for step in arriving.get(at, []) if step.contribution != 0.0]
        if steps and sum([step.contribution for step in steps]) == 0.0:
            whose = "its contributions" if at is value else f"the contributions to {walk.name(at)}"
            return f"{whose} cancel, {_terms(steps, 0.0)}"
    return "the products along its paths are beyond the range of a float"


def _terms(steps: list[Step], total: float) -> str:
    """ "1 + -1 = 0"."""
    if len(steps) > FEW:
        return f"{len(steps)} contributions that add up to {shown(total)}"
    return str(sum_of_terms([step.contribution for step in steps], total))


def _path(value: Value, added: float, arriving: Arriving) -> list[Step]:
    """From the value up to the output, each time along the contribution that matters most."""
    path = []
    while arriving.get(value):
        steps = arriving[value]
        step = max(steps, key=_weight)
        if math.isnan(added):
            born = [s for s in steps if math.isnan(s.contribution)]
            infinite = [s for s in steps if math.isinf(s.contribution)]
            step = (born or infinite or [step])[0]
        path.append(step)
        value = step.node
        added = step.upstream
    return path


def _weight(step: Step) -> float:
    """Nan before everything; and where all is zero, the way by which gradient came closest."""
    if math.isnan(step.contribution):
        return math.inf
    return abs(step.contribution) if step.contribution else (abs(step.upstream) > 0.0) * 1e-320


def _culprit(path: list[Step], added: float) -> Step | None:
    """The step nearest to the output at which the gradient became what it is."""
    for step in reversed(path):
        if added == 0.0:
            if step.contribution == 0.0 and step.upstream != 0.0:
                return step
        elif not math.isfinite(step.contribution) and math.isfinite(step.upstream):
            return step
    return None


def _other_blocks(value: Value, culprit: Step, arriving: Arriving) -> str:
    """What stops the gradient on the other paths, counted by operation."""
    blocks: Counter[str] = Counter()
    seen, waiting = {value}, [value]
    while waiting:
        for step in arriving.get(waiting.pop(), []):
            if step.contribution == 0.0 and step.upstream != 0.0:
                blocks[step.operation] += step is not culprit and step != culprit
            elif step.node not in seen:
                seen.add(step.node)
                waiting.append(step.node)
    counts = [f"{count} {name}" for name, count in blocks.items() if count]
    return f"; other paths end in the same way, at {' and '.join(counts)}" if counts else ""


def _blame(step: Step) -> str:
    op = step.node.op
    assert op is not None
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
    factors = [step.local, step.upstream]
    upstream = product(factors, step.contribution, ["", " (upstream)"])
    return (
        f"{call_in_numbers(step.node)}{state}, so its local derivative by {step.name} is "
        f"{step.rule.derivative}, and {upstream}"
    )


def _place(step: Step) -> str:
    return f" (built at {printable(str(step.source))})" if step.source is not None else ""


# --- any other gradient: a sum over paths ---------------------------------------------------------


def _sum_over_paths(walk: "Walk", value: Value, added: float, routes: Routes) -> str:
    path, largest = routes.largest_path(value), routes.largest[value]
    count, ties = routes.count[value], routes.ties[value]
    groups = groups_of(walk.order)
    nodes = [step.node for step in path]
    factors = product_along([(step.node, step.local) for step in path], largest, groups)
    through = ", ".join(names_along(nodes, [step.node_name for step in path], groups))
    if count == 1:
        what = f"the local derivative {factors}" if len(path) == 1 else factors
        said = f"{what} along its only path, through {through}"
    else:
        times = f" ({counted(ties)} times)" if ties > 1 else ""
        said = (
            f"the sum over {counted(count)} paths; the largest, {factors}{times}, through {through}"
        )
    return said + _extremes(added, routes, value, path, groups)


def _extremes(added: float, routes: Routes, value: Value, path: list[Step], groups: Groups) -> str:
    """What makes the sum very small or very large: one operation's factors, or cancelling."""
    sizes = routes.positive[value] - routes.negative[value]
    if abs(added) < SMALL <= sizes:
        above, below = shown(routes.positive[value]), shown(routes.negative[value])
        return f"; the paths above 0 add up to {above}, those below 0 to {below}"
    if SMALL <= abs(added) <= HUGE:
        return ""
    parts = _by_operation([step for step in path if not _is_average(step)])
    sign = 1 if abs(added) < SMALL else -1
    name = min(parts, key=lambda name: sign * abs(_size(parts[name])), default=None)
    if name is None or sign * math.log10(abs(_size(parts[name]))) > -1.0:
        return ""  # no operation has a factor of ten in it
    steps = parts[name]
    what = "small" if sign > 0 else "large"
    if len(steps) == 1:
        return f"; what makes it {what}: {_blame(steps[0])}{_place(steps[0])}"
    return f"; what makes it {what}: {_together(steps)}{_layers_of(steps, groups)}"


def _together(steps: list[Step]) -> str:
    """ "8 factors of sigmoid, 0.15 to 0.25 in size, together 3.65e-06"."""
    sizes = [abs(step.local) for step in steps]
    low, high = shown(min(sizes)), shown(max(sizes))
    each = f"{low} to {high} in size" if low != high else f"each {low} in size"
    return f"{len(steps)} factors of {steps[0].operation}, {each}, together {shown(_size(steps))}"


def _layers_of(steps: list[Step], groups: Groups) -> str:
    """ ", in layers.2, layers.1, layers.0"."""
    layers = list(dict.fromkeys([title_of(step.node, groups) for step in steps]))
    named = [layer for layer in layers if layer]
    if len(named) > FEW:
        named = [*named[:3], "...", *named[-3:]]
    return f", in {', '.join(named)}" if named else ""


def _by_operation(path: list[Step]) -> dict[str, list[Step]]:
    parts: dict[str, list[Step]] = {}
    for step in path:
        parts.setdefault(step.operation, []).append(step)
    return parts


def _size(steps: list[Step]) -> float:
    return math.prod([step.local for step in steps])


def _is_average(step: Step) -> bool:
    """Whether the factor is the 1/n of a mean, which n rows make up for: no cause of smallness."""
    if step.operation == "mean":
        return True
    terms, value = 1, step.operand  # sum(rows) / n: a chain of additions, or one sum
    while value.op is not None and value.op.name == "add":
        terms, value = terms + 1, value.operands[0]
    if value.op is not None and value.op.name == "sum":
        terms = len(value.operands)
    return terms > 1 and any(math.isclose(step.local * n, 1.0) for n in (terms, terms - 1))
