"""The gap inventory: per format, group and district, who is not served today (缺口清单)."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.accounting import newly_reached
from siting.problem import UNLIMITED, Problem
from siting.verification.evaluation import reported

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Float = NDArray[np.float64]
COLUMNS = (
    "format", "group", "district", "people", "served", "not_served", "share_served",
    "within_reach_of_a_site", "out_of_reach", "places_short", "floor_short_m2",
    "not_served_after",
)  # fmt: skip
WHOLE = "*"
"""In the column ``district``: the whole area."""


def gaps(problem: Problem, plan: Ints | None = None) -> pd.DataFrame:
    """Who is not within the standard of an outlet that stands today, and what that lacks.

    Args:
        plan: options of a plan, for ``not_served_after``; None leaves that column out.

    Returns:
        One row a (format, group) for the whole area (district ``*``), then one a district;
        persons, with ``not_served`` = ``within_reach_of_a_site`` (some candidate site lies within
        the standard and may take the format) + ``out_of_reach``. ``share_served`` is None where
        nobody of the group lives. ``places_short``: see :func:`places_short`; ``floor_short_m2``
        is the least floor on which new outlets could offer so many places, None where no size of
        the format names floor and capacity.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for t in sorted(reported(problem).values()):
        target = problem.targets[t]
        reachable = could_be_served(problem, t)
        short, m2 = places_short(problem, t), m2_per_place(problem, target.format)
        after = problem.covered_before[:, t].copy()
        if plan is not None:
            after[newly_reached(problem, plan, t)] = True
        group = problem.labels.groups[target.group]
        for name, inside in _areas(problem):
            persons = np.where(inside, problem.persons[target.group], 0)
            lacking = np.where(problem.covered_before[:, t], 0, persons)
            people, missing = int(persons.sum()), int(lacking.sum())
            if not people and name != WHOLE and "@" in group:
                continue  # the part of a group that lives in other districts
            servable = int(lacking[reachable].sum())
            unit = problem.person_units
            places = float(short[inside].sum())
            values = (
                problem.labels.formats[target.format], group, name, people / unit,
                (people - missing) / unit, missing / unit,
                (people - missing) / people if people else None,
                servable / unit, (missing - servable) / unit, places,
                None if m2 is None else ceil(places * m2 - 1e-6),
                int(np.where(after, 0, persons).sum()) / unit,
            )  # fmt: skip
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table if plan is not None else table.drop(columns="not_served_after")


def places_short(problem: Problem, t: int) -> Float:
    """Persons at each point who find no place in the outlets that stand, shape (n_points,).

    Each outlet's capacity is shared evenly by the people within its standard (the supply ratio of
    2SFCA); a point has p (1 - Σ ratios of the outlets in its reach) places too few, never less
    than none. Who reaches an outlet of unlimited capacity has a place; who reaches none has not.
    """
    target = problem.targets[t]
    people = problem.persons[target.group] / problem.person_units
    stands = np.flatnonzero(np.isin(problem.outlets.format, np.array(target.served_by)))
    reach, capacity = problem.outlets.reach.rows(stands), problem.outlets.capacity[stands]
    inside = reach.cost <= target.limit
    row = np.repeat(np.arange(len(stands)), np.diff(reach.start))[inside]
    point = reach.point[inside]
    crowd = np.bincount(row, people[point], minlength=len(stands))
    ratio = np.divide(capacity, crowd, out=np.zeros(len(stands)), where=crowd > 0)
    ratio[capacity >= UNLIMITED] = np.inf
    offered = np.bincount(point, ratio[row], minlength=problem.n_points)
    return np.asarray(people * np.clip(1.0 - offered, 0.0, 1.0))


def m2_per_place(problem: Problem, format_: int) -> float | None:
    """Floor a place takes in the thriftiest way to open the format; None where nobody tells."""
    o = problem.options
    mine = (o.format == format_) & (o.action == 0) & (o.area > 0)
    mine &= (o.capacity > 0) & (o.capacity < UNLIMITED)
    return float((o.area[mine] / o.capacity[mine]).min()) if mine.any() else None


def could_be_served(problem: Problem, t: int) -> NDArray[np.bool_]:
    """Points with a candidate site for the target's formats within the standard."""
    o = problem.options
    serving = problem.serves[problem.kind, t]
    reach = problem.reach.rows(np.unique(o.site[serving]))
    reachable = np.zeros(problem.n_points, np.bool_)
    reachable[reach.point[reach.cost <= problem.targets[t].limit]] = True
    return reachable


def blind_spots(problem: Problem, plan: Ints | None = None) -> pd.DataFrame:
    """Demand points whom some format does not reach (服务盲区), for a map.

    Args:
        plan: options of a plan whose outlets count as standing.

    Returns:
        ``point``, ``lon``, ``lat`` (where places are known), ``formats`` that do not reach it,
        how many they are (``n_formats``), and the persons of each as ``format|group``.
    """
    import pandas as pd

    names, told = problem.labels, sorted(reported(problem).values())
    columns: dict[str, Any] = {}
    lacking = np.zeros((problem.n_points, problem.n_formats), np.bool_)
    for t in told:
        target = problem.targets[t]
        left = ~problem.covered_before[:, t]
        if plan is not None:
            left[newly_reached(problem, plan, t)] = False
        persons = np.where(left, problem.persons[target.group], 0)
        lacking[:, target.format] |= persons > 0
        key = f"{names.formats[target.format]}|{names.groups[target.group]}"
        columns[key] = persons / problem.person_units
    blind = np.flatnonzero(lacking.any(axis=1))
    ids = list(names.points) if len(names.points) else [str(i) for i in range(problem.n_points)]
    head: dict[str, Any] = {"point": [ids[i] for i in blind]}
    if names.point_lonlat is not None:
        head |= {"lon": names.point_lonlat[blind, 0], "lat": names.point_lonlat[blind, 1]}
    head["n_formats"] = lacking[blind].sum(axis=1)
    head["formats"] = [
        "|".join(names.formats[f] for f in np.flatnonzero(lacking[i])) for i in blind
    ]
    return pd.DataFrame(head | {key: values[blind] for key, values in columns.items()})


def without_access(problem: Problem) -> tuple[int, float]:
    """(points, people) that no outlet and no candidate site is near, by the longest standard.

    People are those of the largest group at each point, as groups may overlap.
    """
    seen = np.zeros(problem.n_points, np.bool_)
    seen[problem.reach.point] = True
    seen[problem.outlets.reach.point] = True
    persons = problem.persons.max(axis=0, initial=0)
    lost = ~seen & (persons > 0)
    return int(lost.sum()), int(persons[lost].sum()) / problem.person_units


def _areas(problem: Problem) -> list[tuple[str, NDArray[np.bool_]]]:
    """The whole, then each district that has demand points."""
    every = [(WHOLE, np.ones(problem.n_points, np.bool_))]
    if problem.point_district is None:
        return every
    return every + [
        (name, problem.point_district == d)
        for d, name in enumerate(problem.labels.districts)
        if (problem.point_district == d).any()
    ]
