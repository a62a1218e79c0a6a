"""Who loses coverage through the walls of compounds, and where one more gate would bring most.

"Open" is a town without walls: streets lead through compounds, and everybody walks to the nearest
street. A further gate changes the walks of those who live behind it: straight to the gate, then
along the streets as they are. Whom it lets through a compound is not counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.result.quantities import everybody, reached
from siting.verification.evaluation import reported
from siting.verification.people import option_serves, outlet_serves

if TYPE_CHECKING:
    import pandas as pd

    from siting.problem import Problem
    from siting.problem.reach import Reach
    from siting.scenario import Scenario
    from siting.scenario.assemble.without_walls import WallsAside

Ints = NDArray[np.int64]
Float = NDArray[np.float64]
Mask = NDArray[np.bool_]
LOST = ("format", "group", "people", "served", "served_if_open", "lost", "lost_in_compounds")
GATES = ("compound", "lon", "lat", "people", "lost", "gained")


@dataclass(frozen=True)
class ThroughWalls:
    """Both tables; people in persons."""

    lost: pd.DataFrame
    """Columns ``LOST``, one row a (format, group): ``served_if_open`` are those served and those
    who would be if no walls stood; their difference is ``lost``."""
    gates: pd.DataFrame
    """Columns ``GATES``, then "format|group" of people gained: the best single further gate of each
    compound that loses people, those with most people gained first. ``people`` live in it;
    ``lost`` and ``gained`` count a person once for each format. A gate that gains nobody has no
    place."""


def through_walls(scenario: Scenario, plan: Ints | None = None) -> ThroughWalls | None:
    """What the walls of a scenario cost; None where it has no compounds.

    Two walks from all outlets, so it takes about twice as long as the walk that a problem needs
    for its outlets.

    Args:
        plan: options of a plan whose outlets count as standing.
    """
    walked = scenario.assembled.walked
    if walked.compounds is None:
        return None
    from siting.scenario.assemble.without_walls import WallsAside

    problem, travel = scenario.problem(), scenario.settings.travel
    assert travel is not None and problem.site_xy is not None
    chosen = problem.kept_today if plan is None else np.asarray(plan, np.int64)
    site = problem.options.site[chosen]
    place_xy = np.concatenate([scenario.assembled.standing_xy, problem.site_xy[site]])
    limit = int(max((target.limit for target in problem.targets), default=0))
    aside = WallsAside(travel, walked, place_xy, limit)
    told = sorted(reported(problem).values())
    served = np.stack([reached(problem, chosen, t) for t in told])
    serving = [
        np.flatnonzero([*outlet_serves(problem, t), *option_serves(problem, t)[chosen]])
        for t in told
    ]
    limits = np.array([problem.targets[t].limit for t in told])
    persons = problem.persons[[problem.targets[t].group for t in told]]
    lost = _within(aside.without_walls(), serving, limits) & ~served
    home = aside.compounds.of(walked.xy["demand"])
    return ThroughWalls(
        _lost_table(problem, told, persons, served, lost, home >= 0),
        _gate_table(scenario, aside, told, persons, served, lost, serving, limits, home),
    )


def _within(reach: Reach, serving: list[Ints], limits: Float) -> Mask:
    """Columns within each target's standard of a serving place, shape (n_targets, n_columns)."""
    return np.stack(
        [reach.rows(own).nearest() <= limit for own, limit in zip(serving, limits, strict=True)]
    )


def _lost_table(
    problem: Problem, told: list[int], persons: Ints, served: Mask, lost: Mask, inside: Mask
) -> pd.DataFrame:
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for k, t in enumerate(told):
        target, unit, many = problem.targets[t], problem.person_units, persons[k]
        now, away = int(many[served[k]].sum()), int(many[lost[k]].sum())
        rows.append(
            (
                problem.labels.formats[target.format],
                problem.labels.groups[target.group],
                int(many.sum()) / unit,
                now / unit,
                (now + away) / unit,
                away / unit,
                int(many[lost[k] & inside].sum()) / unit,
            )
        )
    return pd.DataFrame(rows, columns=list(LOST))


def _gate_table(
    scenario: Scenario,
    aside: WallsAside,
    told: list[int],
    persons: Ints,
    served: Mask,
    lost: Mask,
    serving: list[Ints],
    limits: Float,
    home: NDArray[np.int32],
) -> pd.DataFrame:
    import pandas as pd

    from siting.scenario.layers.layer import lonlat
    from siting.walking.new_gates import spots_along

    problem = scenario.problem()
    unit, names, walls = problem.person_units, problem.labels, scenario.contents.compounds
    assert walls is not None
    away = np.where(lost, persons, 0).sum(axis=0)
    which = np.unique(home[(home >= 0) & (away > 0)])
    spots = spots_along(aside.compounds, which)
    ways = aside.to_spots(spots.xy)
    to_spot = np.stack([[reach.rows(own).nearest() for own in serving] for reach, _ in ways])
    way_of = np.zeros(problem.n_points, np.int64)
    for w, (_, points) in enumerate(ways):
        way_of[points] = w
    lacking = np.where(served, 0, persons)
    keys = [
        f"{names.formats[problem.targets[t].format]}|{names.groups[problem.targets[t].group]}"
        for t in told
    ]
    lives = everybody(problem)
    rows = []
    for c in which.tolist():
        living, mine = np.flatnonzero(home == c), np.flatnonzero(spots.compound == c)
        straight = aside.straight_dm(spots.xy[mine], aside.walked.xy["demand"][living])
        along = to_spot[way_of[living]][:, :, mine]  # of each home, target and spot
        gained = np.stack(
            [(along[:, k].T + straight <= limits[k]) @ lacking[k, living] for k in range(len(told))]
        )
        best = int(gained.sum(axis=0).argmax())
        most = gained[:, best]
        at = spots.xy[mine[best]] if most.any() else np.full(2, np.nan)
        rows.append(
            (
                str(walls.compounds.ids[c]),
                *at,
                lives[living].sum() / unit,
                away[living].sum() / unit,
                most.sum() / unit,
                *(most / unit),
            )
        )
    table = pd.DataFrame(rows, columns=[*GATES, *keys])
    table[["lon", "lat"]] = lonlat(table[["lon", "lat"]].to_numpy(float), aside.walked.crs)
    return table.sort_values("gained", ascending=False, kind="stable", ignore_index=True)
