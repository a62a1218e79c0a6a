"""The gap inventory: per format, group and district, who is not served today (缺口清单)."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.analysis.gaps.capacity_left import places_short
from siting.analysis.kpis.subjects import whole_groups
from siting.problem import UNLIMITED, Problem
from siting.result.quantities import reached
from siting.verification.evaluation import reported
from siting.verification.objectives import coverable

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
FINE = 6
"""Decimals of persons that are told."""
COLUMNS = (
    "format",
    "group",
    "district",
    "standard_m",
    "people",
    "served",
    "not_served",
    "share_served",
    "within_reach_of_a_site",
    "out_of_reach",
    "no_place",
    "places_short",
    "floor_short_m2",
    "not_served_after",
    "places_short_after",
)
AFTER = 2
"""Columns at the end that need a plan."""
WHOLE, NOWHERE = "*", ""
"""In the column ``district``: the whole area; people who live in no district."""


def gaps(problem: Problem, plan: Ints | None = None) -> pd.DataFrame:
    """Who is not within the standard of an outlet that stands today, and what that lacks.

    A circle is a district. Where it has a standard of its own, its row tells of its people by that
    standard; the row of the whole area adds up everybody, each by the standard that holds at home.
    So persons and places of the districts (and of those in none, district "") add up to the whole
    area's; floor does but for rounding up.

    Args:
        plan: options of a plan, for the columns ``…_after``; None leaves them out.

    Returns:
        One row a (format, group) for the whole area (district ``*``), then one a district; persons.
        ``standard_m`` is the walk that counts, in metres, None where it differs within the row or
        the problem does not measure walks.
        ``not_served`` = ``within_reach_of_a_site`` (some candidate site lies within the standard
        and may take the format) + ``out_of_reach``. ``share_served`` is None where nobody of the
        group lives. ``no_place``: within the standard of an outlet, but all are full;
        ``places_short`` = ``not_served`` + ``no_place``, see
        ``siting/analysis/gaps/capacity_left.py``. ``floor_short_m2`` is the least floor on which
        new outlets could offer so many places, None where no size of the format names floor and
        capacity.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    lacking = places_short(problem)
    left = None if plan is None else places_short(problem, plan)
    for (format_, group), parts in whole_groups(problem).items():
        told = [_told(problem, t, plan) for t in parts]
        short = sum((lacking[t] for t in parts), np.zeros(problem.n_points))
        still = short if left is None else sum((left[t] for t in parts), np.zeros(len(short)))
        m2, unit = m2_per_place(problem, format_), problem.person_units
        for name, inside in _areas(problem):
            people, missing, servable, after = (
                sum(int(persons[inside].sum()) for persons in each)
                for each in zip(*told, strict=True)
            )
            places = round(float(short[inside].sum()), FINE)  # sums of shares end in 1e-12
            values = (
                problem.labels.formats[format_],
                group,
                name,
                _standard_m(problem, parts, inside),
                people / unit,
                (people - missing) / unit,
                missing / unit,
                (people - missing) / people if people else None,
                servable / unit,
                (missing - servable) / unit,
                max(0.0, round(places - missing / unit, FINE)),
                places,
                None if m2 is None else ceil(places * m2 - 1e-6),
                after / unit,
                round(float(still[inside].sum()), FINE),
            )
            rows.append(dict(zip(COLUMNS, values, strict=True)))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table if plan is not None else table.drop(columns=list(COLUMNS[-AFTER:]))


def _told(problem: Problem, t: int, plan: Ints | None) -> tuple[Ints, Ints, Ints, Ints]:
    """Persons of a target at each point: all, not served, of them those whom a site could serve,
    not served with the plan."""
    persons = problem.persons[problem.targets[t].group]
    today = reached(problem, problem.kept_today, t)
    after = today if plan is None else reached(problem, plan, t)
    missing = np.where(today, 0, persons)
    servable = np.where(coverable(problem, t), missing, 0)
    return persons, missing, servable, np.where(after, 0, persons)


def _standard_m(problem: Problem, parts: list[int], inside: NDArray[np.bool_]) -> float | None:
    """The standard of the parts of a group that live in an area, if it is one."""
    if problem.reach.cost.dtype.kind not in "iu":
        return None
    home = [t for t in parts if (inside & ~problem.elsewhere(t)).any()]
    limits = {problem.targets[t].limit for t in home}
    return limits.pop() / 10 if len(limits) == 1 else None


def m2_per_place(problem: Problem, format_: int) -> float | None:
    """Floor a place takes in the thriftiest way to open the format; None where nobody tells."""
    o = problem.options
    mine = (o.format == format_) & (o.action == 0) & (o.area > 0)
    mine &= (o.capacity > 0) & (o.capacity < UNLIMITED)
    return float((o.area[mine] / o.capacity[mine]).min()) if mine.any() else None


def blind_spots(problem: Problem, plan: Ints | None = None) -> pd.DataFrame:
    """Demand points whom some format does not reach (服务盲区), for a map.

    Args:
        plan: options of a plan whose outlets count as standing; None = today.

    Returns:
        ``point``, ``lon``, ``lat`` (where places are known), ``formats`` that do not reach it,
        how many they are (``n_formats``), and the persons of each as ``format|group``.
    """
    import pandas as pd

    names, told = problem.labels, sorted(reported(problem).values())
    standing = problem.kept_today if plan is None else plan
    columns: dict[str, Any] = {}
    lacking = np.zeros((problem.n_points, problem.n_formats), np.bool_)
    for t in told:
        target = problem.targets[t]
        left = ~reached(problem, standing, t)
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
    """The whole, then each district that has demand points, then the points in none."""
    every = [(WHOLE, np.ones(problem.n_points, np.bool_))]
    home = problem.point_district
    if home is None or not (home >= 0).any():
        return every
    named = [(name, home == d) for d, name in enumerate(problem.labels.districts)]
    return every + [area for area in (*named, (NOWHERE, home < 0)) if area[1].any()]
