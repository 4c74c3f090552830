"""Pictures of training, each one call: losses, a decision boundary, weights and gradients by layer.

They need matplotlib (`pip install ".[demos]"`), return its Figure, and save it when given a
path.  A `Recording` watches a training run for the pictures that show time.
"""

import functools
import io
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograd import no_grad
from autograd.extras import missing
from autograd.files import write_whole
from nn.module import Module
from nn.training import History

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

Path = str | os.PathLike[str] | None
BLUE, ORANGE = "#2b6cb0", "#dd6b20"


@dataclass
class Recording:
    """The parameters and gradients of a model at some steps of its training.

    `steps`      the step of each snapshot
    `weights`    for each snapshot {layer: numbers};  `gradients` the same
    `states`     the model's state_dict at each snapshot
    """

    model: Module
    steps: list[int] = field(default_factory=list)
    weights: list[dict[str, list[float]]] = field(default_factory=list)
    gradients: list[dict[str, list[float]]] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)

    def snapshot(self, step: int) -> None:
        """Record the model as it is now; call this between two steps."""
        weights: dict[str, list[float]] = {}
        gradients: dict[str, list[float]] = {}
        for name, parameter in self.model.named_parameters():
            layer = ".".join(name.split(".")[:2])
            weights.setdefault(layer, []).append(parameter.data)
            gradients.setdefault(layer, []).append(float(parameter.grad))
        self.steps.append(step)
        self.weights.append(weights)
        self.gradients.append(gradients)
        self.states.append(self.model.state_dict())


def plot_losses(history: History | Sequence[float], path: Path = None) -> "Figure":
    """The loss of every step, on a log scale if its range is wide, and the mean of every epoch."""
    pyplot = _pyplot()
    losses = list(history.losses if isinstance(history, History) else history)
    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    axes.plot(range(1, len(losses) + 1), losses, color=BLUE, linewidth=1, label="step")
    if isinstance(history, History) and history.steps_per_epoch > 1:
        n = history.steps_per_epoch
        means = history.epoch_losses
        axes.plot([n * (i + 1) for i in range(len(means))], means, color=ORANGE, label="epoch mean")
        axes.legend()
    positive = [loss for loss in losses if loss > 0.0]
    if len(positive) == len(losses) > 0 and max(positive) > 20.0 * min(positive):
        axes.set_yscale("log")
    axes.set(xlabel="step", ylabel="loss", title="Loss")
    axes.grid(alpha=0.3)
    return _finished(figure, path)


def plot_boundary(
    model: Callable[[Any], Any],
    xs: Sequence[Any],
    ys: Sequence[float],
    path: Path = None,
    *,
    threshold: float = 0.0,
    resolution: int = 60,
) -> "Figure":
    """The score of a model of two inputs over the plane, its boundary, and the rows of data.

    xs: (rows, 2); ys: (rows,), two classes, distinguished by `> threshold`.
    """
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(figsize=(6, 5), layout="constrained")
    _draw_boundary(axes, model, xs, ys, threshold, resolution)
    return _finished(figure, path)


def plot_layers(recording: Recording, path: Path = None, *, what: str = "gradients") -> "Figure":
    """Histograms of every layer's weights or gradients, snapshot after snapshot, and their median.

    Time runs to the right; darker means more of the layer's numbers.  All layers share one scale:
    linear, or logarithmic on both sides of 0 if one layer's numbers are 100 times another's, so
    that gradients that vanish can be told from those that are exactly 0, which the title says.
    Raises ValueError unless `what` is "weights" or "gradients".
    """
    if what not in ("weights", "gradients"):
        raise ValueError(f'what must be "weights" or "gradients", got {what!r}')
    pyplot = _pyplot()
    import numpy as np

    snapshots = recording.weights if what == "weights" else recording.gradients
    layers = list(snapshots[0]) if snapshots else []
    if not layers:
        raise ValueError("the recording is empty: call its snapshot(step) during the training")
    figure, grid = pyplot.subplots(
        1,
        len(layers),
        figsize=(3.2 * len(layers), 3.2),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    numbers = {layer: [np.array(snapshot[layer]) for snapshot in snapshots] for layer in layers}
    threshold = _threshold(list(numbers.values()))
    for axes, (layer, rows) in zip(grid[0], numbers.items()):
        edges = _edges(rows, threshold)
        counts = np.array([np.histogram(row, edges)[0] / len(row) for row in rows])
        centres = (edges[1:] + edges[:-1]) / 2.0
        axes.pcolormesh(recording.steps, centres, counts.T, cmap="Blues", shading="nearest")
        axes.plot(recording.steps, [np.median(row) for row in rows], color=ORANGE)
        is_zero = not any(row.any() for row in rows)
        axes.set(title=f"{layer}: all 0" if is_zero else layer, xlabel="step")
        axes.grid(alpha=0.3)
    if threshold is not None:
        grid[0][0].set_yscale("symlog", linthresh=threshold)
    grid[0][0].set_ylabel(what if threshold is None else f"{what}, logarithmic scale")
    return _finished(figure, path)


def _threshold(layers: "list[list[np.ndarray]]") -> float | None:
    """The size below which a logarithmic scale becomes linear; None if a linear one shows all."""
    sizes = [max([float(abs(row).max()) for row in rows]) for rows in layers]
    sizes = [size for size in sizes if size > 0.0]
    return min(sizes) / 10.0 if sizes and max(sizes) > 100.0 * min(sizes) else None


def _edges(rows: "list[np.ndarray]", threshold: float | None) -> "np.ndarray":
    """Edges of 40 bins over the numbers, evenly spaced on the scale of the picture."""
    import numpy as np

    low, high = min([row.min() for row in rows]), max([row.max() for row in rows])
    if threshold is None:
        return np.linspace(low, high if high > low else low + 1.0, 41)
    ends = [np.sign(x) * np.log1p(abs(x) / threshold) for x in (low, high)]
    spaced = np.linspace(ends[0], ends[1] if ends[1] > ends[0] else ends[0] + 1.0, 41)
    return np.asarray(np.sign(spaced) * threshold * np.expm1(abs(spaced)))


def animate_boundary(
    recording: Recording,
    xs: Sequence[Any],
    ys: Sequence[float],
    path: str | os.PathLike[str],
    *,
    threshold: float = 0.0,
    resolution: int = 40,
    frames_per_second: int = 5,
) -> None:
    """The boundary being learned, as a GIF (path.gif) or a page with a player (path.html).

    Afterwards the model's parameters are as they were.
    """
    pyplot = _pyplot()
    from matplotlib.animation import FuncAnimation, PillowWriter

    if not recording.states:
        raise ValueError("the recording is empty: call its snapshot(step) during the training")
    model = recording.model
    now = model.state_dict()
    figure, axes = pyplot.subplots(figsize=(6, 5), layout="constrained")

    def frame(i: int) -> list[Any]:
        axes.clear()
        model.load_state_dict(recording.states[i])
        _draw_boundary(axes, model, xs, ys, threshold, resolution)
        axes.set_title(f"step {recording.steps[i]}")
        return []

    try:
        animation = FuncAnimation(figure, frame, frames=len(recording.states), init_func=lambda: [])
        if os.fspath(path).endswith(".html"):
            write_whole(path, animation.to_jshtml(fps=frames_per_second))
        else:
            write_whole(path, _filmed(animation, path, PillowWriter(fps=frames_per_second)))
    finally:
        model.load_state_dict(now)
        pyplot.close(figure)


def _draw_boundary(
    axes: Any,
    model: Callable[[Any], Any],
    xs: Sequence[Any],
    ys: Sequence[float],
    threshold: float,
    resolution: int,
) -> None:
    import numpy as np

    points = np.array([[float(v) for v in x] for x in xs])
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"a boundary needs rows of two inputs, got the shape {points.shape}")
    low, high = points.min(axis=0) - 0.4, points.max(axis=0) + 0.4
    horizontal = np.linspace(low[0], high[0], resolution)
    vertical = np.linspace(low[1], high[1], resolution)
    with no_grad():
        scores = np.array(
            [[float(model([x, y])) - threshold for x in horizontal] for y in vertical]
        )
    reach = max(float(np.abs(scores).max()), 1e-9)
    axes.contourf(horizontal, vertical, scores, 20, cmap="RdBu_r", vmin=-reach, vmax=reach)
    if scores.min() < 0.0 < scores.max():
        axes.contour(horizontal, vertical, scores, [0.0], colors="black", linewidths=1.5)
    is_above = np.array([float(y) > threshold for y in ys])
    for chosen, marker, color in ((is_above, "o", ORANGE), (~is_above, "s", BLUE)):
        axes.scatter(*points[chosen].T, marker=marker, color=color, edgecolor="black", s=28)
    axes.set(xlabel="x1", ylabel="x2")


def _pyplot() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError(missing("a picture of training", "matplotlib", extra="demos")) from None
    return pyplot


def _filmed(animation: Any, path: str | os.PathLike[str], writer: Any) -> bytes:
    """The animation in the format that the path's ending names: a writer wants a file."""
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, f"animation{_ending(path)}")
        animation.save(name, writer=writer)
        with open(name, "rb") as file:
            return file.read()


def _finished(figure: Any, path: Path) -> "Figure":
    if path is not None:
        name = os.fspath(path) if _ending(path) else f"{os.fspath(path)}.png"
        content = io.BytesIO()
        figure.savefig(content, dpi=120, format=_ending(name)[1:])
        write_whole(name, content.getvalue())
    if "inline" in _pyplot().get_backend():
        figure._ipython_display_ = functools.partial(_display_once, figure)
    result: Figure = figure
    return result


def _ending(path: str | os.PathLike[str]) -> str:
    return os.path.splitext(os.fspath(path))[1]


def _display_once(figure: Any) -> None:
    """A notebook shows all open figures at the end of a cell: not the result's figure once more."""
    import IPython.display

    _pyplot().close(figure)
    del figure._ipython_display_
    show: Callable[[Any], object] = IPython.display.display
    show(figure)
