"""A training run's page in a real Chromium: play, jump, read, at any width and by keyboard."""

import json
import re
from importlib.resources import files

import pytest

import nn
from autograd import TrainingRun, Value, walk

XS = [[0, 0], [0, 1], [1, 0], [1, 1]]
YS = [0, 1, 1, 0]
SIZES = {"desktop": (1400, 900), "tablet": (768, 1024), "zoomed": (640, 450), "phone": (420, 900)}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Exclusive or, learned in 200 steps; every tenth is kept."""
    model = nn.MLP(2, [3, 1], activation="tanh", seed=3)
    run = TrainingRun(model.parameters(), every=10, model=model, xs=XS, ys=YS)
    optimizer = nn.Adam(model.parameters(), lr=0.05)
    nn.fit(model, XS, YS, nn.mse_loss, optimizer, epochs=200, before_step=run.record)
    return run.page(tmp_path_factory.mktemp("run") / "run.html", "Exclusive or")


def data_of(page):
    return json.loads(page.text_content("[data-part=data]"))


def step(page):
    return int(page.text_content("[data-part=epoch]"))


def test_play_runs_to_the_last_step_and_pause_stops(opened, path):
    page = opened(path)
    epochs = page.locator("[data-part=epochs]")
    page.select_option("[data-part=speed]", "8")
    button = page.locator("[data-do=train]")
    button.click()
    page.get_by_text(re.compile(r"training step [3-9]0,")).wait_for()
    assert button.inner_text() == "Pause training"
    button.click()
    stopped = step(page)
    page.wait_for_timeout(150)
    assert step(page) == stopped < 190 and epochs.input_value() == str(stopped // 10)
    button.click()
    page.get_by_text("training step 190,").wait_for()
    page.get_by_role("button", name="Play training").wait_for()  # it stopped by itself
    button.click()
    page.get_by_text(re.compile(r"training step [1-9]0,")).wait_for()  # from the beginning


def test_a_click_on_the_curve_jumps_to_the_nearest_kept_step(opened, path):
    page = opened(path, viewport={"width": 1400, "height": 900})
    box = page.locator("[data-part=curve]").bounding_box()
    for part, expected in ((0.0, 0), (0.5, 100), (1.0, 190)):
        across = (46 + part * (352 - 46)) / 360 * box["width"]
        page.mouse.click(box["x"] + across, box["y"] + box["height"] / 2)
        assert abs(step(page) - expected) <= 10
    assert page.input_value("[data-part=epochs]") == "19"


def test_the_curve_is_a_slider_for_the_keyboard(opened, path):
    page = opened(path)
    curve = page.get_by_role("slider", name="Loss curve: training step")
    curve.focus()
    for key, expected in (("ArrowRight", 10), ("End", 190), ("ArrowLeft", 180), ("Home", 0)):
        page.keyboard.press(key)
        assert step(page) == expected and curve.get_attribute("aria-valuenow") == str(expected)
    assert page.get_attribute(".stepgrad-walk", "data-place") == "0"  # the walk stayed


def test_every_number_shown_is_the_frames(opened, path):
    page = opened(path)
    data = data_of(page)
    for i in (0, 7, 19):
        page.fill("[data-part=epochs]", str(i))
        frame = data["frames"][i]
        cells = page.locator("[data-part=weights] tbody tr").evaluate_all(
            "rows => rows.map(r => [...r.cells].map(c => c.textContent))"
        )
        assert [row[0] for row in cells] == [name for name, _ in data["training"]["weights"]]
        for row, weight, slope in zip(cells, frame["weights"], frame["slopes"]):
            assert float(row[2]) == pytest.approx(weight, rel=1e-3)
            assert float(row[3]) == pytest.approx(slope, rel=1e-3)
        said = page.locator("[data-part=rows] tbody tr").all_inner_texts()
        assert [line.split("\t")[0] for line in said] == [f"row {k}" for k in range(1, 5)]
        for line, (prediction,) in zip(said, frame["predictions"]):
            assert float(line.split("\t")[-1]) == pytest.approx(prediction, rel=1e-3)
        right = [(p > 0.5) == (y > 0.5) for (p,), y in zip(frame["predictions"], YS)]
        assert f"{sum(right)} of 4 rows" in page.inner_text("[data-part=right]")
        assert page.locator("[data-part=norms] tbody tr").count() == 2


def test_the_boundary_runs_between_the_two_colours(opened, path):
    page = opened(path)
    page.fill("[data-part=epochs]", "19")
    colours = page.locator("[data-part=field] svg rect").evaluate_all(
        "cells => cells.map(c => c.getAttribute('class'))"
    )
    percent = data_of(page)["frames"][19]["field"]["percent"]
    assert colours == ["above" if p > 0 else "below" for p in percent]
    drawn = page.locator("[data-part=field] path.boundary").get_attribute("d")
    crossed = sum(
        (percent[k] > 0) != (percent[k + 1] > 0) for k in range(24 * 24 - 1) if k % 24 < 23
    )
    assert drawn.count("M") >= crossed > 0 and "NaN" not in drawn
    points = page.locator("[data-part=field] > .above, [data-part=field] > .below")
    assert points.evaluate_all("all => all.map(p => p.tagName)") == ["rect", "circle"] * 1 + [
        "circle",
        "rect",
    ]


def test_the_log_scale_is_a_switch_with_round_marks(opened, path):
    page = opened(path)

    def marks():
        texts = page.locator("[data-part=curve] text[text-anchor=end]").all_text_contents()
        return [float(text) for text in texts if text != "training step"]

    assert page.is_checked("[data-part=log]")  # over several powers of ten
    assert all(re.fullmatch(r"1(0*|e-\d+)|0\.0*1", f"{mark:g}") for mark in marks())
    page.uncheck("[data-part=log]")
    assert marks()[0] == 0 and len(marks()) >= 3
    page.check("[data-part=log]")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_graph_is_in_view_at_each_size_and_nothing_is_cut_off(opened, path, size, scheme):
    width, height = SIZES[size]
    page = opened(path, viewport={"width": width, "height": height}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    graph = page.locator("[data-part=graph]").bounding_box()
    assert graph["y"] < 0.72 * height and graph["height"] >= 120
    curve = page.locator("[data-part=curve]").bounding_box()
    assert curve["width"] >= 250 and curve["x"] + curve["width"] <= width
    if size == "desktop":  # beside the graph, in view with it
        assert curve["x"] > graph["x"] + graph["width"] and curve["y"] < height / 2


def test_a_run_without_data_or_with_infinite_losses_opens(opened, tmp_path):
    w = Value(0.0, "w")
    run = TrainingRun([w])
    for i, start in enumerate((0.0, 1.0, -1.0, float("nan"))):
        w.data = start
        run.record(i, w.log())
    page = opened(run.page(tmp_path / "run.html"))
    for i, loss in enumerate(("-inf", "0", "nan", "nan")):
        page.fill("[data-part=epochs]", str(i))
        assert page.inner_text("[data-part=loss]") == f"loss {loss}"
    assert page.is_hidden("[data-part=boundary]") and page.is_hidden("[data-part=examples]")


def test_what_is_left_out_is_said_on_the_page(opened, tmp_path):
    w = Value(0.5, "<b>w</b>")
    run = TrainingRun([w])
    for k in range(301):
        run.record(k, w * w)
    page = opened(run.page(tmp_path / "run.html"))
    assert "The slider has 76 steps, 4 apart" in page.inner_text("[data-part=notes]")
    assert page.locator("[data-part=weights] b").count() == 0  # a label is text


@pytest.mark.parametrize(
    ("size", "scheme"),
    [
        ("desktop", "light"),
        *[
            pytest.param(size, scheme, marks=pytest.mark.slow)
            for size, scheme in (("desktop", "dark"), ("phone", "light"), ("phone", "dark"))
        ],
    ],
)
def test_axe_finds_no_violation(opened, path, size, scheme):
    axe = pytest.importorskip("axe_core_python.sync_playwright", reason="brings axe-core")
    width, height = SIZES[size]
    page = opened(path, viewport={"width": width, "height": height}, color_scheme=scheme)
    found = axe.Axe().run(page)["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []


def test_the_words_can_be_translated(opened, tmp_path):
    w = Value(0.5, "w")
    run = TrainingRun([w])
    run.record(0, w * w)
    words = {"loss": "Verlust", "play_training": "Training abspielen", "lang": "de"}
    page = opened(run.page(tmp_path / "run.html", strings=words))
    assert page.get_by_role("heading", name="Verlust").count() == 1
    assert page.inner_text("[data-do=train]") == "Training abspielen"
    assert walk(w * w).page(tmp_path / "walk.html", strings=words).exists()
    with pytest.raises(ValueError, match="no string 'lost'"):
        run.page(tmp_path / "run.html", strings={"lost": "Verlust"})


def test_every_word_of_a_run_is_used_and_known():
    web = files("autograd.walking") / "web"
    parts = ["training.html", "panels.html", "training.js", "curve.js", "field.js", "tables.js"]
    text = "".join([(web / part).read_text(encoding="utf-8") for part in parts])
    known = json.loads((web / "training.json").read_text(encoding="utf-8"))
    said = set(re.findall(r'%%say:(\w+)%%|say\("(\w+)"|showPlay\("(\w+)"', text))
    said = {word for words in said for word in words if word}
    columns = {key for key in known if key.startswith("column_")}
    assert said == set(known) - columns and len(columns) == 8
