"""Modules: finding parameters, states, shapes of outputs, and clear errors."""

import collections
import dataclasses
import json
import random
import re
import types

import numpy as np
import pytest

import autograd
import nn
from autograd import Value


class Model(nn.Module):
    def __init__(self):
        self.scale = Value(2.0)
        self.parts = {"head": nn.Layer(2, 2, seed=1), "tail": [nn.Neuron(2, seed=2), Value(0.5)]}
        self.shift = [Value(1.0), [Value(2.0)]]
        self.name = "model"
        self.cached = self.scale * 2  # a result is not a parameter
        self.tied = self.scale

    def __call__(self, x):
        return self.parts["tail"][0](self.parts["head"](x)) * self.scale


NAMES = [
    "scale",
    "parts.head.neurons.0.w.0",
    "parts.head.neurons.0.w.1",
    "parts.head.neurons.0.b",
    "parts.head.neurons.1.w.0",
    "parts.head.neurons.1.w.1",
    "parts.head.neurons.1.b",
    "parts.tail.0.w.0",
    "parts.tail.0.w.1",
    "parts.tail.0.b",
    "parts.tail.1",
    "shift.0",
    "shift.1.0",
]


def test_parameters_are_found_in_attributes_lists_and_dicts_once_each():
    assert [name for name, _ in Model().named_parameters()] == NAMES
    assert len(Model().parameters()) == len(set(NAMES))


def test_zero_grad_zeroes_every_parameter():
    model = Model()
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert all(p.grad == 0.0 for p in model.parameters())


def test_a_state_goes_into_another_model_of_the_same_make():
    model, other = Model(), Model()
    for parameter in model.parameters():
        parameter.data += 0.25
    other.load_state_dict(model.state_dict())
    assert other.state_dict() == model.state_dict()
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda s: s.pop("scale"), KeyError, r"missing \['scale'\]"),
        (lambda s: s.update(other=1.0), KeyError, r"not known here \['other'\]"),
        (
            lambda s: s.update(scale=[1.0]),
            ValueError,
            "scale: expected one number, got a list",
        ),
        (
            lambda s: s.update({"parts.tail.0.w": [1.0]}),
            ValueError,
            "parts.tail.0.w: expected a list of 2, got a list of 1",
        ),
        (lambda s: s.update(shift=[1.0, 2.0]), ValueError, "shift.1: expected a list of 1"),
        (lambda s: s.update(scale="1"), TypeError, "scale: expected a number, got the text '1'"),
        (lambda s: s.update(scale=None), TypeError, "scale: .*got NoneType"),
        (lambda s: s.update(scale=True), TypeError, "scale: expected a number, got True"),
        (lambda s: s.update(scale=10**400), ValueError, "scale: the number is too large"),
        (lambda s: s.update(scale={"a": 1.0}), ValueError, r"scale: .* got entries \['a'\]"),
        (lambda s: s.update(shift={"a": 1.0, "b": 1.0}), ValueError, "shift: expected a list of 2"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(change, error, message):
    model = Model()
    before = model.state_dict()
    state = Model().state_dict()
    for entry in ("parts.head.neurons.0.b",):
        state[entry] = 9.0
    change(state)
    with pytest.raises(error, match=message):
        model.load_state_dict(state)
    assert model.state_dict() == before


def test_a_state_is_a_dict():
    with pytest.raises(TypeError, match="a state is a dict as"):
        Model().load_state_dict(None)


def test_the_repr_counts_parameters():
    assert repr(nn.MLP(2, [16, 16, 1])) == (
        "MLP(2, [16, 16, 1]): 337 parameters\n"
        "  layers.0: Layer(2 -> 16, relu), 48 parameters\n"
        "  layers.1: Layer(16 -> 16, relu), 272 parameters\n"
        "  layers.2: Layer(16 -> 1, linear), 17 parameters"
    )
    assert repr(nn.Neuron(1, activation="tanh")) == "Neuron(1, tanh): 2 parameters"


def test_an_mlp_follows_micrograd():
    model = nn.MLP(3, [4, 4, 1])
    out = model([2.0, 3.0, -1.0])
    assert isinstance(out, Value) and len(model.parameters()) == 41
    assert out.op.name == "dot"  # the last layer is linear
    assert model.layers[0].neurons[0]([1, 2, 3]).op.name == "relu"
    assert all(-1 <= p.data <= 1 for p in model.parameters())
    assert isinstance(nn.MLP(3, [4, 2])([1, 2, 3]), list)
    assert isinstance(nn.MLP(2, [1, 1])([1, 2]), Value)


def test_a_neuron_is_the_weighted_sum_and_its_activation():
    neuron = nn.Neuron(2, activation="tanh")
    x = np.array([0.5, -2.0])
    total = neuron.w[0].data * 0.5 + neuron.w[1].data * -2.0
    assert neuron(x).data == pytest.approx(np.tanh(total))
    assert nn.Neuron(2, nonlin=False)(x).op.name == "dot"


@pytest.mark.parametrize("name", list(nn.ACTIVATIONS))
def test_activations_by_name(name):
    out = nn.Neuron(1, activation=name, seed=1)([1.0])
    function = getattr(autograd, name, lambda x: x)
    assert out.data == float(
        function(autograd.dot(*[[v.data for v in nn.Neuron(1, seed=1).w], [1.0]]))
    )


def test_the_same_seed_gives_the_same_weights():
    def weights(seed):
        return [p.data for p in nn.MLP(2, [3, 1], seed=seed).parameters()]

    assert weights(1) == weights(1) != weights(2)
    assert weights(random.Random(1)) == weights(1)
    assert weights(None) != weights(None)


@pytest.mark.parametrize(
    ("init", "variance"),
    [
        ("uniform", 1 / 3),
        ("xavier_uniform", 2 / 150),
        ("xavier_normal", 2 / 150),
        ("he_uniform", 2 / 100),
        ("he_normal", 2 / 100),
    ],
)
def test_initialisations_have_their_variance(init, variance):
    layer = nn.Layer(100, 50, init=init, seed=0)
    weights = [w.data for neuron in layer.neurons for w in neuron.w]
    assert np.mean(weights) == pytest.approx(0.0, abs=0.05)
    assert np.var(weights) == pytest.approx(variance, rel=0.06)
    assert all(neuron.b.data == 0.0 for neuron in layer.neurons)


def test_an_embedding_looks_up_rows_by_number_and_by_value():
    table = nn.Embedding(5, 3, seed=1)
    assert table(2) == table.rows[2]
    by_value = table(Value(2.0))
    assert [v.data for v in by_value] == [v.data for v in table.rows[2]]
    autograd.sum(by_value).backward()
    assert [[v.grad for v in row] for row in table.rows] == [[float(i == 2)] * 3 for i in range(5)]
    with pytest.raises(IndexError, match="0 to 4, got 5"):
        table(5)


def test_sequential_applies_modules_and_functions():
    model = nn.Sequential(nn.Layer(2, 3, seed=1), autograd.softmax, lambda p: p[0])
    assert 0.0 < model([1.0, 2.0]).data < 1.0 and len(model.parameters()) == 9


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.Neuron(3)([1.0]), ValueError, "takes 3 inputs, got 1"),
        (lambda: nn.MLP(2, [3, 1])([1.0, 2.0, 3.0]), ValueError, "takes 2 inputs, got 3"),
        (lambda: nn.MLP(2, [1])(3.0), TypeError, "expected a list of inputs, got float: 3.0"),
        (lambda: nn.MLP(2, [1])(["a", 1]), TypeError, "got str: 'a'"),
        (lambda: nn.Neuron(2, activation="rleu"), ValueError, "'rleu'; known are linear, relu,"),
        (lambda: nn.Neuron(2, init="zero"), ValueError, "'zero'; known are uniform, xavier"),
        (lambda: nn.Neuron(0), ValueError, "nin must be at least 1, got 0"),
        (lambda: nn.Layer(1, -1), ValueError, "nout must be at least 1, got -1"),
        (lambda: nn.MLP(2, []), ValueError, "at least one layer"),
        (lambda: nn.Module()(1), NotImplementedError, "Module does not define __call__"),
    ],
)
def test_bad_input_is_a_clear_error(call, error, message):
    with pytest.raises(error, match=message):
        call()


def names(module):
    return [name for name, _ in module.named_parameters()]


def module(**attributes):
    made = nn.Module()
    vars(made).update(attributes)
    return made


@dataclasses.dataclass
class Pair:
    first: object
    second: object


Named = collections.namedtuple("Named", ["first", "second"])


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        (lambda a, b: [a, b], ["x.0", "x.1"]),
        (lambda a, b: (a, b), ["x.0", "x.1"]),
        (lambda a, b: Named(a, b), ["x.0", "x.1"]),
        (lambda a, b: collections.deque([a, b]), ["x.0", "x.1"]),
        (lambda a, b: np.array([a, b]), ["x.0", "x.1"]),
        (lambda a, b: np.array([[a], [b]]), ["x.0.0", "x.1.0"]),
        (lambda a, b: {"a": a, 2: b}, ["x.a", "x.2"]),
        (lambda a, b: types.MappingProxyType({"a": a, "b": b}), ["x.a", "x.b"]),
        (lambda a, b: Pair(a, b), ["x.first", "x.second"]),
        (lambda a, b: Pair(collections.deque([a]), {"b": np.array([b])}), None),
        (lambda a, b: Pair("text", [None, {"k": (a, 3.0, b)}]), None),
        (lambda a, b: [module(w=a), module(w=b)], ["x.0.w", "x.1.w"]),
        (lambda a, b: collections.deque([module(w=a), Pair(3, b)]), None),
    ],
)
def test_parameters_are_found_and_restored_in_every_ordered_container(container, expected):
    a, b = Value(1.0), Value(2.0)
    made = module(x=container(a, b))
    assert made.parameters() == [a, b]
    assert expected in (None, names(made))
    state = json.loads(json.dumps(made.state_dict()))
    a.data, b.data = 3.0, 4.0
    made.load_state_dict(state)
    assert (a.data, b.data) == (1.0, 2.0)


def test_an_array_without_axes_holds_its_one_parameter():
    w = Value(1.0)
    array = np.empty((), dtype=object)
    array[()] = w
    assert module(x=array).parameters() == [w]


@pytest.mark.parametrize("kind", [set, frozenset])
@pytest.mark.parametrize("content", [lambda: Value(1.0), lambda: nn.Neuron(1)])
def test_parameters_in_a_set_are_refused(kind, content):
    with pytest.raises(TypeError, match=r"inner\.bag\[0\] is a set, which has no order"):
        module(inner=module(bag=[kind([content()])])).parameters()


def test_a_set_of_other_things_is_nobodys_business():
    assert names(module(words={"a", "b"}, w=Value(1.0))) == ["w"]


def test_a_module_that_knows_its_parent_is_entered_once():
    parent = module(w=Value(1.0))
    parent.children = [module(v=Value(2.0), parent=parent) for _ in range(2)]
    assert names(parent) == ["w", "children.0.v", "children.1.v"]
    assert names(parent.children[0]) == ["v", "parent.w", "parent.children.1.v"]
    parent.load_state_dict(parent.state_dict())
    assert repr(parent).startswith("Module: 3 parameters")


def test_twenty_modules_that_all_know_each_other_are_entered_once():
    blocks = [module(w=Value(float(i))) for i in range(20)]
    for block in blocks:
        block.others = [other for other in blocks if other is not block]
    assert len(names(module(blocks=blocks))) == 20


@pytest.mark.parametrize("of", [[], [1.0], [Value(1.0)], [nn.Neuron(1)]], ids=repr)
@pytest.mark.parametrize("through", [list, dict])
def test_a_container_that_holds_itself_is_entered_once(of, through):
    cyclic = [*of]
    cyclic.append(cyclic if through is list else {"again": cyclic})
    made = module(cyclic=cyclic)
    assert len(made.parameters()) == sum(len(nn.Sequential(x).parameters()) for x in of)
    made.load_state_dict(made.state_dict())


def test_a_shared_layer_stands_in_the_state_once():
    layer = nn.Neuron(1, seed=1)
    tied = module(first=layer, second=layer)
    assert list(tied.state_dict()) == ["first.w", "first.b"]


def test_a_dataclass_may_be_a_module():
    @dataclasses.dataclass
    class Scale(nn.Module):
        gain: Value

        def __call__(self, x):
            return self.gain * x

    assert list(nn.Sequential(Scale(Value(2.0))).state_dict()) == ["stages.0.gain"]


@pytest.mark.parametrize(
    ("attributes", "first", "second"),
    [
        ({"x": {1: Value(1.0), "1": Value(2.0)}}, "x[1]", "x['1']"),
        ({"x": {1: nn.Neuron(1), "1": nn.Neuron(1)}}, "x[1].w", "x['1'].w"),
        ({"x": {"a.b": Value(1.0), "a": {"b": Value(2.0)}}}, "x['a.b']", "x['a']['b']"),
        ({"x": [{"a.0": Value(1.0)}, 3], "x.0": {"a": [Value(1.0)]}}, "x[0]", "x.0"),
        ({"x": module(w=Value(1.0)), "x.w": Value(2.0)}, "x.w", "x.w"),
        ({"x": [Value(1.0)], "x.0": Value(2.0)}, "x[0]", "x.0"),
    ],
)
def test_two_parameters_of_one_name_are_refused_with_both_places(attributes, first, second):
    made = module(**attributes)
    message = re.escape(f"{first} and {second} have the same name")
    for ask in (made.state_dict, made.parameters, lambda: made.load_state_dict({})):
        with pytest.raises(ValueError, match=message):
            ask()


def test_equal_names_of_other_things_are_nobodys_business():
    assert names(module(x={1: "a", "1": "b", "w": Value(1.0)})) == ["x.w"]


def test_two_numbers_for_one_shared_parameter_are_refused():
    w, v = Value(1.0), Value(2.0)
    made = module(a=w, b=[w, v])
    assert made.state_dict() == {"a": 1.0, "b": [1.0, 2.0]}
    with pytest.raises(ValueError, match=r"a and b\.0 are one shared parameter, .* 5\.0 and 6\.0"):
        made.load_state_dict({"a": 5.0, "b": [6.0, 7.0]})
    assert (w.data, v.data) == (1.0, 2.0)
    made.load_state_dict({"a": float("nan"), "b": [float("nan"), 7.0]})
    assert v.data == 7.0


def test_entries_of_a_dict_are_matched_by_key_in_any_order():
    made = module(x={"a": Value(1.0), "b": Value(2.0)})
    made.load_state_dict({"x": {"b": 4.0, "a": 3.0}})
    assert [p.data for p in made.parameters()] == [3.0, 4.0]
