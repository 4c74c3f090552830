"""`python -m autograd walk SCRIPT.py`: what a person sees, on a terminal and through a pipe."""

import asyncio
import os
import re
import subprocess
import sys

import pytest

from autograd import Value, explain, track_source, walk
from autograd.walking.text import neighbourhood, place_in, table_rows

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


def command(tmp_path, *arguments, script=LESSON, **environment):
    (tmp_path / "lesson.py").write_text(script, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "autograd", "walk", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        timeout=60,
        env={**os.environ, **environment},
    )


def test_piped_it_prints_the_whole_walk_with_source_lines(tmp_path):
    done = command(tmp_path, "lesson.py", "--rate", "3")
    assert done.returncode == 0, done.stderr
    assert "arguments ['--rate', '3']" in done.stdout and "the end" not in done.stdout
    assert "d tanh(v4)/dv4 = 1 - tanh(v4) * tanh(v4) = " in done.stdout
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


def test_a_script_may_close_its_streams(tmp_path):
    for stream in ("stdin", "stdout", "stderr"):
        script = f"{LESSON.partition('for')[0]}sys.{stream}.close(); (x * w).backward()"
        done = command(tmp_path, "lesson.py", script=script)
        assert "Traceback" not in done.stderr
        assert (done.returncode == 0) == (stream != "stdout")
    assert (
        "the script closed its output"
        in command(
            tmp_path, "lesson.py", script=LESSON.replace("loss.b", "sys.stdout.close(); loss.b")
        ).stderr
    )


def test_an_ascii_terminal_shows_greek_as_escapes(tmp_path):
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    script = LESSON.replace('"x"', '"\u03be"')
    done = command(tmp_path, "lesson.py", script=script, **ascii_only)
    assert done.returncode == 0 and "Traceback" not in done.stderr
    assert "gradient of \\u03be" in done.stdout


IN_A_THREAD = """\
import threading
from autograd import Value
x = Value(2.0, label="x")
work = threading.Thread(target=(x * x).backward)
work.start()
work.join()
print("side effect")
{more}
print("the end")
"""


def test_backward_in_another_thread_is_walked_and_what_ran_on_is_said(tmp_path):
    done = command(tmp_path, "lesson.py", script=IN_A_THREAD.format(more=""))
    assert done.returncode == 0 and "backward pass: 2 steps" in done.stdout
    assert "Traceback" not in done.stderr and "_Reached" not in done.stderr
    assert "note: lesson.py was to end at this backward(), but ran on to its end" in done.stderr
    stopped = command(tmp_path, "lesson.py", script=IN_A_THREAD.format(more="(x + x).backward()"))
    assert "the end" not in stopped.stdout and "backward pass: 2 steps" in stopped.stdout
    assert "d(x * x)/d(first x) = x = 2" in stopped.stdout  # the first call's


def test_a_bare_except_is_told_of_and_the_next_call_ends_the_script(tmp_path):
    swallowed = "try:\n    loss.backward()\nexcept:\n    pass\n"
    script = LESSON.partition("for")[0] + "loss = x * w\n" + swallowed + "print('on')\n"
    done = command(tmp_path, "lesson.py", script=script)
    assert "note: lesson.py was to end" in done.stderr and "bare `except:`" in done.stderr
    assert "the end" not in command(tmp_path, "lesson.py", script=script + LESSON).stdout


HOSTILE = "\x1b]0;owned\x07\x1b[31mx\u202e\x9b2J\r"
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def hostile_script():
    return f"""\
from autograd import Value, group, operation
x = Value(2.0, label={HOSTILE!r})
with group({HOSTILE!r}):
    y = (x * x).relu()  # \x1b[31m
y.label = {HOSTILE!r} + "y"
y.backward()
"""


def test_no_escape_sequence_of_a_label_or_line_reaches_the_terminal(tmp_path):
    done = command(tmp_path, "lesson.py", script=hostile_script())
    assert done.returncode == 0 and "\\x1b]0;owned\\x07" in done.stdout
    assert not RAW.search(done.stdout + done.stderr)
    failed = command(tmp_path, "lesson.py", script=f"raise ValueError({HOSTILE!r})")
    assert failed.returncode == 1 and not RAW.search(failed.stderr)


def test_no_escape_sequence_is_in_a_text_made_of_labels():
    x = Value(-2.0, label=HOSTILE)
    y = (x * x).relu() + x
    steps = walk(y)
    texts = [str(step) + step.equation + step.name for step in steps]
    texts += [steps.why(x), repr(steps), str(explain(y, x)), repr(x)]
    texts += [str(step) for step in steps.forward()]
    texts += ["".join(row) for row in table_rows(steps)]
    texts += [line for step in steps for line in neighbourhood(steps, step)]
    assert not any(RAW.search(text) for text in texts)
    assert steps.until(HOSTILE).operand is x


@pytest.mark.parametrize("text", ["²", "-1", "1.5", "9" * 5_000, "", "５５"])
def test_what_names_no_place_is_none(text):
    assert place_in(walk(Value(1.0) + 2.0), text) is None


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
        ("g ²", "0 to 4"),
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

    x, w = Value(2.0, label="x"), Value(-3.0, label="[w]")  # labels are not markup
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
            for why, ask, help in (("w", "u", "h"), ("y", "slash", "question_mark")):  # as --plain
                assert await after("home", ask, *"x", "enter") == 3
                await after(why)
                assert "The gradient of x is" in str(app.query_one("#equation").render())
                await after(help)
                assert "why this gradient?" in str(app.query_one("#equation").render())
            assert await after("home", "n") == 1
            await after("n")
            assert "test_walking_terminal.py" in str(app.query_one("#source").render())
            assert app.query_one("#table").size.height >= 4
            await after("q")

    asyncio.run(drive())
