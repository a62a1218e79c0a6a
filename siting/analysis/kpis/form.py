"""The form of a circle (组团式, 街坊式, 分布式), measured from where its outlets are.

Outlets that lie within ``NEAR_M`` of one another, straight, belong together, and so on from each to
the next. A circle is *clustered* where one such cluster holds at least half of its outlets,
*street-block* where at least half are in clusters of three or more, else *dispersed*. The guide
names the three forms and gives no figures; these are an assumption (mark A).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.kpis.site_districts import SiteDistricts, told_by_scenario
from siting.notice import Notice
from siting.problem.vehicles import at_places
from siting.scenario.assemble.rules_form import A_BLOCK, NEAR_M

if TYPE_CHECKING:
    from siting.scenario import Scenario

__all__ = ["A_BLOCK", "NEAR_M", "Form", "form_of", "forms_of", "missed"]

HALF = 0.5


@dataclass(frozen=True)
class Form:
    """What was measured."""

    form: str
    """clustered, street_block or dispersed."""
    outlets: int
    largest: int
    """Outlets in the largest cluster."""
    in_blocks: int
    """Outlets in clusters of three or more."""


def form_of(xy: NDArray[np.float64]) -> Form | None:
    """Of outlets at these places, planar metres, shape (n, 2); None of fewer than three."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    n = len(xy)
    if n < A_BLOCK:
        return None
    pairs = KDTree(xy).query_pairs(NEAR_M, output_type="ndarray")
    ones = np.ones(len(pairs), np.int8)
    _, cluster = connected_components(
        coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n, n)), directed=False
    )
    size = np.bincount(cluster)
    largest, in_blocks = int(size.max()), int(size[size >= A_BLOCK].sum())
    if largest >= HALF * n:
        form = "clustered"
    else:
        form = "street_block" if in_blocks >= HALF * n else "dispersed"
    return Form(form, n, largest, in_blocks)


def forms_of(scenario: Scenario, options: NDArray[np.int64]) -> dict[str, Form | None]:
    """District of each circle, of each district where there are none: the form that its outlets
    take, what stands and what is planned together, vehicles left out; None of too few to tell.

    Args:
        options: of a plan, or ``problem.kept_today``.
    """
    problem, assembled = scenario.problem(), scenario.assembled
    if problem.site_xy is None:
        return {}
    where = SiteDistricts.of(problem, told_by_scenario(scenario))
    sites = problem.options.site[at_places(problem, options)]
    found: dict[str, Form | None] = {}
    circles = {circle.district for circle in scenario.settings.circles}
    for d, name in enumerate(problem.labels.districts):
        if name in circles or not circles:
            planned = problem.site_xy[sites[where.sites[sites] == d]]
            found[name] = form_of(
                np.concatenate([planned, assembled.standing_xy[where.outlets == d]])
            )
    return found


def missed(scenario: Scenario, options: NDArray[np.int64]) -> tuple[Notice, ...]:
    """One for each circle whose form is not the one asked for."""
    measured = forms_of(scenario, options)
    return tuple(
        Notice("form.missed", circle=c.name or c.district, asked=c.form, found=found.form)
        for c in scenario.settings.circles
        if c.form is not None and (found := measured.get(c.district)) and found.form != c.form
    )
