"""Programs that tests start import the same packages as the tests do, installed or not."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograd

signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background ignores Ctrl-C
os.environ["PYTHONPATH"] = str(Path(autograd.__file__).resolve().parent.parent)


@pytest.fixture(autouse=True)
def usual_recursion_limit() -> Iterator[None]:
    """Peers in the benchmarks recurse and raise the limit; no other test is to run on it."""
    limit = sys.getrecursionlimit()
    yield
    sys.setrecursionlimit(limit)
