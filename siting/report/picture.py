"""The map of a report as a still picture (extra ``report``: matplotlib)."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from siting.problem.vehicles import site_kinds
from siting.report.mapdata import reached_by
from siting.texts.fonts import font_family
from siting.texts.words import Words
from siting.verification.evaluation import reported

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result

SCALE = ["#a9b0b8", "#cfe6c9", "#8fd0c0", "#41a8bd", "#1f6fae", "#1b2f73"]
"""Light is little and dark is much; the same as on the page."""


def picture(problem: Problem, result: Result, words: Words) -> bytes | None:
    """PNG of who reaches which share of the formats after the plan; None without places."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure

    places = problem.labels.point_lonlat
    sites = problem.labels.site_lonlat
    if places is None or sites is None:
        return None
    family = font_family()
    options = problem.kept_today if result.options is None else result.options
    told = list(reported(problem).values())
    share = sum(reached_by(problem, options, t)[1].astype(float) for t in told) / max(len(told), 1)
    figure = Figure(figsize=(7.5, 7), dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    people = problem.persons.max(axis=0) / problem.person_units
    size = 25 * people / max(float(np.quantile(people, 0.95)), 1e-9)
    drawn = axes.scatter(
        places[:, 0],
        places[:, 1],
        s=np.clip(size, 1, 60),
        c=share,
        cmap=ListedColormap(SCALE),
        vmin=0,
        vmax=1,
        linewidths=0,
        alpha=0.8,
    )
    standing = problem.labels.outlet_lonlat
    if standing is not None and len(standing):
        axes.scatter(
            standing[:, 0], standing[:, 1], s=10, marker="s", c="#2b3642", label=words["existing"]
        )
    if result.chosen is not None and len(result.chosen):
        kind = site_kinds(problem)[result.chosen]
        marks = (
            ("", "o", "chosen"),
            ("stop", "D", "action_stop"),
            ("standing", "s", "standing_in_plan"),
        )
        for name, marker, label in marks:
            opened = sites[result.chosen[kind == name]]
            if len(opened):
                axes.scatter(
                    opened[:, 0],
                    opened[:, 1],
                    s=32,
                    c="#b5123e",
                    edgecolors="white",
                    linewidths=0.8,
                    marker=marker,
                    label=words[label],
                )
    axes.set_aspect(1 / np.cos(np.radians(float(np.nanmean(places[:, 1])))))
    axes.set_axis_off()
    bar = figure.colorbar(drawn, ax=axes, shrink=0.6, format="{x:.0%}")
    bar.set_label(words["share_of_formats"], family=family)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower left", prop={"family": family, "size": 8})
    stream = BytesIO()
    figure.savefig(stream, format="png", bbox_inches="tight")
    return stream.getvalue()
