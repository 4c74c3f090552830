"""Graphs drawn at random from the table: the engine against central differences and PyTorch."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, gradcheck
from autograd.backward import differentiate

UNARY = ["tanh", "sigmoid", "softplus", "sin", "cos", "erf", "exp", "silu", "gelu", "neg"]
BINARY = ["add", "sub", "mul", "div", "maximum"]

numbers = st.floats(-2.0, 2.0).filter(lambda x: abs(x) > 0.05)


@st.composite
def programs(draw):
    """Steps (operation, operand numbers); operands are chosen among all earlier results."""
    steps = []
    for known in range(3, 3 + draw(st.integers(1, 12))):
        name = draw(st.sampled_from(UNARY + BINARY + ["logsumexp", "dot"]))
        count = 1 if name in UNARY else 2 if name in BINARY else draw(st.integers(2, 4))
        pick = st.integers(0, known - 1)
        steps.append((name, [draw(pick) for _ in range(count)]))
    return steps


def run(steps, leaves, library):
    results = list(leaves)
    for name, picks in steps:
        operands = [results[i] for i in picks]
        results.append(library(name, operands))
    return results[-1] + results[-2] * results[0]


def ours(name, operands):
    if name == "div":  # away from the pole
        return operands[0] / (operands[1] * operands[1] + 1.0)
    if name == "exp":
        return (operands[0].tanh()).exp()
    if name == "logsumexp":
        return autograd.logsumexp(operands)
    if name == "dot":
        return autograd.dot(operands, operands[::-1], operands[0])
    return autograd.OPERATIONS[name](*operands)


def theirs(name, operands):
    import torch

    if name == "div":
        return operands[0] / (operands[1] * operands[1] + 1.0)
    if name == "exp":
        return torch.exp(torch.tanh(operands[0]))
    if name == "logsumexp":
        return torch.logsumexp(torch.stack(operands), 0)
    if name == "dot":
        return torch.stack(operands) @ torch.stack(operands[::-1]) + operands[0]
    if name == "softplus":  # PyTorch's own is cut off at 20
        return torch.logaddexp(operands[0], torch.zeros_like(operands[0]))
    if name in ("silu", "gelu"):
        return getattr(torch.nn.functional, name)(*operands)
    return getattr(torch, name)(*operands)


@settings(max_examples=150, deadline=None)
@given(programs(), st.lists(numbers, min_size=3, max_size=3))
def test_first_and_second_derivatives_equal_pytorchs(steps, point):
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch; gradcheck runs without it")
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
    expected = run(steps, tensors, theirs)
    values = [Value(x) for x in point]
    output = run(steps, values, ours)
    assume(abs(expected.item()) < 1e6)
    assert output.data == pytest.approx(expected.item(), rel=1e-11, abs=1e-11)
    first = torch.autograd.grad(expected, tensors, create_graph=True, allow_unused=True)
    output.backward()
    differentiable = differentiate(output)
    for value, slope in zip(values, first):
        slope = 0.0 if slope is None else slope
        scale = max(1.0, max(abs(float(s)) for s in first if s is not None))
        assert value.grad == pytest.approx(float(slope), rel=1e-10, abs=1e-10 * scale)
        assert float(differentiable.get(value, 0.0)) == pytest.approx(
            value.grad, rel=1e-9, abs=1e-10
        )
    if first[0] is not None and first[0].requires_grad:
        second = torch.autograd.grad(first[0], tensors, allow_unused=True)
        slope = differentiable.get(values[0], 0.0)
        ours_second = differentiate(slope) if isinstance(slope, Value) else {}
        for value, curvature in zip(values, second):
            curvature = 0.0 if curvature is None else curvature.item()
            if math.isfinite(curvature) and abs(curvature) < 1e8:
                got = float(ours_second.get(value, 0.0))
                assert got == pytest.approx(curvature, rel=1e-8, abs=1e-7)


@settings(max_examples=60, deadline=None)
@given(programs(), st.lists(numbers, min_size=3, max_size=3))
def test_gradients_agree_with_central_differences(steps, point):
    steps = [(name, picks) for name, picks in steps if name != "maximum"]  # kinks have no slope
    steps = [(name, [min(i, k + 2) for i in picks]) for k, (name, picks) in enumerate(steps)]

    def f(*leaves):
        return run(steps, leaves, ours)

    assume(steps and abs(float(f(*[Value(x) for x in point]))) <= 100.0)
    gradcheck(f, point, tolerance=2e-4)


@settings(max_examples=100, deadline=None)
@given(programs(), st.lists(numbers, min_size=3, max_size=3))
def test_a_second_backward_doubles_the_leaves_and_nothing_else(steps, point):
    values = [Value(x) for x in point]
    output = run(steps, values, ours)
    output.backward()
    nodes = autograd.topological_order(output)
    before = [node.grad for node in nodes]
    output.backward()
    for node, gradient in zip(nodes, before):
        if node.is_leaf:  # contributions are added one by one, so the last bit may differ
            assert node.grad == pytest.approx(2 * gradient, rel=1e-12, abs=1e-12)
        else:
            assert node.grad == gradient
