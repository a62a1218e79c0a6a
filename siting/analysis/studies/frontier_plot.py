"""The picture of a frontier (extra ``report``: matplotlib)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from siting.analysis.studies.frontier import Frontier
from siting.errors import needing
from siting.notice import Notice
from siting.reproducible_files import save_figure
from siting.texts.fonts import font_family
from siting.texts.numbers import amount


def plot(frontier: Frontier, path: Path, words: Mapping[str, str]) -> Path:
    """Write plans, proven ceiling, nested plans and knees as png or svg, by the file's ending.

    Args:
        words: ``title``, ``x``, ``y``, ``free``, ``nested``, ``bound``, ``main``, ``bend``.

    Raises:
        ArgumentError: matplotlib is not installed.
    """
    with needing(Notice("fault.a_plot"), "report"):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.ticker import FuncFormatter

    family = font_family()
    figure = Figure(figsize=(8, 4.8), dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    found = [
        (p.limit, p.result.objective) for p in frontier.points if p.result.objective is not None
    ]
    proven = [(p.limit, p.bound) for p in frontier.points if p.bound is not None]
    if proven:
        axes.plot(*zip(*proven, strict=True), ls="--", c="#8a929b", lw=1.2, label=words["bound"])
    if found:
        axes.plot(*zip(*found, strict=True), "o-", c="#1f6fae", label=words["free"])
    grown = [
        (p.limit, p.nested.objective)
        for p in frontier.points
        if p.nested is not None and p.nested.objective is not None
    ]
    if grown:
        axes.plot(
            *zip(*grown, strict=True), ls=":", marker="s", ms=4, c="#b5123e", label=words["nested"]
        )
    for knee in frontier.knees:
        label = words["main"] if knee.strongest else words["bend"]
        axes.annotate(
            label, (knee.x, knee.y), (6, -14), textcoords="offset points", fontsize=8, family=family
        )
    axes.set_title(words["title"], family=family)
    axes.set_xlabel(words["x"], family=family)
    axes.set_ylabel(words["y"], family=family)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: amount(value)))
    top = max((people for _, people in found), default=0.0)
    axes.set_ylim(0, 1.15 * top if top else None)
    axes.set_xlim(0, None)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", prop={"family": family, "size": 8})
    save_figure(figure, path, path.suffix[1:])
    return path
