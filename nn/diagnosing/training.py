"""What can be wrong with the training of a model: the rate, the gradients, the losses."""

import copy
import math
from collections.abc import Iterator

from nn.diagnosing.look import Finding, Look
from nn.optimisers import SGD, Optimizer

STEPS = 10
TOO_MUCH = 4.0  # times the largest gradient of a row: no mean over a batch reaches that


def course(losses: list[float]) -> Iterator[Finding]:
    """Losses that rise or oscillate: the rate was too high."""
    bad = [i for i, loss in enumerate(losses) if not math.isfinite(loss)]
    if bad:
        sentence = f"The loss went from {losses[0]:.3g} to {losses[bad[0]]} in {bad[0]} steps."
    elif len(losses) >= 10 and _ends(losses)[1] > 2.0 * _ends(losses)[0] > 0.0:
        first, last = _ends(losses)
        sentence = f"In {len(losses)} steps the loss rose from {first:.3g} to {last:.3g}."
    elif len(losses) >= 20 and _swings(losses[-10:]):
        swing = max(losses[-10:]) - min(losses[-10:])
        sentence = f"The loss swings up and down at every step, by {swing:.3g} at the end."
    else:
        return
    yield Finding(
        "learning rate too high", "", sentence, "Divide the learning rate by 10.", losses[-1]
    )


def _swings(losses: list[float]) -> bool:
    """Whether every step undoes the last one, by a fifth of the loss, without progress."""
    turns = [(b - a) * (c - b) < 0.0 for a, b, c in zip(losses, losses[1:], losses[2:])]
    mean = math.fsum(losses) / len(losses)
    return all(turns) and max(losses) - min(losses) > 0.2 * mean and losses[-1] > 0.5 * losses[0]


def forgotten_zeroing(look: Look) -> Iterator[Finding]:
    """Gradients in the parameters that no single backward pass can have left."""
    left = math.hypot(*look.left_gradients)
    if left == 0.0:
        return
    largest, total = 0.0, 0.0
    for x, y in zip(look.xs, look.ys):
        for parameter in look.names:
            parameter.grad = 0.0
        loss = look.loss_function([look.model(x)], [y])
        loss.backward()
        total += float(loss)
        largest = max(largest, math.hypot(*[float(parameter.grad) for parameter in look.names]))
    if total and look.start > 1.5 * total / len(look.xs):
        largest *= len(look.xs)  # the loss is a sum over the rows, not a mean
    if left > TOO_MUCH * largest > 0.0:
        yield Finding(
            "forgotten zeroing",
            "",
            f"The gradients in the parameters have the norm {left:.3g}, but no row's own gradient "
            f"is larger than {largest:.3g}: they are sums over many steps.",
            "Call optimizer.zero_grad() before each backward().",
            left / largest,
        )


def strangers(look: Look, rule: Optimizer) -> Iterator[Finding]:
    """An optimiser that does not move any parameter of this model."""
    if not any(parameter in look.names for parameter in rule.parameters):
        yield Finding(
            "another model's optimiser",
            "",
            f"None of the optimiser's {len(rule.parameters)} parameters is one of the model's "
            f"{len(look.names)}.",
            "Create the optimiser after the model, from the model's parameters().",
            float(len(rule.parameters)),
        )


def rate(look: Look, rule: Optimizer | None, losses: list[float]) -> Iterator[Finding]:
    """A rate with which the loss rises in ten steps, or stays although a larger rate lowers it."""
    if rule is None:
        yield from _stuck(look, losses)
        return
    trial = _trial(look, rule, 1.0)
    end = trial[-1]
    look.facts.append(
        f"Ten steps of {type(rule).__name__}, rate {rule.rate:.3g}, take the loss from "
        f"{look.start:.3g} to {end:.3g}."
    )
    if not min(trial[-3:]) < 1.5 * max(look.start, look.chance):  # a good rate may swing a little
        yield from _too_high(look, rule, end)
    elif look.start - end < 0.002 * look.start and look.start > 0.1 * look.chance:
        yield from _too_low(look, rule, end)


def _too_high(look: Look, rule: Optimizer, end: float) -> Iterator[Finding]:
    for factor in (0.1, 0.01, 0.001, 1e-4):
        lower = _trial(look, rule, factor)[-1]
        if lower < look.start:
            yield Finding(
                "learning rate too high",
                "",
                f"Ten steps at the rate {rule.rate:.3g} take the loss from {look.start:.3g} to "
                f"{end:.3g}; at {rule.rate * factor:.3g}, to {lower:.3g}.",
                f"Lower the learning rate to about {rule.rate * factor:.1g}.",
                rule.rate,
            )
            return


def _too_low(look: Look, rule: Optimizer, end: float) -> Iterator[Finding]:
    factors = (10.0, 100.0, 1e3, 1e4, 1e5, 1e6)
    higher, factor = min((_trial(look, rule, factor)[-1], factor) for factor in factors)
    if higher < 0.8 * look.start:
        yield Finding(
            "learning rate too low",
            "",
            f"Ten steps at the rate {rule.rate:.3g} take the loss from {look.start:.6g} to "
            f"{end:.6g}; at {rule.rate * factor:.3g}, to {higher:.3g}.",
            f"Raise the learning rate to about {rule.rate * factor:.1g}.",
            rule.rate,
        )


def _stuck(look: Look, losses: list[float]) -> Iterator[Finding]:
    """Losses that stay the same, although plain gradient descent lowers the loss from here."""
    if len(losses) < 20 or look.has_learned:
        return
    first, last = _ends(losses)
    if abs(first - last) > 0.01 * abs(first):
        return
    for lr in (0.1, 0.01):
        end = _trial(look, SGD(list(look.names), lr=lr), 1.0)[-1]
        if end < 0.8 * look.start:
            yield Finding(
                "learning rate too low",
                "",
                f"{len(losses)} steps took the loss from {first:.6g} to {last:.6g}; ten steps of "
                f"plain gradient descent at the rate {lr} take it to {end:.3g}.",
                "Raise the learning rate, and check that the optimiser's step() is called.",
                last / first,
            )
            return


def _trial(look: Look, rule: Optimizer, factor: float) -> list[float]:
    """The losses after each of ten steps of a copy of the optimiser, rate multiplied by `factor`.

    They end with inf once they are not finite.  The parameters are restored afterwards.
    """
    copied = copy.copy(rule)
    copied.load_state_dict(rule.state_dict())  # its own lists
    lr = rule.lr
    copied.lr = (lambda step: lr(step) * factor) if callable(lr) else lr * factor
    before = [parameter.data for parameter in rule.parameters]
    losses: list[float] = []
    try:
        for _ in range(STEPS):
            loss = look.loss_function([look.model(x) for x in look.xs], look.ys)
            copied.zero_grad()
            loss.backward()
            copied.step()
            losses.append(look.loss_now())
    except (ArithmeticError, ValueError):  # a loss that rejects such outputs, or overflows
        losses.append(math.inf)
    finally:
        for parameter, number in zip(rule.parameters, before):
            parameter.data = number
    return losses if math.isfinite(losses[-1]) else [math.inf]


def _ends(losses: list[float]) -> tuple[float, float]:
    """The means of the first and the last tenth."""
    n = max(len(losses) // 10, 1)
    return math.fsum(losses[:n]) / n, math.fsum(losses[-n:]) / n
