"""Catchments: who is within reach of each new outlet, and whom it takes from those that stand.

Everybody goes to the nearest outlet of the format within the standard; a new outlet takes those
for whom it is strictly nearer than every outlet that stands. People of a format's groups are added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.naming import option_row
from siting.problem import Problem
from siting.reach import Reach
from siting.vehicles import option_kinds
from siting.verification.evaluation import reported

Ints = NDArray[np.int64]
Float = NDArray[np.float64]


@dataclass(frozen=True)
class Catchment:
    """One outlet of the plan; persons."""

    site: str
    format: str
    size: str
    action: str
    """``stop`` of a vehicle, or how an outlet opens."""
    within: float
    """People within its standard."""
    new: float
    """Of those, whom nothing that stands reaches."""
    taken: float
    """People who have an outlet already and to whom this one is nearer, nearest new one first."""


@dataclass(frozen=True)
class Standing:
    """One outlet that stands; persons for whom it is the nearest within the standard."""

    outlet: str
    format: str
    before: float
    after: float
    """Those who do not go to a nearer new one."""

    @property
    def lost(self) -> float:
        return self.before - self.after


def neighbours(problem: Problem, options: Ints) -> tuple[list[Catchment], list[Standing]]:
    """Every outlet and stop of the plan, and every outlet that stands, those that lose most first.

    Args:
        options: of the plan, ascending.
    """
    options = options[option_kinds(problem)[options] != "vehicle"]  # reaches nobody by itself
    o, names, unit = problem.options, problem.labels, problem.person_units
    within, new, taken = (np.zeros(len(options)) for _ in range(3))
    before, lost = (np.zeros(len(problem.outlets)) for _ in range(2))
    for t in reported(problem).values():
        target = problem.targets[t]
        people = problem.persons[target.group] / unit
        stands = np.flatnonzero(np.isin(problem.outlets.format, np.array(target.served_by)))
        serving = np.flatnonzero(problem.serves[problem.kind[options], t])
        old = problem.outlets.reach.rows(stands)
        fresh = problem.reach.rows(o.site[options[serving]].astype(np.int64))
        old_cost, old_at = _nearest(old, target.limit)
        new_cost, new_at = _nearest(fresh, target.limit)
        has = old_at >= 0
        np.add.at(before, stands[old_at[has]], people[has])
        moves = has & (new_cost < old_cost)
        np.add.at(lost, stands[old_at[moves]], people[moves])
        np.add.at(taken, serving[new_at[moves]], people[moves])
        row = np.repeat(serving, np.diff(fresh.start))
        inside = fresh.cost <= target.limit
        np.add.at(within, row[inside], people[fresh.point[inside]])
        alone = inside & ~problem.covered_before[fresh.point, t]
        np.add.at(new, row[alone], people[fresh.point[alone]])
    opened = [
        Catchment(**option_row(problem, k), within=float(within[j]), new=float(new[j]),
                  taken=float(taken[j]))
        for j, k in enumerate(options.tolist())
    ]  # fmt: skip
    ids = list(names.outlets) if len(names.outlets) else [str(j) for j in range(len(before))]
    standing = [
        Standing(ids[j], names.formats[format_], float(before[j]), float(before[j] - lost[j]))
        for j, format_ in enumerate(problem.outlets.format.tolist())
    ]
    return (
        sorted(opened, key=lambda c: (-c.taken, c.site, c.format)),
        sorted(standing, key=lambda s: (-s.lost, s.outlet)),
    )


def _nearest(reach: Reach, limit: float) -> tuple[Float, Ints]:
    """(cost, row) of the nearest place within the limit, ties to the first row; inf, -1 of none."""
    cost = np.full(reach.n_points, np.inf)
    at = np.full(reach.n_points, -1, np.int64)
    row = np.repeat(np.arange(reach.n_places), np.diff(reach.start))
    inside = np.flatnonzero(reach.cost <= limit)
    order = inside[np.lexsort((row[inside], reach.cost[inside], reach.point[inside]))]
    points, first = np.unique(reach.point[order], return_index=True)
    cost[points] = reach.cost[order[first]]
    at[points] = row[order[first]]
    return cost, at
