"""The formulas on the operations page: what the rules write down when run on letters."""

import math

import pytest

from autograd import OPERATIONS
from autograd import formula as formulas

NAMES = {name: row.value for name, row in OPERATIONS.items()} | {"inf": math.inf}


def number(text: str, point: dict[str, float]) -> float:
    """The formula's value: [x > 0] and [x = 0] read as Python's comparisons."""
    python = text.replace("[", "(").replace("]", ")").replace(" = ", " == ")
    return float(eval(python, dict(NAMES), point))


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_printed_formula_computes_what_the_rule_computes(name: str) -> None:
    row = OPERATIONS[name]
    z = row.value(*row.sample)
    names = formulas.operand_names(row)
    point = dict(zip(names, row.sample)) | {"z": z}
    for (operand, text), expected in zip(
        formulas.local_derivatives(row), row.derivatives(z, *row.sample)
    ):
        got = number(text, point)
        assert got == pytest.approx(float(expected), rel=1e-5, nan_ok=True), (operand, text)


def test_parentheses_stand_where_they_are_needed() -> None:
    x, y = formulas.Formula("x"), formulas.Formula("y")
    assert (x - (y - 1.0)).text == "x - (y - 1)"
    assert ((x + y) * -x).text == "(x + y) * (-x)"
    assert (OPERATIONS["pow"](x * y, 2.0)).text == "(x * y) ** 2"
    assert (-(x + y)).text == "-(x + y)"
