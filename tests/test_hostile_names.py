"""Whatever a name holds: nothing of it runs, and the numbers are the eager engine's."""

import ast
import builtins
import json
import unicodedata
from html.parser import HTMLParser
from xml.etree import ElementTree

import hostile
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import OPERATIONS, Value, compile, group, operation
from autograd.compiling.readable import identifier, readable

ROWS = [[0.3, 0.7], [-1.2, 0.4]]


def short(name):
    return ascii(name[:24])


@pytest.fixture(params=hostile.HOSTILE_NAMES, ids=short)
def name(request):
    before = dict(OPERATIONS)
    yield request.param
    OPERATIONS.clear()
    OPERATIONS.update(before)
    assert not hasattr(builtins, hostile.SENTINEL), "a name was run"


@pytest.fixture(params=["numpy", "native"])
def backend(request):
    if request.param == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs it")
    return request.param


class Named:
    """A model in which the name stands wherever one can: of two layers, inputs, operations."""

    def __init__(self, name, has_function=True):
        with group(name):
            self.w = [Value(0.1 * i - 0.2, name) for i in range(6)]
            self.b = [Value(0.3 + i, f"{name}{i}") for i in range(2)]
        with group("a"), group(name):
            self.v = [
                Value(
                    0.5 - i,
                    name,
                )
                for i in range(2)
            ]
        self.x = [Value(0.3, name), Value(0.7, f"{name}2")]
        self.square = operation(
            name, lambda x: x * x, lambda z, x: (2.0 * x,),
            sample=(0.5,), symbol=name, array="{0} * {0}", doc=name,
        )  # fmt: skip
        self.cube = operation(
            name, lambda x: x * x * x, lambda z, x: (3.0 * x * x,), sample=(0.5,), symbol=name
        )
        if not has_function:
            self.cube = self.square
        self.name = name

    def __call__(self, x):
        rows = [self.w[:2], self.w[2:4], self.w[4:]]
        with group(self.name):
            hidden = [self.square(ag.dot(row, x)) for row in rows]
            hidden = [ag.tanh(h + b) for h, b in zip(hidden, [*self.b, self.b[0]])]
        hidden[0].label = self.name
        total = self.cube(ag.sum(hidden) * self.v[0]) + self.v[1] * ag.gelu(x[0])
        total.label = self.name
        return total * 0.5 + hidden[0]

    def parameters(self):
        return [*self.w, *self.b, *self.v]

    def outputs(self):
        return [self(row).data for row in ROWS]

    def gradient(self):
        for p in self.parameters():
            p.grad = 0.0
        for row in ROWS:
            (self(row) * 0.5).backward()
        return [p.grad for p in self.parameters()]


def test_a_program_computes_the_same_under_any_name(name, backend):
    model = Named(name)
    program = compile(model(model.x), model.x, model.parameters(), backend=backend)
    np.testing.assert_allclose(program(ROWS), model.outputs(), rtol=1e-12)
    _, gradient = program.value_and_grad(ROWS)
    np.testing.assert_allclose(gradient, model.gradient(), rtol=1e-12)
    assert_harmless(program.source)
    assert len(program.explain().splitlines()) < 30
    assert all(line.isprintable() for line in program.explain().splitlines())


def assert_harmless(source):
    """Printable lines of moderate length, encodable, in which names are names."""
    assert all(line.isprintable() and len(line) < 400 for line in source.split("\n"))
    assert source.encode("utf-8") and "\r" not in source
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            assert node.id != "__import__"


def test_a_tape_computes_the_same_under_any_name(name):
    before = dict(OPERATIONS)
    model = Named(name)
    y = model.x[0]
    for _ in range(1100):
        y = ag.sin(model.square(y * model.w[1]) + model.x[1])
    program = compile(y, model.x, model.parameters())
    assert "for code" in program.source and program([[0.3, 0.7]]).tolist() == [y.data]
    assert_harmless(program.source)
    OPERATIONS.update(before)


def test_an_exported_file_computes_the_same_under_any_name(name, tmp_path):
    model = Named(name, has_function=False)
    program = compile(model(model.x), model.x, model.parameters())
    program.export(tmp_path / "model.py")
    text = (tmp_path / "model.py").read_text(encoding="utf-8")
    module = {}
    exec(text, module)
    outputs = module["outputs"](module["theta"], np.array(ROWS))
    np.testing.assert_allclose(outputs, model.outputs(), rtol=1e-12)
    value, gradient = module["value_and_gradient"](module["theta"], np.array(ROWS))
    expected = program.value_and_grad(ROWS)
    assert value == expected[0] and gradient.any()
    assert module["INPUTS"] == [x.label for x in model.x]
    assert all(line.isprintable() for line in text.split("\n"))


def test_messages_are_of_one_line_under_any_name(name):
    x, w = Value(1.0, name), Value(0.25, name)
    program = compile(ag.choose(x, w, w * 2.0) + w, [x], [w])
    for wrong, error in (([[1.0, 2.0]], ValueError), ([[0.5]], IndexError), ([["a"]], TypeError)):
        with pytest.raises(error) as caught:
            program(wrong)
        assert str(caught.value).isprintable()
    with pytest.raises(ValueError) as caught:
        program([[float("nan")]], check_finite=True)
    assert str(caught.value).isprintable()
    with pytest.raises(AssertionError) as caught:
        program.verify(lambda v: ag.choose(v[0], w, w * 3.0) + w, [[1.0]])
    assert str(caught.value).isprintable()
    with pytest.raises(ValueError) as caught:
        compile(w * w + x, [x], [w, w])
    assert str(caught.value).isprintable()


def test_an_onnx_model_computes_the_same_under_any_name(name):
    pytest.importorskip("onnx", reason="the extra `interchange` brings it")
    runtime = pytest.importorskip("onnxruntime", reason="the extra `interchange` brings it")
    w, x = Value(0.5, name), Value(0.25, name)
    with group(name):
        y = ag.tanh(w * x) + ag.gelu(w)
    y.label = name
    model = compile([y, y * 2.0], [x], [w]).to_onnx()
    session = runtime.InferenceSession(model.SerializeToString())
    got = session.run(None, {"rows": np.array([[0.25]])})
    assert got[0] == pytest.approx([y.data], rel=1e-12)
    own = operation(name, lambda x: x * x, lambda z, x: (2.0 * x,), sample=(0.5,))
    with pytest.raises(TypeError) as caught:
        compile(own(w * x), [x], [w]).to_onnx()
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("level", ["full", "compact", "collapsed"])
def test_a_picture_is_well_formed_under_any_name(name, level):
    pytest.importorskip("graphviz", reason="the extra `draw` brings it")
    model = Named(name)
    picture = ag.draw(model(model.x), level=level)
    tree = ElementTree.fromstring(picture.pipe("svg"))
    for element in tree.iter():
        assert not element.tag.lower().endswith("script")
        assert not any(key.lower().startswith("on") for key in element.attrib)
    assert picture.source.encode("utf-8")
    labels = [node["label"] for node in json.loads(picture.json())["nodes"]]
    assert name in labels


class Tags(HTMLParser):
    """The elements of a page, and those of their attributes that a browser would run."""

    def __init__(self, text):
        super().__init__()
        self.names, self.handlers = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.handlers += [key for key, _ in attrs if key.startswith("on")]


def test_a_page_holds_any_name_as_data(name, tmp_path):
    pages = []
    for label in (name, "harmless"):
        output = Named(label)([0.3, 0.7])
        pages.append(ag.walk(output).page(tmp_path / "walk.html").read_text(encoding="utf-8"))
    hostile_page, usual_page = map(Tags, pages)
    assert hostile_page.names == usual_page.names and not hostile_page.handlers
    assert all(c.isprintable() or c == "\n" for c in pages[0])


# --- identifiers and comments ---------------------------------------------------------------------


def test_every_character_makes_an_identifier_that_python_takes_as_it_is():
    for code in [*range(0x3000), *range(0xA000, 0x10000), *range(0x10000, 0x20000, 3)]:
        word = identifier(chr(code))
        assert word.isidentifier() and unicodedata.normalize("NFKC", word) == word
    words = [identifier(chr(code)) for code in range(0x20000)]
    tree = ast.parse("\n".join(words))
    assert [line.value.id for line in tree.body] == words


@given(st.text())
def test_what_is_readable_is_one_line_and_short(text):
    shown = readable(text)
    assert shown.isprintable() and len(shown) <= 600
    if text.isprintable() and len(text) <= 60:
        assert shown == text


PIECES = st.sampled_from([*hostile.HOSTILE_NAMES, *"φϕεϵθϑµμℓlxn_ \n\r\x00\ud8001²", "W", "np"])
NAMES = st.lists(PIECES, max_size=3).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(NAMES, NAMES, NAMES, NAMES)
def test_any_names_beside_each_other_are_names_of_different_things(one, two, three, four):
    a, b = Value(0.3, one), Value(0.7, two)
    w, c = Value(2.0, three), Value(0.5, four)

    def build(a, b):
        with group(one):
            return (w * (ag.tanh(a) * b) + c * (ag.sin(b) * a)) ** 2.0 + ag.erf(w * c)

    program = compile(build(a, b), [a, b], [w, c])
    assert program([[0.3, 0.7]])[0] == pytest.approx(build(a, b).data, rel=1e-12)
    w.grad = c.grad = 0.0
    build(a, b).backward()
    assert program.value_and_grad([[0.3, 0.7]])[1] == pytest.approx([w.grad, c.grad], rel=1e-12)
    assert_harmless(program.source)
    assert not hasattr(builtins, hostile.SENTINEL)
