"""The large-scale method, end to end: reduce, bound, construct, search, close, certify."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import numpy as np

from siting.engine.cover.bound import Duals, PrimalDual
from siting.engine.cover.certificate import certify
from siting.engine.cover.coverage_rows import Coverage
from siting.engine.cover.finish import finish_exactly
from siting.engine.cover.search import Search
from siting.engine.shared.arrays import Ints, Mask
from siting.engine.shared.instance import Instance, pack
from siting.engine.shared.options import placed
from siting.engine.shared.rows import Rows, gather_rows
from siting.engine.shared.stage import (
    Stage,
    held_row,
    min_coverage_rows,
    settled,
    step_of,
    tiers_of,
)
from siting.engine.shared.threads import ThreadPool
from siting.problem import Objective, Problem
from siting.problem.solution import Certificate, Solution
from siting.progress import Listener, Progress, Stop
from siting.solvers.child import WarmSolver

BOUND_SHARE = 0.35
"""Share of the time that the first bound may take."""
FINISHING = 0.03
"""Share of the search's time that is kept for the certificate."""
EPOCHS = 8
"""Epochs of a search that no limit ends."""
CLOSE_ENOUGH = 1e-4
"""Relative duality gap of the linear relaxation at which the bound has converged."""
STALL = 5e-5
"""Relative improvement in 300 iterations below which the bound has stalled."""
ROUNDING = 1e-6
"""Relative error of the bound's single-precision sums, an upper estimate."""
BYTES_PER_PAIR = 8 + 8
BYTES_PER_CELL = 4 * 12 + 8


@dataclass
class StageResult:
    """What one stage reached."""

    options: Ints | None
    """The problem's."""
    infeasible: bool = False
    bound: int | None = None
    """In ``problem.unit``; None when nothing was proven."""
    proof: str | None = None
    certificate: Certificate | None = None
    notes: tuple[str, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    statistics: dict[str, float] = field(default_factory=dict)


def solve_city(
    problem: Problem,
    objective: Objective,
    stop: Stop,
    seed: int = 0,
    threads: int = 1,
    start: Ints | None = None,
    listener: Listener | None = None,
) -> Solution:
    """A plan and a proven bound for max_cover at any size.

    Args:
        stop: a unit of work is 1,000 proposals of the search or one pass over the pairs.
        start: options of the problem to begin with; what no longer fits is left out.
    """
    tell = listener or (lambda news: None)
    memory = memory_needed(problem, threads)
    if stop.memory_limit is not None and memory > stop.memory_limit:
        text = f"would need {memory / 1e9:.1f} GB, the limit is {stop.memory_limit / 1e9:.1f} GB"
        return Solution("no_solution", None, limit="memory", notes=(text,))
    with ExitStack() as open_, ThreadPool(threads) as pool:
        solvers = [open_.enter_context(WarmSolver("highs")) for _ in range(threads)]
        tiers = tiers_of(problem, objective)
        results: list[StageResult] = []
        rows_kept = min_coverage_rows(problem)
        for number, tier in enumerate(tiers):
            counted = np.array([tier is None or t.tier == tier for t in problem.targets], np.bool_)
            stage = Stage(problem, counted, tier, cover_rows=rows_kept)
            begin = start
            if number:
                earlier = np.array([t.tier in tiers[:number] for t in problem.targets], np.bool_)
                begin = results[-1].options
                assert begin is not None
                held = covered_value(problem, begin, earlier)
                stage = replace(
                    stage, held=held, cover_rows=(*rows_kept, held_row(problem, earlier, held))
                )
            share = 1.0 / (len(tiers) - number)
            finish = stop.seconds + share * stop.seconds_left
            result = _Runner(stage, pool, solvers, stop, seed + number, finish, tell).run(begin)
            results.append(result)
            if result.options is None:
                break
    return _solution(problem, tiers, results, stop)


def memory_needed(problem: Problem, threads: int) -> int:
    """Bytes the method will hold at its peak beside the problem itself, an upper estimate."""
    cells = problem.n_points * problem.n_targets
    return (
        BYTES_PER_PAIR * problem.reach.n_pairs
        + (BYTES_PER_CELL + 10 + 14 * threads) * cells
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


class _Runner:
    """One stage from packing to certificate."""

    def __init__(
        self,
        stage: Stage,
        pool: ThreadPool,
        solvers: list[WarmSolver],
        stop: Stop,
        seed: int,
        finish: float,
        tell: Listener,
    ):
        self.stage, self.pool, self.solvers, self.stop = stage, pool, solvers, stop
        self.seed, self.finish, self.tell = seed, finish, tell
        self.problem = stage.problem
        self.unit = float(stage.problem.unit)
        self.step = step_of(stage.problem, stage.counted)
        self.best_bound: int | None = None
        self.objective: float | None = None
        self.timings: dict[str, float] = {}

    def say(self, name: str, note: str = "") -> None:
        bound = None if self.best_bound is None else self.best_bound * self.unit
        gap = None
        if bound is not None and self.objective:
            gap = abs(bound - self.objective) / abs(self.objective)
        self.tell(Progress(self.stop.seconds, name, self.objective, bound, gap, note))

    def run(self, start: Ints | None) -> StageResult:
        stop, stage = self.stop, self.stage
        begun = stop.seconds
        instance = pack(
            self.problem, stage.value, self.pool, needed=stage.needed, keep_apart=stage.keep_apart
        )
        rows = gather_rows(instance)
        self.timings["reduce"] = stop.seconds - begun
        self.say("reduce", "; ".join(instance.notes()))
        if rows.impossible:
            return StageResult(
                None, True, notes=tuple(f"no plan can meet {n}" for n in rows.impossible)
            )
        coverage = Coverage(instance, stage) if stage.cover_rows else None
        if coverage is not None and (coverage.most() < coverage.need).any():
            missed = np.flatnonzero(coverage.most() < coverage.need)
            words = [
                f"no plan can meet {coverage.names[k]}: too few people are in reach" for k in missed
            ]
            return StageResult(None, True, notes=tuple(words))
        search = self._search(instance, rows, coverage)
        search.needed_first()
        search.greedy()
        search.keep(search.plan, "greedy")
        if start is not None:
            search.start_from(placed(self.problem, instance.option, start))
        begun = stop.seconds
        dual = PrimalDual(instance, rows, self.pool, stage)
        self._bound(dual, BOUND_SHARE)
        self.timings["bound"] = stop.seconds - begun
        duals = dual.best
        assert duals is not None
        search.price_coverage(duals.phi)
        search.guided(duals, dual.fractional, self.unit)
        if search.best is None:
            search.meet_coverage()
        if search.best is None:
            search.solve_everything()
        begun = stop.seconds
        optimal_bound: float | None = None
        closed = False
        if search.best is not None:
            # Small problems are closed at once, others after a first search, when the gap allows;
            # what is left of the time goes on searching. Nobody closes thousands of outlets.
            closed, optimal_bound = finish_exactly(
                instance, rows, search, duals, self.unit, stop, small=True
            )
            reserve = self.finish
            if stop.time_limit is not None:
                reserve -= FINISHING * (self.finish - stop.seconds)
            if not closed and not search.large and not self._done(search, duals):
                self._epochs(search, duals, reserve, 3)
                if optimal_bound is None and not stop() and not self._done(search, duals):
                    closed, optimal_bound = finish_exactly(
                        instance, rows, search, duals, self.unit, stop, small=False
                    )
            if not closed and not self._done(search, duals):
                limited = stop.time_limit is not None or stop.work_limit is not None
                self._epochs(search, duals, reserve, None if limited else EPOCHS)
        self.timings["search"] = stop.seconds - begun
        certificate = certify(instance, rows, duals, stage)
        bound, proof = self.best_bound, "certificate"
        if optimal_bound is not None:
            by_solver = int(np.floor(optimal_bound / self.unit * (1 + 1e-9) + 1e-3))
            if bound is None or by_solver < bound:
                bound, proof = by_solver, "solver"
        options = None if search.best is None else np.sort(instance.option[search.best])
        if proof == "solver" and bound is not None and options is not None:
            # The solver's bound is a float of a float: no lower than what the plan surely reaches.
            bound = max(bound, covered_value(self.stage.problem, options, self.stage.counted))
        return StageResult(
            options, False, bound, proof, certificate, instance.notes(), self.timings,
            {
                "iterations": dual.iterations, "passes": dual.passes,
                "pass_seconds": dual.pass_seconds, "pairs": instance.n_pairs,
                "proposals": search.proposed, "lp": dual.lower * self.unit,
            },
        )  # fmt: skip

    def _epochs(self, search: Search, duals: Duals, finish: float, most: int | None) -> None:
        """Search for so many epochs (None = until ``finish``), or until the gap asked is met; with
        none asked the time is planned as a whole."""
        if self.stop.gap == 0:
            search.run(finish, epochs=most)
            return
        done = 0
        while done != most and not self._done(search, duals):
            if self.stop() or self.stop.seconds >= finish:
                return
            search.run(finish, epochs=1)
            done += 1

    def _done(self, search: Search, duals: Duals) -> bool:
        safe = duals.value * (1 + ROUNDING)
        return settled(search.best_value / self.unit, duals.value, safe, self.step, self.stop.gap)

    def _search(self, instance: Instance, rows: Rows, coverage: Coverage | None) -> Search:
        def better(value: float, how: str) -> None:
            self.objective = value
            self.say("search", how)

        counted = self.stage.counted[instance.target]
        value = np.where(counted[np.newaxis, :], instance.value, 0)
        weight = np.ascontiguousarray((value * self.unit).T.astype(np.float32))
        return Search(
            instance, rows, weight, self.pool, self.stop, self.seed, better, self.solvers, coverage
        )

    def _bound(self, dual: PrimalDual, share: float) -> None:
        until = self.stop.seconds + share * max(0.0, self.finish - self.stop.seconds)
        history: list[float] = []
        while True:
            duals = dual.run(20)
            assert dual.best is not None
            # Single precision inside: told with a margin, and recomputed exactly in the end.
            self.best_bound = int(np.ceil(dual.best.value * (1 + ROUNDING)))
            self.say("bound")
            history.append(dual.best.value)
            gap = (duals.value - dual.lower) / max(abs(dual.lower), 1e-12)
            # Negative while priced rows are still overspent: the fractional plan is none yet.
            if abs(gap) < CLOSE_ENOUGH and not dual.cover_rows:
                break
            stalled = len(history) > 15 and history[-16] - history[-1] < STALL * history[-1]
            if stalled or dual.iterations >= 3000:
                break
            if self.stop(40) or self.stop.seconds > until:
                break
            limit = self.stop.work_limit
            if limit is not None and dual.passes > share * limit:
                break


def _solution(
    problem: Problem, tiers: list[str | None], results: list[StageResult], stop: Stop
) -> Solution:
    last = results[-1]
    if results[0].infeasible:
        return Solution("infeasible", None, notes=results[0].notes)
    options = next((r.options for r in reversed(results) if r.options is not None), None)
    certificates = tuple(r.certificate for r in results if r.certificate is not None)
    unit = float(problem.unit)
    complete = len(results) == len(tiers) and all(r.bound is not None for r in results)
    bound = sum(r.bound or 0 for r in results) * unit if complete else None
    by_solver = any(r.proof == "solver" for r in results)
    if by_solver and any(r.proof != "solver" for r in results):
        bound = None  # a sum of a tree's word and of multipliers that are recomputed first
    timings: dict[str, float] = {}
    statistics: dict[str, float] = {}
    for r in results:
        for name, seconds in r.timings.items():
            timings[name] = timings.get(name, 0.0) + seconds
        for name, figure in r.statistics.items():
            statistics[name] = statistics.get(name, 0.0) + figure
    return Solution(
        "no_solution" if options is None else "feasible",
        options,
        bound=bound,
        bound_proof="solver" if by_solver else None if bound is None else "certificate",
        limit=stop.reached,
        certificates=certificates,
        tier_bounds={
            t: r.bound * unit
            for t, r in zip(tiers, results, strict=False)
            if t and r.bound is not None and (r.proof == "solver" or not by_solver)
        },
        notes=last.notes,
        timings=timings,
        statistics=statistics,
    )
