"""draw: micrograd's record look, on both engines, with any label."""

import json
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

import autograd
from autograd import (
    Value,
    draw,
    draw_dot,
    group,
    operation,
    topological_order,
    trace,
    walk,
)
from autograd.drawing import engine


def neuron():
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    y = (x * w + 1).tanh()
    y.label = "y"
    return y


@pytest.fixture(params=["dot", "graphviz-pure"])
def one_engine(request, monkeypatch):
    """Either engine alone, as if the other were not installed."""
    if request.param == "dot":
        if shutil.which("dot") is None:
            pytest.skip("no system Graphviz here; graphviz-pure draws the same in the next test")
    else:
        which = shutil.which
        monkeypatch.setattr(
            engine.shutil,
            "which",
            lambda name, **kwargs: None if name == "dot" else which(name, **kwargs),
        )
    assert request.param in str(engine.find_engine())
    return request.param


def texts_of(svg):
    return [unescape(text) for text in re.findall(r"<text[^>]*>(.*?)</text>", svg)]


def test_the_svg_shows_labels_data_gradients_and_local_derivatives(one_engine):
    y = neuron()
    y.backward()
    texts = texts_of(draw(y).pipe(format="svg", encoding="utf-8"))
    shown = {"x", "data 2.0000", "grad -5.447e-04", "y", "data -0.9999", "constant", "*", "tanh"}
    assert shown <= set(texts)
    assert texts.count("-3.0000") == 1  # d(x*w)/dx on its edge
    assert "1.816e-04" in texts  # 1 - tanh(-5) ** 2


def test_both_engines_write_a_png(one_engine, tmp_path):
    path = draw(neuron(), format="png").render(filename="picture", directory=tmp_path, cleanup=True)
    with open(path, "rb") as file:
        assert file.read(8) == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    "call, written, begins",
    [
        (lambda p: p.render("loss"), "loss.svg", b"<?xml"),
        (lambda p: p.render("loss.svg"), "loss.svg", b"<?xml"),
        (lambda p: p.render("loss.PNG"), "loss.PNG", b"\x89PNG"),
        (lambda p: p.render("a/b/loss", format="png"), "a/b/loss.png", b"\x89PNG"),
        (lambda p: p.render("loss", "a", cleanup=True), "a/loss.svg", b"<?xml"),
        (lambda p: p.render(outfile="loss.svg"), "loss.svg", b"<?xml"),
        (lambda p: p.render(), "computation.svg", b"<?xml"),
        (lambda p: p.render("loss.gv"), "loss.gv", b"digraph"),
        (lambda p: p.render("loss.json"), "loss.json", b"{"),
        (lambda p: p.save("loss.svg"), "loss.svg", b"<?xml"),
        (lambda p: p.save("loss.dot"), "loss.dot", b"digraph"),
        (lambda p: p.save("loss"), "loss", b"digraph"),
        (lambda p: p.save(), "computation.gv", b"digraph"),
    ],
)
def test_render_and_save_write_the_file_of_that_name_and_nothing_else(
    one_engine, tmp_path, monkeypatch, call, written, begins
):
    monkeypatch.chdir(tmp_path)
    assert Path(call(draw(neuron()))) == Path(written)
    assert [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()] == [written]
    assert (tmp_path / written).read_bytes().startswith(begins)


def test_a_suffix_that_is_no_format_is_refused_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("loss.v2", "loss.jpq", "loss.svg.bak"):
        with pytest.raises(ValueError, match=r"is not a picture format: use \.svg, \.png"):
            draw(neuron()).render(name)
    with pytest.raises(ValueError, match="says svg, format='png' something else"):
        draw(neuron()).render("loss.svg", format="png")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_picture_leaves_the_earlier_one_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "loss.svg"
    draw(neuron()).render(path)
    before = path.read_bytes()
    broken = tmp_path / "dot"
    broken.write_text("#!/bin/sh\necho the engine says why >&2; exit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(engine, "find_engine", lambda: broken)
    with pytest.raises(RuntimeError, match="the engine says why"):
        draw(neuron()).render(path)
    assert path.read_bytes() == before


def test_no_label_makes_the_engine_complain_and_real_complaints_are_shown(
    one_engine, capfd, monkeypatch
):
    for label in (*LABELS, "×", "ξ∂", "漢字", "👩‍🔬"):
        with group(label):
            y = autograd.sum([Value(float(i), label) * 2 for i in range(3)])
        for level in ("full", "compact", "collapsed"):
            draw(y, level=level).pipe()
    assert capfd.readouterr().err == ""
    monkeypatch.setattr(engine, "WIDTH_WARNING", "something else")
    if one_engine == "graphviz-pure":
        draw(y, level="full").pipe()
        assert "non-ASCII" in capfd.readouterr().err


LABELS = [
    "a<b|c>{d}",
    'say "hi"',
    "two\nlines",
    "<script>x</script>",
    "<b>",
    "back\\slash",
    "\\",
    "\\N",
    "&amp;",
    "é😀",
]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("level", ["full", "compact", "collapsed"])
def test_any_label_comes_out_as_text(one_engine, label, level):
    with group(label):
        y = Value(1.0, label=label) * 2
        z = y.exp() + y
    svg = draw(z * 3, level=level).pipe(format="svg", encoding="utf-8")
    assert "<script" not in svg
    shown = " ".join(texts_of(svg))
    for line in label.split("\n"):
        assert line in shown


HOSTILE = [
    "\x00",
    "\ud800",
    "\u202eevil",
    "a\nb\rc\x1b[31m",
    '"]; evil [label="',
    "%s{0}",
    "]]>",
    "<!--",
    "\u2028",
    "\ufffe",
    "</title><script>alert(1)</script>",
    'javascript:alert(1)" onload="x',
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("level", ["full", "compact", "collapsed"])
def test_a_hostile_name_stays_text_in_every_format(one_engine, name, level, tmp_path):
    def svg_of(name):
        op = operation("square", lambda x: x * x, lambda z, x: (2 * x,), sample=(0.5,), symbol=name)
        with group(name):
            y = op(Value(1.0, label=name)) * 2 + Value(1.0, label=name)
        z = y.exp() * y
        z.label = name
        z.backward()
        return z, draw(z, level=level).pipe(format="svg", encoding="utf-8")

    (z, svg), (_, plain) = svg_of(name), svg_of("plain")
    tags = [element.tag for element in ElementTree.fromstring(svg).iter()]
    assert svg.count('class="node"') == plain.count('class="node"')
    assert not any(tag.endswith("script") for tag in tags)
    assert json.loads(draw(z).json())["nodes"][-1]["label"] == name
    page = walk(z).page(tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("<script") == 2  # the data, and the page's own


def test_a_long_label_is_cut_short():
    assert len(draw(Value(1.0, label="x" * 10_000) * 2).source) < 2_000


def test_a_value_without_gradient_says_so():
    y = neuron()
    assert "no grad yet" in draw(y).source and "grad 0.0000" not in draw(y).source
    y.backward()
    assert "no grad yet" not in draw(y).source


def test_the_same_graph_gives_the_same_dot_text():
    assert draw(neuron()).source == draw(neuron()).source
    y = neuron()
    assert not any(str(id(value)) in draw(y).source for value in topological_order(y))


def test_draw_dot_and_trace_work_as_in_micrograd():
    y = neuron()
    nodes, edges = trace(y)
    assert len(nodes) == 6 and len(edges) == 5
    source = draw_dot(y).source
    assert (
        source.count("->") == 3 + 5 and "rankdir=LR" in source and 'label="-3.0000"' not in source
    )
    assert "rankdir=TB" in draw_dot(y, rankdir="TB").source


def test_an_operand_used_twice_has_two_edges():
    x = Value(3.0)
    assert draw(x * x).source.count("v0 -> op_v1") == 2


def long_chain(length):
    x = Value(1.0)
    for i in range(length):
        x = (x * 1.0001).tanh() if i % 2 else (x + 0.1).sin()
    return x


def test_a_picture_that_nobody_could_read_is_refused_unless_forced():
    chain = long_chain(1_000)
    for level, found in (("full", "3,001 Values"), (None, "boxes, even collapsed")):
        with pytest.raises(ValueError, match=rf"{found}.*focus=.*group.*force=True"):
            draw(chain, level=level)
    assert "v3000" in draw(chain, level="compact", force=True).source


def test_a_notebook_shows_it_inline():
    bundle = draw(neuron())._repr_mimebundle_()
    assert bundle["image/svg+xml"].count("<svg") == 1


def test_without_an_engine_there_is_one_clear_sentence_and_still_the_text(monkeypatch):
    monkeypatch.setattr(engine.shutil, "which", lambda *args, **kwargs: None)
    picture = draw(neuron())
    for show in (lambda: picture.render("nothing"), lambda: picture.pipe()):
        with pytest.raises(RuntimeError, match="pip install graphviz-pure"):
            show()
    assert "digraph" in picture.source
    text = picture._repr_mimebundle_()["text/plain"]
    assert "pip install graphviz-pure" in text and "digraph" in text


def test_graphviz_is_imported_by_the_first_picture_not_before():
    script = "import autograd, sys; assert 'graphviz' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_both_engines_draw_the_same_titles_ids_and_texts(monkeypatch):
    if shutil.which("dot") is None:
        pytest.skip("one engine alone has nothing to be compared with; its own tests run")
    y = neuron()
    y.backward()
    drawn = []
    which = shutil.which
    for hidden in ("graphviz-pure", "dot"):
        monkeypatch.setattr(
            engine.shutil,
            "which",
            lambda name, hidden=hidden, **kwargs: None if name == hidden else which(name, **kwargs),
        )
        for level in ("full", "compact", "collapsed"):
            svg = draw(y, level=level).pipe(format="svg", encoding="utf-8")
            titles = sorted(re.findall(r"<title>(.*?)</title>", svg))
            ids = sorted(re.findall(r'<g id="(\w+)" class="node"', svg))
            drawn.append((level, titles, ids, sorted(texts_of(svg))))
    assert drawn[:3] == drawn[3:] and all(ids for _, _, ids, _ in drawn)
