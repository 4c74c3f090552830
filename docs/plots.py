"""A plot for each row of the table: its value as a line, its derivative as dashes."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from autograd import OPERATIONS, Operation

XS = [-4.0 + 8.0 * i / 400 for i in range(401)]
TALLEST = 6.0  # beyond, a curve leaves the plot


def file_name(row: Operation) -> str:
    return f"operation-{row.name}.svg"


def plotted_operand(row: Operation) -> int:
    """The first operand that the result moves with, at the sample point."""
    slopes = row.derivatives(row.value(*row.sample), *row.sample)
    for i, slope in enumerate(slopes):
        if slope != 0.0:
            return i
    return 0


def write_all(folder: Path) -> None:
    matplotlib.rcParams["svg.hashsalt"] = "stepgrad"  # the same file at every build
    for row in OPERATIONS.values():
        if row.__doc__:
            write(row, folder / file_name(row))


def write(row: Operation, path: Path) -> None:
    varied = plotted_operand(row)
    points = [[*row.sample[:varied], x, *row.sample[varied + 1 :]] for x in XS]
    values = [float(row.value(*point)) for point in points]
    slopes = [float(row.derivatives(row.value(*point), *point)[varied]) for point in points]
    figure, axes = plt.subplots(figsize=(4.2, 2.4))
    axes.axhline(0.0, color="#cccccc", linewidth=0.8)
    axes.axvline(0.0, color="#cccccc", linewidth=0.8)
    axes.plot(XS, _within(values), color="#1f6fb2", label="value")
    axes.plot(XS, _within(slopes), color="#d9822b", linestyle="--", label="derivative")
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -0.5), max(high, 1.2))
    axes.legend(fontsize=8, frameon=False)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _within(ys: list[float]) -> list[float]:
    """nan, which draws nothing, where the curve is too tall to show or jumps."""
    kept = [y if abs(y) <= TALLEST else float("nan") for y in ys]
    for i in range(1, len(kept)):
        if abs(ys[i] - ys[i - 1]) > 0.45:
            kept[i] = float("nan")
    return kept
