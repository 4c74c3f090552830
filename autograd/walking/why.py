"""Why is this gradient zero, huge or nan?  What is responsible, in one sentence with numbers.

A gradient is the sum over all paths to the output, of the products of the local derivatives along
each; where it is 0, inf or nan, a single step is responsible.
"""

import math
from collections import Counter
from typing import TYPE_CHECKING

from autograd.printing import counted, printable
from autograd.value import Value
from autograd.walking.equations import shown
from autograd.walking.routes import Routes, routes_to
from autograd.walking.steps import Step

if TYPE_CHECKING:
    from autograd.walking.walker import Walk

SMALL, HUGE = 1e-3, 1e3  # a gradient that vanishes or explodes
FEW = 8  # factors, terms or names that are still listed one by one

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
        story = _sum_over_paths(value, added, routes_to(walk.output, steps))
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
    terms = [shown(step.contribution) for step in steps]
    is_exact = shown(math.fsum([float(term) for term in terms])) == shown(total)
    return f"{' + '.join(terms)} = {'' if is_exact else 'about '}{shown(total)}"


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
    operands = ", ".join([shown(operand.data) for operand in step.node.operands[:4]])
    call = f"{step.operation}({operands}{', ...' if len(step.node.operands) > 4 else ''})"
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
    rule = step.rule
    said = f"{rule.letters} = {rule.result}" if rule.letters else rule.result
    return (
        f"{call} = {shown(step.node.data)}{state}, so its local derivative by {step.name} is "
        f"{said}, and {_product([step.local, step.upstream], step.contribution, 'upstream ')}"
    )


def _place(step: Step) -> str:
    return f" (built at {printable(str(step.source))})" if step.source is not None else ""


# --- any other gradient: a sum over paths ---------------------------------------------------------


def _sum_over_paths(value: Value, added: float, routes: Routes) -> str:
    path, product = routes.largest_path(value), routes.largest[value]
    count, ties = routes.count[value], routes.ties[value]
    factors = _factors(path, product)
    names = [step.node_name for step in path]
    through = ", ".join(names if len(names) <= FEW else [*names[:3], "...", *names[-3:]])
    if count == 1:
        said = f"{factors} along its only path, through {through}"
    else:
        largest = factors + (f" ({counted(ties)} times)" if ties > 1 else "")
        said = f"the sum over {counted(count)} paths; the largest, {largest}, through {through}"
    return said + _extremes(value, added, routes, path)


def _factors(path: list[Step], product: float) -> str:
    """The product along a path; a long one by operations: "0.00391 (4 sigmoid) * 0.5 (mean)"."""
    if len(path) == 1:
        return f"the local derivative {shown(product)}"
    if len(path) <= FEW:
        return _product([step.local for step in path], product)
    parts = _by_operation(path)
    if len(parts) == 1:
        return _together(path)
    words = [f" ({len(steps)} {name})" for name, steps in parts.items()]
    return _product([_size(steps) for steps in parts.values()], product, "", words)


def _extremes(value: Value, added: float, routes: Routes, path: list[Step]) -> str:
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
    return f"; what makes it {what}: {_together(steps)}"


def _together(steps: list[Step]) -> str:
    """ "8 factors of sigmoid, 0.15 to 0.25 in size, together 3.65e-06"."""
    sizes = [abs(step.local) for step in steps]
    low, high = shown(min(sizes)), shown(max(sizes))
    each = f"{low} to {high} in size" if low != high else f"each {low} in size"
    return f"{len(steps)} factors of {steps[0].operation}, {each}, together {shown(_size(steps))}"


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


def _product(
    factors: list[float], product: float, second: str = "", words: list[str] | None = None
) -> str:
    """ "2 * 3 = 6"; "about", where the digits shown give something else."""
    shorts = [shown(factor) for factor in factors]
    is_exact = shown(math.prod([float(short) for short in shorts])) == shown(product)
    texts = [short + word for short, word in zip(shorts, words or [""] * len(shorts))]
    texts[1:2] = [second + text for text in texts[1:2]]
    return f"{' * '.join(texts)} = {'' if is_exact else 'about '}{shown(product)}"
