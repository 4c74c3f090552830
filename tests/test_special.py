"""erf, erfc and gelu on arrays, against 40 digits."""

import math

import pytest

from autograd import ieee
from autograd.compiling.writing import special

np = pytest.importorskip("numpy", reason="these are functions of arrays")
mpmath = pytest.importorskip("mpmath", reason="it has the 40 digits")
mpmath.mp.dps = 40
LAST_PLACE = 5e-324


def gelu(x):
    return x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2


EXACT = {"erf": mpmath.erf, "erfc": mpmath.erfc, "gelu": gelu}


def assert_near(name, numbers, bound):
    """`bound`: x -> the largest relative error there."""
    for x, got in zip(numbers, getattr(special, name)(numbers).tolist()):
        exact = EXACT[name](mpmath.mpf(x))
        assert abs(mpmath.mpf(got) - exact) <= bound(x) * abs(exact) + LAST_PLACE, x


def dense(low, high, n=1500):
    """A grid; the points of the table and the halves between them, where the series is longest."""
    between = np.arange(low, high, 1 / 7) // (0.5 / special.GRID) * (0.5 / special.GRID)
    return [*np.linspace(low, high, n).tolist(), *between.tolist()]


@pytest.mark.parametrize("name", ["erf", "erfc"])
@pytest.mark.parametrize(("low", "high"), [(-7, -1), (-1, 1), (1, 4), (3.95, 4.05), (4, 26.5)])
def test_the_error_function_is_exact_to_three_last_places(name, low, high):
    assert_near(name, dense(low, high), lambda x: 6e-16)


@pytest.mark.parametrize(("low", "high"), [(-37.4, -8), (-8, -1), (-1, 1), (1, 40)])
def test_gelu_is_as_exact_as_its_rounded_argument_allows(low, high):
    """x / sqrt(2) is off by 2 roundings, which erfc far out multiplies by x * x."""
    assert_near("gelu", dense(low, high), lambda x: 6e-16 + min(x, 0.0) ** 2 * 2.3e-16)


@pytest.mark.parametrize("name", list(EXACT))
def test_tiny_and_huge_numbers(name):
    tiny = [s * 10.0**-k for k in range(4, 320, 7) for s in (1.0, -1.0)]
    assert_near(name, tiny, lambda x: 6e-16)
    assert_near(name, [27.0, 30.0, 38.0, 1e5], lambda x: 6e-16)


def test_what_is_infinite_nan_or_a_signed_zero():
    numbers = [math.inf, -math.inf, math.nan, 0.0, -0.0]
    assert repr(special.erf(numbers).tolist()) == "[1.0, -1.0, nan, 0.0, -0.0]"
    assert repr(special.erfc(numbers).tolist()) == "[0.0, 2.0, nan, 1.0, 1.0]"
    assert repr(special.gelu(numbers).tolist()) == repr([ieee.gelu(x) for x in numbers])


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (2, 3), (10_000,), (3, 4097)])
def test_any_shape_and_any_layout(shape):
    numbers = np.random.default_rng(0).normal(0, 3, shape)
    before = numbers.copy()
    for name in EXACT:
        got = getattr(special, name)(numbers)
        assert got.shape == shape and got.dtype == float
        turned = getattr(special, name)(np.asfortranarray(numbers.T))
        np.testing.assert_array_equal(turned, got.T)
    np.testing.assert_array_equal(numbers, before)
    expected = [math.erf(x) for x in numbers.ravel().tolist()]
    np.testing.assert_allclose(special.erf(numbers).ravel(), expected, rtol=6e-16)
