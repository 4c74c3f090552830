"""A recorded training run: weights, gradients, predictions and loss at its steps, as one page."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from autograd.files import write_whole
from autograd.value import Value
from autograd.walking.page import READABLE, html_of, in_frame, js_number
from autograd.walking.predictions import Predictions
from autograd.walking.recorded_graph import RecordedGraph
from autograd.walking.walker import Walk
from autograd.walking.weights import Weights, rounded

STEPS = 150  # kept at most; a slider with more cannot be set to one of them
SIZE = 3_000_000  # characters of a page's numbers, at most
POINTS = 1_000  # of the loss curve


class TrainingRun:
    """Remember a training run, and show it on a page that plays it.

    `record(step, loss)` belongs into each step, after the backward pass and before the update;
    `nn.fit(..., before_step=run.record)` calls it.  A step is kept if it is a multiple of `every`;
    beyond 150 kept steps, or 3 MB, every second one is dropped and `every` doubles.

    parameters  the Values that learn
    model       with `xs` (rows, inputs) and `ys` (rows,), as `nn.fit` takes them: the page shows
                the prediction for each row and, for two inputs, the decision boundary
    threshold   the boundary's score: halfway between the targets by default; for logits give 0

    The page shows one graph.  It is that of the loss, if the same rows are recorded each time and
    it has up to 2,000 values; otherwise that of the model's output for the first row.  Without a
    model, `record` raises ValueError for a loss that cannot be shown.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        every: int = 1,
        *,
        model: Callable[[Any], Any] | None = None,
        xs: Sequence[Any] | None = None,
        ys: Sequence[Any] | None = None,
        threshold: float | None = None,
    ) -> None:
        if every < 1:
            raise ValueError(f"every must be 1 or more, got {every}")
        if (model is None) != (xs is None):
            raise ValueError("a training run needs both model= and xs= to show predictions")
        self._weights = Weights(list(dict.fromkeys(parameters)), model)
        self.parameters = self._weights.parameters
        self.every = every
        self.frames: list[dict[str, Any]] = []
        self._losses: list[tuple[int, float]] = []
        self._predictions = None
        if model is not None and xs is not None:
            self._predictions = Predictions(model, xs, ys, threshold)
        self._whole: RecordedGraph | None = None
        self._one_row: RecordedGraph | None = None
        self._why_one_row = ""
        self._asked_for = every

    def record(self, step: int, loss: Value) -> None:
        """Note the loss, and keep the whole step if its turn has come."""
        self._losses.append((step, float(loss)))
        if step % self.every:
            return
        walk = Walk(loss)
        kept = {"step": step, "loss": js_number(loss.data), **self._weights.at_present(walk)}
        if self._predictions is not None:
            kept |= self._predictions.at_present()
            kept["one row"] = self._row_graph(self._predictions)
        kept["whole"] = self._loss_graph(walk, step)
        self.frames.append(kept)
        self._make_room()

    def page(
        self, path: "str | Path", title: str = "", *, strings: dict[str, str] | None = None
    ) -> Path:
        """Write the run as one self-contained HTML file, and return its path.

        strings: the page's words in another language, as `Walk.page` takes them.
        """
        path = Path(path)
        write_whole(path, self._html(title or path.stem, strings))
        return path

    def _repr_html_(self) -> str:
        """In a notebook: the page, inline and saved with it."""
        if not self.frames:
            return "<p>A training run; nothing is recorded yet.</p>"
        what = f"A training run of {len(self.frames)} recorded steps"
        return in_frame(self._html("training"), what, height=820)

    def __repr__(self) -> str:
        return f"<training run: {len(self.frames)} steps kept of {len(self._losses)} recorded>"

    # --- one step ---------------------------------------------------------------------------

    def _loss_graph(self, walk: Walk, step: int) -> dict[str, Any] | None:
        """The numbers for the picture of the loss; None once it cannot be shown."""
        if self._why_one_row:
            return None
        if len(walk.order) > READABLE:
            self._give_up(f"the loss of all rows has {len(walk.order):,} values")
            return None
        if self._whole is None:
            self._whole = RecordedGraph(walk, set(self.parameters))
        if not self._whole.fits(walk):
            self._give_up(f"step {step} computes on other rows than the first one recorded")
            return None
        return self._whole.frame(walk)

    def _give_up(self, why: str) -> None:
        if self._one_row is None:
            raise ValueError(
                f"a run's page shows one graph, but {why}. Record the same few rows each time, or "
                "give TrainingRun model= and xs= too: the page then shows the first row's output"
            )
        self._why_one_row = why
        for kept in self.frames:
            kept["whole"] = None

    def _row_graph(self, predictions: Predictions) -> dict[str, Any] | None:
        """The numbers for the picture of the first row's output, if there can be one."""
        output = predictions.model(predictions.first)
        while isinstance(output, (list, tuple)):
            output = output[0]
        if not isinstance(output, Value) or output.is_constant:
            return None
        walk = Walk(output)
        if len(walk.order) > READABLE:
            return None
        if self._one_row is None:
            self._one_row = RecordedGraph(walk, ())
        if not self._one_row.fits(walk):
            raise ValueError(
                "a run's page shows one graph, but the model computes the first row in another way "
                "than at the first step recorded: record the loss of fixed steps only"
            )
        return self._one_row.frame(walk)

    def _make_room(self) -> None:
        """Drop every second step where there are too many."""
        if len(self.frames) == 1:
            size = _size(self.frames[0])
            self._room = max(10, min(STEPS, SIZE // size))
        while len(self.frames) > self._room:
            self.every *= 2
            fewer = [kept for kept in self.frames if kept["step"] % self.every == 0]
            self.frames = fewer if len(fewer) < len(self.frames) else self.frames[::2]

    # --- the page -----------------------------------------------------------------------------

    def _html(self, title: str, strings: dict[str, str] | None = None) -> str:
        if not self.frames:
            raise ValueError("nothing was recorded: call record(step, loss) in the training loop")
        graph, which = (self._one_row, "one row") if self._why_one_row else (self._whole, "whole")
        assert graph is not None
        frames = [
            {**{k: v for k, v in kept.items() if k not in ("one row", "whole")}, **kept[which]}
            for kept in self.frames
        ]
        return html_of(
            {**graph.document, "frames": frames, "training": self._training()}, title, strings
        )

    def _training(self) -> dict[str, Any]:
        """What the page shows of the whole run."""
        stride = -(-len(self._losses) // POINTS)
        curve = self._losses[::stride]
        return {
            "curve": [[step, rounded(loss)] for step, loss in curve],
            "notes": self._notes(),
            **self._weights.about(),
            **(self._predictions.about() if self._predictions is not None else {}),
        }

    def _notes(self) -> list[str]:
        """What the page leaves out, in sentences."""
        notes = []
        if self._why_one_row:
            notes.append(f"The graph is that of the output for row 1: {self._why_one_row}.")
        if self.every > self._asked_for:
            notes.append(
                f"The slider has {len(self.frames)} steps, {self.every:,} apart, to keep the page "
                f"small; it was asked for every {self._asked_for:,}."
            )
        notes += self._weights.left_out()
        if self._predictions is not None:
            notes += self._predictions.left_out()
        return notes


def _size(kept: dict[str, Any]) -> int:
    """About how many characters of the page a kept step takes; rules without numbers are shared."""
    own = {
        name: {**graph, "rules": [rule for rule in graph["rules"] if rule.numbers]}
        for name in ("one row", "whole")
        if (graph := kept.get(name)) is not None
    }
    return len(json.dumps({**kept, **own}))
