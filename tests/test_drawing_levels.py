"""Levels of detail, focus and paths, visible gradients, JSON, and explain."""

import html
import json
import math
import os
import re
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import (
    TrainingRun,
    Value,
    draw,
    explain,
    group,
    topological_order,
    track_source,
    walk,
)
from autograd.drawing.collapsed import collapsed
from autograd.drawing.scene import View


def boxes_of(picture):
    """name -> label of everything drawn as a box."""
    return dict(re.findall(r"^\t(\w+) \[label=(\"[^\"]*\"|\S+)", picture.source, re.MULTILINE))


def moons(rows):
    model = nn.MLP(2, [16, 16, 1], seed=3)
    scores = [model([Value(math.sin(i)), Value(math.cos(i))]) for i in range(rows)]
    loss = nn.hinge_loss(scores, [(-1) ** i for i in range(rows)])
    loss.label = "loss"
    return model, loss


def test_the_level_follows_the_size_and_can_be_set():
    x = Value(1.0)
    assert "record" in draw(x * 2).source
    model = nn.MLP(3, [4, 4, 1], seed=1)
    loss = model([1.0, 2.0, 3.0]) ** 2
    assert "record" not in draw(loss).source and len(boxes_of(draw(loss))) > 40
    assert len(boxes_of(draw(loss, level="collapsed"))) < 20
    assert "record" in draw(loss, level="full").source
    with pytest.raises(ValueError, match="unknown level 'tiny'; known are full, compact, collap"):
        draw(loss, level="tiny")
    with pytest.raises(ValueError, match="unknown theme 'pink'; known are light, dark"):
        draw(loss, theme="pink")


def test_a_batch_of_a_hundred_rows_is_one_box_a_layer_with_its_count():
    _, loss = moons(100)
    loss.backward()
    picture = draw(loss)
    labels = " ".join(boxes_of(picture).values())
    for text in (
        "inputs × 200",
        r"layers.0\n16 neurons\ndot ReLU × 1600\n48 parameters",
        r"layers.2\ndot × 100\n17 parameters",
        "loss",
    ):
        assert text in labels
    assert len(boxes_of(picture)) < 16


def test_one_group_is_opened_inside_the_collapsed_picture():
    _, loss = moons(20)
    labels = " ".join(boxes_of(draw(loss, open="layers.1")).values())
    assert "layers.1 / neurons.15" in labels and r"layers.0\n16 neurons" in labels
    with pytest.raises(
        ValueError, match=r"no group 'layers\.9' to open; known are layers\.0, layers\.1"
    ):
        draw(loss, open="layers.9")


def test_the_units_of_a_layer_stand_in_the_order_of_their_numbers():
    net = nn.MLP(3, [12, 1], seed=1)
    picture = draw(net([1.0, 2.0, 3.0]), open="layers.0")
    boxes = boxes_of(picture)
    row = re.findall(r"(b\d+) -> (b\d+) \[style=invis\]", picture.source)
    names = [boxes[row[0][0]], *[boxes[head] for _, head in row]]
    assert [re.search(r"neurons\.\d+", name)[0] for name in names] == [
        f"neurons.{i}" for i in range(12)
    ]


def test_the_innermost_group_opens_to_its_operations():
    x = Value(2.0, label="x")
    with group("attention"):
        y = (x * 3).tanh() + x.exp()
    z = y * 2
    closed = boxes_of(draw(z, level="collapsed"))
    opened = boxes_of(draw(z, open="attention"))
    assert any("attention" in label for label in closed.values())
    assert not any("tanh" in label and "attention" not in label for label in closed.values())
    assert any(label.startswith('"tanh ') for label in opened.values())


def test_a_user_group_collapses_what_was_made_in_it():
    x = Value(1.0, label="x")
    for i in range(3):
        with group(f"block {i}"):
            for _ in range(30):
                x = (x * 0.9).tanh()
    labels = list(boxes_of(draw(x, level="collapsed")).values())
    assert sum("block" in label for label in labels) == 3
    assert any("30" in label for label in labels)


GROUP_NAMES = ["op", "value", "inputs", "leaf", "constants", "x", "add", "tanh", "", "a / b", "\n"]


def scene_of(outer, inner):
    """A graph that has something of every kind outside the groups, and two groups inside."""
    x, loose = Value(0.5, label="x"), [Value(float(i)) for i in range(5)]
    y = autograd.sum([(x * v).tanh() for v in loose])
    for _ in range(3):
        with group(outer):
            weights = [Value(0.1) for _ in range(3)]
            with group(inner):
                y = autograd.sum([(y * w).sigmoid() for w in weights])
    y.backward()
    ids = {v: f"v{i}" for i, v in enumerate(topological_order(y))}
    view = View(y, list(ids), ids, {}, set(), "")
    return collapsed(view, outer), collapsed(view, None)


@settings(max_examples=100, deadline=None)
@given(*[st.sampled_from(GROUP_NAMES) | st.text(alphabet="opxval/ \n", max_size=8)] * 2)
def test_a_groups_name_changes_the_picture_by_that_name_alone(outer, inner):
    assume(outer != inner)
    for scene, plain in zip(scene_of(outer, inner), scene_of("some", "other")):
        assert [b.kind for b in scene.boxes] == [b.kind for b in plain.boxes]
        assert scene.arrows == plain.arrows
        names = {"some": outer, "some / other": f"{outer} / {inner}"}
        for box, expected in zip(scene.boxes, plain.boxes):
            lines = [names.get(line, line) for line in expected.lines]
            assert box.lines == [line for line in lines if line]


def test_rows_of_a_deep_graph_are_compared_without_recursion():
    rows = []
    for k in range(3):
        y = Value(0.1 * k)
        for _ in range(2_000):
            y = y.sin().cos()
        rows.append(y)
    assert len(boxes_of(draw(autograd.sum(rows), level="collapsed", force=True))) == 4_002


def test_a_hundred_thousand_values_are_drawn_collapsed_in_seconds():
    _, loss = moons(1_350)
    assert len(topological_order(loss)) > 100_000 - 5_000
    start = time.perf_counter()
    picture = draw(loss)
    assert time.perf_counter() - start < 20 and len(boxes_of(picture)) < 16


def test_micrograds_way_of_building_a_neuron_collapses_to_the_same_box():
    neuron = nn.Neuron(3, seed=1)
    with group("neuron"):
        weights, bias = [Value(0.1) for _ in range(3)], Value(0.0)
    rows = [[1.0, 2.0, float(i)] for i in range(5)]
    outputs = [sum((w * x for w, x in zip(weights, row)), bias).relu() for row in rows]
    labels = " ".join(boxes_of(draw(autograd.sum(outputs), level="collapsed")).values())
    assert r"neuron\n" in labels and "× 5" in labels
    assert len(neuron.parameters()) == 4


def test_dot_is_drawn_as_itself_or_as_its_products():
    xs = [Value(1.0, label=f"x{i}") for i in range(3)]
    y = autograd.dot(xs, [2.0, 3.0, 4.0], Value(0.5))
    assert len(boxes_of(draw(y, expand_dot=True))) == len(boxes_of(draw(y))) + 3
    compact = draw(y, expand_dot=True, level="compact").source
    assert compact.count('label="* ') == 3


def test_focus_shows_the_neighbourhood_of_one_value():
    chain = x = Value(1.0, label="x")
    values = [x]
    for _ in range(500):
        chain = chain.tanh()
        values.append(chain)
    middle = values[250]
    shown = boxes_of(draw(chain, focus=middle, depth=2))
    assert len([name for name in shown if not name.startswith("op_")]) == 5
    with pytest.raises(ValueError, match="is not part of the graph"):
        draw(chain, focus=Value(1.0))
    with pytest.raises(TypeError, match="focus must be a Value, got str"):
        draw(chain, focus="x")


def test_paths_shows_only_what_lies_between_two_values():
    w, x, b = Value(1.0, label="w"), Value(2.0, label="x"), Value(3.0, label="b")
    loss = ((w * x + b) * w).tanh()
    labels = " ".join(boxes_of(draw(loss, paths=(b, loss))).values())
    assert "b" in labels and "w |" not in labels and "x |" not in labels


def test_gradients_show_as_colour_and_width_with_a_legend():
    x, y = Value(1.0, label="x"), Value(1.0, label="y")
    z = x * 1000 - y * 0.001
    assert "legend" not in draw(z).source
    z.backward()
    source = draw(z).source
    assert "log scale" in source and "linear scale" not in source
    fill = dict(re.findall(r'label="\{ (\w) .*?fillcolor="(#\w+)"', source))
    assert fill["x"] != fill["y"]
    assert len(set(re.findall(r"penwidth=([\d.]+)", source))) > 2
    u = Value(1.0)
    v = u * 2
    v.backward()
    assert "linear scale" in draw(v).source


def test_two_passes_show_the_gradient_before_and_after():
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    before = {value: value.grad for value in topological_order(y)}
    y.backward()
    assert "grad 6.0000 → 12.0000" in draw(y, before=before).source


def test_a_relu_that_is_off_for_the_whole_batch_is_marked_dead():
    with group("unit"):
        w = Value(-1.0)
    outputs = [(w * x).relu() for x in (1.0, 2.0, 3.0)]
    loss = autograd.sum(outputs)
    loss.backward()
    assert "dead: 0 for every row" in draw(loss, level="collapsed").source


def test_dead_units_of_a_layer_are_counted():
    layer = nn.Layer(1, 3, seed=1)
    for neuron, weight in zip(layer.neurons, (-1.0, 2.0, -3.0)):
        neuron.w[0].data = weight
    rows = [layer([x]) for x in (1.0, 2.0, 3.0)]
    with group("net"):
        pass
    loss = autograd.sum([v for row in rows for v in row])
    loss.backward()
    assert draw(loss, level="collapsed").source.count("dead: 0 for every row") == 2


def test_a_hundred_equal_layers_fold_into_one_box():
    x = Value(0.5, label="x")
    for i in range(100):
        with group(f"block {i + 1}"):
            x = (x * 0.9 + 0.1).tanh()
    labels = " ".join(boxes_of(draw(x)).values())
    assert r"block\n" in labels and "× 100" in labels and len(boxes_of(draw(x))) < 6


def test_a_layer_with_a_vanishing_gradient_is_marked():
    with group("first"):
        w = Value(1.0)
        y = w * 1e-9
    for i in range(4):
        with group(f"layer {i}"):
            y = y * Value(1.0) + Value(1.0)
    y.backward()
    assert "vanishing gradient" in draw(y, level="collapsed").source


def test_tooltips_and_links_tell_where_a_value_was_made():
    with track_source():
        y = Value(1.0, label="x") * 2
    svg = draw(y, link="vscode").pipe(format="svg", encoding="utf-8")
    assert f"vscode://file/{__file__}:" in svg and "test_drawing_levels.py" in svg
    assert "pycharm://open" in draw(y, link="pycharm").source
    assert "https://example.org/" in draw(y, link="https://example.org/{line}").source


def test_no_picture_or_page_holds_the_folder_of_the_source_unless_asked(tmp_path):
    x = Value(1.0, label="x")
    with track_source(), group("part"):
        y = autograd.sum([(x * k).tanh() for k in range(70)])
    y.backward()
    folder = os.path.dirname(__file__)
    run = TrainingRun([x])
    run.record(0, y)
    texts = [walk(y).page(tmp_path / "page.html").read_text(encoding="utf-8")]
    texts += [run.page(tmp_path / "run.html").read_text(encoding="utf-8"), walk(y)._repr_html_()]
    for level in ("full", "compact", "collapsed"):
        picture = draw(y, level=level)
        texts += [picture.source, picture.json(), *picture._repr_mimebundle_().values()]
        texts += [picture.pipe(format="svg", encoding="utf-8")]
    for text in texts:
        assert folder not in text and html.escape(folder) not in text
        assert "vscode://" not in text
    assert sum("test_drawing_levels.py:" in text for text in texts) >= 9


def test_the_dark_theme_differs_in_colours_alone():
    y = Value(1.0, label="x") * 2
    strip = re.compile(r"#[0-9a-f]{6}")
    light, dark = draw(y).source, draw(y, theme="dark").source
    assert light != dark and strip.sub("", light) == strip.sub("", dark)


def test_the_graph_as_json_is_versioned_and_complete():
    x = Value(2.0, label="x")
    with group("g"), track_source():
        y = (x * 0).log()
    y.backward()
    document = json.loads(draw(y).json())
    assert (document["format"], document["version"]) == ("stepgrad graph", 1)
    last = document["nodes"][-1]
    assert last["id"] == document["output"] and last["data"] == "-inf" and last["op"] == "log"
    assert last["group"] == ["g"] and last["source"].endswith(tuple("0123456789"))
    ids = {node["id"] for node in document["nodes"]}
    assert all(operand in ids for node in document["nodes"] for operand in node["operands"])


def test_pdf_needs_a_system_graphviz_and_says_so(monkeypatch, tmp_path):
    from autograd.drawing import engine

    y = Value(1.0) * 2
    which = engine.shutil.which
    if which("dot"):
        path = draw(y, format="pdf").render(filename="p", directory=tmp_path, cleanup=True)
        with open(path, "rb") as file:
            assert file.read(4) == b"%PDF"
    monkeypatch.setattr(
        engine.shutil, "which", lambda name, **k: None if name == "dot" else which(name, **k)
    )
    with pytest.raises(RuntimeError, match="PDF needs a system Graphviz"):
        draw(y, format="pdf").pipe()


def test_a_broken_engine_is_one_clear_sentence(monkeypatch, tmp_path):
    from autograd.drawing import engine

    broken = tmp_path / "dot"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(engine, "find_engine", lambda: broken)
    with pytest.raises(RuntimeError, match=r"engine .* failed .*The DOT text is available"):
        draw(Value(1.0) * 2).pipe()


# --- explain --------------------------------------------------------------------------------------


def test_the_paths_come_largest_first_and_add_up_to_the_gradient():
    x = Value(0.7, label="x")
    y = (x * x).tanh() * x + x.exp() * -3.0
    answer = explain(y, x, paths=100)
    y.backward()
    sizes = [abs(path.product) for path in answer.paths]
    assert sizes == sorted(sizes, reverse=True)
    assert answer.path_count == len(answer.paths) == 4 and answer.coverage == 1.0
    assert answer.covered == pytest.approx(x.grad) == pytest.approx(answer.gradient)
    for path in answer.paths:
        assert path.values[0] is x and path.values[-1] is y
        assert math.prod(path.local_derivatives) == pytest.approx(path.product)


def test_exponentially_many_paths_are_counted_and_the_largest_found():
    x = y = Value(1.0, label="x")
    for _ in range(200):
        y = y * 0.6 + y * 0.4
    answer = explain(y, x, paths=5)
    assert answer.path_count == 2**200
    assert [p.product for p in answer.paths] == pytest.approx([0.6**200] + [0.6**199 * 0.4] * 4)
    assert 0.0 < answer.coverage < 1e-10
    assert "more; those shown add up to" in str(answer)


@pytest.mark.parametrize("factor", [1.0, 0.9, 1.1, -0.999])  # 0.9: equal but for rounding
def test_ties_everywhere_cost_no_more_than_one_path_each(factor):
    x = y = Value(1.0, label="x")
    for _ in range(3_000):
        y = y * factor + y * factor
    start = time.perf_counter()
    answer = explain(y, x, paths=10)
    assert time.perf_counter() - start < 5.0
    assert answer.path_count == 2**3_000 and len(str(answer).splitlines()[0]) < 100
    assert [p.product for p in answer.paths] == pytest.approx([factor**3_000] * 10)


def test_a_count_of_thousands_of_digits_is_written_short():
    x = y = Value(1.0, label="x")
    for _ in range(15_000):
        y = y * 0.5 + y * 0.5
    shown = repr(explain(y, x, paths=1))
    assert "the sum over 2.8e4515 paths" in shown and "and 2.8e4515 more" in shown


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_paths_found_are_the_largest_of_all_by_brute_force(data):
    values = [Value(1.0, label="x")]
    factors = st.sampled_from([1.0, -1.0, 0.5, 0.0, 0.1, 3.0])
    for _ in range(data.draw(st.integers(1, 6))):
        picks = st.lists(st.sampled_from(values), min_size=1, max_size=3)
        chosen = data.draw(picks)
        values.append(autograd.dot(chosen, [data.draw(factors) for _ in chosen]))
    leaf, output = values[0], values[-1]

    def products(value):
        if value is leaf:
            return [1.0]
        edges = zip(value.operands, value.local_derivatives)
        return [local * p for operand, local in edges for p in products(operand)]

    every = products(output)
    expected = sorted([abs(p) for p in every if p], reverse=True)[:7]
    answer = explain(output, leaf, paths=7)
    assert answer.path_count == len(every)
    assert [abs(path.product) for path in answer.paths] == pytest.approx(expected)


def test_the_explanation_reads_as_text_and_as_a_picture():
    x = Value(3.0, label="x")
    y = x * x
    y.label = "y"
    text = str(explain(y, x))
    assert text.startswith("d y / d x = 6, the sum over 2 paths:") and "along x -> y" in text
    picture = explain(y, x, paths=1).draw()
    assert "#b30000" in picture.source
    assert "no path leads" in str(explain(y, Value(1.0)))
    with pytest.raises(TypeError, match="leaf must be a Value, got float"):
        explain(y, 1.0)


def test_a_path_that_is_cut_off_adds_nothing_and_is_not_listed():
    x = Value(-1.0, label="x")
    y = x.relu() * 5 + x * 2
    answer = explain(y, x)
    assert answer.path_count == 2 and [path.product for path in answer.paths] == [2.0]
