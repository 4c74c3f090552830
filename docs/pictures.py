"""The pictures of the README and of the site, each drawn by a few lines that a reader could type.

`python docs/pictures.py` redraws the README's in docs/pictures/; with a FOLDER as argument it
writes all of them there.  They are vector graphics: put them on a slide as they are.
"""

import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent)]

from autograd import Value, draw, track_source, walk  # noqa: E402
from nn import MLP, Neuron, binary_cross_entropy_with_logits  # noqa: E402


def expression() -> Value:
    a = Value(2.0, label="a")
    b = Value(-3.0, label="b")
    c = Value(7.0, label="c")  # tanh(1): not saturated, so that the gradients show colour
    loss = (a * b + c).tanh()
    loss.label = "loss"
    return loss


def reused() -> Value:
    """One value, used twice: two paths lead back to x."""
    x = Value(3.0, label="x")
    square = x * x
    square.label = "x * x"
    y = square + x
    y.label = "y"
    return y


def first_expression() -> Value:
    a = Value(2.0, label="a")
    b = Value(-3.0, label="b")
    c = Value(10.0, label="c")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    return d


def neuron() -> Value:
    """A neuron, sigmoid(x * w + b), for x = 100, w = 0.5, b = -0.2."""
    x = Value(100.0, label="x")
    w = Value(0.5, label="w")
    b = Value(-0.2, label="b")
    logit = w * x + b
    logit.label = "logit"
    p = logit.sigmoid()
    p.label = "p"
    return p


def dead_relu() -> Value:
    """A neuron whose sum is negative: relu's local derivative is 0, and nothing flows back."""
    n = Neuron(2, seed=0)
    n.w[0].data, n.w[1].data, n.b.data = 1.0, -2.0, -0.5
    for label, weight in zip(("w1", "w2"), n.w):
        weight.label = label
    return n([1.0, 1.0])


def diamond() -> Value:
    """a feeds b and c, both feed d: a's turn must come last."""
    a = Value(2.0, label="a")
    b = a * 3.0
    b.label = "b"
    c = a * a
    c.label = "c"
    d = b + c
    d.label = "d"
    return d


def model() -> Value:
    """A network of four hidden neurons, and its loss on one row."""
    network = MLP(2, [4, 1], activation="tanh", seed=1)
    loss = binary_cross_entropy_with_logits(network([0.0, 1.0]), 1.0)
    loss.label = "loss"
    return loss


Pictured = Callable[[], Value]

OF_THE_README: list[Pictured] = [expression]
OF_THE_SITE: list[Pictured] = [first_expression, reused, diamond, neuron, dead_relu]
LEVELS = ["compact", "collapsed"]  # of the model


def write(pictures: list[Pictured], folder: Path) -> None:
    for make in pictures:
        output = make()
        output.backward()
        (folder / f"{make.__name__}.svg").write_bytes(draw(output).pipe(format="svg"))


def mid_walk() -> Value:
    """A neuron and its loss, for the picture of the page."""
    x1, x2 = Value(2.0, label="x1"), Value(-1.5, label="x2")
    w1, w2, b = Value(0.6, label="w1"), Value(0.5, label="w2"), Value(-0.25, label="b")
    with track_source():
        total = w1 * x1 + w2 * x2 + b
        output = total.tanh()
        error = output - 1.0
        loss = error**2
    for label, value in {"total": total, "output": output, "error": error, "loss": loss}.items():
        value.label = label
    return loss


def photograph_walk(path: Path) -> None:
    """The page of a walk half-way, 1400 x 800 at twice the pixels; needs Playwright, Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = walk(mid_walk()).page(Path(folder) / "walk.html", "A neuron, one step at a time")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1400, "height": 800}, device_scale_factor=2)
        tab.goto(f"{page.as_uri()}#10")
        tab.screenshot(path=str(path))
        browser.close()


def write_walks(folder: Path) -> None:
    """The pages that step through the backward pass, for a lesson."""
    walk(reused()).page(folder / "walk-expression.html", "x * x + x")
    walk(model()).page(folder / "walk-model.html", "A network and its loss")


def write_levels(folder: Path) -> None:
    loss = model()
    loss.backward()
    for level in LEVELS:
        svg = draw(loss, level=level).pipe(format="svg")
        (folder / f"model_{level}.svg").write_bytes(svg)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        folder.mkdir(parents=True, exist_ok=True)
        write(OF_THE_README + OF_THE_SITE, folder)
        write_levels(folder)
        write_walks(folder)
    else:
        write(OF_THE_README, HERE / "pictures")
        if find_spec("playwright"):
            photograph_walk(HERE / "pictures" / "walk.png")
