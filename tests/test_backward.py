"""backward(): sums over paths, leaves that accumulate, hooks, and what it refuses."""

import copy
import gc
import os
import random
import subprocess
import sys

import numpy as np
import pytest

import autograd
from autograd import Value, no_grad


def test_a_reused_value_adds_both_paths():
    x = Value(3.0)
    (x * x + x).backward()
    assert x.grad == 7.0


def test_an_operand_used_twice_by_one_node_counts_twice():
    x = Value(3.0)
    (x + x).backward()
    assert x.grad == 2.0


def test_a_diamond_waits_for_both_sides():
    x = Value(2.0)
    a = x * 3
    (a * 4 + a.exp() * a).backward()
    e = np.exp(6.0)
    assert x.grad == pytest.approx(3 * (4 + e * 6 + e))


def test_leaves_add_up_gradients_until_they_are_zeroed():
    x = Value(2.0)
    for expected in (4.0, 8.0, 12.0):
        (x * x).backward()
        assert x.grad == expected
    x.grad = 0.0
    (x * x).backward()
    assert x.grad == 4.0


def test_a_second_backward_over_shared_nodes_starts_interior_nodes_afresh():
    x = Value(2.0)
    shared = x * x
    first, second = shared * 3, shared * 5
    first.backward()
    second.backward()
    assert shared.grad == 5.0  # of the second pass alone; micrograd has 8 here ...
    assert x.grad == 12.0 + 20.0  # ... and 44, counting the first pass twice


def test_backward_on_a_leaf_sets_its_gradient_to_one():
    x = Value(5.0)
    x.backward()
    assert x.grad == 1.0


def test_a_value_that_no_pass_has_reached_has_no_gradient_yet():
    x, y = Value(1.0), Value(2.0)
    z = x * 2
    assert not x.has_gradient and x.grad == 0.0
    z.backward()
    assert x.has_gradient and z.has_gradient and not y.has_gradient


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x.detach(),
        lambda x: x.detach() * 2 + 1,
        lambda x: _without_graph(x),
        lambda x: autograd.constant(3.0),
    ],
)
def test_backward_on_a_constant_is_refused(make):
    with pytest.raises(RuntimeError, match=r"detached, or made under no_grad\(\)"):
        make(Value(2.0)).backward()


def _without_graph(x):
    with no_grad():
        return x * 2


def test_no_gradient_flows_through_a_detached_value():
    x = Value(3.0, label="x")
    detached = x.detach()
    (x * detached).backward()
    assert x.grad == 3.0 and detached.grad == 0.0 and detached.is_constant


def test_plain_numbers_in_an_expression_are_constants_without_gradient():
    x = Value(3.0)
    y = 2 * x + 1
    y.backward()
    assert [leaf.is_constant for leaf in (y.operands[1], y.operands[0].operands[0])] == [True, True]
    assert y.operands[1].grad == 0.0


NUMBERS = [3, 3.0, True, np.float64(3), np.float32(3), np.int64(3), np.array(3.0)]


@pytest.mark.parametrize("number", NUMBERS, ids=[type(n).__name__ for n in NUMBERS])
def test_arithmetic_mixes_values_and_numbers_in_both_orders(number):
    n = float(number)
    for compute in (
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a / b,
        lambda a, b: a**b,
    ):
        for result in (
            compute(Value(2.0), number),
            compute(Value(2.0), Value(n)),
        ):
            assert isinstance(result, Value) and result.data == compute(2.0, n)
        result = compute(number, Value(2.0))
        assert isinstance(result, Value) and result.data == compute(n, 2.0)


def test_powers_of_every_kind():
    v = Value(2.0)
    assert (v**v).data == 4.0 and (2**v).data == 4.0
    assert (v**-0.5).data == 2.0**-0.5 and (1 / v).data == 0.5
    (v**v).backward()
    assert v.grad == pytest.approx(4 * (np.log(2) + 1))


def test_a_value_behaves_as_a_number():
    v = Value(2.345)
    assert float(v) == 2.345 and int(v) == 2 and format(v, ".1f") == "2.3" and round(v, 1) == 2.3
    assert f"{v}" == repr(v) == "Value(data=2.345, grad=0.0)"
    with pytest.raises(ValueError, match="Unknown format code 'x'"):
        format(v, "x")
    assert v > 2 and v >= Value(2.345) and v < 3.0 and v <= np.float64(3)
    assert np.float64(2) < v and not 3 < v  # noqa: SIM300
    assert abs(Value(-2.0)).data == 2.0 and (-v).data == -2.345 and (+v).data == 2.345
    assert sum([v, v, 1]).data == 5.69 and max(v, Value(3.0)).data == 3.0
    assert bool(v) and not Value(0.0)


def test_equality_and_hash_are_by_identity():
    a, b = Value(1.0), Value(1.0)
    assert a != b and a == a and len({a, b}) == 2


def test_the_repr_is_short_and_says_what_a_debugger_needs():
    x = Value(3.0, label="x")
    assert repr(x * 2) == "Value(data=6.0, grad=0.0, op=mul)"
    assert repr(x) == "Value(data=3.0, grad=0.0, label='x')"


def test_create_graph_gives_gradients_that_can_be_differentiated():
    x = Value(2.0)
    (x**3).backward(create_graph=True)
    gradient = x.grad
    assert isinstance(gradient, Value) and gradient.data == 12.0
    x.grad = 0.0
    gradient.backward()
    assert x.grad == 12.0


def test_create_graph_accumulates_in_leaves_too():
    x = Value(2.0)
    (x * x).backward()
    (x * x).backward(create_graph=True)
    assert float(x.grad) == 8.0


def test_a_gradient_set_to_none_starts_from_zero_as_in_pytorch():
    x, y = Value(2.0), Value(3.0)
    (x * y).backward()
    x.grad = None
    assert not x.has_gradient
    (x * y).backward()
    assert x.grad == 3.0 and y.grad == 4.0
    x.grad = y.grad = None
    (x * y).backward(create_graph=True)
    assert x.grad.data == 3.0


# --- hooks --------------------------------------------------------------------------------------


def test_a_hook_sees_the_complete_gradient_and_may_replace_it():
    x = Value(3.0)
    y = x * 2
    seen = []
    y.register_hook(seen.append)
    y.register_hook(lambda gradient: gradient * 10)
    y.register_hook(seen.append)
    (y + y * y).backward()
    assert seen == [13.0, 130.0] and y.grad == 130.0 and x.grad == 260.0


def test_a_leafs_hook_sees_what_one_pass_adds():
    x = Value(3.0)
    x.grad = 100.0
    seen = []
    x.register_hook(seen.append)
    (x * x + x).backward()
    assert seen == [7.0] and x.grad == 107.0


def test_a_removed_hook_is_not_called():
    x = Value(3.0)
    seen = []
    handles = [x.register_hook(seen.append) for _ in range(2)]
    handles[0].remove()
    (x * 2).backward()
    assert seen == [2.0]
    handles[1].remove()
    handles[1].remove()
    (x * 2).backward()
    assert seen == [2.0]


def test_a_handle_removes_its_own_hook_only_even_twice():
    x = Value(3.0)
    double = lambda gradient: gradient * 2  # noqa: E731
    x.register_hook(double)
    x.register_hook(lambda gradient: gradient + 1)
    last = x.register_hook(double)
    last.remove()
    last.remove()
    (x * 2).backward()
    assert x.grad == 2.0 * 2 + 1  # the first is still there, and still the first


@pytest.mark.parametrize(
    "answer", [Value(1.0), 1j, "1", [1.0]], ids=["Value", "1j", "text", "list"]
)
def test_a_hook_that_returns_no_number_is_a_type_error_that_names_it(answer):
    def my_hook(gradient):
        return answer

    x = Value(3.0, label="w")
    x.register_hook(my_hook)
    with pytest.raises(TypeError, match=r"my_hook on Value\(.*label='w'.* returned .*may return"):
        (x * 2).backward()


def test_a_hook_may_return_any_plain_number():
    for answer in (3, np.float32(3), np.array(3.0)):
        x = Value(1.0)
        x.register_hook(lambda gradient, answer=answer: answer)
        (x * 2).backward()
        assert x.grad == 3.0 and type(x.grad) is float


def test_a_hook_may_return_a_value_where_a_graph_is_created():
    x = Value(3.0)
    x.register_hook(lambda gradient: gradient * Value(2.0))
    (x * x).backward(create_graph=True)
    assert isinstance(x.grad, Value) and x.grad.data == 12.0


def test_hooks_work_with_create_graph():
    x = Value(3.0)
    y = x * x
    y.register_hook(lambda gradient: gradient * 2)
    (y * 1).backward(create_graph=True)
    assert float(x.grad) == 12.0


# --- a pass within a pass -----------------------------------------------------------------------


def test_a_pass_within_a_hook_leaves_the_outer_pass_its_gradients():
    w = Value(2.0)
    h = w * 1.0
    squared = h * h
    k = squared + 5 * h  # k' = 2h + 5 = 9
    other = 7 * h
    squared.register_hook(lambda gradient: other.backward())
    (k * 8).backward()
    assert w.grad == 8 * 9.0 + 7.0
    assert h.grad == 8 * 9.0  # the outer pass's, which ends last


def test_a_pass_over_the_same_output_within_a_hook_counts_twice():
    x = Value(3.0)
    y = x * x
    calls = []

    def again(gradient):
        calls.append(gradient)
        if len(calls) == 1:
            y.backward()

    y.register_hook(again)
    y.backward()
    assert x.grad == 12.0 and calls == [1.0, 1.0]


def test_a_leafs_hook_sees_its_own_pass_alone_even_with_another_within():
    x = Value(3.0)
    x.grad = 100.0
    y = x * x
    other = 5 * x
    seen = []
    x.register_hook(seen.append)
    y.register_hook(lambda gradient: other.backward())
    (y + 2 * x).backward()
    assert seen == [5.0, 8.0] and x.grad == 100.0 + 5.0 + 8.0


def test_a_pass_with_create_graph_within_a_hook_leaves_the_outer_one_alone():
    x = Value(3.0)
    h = x * 1.0
    y = h * h
    y.register_hook(lambda gradient: (h * 5).backward(create_graph=True))
    (y * 2 + h).backward()
    assert float(x.grad) == 13.0 + 5.0 and h.grad == 13.0


def test_a_hook_that_raises_leaves_earlier_gradients_of_hooked_leaves():
    x = Value(3.0)
    x.grad = 100.0
    x.register_hook(lambda gradient: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        (x * 2).backward()
    assert x.grad == 102.0
    x.notes = None
    (x * 2).backward()
    assert x.grad == 104.0


@pytest.mark.parametrize("seed", range(30))
def test_passes_within_passes_give_the_sum_of_all_passes(seed):
    """Random graphs and hooks, nested up to three deep, against the passes run one after another.

    All numbers are small integers: sums are exact in any order.
    """
    numbers = random.Random(seed)
    leaves = [Value(float(numbers.randint(-2, 2))) for _ in range(3)]
    values = list(leaves)
    for _ in range(8):
        a, b = numbers.choice(values), numbers.choice(values)
        values.append(numbers.choice([lambda a, b: a + b, lambda a, b: a - b])(a, b) * 1)
    outputs = [numbers.choice(values[3:]) for _ in range(3)]
    waiting = outputs[1:]

    def run_the_next(gradient):
        if waiting:
            waiting.pop().backward()

    for value in numbers.sample(values, 6):
        value.register_hook(run_the_next)
    alone = dict.fromkeys(leaves, 0.0)
    for output in outputs:
        twins = copy.deepcopy([output, *leaves])
        for twin in autograd.topological_order(twins[0]):
            twin.notes = None
        twins[0].backward()
        for leaf, twin in zip(leaves, twins[1:]):
            alone[leaf] += twin.grad
    outputs[0].backward()
    while waiting:
        waiting.pop().backward()
    assert [leaf.grad for leaf in leaves] == [alone[leaf] for leaf in leaves]


# --- memory and order ---------------------------------------------------------------------------


def test_no_pass_leaves_work_for_the_cyclic_collector():
    gc.collect()
    gc.disable()
    try:
        for _ in range(200):
            x, w = Value(0.3), Value(-0.7)
            loss = autograd.dot([x, w], [w, x], 0.1).tanh() + (x * w).relu() / w
            loss.backward()
            del loss, x, w
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_copy_of_a_graph_is_apart_from_it_and_keeps_shared_nodes_shared():
    x = Value(2.0, label="x")
    y = x * x
    twin_y, twin_x = copy.deepcopy([y, x])
    twin_y.backward()
    assert twin_x.grad == 4.0 and x.grad == 0.0 and twin_x.label == "x"
    assert twin_y.op is y.op and twin_y.operands[0] is twin_x


SCRIPT = """
import random
from autograd import Value, softmax, dot
random.seed(7)
xs = [Value(random.uniform(-1, 1)) for _ in range(40)]
ys = list(xs)
for _ in range(400):
    a, b = random.choice(ys), random.choice(ys)
    new = [a + b, a * b, (a - b).tanh(), dot([a, b], [b, a]), softmax([a, b])[0]]
    ys.append(random.choice(new))
sum(ys).backward()
print([x.grad.hex() for x in xs])
"""


def test_every_run_computes_the_same_floats():
    runs = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "12345")
    }
    assert len(runs) == 1
