"""grad and its relatives: against PyTorch, against formulas, and nested."""

import math
from typing import NamedTuple

import pytest

import autograd
from autograd import (
    Value,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    value_and_grad,
    vjp,
)


def f(x):
    return autograd.sin(x[0]) * x[1] ** 2 + autograd.exp(x[0] * x[1])


def g(x):
    return [x[0] * x[1], autograd.tanh(x[0]), x[1] ** 3]


POINT = [0.3, -0.7]


def torch_version(function):
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch")

    def in_torch(x):
        if function is f:
            return torch.sin(x[0]) * x[1] ** 2 + torch.exp(x[0] * x[1])
        return torch.stack([x[0] * x[1], torch.tanh(x[0]), x[1] ** 3])

    return torch, in_torch, torch.tensor(POINT, dtype=torch.float64)


def test_gradient_hessian_and_jacobian_equal_pytorchs():
    torch, in_torch, x = torch_version(f)
    assert grad(f)(POINT) == pytest.approx(torch.func.grad(in_torch)(x).tolist(), rel=1e-12)
    for ours, theirs in zip(hessian(f)(POINT), torch.func.hessian(in_torch)(x).tolist()):
        assert ours == pytest.approx(theirs, rel=1e-12)
    _, in_torch, x = torch_version(g)
    for ours, theirs in zip(jacobian(g)(POINT), torch.func.jacrev(in_torch)(x).tolist()):
        assert ours == pytest.approx(theirs, rel=1e-12)


def test_products_equal_pytorchs():
    torch, in_torch, x = torch_version(g)
    v = [2.0, -3.0]
    value, product = jvp(g, (POINT,), (v,))
    expected = torch.func.jvp(in_torch, (x,), (torch.tensor(v, dtype=torch.float64),))
    assert value == pytest.approx(expected[0].tolist(), rel=1e-14)
    assert product == pytest.approx(expected[1].tolist(), rel=1e-12)
    c = [1.0, -2.0, 0.5]
    value, pull_back = vjp(g, POINT)
    expected = torch.func.vjp(in_torch, x)[1](torch.tensor(c, dtype=torch.float64))
    assert pull_back(c)[0] == pytest.approx(expected[0].tolist(), rel=1e-12)
    assert pull_back(c) == pull_back(c)


def test_hvp_is_the_hessian_times_the_vector():
    v = [2.0, -3.0]
    value, product = hvp(f, (POINT,), (v,))
    rows = hessian(f)(POINT)
    assert value == f([Value(x) for x in POINT]).data
    assert product == pytest.approx([r[0] * v[0] + r[1] * v[1] for r in rows], rel=1e-12)


def test_transforms_nest_to_any_order():
    derivative = autograd.sin
    for expected in (math.cos, lambda x: -math.sin(x), lambda x: -math.cos(x), math.sin):
        derivative = grad(derivative)
        assert derivative(0.4) == pytest.approx(expected(0.4), rel=1e-12)
    assert jacobian(jacobian(lambda x: [x[0] ** 2 * x[1]]))([3.0, 4.0]) == [
        [[8.0, 6.0], [6.0, 0.0]]
    ]
    assert grad(lambda x: hessian(lambda y: y**4)(x))(2.0) == 48.0
    assert grad(lambda x: jvp(lambda y: y**3, (x,), (1.0,))[1])(2.0) == 12.0
    assert grad(lambda x: vjp(lambda y: y**3, x)[1](1.0)[0])(2.0) == 12.0
    assert jvp(grad(lambda y: y**3), (2.0,), (1.0,)) == (12.0, 12.0)


def test_an_inner_derivative_does_not_confuse_its_variable_with_an_outer_one():
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(3.0) == 1.0
    assert grad(lambda x: grad(lambda y: x * y)(x))(3.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y * y)(2.0))(3.0) == 24.0


def test_numbers_in_numbers_out_and_values_in_values_out():
    assert type(grad(lambda x: x * x)(3)) is float
    x = Value(3.0)
    slope = grad(lambda y: y * y * y)(x)
    assert isinstance(slope, Value) and slope.data == 27.0
    slope.backward()
    assert x.grad == 18.0


def test_nobodys_grad_changes():
    w = Value(2.0)
    assert grad(lambda x: w * x * x)(3.0) == 12.0
    hessian(lambda x: w * x * x)(3.0)
    assert not w.has_gradient


def test_argnums_pick_the_arguments():
    def h(x, y, scale=1.0):
        return scale * x * y[0] * y[1]

    assert grad(h)(2.0, [3.0, 4.0]) == 12.0
    assert grad(h, 1)(2.0, [3.0, 4.0], scale=10.0) == [80.0, 60.0]
    assert grad(h, (0, 1))(2.0, [3.0, 4.0]) == (12.0, [8.0, 6.0])
    assert value_and_grad(h, (1,))(2.0, [3.0, 4.0]) == (24.0, ([8.0, 6.0],))
    with pytest.raises(IndexError, match="argnums=2"):
        grad(h, 2)(2.0, [3.0, 4.0])


def test_nested_lists_dicts_and_arrays_keep_their_shape():
    import numpy as np

    def total(tree):
        return tree["w"][0][0] * tree["b"] + tree["w"][1][0] ** 2

    gradient = grad(total)({"w": [[1.0], (2.0,)], "b": 3.0})
    assert gradient == {"w": [[3.0], (4.0,)], "b": 1.0}
    assert grad(lambda x: x[0] * x[1])(np.array([3.0, 4.0])) == [4.0, 3.0]


class Point(NamedTuple):
    x: float
    y: float


def test_a_named_tuple_keeps_its_type():
    gradient = grad(lambda p: p.x * p.y)(Point(3.0, 4.0))
    assert gradient == Point(4.0, 3.0) and type(gradient) is Point
    assert jacobian(lambda p: Point(p.x * p.y, p.x))(Point(3.0, 4.0)).x == Point(4.0, 3.0)
    assert jvp(lambda p: p.x * p.y, (Point(3.0, 4.0),), (Point(1.0, 10.0),)) == (12.0, 34.0)


def test_arguments_that_are_not_differentiated_are_passed_on_as_they_are():
    seen = []

    def f(x, *others):
        seen.append(others)
        return x * x

    others = ("text", None, True, 3, {"a": object()}, [1.0], b"")
    for result in (
        grad(f)(3.0, *others),
        value_and_grad(f)(3.0, *others)[1],
        jacobian(f)(3.0, *others),
    ):
        assert result == 6.0 and seen.pop() == others
    assert hessian(f)(3.0, *others) == 2.0
    assert grad(lambda mode, x: x**3 if mode == "cube" else x, 1)("cube", 2.0) == 12.0
    assert grad(lambda y: grad(lambda x, y: x * x * y)(3.0, y))(2.0) == 6.0


def test_argnums_may_be_a_list_and_nothing_else():
    assert grad(lambda x, y: x * y, [0, 1])(2.0, 3.0) == (3.0, 2.0)
    assert grad(lambda x, y: x * y, -1)(2.0, 3.0) == 2.0
    for argnums in ("x", 0.0, None, ["x"], {0}):
        with pytest.raises(TypeError, match="argnums is a whole number or a tuple of them, got"):
            grad(lambda x: x, argnums)(2.0)


def test_an_array_of_no_axes_is_the_number_that_it_holds():
    import numpy as np

    for wrap in (np.array, lambda y: np.squeeze(np.array([y])), lambda y: np.array([[y]]).sum()):
        f = lambda x, wrap=wrap: wrap(x * x)  # noqa: E731
        assert grad(f)(3.0) == 6.0 and value_and_grad(f)(3.0) == (9.0, 6.0)
        assert jacobian(f)(3.0) == 6.0 and hessian(f)(3.0) == 2.0
        assert jvp(f, (3.0,), (1.0,)) == (9.0, 6.0)
        assert vjp(f, 3.0)[1](1.0) == (6.0,)
    assert grad(lambda x: np.float64(5.0))(2.0) == 0.0


def test_an_array_of_results_has_a_jacobian_and_no_gradient():
    import numpy as np

    def f(x):
        return np.array([x, x * x])

    for transform in (grad, value_and_grad, hessian):
        with pytest.raises(TypeError, match=r"returns one number, got ndarray.*jacobian or vjp"):
            transform(f)(3.0)
    assert jacobian(f)(3.0) == [1.0, 6.0]
    assert jvp(f, (3.0,), (1.0,)) == ([3.0, 9.0], [1.0, 6.0])
    assert vjp(f, 3.0)[1]([1.0, 1.0]) == (7.0,)


@pytest.mark.parametrize("result", ["text", None, 1j, object(), {1.0}])
def test_what_is_no_number_has_no_derivative(result):
    with pytest.raises(TypeError, match="grad needs a function that returns one number, got"):
        grad(lambda x: result)(3.0)
    for act in (
        lambda f: jacobian(f)(3.0),
        lambda f: jvp(f, (3.0,), (1.0,)),
        lambda f: vjp(f, 3.0),
    ):
        with pytest.raises(TypeError, match="needs a function that returns numbers, or lists of"):
            act(lambda x: [x, result])


def test_what_does_not_depend_on_the_argument_has_gradient_zero():
    assert grad(lambda x: 5.0)(2.0) == 0.0
    assert grad(lambda x: Value(5.0) * 2)(2.0) == 0.0
    assert grad(lambda x: x.detach() * 2)(2.0) == 0.0
    assert hessian(lambda x: x[0] + x[1])([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert jvp(lambda x: [x, 7.0], (2.0,), (1.0,)) == ([2.0, 7.0], [1.0, 0.0])


def test_an_outer_no_grad_does_not_switch_grad_off_but_an_inner_one_does():
    def half_hidden(x):
        with no_grad():
            y = x * x
        return x * y

    with no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
    assert grad(half_hidden)(3.0) == 9.0


def test_clear_errors():
    with pytest.raises(TypeError, match=r"returns one number, got list.*jacobian or vjp"):
        grad(lambda x: [x, x])(1.0)
    with pytest.raises(TypeError, match="returns one number, got NoneType"):
        grad(lambda x: None)(1.0)
    with pytest.raises(ValueError, match="jvp: the vector must have the shape of"):
        jvp(g, (POINT,), ([1.0],))
    with pytest.raises(ValueError, match="vjp: the vector must have the shape of"):
        vjp(g, POINT)[1]([1.0])
    with pytest.raises(TypeError, match="got str: 'two'"):
        grad(lambda x: x)("two")
