"""The gap inventory: per format, group and district, who is not served today (缺口清单)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.problem import Problem
from siting.verification.evaluation import reported

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "format", "group", "district", "people", "served", "not_served", "share_served",
    "within_reach_of_a_site", "out_of_reach",
)  # fmt: skip
WHOLE = "*"
"""In the column ``district``: the whole area."""


def gaps(problem: Problem) -> pd.DataFrame:
    """Who is not within the standard of an outlet that stands today.

    Returns:
        One row a (format, group) for the whole area (district ``*``), then one a district;
        persons, with ``not_served`` = ``within_reach_of_a_site`` (some candidate site lies within
        the standard and may take the format) + ``out_of_reach``. ``share_served`` is None where
        nobody of the group lives.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for t in sorted(reported(problem).values()):
        target = problem.targets[t]
        reachable = could_be_served(problem, t)
        for name, inside in _areas(problem):
            persons = np.where(inside, problem.persons[target.group], 0)
            lacking = np.where(problem.covered_before[:, t], 0, persons)
            people, missing = int(persons.sum()), int(lacking.sum())
            servable = int(lacking[reachable].sum())
            unit = problem.person_units
            rows.append(
                dict(
                    zip(
                        COLUMNS,
                        (
                            problem.labels.formats[target.format],
                            problem.labels.groups[target.group],
                            name,
                            people / unit,
                            (people - missing) / unit,
                            missing / unit,
                            (people - missing) / people if people else None,
                            servable / unit,
                            (missing - servable) / unit,
                        ),
                        strict=True,
                    )
                )
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def could_be_served(problem: Problem, t: int) -> NDArray[np.bool_]:
    """Points with a candidate site for the target's formats within the standard."""
    o = problem.options
    serving = problem.serves[o.format, o.phase, t]
    reach = problem.reach.rows(np.unique(o.site[serving]))
    reachable = np.zeros(problem.n_points, np.bool_)
    reachable[reach.point[reach.cost <= problem.targets[t].limit]] = True
    return reachable


def without_access(problem: Problem) -> tuple[int, float]:
    """(points, people) from which no outlet and no candidate site can be walked to at all.

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
