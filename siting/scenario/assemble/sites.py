"""Sites of the problem: the premises, a place of its own for every standing outlet that something
may be done to, and the stops and vehicles of mobile units.

What stands has its own place even within premises: it pays no opening there and stands in nobody's
way. The floor that it takes is a rule of its premises (``rules_standing``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.problem import UNLIMITED, Action
from siting.problem.reach import Reach
from siting.scenario.assemble.contents import Contents
from siting.scenario.assemble.mobile import MobileSites, mobile_sites
from siting.scenario.assemble.reach import Walked
from siting.scenario.layers.gather import free_id


@dataclass(frozen=True)
class Sites:
    """Arrays of shape (n_sites,)."""

    ids: NDArray[np.object_]
    reach: Reach
    xy: NDArray[np.float64]
    lonlat: NDArray[np.float64]
    area: NDArray[np.int64]
    opening_cost: NDArray[np.int64]
    district: NDArray[np.object_]
    first_phase: NDArray[np.int32]
    n_premises: int
    changeable: NDArray[np.object_]
    """Ids of the outlets that something may be done to, shape (n_changeable,); the first of
    ``own``."""
    own: NDArray[np.int64]
    """Rows of the outlet layers whose outlets are the sites after the premises, then once more
    those that may be enlarged and may move or close: what they gain is an option apart."""
    of_outlet: dict[int, int]
    """Row of an outlet that something may be done to: its site."""
    enlarged: dict[int, int]
    """Row of an outlet: the site of what it gains, where that is not its own."""
    home: NDArray[np.int64]
    """Premises that a site is or stands in; -1 for none."""
    first_stop: int
    """Sites from here on are those of ``mobile``."""
    mobile: MobileSites


def make_sites(contents: Contents, walked: Walked, placed: NDArray[np.int64]) -> Sites:
    """Join premises, outlets that something may be done to, stops and vehicles.

    Args:
        placed: rows of the outlet layers that were walked, in the order of ``walked.outlets``.
    """
    premises, outlets = contents.premises, contents.outlets
    may_change = {int(o) for action in outlets.actions for o in action.outlet}
    one = [int(r) for r in placed if int(r) in may_change]
    apart = [row for row in one if row in outlets.unsettled & outlets.those(Action.ENLARGE)]
    own = np.array([*one, *apart], np.int64)
    at = np.searchsorted(placed, own)
    n, first = len(own), len(premises.places)
    mobile = mobile_sites(contents, walked)
    at_premises = {name: s for s, name in enumerate(premises.places.ids)}
    home = np.array([at_premises.get(name, -1) for name in outlets.site[own]], np.int64)
    taken = {*premises.places.ids, *outlets.places.ids, *mobile.ids}
    changeable = outlets.places.ids[one]
    ids = [free_id("outlet:", i, taken) if i in at_premises else i for i in changeable] + [
        free_id("enlarged:", i, taken) for i in outlets.places.ids[apart]
    ]
    further = n + len(mobile.ids)
    return Sites(
        ids=np.concatenate([premises.places.ids, np.array(ids, object), mobile.ids]),
        reach=_stacked(_stacked(walked.sites, walked.outlets.rows(at)), mobile.reach),
        xy=np.concatenate([walked.xy["premises"], walked.xy["outlets"][at], mobile.xy]),
        lonlat=np.concatenate([premises.places.lonlat, outlets.places.lonlat[own], mobile.lonlat]),
        area=np.concatenate([premises.area_m2, np.full(further, UNLIMITED)]),
        opening_cost=np.concatenate([premises.opening_cost, np.zeros(further, np.int64)]),
        district=np.concatenate(
            [premises.district, np.append(premises.district, "")[home], mobile.district]
        ),
        first_phase=np.concatenate(
            [premises.first_phase, np.zeros(n, np.int32), mobile.first_phase]
        ),
        n_premises=first,
        changeable=changeable,
        own=own,
        of_outlet={row: first + i for i, row in enumerate(one)},
        enlarged={row: first + len(one) + i for i, row in enumerate(apart)},
        home=np.concatenate([np.arange(first), home, np.full(len(mobile.ids), -1)]),
        first_stop=first + n,
        mobile=mobile,
    )


def _stacked(above: Reach, below: Reach) -> Reach:
    """The rows of both."""
    if below.n_places == 0:
        return above
    return Reach(
        np.concatenate([above.start, above.start[-1] + below.start[1:]]),
        np.concatenate([above.point, below.point]),
        np.concatenate([above.cost, below.cost]),
        above.n_points,
    )
