"""Bad input fails at the user's own call, with what was given and what to do."""

import numpy as np
import pytest

import autograd
from autograd import Value

NOT_NUMBERS = [
    ("3", r"got str: '3'.*float\(text\)"),
    (None, "got NoneType: None"),
    (1j, r"got complex: 1j.*\.real"),
    ([1.0], r"got list: \[1.0\].*one Value per number"),
    ((1.0,), "got tuple"),
    ({}, "got dict"),
    (np.array([1.0, 2.0]), r"got ndarray: array\(\[1., 2.\]\)"),
    (np.array([1.0]), "got ndarray"),
    (np.complex128(1), "got complex"),
    (np.array("x"), "got str"),
    (np.datetime64(5, "ns"), "got datetime64"),
    (np.timedelta64(5, "ns"), "got timedelta64"),
    (np.array(np.timedelta64(5, "ns")), "got ndarray"),
    (np.ma.array(2.0, mask=True), "got MaskedArray"),
    (Value(1.0), r"got Value: .*\.data"),
    (object(), "got object"),
]
IDS = [type(thing).__name__ for thing, _ in NOT_NUMBERS]


@pytest.mark.parametrize(("thing", "message"), NOT_NUMBERS, ids=IDS)
def test_a_value_of_something_else_is_a_type_error_that_names_it(thing, message):
    with pytest.raises(TypeError, match=message):
        Value(thing)


@pytest.mark.parametrize(
    ("thing", "message"), [pair for pair in NOT_NUMBERS if not isinstance(pair[0], Value)]
)
def test_so_is_arithmetic_with_it(thing, message):
    v = Value(2.0)
    for compute in (
        lambda: v + thing,
        lambda: thing * v,
        lambda: v**thing,
        lambda: v < thing,
        lambda: autograd.maximum(v, thing),
        lambda: autograd.sum([v, thing]),
        lambda: autograd.dot([v, v], [1.0, thing]),
        lambda: autograd.exp(thing),
    ):
        with pytest.raises(TypeError, match=message):
            compute()


def test_a_masked_number_is_no_number():
    with pytest.raises(TypeError, match="got MaskedConstant: masked"):
        Value(np.ma.masked)


@pytest.mark.parametrize(
    "number",
    [np.longdouble(1.5), np.array(np.longdouble(1.5)), np.float16(1.5), np.ma.array(1.5)],
    ids=["longdouble", "an array of one", "float16", "a masked array without a mask"],
)
def test_numpys_real_numbers_are_numbers(number):
    assert type(Value(number).data) is float and Value(number).data == 1.5
    assert (Value(2.0) * number).data == 3.0


def test_a_longdouble_is_rounded():
    assert Value(np.longdouble(1) / 3).data == 1 / 3


def test_a_tensor_of_one_number_counts_by_its_number():
    """As float(tensor) does; a sum with a Value is a Value, and the tensor gets no gradient."""
    torch = pytest.importorskip("torch", reason="the tensor is PyTorch's")
    tensor, v = torch.tensor(2.0, requires_grad=True), Value(3.0)
    for product in (tensor * v, v * tensor):
        assert isinstance(product, Value) and product.data == 6.0
        product.backward()
    assert v.grad == 4.0 and tensor.grad is None


def test_long_things_are_cut_short_in_the_message():
    with pytest.raises(TypeError) as error:
        Value([0.0] * 10_000)
    assert len(str(error.value)) < 250


def test_lists_of_different_length():
    with pytest.raises(ValueError, match="differ in length, 2 and 3"):
        autograd.dot([1.0, 2.0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("index", [-1, 2, 0.5, float("nan"), float("inf")])
def test_choose_wants_a_whole_number_in_range(index):
    for given in (index, Value(index)):
        with pytest.raises(IndexError, match=r"whole number from 0 to 1, got"):
            autograd.choose(given, Value(1.0), Value(2.0))


def test_draw_wants_a_value():
    with pytest.raises(TypeError, match="draw expects a Value, got float"):
        autograd.draw(3.0)
