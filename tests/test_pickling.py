"""Models go through pickle, and so to other processes, with all that training needs."""

import copy
import multiprocessing
import pickle

import pytest

import nn

XS, YS = [[0.0, 1.0], [1.0, 0.5], [2.0, -1.0]], [1.0, -1.0, 0.5]


def copied(thing):
    return pickle.loads(pickle.dumps(thing))


def outputs(model):
    return [float(model(x)) for x in XS]


@pytest.mark.parametrize("activation", nn.ACTIVATIONS)
def test_a_model_comes_out_of_pickle_as_it_went_in(activation):
    model = nn.MLP(2, [3, 1], activation=activation, seed=1)
    again = copied(model)
    assert repr(again) == repr(model)
    assert outputs(again) == outputs(model)
    assert [p.label for p in again.parameters()] == [p.label for p in model.parameters()]
    nn.fit(again, XS, YS, nn.mse_loss, nn.SGD(again.parameters()))
    assert outputs(again) != outputs(model)


@pytest.mark.parametrize("make", [copied, copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_model_and_its_optimiser_still_share_their_parameters(make):
    model = nn.MLP(2, [3, 1], activation="linear", seed=1)
    optimizer = nn.Adam(model.parameters(), lr=0.1)
    nn.fit(model, XS, YS, nn.mse_loss, optimizer, epochs=3)
    again, rule = make((model, optimizer))
    for trained, its in ((model, optimizer), (again, rule)):
        nn.fit(trained, XS, YS, nn.mse_loss, its, epochs=4)
    assert outputs(again) == outputs(model)
    assert rule.state_dict() == optimizer.state_dict()


@pytest.mark.parametrize(
    "schedule",
    [
        nn.schedules.constant(0.1),
        nn.schedules.linear(0.1, 10),
        nn.schedules.cosine(0.1, 10),
        nn.schedules.step_decay(0.1, 3),
        nn.schedules.exponential(0.1, 0.9),
        nn.schedules.warmup(nn.schedules.cosine(0.1, 10), 4),
    ],
    ids=["constant", "linear", "cosine", "step_decay", "exponential", "warmup"],
)
def test_a_schedule_comes_out_of_pickle_with_the_same_rates(schedule):
    optimizer = nn.SGD(nn.Neuron(2).parameters(), lr=schedule)
    again = copied(optimizer)
    assert [again.lr(step) for step in range(12)] == [schedule(step) for step in range(12)]


def test_a_model_goes_to_a_fresh_process_and_back():
    model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(outputs, [model]) == [outputs(model)]
        assert pool.map(copy.copy, [model])[0].state_dict() == model.state_dict()
