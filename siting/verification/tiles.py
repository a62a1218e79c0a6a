"""A bound recomputed tile by tile: its own sites, its own points, and whom the sites reach.

    bound D = constant + Σ_tiles ( Σ_points of the tile (W - Π) + Σ_sites of the tile max ... )

Nothing of one tile is needed for another but the multipliers of people in reach across the seam, so
no more than a tile's pairs are looked at at a time. Every site and every point belongs to one tile,
as positions in two arrays; who is missing from both sums would be a bound that is too small.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.reach import Reach
from siting.problem.solution import Certificate, Tiles
from siting.verification import gains as gaining
from siting.verification.certificate import CertificateError, check
from siting.verification.floors import NO_PLAN
from siting.verification.objectives import with_capacity
from siting.verification.people import Ints, exact_sum
from siting.verification.prices import row_prices, whole
from siting.verification.residual import People
from siting.verification.sites import LEAST_PROFIT, best_sites

MOST_TILES = 1 << 16


def tile_by_tile(problem: Problem, certificate: Certificate, spec: Objective) -> int:
    """The bound in 1/D of a unit, from the tiles' own parts.

    Raises:
        CertificateError: no partition, or a tile that is told to add less than it does.
    """
    constant, shares = tile_shares(problem, certificate, spec)
    told = () if certificate.tiles is None else certificate.tiles.shares
    if told and len(told) != len(shares):
        raise CertificateError(Notice("certificate.tile_shares", n=len(shares), got=len(told)))
    for tile, (claimed, share) in enumerate(zip(told, shares, strict=bool(told))):
        if int(claimed) != share:
            told_and_right = {"claimed": str(int(claimed)), "share": str(share)}
            raise CertificateError(Notice("certificate.tile_adds", tile=tile, **told_and_right))
    return constant + sum(shares)


def tile_shares(
    problem: Problem, certificate: Certificate, spec: Objective
) -> tuple[int, tuple[int, ...]]:
    """What the prices cost, and what each tile adds, in 1/D of a unit.

    Raises:
        CertificateError: the certificate is not well formed.
    """
    check(problem, certificate, spec)
    n_tiles = _parts(problem, certificate.tiles)
    tiles = certificate.tiles
    assert tiles is not None
    if with_capacity(problem, spec):
        raise CertificateError(Notice("certificate.tiles_capacity"))
    people = People.of(problem, certificate, spec)
    constant, price, opening = row_prices(problem, certificate)
    sites_of, points_of = (_by_tile(owner, n_tiles) for owner in (tiles.site, tiles.point))
    left: list[int] = []
    collected = np.zeros((problem.n_sites, problem.n_targets), np.int64)
    for sites, points in zip(sites_of, points_of, strict=True):
        left.append(people.residual(certificate, points)[0])
        seen, reach = _reach_of(problem.reach, sites)
        _, pi = people.residual(certificate, seen)
        collected[sites] = gaining.collect(problem, reach, pi, people.shift)
    gains = gaining.option_gains(problem, collected)
    profit = np.maximum(gains - whole(problem, price, people.shift), LEAST_PROFIT)
    best, _ = best_sites(problem, profit, whole(problem, opening, people.shift))
    if (best == NO_PLAN).any():
        return 0, (0,) * n_tiles  # no plan at all; what a plan wins is never below 0
    shares = [
        own + (exact_sum(best[sites]) << people.shift)
        for own, sites in zip(left, sites_of, strict=True)
    ]
    return constant + people.constant, tuple(shares)


def _parts(problem: Problem, tiles: Tiles | None) -> int:
    """How many tiles there are. Raises CertificateError where a site or point has none."""
    if tiles is None:
        raise CertificateError(Notice("certificate.no_tiles"))
    most = -1
    for name, owner, n in (
        ("site", tiles.site, problem.n_sites),
        ("point", tiles.point, problem.n_points),
    ):
        whole_numbers = isinstance(owner, np.ndarray) and np.issubdtype(owner.dtype, np.integer)
        if not whole_numbers or owner.shape != (n,):
            raise CertificateError(Notice("certificate.tile_of", name=f"tiles.{name}", n=n))
        if n and (owner.min() < 0 or owner.max() >= MOST_TILES):
            raise CertificateError(
                Notice("certificate.tile_range", name=f"tiles.{name}", most=MOST_TILES - 1)
            )
        most = max(most, int(owner.max(initial=-1)))
    return most + 1


def _by_tile(owner: NDArray[np.integer], n_tiles: int) -> list[Ints]:
    """Positions of each tile, ascending."""
    order = np.argsort(owner, kind="stable").astype(np.int64)
    ends = accumulate(np.bincount(owner, minlength=n_tiles).tolist())
    return np.split(order, list(ends)[:-1]) if n_tiles else []


def _reach_of(reach: Reach, sites: Ints) -> tuple[Ints, Reach]:
    """The points that some sites reach, ascending, and the sites' reach over these alone."""
    begin, end = reach.start[sites], reach.start[sites + 1]
    start = np.concatenate(([0], np.cumsum(end - begin)))
    taken = np.repeat(begin - start[:-1], end - begin) + np.arange(start[-1])
    point, cost = reach.point[taken], reach.cost[taken]
    met = np.zeros(reach.n_points, bool)
    met[point] = True
    seen = np.flatnonzero(met)
    position = np.cumsum(met, dtype=np.int32) - np.int32(1)
    return seen, Reach(start, position[point], cost, len(seen), reach.has_cost)
