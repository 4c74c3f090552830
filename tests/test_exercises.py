"""The exercises for learners: the answers are right, and wrong rules are told what is wrong."""

import math
from pathlib import Path

import pytest

from exercises import answers, questions
from exercises.__main__ import main
from exercises.checker import EXERCISES, Exercise, check, is_begun

BY_NAME = {exercise.name: exercise for exercise in EXERCISES}
FOLDER = Path(questions.__file__).parent


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_the_answer_is_right(exercise: Exercise) -> None:
    assert check(exercise, getattr(answers, exercise.name)) == ""


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_the_question_is_open(exercise: Exercise) -> None:
    assert not is_begun(exercise, getattr(questions, exercise.name))


@pytest.mark.parametrize(
    ("name", "rule", "remark"),
    [
        (
            "tanh",
            lambda z, x: (1.0 - z,),
            "by x at x = 0.3 .*gives 0.70868.*says 0.91513",
        ),
        ("tanh", lambda z, x: (z * z - 1.0,), "sign is wrong"),
        ("tanh", lambda z, x: 1.0 - z * z, "return a tuple"),
        ("mul", lambda z, x, y: (y,), "as many local derivatives; got 1"),
        ("mul", lambda z, x, y: (x, y), "by x at x = 0.7, y = -1.3"),
        ("div", lambda z, x, y: (1.0 / y, z / y), "by y .*sign is wrong"),
        ("exp", lambda z, x: (math.exp(x),), "differentiated once more it gives 0 "),
        ("relu", lambda z, x: (1.0 if x >= 0.0 else 0.0,), "at x = 0 .*it should be 0"),
        ("maximum", lambda z, x, y: (1.0 * (x >= y), 1.0 * (y > x)), "it should be 0.5"),
        ("product_of_three", lambda z, a, b, c: (z / a, z / b, z / c), "ZeroDivisionError"),
        ("softplus", lambda z, x: (math.exp(x) / (1.0 + math.exp(x)),), "OverflowError"),
    ],
)
def test_a_wrong_rule_is_told_where(name: str, rule, remark: str) -> None:
    fault = check(BY_NAME[name], rule)
    assert fault
    with pytest.raises(AssertionError, match=remark):
        raise AssertionError(fault)


def test_the_command_counts_what_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(FOLDER / "answers.py")]) == 0
    assert capsys.readouterr().out.endswith("12 of 12 rules are right\n")
    assert main([]) == 1
    assert "  to do   tanh" in capsys.readouterr().out
