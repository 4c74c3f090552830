"""`python -m autograd walk SCRIPT.py`: what a person sees, on a terminal and through a pipe."""

import asyncio
import os
import subprocess
import sys

import pytest

from autograd import Value, track_source, walk

LESSON = """\
import sys
from autograd import Value
print("arguments", sys.argv[1:])
x = Value(2.0, label="x")
w = Value(-3.0, label="w")
for target in (1.0, 2.0):
    loss = (x * w - target).tanh()
    loss.backward()
print("the end")
"""


def command(tmp_path, *arguments, script=LESSON):
    (tmp_path / "lesson.py").write_text(script)
    return subprocess.run(
        [sys.executable, "-m", "autograd", "walk", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def test_piped_it_prints_the_whole_walk_with_source_lines(tmp_path):
    done = command(tmp_path, "lesson.py", "--rate", "3")
    assert done.returncode == 0, done.stderr
    assert "arguments ['--rate', '3']" in done.stdout and "the end" not in done.stdout
    assert "d tanh(x)/dx = 1 - z * z" in done.stdout
    assert "lesson.py:7   loss = (x * w - target).tanh()" in done.stdout


def test_call_picks_the_backward_pass(tmp_path):
    assert "tanh(-8)" in command(tmp_path, "--call", "2", "lesson.py").stdout
    late = command(tmp_path, "--call", "3", "lesson.py")
    assert late.returncode == 1 and "called backward() 2 times" in late.stderr


def test_a_script_that_fails_shows_its_own_traceback_and_no_frame_of_ours(tmp_path):
    failed = command(tmp_path, "lesson.py", script="def f():\n    return 1 / 0\nf()\n")
    assert failed.returncode == 1 and "ZeroDivisionError" in failed.stderr
    assert 'lesson.py", line 2, in f' in failed.stderr and "runpy" not in failed.stderr


def test_a_script_without_backward_is_told_so(tmp_path):
    never = command(tmp_path, "lesson.py", script="print('hello')")
    assert never.returncode == 1 and "lesson.py never called backward()" in never.stderr
    left = command(tmp_path, "lesson.py", script="raise SystemExit(3)")
    assert left.returncode == 1 and "left by SystemExit(3)" in left.stderr
    assert "there is no file" in command(tmp_path, "absent.py").stderr


@pytest.fixture
def terminal(tmp_path):
    pexpect = pytest.importorskip("pexpect", reason="drives a real terminal")
    (tmp_path / "lesson.py").write_text(LESSON)

    def start(*arguments, script=None, **environment):
        if script is not None:
            (tmp_path / "lesson.py").write_text(script)
        return pexpect.spawn(
            sys.executable,
            ["-m", "autograd", "walk", *arguments, "lesson.py"],
            cwd=str(tmp_path),
            env={**os.environ, "TERM": "xterm", **environment},
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=20,
        )

    return start


def test_the_plain_prompt_goes_forwards_and_back(terminal):
    child = terminal("--plain")
    for typed, seen in [
        ("", "1. d tanh"),
        ("", "2. d"),
        ("b", "1. d tanh"),
        ("u w", "gradient of w"),
        ("w w", "The gradient of w is"),
        ("g 99", "0 to 4"),
        ("?", "Enter: next"),
    ]:
        child.expect(r"\(\d/4\) ")
        child.sendline(typed)
        child.expect_exact(seen)
    child.sendline("q")
    child.wait()
    assert child.exitstatus == 0


def test_a_dumb_terminal_gets_the_plain_prompt(terminal):
    child = terminal(TERM="dumb")
    child.expect_exact("Enter: next")
    child.sendintr()
    child.expect_exact("interrupted")
    child.wait()
    assert child.exitstatus == 130


def test_ctrl_c_while_the_script_runs_leaves_the_terminal_as_it_was(terminal):
    child = terminal(script="import time\nprint('busy', flush=True)\ntime.sleep(60)\n")
    child.expect_exact("busy")
    child.sendintr()
    child.expect_exact("interrupted")
    child.wait()
    assert child.exitstatus == 130


@pytest.mark.parametrize("colour", [{}, {"NO_COLOR": "1"}], ids=["colour", "no colour"])
def test_the_full_screen_opens_steps_and_restores_the_terminal(terminal, colour):
    pytest.importorskip("textual", reason="the full-screen stepper is an extra")
    child = terminal(**colour)
    child.expect_exact("step 0 of 4")
    child.send("n")
    child.expect_exact("tanh")
    child.send("q" if colour else "\x03")
    child.expect_exact("\x1b[?1049l")  # back from the alternate screen
    child.expect_exact("\x1b[?25h")  # the cursor is visible again
    child.wait()
    assert child.exitstatus == 0


def test_keys_move_the_stepper_in_80_by_24():
    pytest.importorskip("textual", reason="the full-screen stepper is an extra")
    from autograd.walking.stepper import Stepper

    x, w = Value(2.0, label="x"), Value(-3.0, label="[w]")  # labels are no markup
    with track_source():
        steps = walk((x * w + 6.9).tanh())

    async def drive():
        app = Stepper(steps)
        async with app.run_test(size=(80, 24)) as pilot:

            async def after(*keys):
                await pilot.press(*keys)
                await pilot.pause()
                return steps.position

            assert await after("n", "right", "space") == 3
            assert await after("b", "left") == 1
            assert await after("end") == 4 and await after("home") == 0
            assert await after("slash", *"x", "enter") == 3
            assert await after("g", "1", "enter") == 1
            assert await after("g", "9", "enter") == 1
            assert await after("slash", *"zzz", "enter") == 1
            assert "No step of 'zzz'" in str(app.query_one("#equation").render())
            await after("n")
            assert "test_walking_terminal.py" in str(app.query_one("#source").render())
            assert app.query_one("#table").size.height >= 4
            await after("q")

    asyncio.run(drive())
