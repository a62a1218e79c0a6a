"""Who goes where: the nearest outlet of each demand point and format once the plan is carried out,
and the area that each outlet serves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.problem.vehicles import at_places
from siting.verification.evaluation import reported
from siting.verification.people import nearest, option_serves, outlet_serves

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.scenario import Scenario

Ints = NDArray[np.int64]

MOST_CELLS = 20_000
"""Of more demand points an area is the hull of those assigned, not the sum of their cells."""
CELL_M = 150.0
"""How far a demand point's cell reaches at most."""
AROUND_M = 20.0
"""Around the points of a hull."""


@dataclass(frozen=True)
class Assigned:
    """People of one format and group at one point and the outlet nearest to them."""

    point: int
    format: int
    group: int
    outlet: int
    """Position of a standing outlet; -1 where it is a site of the plan."""
    site: int
    """Position of the plan's site; -1 where it is a standing outlet."""
    cost: float
    """Of the walk, in the unit of ``Reach.cost``."""


def assigned(problem: Problem, options: Ints) -> Iterator[Assigned]:
    """Everybody whom some outlet serves within the standard, by format, group and point.

    Args:
        options: of the plan; ``problem.kept_today`` for today.
    """
    o = problem.options
    options = at_places(problem, options)
    for (format_, group), t in sorted(reported(problem).items()):
        limit, n = problem.targets[t].limit, problem.n_points
        stands = np.flatnonzero(outlet_serves(problem, t))
        chosen = o.site[options[option_serves(problem, t)[options]]].astype(np.int64)
        cost, who, _ = nearest(problem.outlets.reach, stands, limit, n)
        other, there, _ = nearest(problem.reach, chosen, limit, n)
        by_plan = (there >= 0) & ((who < 0) | (other < cost))
        served = ((who >= 0) | (there >= 0)) & (problem.persons[group] > 0)
        for point in np.flatnonzero(served).tolist():
            if by_plan[point]:
                place, walk = (-1, int(chosen[there[point]])), float(other[point])
            else:
                place, walk = (int(stands[who[point]]), -1), float(cost[point])
            yield Assigned(point, format_, group, *place, walk)


def pace_m_per_s(problem: Problem, scenario: Scenario, format_: int) -> float | None:
    """Of the people whom a format is for, on their way to it; None where its standard is told in
    metres alone."""
    entry = scenario.standards.formats[problem.labels.formats[format_]]
    travel = scenario.settings.travel
    if entry.minutes is None or travel is None:
        return None
    speeds = travel.speed_m_per_s
    groups = {problem.labels.groups[t.group] for t in problem.targets if t.format == format_}
    paces = [speeds.get(group, speeds.get("default", 1.2)) for group in groups]
    return float(entry.riding_m_per_s or min(paces, default=1.2))


def areas(problem: Problem, rows: list[Assigned]) -> Iterator[tuple[tuple[int, int, int], Any]]:
    """(format, outlet, site) and the area of the demand points assigned to it, planar metres: their
    cells together, each at most ``CELL_M`` around its point.

    The problem must know the planar places of its points.
    """
    import shapely

    xy = problem.point_xy
    assert xy is not None
    whose: dict[tuple[int, int, int], list[int]] = {}
    for row in rows:
        whose.setdefault((row.format, row.outlet, row.site), []).append(row.point)
    cells = _cells(xy) if len(xy) <= MOST_CELLS else None
    for key, points in whose.items():
        own = np.unique(points)
        if cells is None:
            yield key, shapely.convex_hull(shapely.multipoints(xy[own])).buffer(AROUND_M)
        else:
            yield key, shapely.union_all(cells[own])


def _cells(xy: NDArray[np.float64]) -> NDArray[np.object_]:
    """The part of the plane nearest to each point, not farther than ``CELL_M``, shape (n,)."""
    import shapely

    points = shapely.points(xy)
    around = shapely.buffer(points, CELL_M, quad_segs=4)
    distinct = np.unique(xy, axis=0)
    if len(distinct) < 3:
        return np.asarray(around, object)
    made = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(distinct)))
    tree = shapely.STRtree(made)
    point, cell = tree.query(points, predicate="intersects")
    _, first = np.unique(point, return_index=True)
    cells = np.array(around, object)
    cells[point[first]] = shapely.intersection(around[point[first]], made[cell[first]])
    return cells
