"""What the README and the docstrings show is what happens."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import autograd
import nn

ROOT = Path(__file__).resolve().parent.parent

MODULES = [
    name
    for package in (autograd, nn)
    for _, name, _ in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    if not name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_run(name):
    table = dict(autograd.OPERATIONS)
    try:
        result = doctest.testmod(importlib.import_module(name))
    except ImportError as error:
        pytest.skip(f"an extra that is not installed: {error}")
    finally:
        autograd.OPERATIONS.clear()
        autograd.OPERATIONS.update(table)
    assert result.failed == 0


def blocks_of(path):
    return re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def test_the_readmes_python_runs_from_top_to_bottom(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "readme"}
    blocks = blocks_of(ROOT / "README.md")
    assert blocks
    for block in blocks:
        if ">>>" in block:
            test = doctest.DocTestParser().get_doctest(block, names, "README", "README.md", 0)
            runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
            runner.run(test, clear_globs=False)
            assert runner.failures == 0
            names.update(test.globs)
        else:
            exec(compile(block, "README.md", "exec"), names)


@pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "CHANGELOG.md"], ids=lambda p: p.name)
def test_no_link_within_the_project_is_broken(path):
    for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_the_version_is_written_in_one_place_and_the_changelog_knows_it():
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text()
    assert f"## {autograd.__version__}" in (ROOT / "CHANGELOG.md").read_text()


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHELL = re.compile(r"^```\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:make|pip install|python -m demos)[^`\n]*)`")


def commands_of(path):
    """The shell commands of a page, one per line of its blocks without a language, and inline."""
    text = path.read_text(encoding="utf-8")
    lines = [line for block in SHELL.findall(text) for line in block.splitlines()]
    return [line.strip() for line in [*lines, *INLINE.findall(text)] if line.strip()]


def fault_of(command):
    """Why a command cannot work as it stands; "" if its target, extra or demo exists."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    if command.startswith("make "):
        target = command.split()[1]
        return "" if f"\n{target}:" in makefile else f"make has no target {target}"
    if command.startswith("python -m demos."):
        demo = command.split()[2].partition(".")[2]
        return "" if (ROOT / "demos" / f"{demo}.py").exists() else f"there is no demo {demo}"
    if command.startswith("pip install"):
        if "'" in command:
            return "single quotes do not work in Windows' cmd"
        extras = re.findall(r'"\.\[([a-z,]+)\]"', command)
        missing = [x for x in ",".join(extras).split(",") if x and f"\n{x} = [" not in project]
        is_local = extras or command.split()[-1] in (".", "graphviz-pure")
        return f"no extra {missing}" if missing else "" if is_local else "not an extra of a clone"
    return ""


def test_every_command_that_a_page_shows_can_work():
    """CI runs `make demo` and `make test`; test_demos.py runs the demos."""
    commands = [(path.name, command) for path in PAGES for command in commands_of(path)]
    assert ("README.md", 'pip install ".[demos]"') in commands
    faults = [(name, command, fault_of(command)) for name, command in commands]
    assert [fault for fault in faults if fault[2]] == []


@pytest.mark.parametrize(
    "command",
    ["make coffee", "python -m demos.nothing", "pip install '.[demos]'", 'pip install ".[demo]"'],
)
def test_a_command_that_cannot_work_is_caught(command):
    assert fault_of(command)
