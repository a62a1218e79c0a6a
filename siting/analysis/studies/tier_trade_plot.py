"""The picture of a trade between tiers (extra ``report``: matplotlib)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from siting.analysis.studies.tier_trade import TierTrade
from siting.errors import needing
from siting.notice import Notice
from siting.reproducible_files import save_figure
from siting.texts.fonts import font_family
from siting.texts.numbers import amount, share


def plot(trade: TierTrade, path: Path, words: Mapping[str, str]) -> Path:
    """Write the curve and its proven ceiling as png or svg, by the file's ending.

    Args:
        words: ``tiers.title``, ``tiers.x``, ``tiers.y``, ``tiers.free``, ``tiers.bound``.

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
    told = [point for point in trade.points if point.result.plan is not None]
    basic = [point.objective("basic") or 0.0 for point in told]
    quality = [point.objective("quality") or 0.0 for point in told]
    most = [point.quality_bound for point in told]
    if told:
        axes.plot(basic, quality, "o-", c="#1f6fae", label=words["tiers.free"])
        proven = [(x, y) for x, y in zip(basic, most, strict=True) if y is not None]
        if proven:
            axes.plot(
                *zip(*proven, strict=True), ls="--", c="#8a929b", lw=1.2, label=words["tiers.bound"]
            )
        axes.legend(loc="best", prop={"family": family, "size": 8})
    for point, x, y in zip(told, basic, quality, strict=True):
        label = share(float(point.tolerance), 1)
        axes.annotate(label, (x, y), (4, -12), textcoords="offset points", fontsize=8)
    axes.set_title(words["tiers.title"], family=family)
    axes.set_xlabel(words["tiers.x"], family=family)
    axes.set_ylabel(words["tiers.y"], family=family)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: amount(value)))
    axes.grid(alpha=0.3)
    save_figure(figure, path, path.suffix[1:])
    return path
