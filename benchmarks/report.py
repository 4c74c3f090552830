"""The race's result as a table of ratios, as JSON and as a picture."""

from pathlib import Path
from typing import Any

OURS = ["stepgrad native", "stepgrad numpy"]


def table(results: dict[str, dict[str, Any]], base: str) -> str:
    """Times as multiples of the base peer's time: above 1, the base is faster."""
    lines = [f"time per step, as a multiple of {base}'s (which is given in microseconds)", ""]
    peers = [peer for peer in _peers(results) if peer != base]
    width = max(len(name) for name in results) + 2
    columns = [max(len(peer), 9) + 2 for peer in peers]
    heading = "".join([f"{peer:>{w}}" for peer, w in zip(peers, columns)])
    lines.append(f"{'':{width}}{base + ', us':>20}{heading}")
    for name, times in results.items():
        ours = times.get(base)
        cells = [_ratio(times.get(peer), ours) for peer in peers]
        row = "".join([f"{cell:>{w}}" for cell, w in zip(cells, columns)])
        lines.append(f"{name:{width}}{_number(ours):>20}{row}")
    return "\n".join(lines)


def left_out(results: dict[str, dict[str, Any]]) -> str:
    """One line per peer that did not take part in a workload, and why."""
    lines = [
        f"{name}, {peer}: {time}"
        for name, times in results.items()
        for peer, time in times.items()
        if isinstance(time, str)
    ]
    return "\n".join(lines)


PER_CALL = ["micrograd", "plain Python", "NumPy", "Numba loops", "PyTorch", "jax.jit", "CasADi SX"]


def aims(results: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Each aim, and what was measured; an aim whose peers are missing is left out."""
    by_hand = _compared(results, "stepgrad numpy", "NumPy", leave_out="chain")
    found = {}
    if by_hand:
        lowest, highest = (
            min(by_hand, key=by_hand.__getitem__),
            max(by_hand, key=by_hand.__getitem__),
        )
        found["NumPy program, time relative to NumPy by hand (aim: at most 1.15)"] = (
            f"{by_hand[lowest]:.2f} ({lowest}) to {by_hand[highest]:.2f} ({highest})"
        )
    gpt = {peer: x for peer, x in results.get("gpt", {}).items() if not isinstance(x, str)}
    if {"stepgrad numpy", "plain Python"} <= set(gpt):
        times = [
            f"{name} {_number(gpt['plain Python'] / gpt[peer])}"
            for name, peer in (
                ("the NumPy program", "stepgrad numpy"),
                ("NumPy by hand", "NumPy"),
                ("native", "stepgrad native"),
            )
            if peer in gpt
        ]
        found["GPT, times as fast as plain Python (aim: 1,600)"] = ", ".join(times)
    found.update(_ahead(results, "the peers that are called step by step", PER_CALL))
    found.update(_ahead(results, "jax.jit + scan", ["jax.jit + scan"]))
    return found


def _ahead(results: dict[str, dict[str, Any]], what: str, peers: list[str]) -> dict[str, str]:
    """Where native is ahead of all these peers, and where it is not."""
    names, behind = set(), []
    for peer in peers:
        for name, ratio in _compared(results, "stepgrad native", peer).items():
            names.add(name)
            if ratio > 1.0:
                behind.append(f"{_number(ratio)} times the time of {peer} on {name}")
    if not names:
        return {}
    won = f"ahead on {len(names) - len({text.split()[-1] for text in behind})} of {len(names)} rows"
    return {f"native against {what} (aim: ahead)": "; ".join([won, *behind])}


def _compared(
    results: dict[str, dict[str, Any]], ours: str, peer: str, leave_out: str = ""
) -> dict[str, float]:
    """Our time as a multiple of the peer's, by workload."""
    return {
        name: times[ours] / times[peer]
        for name, times in results.items()
        if name != leave_out and not isinstance(times.get(ours, ""), str)
        if not isinstance(times.get(peer, ""), str)
    }


def picture(results: dict[str, dict[str, Any]], path: Path) -> bool:
    """Microseconds per step on a log scale, one panel per workload; False without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = (len(results) + 1) // 2
    columns = min(len(results), 2)
    figure, panels = pyplot.subplots(
        rows, columns, figsize=(6 * columns, 3.2 * rows), layout="constrained", squeeze=False
    )
    for axes in panels.flat[len(results) :]:
        axes.set_visible(False)
    for axes, (name, times) in zip(panels.flat, results.items()):
        measured = {peer: time for peer, time in times.items() if not isinstance(time, str)}
        ordered = sorted(measured, key=lambda peer: -measured[peer])
        colours = ["#c2410c" if peer.startswith("stepgrad") else "#94a3b8" for peer in ordered]
        bars = axes.barh(ordered, [measured[peer] for peer in ordered], color=colours)
        axes.bar_label(bars, [_number(measured[peer]) for peer in ordered], padding=3, fontsize=8)
        axes.set_xscale("log")
        axes.set_xlim(min(measured.values()) / 3, max(measured.values()) * 8)
        axes.set_title(f"{name}: microseconds per step", fontsize=10)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return True


def _peers(results: dict[str, dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys([peer for times in results.values() for peer in times]))


def _ratio(time: Any, ours: Any) -> str:
    if isinstance(time, str) or time is None:
        return "-"
    if isinstance(ours, str) or ours is None:
        return _number(time) + " us"
    return _number(time / ours) + " x"


def _number(x: Any) -> str:
    """Three digits, without an exponent."""
    if isinstance(x, str) or x is None:
        return "-"
    return f"{x:,.0f}" if x >= 100 else f"{x:.3g}"
