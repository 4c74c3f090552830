"""fit: the training loop, so that you need not write it again."""

import contextlib
import math
import operator
import random
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from nn.optimisers import Optimizer


@dataclass
class History:
    """What happened in training: the loss of every step, in order.

    `steps_per_epoch`  the number of steps in an epoch
    `interrupted`      whether Ctrl-C ended it
    """

    losses: list[float] = field(default_factory=list)
    steps_per_epoch: int = 0
    interrupted: bool = False

    @property
    def epoch_losses(self) -> list[float]:
        """The mean loss of every finished epoch."""
        n = self.steps_per_epoch
        if not n:
            return []
        whole = len(self.losses) // n * n
        return [math.fsum(self.losses[i : i + n]) / n for i in range(0, whole, n)]

    def __repr__(self) -> str:
        if not self.losses:
            return "History of 0 steps"
        ending = ", interrupted" if self.interrupted else ""
        return (
            f"History of {len(self.losses)} steps, "
            f"loss {self.losses[0]:.6g} -> {self.losses[-1]:.6g}{ending}"
        )


def batches(rows: int, batch_size: int | None, seed: int, epoch: int) -> list[list[int]]:
    """The row numbers of every batch of one epoch.

    A batch size of None makes one batch of all the rows in order.  Otherwise the rows are shuffled
    by `random.Random(f"{seed}/{epoch}")` and split into batches; the last may be smaller.  An
    epoch's order depends on nothing else, so training can resume anywhere.
    """
    order = list(range(rows))
    if batch_size is None:
        return [order]
    random.Random(f"{seed}/{epoch}").shuffle(order)
    return [order[i : i + batch_size] for i in range(0, rows, batch_size)]


def fit(
    model: Callable[[Any], Any],
    xs: Sequence[Any],
    ys: Sequence[Any],
    loss: Callable[[list[Any], list[Any]], Any],
    optimizer: Optimizer,
    *,
    epochs: int = 1,
    batch_size: int | None = None,
    seed: int = 0,
    penalty: Callable[[], Any] | None = None,
    history: History | None = None,
    before_step: Callable[[int, Any], Any] | None = None,
    after_step: Callable[[int], Any] | None = None,
    progress: bool = True,
) -> History:
    """Train the model until `epochs` are done; returns the history of its losses.

    A step computes `loss([model(x) for x in batch], targets of the batch)`, plus `penalty()` if
    given (such as L2), computes the gradients, and lets the optimiser update the parameters.

    xs, ys: (rows, ...), equally long; see `batches` for the order.
    With an earlier `history` (and the same optimiser) it continues where that one ended, with the
    same numbers as if there had been no interruption; `epochs` counts from the very beginning.
    Ctrl-C stops it between two steps and returns what was learned so far.
    `before_step(step, loss)` is called between the backward pass and the update, from `step` 0 on:
    to clip gradients, or to record the run (`autograd.TrainingRun(...).record`).
    `after_step(step)` is called after each update, from `step` 1 on: to print or to save.
    A progress bar (tqdm, if installed) appears in a terminal when training takes over 2 s.
    Raises TypeError or ValueError for rows that do not match, and for `epochs`, `batch_size` or a
    `seed` that is not a whole number.  A batch size above the number of rows means all of them.
    """
    rows = _check_rows(xs, ys)
    epochs, seed = _whole("epochs", epochs, 0), _whole("seed", seed)
    batch_size = None if batch_size is None else _whole("batch_size", batch_size, 1)
    history = history if history is not None else History()
    history.interrupted = False
    history.steps_per_epoch = len(batches(rows, batch_size, seed, 0))
    done = len(history.losses)
    total = epochs * history.steps_per_epoch
    with _CtrlC() as ctrl_c, _progress_bar(total, done, progress) as show:
        for batch in _remaining(rows, batch_size, seed, done, total):
            if ctrl_c.pressed:
                history.interrupted = True
                break
            outputs = [model(xs[i]) for i in batch]
            error = loss(outputs, [ys[i] for i in batch])
            if penalty is not None:
                error = error + penalty()
            optimizer.zero_grad()
            error.backward()
            if before_step is not None:
                before_step(len(history.losses), error)
            optimizer.step()
            history.losses.append(float(error))
            show(history.losses[-1])
            if after_step is not None:
                after_step(len(history.losses))
    return history


def _check_rows(xs: Sequence[Any], ys: Sequence[Any]) -> int:
    if len(xs) != len(ys):
        raise ValueError(f"fit: {len(xs)} inputs, but {len(ys)} targets")
    if len(xs) == 0:
        raise ValueError("fit: no rows to learn from")
    return len(xs)


def _whole(name: str, number: Any, least: int | None = None) -> int:
    """An argument that counts something: an int or NumPy's, but not a bool."""
    if isinstance(number, bool) or not hasattr(number, "__index__"):
        raise TypeError(f"fit: {name} must be a whole number; got {number!r:.60}")
    if least is not None and number < least:
        raise ValueError(f"fit: {name} must be {least} or more; got {number}")
    return operator.index(number)


def _remaining(
    rows: int, batch_size: int | None, seed: int, done: int, total: int
) -> Iterator[list[int]]:
    """The batches from step `done` to step `total`, epoch after epoch."""
    steps_per_epoch = len(batches(rows, batch_size, seed, 0))
    while done < total:
        epoch, step = divmod(done, steps_per_epoch)
        for batch in batches(rows, batch_size, seed, epoch)[step:]:
            yield batch
            done += 1


class _CtrlC:
    """Records the first Ctrl-C, so that a step is never left half done; a second one raises."""

    def __enter__(self) -> "_CtrlC":
        self.pressed = False
        self._takes_signals = threading.current_thread() is threading.main_thread()
        if self._takes_signals:
            self._usual = signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, *_: object) -> None:
        self.pressed = True
        signal.signal(signal.SIGINT, self._usual)

    def __exit__(self, *_: object) -> None:
        if self._takes_signals:
            signal.signal(signal.SIGINT, self._usual)


@contextlib.contextmanager
def _progress_bar(total: int, done: int, wanted: bool) -> Iterator[Callable[[float], None]]:
    """A function to call with each step's loss; without tqdm or a terminal it shows nothing."""
    try:
        from tqdm import tqdm
    except ImportError:
        wanted = False
    if not wanted:
        yield lambda loss: None
        return
    with tqdm(total=total, initial=done, delay=2.0, unit="step", disable=None) as bar:

        def show(loss: float) -> None:
            bar.set_postfix_str(f"loss={loss:.4g}", refresh=False)
            bar.update()

        yield show
