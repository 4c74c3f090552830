"""The site of the docs: builds without a warning, and no link of it leads nowhere."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import autograd
import nn
from autograd import OPERATIONS

for package in ("sphinx", "furo", "myst_parser", "sphinx_copybutton", "matplotlib"):
    pytest.importorskip(package, reason="the site is built with the extra `docs`")

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    built = subprocess.run(
        [*command, "-d", str(site / "doctrees"), str(DOCS), str(site / "html")],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    return site / "html"


class Page(HTMLParser):
    """The ids and the links of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        if named.get("id"):
            self.ids.add(str(named["id"]))
        for attribute in ("href", "src"):
            if named.get(attribute):
                self.links.append(str(named[attribute]))


def broken_links(site: Path) -> list[str]:
    pages = {path.resolve(): Page(path) for path in site.rglob("*.html")}
    broken = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue  # another site, or a picture inside the page
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages.get(target)
            lacks_anchor = known and parts.fragment and unquote(parts.fragment) not in known.ids
            if not target.exists() or lacks_anchor:
                broken.append(f"{path.name}: {link}")
    return broken


def test_no_internal_link_or_anchor_is_broken(site: Path) -> None:
    assert broken_links(site) == []


def test_a_broken_link_is_caught(tmp_path: Path) -> None:
    page = '<a href="#here" id="here">1</a><a href="b.html">2</a><a href="#there">3</a>'
    (tmp_path / "a.html").write_text(page)
    assert broken_links(tmp_path) == ["a.html: b.html", "a.html: #there"]


def test_every_operation_has_its_section_formula_and_plot(site: Path) -> None:
    text = (site / "_generated" / "operations.html").read_text(encoding="utf-8")
    for row in OPERATIONS.values():
        if row.__doc__:
            assert f"operation-{row.name}.svg" in text
            assert f'id="{row.name.replace("_", "-")}"' in text
    assert "1 - z * z" in re.sub(r"<.*?>", "", text)  # tanh


@pytest.mark.parametrize("package", [autograd, nn], ids=lambda p: p.__name__)
def test_every_public_name_is_in_the_reference(site: Path, package) -> None:
    name = package.__name__
    text = (site / "_generated" / f"api-{name}.html").read_text(encoding="utf-8")
    missing = [
        public
        for public in package.__all__
        if f'id="{name}.{public}"' not in text
        and f"{name}.{public}" not in text
        and f">{public}<" not in text
    ]
    assert missing == []


def test_the_slides_are_one_file_with_their_pictures(site: Path) -> None:
    text = (site / "slides.html").read_text(encoding="utf-8")
    source = (DOCS / "slides.md").read_text(encoding="utf-8")
    assert text.count("<section>") == source.count("\n---\n") + 1
    assert not re.search(r'\s(src|href)="', text)


@pytest.mark.parametrize(
    ("command", "written"),
    [
        ("docs/slides.py docs/slides.md {0}/slides.html", "slides.html"),
        ("docs/board.py {0}", "product-blank.svg"),
        ("docs/pictures.py {0}", "reused.svg"),
    ],
)
def test_the_commands_of_the_teachers_pages_run(
    site: Path, tmp_path: Path, command: str, written: str
) -> None:
    arguments = command.format(tmp_path).split()
    done = subprocess.run([sys.executable, *arguments], cwd=DOCS.parent, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / written).stat().st_size > 1_000


@pytest.mark.parametrize(("name", "sheets"), [("handout", 2), ("assessment", 2), ("homework", 1)])
def test_the_sheets_of_the_lesson_print_on_a4_without_their_keys(
    site: Path, browser, name: str, sheets: int
) -> None:
    page = browser.new_page(viewport={"width": 674, "height": 1000})
    page.goto(f"file://{site}/lesson/{name}.html")
    pdf = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="print")
    assert [key for key in page.locator("details").all() if key.is_visible()] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 674
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == sheets
    assert set(re.findall(rb"/MediaBox ?\[0 0 (\d+)", pdf)) == {b"594"}  # 210 mm


def home(site: Path) -> list[Path]:
    return [site / "index.html"]


def all_of(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


@pytest.mark.parametrize("width", [1400, 420])
@pytest.mark.parametrize("pages", [home, pytest.param(all_of, marks=pytest.mark.slow)])
def test_axe_finds_nothing_and_no_page_is_wider_than_the_window(
    site: Path, browser, pages, width: int
) -> None:
    axe = pytest.importorskip("axe_core_python", reason="it brings axe-core")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 1000})
    found = {}
    for path in pages(site):
        page.goto(f"file://{path}")
        page.evaluate(script)
        look = "axe.run({iframes: false}).then(r => r.violations.map(v => v.id))"
        found[path.name] = page.evaluate(look)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[path.name].append("wider than the window")
    assert {name: rules for name, rules in found.items() if rules} == {}
    assert len(found) >= (1 if pages is home else 8)
