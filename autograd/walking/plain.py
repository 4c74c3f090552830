"""The plain stepper: line by line, on any terminal; piped, it prints the whole walk."""

from autograd.walking.text import neighbourhood, place_in, source_text, table_rows
from autograd.walking.walker import Walk

HELP = (
    "Enter: next  b: back  g 12: go to a place  u NAME: until  w [NAME]: why  t: table  "
    "h: help  q: quit"
)


def print_walk(walk: Walk) -> None:
    """The forward pass, every step, and the gradients at the end."""
    print(f"forward pass: {len(walk.order)} values")
    for forward in walk.forward():
        if not forward.node.is_constant:
            print(f"  {forward}")
    print(f"backward pass: {len(walk)} steps")
    for step in walk:
        print(f"  {step}")
        if step.source is not None:
            print(f"       {source_text(step.source)}")
    walk.finish()
    print("gradients")
    for name, data, gradient, _ in table_rows(walk):
        print(f"  {name:<16} data {data:<12} gradient {gradient}")


def prompt(walk: Walk) -> None:
    """Step forwards and back by commands at a prompt."""
    print(f"{len(walk)} steps.  {HELP}")
    while True:
        try:
            line = input(f"({walk.position}/{len(walk)}) ").strip()
        except EOFError:
            print()
            return
        if line in ("q", "quit"):
            return
        said = _obey(walk, *line.partition(" ")[::2])
        print(said)


def _obey(walk: Walk, command: str, rest: str) -> str:
    rest = rest.strip()
    if command in ("", "n", "next"):
        return _here(walk) if walk.next() else "the end: every gradient is complete"
    if command in ("b", "back"):
        return _here(walk) if walk.back() and walk.position else "the start"
    if command == "g":
        place = place_in(walk, rest)
        if place is None:
            return f"g takes a place from 0 to {len(walk)}"
        return _here(walk) if walk.goto(place) else "the start"
    if command in ("u", "/"):
        return _here(walk) if walk.until(rest) else f"no step of {rest!r} is left: the end"
    if command in ("w", "y"):
        return _why(walk, rest)
    if command == "t":
        return "\n".join([f"{n:<16} {d:<12} {g:<12} {c}" for n, d, g, c in table_rows(walk)])
    return HELP


def _why(walk: Walk, name: str) -> str:
    """Of the value with this name; of the present step's operand, if none is given."""
    if not name and walk.step is not None:
        return walk.why(walk.step.operand)
    found = next((value for value in walk.order if walk.name(value) == name), None)
    return walk.why(found) if found is not None else f"no value {name!r}"


def _here(walk: Walk) -> str:
    step = walk.step
    assert step is not None
    lines = [str(step), f"   {step.equation}", f"   {source_text(step.source)}"]
    return "\n".join([*lines, *[f"   {line}" for line in neighbourhood(walk, step)]])
