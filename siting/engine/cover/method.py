"""The large-scale method, end to end: reduce, bound, construct, search, finish, certify."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from siting.engine.cover.bound import PrimalDual
from siting.engine.cover.certificate import certify
from siting.engine.cover.coverage_rows import Coverage
from siting.engine.cover.duals import Duals
from siting.engine.cover.finish import finish_exactly
from siting.engine.cover.search import Cooled, Cooling, Search
from siting.engine.params import EngineParams
from siting.engine.shared.arrays import Floats, Floats32, Ints, Mask
from siting.engine.shared.bound_loop import iterate, relaxation_gap
from siting.engine.shared.instance import Instance, pack
from siting.engine.shared.news import News
from siting.engine.shared.options import placed
from siting.engine.shared.rows import Rows, gather_rows
from siting.engine.shared.run import LANES, Pace, StageResult, joined, refused, stage_ends, timed
from siting.engine.shared.stage import (
    Stage,
    held_row,
    min_coverage_rows,
    of_counted,
    settled,
    step_of,
)
from siting.engine.shared.threads import ThreadPool
from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.solution import Solution
from siting.problem.tiers import tiers_in_order, to_keep
from siting.progress import Listener, Stop
from siting.solvers.child import WarmSolver

TIGHT = 2e-3
"""Relative duality gap of the linear relaxation below which another solver of it adds nothing."""
LATE = 0.3
"""Share of the search's time that is given up at most where others share the cores."""
BYTES_PER_PAIR = 8 + 4
BYTES_PER_CELL = 4 * 12 + 8
"""Of a (point, target)."""


def solve_city(
    problem: Problem,
    objective: Objective,
    stop: Stop,
    seed: int = 0,
    threads: int = 1,
    start: Ints | None = None,
    listener: Listener | None = None,
    params: EngineParams | None = None,
) -> Solution:
    """A plan and a proven bound for max_cover at any size.

    Args:
        stop: a unit of work is 1,000 proposals of the search or one pass over the pairs.
        start: options of the problem to begin with; what no longer fits is left out.
        params: None = the defaults.
    """
    too_large = refused(memory_needed(problem, threads), stop)
    if too_large is not None:
        return too_large
    results: list[StageResult] = []
    with CityStages(problem, objective, seed, threads, params) as stages:
        ends = stage_ends(stop, len(stages.tiers))
        for number in range(len(stages.tiers)):
            begin = results[-1].options if number else start
            results.append(stages.solve(number, stop, next(ends), begin, listener))
            if results[-1].options is None:
                break
        died = stages.deaths
    joint = joined(problem, stages.tiers, results, stop)
    return replace(joint, notes=(*joint.notes, *died))


class CityStages:
    """The stages of one run, to be solved in their order; use as a context manager.

    Attributes:
        tiers: in order; [None] where one stage counts everybody.
        pool: its ``threads`` may be changed while a stage runs.
    """

    def __init__(
        self,
        problem: Problem,
        objective: Objective,
        seed: int,
        threads: int,
        params: EngineParams | None = None,
    ):
        self.problem, self.objective, self.seed = problem, objective, seed
        self.params = params or EngineParams()
        self.tiers: list[str | None] = [*tiers_in_order(problem, objective)] or [None]
        self.rows_kept = min_coverage_rows(problem)
        self.pool = ThreadPool(threads)
        self.solvers = [WarmSolver("highs") for _ in range(max(threads, LANES))]

    @property
    def deaths(self) -> tuple[Notice, ...]:
        """Of outside solvers that would have made a plan or a bound better."""
        died = dict.fromkeys(one for solver in self.solvers for one in solver.deaths)
        return tuple(Notice("run.unhelped", fault=one) for one in died)

    def __enter__(self) -> CityStages:
        return self

    def __exit__(self, *raised: object) -> None:
        self.pool.__exit__(None, None, None)
        for solver in self.solvers:
            solver.close()

    def solve(
        self,
        number: int,
        stop: Stop,
        end: float,
        begin: Ints | None,
        listener: Listener | None = None,
        offered: Callable[[float], Ints | None] = lambda value: None,
        bounded: Callable[[bool], None] = lambda tight: None,
    ) -> StageResult:
        """One stage.

        Args:
            number: position in ``tiers``.
            stop: limits of the run, or of this stage.
            end: when the stage has to end, seconds on the stop's clock.
            begin: options of the problem to begin with; of a later stage, what the earlier ones
                reached, which it keeps.
            offered: gives a plan of the problem that somebody else found and that wins the stage
                more than a value in persons, or None.
            bounded: called when the multipliers are as good as they become, with whether they prove
                about all that the linear relaxation can.
        """
        problem, tier = self.problem, self.tiers[number]
        counted = np.array([tier is None or t.tier == tier for t in problem.targets], np.bool_)
        stage = Stage(problem, counted, tier, cover_rows=self.rows_kept)
        if number:
            earlier = np.array([t.tier in self.tiers[:number] for t in problem.targets], np.bool_)
            assert begin is not None
            held = to_keep(self.objective, covered_value(problem, begin, earlier))
            kept = (*self.rows_kept, held_row(problem, earlier, held))
            stage = replace(stage, held=held, cover_rows=kept)
        news = News(stop, listener or (lambda news: None), float(problem.unit), tier=tier)
        seed, params = self.seed + number, self.params
        run = StageRun(stage, self.pool, self.solvers, stop, seed, end, news, params, offered)
        run.bounded = bounded
        return run.solve(begin)


def memory_needed(problem: Problem, threads: int) -> int:
    """Bytes the method will hold at its peak beside the problem itself, an upper estimate."""
    cells = problem.n_points * problem.n_targets
    return (
        BYTES_PER_PAIR * problem.reach.n_pairs
        + (BYTES_PER_CELL + 10 + 10 * max(threads, LANES)) * cells
        + 400 * problem.n_options
    )


def covered_value(problem: Problem, options: Ints, targets: Mask) -> int:
    """Value of the people of some targets whom a plan newly covers, in ``problem.unit``."""
    total = 0
    value = problem.value
    for t in np.flatnonzero(targets):
        o = problem.options
        serving = options[problem.serves[problem.kind[options], t]]
        reach = problem.reach.rows(o.site[serving].astype(np.int64))
        near = np.unique(reach.point[reach.cost <= problem.targets[t].limit])
        total += int(value[near, t].sum())
    return total


@dataclass(frozen=True)
class Guide:
    """What guides a search in place of a bound of its own, of the problem's points, rules and
    options."""

    u: Floats32
    """Share of each one's value left to the sites, shape (n_points, n_targets)."""
    theta: tuple[Floats, ...]
    """Price of each row, ``problem.unit``; one array a rule."""
    fractional: Floats
    """The fractional plan, shape (n_options,)."""
    cooling: Cooling | None = None
    """The part of a descent that this search is; None = all of a search."""


LEAST_COOLED = 60
"""Outlets of a plan from which on a part of a descent is worth its name; fewer are solved."""


class StageRun:
    """One stage from packing to certificate."""

    def __init__(
        self,
        stage: Stage,
        pool: ThreadPool,
        solvers: list[WarmSolver],
        stop: Stop,
        seed: int,
        end: float,
        news: News,
        params: EngineParams,
        offered: Callable[[float], Ints | None] = lambda value: None,
    ):
        self.stage, self.pool, self.solvers, self.stop = stage, pool, solvers, stop
        self.seed, self.end, self.news, self.params = seed, end, news, params
        self.offered = offered
        self.bounded: Callable[[bool], None] = lambda tight: None
        self.cooled: Cooled | None = None
        """Of a guided search that was a part of a descent, where that ended; the problem's
        options."""
        self.problem = stage.problem
        self.unit = float(stage.problem.unit)
        self.step = step_of(stage.problem, stage.counted)
        self.timings: dict[str, float] = {}
        self.pace = Pace()

    def solve(self, start: Ints | None, guide: Guide | None = None) -> StageResult:
        """The stage's plan and bound.

        Args:
            start: options of the problem to begin with.
            guide: multipliers that somebody else found; then no bound is looked for or told.
        """
        stop, stage = self.stop, self.stage
        with timed(stop, self.timings, "reduce"):
            instance = pack(
                self.problem,
                stage.value,
                self.pool,
                needed=stage.needed,
                keep_apart=stage.keep_apart,
            )
            rows = gather_rows(instance)
        self.news.tell("reduce", Notice("progress.parts", parts=instance.notes()))
        coverage = Coverage(instance, stage) if stage.cover_rows else None
        impossible = _impossible(rows, coverage)
        if impossible:
            return StageResult(None, True, notes=impossible)
        search = self._search(instance, rows, coverage)
        # A guided search that has a plan to begin with goes on from it; anew it begins elsewhere.
        goes_on = guide is not None and start is not None
        if not goes_on:
            search.needed_first()
            search.greedy()
            search.keep(search.plan, "greedy")
        if start is not None:
            search.start_from(placed(self.problem, instance.option, start))
        goes_on &= search.best is not None
        with timed(stop, self.timings, "bound"):
            dual = PrimalDual(instance, rows, self.pool, stage, self.params.bound)
            if guide is None:
                self._bound(dual)
                duals, fractional = dual.best, dual.fractional
                assert duals is not None
            else:
                duals, fractional = _guided(guide, dual)
        search.price_coverage(duals.phi)
        search.guided(duals, None if goes_on else fractional, self.unit)
        statistics = {
            "iterations": dual.iterations,
            "passes": dual.passes,
            "pass_seconds": dual.steps.pass_seconds,
            "pairs": instance.n_pairs,
            "lp": dual.lower * self.unit,
        }
        del dual  # its iterates are as large as all that the search needs
        search.take_offer()
        if search.best is None:
            search.meet_coverage()
        if search.best is None:
            search.solve_everything()
        proven: float | None = None
        with timed(stop, self.timings, "search"):
            part = None if guide is None else guide.cooling
            if search.best is not None and part is not None and len(search.best) >= LEAST_COOLED:
                begin = search.best
                if start is not None:
                    begin = np.sort(placed(self.problem, instance.option, start))
                cooled = search.cool(part, begin, self.end)
                self.cooled = replace(cooled, options=np.sort(instance.option[cooled.options]))
            elif search.best is not None:
                proven = self._improve(instance, rows, search, duals)
        search.take_offer()
        search.tidy()
        options = None if search.best is None else np.sort(instance.option[search.best])
        result = StageResult(
            options,
            certificate=certify(instance, rows, duals, stage) if guide is None else None,
            notes=instance.notes(),
            timings=self.timings,
            statistics={**statistics, "proposals": search.proposed},
        )
        return result if guide else self._with_bound(result, self._safe(duals.value), proven)

    def _bound(self, dual: PrimalDual) -> None:
        """Iterate within the bound's share of the stage's time."""
        params = self.params.bound
        left = max(0.0, self.end - self.stop.seconds)

        def converged(found: Duals) -> bool:
            assert dual.best is not None
            self.news.bounded(self._safe(dual.best.value))
            gap = relaxation_gap(found.value, dual.lower)
            return abs(gap) < params.converged and not len(dual.worth)

        until = self.stop.seconds + params.time_share * left
        iterate(dual, params, (self.stop,), until, converged)
        assert dual.best is not None
        self.bounded(abs(relaxation_gap(dual.best.value, dual.lower)) < TIGHT)

    def _safe(self, value: float) -> int:
        """A bound as it is told: single precision inside, so with a margin, and recomputed exactly
        in the end."""
        return int(np.ceil(value * (1 + self.params.bound.rounding)))

    def _with_bound(self, result: StageResult, safe: int, proven: float | None) -> StageResult:
        """The lesser of the multipliers' bound and what an outside solver proved, in people."""
        result.bound = safe
        if proven is None:
            return result
        by_solver = int(np.floor(proven / self.unit * (1 + 1e-9) + 1e-3))
        if by_solver < safe:
            result.bound, result.proof = by_solver, "solver"
            if result.options is not None:
                # A float of a float: no lower than what the plan surely reaches.
                reached = covered_value(self.problem, result.options, self.stage.counted)
                result.bound = max(by_solver, reached)
        return result

    # -- search ------------------------------------------------------------------------------------

    def _search(self, instance: Instance, rows: Rows, coverage: Coverage | None) -> Search:
        value = of_counted(instance.value, self.stage.counted[instance.target])
        weight = np.empty(value.shape[::-1], np.float32)
        for t in range(len(weight)):
            weight[t] = value[:, t] * self.unit
        search = Search(
            instance,
            rows,
            weight,
            self.pool,
            self.stop,
            self.seed,
            self.news.better,
            self.solvers,
            coverage,
            self.params,
        )
        self.news.plan = lambda: np.sort(instance.option[search.best])

        def offered(value: float) -> Ints | None:
            plan = self.offered(value)
            return None if plan is None else placed(self.problem, instance.option, plan)

        search.offered = offered
        return search

    def _improve(
        self, instance: Instance, rows: Rows, search: Search, duals: Duals
    ) -> float | None:
        """Search until the gap is met or the time is up; the bound that an outside solver proved,
        in people.

        Small problems are finished at once, others after a first search, when the gap allows; what
        is left of the time goes on searching. Nobody finishes thousands of outlets.
        """
        stop, params = self.stop, self.params.search

        def finish(*, small: bool) -> tuple[bool, float | None]:
            return finish_exactly(
                instance, rows, search, duals, self.unit, stop, self.params.finish, small=small
            )

        done, proven = finish(small=True)
        end = self.end
        if stop.time_limit is not None:
            left = self.end - stop.seconds
            # What comes after the search takes as much longer as everything has so far.
            end -= params.certificate_share * left
            end -= min(LATE * left, (self.pace.stretch - 1) * stop.checking)
        if not done and not search.large and not self._done(search, duals):
            self._epochs(search, duals, end, params.epochs_before_finish)
            if proven is None and not stop() and not self._done(search, duals):
                done, proven = finish(small=False)
        if not done and not self._done(search, duals):
            limited = stop.time_limit is not None or stop.work_limit is not None
            self._epochs(search, duals, end, None if limited else params.epochs)
        return proven

    def _epochs(self, search: Search, duals: Duals, end: float, most: int | None) -> None:
        """Search for so many epochs (None = until ``end``), or until the gap asked is met; with
        none asked the time is planned as a whole."""
        if self.stop.gap == 0:
            search.run(end, epochs=most)
            return
        done = 0
        while done != most and not self._done(search, duals):
            if self.stop() or self.stop.seconds >= end:
                return
            search.run(end, epochs=1)
            done += 1

    def _done(self, search: Search, duals: Duals) -> bool:
        safe = duals.value * (1 + self.params.bound.rounding)
        return settled(search.best_value / self.unit, duals.value, safe, self.step, self.stop.gap)


def _guided(guide: Guide, dual: PrimalDual) -> tuple[Duals, Floats]:
    """The guide's multipliers and fractional plan in an instance's positions; they prove nothing
    here."""
    instance, rows = dual.instance, dual.rows
    fractional = guide.fractional[instance.option]
    dual.steps.begin_at(instance.at_patterns(guide.u), fractional, dual.worth.weight)
    theta = np.array([guide.theta[k][r] for k, r in zip(rows.rule, rows.row, strict=True)])
    theta[rows.local] = 0.0
    reduced = dual.steps.gain * dual.worth.scale - rows.options.T @ theta
    return Duals(inf, dual.steps.u, theta, dual.worth.phi.copy(), reduced), fractional


def _impossible(rows: Rows, coverage: Coverage | None) -> tuple[Notice, ...]:
    """Why no plan can keep every rule, as far as counting tells; empty where one may."""
    if rows.impossible:
        return tuple(Notice("run.cannot_meet", rule=name) for name in rows.impossible)
    if coverage is None:
        return ()
    return tuple(
        Notice("run.too_few_in_reach", rule=coverage.names[k])
        for k in np.flatnonzero(coverage.most() < coverage.need)
    )
