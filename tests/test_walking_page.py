"""The page: self-contained, safe, and in a real Chromium its gradients are the engine's."""

import json
import re

import pytest

import autograd
import nn
from autograd import TrainingRun, Value, track_source, walk

NASTY = '</script><script>document.title="broken"</script><b>&"\'%%\u2028'


def loss_of_mlp():
    model = nn.MLP(2, [3, 1], seed=1)
    with track_source():
        errors = [model([0.5 * i, -1.0]) - 1.0 for i in range(2)]
        return sum(error * error for error in errors)


def example():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    with track_source():
        loss = (a * b + a).tanh() * a.relu()
    loss.label = "loss"
    return a, b, loss


def test_a_page_asks_for_nothing_and_holds_its_graph(tmp_path):
    page = walk(example()[2]).page(tmp_path / "backprop.html").read_text()
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|fetch\(", page)
    assert "http://www.w3.org/2000/svg" in page and page.count("http") == 2  # http-equiv, and this
    assert "default-src 'none'" in page and "test_walking_page.py" in page


def test_five_hundred_nodes_stay_below_a_megabyte(tmp_path):
    x = Value(0.3, label="x")
    y = x
    for k in range(167):
        y = (y * x + 0.1 * k).tanh()
    steps = walk(y)
    assert len(steps.order) >= 500
    assert steps.page(tmp_path / "page.html").stat().st_size < 1_000_000


def recurrence(steps):
    """Shared weights over many steps: edges that pass by thousands of columns."""
    weights = [Value(0.9, label=f"w{i}") for i in range(100)]
    state = Value(0.5, label="state")
    for k in range(steps):
        state = state * weights[k % 100]
    return state


LARGE = {
    "a recurrence": lambda: recurrence(1_800),
    "a sum": lambda: autograd.sum([Value(float(i)) for i in range(1_990)]),
    "a product": lambda: autograd.prod([Value(1.0 + 1e-4 * i) for i in range(1_990)]),
    "a mean": lambda: autograd.mean([Value(float(i)) for i in range(1_990)]),
}


@pytest.mark.parametrize("kind", LARGE)
def test_the_largest_page_allowed_is_small_and_draws_every_box(kind, opened, tmp_path):
    steps = walk(LARGE[kind]())
    assert len(steps.order) > 1_900
    path = steps.page(tmp_path / "page.html")
    assert path.stat().st_size < 2_000_000
    page = opened(path)  # which fails on any error of the page's own
    if page.is_visible(".notice [data-do=expand]"):
        page.click(".notice [data-do=expand]")
    page.click("[data-do=fit]")
    assert page.locator("[data-node] text.name").count() == len(steps.order)
    page.click("[data-do=next]")
    assert page.text_content("[data-part=place]") == f"1 / {len(steps)}"


def test_a_graph_beyond_reading_is_refused(tmp_path):
    y = Value(1.0)
    for _ in range(2_100):
        y = y + 1.0
    with pytest.raises(ValueError, match="nobody can read it"):
        walk(y).page(tmp_path / "page.html")


def test_a_failed_page_leaves_the_earlier_one_as_it_was(tmp_path):
    path = tmp_path / "page.html"
    run = TrainingRun([])
    run.record(0, example()[2])
    for write in (walk(example()[2]).page, run.page):
        before = write(path).read_bytes()
        with pytest.raises(UnicodeEncodeError):
            write(path, title="\ud800")
        assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_notebook_shows_the_page_in_a_frame_of_its_own():
    shown = walk(example()[2])._repr_html_()
    assert shown.startswith("<iframe srcdoc=") and 'sandbox="allow-scripts"' in shown


def test_the_page_survives_saving_a_notebook(tmp_path):
    nbclient = pytest.importorskip("nbclient", reason="executes a notebook")
    nbformat = pytest.importorskip("nbformat", reason="executes a notebook")
    pytest.importorskip("ipykernel", reason="executes a notebook")
    cells = ["from autograd import Value, walk", "walk(Value(3.0, label='x') ** 2)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    nbformat.write(notebook, tmp_path / "saved.ipynb")
    saved = nbformat.read(tmp_path / "saved.ipynb", as_version=4)
    shown = saved.cells[1].outputs[0].data["text/html"]
    assert shown.startswith("<iframe srcdoc=") and "d(x ** 2)/dx" in shown


def expanded(page):
    """Every value as a box of its own, and in view, so that its gradient can be read."""
    if page.is_visible(".notice [data-do=expand]"):
        page.click(".notice [data-do=expand]")
    return page


def gradients(page, root=""):
    boxes = page.locator(f"{root} [data-node]")
    return boxes.evaluate_all("boxes => boxes.map(box => box.dataset.gradient)")


def test_clicking_to_the_end_ends_at_the_engines_gradients(opened, tmp_path):
    loss = loss_of_mlp()
    steps = walk(loss)
    page = expanded(opened(steps.page(tmp_path / "mlp.html")))
    for k in range(len(steps)):
        steps.next()
        page.click("[data-do=next]")
        if k % 25 == 0:
            shown = [float(g) for g in gradients(page)]
            for value, gradient in zip(steps.order, shown):
                assert value.is_constant or gradient == steps.gradient(value)
    assert page.is_disabled("[data-do=next]")
    loss.backward()
    for value, gradient in zip(steps.order, gradients(page)):
        assert value.is_constant or float(gradient) == value.grad
    for _ in range(3):
        page.click("[data-do=back]")
    assert page.get_attribute(".stepgrad-walk", "data-place") == str(len(steps) - 3)


def test_hooks_infinities_and_earlier_gradients_come_out_alike(opened, tmp_path):
    x = Value(0.0, label="x")
    w = Value(2.0, label="w")
    w.grad = 0.5
    w.register_hook(lambda g: g * 3)
    v = Value(3.0, label="v")
    v.grad = 0.25
    square = v * v
    square.register_hook(lambda g: g + 1.0)
    loss = x.log() * w + square * Value(0.5)
    steps = walk(loss, keep=True)
    page = opened(steps.page(tmp_path / "page.html"), "#99")
    loss.backward()
    for value, gradient in zip(steps.order, gradients(page)):
        gradient = float(gradient.replace("Infinity", "inf"))
        assert gradient == value.grad or (gradient != gradient and value.grad != value.grad)


def test_keys_deep_links_slider_and_aria(opened, tmp_path):
    page = opened(walk(example()[2]).page(tmp_path / "page.html"), "#3")
    assert page.text_content("[data-part=where]") == "Step 3: from ReLU #5 to a"
    assert "d relu(a)/da = 1 (a > 0)" in page.text_content("[data-part=equation]")
    assert "test_walking_page.py" in page.text_content("[data-part=source]")
    assert page.get_attribute(".said", "aria-live") == "polite"  # the step and its equation
    assert page.locator("[data-item].lit").count() == 2
    assert page.locator(".edge.lit").count() == 1
    page.keyboard.press("ArrowRight")
    assert page.url.endswith("#4")
    page.keyboard.press("Home")
    assert page.text_content("[data-part=place]") == "0 / 8"
    page.fill("[data-part=slider]", "8")
    assert page.text_content("[data-part=place]") == "8 / 8"


def test_a_clicked_box_shows_its_whole_sum(opened, tmp_path):
    page = opened(walk(example()[2]).page(tmp_path / "page.html"), "#6")
    page.click("[data-node='0']")
    said = page.inner_text("[data-part=sum]")
    assert "∂loss/∂a = ∂loss/∂(ReLU #5) · ∂(ReLU #5)/∂a + " in said and "still to come" in said
    assert "(-0.9993) + 0.002682 + (-0.008046) ≈ -1.005" in said or "= -1.005" in said


def test_labels_are_text_and_two_walks_on_one_page_do_not_clash(opened, tmp_path):
    x = Value(1.5, label=NASTY)
    first = walk(x * x).page(tmp_path / "one.html").read_text()
    second = walk(example()[2]).page(tmp_path / "two.html").read_text()
    main = re.search(r"<main.*?</main>", second, re.S).group()
    script = second[second.rindex("<script>") : second.rindex("</body>")]
    both = tmp_path / "both.html"
    both.write_text(first.replace("</body>", f"{main}{script}</body>"), encoding="utf-8")
    page = opened(both)
    assert page.title() == "one" and page.locator("g[data-node] b").count() == 0
    assert page.locator("[data-node='0'] .name").first.text_content() == NASTY[:15] + "…"
    page.locator("[data-do=end]").nth(1).click()
    places = page.locator(".stepgrad-walk").evaluate_all("all => all.map(w => w.dataset.place)")
    assert places == ["0", "8"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_it_fits_a_phone_and_a_projector_in_light_and_dark(opened, tmp_path, width, scheme):
    size = {"width": width, "height": 740}
    path = walk(loss_of_mlp()).page(tmp_path / "page.html")
    page = opened(path, "#5", viewport=size, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    back, text = page.evaluate(
        "(s => [s.backgroundColor, s.color])(getComputedStyle(document.querySelector('main')))"
    )
    levels = [int(re.search(r"\d+", color).group()) for color in (back, text)]
    assert abs(levels[0] - levels[1]) > 180
    box = page.locator("[data-item].lit").first.bounding_box()
    assert 0 <= box["x"] <= width  # the current box is scrolled into view


def test_a_recorded_training_run_has_a_slider_over_its_steps(opened, tmp_path):
    model = nn.MLP(2, [3, 1], seed=2)
    optimizer = nn.SGD(model.parameters(), lr=0.05)
    run = TrainingRun(model.parameters(), every=5)
    kept = []
    for step in range(20):
        loss = sum((model([x, 1.0]) - x) ** 2 for x in (-1.0, 0.5))
        model.zero_grad()
        loss.backward()
        run.record(step, loss)
        if step % 5 == 0:
            kept.append((loss.data, [p.grad for p in model.parameters()]))
        optimizer.step()
    page = expanded(opened(run.page(tmp_path / "run.html"), "#9999"))
    data = json.loads(page.text_content("[data-part=data]"))
    place = {node["name"]: k for k, node in enumerate(data["nodes"])}
    for i, (loss, slopes) in enumerate(kept):
        page.fill("[data-part=epochs]", str(i))
        assert page.text_content("[data-part=epoch]") == str(5 * i)
        assert data["frames"][i]["data"][data["output"]] == loss
        shown = gradients(page)
        assert [float(shown[place[p.label]]) for p in model.parameters()] == slopes
    assert page.locator("[data-part=weights] tr").count() == len(model.parameters()) + 1
