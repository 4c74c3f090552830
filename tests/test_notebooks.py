"""The demos as notebooks: made from the scripts, and executed, with few steps."""

import ast
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
sys.path.append(str(DOCS))

notebooks = pytest.importorskip("notebooks", reason="docs/ is not here")

FEW_STEPS = "3"
QUICK = {"autodiff_from_scratch", "chain_rule", "newton"}  # the others load data and compile


def executed() -> list[object]:
    """Every demo; those that take seconds are for CI."""
    return [
        pytest.param(script, marks=() if script.stem in QUICK else pytest.mark.slow)
        for script in notebooks.demo_scripts()
    ]


@pytest.mark.parametrize("script", notebooks.demo_scripts(), ids=lambda p: p.stem)
def test_a_notebook_holds_all_of_its_script(script: Path) -> None:
    """Every statement, in order, and nothing else but the command line and the pictures.

    The introduction is a cell of text, so it is not printed as well.
    """
    cells = notebooks.notebook(script)["cells"]
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    printed = "print(__doc__)\n"
    assert printed in script.read_text(encoding="utf-8"), "a demo says what will be seen"
    body = ast.parse(script.read_text(encoding="utf-8").replace(printed, "")).body[1:]
    assert ast.dump(ast.parse("\n".join(code[1:-1]))) == ast.dump(ast.Module(body, []))
    assert cells[0]["source"].startswith("# ")


@pytest.mark.parametrize("script", executed(), ids=lambda p: p.stem)
def test_the_notebook_runs(script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat = pytest.importorskip("nbformat", reason="the extra `docs` brings it")
    nbclient = pytest.importorskip("nbclient", reason="the extra `docs` brings it")
    pytest.importorskip("ipykernel", reason="the extra `docs` brings it")
    pytest.importorskip("matplotlib", reason="the extra `docs` brings it")
    monkeypatch.setenv("PYTHONPATH", str(DOCS.parent))
    book = nbformat.from_dict(notebooks.notebook(script, FEW_STEPS))
    nbformat.validate(book)
    client = nbclient.NotebookClient(
        book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()  # raises CellExecutionError where a cell fails
    written = [p for p in (tmp_path / "out").glob("*") if p.suffix in (".svg", ".png", ".gif")]
    shown = [o for o in book.cells[-1].outputs if o.output_type == "display_data"]
    assert len(shown) == len([p for p in written if p.stem.startswith(script.stem)])
