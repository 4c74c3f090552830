"""Every Python block of every page of the docs runs; `>>>` blocks print what they say."""

import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = sorted([p for p in DOCS.rglob("*.md") if not {"_build", "_generated"} & set(p.parts)])
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"^<!-- needs: (.*?) -->$", re.MULTILINE)  # packages that are extras


def blocks(text: str) -> list[tuple[int, str]]:
    return [(text[: m.start()].count("\n") + 1, m.group(1)) for m in BLOCK.finditer(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(DOCS)))
def test_every_python_block_of_the_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From top to bottom, as one program: a block may use what an earlier one defined."""
    text = page.read_text(encoding="utf-8")
    for needed in NEEDS.findall(text):
        for package in needed.split(", "):
            pytest.importorskip(package, reason=f"{page.name} shows {package}")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": f"docs.{page.stem}"}
    for line, block in blocks(text):
        if block.startswith(">>>"):
            run_examples(block, names, page, line)
        else:
            exec(compile("\n" * line + block, str(page), "exec"), names)


def run_examples(block: str, names: dict[str, object], page: Path, line: int) -> None:
    example = doctest.DocTestParser().get_doctest(block, names, page.name, str(page), line)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    report: list[str] = []
    runner.run(example, out=report.append, clear_globs=False)
    names.update(example.globs)
    assert runner.failures == 0, "".join(report)


def test_a_block_that_prints_something_else_is_caught() -> None:
    with pytest.raises(AssertionError, match="Expected"):
        run_examples(">>> 1 + 1\n3\n", {}, Path("page.md"), 1)
