"""In which district outlets and sites are, and which sites share premises.

An outlet is of the district of the premises it names, else of the polygon (``districts``) it lies
in, else of the people nearest to it on foot; one that nobody lives within the longest standard of
is in none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.problem import Problem
from siting.problem.reach import Reach

if TYPE_CHECKING:
    from siting.scenario import Scenario

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class SiteDistricts:
    """Districts of places: positions in ``Labels.districts``, -1 = in none."""

    outlets: Ints
    """Shape (n_outlets,)."""
    sites: Ints
    """Shape (n_sites,)."""
    premises: Ints
    """The site whose premises a site stands in, its own position for none; shape (n_sites,)."""

    @classmethod
    def of(cls, problem: Problem, told: SiteDistricts | None = None) -> SiteDistricts:
        """Of every outlet and site.

        Args:
            told: what the scenario tells, district -1 where it does not.
        """
        n_outlets, n_sites = len(problem.outlets), problem.n_sites
        none = np.full(n_sites, -1)
        told = told or cls(np.full(n_outlets, -1), none, np.arange(n_sites))
        sites = none if problem.site_district is None else problem.site_district
        named = np.full(n_outlets, -1)
        at = problem.outlets.site >= 0
        named[at] = sites[problem.outlets.site[at]]
        return cls(
            _first(named, told.outlets, _nearest(problem, problem.outlets.reach)),
            _first(sites, told.sites, _nearest(problem, problem.reach)),
            told.premises,
        )


def told_by_scenario(scenario: Scenario) -> SiteDistricts:
    """Districts of what stands by the scenario's polygons, -1 where they do not tell; and the
    premises that it names."""
    contents, found = scenario.contents, scenario.assembled
    position = {name: d for d, name in enumerate(found.problem.labels.districts)}
    by_row = np.array([position.get(name, -1) for name in contents.outlet_district], np.int64)
    sites = np.full(found.problem.n_sites, -1)
    own = found.sites.own
    sites[found.sites.n_premises + np.arange(len(own))] = by_row[own]
    home = found.sites.home
    premises = np.where(home >= 0, home, np.arange(len(home)))
    return SiteDistricts(by_row[found.standing], sites, premises)


def _first(*choices: NDArray[np.integer]) -> Ints:
    """The first of some districts that is told."""
    found = choices[0].astype(np.int64)
    for other in choices[1:]:
        found = np.where(found >= 0, found, other)
    return found


def _nearest(problem: Problem, reach: Reach) -> Ints:
    """District of the point nearest to each place, -1 where none is in reach."""
    home = np.full(reach.n_places, -1)
    some = np.diff(reach.start) > 0
    if problem.point_district is not None:
        home[some] = problem.point_district[reach.point[reach.start[:-1][some]]]
    return home
