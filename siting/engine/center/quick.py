"""Quick answers about one distance of a p-center: a plan by interchange, or a proof by packing.

A plan: covering everybody within D with p sites is a p-median whose costs are 0 within D and 1 to
stay uncovered, so the interchange serves here too. A proof: people of whom no two share a site
within D need a site each; more than p of them, and D is too short
(Hochbaum and Shmoys, Mathematics of Operations Research 10 (1985), argue the same way).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.engine.median.interchange import Costs, improve
from siting.engine.shared.arrays import Floats, Int, Ints, Real
from siting.kernels import njit
from siting.models.shared.allocating import Walks


@dataclass(frozen=True)
class Quick:
    """Walks by person, ascending in cost."""

    start: Ints
    site: Ints
    cost: Floats
    stay: Floats
    """Cost of each person to what stands today, inf where nothing does."""
    n_sites: int
    p: int

    @classmethod
    def of(cls, every: Walks, n_sites: int, p: int) -> Quick:
        """Sort the walks."""
        moves = np.flatnonzero(every.site >= 0)
        order = moves[np.lexsort((every.site[moves], every.cost[moves], every.person[moves]))]
        n = len(every.point)
        stay = np.full(n, np.inf)
        stays = np.flatnonzero(every.site < 0)
        stay[every.person[stays]] = every.cost[stays]
        start = np.searchsorted(every.person[order], np.arange(n + 1))
        return cls(start, every.site[order], every.cost[order], stay, n_sites, p)

    def plan(self, distance: float) -> Ints | None:
        """At most p sites that serve everybody within the distance, if interchange finds them."""
        wants = np.flatnonzero(self.stay > distance)
        near = self.cost <= distance
        running = np.concatenate([[0], np.cumsum(near)])
        person_near = running[self.start[1:]] - running[self.start[:-1]]
        keep = near & np.repeat(self.stay > distance, np.diff(self.start))
        width = person_near[wants]
        costs = Costs(
            np.concatenate([[0], np.cumsum(width)]).astype(np.int64),
            self.site[keep],
            np.zeros(int(keep.sum())),
            np.ones(len(wants)),
            self.n_sites,
        )
        sites, left = improve(costs, np.zeros(0, np.int64), self.p)
        return sites if left < 0.5 else None

    def impossible(self, distance: float) -> bool:
        """Whether more than p people are found of whom no two share a site within the distance."""
        wants = np.flatnonzero(self.stay > distance)
        ends = _ends(self.start, self.cost, distance)
        few_first = wants[np.argsort((ends - self.start[:-1])[wants], kind="stable")]
        return bool(_packed(self.start, ends, self.site, few_first, self.n_sites) > self.p)


@njit(cache=True)
def _ends(start: Ints, cost: Floats, distance: Real) -> Ints:
    ends = np.empty(len(start) - 1, np.int64)
    for u in range(len(ends)):
        k = start[u]
        while k < start[u + 1] and cost[k] <= distance:
            k += 1
        ends[u] = k
    return ends


@njit(cache=True)
def _packed(start: Ints, ends: Ints, site: Ints, order: Ints, n_sites: Int) -> int:
    taken = np.zeros(n_sites, np.bool_)
    count = 0
    for u in order:
        free = True
        for k in range(start[u], ends[u]):
            if taken[site[k]]:
                free = False
                break
        if free:
            count += 1
            for k in range(start[u], ends[u]):
                taken[site[k]] = True
    return count
