"""The table of operations: every row's value and derivatives, by looping over the table."""

import math

import pytest

import autograd
from autograd import OPERATIONS, Value, gradcheck, operation
from autograd.backward import differentiate

ROWS = list(OPERATIONS.values())
NAMES = list(OPERATIONS)
SMOOTH = [row for row in ROWS if row.name not in ("greater", "equal", "peak")]


def smooth_operands(row):
    """The positions of the operands that the row is smooth in: a condition or an index is not,
    and the peak has derivative 0 by declaration."""
    if row.name == "peak":
        return range(0)
    return range(1 if row.name in ("where", "choose") else 0, len(row.sample))


def by_operand(row, i):
    """row as a function of its operand i alone, the others at the sample point."""
    return lambda x: row(*row.sample[:i], x, *row.sample[i + 1 :])


def derivative(f):
    """f', as a function of a Value that gives a Value."""

    def slope(x):
        y = +x
        return differentiate(f(y)).get(y, 0.0) + 0.0 * x

    return slope


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_every_row_has_a_sample_point_and_a_doc(row):
    assert row.sample and all(math.isfinite(x) for x in row.sample)
    assert row.__doc__ and row.symbol and row.name == row.__name__
    assert row.arity in (None, len(row.sample))


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_on_numbers_a_row_gives_a_number_and_on_values_the_same_as_a_value(row):
    number = row(*row.sample)
    value = row(*[Value(x) for x in row.sample])
    assert type(number) is float and isinstance(value, Value)
    assert value.data == number and value.op is row


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_the_rule_agrees_with_central_differences(row):
    for i in smooth_operands(row):
        assert gradcheck(by_operand(row, i), [row.sample[i]])


def test_the_peak_is_the_largest_operand_with_derivative_0():
    peak = autograd.peak(Value(0.7), Value(2.5), 1.0)
    assert (peak.data, peak.local_derivatives) == (2.5, (0.0, 0.0, 0.0))


@pytest.mark.parametrize("row", SMOOTH, ids=[row.name for row in SMOOTH])
def test_the_rule_of_the_rule_agrees_with_central_differences(row):
    for i in smooth_operands(row):
        assert gradcheck(derivative(by_operand(row, i)), [row.sample[i]], tolerance=1e-5)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_local_derivatives_are_the_rule_on_numbers(row):
    value = row(*[Value(x) for x in row.sample])
    assert value.local_derivatives == row.derivatives(value.data, *row.sample)
    assert all(type(local) is float for local in value.local_derivatives)


@pytest.mark.parametrize(
    "name", ["exp", "tanh", "relu", "sigmoid", "softplus", "erf", "erfc", "abs"]
)
def test_functions_of_one_operand_are_methods_too(name):
    v = Value(0.4)
    assert getattr(v, name)().data == getattr(autograd, name)(v).data == OPERATIONS[name](0.4)


def test_a_users_row_gets_backward_higher_derivatives_and_gradcheck():
    row = operation(
        "test_cube_of_sine",
        lambda x: math.sin(x) ** 3,
        lambda z, x: (3.0 * autograd.sin(x) ** 2 * autograd.cos(x),),
        sample=(0.4,),
    )
    try:
        assert gradcheck(row, row.sample)
        third = autograd.grad(autograd.grad(autograd.grad(row)))(0.4)
        s, c = math.sin(0.4), math.cos(0.4)
        assert third == pytest.approx(6 * c**3 - 21 * s * s * c, rel=1e-12)
    finally:
        del OPERATIONS[row.name]


def test_gradcheck_catches_a_rule_that_is_wrong_by_a_twentieth_of_a_percent():
    row = operation(
        "test_nearly_sine",
        math.sin,
        lambda z, x: (1.0005 * autograd.cos(x),),
        sample=(0.4,),
    )
    try:
        with pytest.raises(AssertionError, match=r"test_nearly_sine: by operand 0 .* differ by"):
            gradcheck(row, row.sample)
    finally:
        del OPERATIONS[row.name]


def test_gradcheck_names_the_operand_both_derivatives_and_the_difference():
    row = operation(
        "test_wrong_product", lambda x, y: x * y, lambda z, x, y: (y, y), sample=(2.0, 3.0)
    )
    try:
        with pytest.raises(AssertionError) as error:
            gradcheck(row, row.sample)
    finally:
        del OPERATIONS[row.name]
    message = str(error.value)
    assert "operand 1" in message and "gives 3.0" in message and "difference 2.0" in message
    assert "differ by 1" in message


@pytest.mark.parametrize(
    ("rule", "sample", "message"),
    [
        (lambda z, x: 1.0, (0.5,), "must return a tuple"),
        (lambda z, x: (1.0, 2.0), (0.5,), "must return a tuple"),
        (lambda z, x, y: (1.0, 1.0), (0.5,), "2 operand"),
    ],
)
def test_a_users_row_that_cannot_work_is_refused_at_once(rule, sample, message):
    with pytest.raises(TypeError, match=message):
        operation("test_refused", lambda *xs: xs[0], rule, sample=sample)
    assert "test_refused" not in OPERATIONS


def test_lists_and_options():
    xs = [Value(1.0), 2.0, Value(4.0)]
    assert autograd.sum(xs).data == 7.0
    assert autograd.mean(xs).data == pytest.approx(7 / 3)
    assert autograd.prod(xs).data == 8.0
    assert autograd.dot(xs, [1, 10, 100], 0.5).data == 421.5
    assert autograd.dot(xs, [1, 10, 100]).data == 421.0
    assert autograd.dot([1.0, 2.0], [3.0, 4.0]) == 11.0
    assert sum(p.data for p in autograd.softmax(xs)) == pytest.approx(1.0)
    assert autograd.choose(2, *xs) is xs[2] and autograd.choose(Value(1), *xs).data == 2.0
    assert autograd.where(True, xs[0], xs[2]) is xs[0]
    assert autograd.where(Value(0.0), xs[0], xs[2]).data == 4.0


def test_an_empty_list_gives_the_neutral_number_or_a_clear_error():
    assert autograd.sum([]) == 0.0 and autograd.prod([]) == 1.0 and autograd.dot([], []) == 0.0
    for function in (autograd.mean, autograd.logsumexp, autograd.softmax, autograd.log_softmax):
        with pytest.raises(ValueError, match="empty list"):
            function([])
    with pytest.raises(ValueError, match="no option"):
        autograd.choose(0)


def test_prod_is_right_with_zeros_among_its_operands():
    for zeros in ([0.0, 2.0, 3.0], [0.0, 0.0, 3.0]):
        values = [Value(x) for x in zeros]
        autograd.prod(values).backward()
        a, b, c = zeros
        assert [v.grad for v in values] == [b * c, a * c, a * b]
