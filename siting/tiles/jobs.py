"""What a tile's process does: one bound's iterations, or one plan."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.engine.cover.bound import PrimalDual
from siting.engine.cover.duals import Duals
from siting.engine.cover.method import StageRun
from siting.engine.params import EngineParams
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
class BoundJob:
    """Iterate a tile's bound for a while, from where it stood."""

    tile: Path
    state: Path
    """Of the iteration; read where it exists, written in the end."""
    given: tuple[Floats, ...] | None
    """Prices that stand still, ``problem.unit``, one array a rule, NaN where the tile finds its
    own; None = the tile finds all, with its share of what is there."""
    seconds: float
    threads: int
    params: EngineParams

    def run(self, stop: Stop) -> Bounded:
        """Iterate until it has converged or its time is up."""
        tile: Tile = load(self.tile)
        problem = tile.problem
        stage = Stage(problem, np.ones(problem.n_targets, np.bool_))
        with ThreadPool(self.threads) as pool:
            instance = pack(problem, stage.value, pool)
            rows = gather_rows(instance)
            given = None if self.given is None else _in_rows(self.given, rows)
            if given is not None and rows.main >= 0 and not np.isnan(given[rows.main]):
                rows = replace(rows, main=-1)
            params = self.params.bound
            dual = PrimalDual(instance, rows, pool, stage, params, given)
            if self.state.exists():
                dual.steps.resume(load(self.state))

            def converged(found: Duals) -> bool:
                return abs(relaxation_gap(found.value, dual.lower)) < params.converged

            if instance.n_options:
                iterate(dual, params, (stop,), self.seconds, converged)
            else:
                dual.evaluate()
            fractional = dual.fractional.copy()
            dual.steps.restart()
            save(dual.steps.state, self.state)
        return _bounded(tile, instance, rows, dual, fractional)


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
        return Planned(found.options, int(found.statistics.get("proposals", 0)))


@dataclass(frozen=True)
class Planned:
    """A tile's plan."""

    options: Ints | None
    """The piece's positions; None = none was found."""
    proposals: int


def load(path: Path) -> Any:
    """What :func:`save` wrote: our own files, in a folder that nobody else writes to."""
    with path.open("rb") as file:
        return pickle.load(file)


def save(what: Any, path: Path) -> None:
    """Whole or not at all: a process may be killed while it writes."""
    fresh = path.with_name(path.name + ".fresh")
    with fresh.open("wb") as file:
        pickle.dump(what, file, protocol=pickle.HIGHEST_PROTOCOL)
    fresh.replace(path)


def _in_rows(prices: tuple[Floats, ...], rows: Rows) -> Floats:
    return np.array([prices[k][r] for k, r in zip(rows.rule, rows.row, strict=True)], np.float64)


def _bounded(
    tile: Tile, instance: Instance, rows: Rows, dual: PrimalDual, fractional: Floats
) -> Bounded:
    """The best multipliers at the tile's own points, the last plan at its own options."""
    problem, best = tile.problem, dual.best
    assert best is not None
    u = np.full((problem.n_points, problem.n_targets), FULL, np.uint16)
    inside = np.flatnonzero(instance.pattern >= 0)
    rounded = np.rint(best.u * FULL).astype(np.uint16)
    u[np.ix_(inside, instance.target)] = rounded[instance.pattern[inside]]
    y = np.zeros(problem.n_options)
    y[instance.option] = np.clip(fractional, 0.0, 1.0)
    theta = tuple(np.zeros(rule.n_rows) for rule in problem.rules)
    for r in rows.shared:
        theta[rows.rule[r]][rows.row[r]] = best.theta[r]
    return Bounded(u[tile.own_points], y[tile.own_options], theta, dual.iterations)
