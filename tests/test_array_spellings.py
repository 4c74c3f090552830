"""Operations of a user's own in compiled programs: rows known by themselves, spellings checked."""

import math

import numpy as np
import pytest

import autograd as ag
from autograd import OPERATIONS, Value, compile, operation


@pytest.fixture(autouse=True)
def table():
    """The table afterwards as it was: a row of a library's name is replaced in it."""
    before = dict(OPERATIONS)
    yield
    OPERATIONS.clear()
    OPERATIONS.update(before)


def power(name, n, array=""):
    """x ** n under any name."""
    return operation(
        name, lambda x: x**n, lambda z, x: (n * x ** (n - 1),), sample=(0.5,), array=array
    )


LIBRARY = ["gelu", "erf", "pow", "tanh", "add", "neg", "equal", "log", "identity", "sum"]
SOURCE = ["len", "np", "int", "float", "batch", "theta", "rows", "step", "views", "math", "K1"]


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("arrays", [("", ""), ("{0} * {0}", "{0} ** 3"), ("", "{0} ** 3")])
@pytest.mark.parametrize("name", ["act", *LIBRARY, *SOURCE])
def test_two_rows_of_one_name_are_two_operations(name, arrays, backend):
    """As after a notebook cell that was edited and run again."""
    if backend == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs it")
    library = OPERATIONS.get(name)
    w, x = Value(1.5, "w"), Value(0.5, "x")
    first = power(name, 2, arrays[0])(w * x)
    second = power(name, 3, arrays[1])(w + x)
    output = first + 10.0 * second
    if library is not None and library.arity == 1:
        output = output + 100.0 * library(w * x)
    program = compile(output, [x], [w], backend=backend)
    assert program([[0.5]]) == pytest.approx([output.data], rel=1e-13)
    output.backward()
    assert program.value_and_grad([[0.5]])[1] == pytest.approx([w.grad], rel=1e-13)


@pytest.mark.parametrize("name", LIBRARY + SOURCE)
def test_a_deep_graph_knows_them_apart_too(name):
    library = OPERATIONS.get(name, ag.tanh)
    w = Value(0.4, "w")
    square, cube = power(name, 2), power(name, 3)
    y = w
    for _ in range(2000):
        y = square(y) * 0.5 + cube(w)
    y = y + library(*[w, y][: library.arity or 2])
    program = compile(y, parameters=[w])
    assert "for code" in program.source
    y.backward()
    value, gradient = program.value_and_grad()
    assert value == pytest.approx(y.data, rel=1e-13)
    assert gradient == pytest.approx([w.grad], rel=1e-12)


@pytest.mark.parametrize(
    ("array", "fault"),
    [
        ("{1}", "field"),
        ("{", "format string"),
        ("}", "format string"),
        ("{}", "field"),
        ("{x}", "field"),
        ("{0!r}", "field"),
        ("{0:>9}", "field"),
        ("{0.real}", "field"),
        ("{0[0]}", "field"),
        ("{-1}", "field"),
        ("{00}", "field"),
        ("x*x", "mentions 'x'"),
        ("math.sin({0})", "mentions 'math'"),
        ("theta", "mentions 'theta'"),
        ("{0} # squared", "not an expression"),
        ("{0}) + ({0}", "not an expression"),
        ("{0} *", "not an expression"),
        ("{0}; import os", "not an expression"),
        ("return {0}", "not an expression"),
        ("await {0}", "not an expression"),
        ("yield {0}", "not an expression"),
        ("{0}\n", "one line"),
        ("{0} *\\\n {0}", "one line"),
        ("{0} * \x0c{0}", "one line"),
        ("{0} * \x00{0}", "one line"),
        ("{0} * \u2028{0}", "one line"),
        ("(lambda t: t * {0})({0})", "names"),
        ("[t * {0} for t in {0}]", "names"),
        ("(t := {0})", "names"),
        (" {0}", "not an expression"),
    ],
)
def test_what_is_no_spelling_is_refused_at_the_definition(array, fault):
    with pytest.raises(ValueError, match=rf"operation 'square': array=.* .*{fault}"):
        power("square", 2, array)
    assert "square" not in OPERATIONS


def test_a_spelling_cannot_be_right_for_any_number_of_operands():
    with pytest.raises(ValueError, match="any number of operands"):
        operation(
            "total", lambda *xs: math.fsum(xs), lambda z, *xs: (1.0,) * len(xs),
            sample=(0.5, 0.2), array="{0} + {1}",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("array", "words"),
    [
        ("{0} ** 3", r"gives \[0.125, 0.125\] at \[0.5, 0.5\], where its value is 0.25"),
        ("np.sum({0} * {0})", r"gives \[0.5, 0.5\]"),
        ("np.outer({0}, {0})", r"fails at \[0.5, 0.5\]"),
        ("'0.25'", "gives <U4 instead of float64"),
        ("{0} < 1", "gives bool instead of float64 .*: multiply a condition by 1.0"),
        ("{0}.__class__", "gives object instead of float64"),
        ("{0} @ {0}", r"gives \[0.5, 0.5\]"),
        ("np.squar({0})", r"fails at \[0.5, 0.5\]"),
        ("1 / 0 + {0}", r"fails at \[0.5, 0.5\]"),
    ],
)
def test_a_spelling_of_something_else_is_refused_when_it_is_compiled(array, words):
    square = power("square", 2, array)
    x = Value(0.5, "x")
    with pytest.raises(ValueError, match=f"operation 'square': array=.* {words}"):
        compile(square(x), [x])


SPELLINGS = {  # how each binds: the operand beside it may not get into it
    "1.0 * ({0} > 0)": lambda x: float(x > 0),
    "{0} if 1 else 2": lambda x: x,
    "{0} + {0} * 1.0": lambda x: 2 * x,
    "{0} % 2.0": lambda x: x % 2.0,
    "-{0}": lambda x: -x,
    "-{0} ** 2": lambda x: -(x**2),
    "{0} // 2.0": lambda x: x // 2.0,
    "2.0 ** {0}": lambda x: 2.0**x,
    "{0} + 0.0 if np.pi > 3 else {0}": lambda x: x,
    "abs({0})": abs,
    "np.stack([{0}, {0}])[1]": lambda x: x,
}


@pytest.mark.parametrize("array", list(SPELLINGS))
@pytest.mark.parametrize(
    "use",
    [
        lambda y, w: y + w, lambda y, w: w - y, lambda y, w: y * w, lambda y, w: w / y,
        lambda y, w: -y, lambda y, w: y**3.0, lambda y, w: ag.exp(-y), lambda y, w: w + w * y,
    ],
)  # fmt: skip
def test_a_spelling_keeps_together_wherever_it_stands(array, use):
    value = SPELLINGS[array]
    row = operation("own", value, lambda z, x: (0.0 * x,), sample=(0.7,), array=array)
    w, x = Value(3.0, "w"), Value(0.7, "x")
    rows = [[0.7], [1.9], [5.3]]
    expected = [use(row(w * number), w).data for (number,) in rows]
    assert compile(use(row(w * x), w), [x])(rows) == pytest.approx(expected, rel=1e-14)


def test_a_spelling_works_on_a_constant_too():
    row = operation("own", abs, lambda z, x: (1.0,), sample=(0.5,), array="{0}.clip({0}, 9)")
    w, x, frozen = Value(3.0, "w"), Value(0.7, "x"), Value(2.0)
    program = compile(row(frozen) * w + row(x), [x], [w])
    assert program([[1.0]]).tolist() == [7.0]
    np.testing.assert_array_equal(program.value_and_grad([[1.0]])[1], [2.0])
