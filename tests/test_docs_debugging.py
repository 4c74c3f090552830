"""The pdb sessions of README.md and docs/debugging.md, typed into pdb."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import autograd

PAGE = Path(__file__).resolve().parent.parent / "docs" / "debugging.md"
SESSION = re.compile(r"<!-- a session:.*?-->\n```text\n(.*?)```", re.DOTALL)

PROGRAM = """\
from autograd import Value

x = Value(3.0, label="x")
y = x * x + x
y.backward()
"""

README = PAGE.parent.parent / "README.md"
CODE = Path(autograd.__file__).parent / "backward.py"
TEXT = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""


def test_the_terminal_prints_what_the_page_shows(tmp_path: Path) -> None:
    for shown in re.findall(r"<!-- what it prints:.*?-->\n```text\n(.*?)```", TEXT, re.DOTALL):
        command, *expected = shown.splitlines()
        (tmp_path / "lesson.py").write_text(PROGRAM)
        printed = subprocess.run(
            [sys.executable, *command.removeprefix("$ python ").split()],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
            env={"PYTHONPATH": str(PAGE.parent.parent), "PATH": "/usr/bin:/bin"},
        ).stdout
        for line in expected:
            assert line in printed, printed


def test_the_page_steps_through_this_program() -> None:
    assert not TEXT or f"```python\n{PROGRAM}```" in TEXT


SESSIONS = [*SESSION.findall(TEXT), *SESSION.findall(README.read_text(encoding="utf-8"))]


def test_breakpoints_on_a_line_are_on_the_line_where_every_name_is_there() -> None:
    lines = CODE.read_text(encoding="utf-8").splitlines()
    (line,) = [i for i, text in enumerate(lines, 1) if "operand.grad += contribution" in text]
    named = re.findall(r"break autograd/backward:(\d+)", "".join(SESSIONS))
    assert named == [str(line)] * 2


@pytest.mark.parametrize("session", SESSIONS)
def test_the_session_goes_as_shown(session: str, tmp_path: Path) -> None:
    (tmp_path / "lesson.py").write_text(PROGRAM)
    lines = session.splitlines()
    typed = [line.removeprefix("(Pdb) ") for line in lines if line.startswith("(Pdb) ")]
    shown = subprocess.run(
        [sys.executable, "-m", "pdb", "lesson.py"],
        input="\n".join([*typed, "quit", ""]),
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env={"PYTHONPATH": str(PAGE.parent.parent), "PATH": "/usr/bin:/bin"},
    ).stdout
    expected = [line for line in lines if not line.startswith("(Pdb) ")]
    assert expected
    for line in expected:
        assert line in shown, shown
