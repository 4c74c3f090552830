"""IEEE arithmetic: infinities and nan instead of exceptions, as PyTorch's float64 has them."""

import math

import pytest

import autograd
from autograd import OPERATIONS, Value

inf, nan = math.inf, math.nan


def same(x, y):
    return x == y or (math.isnan(x) and math.isnan(y))


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda v: v(0.0).log(), -inf),
        (lambda v: v(-1.0).log(), nan),
        (lambda v: v(-1.0).log1p(), -inf),
        (lambda v: 1 / v(0.0), inf),
        (lambda v: 1 / v(-0.0), -inf),
        (lambda v: -1 / v(0.0), -inf),
        (lambda v: v(0.0) / 0, nan),
        (lambda v: v(inf) / v(inf), nan),
        (lambda v: v(1000.0).exp(), inf),
        (lambda v: v(1000.0).expm1(), inf),
        (lambda v: v(-1000.0).exp(), 0.0),
        (lambda v: v(0.0) * inf, nan),
        (lambda v: v(inf) - inf, nan),
        (lambda v: v(-8.0) ** (1 / 3), nan),
        (lambda v: v(0.0) ** -1, inf),
        (lambda v: v(-0.0) ** -1, -inf),
        (lambda v: v(0.0) ** 0, 1.0),
        (lambda v: v(nan) ** 0, 1.0),
        (lambda v: v(1e200) ** 2, inf),
        (lambda v: v(-1e200) ** 3, -inf),
        (lambda v: v(1e308) * 10, inf),
        (lambda v: v(-1.0).sqrt(), nan),
        (lambda v: v(inf).sin(), nan),
        (lambda v: v(inf).cos(), nan),
        (lambda v: v(inf).tan(), nan),
        (lambda v: v(nan).relu(), nan),
        (lambda v: autograd.maximum(v(nan), 1.0), nan),
        (lambda v: autograd.maximum(v(1.0), nan), nan),
        (lambda v: autograd.minimum(v(1.0), nan), nan),
    ],
)
def test_no_exception_and_no_complex_number(compute, expected):
    assert same(compute(Value).data, expected)


@pytest.mark.parametrize("x", [-inf, -1000.0, -40.0, 0.0, 40.0, 1000.0, inf])
def test_sigmoid_and_softplus_are_stable(x):
    s, p = Value(x).sigmoid(), Value(x).softplus()
    assert s.data == pytest.approx(0.0 if x < -700 else 1 / (1 + math.exp(-x)), rel=1e-15)
    assert p.data == pytest.approx(x if x > 30 else math.log1p(math.exp(x)), rel=1e-15)
    assert p.local_derivatives == (s.data,)
    assert math.isfinite(s.local_derivatives[0])


@pytest.mark.parametrize("shift", [0.0, 1000.0, -1000.0])
def test_softmax_and_logsumexp_do_not_overflow(shift):
    xs = [Value(x + shift) for x in (0.0, 1.0, -1.0)]
    total = math.log(1 + math.e + 1 / math.e)
    assert autograd.logsumexp(xs).data == pytest.approx(shift + total, rel=1e-14)
    expected = [math.exp(x - total) for x in (0.0, 1.0, -1.0)]
    assert [p.data for p in autograd.softmax(xs)] == pytest.approx(expected, rel=1e-12)
    autograd.logsumexp(xs).backward()
    assert [x.grad for x in xs] == pytest.approx(expected, rel=1e-12)


def test_logsumexp_of_infinities_is_the_largest():
    assert autograd.logsumexp([Value(inf), Value(3.0), Value(-inf)]).data == inf
    assert autograd.logsumexp([Value(-inf), Value(-inf)]).data == -inf
    assert autograd.peak(Value(-inf), Value(3.0)).data == 3.0
    assert math.isfinite(autograd.peak(inf, 3.0)) and math.isnan(autograd.peak(nan, inf))


def test_log_softmax_keeps_what_softmax_rounds_to_zero():
    log_shares = autograd.log_softmax([Value(0.0), Value(1000.0)])
    assert [x.data for x in log_shares] == [-1000.0, 0.0]


KINKS = [  # documented in the table
    ("relu", (0.0,), (0.0,)),
    ("abs", (0.0,), (0.0,)),
    ("leaky_relu", (0.0, 0.01), (0.01, 0.0)),
    ("elu", (0.0, 1.0), (1.0, 0.0)),
    ("maximum", (2.0, 2.0), (0.5, 0.5)),
    ("minimum", (2.0, 2.0), (0.5, 0.5)),
    ("pow", (0.0, 0.0), (0.0, 0.0)),
    ("pow", (0.0, 2.0), (0.0, 0.0)),
    ("pow", (0.0, 1.0), (1.0, 0.0)),
    ("sqrt", (0.0,), (inf,)),
    ("log", (0.0,), (inf,)),
]


@pytest.mark.parametrize(("name", "operands", "expected"), KINKS)
def test_derivatives_at_kinks(name, operands, expected):
    row = OPERATIONS[name]
    assert row.derivatives(row(*operands), *operands) == expected


@pytest.mark.parametrize(("name", "operands", "expected"), KINKS)
def test_pytorch_has_the_same_at_kinks(name, operands, expected):
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch")
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in operands]
    functional = torch.nn.functional
    if name == "leaky_relu":
        functional.leaky_relu(tensors[0], operands[1]).backward()
    elif name == "elu":
        functional.elu(tensors[0], operands[1]).backward()
    else:
        getattr(torch, name)(*tensors).backward()
    for tensor, derivative in zip(tensors, expected):
        if tensor.grad is not None:
            assert tensor.grad.item() == derivative


@pytest.mark.parametrize(("name", "second"), [("elu", 1.5), ("relu", 0.0), ("abs", 0.0)])
def test_second_derivatives_at_kinks(name, second):
    """elu takes all of the left side at 0, so that its derivatives by x and alpha agree."""
    f = (lambda x: autograd.elu(x, 1.5)) if name == "elu" else OPERATIONS[name]
    assert autograd.hessian(f)(0.0) == second


def test_the_mixed_derivatives_of_elu_and_leaky_relu_agree_at_the_kink():
    for row in (OPERATIONS["elu"], OPERATIONS["leaky_relu"]):
        matrix = autograd.hessian(row, argnums=(0, 1))(0.0, 0.5)
        assert matrix[0][1] == matrix[1][0] == 1.0


@pytest.mark.parametrize("zeros", [(-0.0, 0.0), (0.0, -0.0)])
@pytest.mark.parametrize("name", ["relu", "maximum", "minimum"])
def test_zeros_keep_the_sign_that_pytorch_gives_them(name, zeros):
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch")
    operands = zeros[: OPERATIONS[name].arity]
    expected = getattr(torch, name)(*[torch.tensor(x, dtype=torch.float64) for x in operands])
    got = OPERATIONS[name](*operands)
    assert math.copysign(1.0, got) == math.copysign(1.0, expected.item())


@pytest.mark.parametrize("x", [-inf, -1000.0, -30.0, -1.5, -1e-9, 0.3, 5.0, 1000.0, inf, nan])
@pytest.mark.parametrize(
    "name", "exp expm1 log log1p sqrt sin cos tan tanh erf sigmoid relu silu gelu abs".split()
)
def test_pytorch_has_the_same_value_and_derivative_everywhere(name, x):
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch")
    function = getattr(torch, name, None) or getattr(torch.nn.functional, name)
    tensor = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    expected = function(tensor)
    expected.backward()
    value = Value(x)
    result = getattr(value, name)()
    result.backward()
    close = {"rel": 1e-12, "abs": 1e-15, "nan_ok": True}
    assert result.data == pytest.approx(expected.item(), **close)
    if not (math.isnan(x) and name in ("relu", "abs")):  # of a nan there is no slope
        assert value.grad == pytest.approx(tensor.grad.item(), **close)
