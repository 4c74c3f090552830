"""The contexts that change how nodes are recorded, and detect_anomaly's messages."""

import math
import threading
from pathlib import Path

import pytest

import autograd
from autograd import Value, detect_anomaly, group, no_grad, track_source

LINES = Path(__file__).read_text().splitlines()


def test_no_grad_computes_numbers_without_a_graph():
    x = Value(3.0)
    with no_grad():
        y = x * x + 1
    assert y.data == 10.0 and y.operands == () and y.is_constant
    assert (x * x).operands == (x, x)


def test_no_grad_decorates_a_function():
    @no_grad()
    def square(x):
        return x * x

    assert square(Value(3.0)).is_constant and square(Value(2.0)).data == 4.0


def test_contexts_end_when_an_exception_leaves_them():
    with pytest.raises(ValueError, match="no"), no_grad():
        raise ValueError("no")
    assert not (Value(1.0) * 2).is_constant


def test_threads_do_not_influence_each_other():
    entered, done = threading.Event(), threading.Event()

    def hold():
        with no_grad():
            entered.set()
            done.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    entered.wait(5)
    try:
        assert not (Value(1.0) * 2).is_constant
    finally:
        done.set()
        thread.join()


def test_track_source_names_the_line_of_the_users_code():
    x = Value(1.0)
    with track_source():
        y = x * 2  # the line
        z = autograd.softmax([y, x])[0]
    assert y.source.file == __file__ and y.source.function.startswith("test_track_source")
    assert LINES[y.source.line - 1].strip() == "y = x * 2  # the line"
    assert z.source.line == y.source.line + 1
    assert (x * 2).source is None and x.source is None


def test_a_group_names_the_part_of_the_model():
    x = Value(1.0)
    with group("encoder"):
        y = x * 2
        with group("attention"):
            z = y * 3
    assert y.group == ("encoder",) and z.group == ("encoder", "attention")
    assert (z * 1).group == ()

    @group("block")
    def block(v):
        return v * 2

    with group("model"):
        assert block(x).group == ("model", "block")


def message_of(function):
    with pytest.raises(FloatingPointError) as error, detect_anomaly():
        function()
    return str(error.value)


def line_of(text):
    (number,) = [i for i, line in enumerate(LINES, 1) if line.strip() == text]
    return f'File "{__file__}", line {number}'


def test_an_infinity_born_in_the_forward_pass_names_operation_operands_and_line():
    def model():
        x = Value(0.0, label="x")
        return (x * 2).log() + 1  # born here

    message = message_of(model)
    assert message.startswith("forward pass: log(0.0) = -inf")
    assert line_of("return (x * 2).log() + 1  # born here") in message


def test_a_nan_born_of_infinities_is_found_where_they_meet():
    def model():
        x = Value(math.inf, label="x")
        y = x * 2  # passes an infinity on: no birth
        return y - x  # inf - inf

    message = message_of(model)
    assert "sub(inf, x=inf) = nan" in message and line_of("return y - x  # inf - inf") in message


def test_a_gradient_that_turns_infinite_names_operation_operand_and_line():
    def model():
        x = Value(0.0, label="x")
        y = x.sqrt()  # finite, but steep
        y.backward()

    message = message_of(model)
    assert message.startswith("backward pass: sqrt(x=0.0) has the local derivative inf by x=0.0")
    assert line_of("y = x.sqrt()  # finite, but steep") in message


def test_a_gradient_that_overflows_on_the_way_is_found():
    def model():
        x = Value(1e-200, label="x")
        (x * 1e200 * 1e200).backward()

    assert "times the upstream gradient 1e+200: inf" in message_of(model)

    def total():
        x = Value(1e-200, label="x")
        (x * 1e308 + x * 1e308).backward()

    assert "adds 1e+308 to the gradient 1e+308 of x=1e-200: inf" in message_of(total)


def test_create_graph_is_watched_too_but_not_what_a_rule_computes_in_vain():
    def steep():
        Value(0.0).sqrt().backward(create_graph=True)

    assert "local derivative inf" in message_of(steep)
    with detect_anomaly():
        x = Value(-2.0)
        (x**2).backward(create_graph=True)  # the rule also knows log(-2), by the exponent
        assert float(x.grad) == -4.0


def test_a_clean_run_is_left_alone():
    with detect_anomaly():
        x = Value(0.5)
        y = (x.relu() * 0 + x**3).tanh()
        y.backward()
    assert math.isfinite(x.grad)


def test_a_node_built_before_detect_anomaly_opened_says_so():
    y = Value(0.0).sqrt()
    message = message_of(y.backward)
    assert "built before detect_anomaly() was entered" in message
