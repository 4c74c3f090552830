"""What a program says about itself, and how it refuses what it cannot mean."""

import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Value, compile


def test_explain_tells_the_story_of_a_layer():
    x = [Value(0.1, f"x{i}") for i in range(3)]
    gain, offset = Value(2.0, "gain"), Value(0.5, "offset")
    layer = nn.Layer(3, 4, activation="tanh", seed=1)
    unused = Value(1.0, "unused")
    output = ag.sum([h * h * gain + offset for h in layer(x)])
    program = compile(output, inputs=x, parameters=[*layer.parameters(), unused])
    story = program.explain()
    first, *rest = story.splitlines()
    arrays = r"\d+ array operations, \d+ with the gradient"
    assert re.fullmatch(rf"21 scalar nodes -> 17 after fusion -> {arrays}", first)
    assert [line.split()[:3] for line in rest[:4]] == [
        ["inputs", "3", "x0,"],
        ["parameters", "17", rest[1].split()[2]],
        ["not", "used", "1"],
        ["frozen", "leaves", "2"],
    ]
    assert rest[2].endswith("unused") and "gain" in rest[3] and "offset" in rest[3]
    assert re.search(r"\(batch x 3\) by \(3 x 4\) +1 +1", story)


def test_explain_of_a_chain_says_that_it_is_a_tape():
    x = Value(0.5)
    y = x
    for _ in range(3000):
        y = ag.tanh(y * 1.01)
    first = compile(y).explain().splitlines()[0]
    assert first == "6,000 scalar nodes -> 6,000 after fusion -> a tape"


def test_explain_of_a_gpt_one_product_at_a_time():
    """A name of nine letters.  The study behind this compiler counted 85,687 nodes, leaves and
    constants included; of this model's 84,985 values 78,203 are operations.  The study left
    29,334 after fusion; here products of shared vectors fuse as well, and 4,997 are left."""
    pytest.importorskip("sklearn", reason='data of the workloads, `pip install ".[bench]"`')
    from benchmarks.by_micrograd import one_at_a_time
    from benchmarks.scalar_models import leaves, loss
    from benchmarks.workloads import workload

    def ours(name, x, value, slope):
        return getattr(ag, name)(x)

    words, gpt = one_at_a_time(Value, ours), workload("gpt")
    tokens = [26, *[ord(letter) - ord("a") for letter in "charlotte"], 26]
    p, parameters = leaves(words, gpt)
    output = loss(words, gpt, p, parameters, [tokens[:-1]], [tokens[1:]])
    assert len(ag.topological_order(output)) == 84_985
    program = compile(output, parameters=parameters)
    story = program.explain()
    assert story.startswith("78,203 scalar nodes -> 4,997 after fusion -> ")
    forwards, every = map(int, re.findall(r"(\d+) (?:array|with)", story.splitlines()[0]))
    assert forwards <= 80 and every <= 200
    for product in [
        "(10 x 16) by (16 x 48) ",  # queries, keys and values of ten tokens at once
        "4 of (10 x 4) by (4 x 10) ",  # four heads' scores
        "(9 x 16) by (16 x 64) ",  # the network, of all tokens that look back
        "(9 x 64) by (64 x 16) ",
        "(9 x 16) by (16 x 27) ",  # the letters' logits
    ]:
        assert product in story
    value, gradient = program.value_and_grad()
    output.backward()
    assert value == pytest.approx(output.data, rel=1e-12)
    np.testing.assert_allclose(gradient, [p.grad for p in parameters], rtol=1e-12, atol=1e-15)


# --- leaves that were forgotten -------------------------------------------------------------------


def test_a_leaf_that_nobody_lists_is_frozen_and_explain_names_it():
    x, w, b = Value(2.0, "x"), Value(3.0, "w"), Value(0.25, "b")
    program = compile(x * w + b * 2.0, inputs=[x], parameters=[w])
    b.data = 100.0
    assert program([[1.0]]).tolist() == [3.5]
    assert re.search(r"frozen leaves +1  b$", program.explain(), re.MULTILINE)


def test_with_constants_given_a_forgotten_leaf_is_an_error():
    x, w, b, c = Value(2.0, "x"), Value(3.0, "w"), Value(0.25, "bias"), Value(7.0, "c")
    y = x * w * 2.0 + b + c
    with pytest.raises(ValueError, match="the leaf 'bias' leads to the output, but is neither"):
        compile(y, inputs=[x], parameters=[w], constants=[c])
    with pytest.raises(ValueError, match="bias"):
        compile(y, inputs=[x], parameters=[w, c], constants=[])
    program = compile(y, inputs=[x], parameters=[w], constants=[b, c])
    assert program([[1.0]]).tolist() == [13.25]
    program = compile(y, inputs=[x], constants=[b, c])  # all other leaves are parameters
    assert program.parameters == [w]


def test_a_constant_is_a_leaf_and_nothing_else():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    with pytest.raises(
        ValueError, match="constant 0 \\('w'\\) is listed twice; it is already parameter 0"
    ):
        compile(x * w, inputs=[x], parameters=[w], constants=[w])
    product = x * w
    product.label = "product"
    with pytest.raises(TypeError, match="constant 0 \\('product'\\) was computed by 'mul'"):
        compile(product + 1.0, parameters=[x], constants=[product])


def test_outputs_are_values_but_a_plain_number_may_stand_among_them():
    x = Value(2.0, "x")
    program = compile([x * x, 2.0, 0], inputs=[x])
    assert program([[3.0], [4.0]]).tolist() == [[9.0, 2.0, 0.0], [16.0, 2.0, 0.0]]
    for wrong in (2.0, None, "x", ["x"], [x, None]):
        with pytest.raises(TypeError, match="compile expects a Value as output"):
            compile(wrong, inputs=[x])
    with pytest.raises(ValueError, match="there is no output"):
        compile([], inputs=[x])


# --- rows -----------------------------------------------------------------------------------------


@pytest.fixture
def program():
    speed, time, w = Value(1.0, "speed"), Value(2.0, "time"), Value(3.0, "w")
    return compile(ag.choose(time, speed, w, speed * w), inputs=[speed, time], parameters=[w])


WRONG_ROWS = {
    "one axis": ([1.0, 2.0], ValueError, r"shape \(batch, 2\).*speed, time; got \(2,\)"),
    "too wide": ([[1.0, 2.0, 3.0]], ValueError, r"speed, time; got \(1, 3\)"),
    "three axes": ([[[1.0, 2.0]]], ValueError, r"got \(1, 1, 2\)"),
    "missing": (None, ValueError, r"one column for each of speed, time; got None"),
    "empty": (np.zeros((0, 2)), ValueError, "rows: there are none"),
    "out of range": ([[1.0, 0.0], [1.0, 3.0]], IndexError, r"'time'.*0 to 2; it is 3\.0 in row 1"),
    "negative": ([[1.0, -1.0]], IndexError, r"'time'.*it is -1\.0 in row 0"),
    "broken": ([[1.0, 0.5]], IndexError, r"'time'.*whole number.*0\.5 in row 0"),
    "nan as index": ([[1.0, math.nan]], IndexError, r"'time'.*nan in row 0"),
}


@pytest.mark.parametrize("case", list(WRONG_ROWS))
@pytest.mark.parametrize("call", ["__call__", "value_and_grad", "train", "verify"])
def test_wrong_rows_are_refused_by_every_call(program, case, call):
    rows, error, message = WRONG_ROWS[case]
    if call == "verify" and rows is None:
        return  # three random rows
    arguments = {
        "train": [nn.SGD(program.parameters, lr=0.1)],
        "verify": [],
    }.get(call, [])
    with pytest.raises(error, match=message):
        if call == "verify":
            program.verify(lambda xs: xs[0], rows)
        else:
            getattr(program, call)(rows, *arguments)


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_a_computed_index_is_checked_too(backend):
    if backend == "native":
        pytest.importorskip("llvmlite", reason="the native backend needs it")
    x, w = Value(1.0, "x"), [Value(1.0 * i, f"w{i}") for i in range(3)]
    place = x + 1.0
    place.label = "place"
    output = ag.choose(place, *w) * ag.choose(x * 2.0, *w, *w)
    program = compile(output, inputs=[x], backend=backend)
    assert program([[1.0], [0.0]]).tolist() == [4.0, 0.0]
    for wrong in (2.0, -2.0, 0.5, math.nan):
        for call in (program, program.value_and_grad):
            with pytest.raises(IndexError, match=rf"'place'.*0 to 2; it is {wrong + 1} in row 1"):
                call([[1.0], [wrong]])
    other = compile(ag.choose(x * 2.0, *w), inputs=[x], backend=backend)
    with pytest.raises(IndexError, match="an index of choose, computed by 'mul', must be a whole"):
        other.train([[3.0]], nn.SGD(w, lr=0.1))


def test_rows_that_are_not_finite_are_refused_when_asked(program):
    for call in (program, program.value_and_grad):
        with pytest.raises(ValueError, match=r"input 0 \('speed'\) is inf in row 1, not finite"):
            call([[1.0, 0.0], [math.inf, 0.0]], check_finite=True)
        call([[1.0, 0.0], [math.inf, 0.0]])  # else IEEE rules
    rows = [[1.0, 0.0], [math.nan, 0.0]]
    with pytest.raises(ValueError, match=r"input 0 \('speed'\) is nan in row 1"):
        program.train(rows, nn.SGD(program.parameters, lr=0.1), check_finite=True)


def test_rows_of_something_else_are_refused(program):
    with pytest.raises((TypeError, ValueError), match="rows"):
        program([[1.0, 2.0], [1.0]])
    for wrong, message in [
        ([["fast", "slow"]], "got an array of <U4: np.str_.'fast'"),
        ([["1", "2"]], "'1'"),
        ([[1, "2"]], "got an array of <U"),
        (np.array([["1", 2.0]], dtype=object), "got str: '1'"),
        ([[b"1", b"2"]], "got an array of .S1"),
        ([[None, 1.0]], "got NoneType: None"),
        ([[1j, 1.0]], "got an array of complex128"),
        (np.array([[1j, 1.0]]), "got an array of complex128"),
        (np.array([["2020-01-01", "2021-01-01"]], dtype="M8[D]"), "got an array of datetime64"),
        (np.array([[1, 2]], dtype="m8[s]"), "got an array of timedelta64"),
    ]:
        with pytest.raises(TypeError, match=rf"rows must be numbers, .*{message}"):
            program(wrong)


def test_masked_rows_are_refused_where_something_is_masked(program):
    masked = np.ma.array([[1.0, 0.0], [2.0, 1.0]], mask=[[0, 0], [1, 0]])
    for rows in (masked, list(masked), tuple(masked)):
        with pytest.raises(ValueError, match=r"rows must be .*: some are masked; .*filled"):
            program(rows)
    assert program(masked.filled(0.0)).tolist() == [1.0, 3.0]
    assert program(np.ma.array([[1.0, 0.0]])).tolist() == [1.0]


def test_whatever_is_a_real_number_may_stand_in_rows(program):
    for x in (True, Fraction(1), Decimal(1), np.float32(1), np.longdouble(1), Value(1.0), 10**20):
        assert program([[x, 0]]).tolist() == [float(x)]
        assert program(np.array([[x, 0]], dtype=object)).tolist() == [float(x)]
