"""The bound of a city in tiles: rounds of every tile at common prices, and their certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.engine.cover.certificate import ROOM
from siting.engine.cover.method import memory_needed
from siting.engine.params import EngineParams
from siting.engine.shared.stage import at_one_point
from siting.engine.shared.whole_prices import fitting
from siting.problem import Problem
from siting.problem.reach import Reach
from siting.problem.solution import Certificate, Tiles
from siting.tiles.coverage import add_cover
from siting.tiles.jobs import FULL, Around, Bounded, BoundJob, Tile, save
from siting.tiles.partition import Partition
from siting.tiles.piece import left_over, options_of, piece, reach_of
from siting.tiles.prices import Prices, first
from siting.tiles.rows import owners, shared, split, used
from siting.tiles.workers import Hands, TileJob
from siting.verification.tiles import tile_shares

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Mask = NDArray[np.bool_]

LEAST_COVER = 1e-3

ROUNDS = (0.5, 0.25, 0.25)
"""Of the rounds' time: the first finds prices tile by tile; the others move them, and tell every
tile where those around it stand. (20,000 x 2,000 x 8 in 8 tiles, bound after each round of 115, 58,
58 and 58 iterations: 35 % above the linear program's, 0.63, 0.54, 0.51 %; after one pass of mending
0.07 %, after two 0.05 %. Each round begins every tile anew from its file.)"""
PROCESS_BYTES = 200_000_000
"""Of a process that has its program and compiled kernels, and nothing to do yet."""
SURE, NEAR = 2, 0.03
"""Rounds that are made however late it is, for without the second people between tiles count twice;
and another as long as a shared row is used so much more, or less, than there is of it: prices that
far off cost more than all else (60,000 x 6,000 x 10 in 75 s on a busy machine: 12 % of the bound).
"""


@dataclass(frozen=True)
class Relaxed:
    """What the tiles' bounds have found together."""

    u: NDArray[np.uint16]
    """Shape (n_points, n_targets), in 1/65535."""
    theta: tuple[Floats, ...]
    """Price of each row, ``problem.unit``, one array a rule."""
    y: Floats
    """The fractional plan, shape (n_options,)."""
    iterations: int


class Bounding:
    """Tiles in files, and the rounds over them."""

    def __init__(self, partition: Partition, folder: Path, params: EngineParams):
        self.partition, self.folder, self.params = partition, folder, params
        self.problem = partition.problem
        self.crosses = shared(partition)
        self._owner = owners(partition)
        self._seen: list[tuple[Ints, Ints]] = []
        """Points and options of each tile with its halo."""
        self._points: list[Ints] = []
        self._options: list[Ints] = []
        self.needed = 0
        """Bytes that the largest tile's process will hold at its peak, an upper estimate."""
        for tile in range(partition.n_tiles):
            self._write(tile)

    def _write(self, tile: int) -> None:
        """The tile with its halo, as a problem of its own."""
        problem, partition = self.problem, self.partition
        mine = partition.point == tile
        sites = with_halo(partition, tile)
        points, reach = reach_of(problem, sites)
        own = options_of(problem, sites)
        people = left_over(problem, points)
        share = len(points) / max(1, problem.n_points)
        made = piece(
            problem,
            sites,
            points,
            reach,
            people,
            split(problem, sites, own, min(1.0, share), self.crosses),
        )
        # The problem twice, for a moment, while it is read.
        held = 2 * (made.reach.point.nbytes + made.reach.cost.nbytes + made.persons.nbytes)
        self.needed = max(self.needed, PROCESS_BYTES + held + memory_needed(made, 1))
        own_options = partition.site[problem.options.site[own]] == tile
        save(Tile(made, mine[points], own_options), self._file(tile))
        self._seen.append((points, own))
        self._points.append(points[mine[points]])
        self._options.append(own[own_options])

    def _file(self, tile: int, ending: str = "tile") -> Path:
        return self.folder / f"tile-{tile}.{ending}"

    def run(
        self, hands: Hands, until: float, workers: int, tell: Callable[[str], None]
    ) -> Relaxed | None:
        """All rounds that the time allows, the first two in any case; None where the run was
        stopped before the first had ended.

        Args:
            until: of all rounds together on so many workers, seconds on the run's clock.
        """
        prices: Prices | None = None
        found: Relaxed | None = None
        n, first_each, near = self.partition.n_tiles, 0.0, False
        for number, part in enumerate(ROUNDS):
            left = until - hands.stop.seconds
            sure = number < SURE or not near
            if not sure and left <= 0:
                break
            each = max(0.0, left) * part / sum(ROUNDS[number:]) * min(workers, n) / n
            if sure:
                each = max(each, first_each * part / ROUNDS[0])
            first_each = first_each or each
            given = None if prices is None else self._given(prices)
            jobs = self._jobs(found, given, each, number)
            answers = hands.do(jobs)
            if any(answer is None for answer in answers):
                break
            found, per_tile = self._joined(answers, found, given)
            use = self._used(found.y)
            if prices is None:
                prices = self._first_prices(per_tile, answers, use)
            else:
                near = prices.off(use) <= NEAR
                if number + 1 < len(ROUNDS):
                    prices.move(use)
            tell(f"{number + 1}/{len(ROUNDS)}")
            if not len(prices.theta):
                break  # nothing is shared: the tiles' own bounds are the whole
        return found

    def _jobs(
        self,
        found: Relaxed | None,
        given: tuple[Floats, ...] | None,
        seconds: float,
        number: int,
    ) -> list[TileJob]:
        cover = None if found is None else self._cover(found.y)
        jobs = []
        for tile in range(self.partition.n_tiles):
            around = None
            if found is not None and given is not None and cover is not None:
                points, options = self._seen[tile]
                beyond = cover[points]
                self._take_off(beyond, points, options, found.y)
                around = Around(found.u[points], found.y[options], beyond, given)
            path = self._file(tile, "bound")
            save(BoundJob(self._file(tile), around, seconds, 1, self.params), path)
            jobs.append(TileJob(f"bound-{number}-{tile}", path, seconds))
        return jobs

    def _cover(self, y: Floats) -> Floats32:
        """How far a fractional plan covers everybody."""
        problem = self.problem
        cover = np.zeros((problem.n_points, problem.n_targets), np.float32)
        options = np.flatnonzero(y)
        site = problem.options.site[options].astype(np.int64)
        add_cover(problem, problem.reach, site, options, y[options], cover)
        return cover

    def _take_off(self, cover: Floats32, points: Ints, options: Ints, y: Floats) -> None:
        """What a tile's own options and those of its halo cover."""
        problem = self.problem
        options = options[y[options] > 0]
        sites, row = np.unique(problem.options.site[options], return_inverse=True)
        reach = problem.reach.rows(sites.astype(np.int64))
        position = np.full(problem.n_points, -1, np.int32)
        position[points] = np.arange(len(points), dtype=np.int32)
        within = Reach(reach.start, position[reach.point], reach.cost, len(points), reach.has_cost)
        add_cover(problem, within, row.astype(np.int64), options, -y[options], cover)
        # What is left of a sum of single precision is not somebody's coverage.
        cover[cover < LEAST_COVER] = 0.0

    def _given(self, prices: Prices) -> tuple[Floats, ...]:
        """The shared rows' prices, NaN on the others."""
        given = [np.full(rule.n_rows, np.nan) for rule in self.problem.rules]
        at = 0
        for k, across in enumerate(self.crosses):
            n = int(across.sum())
            given[k][across] = prices.theta[at : at + n]
            at += n
        return tuple(given)

    def _joined(
        self, answers: list[Bounded], before: Relaxed | None, given: tuple[Floats, ...] | None
    ) -> tuple[Relaxed, Floats]:
        """Everybody's multipliers from his own tile; each tile's prices of shared rows."""
        problem = self.problem
        u = np.full((problem.n_points, problem.n_targets), FULL, np.uint16)
        y = np.zeros(problem.n_options)
        theta = [np.zeros(rule.n_rows) for rule in problem.rules]
        per_tile = np.zeros((len(answers), sum(int(a.sum()) for a in self.crosses)))
        for tile, answer in enumerate(answers):
            u[self._points[tile]] = answer.u
            y[self._options[tile]] = answer.y
            for k, mine in enumerate(self._owner):
                here = (mine == tile) & ~self.crosses[k]
                theta[k][here] = answer.theta[k][here]
            told = [t[a] for t, a in zip(answer.theta, self.crosses, strict=True)]
            per_tile[tile] = np.concatenate([*told, np.zeros(0)])
        for k, across in enumerate(self.crosses):
            if given is not None:
                theta[k][across] = given[k][across]
        iterations = sum(a.iterations for a in answers)
        iterations += 0 if before is None else before.iterations
        return Relaxed(u, tuple(theta), y, iterations), per_tile

    def _used(self, y: Floats) -> Floats:
        """What a fractional plan uses of the shared rows."""
        parts = [
            used(self.problem, rule, y)[across]
            for rule, across in zip(self.problem.rules, self.crosses, strict=True)
        ]
        return np.concatenate([*parts, np.zeros(0)])

    def _first_prices(self, per_tile: Floats, answers: list[Bounded], use: Floats) -> Prices:
        """From the tiles' own; moved once by what they use together."""
        each = np.zeros_like(per_tile)
        for tile, answer in enumerate(answers):
            alone = np.zeros(self.problem.n_options)
            alone[self._options[tile]] = answer.y
            each[tile] = self._used(alone)
        limits = [r.rhs[a] for r, a in zip(self.problem.rules, self.crosses, strict=True)]
        limit = np.concatenate([*limits, np.zeros(0)]).astype(np.float64)
        senses = [
            np.full(int(a.sum()), r.sense == "<=")
            for r, a in zip(self.problem.rules, self.crosses, strict=True)
        ]
        at_most = np.concatenate([*senses, np.zeros(0, np.bool_)])
        prices = Prices(first(per_tile, each), limit, at_most)
        prices.move(use)
        return prices

    def certificate(self, found: Relaxed) -> Certificate:
        """The multipliers in integers; what each tile adds is not told yet."""
        problem, partition = self.problem, self.partition
        total = sum(
            int(problem.persons[t.group].sum()) * (t.weight_micro // problem.weight_gcd)
            for t in problem.targets
        )
        most = float(max(total + 1, at_one_point(problem)))
        together, scale = fitting(lambda _: most, list(found.theta), ROOM)
        local = _local(problem)
        theta = tuple(
            np.where(own, 0, np.rint(prices * scale)).astype(np.int64)
            for prices, own in zip(together, local, strict=True)
        )
        tiles = Tiles(partition.site, partition.point, ())
        return Certificate(found.u, theta, scale, tiles=tiles)


def with_halo(partition: Partition, tile: int) -> Ints:
    """A tile's sites, and all others that reach one of its points."""
    return np.flatnonzero((partition.site == tile) | partition.reached[:, tile])


def _local(problem: Problem) -> list[Mask]:
    """Rows that touch one site only: their sites' own problems hold them."""
    alone = Partition(problem, np.arange(problem.n_sites, dtype=np.int32), problem.n_sites)
    return [
        ~across if rule.openings is None else np.zeros(rule.n_rows, np.bool_)
        for rule, across in zip(problem.rules, shared(alone), strict=True)
    ]


def proven(problem: Problem, certificate: Certificate) -> tuple[Certificate, int]:
    """The certificate with what each tile adds, and its bound in ``problem.unit``."""
    constant, shares = tile_shares(problem, certificate, problem.objective)
    assert certificate.tiles is not None
    told = replace(certificate, tiles=replace(certificate.tiles, shares=shares))
    return told, (constant + sum(shares)) // certificate.theta_scale
