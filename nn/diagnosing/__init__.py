"""diagnose: why does this model not learn?  What is wrong, where, the numbers, and the cure.

A `Look` is taken once; each check is a function from it to findings, in `data` (inputs and
labels), `signals` (units and gradients) and `training` (rate, zeroing, how the losses develop).
To add a check, write one more function and call it from `_findings`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nn.diagnosing import data, signals, training
from nn.diagnosing.look import Finding, Look
from nn.module import Module
from nn.optimisers import SGD, Optimizer
from nn.training import History


@dataclass
class Diagnosis:
    """What `diagnose` found: `print` it, or go through its `findings`.

    `findings`  causes in the order in which to cure them; empty when nothing looks wrong
    `facts`     the key numbers, one sentence each
    """

    findings: list[Finding]
    facts: list[str]

    def __str__(self) -> str:
        if self.findings:
            return "\n".join([str(finding) for finding in self.findings])
        return "\n".join(["Nothing looks wrong.", *self.facts])

    __repr__ = __str__


def diagnose(
    model: Module,
    xs: Sequence[Any],
    ys: Sequence[Any],
    loss: Callable[[list[Any], list[Any]], Any],
    *,
    optimizer: Optimizer | None = None,
    lr: float | None = None,
    history: History | Sequence[float] | None = None,
) -> Diagnosis:
    """Look for common reasons why a model does not learn; say what, where, and the cure.

    xs, ys, loss: as for `fit`; if there are more than 100 rows, a random 100 go through the model.
    An `optimizer`, or a rate `lr` for plain gradient descent, is tried for ten steps; the losses of
    a `history`, or a list of them, are examined.  Gradients that were added up over many steps,
    because they were never set to 0, are recognised from the parameters' gradients.

    The model, its gradients and the optimiser are left as they were.  Costs about as much as a
    hundred steps on 100 rows.  Raises ValueError when xs and ys are empty or differ in length,
    TypeError for a model without parameters, and whatever the model or the loss raises.
    """
    if len(xs) != len(ys) or len(xs) == 0:
        raise ValueError(f"diagnose: {len(xs)} inputs and {len(ys)} targets")
    parameters = model.parameters()
    if not parameters:
        raise TypeError(f"diagnose: this {type(model).__name__} has no parameters")
    rule = SGD(parameters, lr=lr) if optimizer is None and lr is not None else optimizer
    losses = list(history.losses if isinstance(history, History) else history or [])
    before = [(p, p.data, p.grad) for p in parameters + (rule.parameters if rule else [])]
    try:
        look = Look(model, xs, ys, loss)
        return Diagnosis(list(_findings(look, rule, losses)), look.facts)
    finally:
        for parameter, number, gradient in before:
            parameter.data, parameter.grad = number, gradient


def _findings(look: Look, rule: Optimizer | None, losses: list[float]) -> Iterator[Finding]:
    """One cause at a time: consequences of a cause that was found are not looked for."""
    yield from training.course(losses)
    broken = [*data.not_finite(look)] or [*data.wrong_labels(look)]
    yield from broken
    yield from data.useless_features(look)
    unscaled = [*data.unscaled(look)]
    yield from unscaled
    if broken:
        return
    look.take()
    overflow = [*signals.not_finite(look)]
    yield from overflow
    if overflow:
        return
    yield from training.forgotten_zeroing(look)
    if rule is not None:
        yield from training.strangers(look, rule)
    if unscaled:
        return
    sick = [*signals.units(look)] or [*signals.gradients(look)]
    yield from sick
    if not sick:
        yield from training.rate(look, rule, losses)
