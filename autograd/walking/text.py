"""What a terminal shows of a walk, as plain text: source line, equation, neighbourhood, table."""

import linecache

from autograd.equations import shown
from autograd.printing import printable
from autograd.recording import Source
from autograd.value import Value
from autograd.walking.steps import Step
from autograd.walking.walker import Walk


def source_text(source: Source | None, place: str = "") -> str:
    """ "lesson.py:4   loss = (a * b).tanh()"; the place, if not given, with its folder."""
    if source is None:
        return "(built without track_source(): no line known)"
    line = linecache.getline(source.file, source.line).strip()
    return printable(f"{place or source}   {line}")


def place_in(walk: Walk, text: str) -> int | None:
    """The place in the walk that this text names, None if it names none."""
    digits = text.strip()
    if not digits.isdecimal() or len(digits) > 12:  # "²" is a digit too, and no number
        return None
    return int(digits) if int(digits) <= len(walk) else None


def neighbourhood(walk: Walk, step: Step) -> list[str]:
    """The node of this step, who uses it, and its operands, the step's own one marked."""
    users = [walk.name(value) for value in walk.users(step.node)]
    lines = [f"used by {', '.join(users[:3]) or 'nobody: it is the output'}"]
    lines.append(f"  {_described(walk, step.node)}")
    positions = range(len(step.node.operands))
    first = max(0, min(step.position - 2, len(positions) - 6))
    if first:
        lines.append(f"   |  ... {first} more")
    for k in positions[first : first + 6]:
        mark = "-->" if k == step.position else "---"
        local = shown(step.node.local_derivatives[k])
        lines.append(f"   +{mark} {_described(walk, step.node.operands[k])}   [local {local}]")
    if first + 6 < len(positions):
        lines.append(f"   |  ... {len(positions) - first - 6} more")
    return lines


def _described(walk: Walk, value: Value) -> str:
    if value.is_constant:
        return f"{shown(value.data)}, a constant"
    return f"{walk.name(value)} = {shown(value.data)}, gradient {shown(walk.gradient(value))}"


def table_rows(walk: Walk) -> list[tuple[str, str, str, str]]:
    """(name, data, gradient, what changed) of each value, leaves with a label first."""
    step = walk.step
    rows = []
    for value in sorted(walk.order, key=lambda v: (not (v.is_leaf and v.label), not v.label)):
        if value.is_constant:
            continue
        changed = ""
        if step is not None and value is step.operand:
            changed = f"{shown(step.before)} + {shown(step.contribution)}"
        gradient = shown(walk.gradient(value))
        rows.append((walk.name(value), shown(value.data), gradient, changed))
    return rows
