"""Copies and pickles: of Values, graphs of any depth, models and operations."""

import copy
import gc
import io
import multiprocessing
import pickle
import random

import pytest

import autograd
import nn
from autograd import OPERATIONS, Value, group, operation, ops, track_source

PICKLES = [
    pytest.param(lambda x: pickle.loads(pickle.dumps(x)), id="pickle"),
    pytest.param(lambda x: pickle.loads(pickle.dumps(x, protocol=0)), id="protocol 0"),
    pytest.param(lambda x: pickle.loads(pickle._dumps(x)), id="pickle in Python"),
]
BOTH = [*PICKLES, pytest.param(copy.deepcopy, id="deepcopy")]


def random_graph(seed):
    numbers = random.Random(seed)
    values = [Value(numbers.uniform(-1, 1), label=f"x{i}") for i in range(3)]
    for _ in range(40):
        a, b = numbers.choice(values), numbers.choice(values)
        values.append(numbers.choice([a + b, a * b, a.tanh(), autograd.dot([a, b], [b, 2.0], a)]))
    return values


def drawn(values):
    """Everything about a graph, nodes by number."""
    order = autograd.topological_order(*values)
    number = {node: i for i, node in enumerate(order)}
    return [number[v] for v in values], [
        (
            v.data,
            v.grad,
            v.has_gradient,
            v.label,
            v.group,
            v.op,
            [number[o] for o in v.operands],
            tuple(v.local_derivatives),
        )
        for v in order
    ]


@pytest.mark.parametrize("twin_of", BOTH)
@pytest.mark.parametrize("seed", range(5))
def test_a_copy_of_a_list_of_values_is_the_same_graph(twin_of, seed):
    values = random_graph(seed)
    values[-1].backward()
    chosen = random.Random(seed).sample(values, 12)
    twins = twin_of(chosen)
    assert drawn(twins) == drawn(chosen)
    assert not set(autograd.topological_order(*twins)) & set(values)
    before = [v.grad for v in values]
    twins[0].backward()
    assert [v.grad for v in values] == before


@pytest.mark.parametrize("twin_of", BOTH)
def test_a_copy_knows_its_group_its_line_and_that_no_pass_has_reached_it(twin_of):
    with group("part"), track_source():
        y = Value(2.0) * 3
    twin = twin_of(y)
    assert (twin.group, twin.source) == (y.group, y.source) and not twin.has_gradient
    y.backward()
    assert twin_of(y).has_gradient


def test_a_deep_graph_is_pickled_without_recursion():
    x = y = Value(1.0)
    for _ in range(50_000):
        y = y * 0.9999
    twin = pickle.loads(pickle.dumps([x, y]))
    twin[1].backward()
    y.backward()
    assert twin[0].grad == x.grad


def test_pickles_that_follow_one_another_are_whole_and_nothing_is_kept():
    x = Value(2.0)
    y = (x * x).tanh()
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    pickler.dump(y)
    assert len(pickle.dumps(y)) == len(pickle.dumps(y))  # while the other pickler lives
    pickler.dump([y, y.operands[0]])
    file.seek(0)
    unpickler = pickle.Unpickler(file)
    first, (second, inner) = unpickler.load(), unpickler.load()
    assert first is second and inner is first.operands[0]
    del pickler
    gc.collect()
    assert not autograd.copying._sent_ahead


@pytest.mark.parametrize("activation", sorted(nn.ACTIVATIONS))
def test_every_model_can_be_pickled(activation):
    model = nn.MLP(2, [3, 1], activation=activation, seed=1)
    twin = pickle.loads(pickle.dumps(model))
    inputs = [Value(0.3), Value(-0.2)]
    assert twin(inputs).data == model(inputs).data
    twin(inputs).backward()
    assert not any(p.has_gradient for p in model.parameters())


def loss_of(model):
    loss = model([0.3, -0.2])
    loss.backward()
    return loss, model


def test_a_model_goes_to_another_process_and_its_loss_comes_back():
    model = nn.MLP(2, [3, 1], seed=1)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        loss, twin = pool.apply(loss_of, (model,))
    expected, _ = loss_of(model)
    assert loss.data == expected.data
    assert [p.grad for p in twin.parameters()] == [p.grad for p in model.parameters()]


@pytest.mark.parametrize("op", [*OPERATIONS.values(), ops.CONSTANT], ids=lambda op: op.name)
def test_an_operation_is_pickled_by_name(op):
    assert pickle.loads(pickle.dumps(op)) is op and copy.deepcopy(op) is op and copy.copy(op) is op


@pytest.fixture
def define():
    table = dict(OPERATIONS)

    def power(name, n):
        rule = lambda z, x: (n * x ** (n - 1),)  # noqa: E731
        return operation(name, lambda x: x**n, rule, sample=(0.5,))

    yield power
    OPERATIONS.clear()
    OPERATIONS.update(table)


def test_a_users_operation_is_found_again_if_it_is_defined_the_same(define):
    y = define("own", 2)(Value(6.0))
    again = define("own", 2)  # a notebook's cell, run twice
    assert pickle.loads(pickle.dumps(y)).op is again


def test_a_graph_of_another_operation_of_the_same_name_is_refused(define):
    y = define("own", 2)(Value(6.0))
    pickled = pickle.dumps(y)
    define("own", 3)
    for act in (lambda: pickle.loads(pickled), lambda: pickle.dumps(y)):
        with pytest.raises(ValueError, match="operation 'own' of a pickled graph is not the one"):
            act()
    assert copy.deepcopy(y).op is y.op  # a copy needs no name


def test_a_graph_of_an_operation_that_is_not_there_is_refused(define):
    pickled = pickle.dumps(define("own", 2)(Value(6.0)))
    del OPERATIONS["own"]
    with pytest.raises(ValueError, match=r"'own' of a pickled graph is not in the table: define"):
        pickle.loads(pickled)


def test_a_users_operation_does_not_take_the_librarys_place(define):
    y = Value(0.3).gelu()
    mine = define("gelu", 2)(Value(6.0))
    constant = define("constant", 3)(Value(2.0))
    for value in (y, mine, constant):
        twin = pickle.loads(pickle.dumps(value))
        assert twin.op is value.op and twin.data == value.data
    assert pickle.loads(pickle.dumps(Value(1.0).detach())).is_constant


def test_a_shallow_copy_is_another_node_made_from_the_same_operands():
    x = Value(2.0, label="x")
    y = x * x
    twin = copy.copy(y)
    assert twin is not y and twin.operands == y.operands == (x, x)
    twin.label = "twin"
    (y + twin).backward()
    assert y.label == "" and x.grad == 8.0
    leaf = copy.copy(x)
    leaf.data = 5.0
    assert x.data == 2.0 and leaf.is_leaf and leaf.label == "x" and leaf.has_gradient
    assert not copy.copy(Value(1.0)).has_gradient


class Coloured(Value):
    colour = "none"


class Slotted(Value):
    __slots__ = ("size",)


@pytest.mark.parametrize("twin_of", [*BOTH, pytest.param(copy.copy, id="copy")])
def test_what_a_subclass_adds_is_copied_too(twin_of):
    v, w = Coloured(2.0), Slotted(3.0)
    v.colour, w.size = "red", 7
    for value, read in (
        (v * 1, lambda t: t.operands[0].colour),
        (w * 1, lambda t: t.operands[0].size),
    ):
        assert read(twin_of(value)) == read(value)
        assert type(twin_of(value)) is type(value)
    assert twin_of(v).colour == "red" and twin_of(w).size == 7


def module_hook(gradient):
    return gradient * 10


def test_hooks_go_with_a_pickle_if_they_can_be_named():
    x = Value(2.0)
    x.register_hook(module_hook)
    twin = pickle.loads(pickle.dumps(x))
    (twin * 3).backward()
    assert twin.grad == 30.0
