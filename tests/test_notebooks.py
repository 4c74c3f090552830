"""The demos as notebooks: made from the scripts, and executed, with few steps."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
sys.path.append(str(DOCS))

notebooks = pytest.importorskip("notebooks", reason="docs/ is not here")

FEW_STEPS = "3"
# the others load data and compile
QUICK = {"autodiff_from_scratch", "chain_rule", "newton", "blog_one_weight", "walk_pages"}


def executed() -> list[object]:
    """Every demo; those that take seconds are for CI."""
    return [
        pytest.param(script, marks=() if script.stem in QUICK else pytest.mark.slow, id=script.stem)
        for script in notebooks.demo_scripts()
    ]


def code_of(cells: list[dict[str, str]]) -> str:
    return "\n".join([cell["source"] for cell in cells if cell["cell_type"] == "code"])


@pytest.mark.parametrize("script", notebooks.demo_scripts(), ids=lambda p: p.stem)
def test_a_notebook_holds_all_of_its_script(script: Path) -> None:
    """Every statement, in order; the introduction is a cell of text, so it is not printed as well.

    Before them come an install line and the data; after them the pictures and pages.
    """
    source = script.read_text(encoding="utf-8")
    assert "print(__doc__)\n" in source, "a demo says what will be seen"
    alone = notebooks.standing_alone(source).replace("print(__doc__)\n", "")
    cells = notebooks.notebook(script)["cells"]
    shows = "IPython.display" in cells[-1]["source"]
    first = 2 + len(notebooks.data_files(source))
    kept = ast.parse(code_of(cells[first : len(cells) - shows]))
    assert ast.dump(kept) == ast.dump(ast.Module(ast.parse(alone).body[1:], []))
    assert cells[0]["source"].startswith("# ") and "%pip install" in cells[1]["source"]
    assert not re.search(r"sys\.argv|import demos|from demos|\"demos\"", code_of(cells))
    assert shows == ('"out/' in source)


def test_what_comes_from_the_command_line_is_written_in() -> None:
    source = (
        "import sys\nfrom importlib import resources\nfrom pathlib import Path\n\n"
        "STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000\n"
        'ö = [Path(sys.argv[2]) if len(sys.argv) > 2 else resources.files("demos") / "names.txt"]\n'
        "rest = sys.argv[1:]\n"
    )
    path = "from pathlib import Path\n\n"
    assert notebooks.data_files(source) == ["names.txt"]
    assert notebooks.standing_alone(source) == (
        f'{path}STEPS = 10_000\nö = [Path("names.txt")]\nrest = []\n'
    )
    assert notebooks.standing_alone(source, ["3", "a.txt"]) == (
        f"{path}STEPS = int('3')\nö = [Path('a.txt')]\nrest = [\"3\", \"a.txt\"]\n"
    )
    with pytest.raises(ValueError, match="cannot read"):
        notebooks.standing_alone("x = 1 if sys.argv else 2")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder that has what the wheel has, and no demos."""
    for package in ("autograd", "nn"):
        (tmp_path / "site" / package).parent.mkdir(exist_ok=True)
        (tmp_path / "site" / package).symlink_to(ROOT / package, target_is_directory=True)
    return tmp_path / "site"


@pytest.mark.parametrize("script", executed())
def test_the_notebook_runs_outside_the_clone(
    script: Path, installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbformat = pytest.importorskip("nbformat", reason="the extra `docs` brings it")
    nbclient = pytest.importorskip("nbclient", reason="the extra `docs` brings it")
    pytest.importorskip("ipykernel", reason="the extra `docs` brings it")
    pytest.importorskip("matplotlib", reason="the extra `docs` brings it")
    monkeypatch.setenv("PYTHONPATH", str(installed))
    book = nbformat.from_dict(notebooks.notebook(script, FEW_STEPS))
    nbformat.validate(book)
    folder = tmp_path / "downloads"
    folder.mkdir()
    client = nbclient.NotebookClient(
        book, timeout=120, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()  # raises CellExecutionError where a cell fails
    written = {p.suffix for p in (folder / "out").glob("*")}
    shown = [o.data for o in book.cells[-1].outputs if o.output_type == "display_data"]
    assert len(shown) >= len(list((folder / "out").glob("*.*"))) and (shown or not written)
    if script.stem == "walk_pages":
        assert sum(["<iframe srcdoc=" in data["text/html"] for data in shown]) == 3
