"""Who walks where: the columns and rows of the formulations that count walking costs.

    walk[i,t,s]  share of the people of target t at point i who use site s           in [0,1]
    stay[i,t]    share who keep using what stands today                              in [0,1]

    assign       Σ_s walk[i,t,s] + stay[i,t] = 1                  a point and target
    there        walk[i,t,s] <= Σ_{o serving t at s} open[o]      each walk

Everybody counted who can be covered (an existing outlet, or a usable option, within the standard)
is assigned. Walks that are no shorter than to what stands today are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.models.shared.measuring import Ints, existing_cost
from siting.models.shared.opening import Frame, Tuples, usable
from siting.models.shared.patterns import serving_options
from siting.problem import Problem

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Walks:
    """Every way in which somebody may be assigned. Arrays of shape (n_walks,)."""

    person: Ints
    """Position of the (point, target) in the arrays below."""
    site: Ints
    """-1 = to what stands today."""
    cost: Float
    target: Ints
    """Of each (point, target), shape (n_people,)."""
    point: Ints
    """Shape (n_people,)."""
    weight: Ints
    """Weighted people in ``Problem.unit``, shape (n_people,)."""


def walks(problem: Problem) -> Walks:
    """All walks that can be part of a best plan."""
    good = usable(problem)
    parts, people, weights = [], [], []
    first = 0
    for t, target in enumerate(problem.targets):
        if target.weight_micro == 0:
            continue
        weight = problem.persons[target.group] * (target.weight_micro // problem.weight_gcd)
        serving = np.zeros(problem.n_sites, np.bool_)
        serving[problem.options.site[good & serving_options(problem, t)]] = True
        ends = np.where(serving, problem.reach.prefix_end(target.limit), problem.reach.start[:-1])
        width = ends - problem.reach.start[:-1]
        site = np.repeat(np.arange(problem.n_sites), width)
        take = np.repeat(problem.reach.start[:-1] - np.cumsum(width) + width, width)
        take += np.arange(len(take))
        point = problem.reach.point[take].astype(np.int64)
        cost = problem.reach.cost[take].astype(np.float64)
        today = existing_cost(problem, t)
        keep = (weight[point] > 0) & (cost < today[point])
        site, point, cost = site[keep], point[keep], cost[keep]
        stays = np.flatnonzero((weight > 0) & np.isfinite(today))
        site = np.concatenate([site, np.full(len(stays), -1)])
        cost = np.concatenate([cost, today[stays]])
        there, number = np.unique(np.concatenate([point, stays]), return_inverse=True)
        parts.append((number + first, site, cost))
        people.append((np.full(len(there), t), there))
        weights.append(weight[there])
        first += len(there)
    if not parts:
        none = np.zeros(0, np.int64)
        return Walks(none, none, np.zeros(0), none, none, none)
    person, site, cost = (np.concatenate(part) for part in zip(*parts, strict=True))
    target_of, point_of = (np.concatenate(part) for part in zip(*people, strict=True))
    return Walks(person, site, cost, target_of, point_of, np.concatenate(weights))


def add_walks(frame: Frame, every: Walks) -> Ints:
    """Columns ``walk`` and ``stay`` and their rows; returns the column of each walk."""
    problem = frame.problem
    moves = np.flatnonzero(every.site >= 0)
    stays = np.flatnonzero(every.site < 0)
    target, point = every.target[every.person], every.point[every.person]
    walk = frame.builder.add_columns(
        "walk",
        len(moves),
        implied=True,
        labels=Tuples(point[moves], target[moves], every.site[moves]),
    )
    stay = frame.builder.add_columns(
        "stay", len(stays), implied=True, labels=Tuples(point[stays], target[stays])
    )
    column = np.empty(len(every.site), np.int64)
    column[moves] = np.arange(walk.begin, walk.end)
    column[stays] = np.arange(stay.begin, stay.end)
    frame.builder.add_rows(
        "assign",
        len(every.point),
        [(every.person, column, 1.0)],
        lower=1.0,
        upper=1.0,
        labels=Tuples(every.point, every.target),
    )
    row, option = _options_there(problem, every.site[moves], target[moves])
    frame.builder.add_rows(
        "there",
        len(moves),
        [(np.arange(len(moves)), column[moves], 1.0), (row, option, -1.0)],
        upper=0.0,
        labels=walk.labels,
    )
    return column


def _options_there(problem: Problem, site: Ints, target: Ints) -> tuple[Ints, Ints]:
    """(walk, option) for every option at the walk's site that serves its target."""
    start = problem.site_options[site]
    width = problem.site_options[site + 1] - start
    row = np.repeat(np.arange(len(site)), width)
    option = np.repeat(start - np.cumsum(width) + width, width) + np.arange(len(row))
    serves = problem.serves[problem.kind[option], target[row]]
    return row[serves], option[serves]
