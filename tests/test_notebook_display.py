"""What a notebook shows: pictures as wide as the cell, once, and something before it is trusted."""

import base64
import re
import shutil

import pytest

import nn
from autograd import Value, draw, walk
from autograd.drawing import notebook


def chain(length):
    x = Value(0.3, label="x")
    y = x
    for _ in range(length):
        y = y.tanh()
    y.label = "out"
    return y


def bundle(output):
    return draw(output)._repr_mimebundle_()


def test_a_wide_picture_takes_the_cells_width():
    wide = bundle(chain(5))["image/svg+xml"]
    size = re.search(r'<svg width="100%" style="max-width:([\d.]+)pt;height:auto"', wide)
    assert float(size[1]) > notebook.NARROW and "viewBox" in wide


def test_a_narrow_picture_keeps_its_width_and_shrinks_where_it_must():
    svg = '<svg width="300pt" height="72pt"\n viewBox="0 0 300 72"></svg>'
    style = 'style="max-width:100%;height:auto"'
    assert notebook.fitted(svg) == svg.replace("<svg ", f"<svg {style} ")


def test_a_notebook_that_is_not_trusted_has_a_png_and_a_sentence():
    shown = bundle(chain(3))
    assert base64.b64decode(shown["image/png"]).startswith(b"\x89PNG")
    assert shown["text/plain"].startswith(
        "<picture of out, a graph of 4 values: a trusted notebook"
    )


def test_a_large_picture_has_the_sentence_alone():
    shown = bundle(nn.MLP(2, [4, 4, 1], seed=1)([1.0, 2.0]))
    assert "image/png" not in shown and "a graph of" in shown["text/plain"]
    assert len(shown["image/svg+xml"]) > notebook.WITH_PNG


def test_the_repr_of_a_picture_names_its_output():
    assert repr(draw(chain(1))).startswith("<picture of out, a graph of 2 values")
    assert "0x" not in repr(draw(Value(1.0) * 2.0)) + repr(walk(chain(1)))


def test_marimo_gets_one_of_them(monkeypatch):
    kind, text = draw(chain(1))._mime_()
    assert kind == "text/html" and "<svg" in text
    monkeypatch.setattr(shutil, "which", lambda *args, **kwargs: None)
    kind, text = draw(chain(1))._mime_()
    assert kind == "text/plain" and "graphviz-pure" in text


def test_a_walk_shows_the_place_where_it_stands():
    steps = walk(chain(3))
    steps.goto(2)
    assert "&quot;place&quot;:2" in steps._repr_html_()


def test_a_page_in_a_frame_leaves_a_sentence_where_frames_are_dropped():
    shown = walk(chain(3))._repr_html_()
    inside = re.search(r"<iframe[^>]*>(.*)</iframe>$", shown, re.S)[1]
    assert inside.startswith("A walk of 3 steps. Trust this notebook, or run this cell")


CELLS = [
    "import nn\nh = nn.History([3.0, 2.0, 1.0])\nnn.plot_losses(h)",
    "figure = nn.plot_losses(h)\nprint('kept')",
    "figure",
    "nn.plot_losses(h)\nnn.plot_losses(h)",
    "from autograd import Value, walk\nwalk(Value(3.0, label='x').tanh()).next()",
]


def test_a_notebook_shows_each_figure_once_and_a_step_as_its_sentence():
    nbclient = pytest.importorskip("nbclient", reason="executes a notebook")
    nbformat = pytest.importorskip("nbformat", reason="executes a notebook")
    pytest.importorskip("ipykernel", reason="executes a notebook")
    pytest.importorskip("matplotlib", reason="the figures")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in CELLS])
    nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute()
    figures = [
        len([o for o in cell.outputs if "image/png" in o.get("data", {})]) for cell in book.cells
    ]
    assert figures == [1, 1, 1, 2, 0]
    assert book.cells[-1].outputs[0].data["text/plain"].startswith("1. ")
