"""The exercises for learners: the answers are right, and wrong ones are told what is wrong."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import autograd
from autograd.__main__ import main
from autograd.exercises import answers, questions
from autograd.exercises.catalogue import EXERCISES
from autograd.exercises.rules import RULES

BY_NAME = {exercise.name: exercise for exercise in EXERCISES}
ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(questions.__file__).parent
ANSWERS = (FOLDER / "answers.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_the_answer_is_right(exercise) -> None:
    assert exercise.check(getattr(answers, exercise.name)) == ""


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_the_question_is_open_and_its_answer_is_begun(exercise) -> None:
    assert not exercise.is_begun(getattr(questions, exercise.name))
    assert exercise.is_begun(getattr(answers, exercise.name))


def power_by_math(z, x, y):
    return (y * x ** (y - 1.0), z * math.log(x))


def tanh_by_method(z, x):
    return (1.0 - x.tanh() * x.tanh(),)


def sigmoid_by_numpy(z, x):
    import numpy as np

    return (z / (1.0 + np.exp(x)),)


def tanh_by_bare_name(z, x):
    return (1.0 - tanh(x) * z,)  # noqa: F821


def assigns(node):
    for operand, local in zip(node.operands, node.local_derivatives):
        operand.grad = local * node.grad


def forgets_upstream(node):
    for operand, local in zip(node.operands, node.local_derivatives):
        operand.grad += local


def forgets_local(node):
    for operand in node.operands:
        operand.grad += node.grad


def reads_data(node):
    for operand, local in zip(node.operands, node.local_derivatives):
        operand.grad += local * node.data


def users_first(output):
    return answers.topological_order(output)[::-1]


def seen_on_entry(output):
    """Depth first, but a value is noted when it is entered: users come before operands."""
    order = []

    def visit(node):
        if node not in order:
            order.append(node)
            for operand in node.operands:
                visit(operand)

    visit(output)
    return [order[0], *order[:0:-1]]


def with_repeats(output):
    return [v for operand in output.operands for v in with_repeats(operand)] + [output]


def output_only(output):
    return [output]


def zero_the_data(parameters):
    for p in parameters:
        p.data = 0.0


def uphill(parameters, rate):
    for p in parameters:
        p.data += rate * p.grad


def without_rate(parameters, rate):
    for p in parameters:
        p.data -= p.grad


def never_zeroes(loss_of, parameters, rate):
    loss_of().backward()
    answers.descend(parameters, rate)


def zeroes_too_late(loss_of, parameters, rate):
    loss_of().backward()
    answers.zero_gradients(parameters)
    answers.descend(parameters, rate)


@pytest.mark.parametrize(
    ("name", "rule", "remark"),
    [
        ("tanh", lambda z, x: (1.0 - z,), "by x at x = 0.3 .*gives 0.70868.*says 0.91513"),
        ("tanh", lambda z, x: (z * z - 1.0,), "sign is wrong"),
        ("tanh", lambda z, x: 1.0 - z * z, "return a tuple"),
        ("mul", lambda z, x, y: (y,), "as many local derivatives; got 1"),
        ("mul", lambda z, x, y: (x, y), "by x at x = 0.7, y = -1.3.*in the wrong order"),
        ("div", lambda z, x, y: (-z / y, 1.0 / y), "in the wrong order"),
        ("product_of_three", lambda z, a, b, c: (a * b, a * c, b * c), "in the wrong order"),
        ("div", lambda z, x, y: (1.0 / y, z / y), "by y .*sign is wrong"),
        ("exp", lambda z, x: (math.exp(x),), "by x is right, but differentiated by x .* gives 0 "),
        (
            "power",
            power_by_math,
            "by y is right, but differentiated by x at .*ag.log, not math",
        ),
        ("relu", lambda z, x: (1.0 if x >= 0.0 else 0.0,), "at x = 0 .*it should be 0"),
        ("maximum", lambda z, x, y: (1.0 * (x >= y), 1.0 * (y > x)), "it should be 0.5"),
        ("product_of_three", lambda z, a, b, c: (z / a, z / b, z / c), "ZeroDivisionError"),
        ("softplus", lambda z, x: (math.exp(x) / (1.0 + math.exp(x)),), "OverflowError"),
        ("tanh", tanh_by_method, r"no attribute 'tanh', at line \d+: return .*Write ag.tanh\("),
        ("tanh", tanh_by_bare_name, r"NameError: name 'tanh' is not defined.*Write ag.tanh\("),
        ("sigmoid", sigmoid_by_numpy, "NumPy's functions take no Values: use autograd's own"),
        ("sigmoid", lambda z, x: (np.exp(x),), "'np' is not defined.*use autograd's own"),  # noqa: F821
        (
            "gradient_of_reused_value",
            lambda uses: 4.0,
            "should be 9, yours is 4: you kept",
        ),
        ("gradient_of_reused_value", lambda uses: 6.0, "the first use only"),
        ("gradient_of_reused_value", lambda uses: -24.0, "different uses add up"),
        ("gradient_of_reused_value", lambda uses: 3.5, "by its upstream gradient"),
        ("gradient_of_reused_value", lambda uses: 5.0, "should be 9, yours is 5$"),
        ("gradient_of_reused_value", lambda uses: uses[9], "IndexError"),
        ("backward_step", assigns, r"x.grad should be -11, yours is .*write \+=, not ="),
        ("backward_step", forgets_upstream, "multiply by node.grad"),
        ("backward_step", forgets_local, "multiply by the local derivative"),
        ("backward_step", reads_data, "node.grad, not node.data"),
        ("backward_step", lambda node: None, "as before: add to operand.grad"),
        ("topological_order", users_first, "turn it round"),
        ("topological_order", seen_on_entry, "stands before its operand"),
        ("topological_order", with_repeats, "x stands in your list more than once"),
        ("topological_order", output_only, "is missing; your list is .y."),
        ("topological_order", lambda output: None, "return a list of Values; got None"),
        ("zero_gradients", lambda parameters: None, "set p.grad"),
        ("zero_gradients", zero_the_data, "leave the data alone"),
        ("descend", uphill, "data of parameter 0 should be 1.875, yours is 2.125: that is uphill"),
        ("descend", without_rate, "by the rate"),
        ("training_step", never_zeroes, "gradients of earlier steps are still there"),
        ("training_step", zeroes_too_late, "nothing has moved: .* in this order"),
    ],
)
def test_a_wrong_answer_is_told_where(name: str, rule, remark: str) -> None:
    assert re.search(remark, BY_NAME[name].check(rule))


@pytest.mark.parametrize("exercise", RULES, ids=lambda e: e.name)
def test_a_rule_that_is_off_by_a_thousandth_at_one_operand_is_found_wrong(exercise) -> None:
    rule = getattr(answers, exercise.name)
    names = rule.__code__.co_varnames[: rule.__code__.co_argcount]
    for k in range(len(names) - 1):
        source = (
            "lambda {0}: tuple([d * (1.001 if i == {1} else 1) for i, d in enumerate(rule({0}))])"
        )
        assert exercise.check(eval(source.format(", ".join(names), k), {"rule": rule})) != ""


@pytest.mark.parametrize("exercise", RULES, ids=lambda e: e.name)
def test_a_rule_whose_numbers_are_right_but_leave_the_graph_is_found_wrong(exercise) -> None:
    """Each of its derivatives taken as a plain number: differentiated again, it gives 0."""
    rule = getattr(answers, exercise.name)
    names = ", ".join(rule.__code__.co_varnames[: rule.__code__.co_argcount])
    off_the_graph = eval(
        f"lambda {names}: tuple([float(d) for d in rule({names})])", {"rule": rule}
    )
    linear = exercise.name in ("add", "relu", "maximum")
    assert (exercise.check(off_the_graph) == "") == linear


# --- the command ----------------------------------------------------------------------------------


def answered(tmp_path: Path, **replaced: str) -> Path:
    """The answers in a file, with the text of some functions replaced."""
    text = ANSWERS
    for name, source in replaced.items():
        text = re.sub(rf"(?s)def {name}\(.*?(?=\ndef |\Z)", lambda _, s=source: s + "\n", text)
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_command_writes_the_questions_once_and_then_checks_them(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["exercises"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("wrote exercises.py: 18 exercises") and "run `python -m autograd" in said
    fresh = (tmp_path / "exercises.py").read_text(encoding="utf-8")
    assert fresh == (FOLDER / "questions.py").read_text(encoding="utf-8")
    (tmp_path / "exercises.py").write_text(fresh.replace("(...,)", "(1.0 - z * z,)"))
    assert main(["exercises"]) == 1
    said = capsys.readouterr().out
    assert "  to do   add" in said and "  right   tanh" in said and "  wrong   exp: " in said
    assert said.endswith("1 of 18 exercises are right\n")
    assert "1.0 - z * z" in (tmp_path / "exercises.py").read_text()


def test_all_right_is_success(capsys) -> None:
    assert main(["exercises", str(FOLDER / "answers.py")]) == 0
    assert capsys.readouterr().out.endswith("18 of 18 exercises are right\n")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def tanh(z, x):\n    return (1.0 - z * z,", "mine.py:23: '(' was never closed"),
        ("def tanh(z, x)\n    return (1.0 - z * z,)", "mine.py:22: expected ':': def tanh(z, x)"),
        ("def tanh(z, x):\nreturn (1.0,)", "mine.py:23: expected an indented block"),
        ("def tanh(z, x=unknown):\n    return (1.0,)", "mine.py:22: NameError: name 'unknown'"),
        ("def tanh(z, x):\n    return (1.0 - z * z * x.log(),)", "ag.log(...)"),
        ("def tanh(z):\n    return (1.0 - z * z,)", "TypeError"),
        ('def tanh(z, x):\n    """from z\nfrom x"""\n    return (1.0 - z,', "was never closed"),
    ],
)
def test_an_error_in_one_answer_is_told_in_one_line_and_stops_no_other(
    source, told, tmp_path, capsys
) -> None:
    assert main(["exercises", str(answered(tmp_path, tanh=source))]) == 1
    lines = capsys.readouterr().out.splitlines()
    (wrong,) = [line for line in lines if line.startswith("  wrong   tanh: ")]
    assert told in wrong
    assert len(lines) == 19 and lines[-1] == "17 of 18 exercises are right"


def test_a_letter_that_the_terminal_does_not_have_stops_nothing(tmp_path) -> None:
    source = "def tanh(z, x):\n    return (1.0 - z * é\x1b[31m)"
    done = subprocess.run(
        [sys.executable, "-m", "autograd", "exercises", answered(tmp_path, tanh=source).name],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)},
        capture_output=True,
    )
    assert done.stderr == b"" and b"17 of 18" in done.stdout
    assert b"\x1b" not in done.stdout


def test_a_line_outside_the_functions_that_fails_is_told_too(tmp_path, capsys) -> None:
    path = answered(tmp_path)
    path.write_text("import no_such_module\n" + path.read_text(encoding="utf-8"))
    assert main(["exercises", str(path)]) == 0
    assert "  mine.py:1: ModuleNotFoundError: No module named" in capsys.readouterr().out


def test_a_file_that_is_not_there_or_no_text_is_refused_in_a_line(tmp_path, capsys) -> None:
    (tmp_path / "picture.py").write_bytes(b"\x89PNG\xff")
    for name, told in [("none.py", "alone writes exercises.py"), ("picture.py", "cannot be read")]:
        assert main(["exercises", str(tmp_path / name)]) == 1
        said = capsys.readouterr().err
        assert told in said and said.count("\n") == 1


def test_the_command_tells_the_version(capsys) -> None:
    with pytest.raises(SystemExit) as exit:
        main(["--version"])
    assert exit.value.code == 0
    assert capsys.readouterr().out == f"stepgrad {autograd.__version__}\n"


def test_importing_autograd_does_not_load_the_exercises() -> None:
    script = "import autograd, sys; sys.exit('autograd.exercises' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


# --- the page -------------------------------------------------------------------------------------

PAGE = ROOT / "docs" / "exercises.md"


def test_the_page_shows_what_the_command_prints(tmp_path, monkeypatch, capsys) -> None:
    if not PAGE.exists():
        pytest.skip("docs/ is not here")
    page = PAGE.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    main(["exercises"])
    assert f"$ python -m autograd exercises\n{capsys.readouterr().out}```" in page
    file, answer = tmp_path / "exercises.py", "(1.0 - z,)"
    assert f"<!-- what it prints: tanh = {answer} -->" in page
    open_rule = '"""z = tanh(x).  It can be written with z alone."""\n    return '
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(open_rule + "(...,)", open_rule + answer), encoding="utf-8")
    main(["exercises"])
    (wrong,) = [line for line in capsys.readouterr().out.splitlines() if "  wrong   tanh" in line]
    assert f"{wrong}\n```" in page


def test_the_page_asks_each_question_and_folds_each_answer() -> None:
    if not PAGE.exists():
        pytest.skip("docs/ is not here")
    page = PAGE.read_text(encoding="utf-8")
    folded = re.findall(r"<details>.*?:pyobject: (\w+).*?</details>", page, re.DOTALL)
    assert folded == [exercise.name for exercise in EXERCISES]
    assert page.count("answers.py") == len(folded)
