"""Partition: parts of a city whose people do not meet, so that threads can work on one plan.

A part is a strip between two lines across the city; sites whose people lie on both sides of a line
belong to no part. Lines of many directions and places take turns: with one order of the points
(a curve's, say) the sites along its seams would never move (measured: 0.06 % of the plan).
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

import numpy as np

from siting.engine.params import PartitionParams
from siting.engine.shared.arrays import Int, Ints, Ints32, Mask
from siting.engine.shared.cover_state import CoverState
from siting.engine.shared.instance import Instance
from siting.engine.shared.point_runs import SHIFT, Runs
from siting.kernels import njit


class Partition:
    """First and last person of every site in several directions."""

    def __init__(self, instance: Instance, params: PartitionParams | None = None):
        self.instance, self.params = instance, params or PartitionParams()
        self.keys = _keys(instance, self.params.directions)
        """Place of each point along each direction, ascending ranks, shape (n, n_points)."""
        self._extents: dict[int, tuple[Ints32, Ints32]] = {}

    @cached_property
    def blocks(self) -> Ints:
        """Ranges of sites near each other (they stand along Hilbert's curve) whose pairs fit the
        cache of a core, ascending, from 0 to n_sites."""
        work = self.instance.pairs_before
        n = max(1, int((work[-1] - work[0]) // self.params.block_pairs))
        goals = np.linspace(work[0], work[-1], n + 1)[1:-1]
        ends = [0, *np.searchsorted(work, goals), self.instance.n_sites]
        return np.unique(np.array(ends, np.int64))

    def draw(self, plan: CoverState, random: np.random.Generator, n: int) -> list[Mask]:
        """Options of each of ``n`` parts, shape (n_options,) each."""
        site = self.instance.options.site
        if n == 1:
            return [np.ones(len(site), np.bool_)]
        low, high = self._extent(int(random.integers(len(self.keys))))
        places = (np.arange(n - 1) + 0.5 + random.random()) / n * self.instance.n_points
        borders = np.concatenate(([0], places.astype(np.int64), [self.instance.n_points]))
        parts = []
        for a, b in pairwise(borders):
            inside = (low >= a) & (high < b)
            for start in plan.near_start:  # nor may sites that keep apart lie on both sides
                row = np.repeat(np.arange(len(inside)), np.diff(start))
                near = plan.near_site[start[0] : start[-1]]
                inside[row[~inside[near]]] = False
            parts.append(inside[site])
        return parts

    def _extent(self, k: int) -> tuple[Ints32, Ints32]:
        if k not in self._extents:
            n = self.instance.n_sites
            low = np.full(n, self.instance.n_points, np.int32)
            high = np.full(n, -1, np.int32)
            _fill_extent(self.instance.runs, self.instance.n_classes, self.keys[k], low, high)
            nobody = high < 0  # a vehicle's site reaches nobody: it is of the first part alone
            low[nobody] = high[nobody] = 0
            self._extents[k] = low, high
        return self._extents[k]


def _keys(instance: Instance, directions: int) -> Ints32:
    """Ranks of the points along each direction; in memory order where there are no coordinates."""
    xy, n = instance.problem.point_xy, instance.n_points
    if xy is None:
        return np.arange(n, dtype=np.int32)[np.newaxis]
    # Members of a pattern see the same sites, so any of them may stand for it.
    place = np.zeros((n, 2))
    inside = instance.pattern >= 0
    place[instance.pattern[inside]] = xy[inside]
    keys = np.empty((directions, n), np.int32)
    for k in range(directions):
        angle = np.pi * k / directions
        order = np.argsort(place @ (np.cos(angle), np.sin(angle)), kind="stable")
        keys[k, order] = np.arange(n, dtype=np.int32)
    return keys


@njit(cache=True, nogil=True)
def _fill_extent(runs: Runs, n_classes: Int, key: Ints32, low: Ints32, high: Ints32) -> None:
    for s in range(len(low)):
        for at in range(runs.start[s * n_classes], runs.start[(s + 1) * n_classes]):
            shift = runs.begin[at] >> SHIFT
            for i in range(runs.begin[at] - shift, runs.end[at] - shift):
                low[s] = min(low[s], key[i])
                high[s] = max(high[s], key[i])
