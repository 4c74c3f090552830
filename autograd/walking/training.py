"""A recorded training run: every k-th step's weights, gradients and loss, for the page's slider."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autograd.files import write_whole
from autograd.value import Value
from autograd.walking.page import Rules, document, frame, html_of, rules_as_json
from autograd.walking.walker import Walk


class TrainingRun:
    """Remember a training run, and show it on a page with a slider over its steps.

    Call `run.record(step, loss)` in each step, before the update; the step is kept if it is a
    multiple of `every`.  `parameters`: the Values that learn.  The graph must have the same shape
    at each kept step; the page shows what each one pass adds to the gradients.
    """

    def __init__(self, parameters: Iterable[Value], every: int = 1) -> None:
        if every < 1:
            raise ValueError(f"every must be 1 or more, got {every}")
        self.parameters = list(parameters)
        self.every = every
        self.frames: list[dict[str, Any]] = []
        self._document: dict[str, Any] = {}
        self._rules: Rules = {}

    def record(self, step: int, loss: Value) -> None:
        """Keep this step, if its turn has come."""
        if step % self.every:
            return
        walk = Walk(loss)
        if not self.frames:
            self._document = document(walk)
            number = {value: i for i, value in enumerate(walk.order)}
            self._document["parameters"] = [number[p] for p in self.parameters if p in number]
        numbers = frame(walk, self._rules, with_numbers=len(walk) <= 200)
        numbers["label"] = str(step)
        self._check_shape(numbers, step)
        self.frames.append(numbers)

    def page(self, path: "str | Path", title: str = "") -> Path:
        """Write the run as one self-contained HTML file, and return its path."""
        if not self.frames:
            raise ValueError("nothing was recorded: call record(step, loss) in the training loop")
        path = Path(path)
        run = {**self._document, "frames": self.frames, "rules": rules_as_json(self._rules)}
        text = html_of(run, title or path.stem)
        write_whole(path, text)
        return path

    def _check_shape(self, numbers: dict[str, Any], step: int) -> None:
        if not self.frames:
            return
        for name in ("data", "locals"):
            if len(numbers[name]) != len(self.frames[0][name]):
                raise ValueError(
                    f"the graph at step {step} has another shape than at the first recorded step; "
                    "a run's page shows one graph, so record the same rows each time"
                )
