"""The walk: backprop as steps, forwards and back, ending where backward() ends."""

import math
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shown_mathematics import check_prose
from test_random_graphs import numbers, ours, programs, run

from autograd import OPERATIONS, Value, dot, mean, track_source, walk
from autograd import sum as total
from autograd.equations import shown


def bits(x):
    return struct.pack("d", x)


def example():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    return a, b, (a * b + a).tanh()


@settings(max_examples=150, deadline=None)
@given(programs(), st.lists(numbers, min_size=3, max_size=3), st.booleans(), st.booleans())
def test_the_last_state_is_what_backward_leaves_to_the_last_bit(steps, point, hooked, keep):
    leaves = [Value(x) for x in point]
    output = run(steps, leaves, ours)
    leaves[0].grad = 0.1  # an earlier pass: with keep, leaves accumulate
    if hooked:
        leaves[0].register_hook(lambda g: g * 0.3)
        output.operands[0].register_hook(lambda g: g + 0.7)
    taken = walk(output, keep=keep)
    assert leaves[0].grad == 0.1 and not output.has_gradient
    start = taken.gradients
    taken.finish()
    end = taken.gradients
    assert end == taken.final_gradients or any(map(math.isnan, end.values()))
    leaves[0].grad *= keep
    output.backward()
    for value in taken.order:
        if not value.is_constant:
            assert bits(end[value]) == bits(value.grad)
    taken.goto(0)
    assert {v: bits(g) for v, g in taken.gradients.items()} == {
        v: bits(g) for v, g in start.items()
    }


@settings(max_examples=50, deadline=None)
@given(programs(), st.lists(numbers, min_size=3, max_size=3), st.data())
def test_any_place_reached_by_any_way_is_the_same_place(steps, point, data):
    output = run(steps, [Value(x) for x in point], ours)
    output.operands[0].register_hook(lambda g: g + 0.7)
    one, other = walk(output), walk(output)
    places = st.integers(0, len(one))
    end = data.draw(places)
    for place in [*data.draw(st.lists(places, max_size=5)), end]:
        one.goto(place)
    other.goto(end)
    assert list(map(bits, one.gradients.values())) == list(map(bits, other.gradients.values()))


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_row_of_the_table_explains_each_of_its_operands(name):
    row = OPERATIONS[name]
    node = row(*[Value(x) for x in row.sample])
    steps = list(walk(node))
    assert len(steps) == len(row.sample)
    for step, local in zip(steps, node.local_derivatives):
        assert step.contribution == step.local * step.upstream == local
        assert step.rule.subject.startswith("d") and step.equation and str(step)


def test_a_step_says_formula_numbers_and_what_changed():
    _, b, output = example()
    first = walk(output).next()
    rule = first.rule
    assert (rule.subject, rule.letters) == ("d tanh(v3)/dv3", "1 - tanh(v3) * tanh(v3)")
    assert (rule.numbers, rule.result) == ("1 - (-0.999329) * (-0.999329)", "0.001341")
    assert not rule.is_exact  # 1 - 0.999329 * 0.999329 is 0.0013415...
    assert repr(first) == str(first).replace("\n", "")  # what a notebook shows
    last = walk(output).finish()
    assert (last.operand, last.before, last.after) == (b, 0.0, 2.0 * (1 - output.data**2))


def test_a_step_of_a_long_sum_says_its_first_and_last_terms_at_a_fixed_length():
    steps = walk(dot([Value(0.5)] * 900, [Value(2.0)] * 900))
    assert str(steps[700].rule) == (
        "d(v1 * v0 + ... + v1 * v0 + ... + v1 * v0)/d(v1 no. 701) = v0 = 2"
    )
    assert steps.forward()[-1].equation == "0.5 * 2 + ... + 0.5 * 2 = 900"
    assert all(len(step.equation) < 200 for step in list(steps)[::100])


def rules_of(output):
    return [step.rule for step in walk(output)]


def test_formulas_call_values_by_the_users_own_labels():
    w, x, y = Value(0.5, label="w"), Value(2.0, label="x"), Value(3.0, label="y")
    square, _, _, by_w, by_x = rules_of((w * x - y) ** 2)
    assert (by_w.subject, by_w.letters, by_w.result) == ("d(w * x)/dw", "x", "2")
    assert str(by_x) == "d(w * x)/dx = w = 0.5"
    assert str(square) == "d(v5 ** 2)/dv5 = 2 * v5 = 2 * (-2) = -4"


@pytest.mark.parametrize(
    "exponent, rule",
    [(3, "3 * u ** 2 = 3 * 2 ** 2 = 12"), (2, "2 * u = 2 * 2 = 4"), (1, "1"), (0, "0"),
     (-1, "-u ** (-2) = -2 ** (-2) = -0.25"),
     (0.5, "0.5 * u ** (-0.5) = 0.5 * 2 ** (-0.5) = 0.3536")],
)  # fmt: skip
def test_a_constant_exponent_has_its_plain_rule(exponent, rule):
    (step,) = walk(Value(2.0, label="u") ** exponent)
    assert str(step.rule) == f"d(u ** {'(-1)' if exponent == -1 else exponent})/du = {rule}"


def test_a_kink_says_on_which_side_it_stands():
    x, y = Value(-2.0, label="x"), Value(3.0, label="y")
    row = OPERATIONS
    texts = [str(rule) for z in (x.relu(), abs(x), row["maximum"](x, y)) for rule in rules_of(z)]
    assert texts[:3] == [
        "d relu(x)/dx = 0 (x < 0)",
        "d abs(x)/dx = -1 (x < 0)",
        "d maximum(x, y)/dx = 0 (y > x)",
    ]
    (leaky,) = rules_of(row["leaky_relu"](x, 0.01))
    assert str(leaky) == "d leaky_relu(x, 0.01)/dx = 0.01 (x < 0)"


def test_a_value_used_twice_and_two_values_of_one_label_are_told_apart():
    x, other = Value(3.0, label="x"), Value(4.0, label="x")
    assert [str(rule) for rule in rules_of(x * x)] == [
        "d(x * x)/d(first x) = x = 3",
        "d(x * x)/d(second x) = x = 3",
    ]
    by_x, _ = rules_of(x * other)  # the right operand is the first in the graph's order
    assert str(by_x) == "d(v1 * v0)/dv1 = v0 = 4" and by_x.legend == "v1 is x, v0 is x"


def test_labels_that_are_no_names_are_quoted_and_long_ones_numbered():
    x, y = Value(3.0, label="x1*w1"), Value(4.0, label="the bias of the second layer")
    by_x, _ = rules_of(x + y)
    assert by_x.subject == 'd("x1*w1" + v0)/d "x1*w1"'
    assert by_x.legend == "v0 is the bias of the second layer"
    v = Value(2.0, label="v1")  # the user's own: numbers get another letter
    assert rules_of(v * 3.0 + v)[0].subject == "d(u2 + v1)/du2"


def test_numbers_that_were_changed_since_are_not_explained_by_the_old_ones():
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    z = w * x
    x.data = 5.0
    assert str(rules_of(z)[0]) == "d(w * x)/dw = 3"


def test_until_stops_at_a_value_a_label_an_operation_or_a_condition():
    a, b, output = example()
    assert walk(output).until(b).operand is b
    assert walk(output).until("a").operand is a
    assert walk(output).until("mul").node.op is OPERATIONS["mul"]
    assert walk(output).until(OPERATIONS["add"]).number == 2
    assert walk(output).until(lambda step: step.before != 0.0).operand is a
    taken = walk(output)
    assert taken.until("nothing") is None and taken.position == len(taken) == 5


def test_next_and_back_stop_at_the_ends():
    taken = walk(Value(1.0) + 2.0)
    assert taken.back() is None and taken.step is None
    assert taken.next().after == 1.0 and taken.next() is None and taken.upcoming is None
    assert taken.back().number == 1 and taken.position == 0
    with pytest.raises(IndexError, match="places 0 to 1"):
        taken.goto(2)


def test_the_forward_walk_shows_operands_before_users():
    _, _, output = example()
    assert [str(step) for step in walk(output).forward()][:3] == [
        "1. a: 2",
        "2. b: -3",
        "3. * #2: 2 * (-3) = -6",
    ]


def test_a_step_names_the_line_that_built_its_node():
    with track_source():
        _, _, output = example()
    source = walk(output).next().source
    assert source.file == __file__ and source.function == "example"


def test_a_graph_of_a_hundred_thousand_nodes_is_walked_in_seconds():
    x = Value(0.5)
    y = x
    for _ in range(50_000):
        y = (y * x).tanh()
    start = time.perf_counter()
    taken = walk(y)
    taken.finish()
    taken.goto(len(taken) // 2)
    assert len(taken) == 150_000 and time.perf_counter() - start < 20.0


def test_only_a_differentiable_value_can_be_walked():
    with pytest.raises(TypeError, match="walk expects a Value"):
        walk(3.0)
    with pytest.raises(RuntimeError, match="no Value leads to it"):
        walk(Value(1.0).detach())


def of_x(f, data):
    x = Value(data, label="x")
    with track_source():
        return walk(f(x)).why(x)


def test_why_names_the_step_responsible_with_numbers_and_line():
    off = of_x(lambda x: x.relu() * 2.0, -1.0)
    assert "relu(-1) = 0 was off" in off and "0 * 2 (upstream) = 0" in off and __file__ in off
    assert "sigmoid(20) = 1 was saturated" in of_x(lambda x: x.sigmoid() * 3.0, 20.0)
    assert "log(0) = -inf stood at 0" in of_x(lambda x: x.log(), 0.0)
    assert "log(0) = -inf stood at 0" in of_x(lambda x: -((1.0 - x.sigmoid()).log()), 100.0)
    assert "contributions cancel, 1 + (-1) = 0" in of_x(lambda x: x - x, 1.0)
    assert "1 / 0.0001 = 1e+04" in of_x(lambda x: 1.0 / x, 1e-4)
    assert "not behind" in walk(Value(1.0) + 1.0).why(Value(2.0))


def test_why_is_the_sum_over_paths_and_the_largest_of_them():
    assert "2: the local derivative 2 along its only path" in of_x(lambda x: x * 2.0, 1.0)
    assert "is 6: 3 * 2 = 6 along its only path" in of_x(lambda x: x * 2.0 * 3.0, 1.0)
    said = of_x(lambda x: x * x + x, 3.0)
    assert "is 7: the sum over 3 paths; the largest, 1 * 3 = 3 (2 times)" in said


def test_a_walk_starts_from_zero_whatever_passes_went_before():
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    assert walk(y).finish().after == walk(y).final_gradients[x] == x.grad == 6.0
    assert "is 6: the sum over 2 paths" in walk(y).why(x)
    assert walk(y, keep=True).finish().after == 12.0
    assert "is 12, to which this pass adds 6: the sum over 2" in walk(y, keep=True).why(x)


def layers(act, count, weight, rows=1):
    w = Value(weight, label="w")
    outputs = []
    for row in range(rows):
        y = w * (0.5 + 0.01 * row)
        for _ in range(count):
            y = act(y * weight)
        outputs.append(y)
    return w, outputs


def test_why_blames_the_operation_whose_factors_together_make_it_small_or_large():
    for average in (lambda ys: mean(ys), lambda ys: sum(ys) / 50, lambda ys: total(ys) * (1 / 50)):
        w, outputs = layers(Value.sigmoid, 9, 1.0, rows=50)
        said = walk(average(outputs)).why(w)
        assert (
            "the sum over 50 paths" in said and "what makes it small: 9 factors of sigmoid" in said
        )
    w, (y,) = layers(lambda v: v, 9, 30.0)
    assert "what makes it large: 10 factors of mul" in walk(y).why(w)
    w, outputs = layers(Value.tanh, 1, 0.5, rows=2_000)
    assert "what makes" not in walk(mean(outputs)).why(
        w
    )  # 1/n of the mean is not a cause by itself


def test_why_counts_the_other_paths_that_are_blocked():
    w = Value(-1.0, label="w")
    said = walk(sum([(w * k).relu() for k in (1.0, 2.0, 3.0)])).why(w)
    assert "was off" in said and "other paths end in the same way, at 2 relu" in said


def test_why_says_when_paths_nearly_cancel():
    said = of_x(lambda x: x * 1.0001 - x, 3.0)
    assert "the paths above 0 add up to 1, those below 0 to -1" in said


@settings(max_examples=300, deadline=None)
@given(programs(), st.lists(numbers, min_size=3, max_size=3))
def test_every_product_that_why_shows_is_what_it_claims(steps, point):
    output = run(steps, [Value(x, label=f"v{i}") for i, x in enumerate(point)], ours)
    taken = walk(output)
    end = taken.final_gradients
    for value in taken.order:
        said = taken.why(value)
        if value in end and value is not output and "not behind" not in said:
            assert said.startswith(f"The gradient of {taken.name(value)} is {shown(end[value])}: ")
        check_prose(said)
