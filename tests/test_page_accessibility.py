"""The page for everybody: axe-core, the keyboard, focus, paper, other languages, hostile labels."""

import json
import re

import pytest
from hostile import HOSTILE_NAMES

import autograd
import nn
from autograd import Value, group, track_source, walk


def neuron():
    w, x, b = Value(0.5, "w"), Value(3.0, "x"), Value(0.1, "b")
    with track_source():
        output = (w * x + b).tanh() * w
    output.label = "output"
    return output


def network():
    model = nn.MLP(2, [8, 1], activation="tanh", seed=1)
    loss = autograd.sum([(model([0.5 * i, -1.0]) - 1.0) ** 2 for i in range(4)])
    loss.label = "loss"
    return loss


def practise(page):
    page.check("[data-part=practice]")


STATES = {
    "at the start": lambda page: None,
    "a chosen box": lambda page: page.click("[data-item].lit >> nth=0"),
    "practice": practise,
    "the table": lambda page: page.click("summary"),
    "a search": lambda page: page.fill("[data-part=search]", "w"),
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(opened, tmp_path, state):
    look_by_axe(opened, tmp_path, state, "light", 1400, neuron)


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [420, 1400])
@pytest.mark.parametrize("make", [neuron, network])
def test_axe_finds_nothing_on_any_screen(opened, tmp_path, state, scheme, width, make):
    look_by_axe(opened, tmp_path, state, scheme, width, make)


def look_by_axe(opened, tmp_path, state, scheme, width, make):
    axe = pytest.importorskip("axe_core_python.sync_playwright", reason="brings axe-core")
    size = {"width": width, "height": 840}
    path = walk(make()).page(tmp_path / "page.html")
    page = opened(path, "#4", color_scheme=scheme, viewport=size)
    STATES[state](page)
    found = axe.Axe().run(page)["violations"]
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found] == []


def focused(page, what="tagName"):
    return page.evaluate(f"document.activeElement.{what}")


def place(page):
    return int(page.get_attribute(".stepgrad-walk", "data-place"))


def test_the_boxes_are_one_tab_stop_and_arrows_go_from_box_to_box(opened, tmp_path):
    page = opened(walk(neuron()).page(tmp_path / "page.html"), "#2")
    assert page.locator("[data-item][tabindex='0']").count() == 1
    page.focus("[data-do=fit]")
    page.keyboard.press("Tab")
    assert focused(page, "dataset.item") is not None
    label = focused(page, "getAttribute('aria-label')")
    assert label.startswith("output data ") and place(page) == 2
    page.keyboard.press("ArrowLeft")
    assert focused(page, "getAttribute('aria-label')") != label
    page.keyboard.press("ArrowRight")
    assert focused(page, "getAttribute('aria-label')") == label and place(page) == 2
    page.keyboard.press("Tab")
    assert focused(page, "className") == "panel"


@pytest.mark.parametrize("key", ["Enter", " "])
def test_enter_and_space_act_on_the_focused_box_and_never_start_play(opened, tmp_path, key):
    page = opened(walk(neuron()).page(tmp_path / "page.html"))
    page.focus("[data-item][aria-label^='w ']")
    page.keyboard.press(key)
    assert page.text_content("[data-part=sum-of]") == "The gradient of w"
    assert page.get_attribute("[data-do=play]", "aria-pressed") == "false"
    page.keyboard.press("Escape")
    page.keyboard.press(" ")
    assert page.get_attribute("[data-do=play]", "aria-pressed") == "true"


@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_layer_opens_by_the_keyboard_and_keeps_the_focus(opened, tmp_path, key):
    page = opened(walk(network()).page(tmp_path / "page.html"))
    page.focus("[data-item][aria-label^='layers.0 ']")
    page.keyboard.press(key)
    assert focused(page, "getAttribute('aria-label')").startswith("neurons.")


def test_the_focus_never_falls_to_the_body(opened, tmp_path):
    page = opened(walk(neuron()).page(tmp_path / "page.html"))
    page.focus("[data-do=next]")
    for _ in range(20):
        page.keyboard.press("Enter")
        assert focused(page) == "BUTTON"
        if page.is_disabled("[data-do=next]"):
            break
    assert focused(page, "dataset.do") == "back"
    page.focus("[data-do=start]")
    page.keyboard.press("Enter")
    assert focused(page, "dataset.do") == "next"


def test_a_step_is_announced_with_its_equation(opened, tmp_path):
    page = opened(walk(neuron()).page(tmp_path / "page.html"), "#1")
    assert page.get_attribute(".said", "aria-live") == "polite"
    said = page.inner_text(".said")
    assert said.startswith("Step 1") and "grad of" in said


def test_a_click_on_a_box_leaves_the_arrow_keys_to_the_steps(opened, tmp_path):
    page = opened(walk(neuron()).page(tmp_path / "page.html"))
    page.fill("[data-part=search]", "w")
    page.click("[data-item].output")
    page.keyboard.press("ArrowRight")
    assert place(page) == 1


def test_paper_gets_the_whole_graph_and_all_steps(opened, tmp_path):
    steps = walk(neuron())
    page = opened(steps.page(tmp_path / "page.html"), "#2")
    page.click("[data-do=closer]")
    before = page.get_attribute(".graph svg", "viewBox")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("[data-part=steps] tbody tr").count() == len(steps)
    assert page.is_visible("[data-part=steps]") and not page.is_visible(".controls")
    assert page.get_attribute(".graph svg", "viewBox").startswith("0 0 ")
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.get_attribute(".graph svg", "viewBox") == before
    assert page.pdf()[:4] == b"%PDF"


def test_every_word_can_be_put_in_another_language(opened, tmp_path):
    from autograd.walking.page import words_of

    words = {key: word for key, word in words_of({}, is_run=False).items() if key != "lang"}
    strange = {
        key: "¤".join(["", *re.findall(r"\{\w+\}", word), ""]) for key, word in words.items()
    }
    path = walk(neuron()).page(tmp_path / "seite.html", "¤", strings={**strange, "lang": "de"})
    page = opened(path, "#3")
    assert page.get_attribute("html", "lang") == "de"
    page.click("summary")
    practise(page)
    for what in ("button", "label", "summary", "p.help", "[data-part=ask]", "th", "caption"):
        for text in page.locator(what).all_text_contents():
            assert "¤" in text or not text.strip("«»+−"), text
    for what in ("aria-label", "placeholder"):
        labels = page.locator(f"main [{what}]:not(svg *)").evaluate_all(
            f"all => all.map(made => made.getAttribute('{what}'))"
        )
        assert all("¤" in text for text in labels), labels


def test_a_wrong_string_is_refused(tmp_path):
    steps = walk(neuron())
    with pytest.raises(ValueError, match=r"no string 'nxet'; it has .*next"):
        steps.page(tmp_path / "page.html", strings={"nxet": "Weiter"})
    with pytest.raises(ValueError, match="'found' has places"):
        steps.page(tmp_path / "page.html", strings={"found": "{k} von {zahl}"})


def test_a_source_line_leads_to_an_editor_only_if_asked(opened, tmp_path):
    steps = walk(neuron())
    page = opened(steps.page(tmp_path / "page.html"), "#2")
    assert page.locator("[data-part=source] a").count() == 0
    page = opened(steps.page(tmp_path / "linked.html", link="vscode"), "#2")
    assert page.get_attribute("[data-part=source] a", "href").startswith("vscode://file/")


def test_hostile_labels_are_inert_in_a_real_browser(opened, tmp_path):
    are_inert(HOSTILE_NAMES[::24], opened, tmp_path)


@pytest.mark.slow
def test_all_hostile_labels_are_inert_in_a_real_browser(opened, tmp_path):
    are_inert(HOSTILE_NAMES, opened, tmp_path)


def are_inert(names, opened, tmp_path):
    for name in names:
        with group(name):
            x = Value(1.5, label=name)
            y = x * x + x
            y.label = name
        title = name.encode("utf-8", "replace").decode()
        page = opened(walk((y * 2).tanh()).page(tmp_path / "page.html", title), "#3")
        page.on("dialog", lambda dialog, page=page: page.faults.append(dialog.message))
        page.click("[data-do=end]")
        page.fill("[data-part=search]", "a")
        practise(page)
        page.click("[data-do=start]")
        assert page.locator("main script").count() == 1 and page.locator("main b").count() == 0
        json.loads(page.text_content("[data-part=data]"))
        page.close()
