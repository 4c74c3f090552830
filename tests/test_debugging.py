"""What a learner sees who steps through backward() in pdb."""

import re
import subprocess
import sys
from pathlib import Path

PROGRAM = """\
from autograd import Value

x = Value(2.0, label="x")
w = Value(-3.0, label="w")
o = (x * w).tanh()
o.backward()
"""


def session(tmp_path, *commands):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    return subprocess.run(
        [sys.executable, "-m", "pdb", str(program)],
        input="\n".join([*commands, "q", ""]),
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout


def test_the_backward_pass_stops_with_every_quantity_by_name(tmp_path):
    shown = session(
        tmp_path,
        "from autograd.backward import backward_step",
        "b backward_step",
        "c",  # at tanh
        "c",  # at the product
        *["n"] * 4,
        "p node",
        "p operand",
        "p local, upstream, contribution",
        "w",
    )
    assert "-> upstream = node.grad" in shown
    assert "-> contribution = local * upstream" in shown
    assert "-> operand.grad += contribution" in shown
    assert "Value(data=-6.0, grad=2.45" in shown and "op=mul)" in shown
    assert "Value(data=2.0, grad=0.0, label='x')" in shown
    assert "(-3.0, 2.45" in shown
    assert "o.backward()" in shown  # the user's own line in the stack


def test_the_readmes_session_shows_them_as_it_is_printed(tmp_path):
    readme = Path(__file__).resolve().parent.parent.joinpath("README.md").read_text("utf-8")
    commands = re.findall(r"^\(Pdb\) (.*)$", readme, re.MULTILINE)
    assert commands[-1] == "p node, operand, local, upstream, contribution"
    shown = session(tmp_path, *commands)
    assert "NameError" not in shown
    assert "op=tanh), Value(data=-6.0, grad=0.0, op=mul), " in shown


def test_stepping_into_an_operation_shows_its_row_of_the_table(tmp_path):
    shown = session(tmp_path, "b 5", "c", *["s"] * 45)
    assert ("ops.py" in shown and "tanh = row(" in shown) or "1.0 - z * z" in shown
