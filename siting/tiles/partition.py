"""A city cut in tiles: sites by recursive bisection, points by their nearest site."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import cos, sin

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit
from siting.problem import Problem

Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Partition:
    """Whose each site is."""

    problem: Problem
    site: Ints32
    """Tile of each site, 0..n_tiles-1; shape (n_sites,)."""
    n_tiles: int

    def sites(self, tile: int) -> Ints:
        """Positions of a tile's sites, ascending."""
        return np.flatnonzero(self.site == tile)

    @cached_property
    def point(self) -> Ints32:
        """Tile of each point, that of its nearest site (the first of equals); whom nobody reaches
        is the first tile's. Shape (n_points,)."""
        reach = self.problem.reach
        return _nearest_owner(reach.start, reach.point, reach.cost, self.site, reach.n_points)

    @cached_property
    def reached(self) -> Mask:
        """Tiles of whose points each site reaches one, shape (n_sites, n_tiles)."""
        reach = self.problem.reach
        reached = np.zeros((self.problem.n_sites, self.n_tiles), np.bool_)
        _mark_reached(reach.start, reach.point, self.point, reached)
        return reached

    @cached_property
    def adjacent(self) -> Mask:
        """Tiles that reach a point in common, or have sites that a spacing keeps apart; shape
        (n_tiles, n_tiles)."""
        reach, n = self.problem.reach, self.n_tiles
        meets = np.eye(n, dtype=np.bool_)
        _meet(reach.start, reach.point, self.site, _met(reach.n_points, n), meets)
        for spacing in self.problem.spacings:
            near = spacing.near.tocoo()
            meets[self.site[near.row], self.site[near.col]] = True
        return meets | meets.T

    def batches(self, most: int) -> list[list[int]]:
        """All tiles, in batches of at most so many of which no two are adjacent."""
        return in_batches(self.adjacent, most)


def in_batches(adjacent: Mask, most: int) -> list[list[int]]:
    """All tiles, in batches of at most so many of which no two are adjacent."""
    left = list(range(len(adjacent)))
    found = []
    while left:
        # Who fits with the fewest others goes first: later there may be nobody for him.
        fits = (~adjacent[np.ix_(left, left)]).sum(axis=1)
        order = [left[k] for k in np.argsort(fits, kind="stable")]
        batch: list[int] = []
        for tile in order:
            if len(batch) < most and not adjacent[tile, batch].any():
                batch.append(tile)
        left = [tile for tile in left if tile not in batch]
        found.append(batch)
    return found


def cut(problem: Problem, n_tiles: int, turn: float = 0.0) -> Partition:
    """Cut across the longer side again and again, so that pairs of sites and people are shared out
    evenly.

    Without places of the sites, they are cut in their order.

    Args:
        n_tiles: at most one a site.
        turn: radians by which the cuts' directions are turned.
    """
    n_tiles = min(n_tiles, max(1, problem.n_sites))
    work = np.diff(problem.reach.start) + 1
    place = np.arange(problem.n_sites, dtype=np.float64)[:, np.newaxis]
    if problem.site_xy is not None:
        turned = [[cos(turn), -sin(turn)], [sin(turn), cos(turn)]]
        place = np.asarray(problem.site_xy, np.float64) @ np.array(turned)
    tile = np.zeros(problem.n_sites, np.int32)

    def bisect(sites: Ints, first: int, parts: int) -> None:
        if parts == 1:
            tile[sites] = first
            return
        at = place[sites]
        axis = int(np.ptp(at, axis=0).argmax())
        order = sites[np.argsort(at[:, axis], kind="stable")]
        half = parts // 2
        done = np.cumsum(work[order])
        middle = int(np.searchsorted(done, done[-1] * half / parts))
        middle = min(max(middle, half), len(order) - (parts - half))
        bisect(np.sort(order[:middle]), first, half)
        bisect(np.sort(order[middle:]), first + half, parts - half)

    bisect(np.arange(problem.n_sites), 0, n_tiles)
    return Partition(problem, tile, n_tiles)


def _met(n_points: int, n_tiles: int) -> Mask:
    return np.zeros((n_points, n_tiles), np.bool_)


@njit(cache=True)
def _nearest_owner(start, point, cost, tile, n_points):  # type: ignore[no-untyped-def]
    owner = np.zeros(n_points, np.int32)
    best = np.full(n_points, -1, np.int64)
    for site in range(len(start) - 1):
        for k in range(start[site], start[site + 1]):
            i = point[k]
            if best[i] < 0 or cost[k] < cost[best[i]]:
                best[i] = k
                owner[i] = tile[site]
    return owner


@njit(cache=True)
def _mark_reached(start, point, tile, reached):  # type: ignore[no-untyped-def]
    for site in range(len(start) - 1):
        for k in range(start[site], start[site + 1]):
            reached[site, tile[point[k]]] = True


@njit(cache=True)
def _meet(start, point, tile, met, meets):  # type: ignore[no-untyped-def]
    """Mark pairs of tiles that reach one point; ``met`` is whom each tile reaches."""
    n_tiles = met.shape[1]
    for site in range(len(start) - 1):
        for k in range(start[site], start[site + 1]):
            met[point[k], tile[site]] = True
    for i in range(len(met)):
        for a in range(n_tiles):
            if met[i, a]:
                for b in range(a):
                    if met[i, b]:
                        meets[a, b] = True
