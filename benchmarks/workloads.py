"""The workloads of the speed table: their data, and the parameters that they start from.

Every peer (`by_numpy.py`, `by_torch.py` ...) trains the same model from the same numbers, all
float64.  One step is forward, backward and update, and yields the loss.  A peer turns a
workload into a `Run`, a function that does n more steps and returns their n losses.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Run = Callable[[int], Any]
"""run(n) does n steps and returns n losses; for the chain, n rows (output, d/dx0, d/da, d/db)."""

NAMES = ["blog", "moons-tanh", "moons-relu", "digits-64", "digits-1437", "gpt", "chain"]
L2 = 1e-4
WIDTH, HEADS, BLOCK, VOCABULARY, EPS = 16, 4, 16, 27, 1e-5


class NotForThisPeer(Exception):
    """This peer leaves this workload out; the message says why."""


@dataclass
class Workload:
    """`inputs` (rows, inputs) and `targets` (rows,); for gpt token numbers, (1, 8) each."""

    name: str
    kind: str
    inputs: Any
    targets: Any
    parameters: dict[str, Any]  # matrices of an MLP are (inputs, outputs), of the GPT (out, in)
    rate: float = 0.0
    activation: str = "tanh"
    blocks: int = 0  # of the chain

    def copy_of_parameters(self) -> dict[str, Any]:
        return {name: array.copy() for name, array in self.parameters.items()}


def workload(name: str, small: bool = False) -> Workload:
    """A workload by its name; `small` has fewer rows, for the tests."""
    if name == "blog":
        return _blog()
    if name.startswith("moons"):
        return _moons(name, 12 if small else 100)
    if name.startswith("digits"):
        rows = int(name.partition("-")[2])
        return _digits(name, rows if not small else 5 if rows == 64 else 7)
    if name == "gpt":
        return _gpt()
    if name == "chain":
        return Workload(name, "chain", None, None, {}, blocks=6 if small else 47_619)
    raise ValueError(f"no workload is called {name!r}; the workloads are {', '.join(NAMES)}")


def _blog() -> Workload:
    """Half the sum of squared errors of sigmoid(X w), four rows; plain gradient descent."""
    inputs = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], float)
    weights = 2 * np.random.RandomState(42).random_sample(3) - 1
    return Workload("blog", "blog", inputs, np.array([0.0, 0, 1, 1]), {"w": weights}, 1.0)


def _moons(name: str, rows: int) -> Workload:
    """mean(relu(1 - y * score)) + 1e-4 * (sum of all parameters squared), MLP 2-16-16-1."""
    from sklearn.datasets import make_moons

    inputs, labels = make_moons(rows, noise=0.1, random_state=1337)
    parameters = _mlp([2, 16, 16, 1], np.random.default_rng(1337), scaled=False)
    activation = name.partition("-")[2]
    return Workload(name, "moons", inputs, 2.0 * labels - 1, parameters, 0.05, activation)


def _digits(name: str, rows: int) -> Workload:
    """Mean softmax cross-entropy of handwritten digits, MLP 64-32-10 with tanh."""
    from sklearn.datasets import load_digits

    inputs, labels = load_digits(return_X_y=True)
    parameters = _mlp([64, 32, 10], np.random.default_rng(0), scaled=True)
    return Workload(name, "digits", inputs[:rows] / 16, labels[:rows], parameters, 0.1)


def _mlp(sizes: list[int], rng: Any, scaled: bool) -> dict[str, Any]:
    parameters = {}
    for i, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes), start=1):
        width = fan_in**-0.5 if scaled else 1.0
        parameters[f"W{i}"] = rng.uniform(-width, width, (fan_in, fan_out))
        parameters[f"b{i}"] = np.zeros(fan_out)
    return parameters


def _gpt() -> Workload:
    """One layer of a GPT on one name of seven letters: eight tokens in, the next eight out."""
    rng = np.random.default_rng(42)
    shapes = {
        "wte": (VOCABULARY, WIDTH),
        "wpe": (BLOCK, WIDTH),
        "wq": (WIDTH, WIDTH),
        "wk": (WIDTH, WIDTH),
        "wv": (WIDTH, WIDTH),
        "wo": (WIDTH, WIDTH),
        "fc1": (4 * WIDTH, WIDTH),
        "fc2": (WIDTH, 4 * WIDTH),
        "head": (VOCABULARY, WIDTH),
    }
    parameters = {name: rng.normal(0, 0.08, shape) for name, shape in shapes.items()}
    tokens = [26, *[ord(letter) - ord("a") for letter in "matilda"], 26]
    return Workload("gpt", "gpt", np.array([tokens[:-1]]), np.array([tokens[1:]]), parameters, 0.01)
