"""What the map of a report draws, as plain lists and base64 arrays: streets, people, places.

Coordinates are whole numbers on a grid of 60,000 steps over the longer side of the area, so that
a city fits into a small file; one step is a metre or less in most cities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.problem import Action, Place
from siting.problem.vehicles import site_kinds
from siting.report.page_grid import STEPS, PageGrid, packed
from siting.report.surroundings import Around, drawn_around
from siting.report.walls import drawn
from siting.result.quantities import reached
from siting.verification.evaluation import reported

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.report.walls import Walls
    from siting.result import Result
    from siting.walking.network import Network

Floats = NDArray[np.float64]

MOST_CELLS = 20_000
"""More demand points than this are summed up on a grid."""
MOST_SEGMENTS = 120_000
"""Of more street segments than this only the longest are drawn."""
MOST_REJECTED = 20_000
CLASSES = 6
"""Of the share of formats in reach: none, four quarters, all."""


def map_data(
    problem: Problem,
    result: Result,
    network: Network | None,
    walls: Walls | None = None,
    around: Around | None = None,
) -> dict[str, Any] | None:
    """Everything the page's script draws; None when the problem knows no places.

    Keys: ``metresPerStep``, ``width``, ``height``, ``streets`` (base64 uint16: x1 y1 x2 y2 ...),
    ``thinned``, ``walls`` (see :func:`siting.report.walls.drawn`; None without any), ``ground``
    (see :func:`siting.report.surroundings.drawn_around`), ``cells`` (see :func:`_cells`),
    ``outlets``, ``sites``, ``rejected``.
    """
    places = places_of(problem)
    if places is None:
        return None
    points, sites, outlets, degrees = places
    everything = np.concatenate((points, sites, outlets))
    frame = PageGrid.around(everything[np.isfinite(everything).all(axis=1)], degrees)
    corner = frame.steps(everything[np.isfinite(everything).all(axis=1)]).max(axis=0)
    pieces, thinned = np.zeros((0, 4), np.uint16), False
    if network is not None and degrees:
        pieces, thinned = street_pieces(network, frame)
    return {
        "metresPerStep": frame.metres_per_step,
        "width": int(corner[0] * 1.03),
        "height": int(corner[1] * 1.03),
        "streets": packed(pieces) if len(pieces) else "",
        "thinned": thinned,
        "walls": None if walls is None or not degrees else drawn(walls, frame),
        "ground": drawn_around(around if around is not None and degrees else Around.none(), frame),
        "cells": _cells(problem, result, frame.steps(points)),
        "outlets": _outlets(problem, frame, outlets),
        "sites": _sites(problem, result, frame, sites),
        "rejected": _rejected(problem, result),
    }


def _rejected(problem: Problem, result: Result) -> int:
    """Candidate premises that are not in the plan."""
    premises = site_kinds(problem) == Place.PREMISES
    return int(premises.sum() - (0 if result.chosen is None else premises[result.chosen].sum()))


def places_of(problem: Problem) -> tuple[Floats, Floats, Floats, bool] | None:
    """Demand points, sites and outlets in degrees, or in metres where only these are known."""
    names, none = problem.labels, np.zeros((0, 2))
    if names.site_lonlat is not None and names.point_lonlat is not None:
        outlets = none if names.outlet_lonlat is None else names.outlet_lonlat
        return names.point_lonlat, names.site_lonlat, outlets, True
    if problem.site_xy is not None and problem.point_xy is not None:
        return problem.point_xy, problem.site_xy, none, False
    return None


def street_pieces(network: Network, frame: PageGrid) -> tuple[NDArray[np.uint16], bool]:
    """Straight pieces of the streets in steps, x1 y1 x2 y2, shape (n, 4), and whether the shortest
    were left out."""
    from pyproj import Transformer

    to_degrees = Transformer.from_crs(network.crs, "EPSG:4326", always_xy=True)
    lonlat = np.column_stack(to_degrees.transform(*network.shape_xy.T))
    steps = frame.steps(lonlat)
    first = np.ones(len(steps), np.bool_)
    first[network.shape_start[1:-1]] = False
    first[-1:] = False
    last_of_edge = np.zeros(len(steps), np.bool_)
    last_of_edge[network.shape_start[1:] - 1] = True
    begin = np.flatnonzero(~last_of_edge)
    pieces = np.column_stack((steps[begin], steps[begin + 1]))
    inside = ((pieces >= 0) & (pieces < 2**16)).all(axis=1)
    pieces = pieces[inside]
    thinned = len(pieces) > MOST_SEGMENTS
    if thinned:
        length = np.abs(pieces[:, :2] - pieces[:, 2:]).sum(axis=1)
        longest = np.argpartition(-length, MOST_SEGMENTS)[:MOST_SEGMENTS]
        pieces = pieces[np.sort(longest)]
    return pieces.astype(np.uint16), thinned


def _cells(problem: Problem, result: Result, at: NDArray[np.int64]) -> dict[str, Any]:
    """People and who reaches what, a row a demand point or a grid cell.

    ``x``, ``y``: uint16; ``people``: float32, of the largest group counted; ``off``: 1 where
    nobody is in reach of any candidate or outlet; ``side``: cell side in steps, 0 for points;
    ``shares``: {format: {"before", "after"}: uint8, share of the people in 255ths, and
    ``unreached``: its people out of reach of every place};
    ``classes``: people by share of the formats in reach, see ``CLASSES``, before and after.
    """
    chosen = problem.kept_today if result.options is None else result.options
    people = problem.persons.max(axis=0) / problem.person_units
    lonely = np.ones(problem.n_points, np.bool_)
    lonely[problem.reach.point] = False
    lonely[problem.outlets.reach.point] = False
    cell, side = _grid(at)
    _, first, cell = np.unique(cell, return_index=True, return_inverse=True)
    shares: dict[int, dict[str, str | float]] = {}
    reached = np.zeros((2, problem.n_points))
    formats = targets_of_formats(problem)
    for format, targets in formats.items():
        # A place without such people still shows whether it is in reach: a millionth stands in.
        counted = sum(problem.persons[problem.targets[t].group] for t in targets) + 1e-6
        both = np.zeros((2, problem.n_points))
        for t in targets:
            part = (problem.persons[problem.targets[t].group] + 1e-6 / len(targets)) / counted
            both += np.stack(reached_by(problem, chosen, t)) * part
        reached += both
        total = np.bincount(cell, counted)
        before, after = (np.bincount(cell, share * counted) / total for share in both)
        shares[format] = {
            "before": _bytes(before),
            "after": _bytes(after),
            "unreached": round(float(counted[lonely].sum())) / problem.person_units,
        }
    middle = at[first] if side == 0 else (at[first] // side) * side + side // 2
    return {
        "side": side,
        "x": packed(_clipped(middle[:, 0])),
        "y": packed(_clipped(middle[:, 1])),
        "people": packed(np.bincount(cell, people).astype(np.float32)),
        "off": packed((np.bincount(cell, ~lonely) == 0).astype(np.uint8)),
        "shares": shares,
        "classes": {
            moment: np.bincount(_class(share / len(formats)), people, CLASSES).tolist()
            for moment, share in zip(("before", "after"), reached, strict=True)
        },
        "unreached": float(people[lonely].sum()),
    }


def reached_by(
    problem: Problem, chosen: NDArray[np.int64], t: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who is within target t's standard of an outlet, before and after, shape (n_points,)."""
    return reached(problem, problem.kept_today, t), reached(problem, chosen, t)


def _class(share: Floats) -> NDArray[np.int64]:
    """0 = nothing in reach, 1..4 = quarters, 5 = everything."""
    quarters = np.ceil(np.clip(share, 0, 1) * 4 - 1e-3).astype(np.int64)
    return np.where(share < 1e-3, 0, np.where(share > 1 - 1e-3, 5, np.maximum(quarters, 1)))


def targets_of_formats(problem: Problem) -> dict[int, list[int]]:
    """Reported targets by format; their groups share nobody."""
    found: dict[int, list[int]] = {}
    told = list(reported(problem).values())
    counted = [t for t in told if problem.targets[t].weight_micro > 0]
    for t in counted or told:
        found.setdefault(problem.targets[t].format, []).append(t)
    return found


def _grid(at: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
    """Cell of each point and the cells' side in steps; few points are a cell each, side 0."""
    if len(at) <= MOST_CELLS:
        return np.arange(len(at)), 0
    side = STEPS // 110  # about six pixels when the page opens
    while True:
        cell = (at[:, 1] // side) * (2 * STEPS) + at[:, 0] // side
        if len(np.unique(cell)) <= MOST_CELLS:
            return cell, side
        side = side * 5 // 4


def cells_of(problem: Problem) -> NDArray[np.int64] | None:
    """Cell of each point on the map; None where each is its own, or where no places are known."""
    places = places_of(problem)
    if places is None or problem.n_points <= MOST_CELLS:
        return None
    points, sites, outlets, degrees = places
    everything = np.concatenate((points, sites, outlets))
    frame = PageGrid.around(everything[np.isfinite(everything).all(axis=1)], degrees)
    cell: NDArray[np.int64] = np.unique(_grid(frame.steps(points))[0], return_inverse=True)[1]
    return cell


def _outlets(problem: Problem, frame: PageGrid, places: Floats) -> dict[str, Any]:
    """``x``, ``y``, ``format`` of each existing outlet and its ``id``."""
    if not len(places):
        return {"x": "", "y": "", "format": [], "id": []}
    at = frame.steps(np.nan_to_num(places))
    ids = problem.labels.outlets
    return {
        "x": packed(_clipped(at[:, 0])),
        "y": packed(_clipped(at[:, 1])),
        "format": problem.outlets.format.tolist(),
        "id": [str(i) for i in ids] if len(ids) else [str(k) for k in range(len(places))],
    }


def _sites(problem: Problem, result: Result, frame: PageGrid, places: Floats) -> dict[str, Any]:
    """Chosen sites first, then rejected ones (a sample of them when there are very many); ``at``:
    position of each."""
    chosen = np.zeros(0, np.int64) if result.chosen is None else result.chosen
    kind, keeps = site_kinds(problem), np.zeros(problem.n_sites, np.bool_)
    keeps[problem.options.site[problem.acting(Action.KEEP)]] = True
    # What stands for good is drawn as such; what is not kept has been closed or moved away.
    others = np.setdiff1d(np.flatnonzero((kind != Place.STANDING) | keeps), chosen)
    if len(others) > MOST_REJECTED:
        others = others[:: -(-len(others) // MOST_REJECTED)]
    order = np.concatenate((chosen, others))
    at = frame.steps(places[order])
    ids, district = problem.labels.sites, problem.site_district
    area = problem.site_area[order]
    return {
        "x": packed(_clipped(at[:, 0])),
        "y": packed(_clipped(at[:, 1])),
        "chosen": len(chosen),
        "at": order.tolist(),
        "kind": kind[order].tolist(),
        "opened": {name: int((kind[chosen] == name).sum()) for name in Place},
        "id": [str(ids[s]) if len(ids) else str(s) for s in order],
        "area": [int(a) if a < 2**53 else None for a in area],
        "district": None
        if district is None
        else [problem.labels.districts[d] if d >= 0 else "" for d in district[order]],
    }


def _clipped(steps: NDArray[np.int64]) -> NDArray[np.uint16]:
    return np.clip(steps, 0, 2**16 - 1).astype(np.uint16)


def _bytes(share: Floats) -> str:
    """Shares 0..1 as 255ths."""
    return packed(np.round(255 * np.clip(share, 0, 1)).astype(np.uint8))
