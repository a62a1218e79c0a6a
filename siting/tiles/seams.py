"""Multipliers mended across a cut's seams: one tile's people after the other's, all else as it is.

Where two tiles' multipliers meet, a site sees people of both, and what neither tile saw as one is
dear. On another cut the old seams lie inside tiles. A tile's people are then free, and whom else
its sites reach stands as it is: as a worth that each site has in any case, which is a point of the
site's own with so many people. The bound of such a problem is the city's, less a constant, so what
improves it improves the city's.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.engine.params import EngineParams
from siting.kernels import njit
from siting.problem import Problem
from siting.problem.reach import Reach
from siting.tiles.bounding import Relaxed
from siting.tiles.jobs import FULL, Around, Bounded, BoundJob, Tile, save
from siting.tiles.partition import Partition, in_batches
from siting.tiles.piece import left_over, options_of, piece
from siting.tiles.rows import shared, split
from siting.tiles.workers import Hands, TileJob

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def mended(
    partition: Partition,
    found: Relaxed,
    hands: Hands,
    until: float,
    workers: int,
    folder: Path,
    params: EngineParams,
) -> Relaxed:
    """One pass over another cut's tiles, those whose people share a site one after the other, or
    over as many as the time allows.

    Args:
        until: of the pass, seconds on the run's clock.
    """
    everybody = left_over(partition.problem, np.arange(partition.problem.n_points))
    batches = in_batches(meeting(partition), workers)
    for number, batch in enumerate(batches):
        left = until - hands.stop.seconds
        if left <= 0:
            break
        each = left / (len(batches) - number)
        threads = max(1, workers // len(batch))
        jobs = [
            mend_job(partition, tile, found, everybody, each, threads, folder, params)
            for tile in batch
        ]
        answers: list[Bounded | None] = hands.do([job for job, _ in jobs])
        u = found.u.copy()
        for (_, points), answer in zip(jobs, answers, strict=True):
            if answer is not None:
                u[points] = answer.u
        more = sum(0 if answer is None else answer.iterations for answer in answers)
        found = replace(found, u=u, iterations=found.iterations + more)
        if any(answer is None for answer in answers):
            break
    return found


def meeting(partition: Partition) -> Mask:
    """Tiles of whose people some site reaches both; shape (n_tiles, n_tiles)."""
    reached = partition.reached.astype(np.int64)
    return np.asarray(reached.T @ reached > 0) | np.eye(partition.n_tiles, dtype=np.bool_)


def mend_job(
    partition: Partition,
    tile: int,
    found: Relaxed,
    everybody: Ints,
    seconds: float,
    threads: int,
    folder: Path,
    params: EngineParams,
) -> tuple[TileJob, Ints]:
    """A tile's job, and its points.

    Args:
        everybody: whom what stands leaves to each target, shape (n_targets, n_points).
    """
    problem = partition.problem
    points = np.flatnonzero(partition.point == tile)
    sites = np.flatnonzero(partition.reached[:, tile])
    own = options_of(problem, sites)
    crosses = shared(partition)
    share = min(1.0, len(points) / max(1, problem.n_points))
    rhs = split(problem, sites, own, share, crosses)
    made, u = _alone(problem, sites, points, found, everybody, rhs)
    given = tuple(
        np.where(across | (theta > 0), theta, np.nan)
        for theta, across in zip(found.theta, crosses, strict=True)
    )
    beyond = np.zeros((made.n_points, made.n_targets), np.float32)
    is_own = np.arange(made.n_points) < len(points)
    name = f"mend-{tile}"
    path = folder / f"{name}.tile"
    save(Tile(made, is_own, np.ones(made.n_options, np.bool_)), path)
    job = folder / f"{name}.bound"
    around = Around(u, found.y[own], beyond, given)
    save(BoundJob(path, around, seconds, threads, params, best=True), job)
    return TileJob(name, job, seconds), points


def _alone(
    problem: Problem,
    sites: Ints,
    points: Ints,
    found: Relaxed,
    everybody: Ints,
    rhs: list[Ints],
) -> tuple[Problem, NDArray[np.uint16]]:
    """Some points and all sites that reach them; whom else these reach as people of their own."""
    rows = problem.reach.rows(sites)
    position = np.full(problem.n_points, -1, np.int32)
    position[points] = np.arange(len(points), dtype=np.int32)
    limit = np.array([t.limit for t in problem.targets], np.float64)
    worth = np.zeros((len(sites), problem.n_targets))
    _elsewhere(rows.start, rows.point, rows.cost, position, limit, everybody, found.u, worth)
    n = len(points) + len(sites)
    reach = with_own(rows, position, len(points))
    persons = np.concatenate([everybody[:, points], np.rint(worth.T).astype(np.int64)], axis=1)
    made = piece(problem, sites, points, reach, persons, rhs)
    u = np.full((n, problem.n_targets), FULL, np.uint16)
    u[: len(points)] = found.u[points]
    return made, u


def with_own(rows: Reach, position: NDArray[np.int32], n: int) -> Reach:
    """Some sites' reach over n points, and of each site to a point of its own, behind these.

    Args:
        position: of the n points among themselves, in the order of all points; -1 of the others.
    """
    length = np.zeros(rows.n_places, np.int64)
    _count_inside(rows.start, rows.point, position, length)
    start = np.zeros(rows.n_places + 1, np.int64)
    np.cumsum(length + 1, out=start[1:])
    point = np.empty(start[-1], np.int32)
    cost = np.zeros(start[-1], rows.cost.dtype)
    _put_inside(rows.start, rows.point, rows.cost, position, n, start, point, cost)
    return Reach(start, point, cost, n + rows.n_places)


@njit(cache=True)
def _count_inside(start, point, position, length):  # type: ignore[no-untyped-def]
    for site in range(len(start) - 1):
        for k in range(start[site], start[site + 1]):
            if position[point[k]] >= 0:
                length[site] += 1


@njit(cache=True)
def _put_inside(  # type: ignore[no-untyped-def]
    start, point, cost, position, n, to_start, to_point, to_cost
):
    """The site's own point costs nothing and stands behind all others that cost nothing."""
    for site in range(len(start) - 1):
        at, own = to_start[site], False
        for k in range(start[site], start[site + 1]):
            i = position[point[k]]
            if i < 0:
                continue
            if not own and cost[k] > 0:
                to_point[at] = n + site
                at += 1
                own = True
            to_point[at] = i
            to_cost[at] = cost[k]
            at += 1
        if not own:
            to_point[at] = n + site


@njit(cache=True)
def _elsewhere(start, point, cost, position, limit, persons, u, worth):  # type: ignore[no-untyped-def]
    """What the people that are not at hand leave to each site."""
    for site in range(len(start) - 1):
        for k in range(start[site], start[site + 1]):
            i = point[k]
            if position[i] >= 0:
                continue
            for t in range(len(limit)):
                if cost[k] <= limit[t]:
                    worth[site, t] += persons[t, i] * (u[i, t] / 65535.0)
