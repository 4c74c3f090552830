"""Nodes made by hand, with the constructors of micrograd and microgpt, and subclasses of Value."""

import copy
import math
import pickle

import pytest

import autograd
from autograd import (
    Value,
    detect_anomaly,
    grad,
    gradcheck,
    group,
    hessian,
    jacobian,
    jvp,
    no_grad,
    walk,
)
from autograd.walking.page import frame
from tests.student_scripts import PROGRAMS

NAMES = [program.__name__ for program, _ in PROGRAMS]


@pytest.mark.parametrize(("program", "own"), PROGRAMS, ids=NAMES)
def test_a_students_program_computes_the_same_with_our_value(program, own):
    assert program(Value) == pytest.approx(program(own), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(("program", "own"), PROGRAMS, ids=NAMES)
def test_it_does_with_a_subclass_too(program, own):
    class Mine(Value):
        pass

    assert program(Mine) == program(Value)


def tanh(x, calls=None):
    t = math.tanh(x.data)
    out = Value(t, (x,), "tanh")

    def _backward():
        if calls is not None:
            calls.append(out.grad)
        x.grad += (1 - t * t) * out.grad

    out._backward = _backward
    return out


def cube(x):
    return Value(x.data**3, (x,), (3 * x.data**2,))


def test_the_function_runs_once_a_pass_at_the_nodes_turn():
    calls = []
    x = Value(0.5)
    y = tanh(x, calls)
    (y * 2 + y * 3).backward()
    assert calls == [5.0] and x.grad == 5 * (1 - math.tanh(0.5) ** 2)


def test_readers_ask_the_function_for_local_derivatives_and_leave_no_trace():
    x = Value(0.5, label="x")
    x.grad = 7.0
    y = tanh(x)
    z = y * y
    z.backward()
    before = (x.grad, y.grad, z.grad)
    assert tuple(y.local_derivatives) == (1 - y.data**2,) and len(y.local_derivatives) == 1
    assert y.local_derivatives[0] == y.local_derivatives[-1] == y._local_grads[0]
    assert y._children == (x,) and y._op == "tanh" and y.op.name == "tanh"
    assert (x.grad, y.grad, z.grad) == before


def test_each_child_stands_once_for_a_function_and_as_often_as_given_for_numbers():
    x = Value(3.0)
    square = Value(9.0, (x, x), "square")

    def _backward():
        x.grad += 2 * x.data * square.grad

    square._backward = _backward
    assert square.operands == (x,) and tuple(square.local_derivatives) == (6.0,)
    twice = Value(9.0, (x, x), (3.0, 3.0))
    (square + twice).backward()
    assert twice.operands == (x, x) and x.grad == 12.0


@pytest.mark.parametrize("make", [tanh, cube])
def test_pictures_walks_and_explanations_show_it(make):
    x = Value(0.5, label="x")
    y = make(x)
    loss = y * 3.0
    loss.backward()
    name = y.op.symbol
    local = autograd.walk(loss)[1].local
    assert local == y.local_derivatives[0]
    for picture in (autograd.draw(loss), autograd.draw(loss, level="compact")):
        assert name in picture.source
    steps = walk(loss)
    steps.finish()
    assert steps.gradient(y) == 3.0 and f"{name}" in str(steps[1])
    assert steps[1].contribution == local * 3.0
    assert "<html" in steps._repr_html_() or "iframe" in steps._repr_html_()
    assert name in str(autograd.explain(loss, x))


def clipped(x):
    out = Value(x.data, (x,), "clip")

    def _backward():
        x.grad += max(-1.0, min(1.0, out.grad))

    out._backward = _backward
    return out


@pytest.mark.parametrize("make", [tanh, cube, clipped])
def test_a_walk_ends_with_the_gradients_of_the_pass(make):
    x = Value(0.5)
    y = make(x) * 7.0
    steps = walk(y)
    steps.finish()
    y.backward()
    assert steps.gradient(x) == x.grad == steps[1].contribution
    assert [float(local) for local in frame(steps, {})["locals"]] == [s.local for s in steps]


def test_a_gradient_check_finds_a_wrong_local_derivative():
    assert gradcheck(tanh, [0.5]) and gradcheck(cube, [0.5])
    with pytest.raises(AssertionError, match="the rule gives"):
        gradcheck(lambda x: Value(x.data**2, (x,), (x.data,)), [0.5])


def test_first_derivatives_by_transforms_are_there_and_second_ones_are_refused_by_name():
    for f, name, slope in ((tanh, "tanh", 1 - math.tanh(0.5) ** 2), (cube, "made by hand", 0.75)):
        assert grad(f)(0.5) == pytest.approx(slope)
        assert jvp(f, (0.5,), (1.0,))[1] == pytest.approx(slope)
        assert jacobian(lambda x, f=f: [f(x)])(0.5) == [pytest.approx(slope)]
        for act in (
            lambda f=f: grad(grad(f))(0.5),
            lambda f=f: hessian(f)(0.5),
            lambda f=f: f(Value(0.5)).backward(create_graph=True),
            lambda f=f: grad(lambda x: jvp(f, (x,), (1.0,))[1])(0.5),
        ):
            with pytest.raises(TypeError, match=rf"'{name}' of a node made by .*operation\("):
                act()


@pytest.mark.parametrize("make", [tanh, cube])
def test_compile_refuses_it_by_name(make):
    pytest.importorskip("numpy")
    x = Value(0.5, label="x")
    with pytest.raises(TypeError, match=r"of a node made by .*autograd.operation\("):
        autograd.compile(make(x) * 2, inputs=[x])


def test_without_a_function_the_pass_says_so_and_pictures_do_not_know():
    x = Value(0.5)
    y = Value(1.0, (x,), "mystery")
    assert math.isnan(y.local_derivatives[0])
    assert "mystery" in autograd.draw(y).source
    with pytest.raises(
        RuntimeError, match=r"op=mystery\): .*nothing was assigned to its _backward"
    ):
        (y * 2).backward()
    with pytest.raises(RuntimeError, match="nothing was assigned"):
        y._backward()


def test_the_number_of_local_derivatives_is_checked():
    x = Value(0.5)
    with pytest.raises(TypeError, match="2 children need as many local derivatives"):
        Value(1.0, (x, x), (1.0,))
    with pytest.raises(TypeError, match="children are a tuple of Values, got 5"):
        Value(1.0, 5)
    with pytest.raises(TypeError, match="unexpected keyword"):
        Value(1.0, childs=(x,))


def test_a_leafs_constructor_is_as_ever():
    for leaf in (Value(2.0, "x"), Value(2.0, label="x"), Value(2.0, (), "", "x")):
        assert leaf.is_leaf and leaf.label == "x" and leaf.operands == ()


def test_constants_and_no_grad_make_constants_whose_function_is_never_called():
    def never():
        raise AssertionError

    with no_grad():
        hidden = Value(1.0, (Value(0.5),), "f")
    for value in (hidden, Value(1.0, (2.0, 3.0), "f")):
        value._backward = never
        assert value.is_constant and value.operands == ()
        x = Value(1.0)
        (value * x).backward()
        assert x.grad == 1.0


def test_it_takes_part_in_groups_hooks_and_anomalies():
    x = Value(0.5)
    with group("part"):
        y = tanh(x)
    assert y.group == ("part",)
    y.register_hook(lambda gradient: 10.0)
    y.backward()
    assert x.grad == 10 * (1 - math.tanh(0.5) ** 2)
    with detect_anomaly(), pytest.raises(FloatingPointError, match=r"forward pass: f\(0.5\) = nan"):
        Value(math.nan, (x,), "f")
    with detect_anomaly(), pytest.raises(FloatingPointError, match="local derivative inf"):
        Value(1.0, (x,), (math.inf,)).backward()


@pytest.mark.parametrize("make", [tanh, cube])
@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_a_copy_of_it_pushes_to_the_copys_operands(make, twin_of):
    x = Value(0.5)
    y = make(x)
    twin = twin_of(y)
    twin.backward()
    assert x.grad == 0.0 and twin.operands[0].grad == y.local_derivatives[0]
    assert twin.op is y.op


def test_a_function_assigned_to_an_ordinary_node_takes_the_rules_place():
    x = Value(0.5)
    y = x * x

    def _backward():
        x.grad += 100.0 * y.grad

    y._backward = _backward
    (y * 2).backward()
    assert x.grad == 200.0 and y._op == "*" and list(y.local_derivatives) == [100.0]
    with pytest.raises(TypeError, match=r"'\*' of a node made by"):
        y.backward(create_graph=True)


# --- subclasses ---------------------------------------------------------------------------------


class Mine(Value):
    def max_with(self, other):
        return autograd.maximum(self, other)

    def __mul__(self, other):
        return super().__mul__(other) + 0.0


def test_arithmetic_of_a_subclass_gives_values_of_the_subclass():
    a, b = Mine(2.0), Mine(3.0)
    c = Value(1.0)
    results = [a + b, 1 + a, a - 1, -a, abs(a), a.exp(), 2 / a, 2**a, a**2, a + c]
    results += [autograd.dot([a, 1.0], [b, c]), autograd.sum([1.0, a]), (a + b).max_with(c)]
    with no_grad():
        results += [a + b, (a + 1).exp()]
    assert {type(result) for result in results} == {Mine}
    assert type(c + 1) is Value
    (1 + a).max_with(b).backward()
    assert a.grad == b.grad == 0.5


def test_methods_that_a_subclass_writes_itself_stay_and_are_inherited():
    class Further(Mine):
        pass

    for cls in (Mine, Further):
        assert (cls(2.0) * 3.0).op.name == "add" and type(cls(2.0) * 3.0) is cls
        assert type(cls(2.0) + 1) is cls


def test_attributes_of_ones_own_are_for_subclasses():
    v = Mine(2.0)
    v._vis_color = "red"
    assert v._vis_color == "red"
    with pytest.raises(AttributeError, match="_vis_color"):
        Value(2.0)._vis_color = "red"


def test_methods_know_their_names_and_what_they_compute():
    assert Value.relu.__qualname__ == "Value.relu" and Mine.relu.__qualname__ == "Mine.relu"
    assert Value.__add__.__name__ == "__add__" and Value.tanh.__doc__ == autograd.tanh.__doc__
