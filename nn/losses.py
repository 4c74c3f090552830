"""Losses: how wrong are these outputs?  Argument order (input, target) and meaning are PyTorch's.

Inputs and targets are numbers or (nested) lists of numbers, plain or Values; the result is the
mean over all pairs.  Every loss raises ValueError when the lists differ in length or are empty.
"""

from typing import Any

from autograd import (
    Value,
    choose,
    log,
    log1p,
    log_softmax,
    logsumexp,
    mean,
    peak,
    relu,
    softplus,
    where,
)
from autograd import sum as add_up


def mse_loss(input: Any, target: Any) -> Any:
    """The mean of (x - y) ** 2."""
    errors = [x - y for x, y in _pairs("mse_loss", input, target)]
    return mean([error * error for error in errors])


def binary_cross_entropy(input: Any, target: Any) -> Any:
    """The mean of -(t * log(p) + (1 - t) * log(1 - p)): p a probability, t the truth, 0 or 1.

    It is infinite for a p of exactly 0 or 1 that is wrong, and its gradient is useless there
    (PyTorch clamps the logarithms at -100): train on the logit, `binary_cross_entropy_with_logits`.
    Raises ValueError for a p outside 0 ... 1.
    """
    pairs = _pairs("binary_cross_entropy", input, target)
    for p, _ in pairs:
        if p < 0.0 or p > 1.0:
            raise ValueError(
                f"binary_cross_entropy: a probability must be from 0 to 1, got {float(p)!r}; "
                "for a logit use binary_cross_entropy_with_logits"
            )
    return mean([_bit_entropy(p, t) for p, t in pairs])


def _bit_entropy(p: Any, t: Any) -> Any:
    if not isinstance(t, Value) and t in (0, 1):
        return -log(p) if t else -log1p(-p)
    # A term whose factor is 0 counts as 0, even if its logarithm is infinite.
    log_p = log(where(t, p, 1.0))
    log_q = log1p(-where(1.0 - t, p, 0.0))
    return -(t * log_p + (1.0 - t) * log_q)


def binary_cross_entropy_with_logits(input: Any, target: Any) -> Any:
    """The same for a logit x, p = sigmoid(x): the mean of t * softplus(-x) + (1 - t) * softplus(x).

    Finite for every finite x, with the gradient sigmoid(x) - t.
    """
    pairs = _pairs("binary_cross_entropy_with_logits", input, target)
    return mean([_bit_entropy_of_logit(x, t) for x, t in pairs])


def _bit_entropy_of_logit(x: Any, t: Any) -> Any:
    if not isinstance(t, Value) and t in (0, 1):
        return softplus(-x) if t else softplus(x)
    return t * softplus(-where(t, x, 0.0)) + (1.0 - t) * softplus(where(1.0 - t, x, 0.0))


def cross_entropy(input: Any, target: Any) -> Any:
    """-log softmax(logits)[target], or its mean over a batch of rows.

    input:  logits (classes,) or rows of them (batch, classes)
    target: a class index, or (batch,) of them; or probabilities in the shape of the input

    An index may be a Value: the graph then holds every choice (see `autograd.choose`).
    Raises IndexError for an index that is not a class.
    """
    rows = list(input)
    if not rows:
        raise ValueError("cross_entropy: no logits")
    if not _is_list(rows[0]):
        return _class_entropy(rows, target)
    targets = list(target) if _is_list(target) else [target]
    if len(rows) != len(targets):
        raise ValueError(f"cross_entropy: {len(rows)} rows of logits, {len(targets)} targets")
    return mean([_class_entropy(list(row), t) for row, t in zip(rows, targets)])


def _class_entropy(logits: list[Any], target: Any) -> Any:
    if not _is_list(target):
        largest = peak(*logits)  # log_softmax's own shift, without the shares of other classes
        shifted = [x - largest for x in logits]
        return logsumexp(shifted) - choose(target, *shifted)
    probabilities = list(target)
    if len(probabilities) != len(logits):
        raise ValueError(
            f"cross_entropy: {len(logits)} logits, but {len(probabilities)} probabilities"
        )
    return -add_up([p * share for p, share in zip(probabilities, log_softmax(logits))])


def hinge_loss(input: Any, target: Any) -> Any:
    """The mean of max(0, 1 - y * score), y = -1 or 1 (the support vector machine's loss)."""
    return mean([relu(1.0 - y * score) for score, y in _pairs("hinge_loss", input, target)])


def _pairs(name: str, input: Any, target: Any) -> list[tuple[Any, Any]]:
    inputs, targets = _flat(input), _flat(target)
    if len(inputs) != len(targets):
        raise ValueError(f"{name}: {len(inputs)} inputs, but {len(targets)} targets")
    if not inputs:
        raise ValueError(f"{name}: no inputs, so there is no mean")
    return list(zip(inputs, targets))


def _flat(tree: Any) -> list[Any]:
    if not _is_list(tree):
        return [tree]
    return [number for branch in tree for number in _flat(branch)]


def _is_list(tree: Any) -> bool:
    """Whether it is a list, a tuple, or an array of at least one dimension."""
    return isinstance(tree, (list, tuple)) or getattr(tree, "shape", ()) != ()
