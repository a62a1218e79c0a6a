"""What a tile's process does: one bound's iterations, or one plan."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.complete_files import complete_file
from siting.engine.cover.bound import PrimalDual
from siting.engine.cover.duals import Duals
from siting.engine.cover.method import StageRun
from siting.engine.params import BoundParams, EngineParams
from siting.engine.shared.bound_loop import iterate, relaxation_gap
from siting.engine.shared.instance import Instance, pack
from siting.engine.shared.news import News
from siting.engine.shared.rows import Rows, gather_rows
from siting.engine.shared.stage import Stage
from siting.engine.shared.threads import ThreadPool
from siting.problem import Problem
from siting.progress import Stop
from siting.solvers.child import WarmSolver

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
FULL = 65535
"""u = 1."""


@dataclass(frozen=True)
class Tile:
    """A tile with its halo: whoever else reaches its points, and all whom these reach."""

    problem: Problem
    """Shared rows have a guess of the tile's share as right-hand sides."""
    own_points: NDArray[np.bool_]
    """Of the piece's points, those that are the tile's."""
    own_options: NDArray[np.bool_]


@dataclass(frozen=True)
class Around:
    """Where all tiles stand, in and around one."""

    u: NDArray[np.uint16]
    """Share of each one's value left to the sites, in 1/65535, shape (n_points, n_targets)."""
    y: Floats
    """The fractional plan, shape (n_options,)."""
    beyond: NDArray[np.float32]
    """How far sites beyond the halo cover each one, shape (n_points, n_targets)."""
    given: tuple[Floats, ...]
    """Prices that stand still, ``problem.unit``, one array a rule, NaN where a tile finds its
    own."""


@dataclass(frozen=True)
class BoundJob:
    """Iterate a tile's bound for a while, from where all tiles stand."""

    tile: Path
    around: Around | None
    """None = at the beginning: the tile finds all prices, with its share of what is there."""
    seconds: float
    """In all; where the beginning takes half of it, the iterations are given as long."""
    threads: int
    params: EngineParams
    best: bool = False
    """Whether the multipliers of the least bound are wanted, not the last average."""

    def run(self, stop: Stop) -> Bounded:
        """Iterate until it has converged or its time is up."""
        stop = replace(stop, time_limit=None)
        tile: Tile = load(self.tile)
        problem, around = tile.problem, self.around
        if around is not None:
            problem = problem.replace(persons=less(problem.persons, around.beyond.T))
        stage = Stage(problem, np.ones(problem.n_targets, np.bool_))
        with ThreadPool(self.threads) as pool:
            instance = pack(problem, stage.value, pool)
            rows, given = gather_rows(instance), None
            if around is not None:
                given = _in_rows(around.given, rows)
                if rows.main >= 0 and not np.isnan(given[rows.main]):
                    rows = replace(rows, main=-1)
            params = self.params.bound
            dual = PrimalDual(instance, rows, pool, stage, params, given)
            if around is not None:
                u = instance.at_patterns(around.u.astype(np.float32) / np.float32(FULL))
                dual.steps.begin_at(u, around.y[instance.option], dual.worth.weight)
            if instance.n_options:
                until = max(self.seconds, 2.0 * stop.seconds)
                iterate(dual, params, (stop,), until, partial(_converged, dual, params))
            else:
                dual.run(1)  # nothing to decide, but a bound is one all the same
            return _bounded(tile, instance, rows, dual, self.best)


@dataclass(frozen=True)
class Bounded:
    """Where a tile's bound stands."""

    u: NDArray[np.uint16]
    """Of the tile's own points, in 1/65535, shape (n_own_points, n_targets)."""
    y: Floats
    """The fractional plan at the tile's own options, shape (n_own_options,)."""
    theta: tuple[Floats, ...]
    """Prices that the tile found or was given, ``problem.unit``; one array a rule."""
    iterations: int


@dataclass(frozen=True)
class PlanJob:
    """Plan a tile against what others cover."""

    piece: Path
    """A pickled problem, guide and plan to begin with (None: there is none)."""
    seconds: float
    seed: int
    threads: int
    params: EngineParams

    def run(self, stop: Stop) -> Planned:
        """Search until the time is up."""
        problem, guide, start = load(self.piece)
        stage = Stage(problem, np.ones(problem.n_targets, np.bool_))
        news = News(stop, lambda told: None, float(problem.unit))
        with ThreadPool(self.threads) as pool:
            solvers = [WarmSolver("highs") for _ in range(self.threads)]
            try:
                run = StageRun(
                    stage, pool, solvers, stop, self.seed, self.seconds, news, self.params
                )
                found = run.solve(start, guide)
            finally:
                for solver in solvers:
                    solver.close()
        cooled = run.cooled
        if cooled is None:
            return Planned(found.options)
        cold = guide.cooling.end >= 1.0
        return Planned(found.options if cold else cooled.options, cooled.hot)


@dataclass(frozen=True)
class Planned:
    """A tile's plan."""

    options: Ints | None
    """The piece's positions; None = none was found."""
    hot: float | None = None
    """First temperature of the descent that the search was a part of."""


def load(path: Path) -> Any:
    """What :func:`save` wrote: our own files, in a folder that nobody else writes to."""
    with path.open("rb") as file:
        return pickle.load(file)


def save(what: Any, path: Path) -> None:
    """Whole or not at all: a process may be killed while it writes."""
    with complete_file(path) as fresh, fresh.open("wb") as file:
        pickle.dump(what, file, protocol=pickle.HIGHEST_PROTOCOL)


def less(persons: Ints, covered: NDArray[np.float32]) -> Ints:
    """People less the part of them that others cover, of the same shape; all of them, exactly,
    where nobody does."""
    open_ = 1.0 - np.minimum(covered, np.float32(1.0))
    return np.where(open_ >= 1.0, persons, np.floor(persons * open_)).astype(np.int64)


def _converged(dual: PrimalDual, params: BoundParams, found: Duals) -> bool:
    return abs(relaxation_gap(found.value, dual.lower)) < params.converged


def _in_rows(prices: tuple[Floats, ...], rows: Rows) -> Floats:
    return np.array([prices[k][r] for k, r in zip(rows.rule, rows.row, strict=True)], np.float64)


def _bounded(tile: Tile, instance: Instance, rows: Rows, dual: PrimalDual, least: bool) -> Bounded:
    """The last average, or that of the least bound, at the tile's own points and options."""
    problem, best = tile.problem, dual.best
    assert best is not None
    if dual.steps.sums.count:
        dual.steps.restart()
    u = np.full((problem.n_points, problem.n_targets), FULL, np.uint16)
    inside = np.flatnonzero(instance.pattern >= 0)
    rounded = np.rint(np.clip(best.u if least else dual.steps.u, 0, 1) * FULL).astype(np.uint16)
    u[np.ix_(inside, instance.target)] = rounded[instance.pattern[inside]]
    y = np.zeros(problem.n_options)
    y[instance.option] = np.clip(dual.steps.y, 0.0, 1.0)
    theta = tuple(np.zeros(rule.n_rows) for rule in problem.rules)
    for r in rows.shared:
        theta[rows.rule[r]][rows.row[r]] = best.theta[r]
    return Bounded(u[tile.own_points], y[tile.own_options], theta, dual.iterations)
