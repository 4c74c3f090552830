"""The deck: one file, letters that the last row can read, notes, and a walk that steps in it."""

import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
sys.path.append(str(DOCS))

pytest.importorskip("markdown_it", reason="the extra `docs` brings it")
slides = pytest.importorskip("slides", reason="docs/ is not here")
board = pytest.importorskip("board", reason="docs/ is not here")
pictures = pytest.importorskip("pictures", reason="docs/ is not here")

SOURCE = (DOCS / "slides.md").read_text(encoding="utf-8")
COUNT = len(re.split(r"^---$", SOURCE, flags=re.MULTILINE))


@pytest.fixture(name="deck", scope="module")
def _deck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deck")
    board.write_all(folder)
    (folder / "extra").mkdir()
    pictures.write_walks(folder / "extra")
    path: Path = folder / "slides.html"
    path.write_text(slides.deck(SOURCE, folder), encoding="utf-8")
    return path


@pytest.fixture(name="page", scope="module")
def _page(deck: Path, browser):
    """At 1280 by 720 pixels; notes what the deck asks for."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(f"file://{deck}")
    return page


def turn_to(page, number: int) -> None:
    page.click(".shown h1")  # the walk's frame may have the keys
    page.keyboard.press("Home")
    for _ in range(number - 1):
        page.keyboard.press("PageDown")
    assert page.inner_text("#place") == f"{number} / {COUNT}"


def test_each_slide_has_a_headline_and_notes(deck: Path) -> None:
    text = deck.read_text(encoding="utf-8")
    for slide in re.findall(r"<section>.*?</section>", text, re.DOTALL):
        assert slide.count("<h1>") == 1
        assert len(re.sub(r"<.*?>", "", slide.split('class="notes"')[1])) > 60
    assert text.count("<section>") == COUNT


def test_a_missing_picture_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere\.svg"):
        slides.deck("# One\n\n![](nowhere.svg)\n", tmp_path)


def test_the_deck_asks_for_no_other_file(page) -> None:
    assert [url for url in page.asked if not url.startswith(("file", "about"))] == []
    assert len([url for url in page.asked if url.startswith("file")]) == 1


SMALL_LETTERS = """() => {
  const small = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !element.checkVisibility()) continue;
    const scale = element.closest("svg") ? element.getScreenCTM().a : 1;
    const size = parseFloat(getComputedStyle(element).fontSize) * scale;
    if (size < 24) small.push(texts.currentNode.textContent.trim() + ": " + size);
  }
  return small;
}"""

OVERFLOWING = """() => [...document.querySelectorAll(".shown .slide, .shown .slide *")]
  .filter(e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)
  .filter(e => ["auto", "hidden"].includes(getComputedStyle(e).overflowX) || e.matches(".slide"))
  .map(e => e.tagName)"""


@pytest.mark.parametrize("number", range(1, COUNT + 1))
def test_the_last_row_can_read_the_slide(page, number: int) -> None:
    """Letters of 24 pixels or more on a projector of 1280, and nothing cut off."""
    turn_to(page, number)
    assert page.evaluate(SMALL_LETTERS) == []
    assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("number", range(1, COUNT + 1))
def test_a_picture_fills_its_slide(page, number: int) -> None:
    turn_to(page, number)
    for picture in page.locator(".shown .slide svg").all():
        shown = picture.bounding_box()
        assert shown["width"] > 1000 and shown["height"] > 300


@pytest.mark.parametrize("number", range(1, COUNT + 1))
def test_axe_finds_nothing(page, number: int) -> None:
    axe = pytest.importorskip("axe_core_python", reason="it brings axe-core")
    turn_to(page, number)
    page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({iframes: false}).then(r => r.violations.map(v => v.id))")
    assert found == []


def test_buttons_and_keys_turn_the_page(page) -> None:
    turn_to(page, 1)
    page.click("#next")
    page.keyboard.press("ArrowRight")
    page.click("#back")
    assert page.inner_text("#place") == f"2 / {COUNT}"
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#place") == f"{COUNT} / {COUNT}"
    assert page.locator("section.shown").count() == 1


def test_the_walk_steps_inside_the_deck(page) -> None:
    (number,) = [i for i, part in enumerate(SOURCE.split("\n---\n"), 1) if "<!-- page:" in part]
    turn_to(page, number)
    frame = page.frame_locator(".shown iframe")
    frame.locator("[data-do=next]").click()
    frame.locator("[data-do=next]").click()
    assert frame.locator(".stepgrad-walk").get_attribute("data-place") == "2"
    assert page.inner_text("#place") == f"{number} / {COUNT}"


def test_n_shows_the_notes_and_prints_them_on_a4(page) -> None:
    def sheets() -> tuple[int, bytes]:
        pdf = page.pdf(prefer_css_page_size=True)
        (size,) = set(re.findall(rb"/MediaBox ?\[0 0 (\d+)", pdf))
        return len(re.findall(rb"/Type\s*/Page\b", pdf)), size

    turn_to(page, 2)
    assert not page.is_visible(".shown .notes")
    assert sheets() == (COUNT, b"841")  # 297 mm wide
    page.keyboard.press("n")
    assert page.is_visible(".shown .notes")
    assert sheets() == (COUNT, b"594")  # 210 mm wide
    page.keyboard.press("N")
    assert not page.is_visible(".shown .notes")


@pytest.mark.parametrize("make", board.BOARDS, ids=lambda make: make.__name__)
def test_a_solved_board_shows_the_engines_numbers_and_a_blank_one_none(make) -> None:
    output, places = make()
    output.backward()
    assert set(places) == {v for v in board.topological_order(output) if not v.is_constant}
    solved, blank = board.picture(make, "solved"), board.picture(make, "blank")
    for value in places:
        assert f">grad {value.grad + 0.0:.4g}<".replace("-", "−") in solved
    assert solved.count(">grad ") == blank.count(">grad ____<") == len(places)
    assert ">grad " not in board.picture(make, "forward")
    assert blank.count("dasharray") == solved.count('stroke="white"') == solved.count("<path") / 2
