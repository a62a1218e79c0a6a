"""The map of a report as a still picture (extra ``report``: matplotlib)."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from siting.problem.vehicles import site_kinds
from siting.report.ground import Ground
from siting.report.mapdata import reached_by
from siting.report.page_grid import METRES_PER_DEGREE
from siting.reproducible_files import save_figure
from siting.scenario.layers.layer import lonlat
from siting.texts.fonts import font_family
from siting.texts.words import Words
from siting.verification.evaluation import reported

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.walking.network import Network

WATER = "#b9d9ee"
SCALE = ["#a9b0b8", "#cfe6c9", "#8fd0c0", "#41a8bd", "#1f6fae", "#1b2f73"]
"""Light is little and dark is much; the same as on the page."""
MOST_STREETS = 40_000
"""Of more only the longest are drawn."""
MOST_NUMBERS = 80
"""Sites with a number beside them."""
SHOWN = (
    ("", "o", "chosen"),
    ("stop", "D", "action_stop"),
    ("standing", "s", "standing_in_plan"),
)
"""Kinds of sites that have a place, the mark of each, and its word."""
LEGEND_COLUMNS, LEGEND_ROW = 3, 0.035
"""Of the legend; a row's part of the map's height."""
NUMBER_PT, MARK_PT = 6.5, 2.5
"""Size of the numbers; half a site's mark that they keep off."""
MAP_PT = (418.0, 400.0)
"""Width and height that the map takes at most, points."""
SCALE_CORNER = (0.3, 0.07)
"""Part of the map, from its lower left corner, that the scale bar has to itself."""
MARGIN = 0.06
"""Of the shown area, on each side."""


def picture(
    problem: Problem,
    result: Result,
    words: Words,
    numbers: Mapping[int, int] | None = None,
    network: Network | None = None,
    inside: NDArray[np.bool_] | None = None,
    ground: Ground | None = None,
    file: Literal["png", "svg"] = "png",
) -> bytes | None:
    """A picture of who reaches which share of the formats after the plan; None without places.

    Args:
        numbers: position of a chosen site: its number, drawn beside it.
        network: streets to be drawn below.
        inside: demand points of the part that is shown, shape (n_points,); None = all.
        ground: water, and where districts end.
        file: its kind; an svg has its letters as outlines, so that no font is needed.
    """
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
    figure = Figure(figsize=(7.5, 7.8), dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    low, high = _window(places if inside is None else places[inside])
    if ground is not None:
        _ground(axes, ground, words)
    if network is not None:
        _streets(axes, network, low, high)
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
        zorder=2,
    )
    standing = problem.labels.outlet_lonlat
    if standing is not None and len(standing):
        axes.scatter(
            standing[:, 0],
            standing[:, 1],
            s=10,
            marker="s",
            c="#2b3642",
            zorder=3,
            label=words["existing"],
        )
    if result.chosen is not None and len(result.chosen):
        kinds = site_kinds(problem)
        kind = kinds[result.chosen]
        for name, marker, label in SHOWN:
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
                    zorder=4,
                )
        placeable = {name for name, _, _ in SHOWN}
        placed = {s: n for s, n in (numbers or {}).items() if kinds[s] in placeable}
        _numbers(axes, sites, placed, low, high)
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.set_aspect(1 / np.cos(np.radians(float(low[1] + high[1]) / 2)))
    axes.set_axis_off()
    _scale_and_north(axes, low, high, family)
    rows = -(-len(axes.get_legend_handles_labels()[0]) // LEGEND_COLUMNS)
    bar = figure.colorbar(
        drawn,
        ax=axes,
        location="bottom",
        shrink=0.5,
        aspect=35,
        pad=0.02 + LEGEND_ROW * rows,  # the legend stands between map and bar
        format="{x:.0%}",
    )
    bar.set_label(words["share_of_formats"], family=family)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(
            loc="upper left",
            bbox_to_anchor=(0, 0),
            ncols=LEGEND_COLUMNS,
            frameon=False,
            prop={"family": family, "size": 8},
        )
    stream = BytesIO()
    save_figure(figure, stream, file)
    return stream.getvalue()


def _window(places: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """South-west and north-east corner of what is shown, in degrees."""
    known = places[np.isfinite(places).all(axis=1)]
    if not len(known):
        return np.zeros(2), np.ones(2)
    low, high = known.min(axis=0), known.max(axis=0)
    margin = np.maximum(MARGIN * (high - low), 100 / METRES_PER_DEGREE)
    return low - margin, high + margin


def _ground(axes: Any, ground: Ground, words: Words) -> None:
    """Water below everything, the lines between districts above the streets."""
    from matplotlib.collections import LineCollection, PolyCollection

    if ground.lakes:
        axes.add_collection(
            PolyCollection(ground.lakes, facecolors=WATER, linewidths=0, zorder=0.5)
        )
    if ground.rivers:
        axes.add_collection(LineCollection(ground.rivers, colors=WATER, linewidths=2, zorder=0.6))
    if ground.borders:
        look = {"color": "#6b4e8e", "linewidth": 0.9, "linestyle": "--"}
        axes.add_collection(
            LineCollection(
                ground.borders,
                colors=look["color"],
                linewidths=look["linewidth"],
                linestyles=look["linestyle"],
                zorder=1.5,
            )
        )
        axes.plot([], [], label=words["borders"], **look)  # one line for the legend


def _streets(
    axes: Any, network: Network, low: NDArray[np.float64], high: NDArray[np.float64]
) -> None:
    """Streets within the window, the longest where there are very many."""
    from matplotlib.collections import LineCollection

    places = lonlat(network.shape_xy, network.crs)
    start = network.shape_start
    here = ((places >= low) & (places <= high)).all(axis=1)
    shown = np.add.reduceat(here, start[:-1]) > 0 if len(start) > 1 else np.zeros(0, np.bool_)
    edges = np.flatnonzero(shown)
    edges = edges[np.argsort(-network.edge_m[edges], kind="stable")[:MOST_STREETS]]
    lines = [places[start[e] : start[e + 1]] for e in edges.tolist()]
    axes.add_collection(LineCollection(lines, colors="#c3cad1", linewidths=0.5, zorder=1))


def _numbers(
    axes: Any,
    sites: NDArray[np.float64],
    numbers: Mapping[int, int],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> None:
    """Each beside its site, where no other number and no site's mark is in its way; the smallest
    numbers choose first, and one that finds no room is left out."""
    within = [
        (number, site)
        for site, number in sorted(numbers.items(), key=lambda pair: pair[1])
        if ((sites[site] >= low) & (sites[site] <= high)).all()
    ]
    to_points = _points_per_degree(low, high)
    at = {site: (sites[site] - low) * to_points for _, site in within}
    marks = np.array(list(at.values())).reshape(-1, 2)
    # The scale bar's corner is taken.
    taken = [np.array([0.0, 0.0, *(np.array(SCALE_CORNER) * (high - low) * to_points)])]
    told = 0
    for number, site in within:
        text = str(number)
        wide = NUMBER_PT * 0.6 * len(text)
        for dx, dy in ((4, 3), (-4 - wide, 3), (4, -10), (-4 - wide, -10), (-wide / 2, 6)):
            x, y = at[site] + (dx, dy)
            box = np.array([x, y, x + wide, y + NUMBER_PT])
            if not _hits(box, taken, marks):
                break
        else:
            continue
        taken.append(box)
        axes.annotate(
            text,
            sites[site],
            xytext=(dx, dy),
            textcoords="offset points",
            fontsize=NUMBER_PT,
            color="#1b2430",
            zorder=5,
        )
        told += 1
        if told == MOST_NUMBERS:
            return


def _points_per_degree(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many points of the picture a degree of longitude and of latitude takes, about."""
    squeeze = 1 / np.cos(np.radians(float(low[1] + high[1]) / 2))
    span = (high - low) * (1.0, squeeze)
    scale = float((np.array(MAP_PT) / np.maximum(span, 1e-12)).min())
    return np.array([scale, scale * squeeze])


def _hits(box: NDArray[np.float64], taken: list[NDArray[np.float64]], marks: Any) -> bool:
    """Whether a box (left, low, right, high) lies on another one or on a site's mark."""
    others = np.array(taken)
    on_another = (
        (box[0] < others[:, 2])
        & (others[:, 0] < box[2])
        & (box[1] < others[:, 3])
        & (others[:, 1] < box[3])
    )
    r = MARK_PT
    on_a_mark = (
        (marks[:, 0] > box[0] - r)
        & (marks[:, 0] < box[2] + r)
        & (marks[:, 1] > box[1] - r)
        & (marks[:, 1] < box[3] + r)
    )
    return bool(on_another.any() or on_a_mark.any())


def _scale_and_north(
    axes: Any, low: NDArray[np.float64], high: NDArray[np.float64], family: list[str]
) -> None:
    """A bar of a round number of metres, and an arrow to the north."""
    a_degree = METRES_PER_DEGREE * np.cos(np.radians(float(low[1] + high[1]) / 2))
    width_m = float(high[0] - low[0]) * a_degree
    power = 10.0 ** np.floor(np.log10(max(width_m / 4, 1.0)))
    length = max(k * power for k in (1, 2, 5) if k * power <= max(width_m / 4, 1.0))
    x, y = low[0] + 0.02 * (high[0] - low[0]), low[1] + 0.02 * (high[1] - low[1])
    axes.plot([x, x + length / a_degree], [y, y], color="#1b2430", linewidth=2.5, zorder=6)
    told = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    axes.annotate(
        told,
        (x + length / a_degree / 2, y),
        xytext=(0, 4),
        ha="center",
        textcoords="offset points",
        fontsize=8,
        family=family,
        zorder=6,
    )
    axes.annotate(
        "N",
        (0.97, 0.98),
        xytext=(0.97, 0.91),
        xycoords="axes fraction",
        textcoords="axes fraction",
        ha="center",
        va="center",
        fontsize=9,
        zorder=6,
        arrowprops={"arrowstyle": "-|>", "color": "#1b2430"},
    )
