"""The page: self-contained, safe, and in a real Chromium its gradients are the engine's."""

import json
import re
import shutil

import pytest

import autograd
import nn
from autograd import TrainingRun, Value, dot, track_source, walk
from autograd.walking.page import document

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
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


def test_a_run_refuses_a_graph_of_another_shape_and_an_empty_page(tmp_path):
    x = Value(1.0)
    run = TrainingRun([x])
    with pytest.raises(ValueError, match="nothing was recorded"):
        run.page(tmp_path / "run.html")
    run.record(0, x * x)
    with pytest.raises(ValueError, match="another shape"):
        run.record(1, x * x * x)


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="clicks through a real browser")
    if CHROMIUM is None:
        pytest.skip("no Chromium on PATH")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, tmp_path):
    pages = []

    def open_page(path, hash="", **options):
        page = browser.new_page(**options)
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("request", lambda r: r.url.startswith("file") or page.faults.append(r.url))
        page.goto(f"file://{path}{hash}")
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        assert page.faults == []
        page.close()


def gradients(page, root=""):
    boxes = page.locator(f"{root} [data-node]")
    return boxes.evaluate_all("boxes => boxes.map(box => box.dataset.gradient)")


def test_clicking_to_the_end_ends_at_the_engines_gradients(opened, tmp_path):
    loss = loss_of_mlp()
    steps = walk(loss)
    page = opened(steps.page(tmp_path / "mlp.html"))
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
    assert page.get_attribute("[data-part=equation]", "aria-live") == "polite"
    assert page.locator("g.lit").count() == 2 and page.locator("path.lit").count() == 1
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
    assert "∂loss/∂a = ∂loss/∂ReLU #5 · ∂ReLU #5/∂a + " in said and "still to come" in said
    assert "(-0.9993) + 0.002682 + (-0.008046) = -1.005" in said


def test_practice_hides_the_number_and_says_why_an_answer_is_off(opened, tmp_path):
    page = opened(walk(example()[2]).page(tmp_path / "page.html"), "#6")
    page.check("[data-part=practice]")
    assert page.text_content("[data-part=equation]").endswith("= ?")
    for answer, verdict in [
        ("", "Write a number"),
        ("0.008046", "the sign is not"),
        ("-3", "That is the local derivative"),
        ("0.002682", "That is the upstream gradient"),
        ("-1.005", "That is the gradient afterwards"),
        ("7", "Not yet"),
        ("-0.00805", "Right: -0.008046"),
    ]:
        page.fill("[data-part=answer]", answer)
        page.press("[data-part=answer]", "Enter")
        assert verdict in page.text_content("[data-part=verdict]")
    assert page.get_attribute(".stepgrad-walk", "data-place") == "7"


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
    assert page.locator("g .name").first.text_content() == NASTY[:15] + "…"
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
    box = page.locator("g.lit").first.bounding_box()
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
    page = opened(run.page(tmp_path / "run.html"), "#9999")
    data = json.loads(page.text_content("[data-part=data]"))
    for i, (loss, slopes) in enumerate(kept):
        page.fill("[data-part=epochs]", str(i))
        assert page.text_content("[data-part=epoch]") == str(5 * i)
        assert data["frames"][i]["data"][data["output"]] == loss
        shown = gradients(page)
        assert [float(shown[k]) for k in data["parameters"]] == slopes
    assert page.locator("[data-part=weights] tr").count() == len(model.parameters()) + 1


def test_no_edge_runs_behind_a_box():
    a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c")
    output = (a * b + c).tanh() * a + c * 2.0 + (a * c - b) / b
    nodes = document(walk(output))["nodes"]
    taken = {(node["column"], node["row"]) for node in nodes}
    assert len(taken) == len(nodes)
    stations = [
        (node["column"] + 1 + k, row) for node in nodes for k, row in enumerate(node["way"])
    ]
    assert stations and not taken & set(stations) and len(set(stations)) == len(stations)
    for node in nodes:  # a place in each column between a box and its farthest user
        users = [
            user["column"]
            for i, user in enumerate(nodes)
            for o in user["operands"]
            if nodes[o] is node
        ]
        assert len(node["way"]) == max(users, default=node["column"] + 1) - node["column"] - 1


def test_leaves_stand_in_the_order_in_which_the_formula_mentions_them():
    ws = [Value(0.1 * i, f"w{i}") for i in range(4)]
    nodes = document(walk(dot(ws, [1.0, 2.0, 3.0, 4.0])))["nodes"]
    rows = {node["name"]: node["row"] for node in nodes if node["name"].startswith("w")}
    assert sorted(rows, key=rows.__getitem__) == ["w0", "w1", "w2", "w3"]
