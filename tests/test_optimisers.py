"""Optimisers: PyTorch's numbers over 100 steps, schedules, clipping, and clear errors."""

import math

import pytest

import nn
from autograd import Value, constant
from nn import schedules

START = [1.5, -2.0, 0.3]

RUNS = [
    (nn.SGD, "SGD", {"lr": 0.05}),
    (nn.SGD, "SGD", {"lr": 0.05, "momentum": 0.9}),
    (nn.SGD, "SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.02}),
    (nn.SGD, "SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    (nn.Adam, "Adam", {"lr": 0.05}),
    (nn.Adam, "Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.1}),
    (nn.AdamW, "AdamW", {"lr": 0.05}),
    (nn.AdamW, "AdamW", {"lr": 0.05, "weight_decay": 0.2}),
]


def loss_of(x, y, z):
    return (x * x - y) * (x * x - y) + (y * z - 1) * (y * z - 1) + 0.1 * z * z * z * z


@pytest.mark.parametrize(("make", "name", "options"), RUNS)
def test_a_hundred_steps_equal_pytorchs_to_1e_12(make, name, options):
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch")
    values = [Value(x) for x in START]
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]
    ours, theirs = make(values, **options), getattr(torch.optim, name)(tensors, **options)
    for _ in range(100):
        for optimizer, parameters in ((ours, values), (theirs, tensors)):
            optimizer.zero_grad()
            loss_of(*parameters).backward()
            optimizer.step()
        assert [v.data for v in values] == pytest.approx(
            [t.item() for t in tensors], rel=1e-12, abs=1e-12
        )


def test_a_schedule_equals_pytorchs_cosine_annealing():
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch")
    tensor = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    theirs = torch.optim.SGD([tensor], lr=0.1)
    annealing = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, T_max=50, eta_min=0.01)
    value = Value(1.0)
    ours = nn.SGD([value], lr=schedules.cosine(0.1, 50, 0.01))
    for _ in range(50):
        for optimizer, x in ((ours, value), (theirs, tensor)):
            optimizer.zero_grad()
            (x * x).backward()
            optimizer.step()
        annealing.step()
        assert value.data == pytest.approx(tensor.item(), rel=1e-12)


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        (schedules.constant(0.5), {0: 0.5, 99: 0.5}),
        (schedules.linear(1.0, 10), {0: 1.0, 5: 0.5, 10: 0.0, 50: 0.0}),
        (schedules.cosine(1.0, 10), {0: 1.0, 5: 0.5, 10: 0.0, 50: 0.0}),
        (schedules.step_decay(1.0, 3), {0: 1.0, 2: 1.0, 3: 0.1, 6: 0.01}),
        (schedules.exponential(1.0, 0.5), {0: 1.0, 3: 0.125}),
        (schedules.warmup(schedules.constant(1.0), 4), {0: 0.25, 3: 1.0, 9: 1.0}),
    ],
)
def test_schedules_are_plain_functions_of_the_step(schedule, rates):
    for step, rate in rates.items():
        assert schedule(step) == pytest.approx(rate)


@pytest.mark.parametrize(("make", "name", "options"), RUNS)
def test_a_state_resumes_to_the_same_numbers(make, name, options):
    def run(steps, values, optimizer):
        for _ in range(steps):
            optimizer.zero_grad()
            loss_of(*values).backward()
            optimizer.step()

    whole = [Value(x) for x in START]
    run(20, whole, make(whole, **options))
    first = [Value(x) for x in START]
    optimizer = make(first, **options)
    run(8, first, optimizer)
    second = [Value(v.data) for v in first]
    resumed = make(second, **options)
    resumed.load_state_dict(optimizer.state_dict())
    run(12, second, resumed)
    assert [v.data for v in second] == [v.data for v in whole]


def test_clipping_equals_pytorchs():
    torch = pytest.importorskip("torch", reason="the oracle is PyTorch")
    gradients = [3.0, -4.0, 12.0]
    for max_norm in (1.0, 100.0):
        values = [Value(0.0) for _ in gradients]
        tensors = [torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in gradients]
        for value, tensor, gradient in zip(values, tensors, gradients):
            value.grad, tensor.grad = gradient, torch.tensor(gradient, dtype=torch.float64)
        expected = torch.nn.utils.clip_grad_norm_(tensors, max_norm).item()
        assert nn.clip_grad_norm_(values, max_norm) == pytest.approx(expected, rel=1e-14)
        assert [v.grad for v in values] == pytest.approx([t.grad.item() for t in tensors])
    nn.clip_grad_value_(values, 3.5)
    assert [v.grad for v in values] == [3.0, -3.5, 3.5]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.SGD([]), ValueError, "needs parameters, got none"),
        (
            lambda: nn.SGD([Value(1.0), 1.0]),
            TypeError,
            "leaf Values, .*parameter 1 is a float: 1.0",
        ),
        (lambda: nn.SGD("w"), TypeError, "leaf Values, .*parameter 0 is a str: 'w'"),
        (lambda: nn.SGD([Value(1.0) * 2]), TypeError, "parameter 0 is computed by 'mul'"),
        (lambda: nn.SGD([constant(1.0)]), TypeError, "leaf Values, .*parameter 0 is a constant"),
        (lambda: nn.SGD([Value(1.0)], lr=-1), ValueError, "lr is out of range: -1"),
        (lambda: nn.SGD([Value(1.0)], lr=math.nan), ValueError, "lr is out of range: nan"),
        (lambda: nn.SGD([Value(1.0)], nesterov=True), ValueError, "needs a momentum above 0"),
        (lambda: nn.Adam([Value(1.0)], betas=(0.9, 1.0)), ValueError, "a beta is out of range"),
        (lambda: nn.Adam([Value(1.0)]).load_state_dict({}), KeyError, "has the state"),
        (
            lambda: nn.SGD([Value(1.0)]).load_state_dict({"steps": 1, "velocity": []}),
            ValueError,
            "velocity: 0 numbers for 1 parameters",
        ),
    ],
)
def test_bad_input_is_a_clear_error(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("make", [nn.SGD, nn.Adam, nn.AdamW])
def test_a_parameter_listed_twice_is_refused_by_name(make):
    w, b = Value(1.0, "w"), Value(2.0)
    with pytest.raises(ValueError, match=r"parameter 2 \('w'\) is parameter 0 again"):
        make([w, b, w])
    with pytest.raises(ValueError, match="parameter 2 is parameter 1 again"):
        make(iter([w, b, b]))
    assert make(v for v in [w, b]).parameters == [w, b]


class Signed(nn.SGD):
    def _moved(self, i, x, gradient, rate):
        return x - rate * math.copysign(1.0, gradient)


class Clipped(nn.Adam):
    def step(self):
        nn.clip_grad_value_(self.parameters, 0.5)
        super().step()


class Warm(nn.AdamW):
    @property
    def rate(self):
        return 0.1 * super().rate


class Named(nn.Adam):
    """Changes nothing of the update."""

    def __init__(self, model_parameters):
        super().__init__(model_parameters, lr=0.5)

    def __repr__(self):
        return "Named"


def test_an_optimiser_says_whose_formula_its_update_is():
    w = [Value(1.0)]
    assert [make(w).formula for make in (nn.SGD, nn.Adam, nn.AdamW)] == ["SGD", "Adam", "AdamW"]
    assert Named(w).formula == "Adam"
    for make, name in ((Signed, "_moved"), (Clipped, "step"), (Warm, "rate")):
        with pytest.raises(TypeError, match=rf"{make.__name__} has its own update \({name}\)"):
            _ = make(w).formula
    patched = nn.SGD(w)
    patched.step = lambda: None
    with pytest.raises(TypeError, match=r"SGD has its own update \(step\)"):
        _ = patched.formula


def test_a_parameter_whose_gradient_is_none_stays_as_in_pytorch():
    moving, staying = Value(1.0), Value(2.0)
    optimizer = nn.SGD([moving, staying], lr=0.1, momentum=0.9)
    for _ in range(2):
        moving.grad, staying.grad = 3.0, None
        nn.clip_grad_value_([moving, staying], 1.0)
        assert nn.clip_grad_norm_([moving, staying], 10.0) == 1.0
        optimizer.step()
    assert staying.data == 2.0 and moving.data == pytest.approx(1.0 - 0.1 - 0.19)
