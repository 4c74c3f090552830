"""Losses: PyTorch's numbers and gradients, infinities, and clear errors."""

import math

import pytest

import autograd
import nn
from autograd import Value

inf = math.inf
P, T = [0.9, 0.2, 1e-7, 0.5], [1.0, 0.0, 1.0, 0.3]
X = [3.0, -2.0, 30.0, -0.1]


def both(loss, oracle, inputs, targets):
    """Our loss and gradients, and PyTorch's."""
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch")
    values = [Value(x) for x in inputs]
    ours = loss(values, targets)
    ours.backward()
    tensor = torch.tensor(inputs, dtype=torch.float64, requires_grad=True)
    theirs = oracle(torch)(tensor, torch.tensor(targets, dtype=torch.float64))
    theirs.backward()
    return [ours.data, *[v.grad for v in values]], [theirs.item(), *tensor.grad.tolist()]


@pytest.mark.parametrize(
    ("name", "inputs"),
    [("mse_loss", X), ("binary_cross_entropy", P), ("binary_cross_entropy_with_logits", X)],
)
def test_losses_and_their_gradients_equal_pytorchs(name, inputs):
    ours, theirs = both(
        getattr(nn, name), lambda torch: getattr(torch.nn.functional, name), inputs, T
    )
    assert ours == pytest.approx(theirs, rel=1e-12)


def test_cross_entropy_equals_pytorchs_for_classes_and_for_probabilities():
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch")
    logits = [[1.0, -2.0, 0.5], [1000.0, 999.0, -1000.0]]
    for targets in ([2, 1], [[0.2, 0.3, 0.5], [0.0, 1.0, 0.0]]):
        values = [[Value(x) for x in row] for row in logits]
        ours = nn.cross_entropy(values, targets)
        ours.backward()
        tensor = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
        kind = torch.long if isinstance(targets[0], int) else torch.float64
        theirs = torch.nn.functional.cross_entropy(tensor, torch.tensor(targets, dtype=kind))
        theirs.backward()
        assert ours.data == pytest.approx(theirs.item(), rel=1e-12)
        for row, gradients in zip(values, tensor.grad.tolist()):
            assert [v.grad for v in row] == pytest.approx(gradients, rel=1e-12, abs=1e-300)
    single = nn.cross_entropy([Value(x) for x in logits[0]], 2)
    assert single.data == nn.cross_entropy([[Value(x) for x in logits[0]]], [2]).data


def test_a_class_index_may_be_a_value():
    logits = [Value(1.0), Value(-2.0), Value(0.5)]
    for index in range(3):
        by_value = nn.cross_entropy(logits, Value(index))
        assert by_value.data == nn.cross_entropy(logits, index).data


def test_hinge_loss_is_the_mean_of_what_is_short_of_the_margin():
    assert nn.hinge_loss([2.0, 0.5, -1.0], [1, 1, 1]) == pytest.approx((0 + 0.5 + 2) / 3)
    assert nn.hinge_loss(Value(0.25), -1).data == 1.25


def test_binary_cross_entropy_is_really_infinite_and_its_logit_form_is_not():
    assert nn.binary_cross_entropy(Value(1.0), 0).data == inf
    assert nn.binary_cross_entropy(Value(0.0), 1).data == inf
    w, b = Value(0.5), Value(-0.2)
    loss = nn.binary_cross_entropy_with_logits(w * 100 + b, 0)
    loss.backward()
    assert (loss.data, w.grad, b.grad) == (49.8, 100.0, 1.0)


@pytest.mark.parametrize("wrap", [float, Value], ids=["a plain target", "a Value as target"])
@pytest.mark.parametrize(
    ("x", "t", "loss", "slope"),
    [
        (1000.0, 0.0, 1000.0, 1.0),
        (1000.0, 1.0, 0.0, 0.0),
        (-1000.0, 0.0, 0.0, 0.0),
        (-1000.0, 1.0, 1000.0, -1.0),
        (inf, 1.0, 0.0, 0.0),
        (inf, 0.0, inf, 1.0),
        (-inf, 0.0, 0.0, 0.0),
        (-inf, 1.0, inf, -1.0),
    ],
)
def test_logits_of_any_size_have_their_limit(x, t, loss, slope, wrap):
    value = Value(x)
    result = nn.binary_cross_entropy_with_logits(value, wrap(t))
    result.backward()
    assert (result.data, value.grad) == (loss, slope)


@pytest.mark.parametrize("wrap", [float, Value], ids=["a plain target", "a Value as target"])
@pytest.mark.parametrize(("p", "t"), [(0.0, 0.0), (1.0, 1.0)])
def test_a_certain_and_right_probability_costs_nothing(p, t, wrap):
    value = Value(p)
    result = nn.binary_cross_entropy(value, wrap(t))
    result.backward()
    assert result.data == 0.0 and math.isfinite(value.grad)


def test_losses_of_plain_numbers_are_plain_numbers():
    assert nn.mse_loss([1.0, 2.0], [0.0, 0.0]) == 2.5
    assert nn.binary_cross_entropy(0.9, 1) == pytest.approx(0.105, abs=1e-3)


@pytest.mark.parametrize(
    "loss", [nn.mse_loss, nn.binary_cross_entropy, nn.hinge_loss, nn.cross_entropy]
)
def test_lists_that_do_not_match_are_refused_with_both_counts(loss):
    rows = [[Value(0.5)], [Value(0.5)]]
    with pytest.raises(ValueError, match=r"2 .*3"):
        loss(rows, [0, 0, 0])
    with pytest.raises(ValueError, match="no "):
        loss([], [])


def test_targets_and_probabilities_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"from 0 to 1, got 1.5; for a logit use"):
        nn.binary_cross_entropy(Value(1.5), 1)
    with pytest.raises(IndexError, match="0 to 1, got 2"):
        nn.cross_entropy([Value(0.0), Value(1.0)], 2)
    with pytest.raises(ValueError, match="2 logits, but 3 probabilities"):
        nn.cross_entropy([Value(0.0), Value(1.0)], [0.2, 0.3, 0.5])


def test_gradients_of_losses_pass_gradcheck():
    def loss(a, b):
        return nn.cross_entropy([a, b, a * b], 1) + nn.mse_loss([a, b], [0.5, 2.0])

    assert autograd.gradcheck(loss, [0.3, -0.4])
