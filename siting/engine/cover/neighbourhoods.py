"""Exact neighbourhoods: parts of a plan decided anew by an outside solver.

Windows hold all formats at the sites around a centre; several that share no people are solved side
by side. A merge holds the outlets in which good plans differ.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.spatial import cKDTree

from siting.engine.cover.sub_program import Slots, new_slots, sub_program
from siting.engine.params import SearchParams
from siting.engine.shared.arrays import Int, Ints, Ints32, Mask
from siting.engine.shared.cover_state import CoverState, add, drop
from siting.engine.shared.instance import Instance
from siting.engine.shared.point_runs import SHIFT, Runs
from siting.engine.shared.rows import Rows
from siting.engine.shared.run import lanes
from siting.engine.shared.threads import ThreadPool
from siting.kernels import njit
from siting.progress import Stop
from siting.solvers.base import Settings
from siting.solvers.child import WarmSolver

WINDOW_WORK = 150
"""Units of work a window counts for: it takes about as long as 150,000 proposals."""


class Neighbourhoods:
    """What exact neighbourhoods need between calls: solvers, scratch and a map of the sites."""

    def __init__(
        self,
        instance: Instance,
        rows: Rows,
        pool: ThreadPool,
        solvers: list[WarmSolver],
        stop: Stop,
        seed: int,
        params: SearchParams | None = None,
    ):
        self.instance, self.rows, self.pool, self.solvers = instance, rows, pool, solvers
        self.stop, self.seed = stop, seed % 2**31
        self.params = params or SearchParams()
        self.window_size = self.params.window_options
        self._slots: Slots | None = None
        self._tree: cKDTree | None = None

    def decide(
        self, plan: CoverState, frees: list[Ints], *, priced: bool, finish: float = np.inf
    ) -> None:
        """Decide disjoint sets of options anew, one outside solver each, side by side, until
        ``finish`` on the run's clock. A set whose answer is worse than what stood there is put
        back."""
        if self._slots is None:
            self._slots = new_slots(plan)
        # Shared out before any part leaves the plan: what it gives up there is its own.
        left = plan.rhs - plan.used
        slack = np.where(left > 0, left // max(1, len(frees)), left)
        parts = [
            sub_program(
                self.instance, self.rows, plan, free, self._slots, priced=priced, slack=slack
            )
            for free in frees
        ]
        left_s = min(self.stop.seconds_left, finish - self.stop.seconds)
        # Nodes end a program, the same ones on every machine; the clock only when the run's does.
        settings = Settings(
            time_limit=None if left_s == np.inf else max(0.1, left_s),
            gap=1e-5,
            seed=self.seed,
            threads=1,
            work_limit=self.params.window_nodes,
        )
        outcomes = self.pool.each(
            [
                partial(solver.attempt, part.program, settings, stop=self.stop)
                for solver, part in zip(self.solvers, parts, strict=False)
            ]
        )
        if priced:
            # Windows grow while they are easy and shrink when they are not solved.
            hard = max(outcome.work for outcome in outcomes) >= self.params.window_nodes
            easy = all(outcome.work <= 1 for outcome in outcomes)
            factor = 0.8 if hard else 1.1 if easy else 1.0
            self.window_size = int(
                np.clip(
                    self.window_size * factor, self.params.window_least, self.params.window_most
                )
            )
        for part, outcome in zip(parts, outcomes, strict=True):
            answer = part.was
            if outcome.x is not None:
                answer = part.free[outcome.x[: len(part.free)] > 0.5]
            before = plan.total[0] - plan.total[2]
            for o in answer:
                add(plan, o)
            change = float(plan.total[0] - plan.total[2] - before)
            if change < part.value:
                for o in answer:
                    drop(plan, o)
                for o in part.was:
                    add(plan, o)

    def sweep(
        self,
        plan: CoverState,
        candidate: Mask,
        random: np.random.Generator,
        count: int | None,
        finish: float,
    ) -> None:
        """Windows over the city from a random place on: ``count``, once around, or until
        ``finish`` on the run's clock.

        Args:
            candidate: options beside the chosen ones that windows may open.
        """
        workers = min(len(self.solvers), lanes(self.stop, self.pool))
        sites = np.unique(self.instance.options.site[plan.chosen])
        if not len(sites) or not workers:
            return
        at, advanced, done, took = int(random.integers(len(sites))), 0, 0, 0.0
        while (
            (count is None or done < count)
            and advanced <= len(sites)
            and self.stop.seconds + took < finish  # what ends too late is lost
            and not self.stop(WINDOW_WORK * workers)
        ):
            centers = [
                int(sites[(at + k * len(sites) // workers) % len(sites)]) for k in range(workers)
            ]
            frees = self._apart(plan, [self._window(plan, c, candidate) for c in centers])
            # What makes room for others is at home nowhere, and one window may decide on it.
            frees[0] = np.union1d(frees[0], np.flatnonzero(self.rows.suppliers))
            begun = self.stop.seconds
            self.decide(plan, frees, priced=True, finish=finish)
            took = self.stop.seconds - begun
            done += len(frees)
            step = max(1, len(np.unique(self.instance.options.site[frees[0]])) // 6)
            at, advanced = at + step, advanced + step * workers

    def _window(self, plan: CoverState, center: int, candidate: Mask) -> Ints:
        """The good and the chosen options of the sites nearest to a centre; no suppliers."""
        xy = self.instance.problem.site_xy
        near = min(self.instance.n_sites, 2 * self.window_size)
        if xy is None:
            low = max(0, min(center - near // 2, self.instance.n_sites - near))
            sites = np.arange(low, low + near)
            sites = sites[np.argsort(np.abs(sites - center), kind="stable")]
        else:
            if self._tree is None:
                self._tree = cKDTree(xy[self.instance.site])
            sites = np.atleast_1d(self._tree.query(xy[self.instance.site[center]], k=near)[1])
        found: list[int] = []
        for s in sites:
            for o in range(self.instance.site_options[s], self.instance.site_options[s + 1]):
                if (candidate[o] or plan.chosen[o]) and not self.rows.suppliers[o]:
                    found.append(o)
            if len(found) >= self.window_size:
                break
        return np.array(sorted(found), np.int64)

    def _apart(self, plan: CoverState, frees: list[Ints]) -> list[Ints]:
        """Those windows, in order, whose people and sites earlier ones do not touch."""
        touched = np.zeros(self.instance.n_points, np.bool_)
        kept = []
        for free in frees:
            sites = np.unique(self.instance.options.site[free])
            if _touch(self.instance.runs, self.instance.n_classes, sites, touched):
                kept.append(free)
        if len(plan.spaced):
            return kept[:1]
        return kept


@njit(cache=True, nogil=True)
def _touch(runs: Runs, n_classes: Int, sites: Ints32, touched: Mask) -> bool:
    """Mark the points of some sites; False, marking nothing, if one is marked already."""
    for s in sites:
        for at in range(runs.start[s * n_classes], runs.start[(s + 1) * n_classes]):
            shift = runs.begin[at] >> SHIFT
            for i in range(runs.begin[at] - shift, runs.end[at] - shift):
                if touched[i]:
                    return False
    for s in sites:
        for at in range(runs.start[s * n_classes], runs.start[(s + 1) * n_classes]):
            shift = runs.begin[at] >> SHIFT
            touched[runs.begin[at] - shift : runs.end[at] - shift] = True
    return True
