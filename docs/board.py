"""Pictures for a class: few boxes, large letters, and blanks to fill in.

`python docs/board.py FOLDER` writes three of each graph: `NAME-forward.svg` before the backward
pass, `NAME-blank.svg` with room for the gradients, `NAME-solved.svg` with the engine's numbers.  A
picture is at most 1190 units wide and its letters are 28 high: across a slide of 1280 pixels they
can be read from the last row.  Orange is a gradient above 0, blue one below, as in `draw`.

To add a picture, write a function that returns an output and the place of each value, and list it.
"""

import html
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent)]

from autograd import Value, topological_order  # noqa: E402

Places = dict[Value, tuple[float, float]]  # column and row of the box
Board = Callable[[], tuple[Value, Places]]

WIDTH, HEIGHT, COLUMN, ROW = 220, 128, 320, 158  # of a box, and from box to box
VARIANTS = ("forward", "blank", "solved")
BLANK = "____"


def product() -> tuple[Value, Places]:
    a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c")
    e = _called("e", a * b)
    d = _called("d", e + c)
    return d, {a: (0, 0), b: (0, 1), e: (1, 0.5), c: (1, 1.6), d: (2, 1)}


def reused() -> tuple[Value, Places]:
    x = Value(3.0, "x")
    s = _called("s", x * x)
    y = _called("y", s + x)
    return y, {x: (0, 0.9), s: (1, 0), y: (2, 0.9)}


def diamond() -> tuple[Value, Places]:
    """a is used twice and has an operand of its own, so its turn must wait for b and c."""
    k = Value(1.0, "k")
    a = _called("a", k * 2.0)
    b = _called("b", a * 3.0)
    c = _called("c", a * a)
    d = _called("d", b + c)
    return d, {k: (0, 0.7), a: (1, 0.7), b: (2, 0), c: (2, 1.4), d: (3, 0.7)}


def one_weight() -> tuple[Value, Places]:
    """loss = (w x - t)², a model of one weight on one row of data."""
    w, x, t = Value(0.5, "w"), Value(2.0, "x"), Value(3.0, "t")
    p = _called("p", w * x)
    e = _called("e", p - t)
    loss = _called("loss", e * e)
    return loss, {w: (0, 0), x: (0, 1), p: (1, 0.5), t: (1, 1.6), e: (2, 1), loss: (3, 1)}


def neuron() -> tuple[Value, Places]:
    """sigmoid(w x + b), far out where the sigmoid is flat."""
    w, x, b = Value(0.5, "w"), Value(100.0, "x"), Value(-0.2, "b")
    m = _called("m", w * x)
    z = _called("z", m + b)
    p = _called("p", z.sigmoid())
    return p, {w: (0, 0), x: (0, 1), m: (1, 0.5), b: (1, 1.6), z: (2, 1), p: (3, 1)}


def twice() -> tuple[Value, Places]:
    """The graph of the assessment: b is used twice."""
    a, b = Value(1.0, "a"), Value(2.0, "b")
    s = _called("s", a + b)
    f = _called("f", s * b)
    return f, {a: (0, 0), b: (0, 1.2), s: (1, 0), f: (2, 0.6)}


BOARDS: list[Board] = [product, reused, diamond, one_weight, neuron, twice]


def _called(name: str, value: Value) -> Value:
    value.label = name
    return value


# --- drawing --------------------------------------------------------------------------------------


def picture(board: Board, variant: str) -> str:
    """The graph as SVG text, in one of the VARIANTS."""
    output, places = board()
    output.backward()
    width = max([column for column, _ in places.values()]) * COLUMN + WIDTH + 4
    height = max([row for _, row in places.values()]) * ROW + HEIGHT + 4
    largest = max([abs(value.grad) for value in places])
    parts = [_box(value, places[value], variant, largest) for value in places]
    edges, labels = _edges(output, places, variant)
    summary = html.escape(f"The graph of {output.label}: " + ", ".join(map(_formula, places)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" aria-label="{summary}" '
        'font-family="system-ui, sans-serif" font-size="28" fill="#1b2733">'
        f'<rect x="-2" y="-2" width="{width:g}" height="{height:g}" fill="white"/>'
        + "".join([*edges, *parts, *labels])
        + "</svg>\n"
    )


def _box(value: Value, place: tuple[float, float], variant: str, largest: float) -> str:
    x, y = place[0] * COLUMN, place[1] * ROW
    gradient = {"forward": "", "blank": f"grad {BLANK}", "solved": f"grad {_number(value.grad)}"}
    solved = variant == "solved"
    fill = _shade(value.grad / largest if solved and largest > 0.0 else 0.0)
    border = "#2b6cb0" if value.is_leaf else "#5b6770"
    lines = [_formula(value), _number(value.data), gradient[variant]]
    if value.is_leaf:
        lines[:2] = [f"{value.label} = {_number(value.data)}"]
    step = (HEIGHT - 12) / len([line for line in lines if line])
    texts = [
        f'<text x="{x + WIDTH / 2:g}" y="{y + step * (i + 0.5) + 16:g}" text-anchor="middle"'
        + (' font-weight="600"' if i == 0 else "")
        + f">{html.escape(line)}</text>"
        for i, line in enumerate([line for line in lines if line])
    ]
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="10" fill="{fill}" '
        f'stroke="{border}" stroke-width="3"/>' + "".join(texts)
    )


def _edges(output: Value, places: Places, variant: str) -> tuple[list[str], list[str]]:
    """The lines from operands to users, and the local derivatives upon them."""
    lines, labels = [], []
    for user in topological_order(output):
        for k, (operand, local) in enumerate(zip(user.operands, user.local_derivatives)):
            if operand.is_constant:
                continue
            apart = 64 * (k - (len(user.operands) - 1) / 2)
            start = _right(places[operand], apart if user.operands.count(operand) > 1 else 0.0)
            end = _left(places[user], 0.75 * apart)
            bend = (start[0] + end[0]) / 2
            lines.append(
                f'<path d="M{start[0]:g} {start[1]:g} C{bend:g} {start[1]:g} {bend:g} {end[1]:g} '
                f'{end[0]:g} {end[1]:g}" fill="none" stroke="#5b6770" stroke-width="3"/>'
                f'<path d="M{end[0]:g} {end[1]:g} l-14 -8 v16 z" fill="#5b6770"/>'
            )
            middle = (bend, (start[1] + end[1]) / 2)
            if variant == "blank":
                labels.append(_room_for_a_number(middle))
            elif variant == "solved":
                labels.append(_on_edge(middle, _number(local)))
    return lines, labels


def _room_for_a_number(middle: tuple[float, float]) -> str:
    return (
        f'<rect x="{middle[0] - 34:g}" y="{middle[1] - 18:g}" width="68" height="36" rx="4" '
        'fill="white" stroke="#5b6770" stroke-dasharray="5 4" stroke-width="2"/>'
    )


def _on_edge(middle: tuple[float, float], text: str) -> str:
    return (
        f'<text x="{middle[0]:g}" y="{middle[1] + 9:g}" text-anchor="middle" stroke="white" '
        f'stroke-width="10" paint-order="stroke">{text}</text>'
    )


def _right(place: tuple[float, float], apart: float) -> tuple[float, float]:
    return place[0] * COLUMN + WIDTH, place[1] * ROW + HEIGHT / 2 + apart / 2


def _left(place: tuple[float, float], apart: float) -> tuple[float, float]:
    return place[0] * COLUMN, place[1] * ROW + HEIGHT / 2 + apart


def _formula(value: Value) -> str:
    """ "e = a · b"; a leaf's name alone."""
    if value.op is None or not value.operands:
        return value.label
    names = [operand.label or _number(operand.data) for operand in value.operands]
    signs = {"add": " + ", "sub": " − ", "mul": " · "}
    if value.op.name in signs:
        return f"{value.label} = {signs[value.op.name].join(names)}"
    name = {"sigmoid": "σ"}.get(value.op.name, value.op.name)
    return f"{value.label} = {name}({', '.join(names)})"


def _number(x: float) -> str:
    return f"{x + 0.0:.4g}".replace("-", "−")


def _shade(share: float) -> str:
    """White for 0; towards orange for 1 and blue for -1, light enough for dark letters."""
    tint = (0xF4, 0xA2, 0x61) if share > 0 else (0x7D, 0xB3, 0xDC)
    size = abs(share) ** 0.5
    return "#" + "".join([f"{round(255 + (c - 255) * size):02x}" for c in tint])


def write_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for board in BOARDS:
        for variant in VARIANTS:
            path = folder / f"{board.__name__}-{variant}.svg"
            path.write_text(picture(board, variant), encoding="utf-8")


if __name__ == "__main__":
    write_all(Path(sys.argv[1]))
