"""Every equation that is shown anywhere is true at the digits shown, or says "about"."""

import io
import json
import random
import re
import runpy
from contextlib import redirect_stdout

import pytest
from shown_mathematics import agrees, check, check_prose, evaluate, is_elided

import autograd
from autograd import OPERATIONS, Value, explain, walk
from autograd.backward import differentiate
from autograd.equations import product, shown, total
from autograd.walking.page import page_of

LABELS = [*"xyzuvedx", "v3", "u2", "exp", "inf", "", "", "", "größe", "π", "x1*w1", 'a "quote"',
          "a very long label that nobody would read", "layers.0.n1.w2"]  # fmt: skip
CONSTANTS = [2.0, 3.0, -1.0, 0.5, 1.0, 0.0, 0.123456789, 7.0]


def random_graph(rng):
    """A graph over every row of the table, with labels and numbers that make trouble."""
    sizes = [0.1, 1.0, 1.0, 3.0, 30.0]
    values = [Value(rng.gauss(0, rng.choice(sizes)), rng.choice(LABELS)) for _ in range(3)]
    for _ in range(rng.randint(1, 8)):
        row = OPERATIONS[rng.choice(list(OPERATIONS))]
        count = row.arity or rng.choice([1, 2, 3, 5, 8])
        operands = [rng.choice(values) for _ in range(count)]
        if count > 1 and rng.random() < 0.4:
            operands[-1] = rng.choice(CONSTANTS)
        if row.name == "choose":
            operands = [0.0, *operands]
        values.append(row(*operands))
        if rng.random() < 0.3:
            values[-1].label = rng.choice(LABELS)
    return autograd.sum(values[-3:])


def meaning_in(taken, step):
    """What a name in this step's formulas stands for, found without the library's own list."""
    near = list(dict.fromkeys([*step.node.operands, step.node]))

    def value_of(name):
        (value,) = _called(name, near, taken.order)
        return value

    return value_of


def _called(name, near, order):
    by_label = [value for value in near if value.label == name]
    if by_label:
        return by_label
    number = re.fullmatch(r"(?:v|u|t|node)(\d+)", name)
    return [order[int(number[1])]]


def check_rule(taken, step, rule):
    """The forms of a rule, and that its letters are the derivative of its subject."""
    value_of = meaning_in(taken, step)
    forms = [form for form in (rule.letters, rule.numbers) if form]
    about = "" if rule.is_exact else "about "
    if forms and not any(map(is_elided, forms)):
        check(f"{' = '.join(forms)} = {about}{rule.result}", lambda name: value_of(name).data)
    if rule.letters and not is_elided(rule.letters):
        in_letters = rule.derivative.removesuffix(rule.because)
        check(in_letters, lambda name: value_of(name).data)
    assert rule.result == shown(step.local) and "where(" not in rule.letters + rule.numbers
    call, by = re.fullmatch(r"d ?(.*)/d ?(.*)", rule.subject).groups()
    if is_elided(call) or by.startswith("("):
        return
    leaves = {value: Value(value.data) for value in [*step.node.operands, step.node]}
    output = evaluate(call, lambda name: leaves[value_of(name)])
    if isinstance(output, Value) and not output.is_constant:
        slope = differentiate(output, create_graph=False)[leaves[value_of(by.strip('"'))]]
        assert float(slope) == pytest.approx(step.local, rel=1e-2, abs=1e-4, nan_ok=True), rule


def check_graph(output):
    taken = walk(output)
    for step in taken:
        check_rule(taken, step, step.rule)
        for equation in (step.product, step.sum):
            check(str(equation))
        assert f"{step.rule.subject} = {step.rule.derivative}" in str(step)
        assert str(step.rule) in step.equation
    for forward in taken.forward():
        if forward.node.operands and not is_elided(forward.equation):
            check(forward.equation)
    check_page(taken)
    leaves = [value for value in taken.order if value.is_leaf and not value.is_constant]
    for leaf in leaves:
        check_prose(taken.why(leaf))
        check_prose(str(explain(output, leaf)))


def check_page(taken):
    """The page has the same rules, in their table; results are the steps' own numbers."""
    page = page_of(taken, "rules")
    data = json.loads(re.search(r'data-part="data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    (frame,) = data["frames"]
    for step, place in zip(taken, frame["rules"], strict=True):
        assert data["rules"][place] == {**step.rule._asdict(), "result": ""}


@pytest.mark.parametrize("seed", range(20))
def test_every_equation_of_random_graphs_is_true_at_the_digits_shown(seed):
    rng = random.Random(seed)
    for _ in range(10):
        check_graph(random_graph(rng))


@pytest.mark.slow
def test_every_equation_of_5000_random_graphs_is_true_at_the_digits_shown():
    rng = random.Random("5000")
    for _ in range(5_000):
        check_graph(random_graph(rng))


@pytest.mark.parametrize("demo", ["chain_rule", "step_through"])
def test_every_product_and_sum_that_a_demo_prints_is_true(demo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with redirect_stdout(io.StringIO()) as printed:
        runpy.run_module(f"demos.{demo}", run_name="__main__")
    assert check_prose(printed.getvalue()) >= 1


def test_the_reader_with_a_calculator_finds_what_is_false():
    assert agrees(evaluate("1 - 0.9993 * 0.9993"), "0.0014")
    with pytest.raises(AssertionError):
        check("1 - 0.9993 * 0.9993 = 0.001341")
    with pytest.raises(AssertionError):
        check("1 - 0.9993 * 0.9993 = about 0.001341")
    with pytest.raises(AssertionError):
        check("x * 3 = 2 * 3 = 7", {"x": 2.0}.get)
    with pytest.raises(AssertionError):
        check_prose("is 7: 3 * 2 (mul) * (-1) = 6 along")
    assert check_prose("is 7: 3 * 2 (mul) * (-1) = -6 along") == 1
    check('-2 ** (-2) + "x y" = about 0.7525', {"x y": 1.0}.get)


def test_digits_are_added_until_the_right_side_is_near():
    assert str(total([1.0004, -1.0], 0.0004)) == "1.0004 + (-1) = 0.0004"
    assert str(product([1 / 3, 3.0], 1.0)) == "0.3333 * 3 = about 1"
    assert str(product([0.5, -2.0], -1.0)) == "0.5 * (-2) = -1"
