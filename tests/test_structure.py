"""The house: who may import whom, and what importing it loads."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FLOORS = [  # a file imports only from floors below its own
    {
        "ieee",
        "graph",
        "contexts",
        "files",
        "extras",
        "neighbours",
        "printing",
        "spelling",
    },
    {"ops", "recording"},
    {"arithmetic", "formula_text"},
    {"anomaly", "hooks", "breakpoints", "methods", "by_hand", "passes", "copying"},
    {"equations"},
    {"backward", "formula"},
    {"value"},
    {"grouping"},
    {"paths"},
    {"functions", "transforms", "checks", "drawing", "walking", "compiling"},
    {"exercises"},
]


def imports_of(path, type_checking=False):
    """The modules that a file imports, those for the type checker alone left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module == "autograd":
                yield from (f"autograd.{alias.name}" for alias in node.names)
            else:
                yield node.module


def floor_of(module):
    (floor,) = [i for i, rooms in enumerate(FLOORS) if module in rooms]
    return floor


ENGINE = [p for p in sorted((ROOT / "autograd").rglob("*.py")) if p.name != "__main__.py"]


@pytest.mark.parametrize("path", ENGINE, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_one_way(path):
    parts = path.relative_to(ROOT / "autograd").with_suffix("").parts
    if parts == ("__init__",):
        return
    room = parts[0]
    for name in imports_of(path):
        if not name.startswith("autograd."):
            assert name.partition(".")[0] not in ("nn", "demos", "tests", "benchmarks")
            continue
        other = name.split(".")[1]
        if other not in (room, *(r for rooms in FLOORS for r in rooms)):
            continue  # a public name
        assert other == room or floor_of(other) < floor_of(room), f"{path} imports {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "autograd").glob("*.py")), ids=lambda p: p.name)
def test_the_engine_imports_in_no_circle_not_even_for_the_type_checker(path):
    assert "TYPE_CHECKING" not in path.read_text(encoding="utf-8")


COMPILER = [{"arrays"}, {"lifting"}, {"writing", "native"}]  # the same for the compiler's rooms


@pytest.mark.parametrize("room", ["arrays", "lifting", "writing", "native"])
def test_the_compilers_rooms_import_one_way(room):
    (floor,) = [i for i, rooms in enumerate(COMPILER) if room in rooms]
    above = {other for rooms in COMPILER[floor:] for other in rooms} - {room}
    files = sorted((ROOT / "autograd" / "compiling" / room).glob("*.py"))
    assert len(files) > 4
    for path in files:
        for name in imports_of(path):
            parts = name.split(".")
            assert parts[:2] != ["autograd", "compiling"] or parts[2] not in above, (path, name)


MODULES_FOR_NN = {"files", "extras"}  # what both packages need, and a user does not


@pytest.mark.parametrize("path", sorted((ROOT / "nn").rglob("*.py")), ids=lambda p: p.name)
def test_nn_uses_only_what_autograd_exports(path):
    import autograd

    for name in imports_of(path):
        first, _, rest = name.partition(".")
        assert first not in ("demos", "tests", "benchmarks")
        if first == "autograd" and rest:
            assert rest in {*autograd.__all__, *MODULES_FOR_NN}, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", sorted((ROOT / "demos").glob("*.py")), ids=lambda p: p.name)
def test_demos_use_public_names_and_not_each_other(path):
    import autograd
    import nn

    for name in imports_of(path):
        first, _, rest = name.partition(".")
        assert first not in ("demos", "tests")
        if first == "autograd" and rest:
            assert rest in autograd.__all__
        if first == "nn" and rest:
            assert rest in nn.__all__


def test_importing_autograd_loads_the_standard_library_only():
    script = (
        "import sys; before = set(sys.modules); import autograd;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    loaded = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {script}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert set(loaded) <= {"autograd", *sys.stdlib_module_names}


def test_every_public_name_is_there():
    import autograd
    import nn

    for package in (autograd, nn):
        for name in package.__all__:
            assert hasattr(package, name)
