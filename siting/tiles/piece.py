"""A part of a problem as a problem: some sites, whom they reach, what of the rules is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.problem import Labels, Outlets, Problem, Rule, Spacing
from siting.problem.reach import Reach

Ints = NDArray[np.int64]


def reach_of(problem: Problem, sites: Ints) -> tuple[Ints, Reach]:
    """The points that some sites reach, ascending, and the sites' reach over these alone."""
    rows = problem.reach.rows(sites)
    met = np.zeros(problem.n_points, np.bool_)
    met[rows.point] = True
    points = np.flatnonzero(met)
    position = np.cumsum(met, dtype=np.int32) - np.int32(1)
    return points, Reach(rows.start, position[rows.point], rows.cost, len(points), rows.has_cost)


def options_of(problem: Problem, sites: Ints) -> Ints:
    """Options at some sites, ascending."""
    here = np.zeros(problem.n_sites, np.bool_)
    here[sites] = True
    return np.flatnonzero(here[problem.options.site])


def piece(
    problem: Problem,
    sites: Ints,
    points: Ints,
    reach: Reach,
    persons: Ints,
    rhs: Sequence[Ints],
    further: tuple[Rule, ...] = (),
) -> Problem:
    """Some sites of a problem with the people of some points.

    People are told by target, so that each target has its own who are left to be covered; nothing
    that stands today is in it.

    Args:
        sites, points: positions, ascending.
        reach: of these sites to these points.
        persons: who is left to each target, shape (n_targets, len(points)).
        rhs: right-hand sides, one array a rule; of rows that none of the options is in they are 0.
        further: rules over the piece's own options, after the problem's.
    """
    own = options_of(problem, sites)
    position = np.full(problem.n_sites, -1, np.int32)
    position[sites] = np.arange(len(sites), dtype=np.int32)
    options = problem.options.take(own)
    object.__setattr__(options, "site", position[options.site])
    k = problem.n_phases
    columns = (sites[:, np.newaxis] * k + np.arange(k)).ravel()
    names = problem.labels
    district = problem.point_district
    return Problem(
        persons=persons,
        reach=reach,
        options=options,
        targets=tuple(replace(t, group=g) for g, t in enumerate(problem.targets)),
        site_area=problem.site_area[sites],
        opening_cost=problem.opening_cost[sites],
        outlets=Outlets.none(reach.n_points, reach.cost.dtype),
        rules=(
            *(_part(r, b, own, columns) for r, b in zip(problem.rules, rhs, strict=True)),
            *further,
        ),
        spacings=tuple(_between(spacing, sites) for spacing in problem.spacings),
        objective=problem.objective,
        point_district=_of_all(district, points, reach.n_points),
        site_district=None if problem.site_district is None else problem.site_district[sites],
        site_xy=None if problem.site_xy is None else problem.site_xy[sites],
        point_xy=_places(problem, sites, points, reach.n_points),
        person_units=problem.person_units,
        labels=Labels(
            formats=names.formats,
            groups=tuple(f"target {g}" for g in range(problem.n_targets)),
            districts=names.districts,
            sizes=names.sizes,
            phases=names.phases,
            changeable=names.changeable,
        ),
    )


def _places(problem: Problem, sites: Ints, points: Ints, n: int) -> NDArray[np.float64] | None:
    """Where points are; those besides the problem's are the sites', one each."""
    if problem.point_xy is None or problem.site_xy is None or len(points) == n:
        return None if problem.point_xy is None or len(points) < n else problem.point_xy[points]
    return np.concatenate([problem.point_xy[points], problem.site_xy[sites]])


def _of_all(told: NDArray[Any] | None, points: Ints, n: int) -> NDArray[Any] | None:
    """What is told of each point; nothing where there are others besides."""
    return None if told is None or len(points) < n else told[points]


def _part(rule: Rule, rhs: Ints, own: Ints, columns: Ints) -> Rule:
    options = rule.options[:, own].tocsr()
    openings = None if rule.openings is None else rule.openings[:, columns].tocsr()
    there = np.diff(options.indptr) > 0
    if openings is not None:
        there |= np.diff(openings.indptr) > 0
    return replace(rule, options=options, openings=openings, rhs=np.where(there, rhs, 0))


def _between(spacing: Spacing, sites: Ints) -> Spacing:
    return replace(spacing, near=spacing.near[sites][:, sites].tocsr())


def left_over(problem: Problem, points: Ints) -> Ints:
    """Whom what stands today leaves to each target at some points, in 1/person_units; shape
    (n_targets, n)."""
    left = np.empty((problem.n_targets, len(points)), np.int64)
    for t, target in enumerate(problem.targets):
        persons = problem.persons[target.group, points]
        left[t] = np.where(problem.covered_before[points, t], 0, persons)
    return left
