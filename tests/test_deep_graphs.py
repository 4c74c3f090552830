"""A graph a million deep: nothing here recurses, so no limit is met and no stack overflows."""

import copy
import gc
import sys
import tracemalloc

import pytest

from autograd import Value, grad
from autograd.backward import differentiate

MILLION = 1_000_000


def chain(x, length):
    for _ in range(length):
        x = x * 0.9999999
    return x


def test_a_million_operations_are_built_differentiated_copied_and_freed():
    assert sys.getrecursionlimit() < MILLION
    gc.disable()  # it would look through the million again and again
    try:
        _build_differentiate_copy_and_free()
    finally:
        gc.enable()


def _build_differentiate_copy_and_free():
    x = Value(1.0)
    output = chain(x, MILLION)
    output.backward()
    assert x.grad == pytest.approx(output.data)
    twin = copy.deepcopy(output)
    del output
    assert twin.data == pytest.approx(x.grad)
    del twin


def test_deep_gradients_of_gradients():
    def f(x):
        for _ in range(20_000):
            x = x * 0.9999 + 0.0001
        return x * x

    slope = 0.9999**20_000
    assert grad(grad(f))(0.5) == pytest.approx(2 * slope * slope)
    assert len(differentiate(f(Value(0.5)))) > 40_000


def test_a_node_costs_at_most_300_bytes_at_the_peak():
    length = 100_000
    a, b, x = Value(1.0), Value(1e-9), Value(0.5)
    tracemalloc.start()
    try:
        for _ in range(length // 21):
            for _ in range(10):
                x = x * a
                x = x + b
            x = x.tanh()
        x.backward()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak / length <= 300
