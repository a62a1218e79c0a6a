"""Sites of the problem: the premises, then every standing outlet that something may be done to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.problem import UNLIMITED
from siting.reach import Reach
from siting.scenario.contents import Contents
from siting.scenario.reaching import Walked

ACTIONS = ("open", "enlarge", "upgrade", "keep", "move")
"""``Labels.actions``."""


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
    own: NDArray[np.int64]
    """Rows of the outlet layers whose outlets are the sites after the premises."""
    of_outlet: dict[int, int]
    """Row of an outlet that something may be done to: its site."""


def make_sites(contents: Contents, walked: Walked, placed: NDArray[np.int64]) -> Sites:
    """Join premises and outlets that can be enlarged or upgraded.

    Args:
        placed: rows of the outlet layers that were walked, in the order of ``walked.outlets``.
    """
    premises, outlets = contents.premises, contents.outlets
    changeable = {int(o) for action in outlets.actions for o in action.outlet}
    at_premises = {name: s for s, name in enumerate(premises.places.ids)}
    kept = {row: at_premises[str(outlets.site[row])]
            for row in outlets.unsettled if outlets.site[row] in at_premises}  # fmt: skip
    own = np.array([r for r in placed if int(r) in changeable and int(r) not in kept], np.int64)
    at = np.searchsorted(placed, own)
    n = len(own)
    taken = set(premises.places.ids)
    ids = [f"outlet:{i}" if i in taken else i for i in outlets.places.ids[own]]
    return Sites(
        ids=np.concatenate([premises.places.ids, np.array(ids, object)]),
        reach=_stacked(walked.sites, walked.outlets.rows(at)),
        xy=np.concatenate([walked.xy["premises"], walked.xy["outlets"][at]]),
        lonlat=np.concatenate([premises.places.lonlat, outlets.places.lonlat[own]]),
        area=np.concatenate([premises.area_m2, np.full(n, UNLIMITED)]),
        opening_cost=np.concatenate([premises.opening_cost, np.zeros(n, np.int64)]),
        district=np.concatenate([premises.district, np.full(n, "", object)]),
        first_phase=np.concatenate([premises.first_phase, np.zeros(n, np.int32)]),
        n_premises=len(premises.places),
        own=own,
        of_outlet=kept | {int(row): len(premises.places) + i for i, row in enumerate(own)},
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
