"""Pictures of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.ledger import Record


def gap_curves(records: Mapping[str, Record], path: Path) -> None:
    """Gap (per cent, log) against seconds from the scenario's files, a line a case."""
    figure, axes = _figure()
    for name, record in records.items():
        points = gaps(record)
        if points:
            seconds, gap = zip(*points, strict=True)
            axes.step(seconds, gap, where="post", label=name)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="seconds from the files",
        ylabel="gap, %",
        title="Gap between plan and bound",
    )
    _finish(figure, axes, path)


def gaps(record: Record) -> list[tuple[float, float]]:
    """(seconds, gap in per cent) of a record's curve, ending with what was verified."""
    before = record.get("loaded_s") or 0.0
    found = [
        (before + seconds, 100 * abs(bound - objective) / abs(objective))
        for seconds, objective, bound in record.get("curve", [])
        if objective and bound is not None and bound != objective
    ]
    if record.get("gap") and record.get("seconds") is not None:
        found.append((before + record["seconds"], 100 * record["gap"]))
    return found


def steps(
    curves: Mapping[str, Sequence[tuple[float, float]]], path: Path, x: str, title: str
) -> None:
    """Shares of instances (0..1) as step curves on a log axis."""
    figure, axes = _figure()
    ends = [(points[0][0], points[-1][0]) for points in curves.values() if points]
    # At least a decade: a logarithmic axis of one value has no readable ticks.
    right = max(
        1.1 * max((b for _, b in ends), default=1.0), 10 * min((a for a, _ in ends), default=1.0)
    )
    for name, points in curves.items():
        if points:
            whole = [(points[0][0], 0.0), *points, (right, points[-1][1])]
            at, share = zip(*whole, strict=True)
            axes.step(at, share, where="post", label=name)
    axes.set(xscale="log", ylim=(0, 1.02), xlabel=x, ylabel="share of instances", title=title)
    _finish(figure, axes, path)


def _figure() -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def _finish(figure: Any, axes: Any, path: Path) -> None:
    from matplotlib.ticker import LogFormatter

    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            axis.set_major_formatter(LogFormatter())
            axis.set_minor_formatter(LogFormatter(labelOnlyBase=False))
    axes.grid(True, which="major", alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
