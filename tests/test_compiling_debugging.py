"""A compiled program under a debugger, and in a traceback: its source is there, line by line."""

import gc
import inspect
import linecache
import re
import subprocess
import sys
import traceback

import numpy as np
import pytest

import autograd as ag
from autograd import OPERATIONS, Value, compile

PROGRAM = """\
import autograd as ag
from autograd import Value

w = [Value(0.1 * i, label=f"w{i}") for i in range(3)]
x = [Value(0.5, label=f"x{i}") for i in range(3)]
y = Value(1.0, label="y")
error = y - ag.sigmoid(ag.dot(x, w))
program = ag.compile(0.5 * error * error, inputs=[*x, y])
rows = [[0, 0, 1, 0], [1, 1, 1, 1]]
print(program(rows))
print(program.value_and_grad(rows))
"""


def session(tmp_path, *commands):
    """What pdb prints, command by command."""
    script = tmp_path / "script.py"
    script.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-m", "pdb", str(script)],
        input="\n".join([*commands, "q", ""]),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout


def test_a_breakpoint_in_a_compiled_program_works_in_pdb(tmp_path):
    shown = session(
        tmp_path,
        "b 10",
        "c",
        "b program.functions['outputs']",
        "c",
        "l",  # the source around
        "n",
        "n",
        "n",
        "p x.tolist()",
        "w",
    )
    assert re.search(r"Breakpoint 2 at <compiled program 1>:\d+", shown)
    assert "<compiled program 1>(" in shown and "outputs()" in shown
    assert "def outputs(theta, rows):" in shown
    assert re.search(r"-> x = rows\[:, 0:3\]", shown)
    assert "[[0.0, 0.0, 1.0], [1.0, 1.0, 1.0]]" in shown
    assert "-> print(program(rows))" in shown  # the user's own line in the stack


def test_a_breakpoint_on_a_line_of_the_step(tmp_path):
    """Inside the function, `b 31` means its own lines; the numbers of a step are at hand."""
    names = {}
    exec(PROGRAM, names)
    lines = names["program"].source.splitlines()
    last = len(lines) - lines[::-1].index("    return value")
    shown = session(
        tmp_path,
        "b 11",
        "c",
        "b program.functions['step']",
        "c",
        f"b {last}",
        "c",
        "p gradient.shape, theta.tolist()",
    )
    assert "step()" in shown
    assert re.search(rf"Breakpoint 3 at <compiled program 1>:{last}", shown)
    assert "-> return value\n" in shown
    assert "((3,), [0.0, 0.1, 0.2])" in shown


def test_the_source_is_where_python_looks_for_it():
    w = Value(2.0, "w")
    first, second = compile(w * w), compile(w * w * w)
    for program in (first, second):
        function = program.functions["value_and_gradient"]
        filename = function.__code__.co_filename
        assert "".join(linecache.getlines(filename)) == program.source
        linecache.checkcache(filename)
        assert inspect.getsource(function) in program.source
    assert first.source != second.source


def test_the_source_goes_when_the_last_function_of_it_does():
    """A session that compiles a thousand programs does not keep a thousand sources."""

    def entries():
        gc.collect()
        return sum(1 for name in linecache.cache if name.startswith("<compiled program"))

    before = entries()
    w = Value(2.0, "w")
    programs = [compile(w * w * float(i)) for i in range(5)]
    assert entries() == before + 5
    step = programs.pop().functions["step"]
    programs.clear()
    assert entries() == before + 1
    assert inspect.getsource(step).startswith("def step(")
    del step
    assert entries() == before


def test_a_traceback_keeps_the_source_that_it_shows():
    w, x = Value(2.0, "w"), Value(0.5, "x")
    program = compile(w * x, inputs=[x])
    with pytest.raises(TypeError) as caught:
        program.functions["outputs"](None, None)
    del program
    gc.collect()
    assert "views(theta)" in "".join(traceback.format_exception(caught.value))


def test_a_traceback_through_a_program_shows_its_lines():
    def fails(x):
        raise ArithmeticError("of my own")

    picky = ag.operation("picky", lambda x: x, lambda z, x: (1.0,), sample=(0.5,))
    try:
        x, w = Value(0.5, "x"), Value(0.7, "w")
        picky_of = picky(x * w)
        picky.value = fails
        program = compile(ag.tanh(picky_of), [x])
        with pytest.raises(ArithmeticError) as caught:
            program([[1.0]])
        shown = "".join(traceback.format_exception(caught.value))
        assert re.search(r'File "<compiled program \d+>", line \d+, in outputs', shown)
        assert "np.tanh(picky(" in shown
    finally:
        del OPERATIONS["picky"]


def test_the_blogs_neuron_is_the_blogs_own_numpy_code():
    """output = 1 / (1 + np.exp(-X.dot(weights))), and X.T.dot(error * output * (1 - output))."""
    w = [Value(0.1 * i, f"w{i}") for i in range(3)]
    x = [Value(0.5, f"x{i}") for i in range(3)]
    y = Value(1.0, "y")
    error = y - ag.sigmoid(ag.dot(x, w))
    program = compile(0.5 * error * error, inputs=[*x, y], parameters=w)
    outputs, _, step = program.source.split("\n\n\n")[1:4]
    for function, minus_x in ((outputs, "-x"), (step, "minus_x")):
        assert f"h1 = 1.0 / (1.0 + np.exp({minus_x}.dot(theta)))" in function
    assert re.search(r"\.T\.dot\(.*\(1\.0 - h1\)\), gradient\)", step)
    assert len(program.source.splitlines()) < 40
    assert "einsum" not in program.source and "take" not in program.source
    X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], float)
    targets = np.array([0.0, 0, 1, 1])
    weights = np.array([v.data for v in w])
    output = 1 / (1 + np.exp(-X.dot(weights)))
    by_hand = X.T.dot((output - targets) * output * (1 - output)) / 4
    _, gradient = program.value_and_grad(np.column_stack([X, targets]))
    np.testing.assert_allclose(gradient, by_hand, rtol=1e-14)
