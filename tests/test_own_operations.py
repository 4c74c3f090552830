"""Operations of a user's own are known by themselves, whatever their name, to every reader.

Readers: the eager engine, the NumPy program, the native one, and for deep narrow graphs the tape
in Python and in machine code.
"""

import pytest

import autograd as ag
from autograd import OPERATIONS, Value, compile, operation
from autograd.backward import differentiate
from autograd.formula import local_derivatives

NAMES = list(OPERATIONS)
READERS = ["numpy", "native", "tape", "native tape"]
RULES = {
    1: lambda z, x: (2.0 * x / 3.0,),
    2: lambda z, x, y: (2.0 * x / 3.0, 4.0 * y / 3.0),
    3: lambda z, x, y, c: (2.0 * x / 3.0, 4.0 * y / 3.0, 6.0 * c / 3.0),
    None: lambda z, *xs: tuple([2.0 * (i + 1) * x / 3.0 for i, x in enumerate(xs)]),
}


@pytest.fixture(autouse=True)
def the_table_as_it_was():
    before = dict(OPERATIONS)
    yield
    OPERATIONS.clear()
    OPERATIONS.update(before)


def squares(*xs):
    """What no row of the table computes: (x1 ** 2 + 2 x2 ** 2 + ...) / 3."""
    return sum((i + 1) * x * x for i, x in enumerate(xs)) / 3


def spelling(count):
    return "(" + " + ".join([f"{i + 1} * {{{i}}} * {{{i}}}" for i in range(count)]) + ") / 3"


def run(reader, build, numbers=(0.4, -0.7, 1.1)):
    """(value, gradient) of build(values) by its own numbers, and the same of the eager engine."""
    if "native" in reader:
        pytest.importorskip("llvmlite", reason="the native backend needs it")
    values = [Value(x, f"w{i}") for i, x in enumerate(numbers)]
    output = build(values)
    if "tape" in reader:
        for _ in range(1100):  # too deep and narrow for an array program
            output = ag.tanh(output * 0.9 + 0.1)
    backend = "native" if "native" in reader else "numpy"
    program = compile(output, parameters=values, backend=backend)
    assert ("zip(codes, first, second)" in program.source) == ("tape" in reader)
    output.backward()
    value, gradient = program.value_and_grad()
    if reader == "native tape":
        assert type(program.functions["outputs"]).__name__ == "method"
    return (value, *gradient.tolist()), (output.data, *[v.grad for v in values])


@pytest.mark.parametrize("is_spelt", [True, False], ids=["spelt", "called"])
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_row_with_the_name_of_a_library_row_is_the_users(name, reader, is_spelt):
    table = OPERATIONS[name]
    count = len(table.sample)
    own = operation(
        name, squares, RULES[table.arity], sample=table.sample,
        array=spelling(count) if is_spelt and table.arity else "",
    )  # fmt: skip

    def build(values):
        operands = [*values, *values][:count]
        return own(*operands) * values[0] + ag.exp(own(*[x * 0.5 for x in operands]))

    assert own(*[2.0] * count) == squares(*[2.0] * count)
    got, expected = run(reader, build)
    assert got == pytest.approx(expected, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("name", NAMES)
def test_a_users_row_has_its_own_formula_whatever_its_name(name):
    table = OPERATIONS[name]
    own = operation(name, squares, RULES[table.arity], sample=table.sample)
    (_, first), *_ = local_derivatives(own)
    assert first.startswith("2 * ") and first.endswith(" / 3")


def everything(x, y):
    return x / y + 2.0 / x - y**3.0 + x**y + 0.5**x + (1.0 - x) * 3.0 - (-x) / 2.0 - abs(x)


def the_rule(z, x, y):
    """By hand, with + - * / ** and negation, and numbers on either side."""
    by_x = 1 / y - 2.0 / x**2 + y * x ** (y - 1) + 0.5**x * ag.log(0.5) - 3 + 0.5 - abs(x) / x
    by_y = -x / y**2 + (-3.0) * y**2.0 + x**y * ag.log(x)
    return by_x, +by_y


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("array", ["", "everything"], ids=["called", "spelt"])
def test_a_rule_has_all_of_arithmetic(reader, array):
    spelt = (
        "{0} / {1} + 2.0 / {0} - {1} ** 3.0 + {0} ** {1} + 0.5 ** {0} + (1.0 - {0}) * 3.0"
        " - (-{0}) / 2.0 - np.abs({0})"
    )
    own = operation(
        "everything", everything, the_rule, sample=(0.7, 1.3), array=spelt if array else ""
    )
    got, expected = run(reader, lambda w: own(w[0], w[1]) * w[2], (0.7, 1.3, 0.5))
    assert got == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_a_rule_with_all_of_arithmetic_is_differentiated_again(backend):
    if backend == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs it")
    own = operation("everything", everything, the_rule, sample=(0.7, 1.3))
    x, y = Value(0.7, "x"), Value(1.3, "y")
    slope = differentiate(own(x, y))[x]
    second = differentiate(slope, create_graph=False)
    step = 1e-6
    near = [the_rule(0.0, 0.7 + s, 1.3)[0] for s in (-step, step)]
    assert float(second[x]) == pytest.approx((near[1] - near[0]) / (2 * step), rel=1e-6)
    program = compile(slope, parameters=[x, y], backend=backend)
    value, gradient = program.value_and_grad()
    assert value == pytest.approx(the_rule(0.0, 0.7, 1.3)[0])
    assert gradient == pytest.approx([float(second[x]), float(second[y])])


def test_a_rule_with_all_of_arithmetic_is_a_formula():
    own = operation("everything", everything, the_rule, sample=(0.7, 1.3))
    (_, by_x), (_, by_y) = local_derivatives(own)
    assert by_y == "-x / y ** 2 + (-3 * y ** 2) + x ** y * log(x)"
    for text, number in zip([by_x, by_y], the_rule(0.0, 0.7, 1.3)):
        assert eval(text, {"x": 0.7, "y": 1.3, "log": ag.log, "abs": abs}) == pytest.approx(
            number, rel=1e-5
        )  # six digits are shown
    powers = operation("powers", lambda x: (-2.0) ** x, lambda z, x: ((-2.0) ** x,), sample=(1.0,))
    assert local_derivatives(powers) == [("x", "(-2) ** x")]


@pytest.mark.parametrize("reader", READERS)
def test_two_rows_of_one_name_are_two_operations(reader):
    """The user's gelu beside the library's; and a notebook cell that was changed and run again."""
    own = operation("gelu", lambda x: x * x, lambda z, x: (2 * x,), sample=(0.5,))
    again = operation("gelu", lambda x: x * x * x, lambda z, x: (3 * x * x,), sample=(0.5,))
    build = lambda w: own(w[0] * w[1]) + again(w[1] * w[2]) * ag.gelu(w[0]) + ag.gelu(w[2])  # noqa: E731
    got, expected = run(reader, build)
    assert got == pytest.approx(expected, rel=1e-12)
