"""The large-scale method where covered means served within capacity: bound, search, certificate.

Knows tiers, budgets, counts, floors, spacings and every other rule that is linear in options.
Minimum coverages have a plan of their own first (``siting.engine.capacity.minima``), whose outlets
stay; the bound leaves them out, which only makes it larger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siting.engine.capacity.assignment import JOURNAL, SPLIT
from siting.engine.capacity.bound import CapacityDual
from siting.engine.capacity.minima import Minima, served_rows
from siting.engine.capacity.people_worth import PeopleWorth
from siting.engine.capacity.prices import Prices
from siting.engine.capacity.search import ServedSearch, served_alone
from siting.engine.capacity.supply import Supply, bytes_needed, supply_of
from siting.engine.params import EngineParams
from siting.engine.shared.arrays import Floats, Ints, Mask
from siting.engine.shared.bound_loop import iterate, relaxation_gap
from siting.engine.shared.news import News
from siting.engine.shared.rows import Rows, gather_rows
from siting.engine.shared.run import StageResult, add_to, joined, refused, stage_ends, timed
from siting.engine.shared.stage import at_one_point, settled, step_of
from siting.engine.shared.threads import ThreadPool
from siting.engine.shared.whole_prices import fitting
from siting.notice import Notice
from siting.problem import TIERS, Objective, Problem
from siting.problem.solution import Certificate, Solution
from siting.problem.tiers import tiers_in_order
from siting.progress import Listener, Stop
from siting.verification.evaluation import evaluate

FULL = 65535
ROOM = 60
"""Bits that what the judge adds up stays in."""
FIRST_HELD = 40
"""Iterations after which the held tier's price moves."""


@dataclass
class _Stage:
    """One lexicographic step."""

    tier: str | None
    counted: Mask
    """Targets of the tier, shape (n_targets,)."""
    rate: Ints
    """Of the counted tier, shape (n_demands,)."""
    held: int | None = None
    """What the tiers before reached, newly served, ``problem.unit``."""
    held_rate: Floats | None = None
    """Of the tiers before, shape (n_demands,)."""
    kept: Mask | None = None
    """Options of earlier tiers and of the minimum coverages, which stay; shape (instance's
    n_options,)."""


def solve_capacitated(
    problem: Problem,
    objective: Objective,
    stop: Stop,
    seed: int = 0,
    threads: int = 1,
    start: Ints | None = None,
    listener: Listener | None = None,
    params: EngineParams | None = None,
) -> Solution:
    """A plan and a proven bound for max_cover with capacities, and capacitated_cover, at any size.

    Args:
        stop: a unit of work is 1,000 proposals of the search or one pass over the pairs.
        start: options of the problem to begin with; what no longer fits is left out.
        params: None = the defaults.
    """
    problem = problem.replace(respect_capacity=True, objective=objective)
    too_large = refused(memory_needed(problem, threads), stop)
    if too_large is not None:
        return too_large
    tell = listener or (lambda news: None)
    with ThreadPool(threads) as pool:
        run = _Run(problem, objective, stop, seed, pool, tell, params or EngineParams())
        return run.solve(start)


def memory_needed(problem: Problem, threads: int) -> int:
    """Bytes at the peak beside the problem itself, an upper estimate."""
    demands = problem.n_points * problem.n_targets
    assignment = demands * (8 + 12 * SPLIT) + 24 * JOURNAL + 60 * problem.n_options + 12 * demands
    return (
        16 * problem.reach.n_pairs
        + bytes_needed(problem)
        + 60 * demands
        + threads * assignment
        + 500 * problem.n_options
    )


class _Run:
    """All tiers of one call."""

    def __init__(
        self,
        problem: Problem,
        objective: Objective,
        stop: Stop,
        seed: int,
        pool: ThreadPool,
        tell: Listener,
        params: EngineParams,
    ):
        self.problem, self.objective, self.stop, self.seed = problem, objective, stop, seed
        self.pool, self.tell, self.params = pool, tell, params.capacity
        self.near = params.search.near_sites
        self.unit = float(problem.unit)
        self.timings: dict[str, float] = {}

    def solve(self, start: Ints | None) -> Solution:
        """The plan of the last tier and what all tiers prove."""
        with timed(self.stop, self.timings, "reduce"):
            self.supply: Supply = supply_of(self.problem, self.pool)
            self.rows: Rows = gather_rows(self.supply.instance)
        minima = Minima(
            self.supply,
            self.rows,
            served_rows(self.supply),
            self.pool,
            self.stop,
            self.seed,
            self.params,
            self.near,
        )
        impossible = (*self.rows.impossible, *minima.unreachable())
        if impossible:
            notes = tuple(Notice("run.cannot_meet", rule=name) for name in impossible)
            return Solution("infeasible", None, notes=notes)
        options, kept = start, None
        if minima.served:
            met = self._meet(minima, start)
            if met is None:
                names = sorted({row.name for row in minima.served})
                note = Notice("run.serves_too_few", rules=names)
                return Solution("no_solution", None, limit=self.stop.reached, notes=(note,))
            options = self.supply.instance.option[met]
            kept = np.isin(self.supply.instance.option, options)
        tiers: list[str | None] = [*tiers_in_order(self.problem, self.objective)] or [None]
        results: list[StageResult] = []
        ends = stage_ends(self.stop, len(tiers))
        for number in range(len(tiers)):
            stage = self._stage_of(tiers, number, options, kept)
            results.append(
                self._solve(stage, options, number, next(ends), number == len(tiers) - 1)
            )
            if results[-1].options is None:
                break
            options = results[-1].options
        add_to(results[0].timings, self.timings)
        return joined(self.problem, tiers, results, self.stop)

    def _meet(self, minima: Minima, start: Ints | None) -> Ints | None:
        """Options of the instance that serve the minimum coverages."""
        with timed(self.stop, self.timings, "minima"):
            until = self.stop.seconds + self.params.minima.time_share * self.stop.seconds_left
            return minima.meet(None if start is None else self._positions(start), until)

    def _stage_of(
        self, tiers: list[str | None], number: int, options: Ints | None, kept: Mask | None
    ) -> _Stage:
        """One tier's step; from the second on, what the tiers before reached must stay.

        Args:
            options: the plan so far.
            kept: options of the minimum coverages.
        """
        weight = np.array(
            [t.weight_micro // self.problem.weight_gcd for t in self.problem.targets], np.int64
        )
        tier_of = np.array([TIERS.index(t.tier) for t in self.problem.targets], np.int64)
        tier = tiers[number]
        counted = np.ones(len(tier_of), np.bool_)
        if tier is not None:
            counted = tier_of == TIERS.index(tier)
        stage = _Stage(tier, counted, np.where(counted, weight, 0)[self.supply.target], kept=kept)
        if number:
            assert options is not None and tier is not None
            stage.held = self._reached(options, tiers[:number])
            stage.kept = np.isin(self.supply.instance.option, options)
            before = np.where(tier_of < TIERS.index(tier), weight, 0)
            stage.held_rate = before[self.supply.target].astype(np.float64)
        return stage

    def _positions(self, options: Ints) -> Ints:
        """The instance's positions of those options of the problem that it has."""
        position = np.full(self.problem.n_options, -1, np.int64)
        position[self.supply.instance.option] = np.arange(self.supply.instance.n_options)
        return position[options][position[options] >= 0]

    def _reached(self, options: Ints, tiers: list[str | None]) -> int:
        """What a plan newly serves of some tiers, as the judge counts, ``problem.unit``."""
        judged = evaluate(self.problem, options, self.objective)
        return int(sum(judged.tiers[t] for t in tiers if t) / self.problem.unit)

    # -- one stage ---------------------------------------------------------------------------------

    def _solve(
        self, stage: _Stage, start: Ints | None, number: int, end: float, last: bool
    ) -> StageResult:
        """One tier from a first plan to its certificate.

        Args:
            start: options of the problem to begin with.
            end: seconds on the run's clock.
            last: whether no other tier follows.
        """
        instance, stop, params = self.supply.instance, self.stop, self.params
        news = News(stop, self.tell, self.unit, tier=stage.tier)
        timings: dict[str, float] = {}
        with timed(stop, timings, "construct"):
            search = ServedSearch(
                self.supply,
                self.rows,
                stage.rate,
                self.pool,
                stop,
                self.seed + number,
                news.better,
                stage.kept,
                params=params,
                near_sites=self.near,
            )
            news.plan = lambda: np.sort(instance.option[search.best])
            given = None if start is None else self._positions(start)
            search.begin(given, "greedy" if given is None else "start")
        with timed(stop, timings, "bound"):
            people = PeopleWorth(
                self.supply,
                stage.rate.astype(np.float64),
                float(search.alone),
                stage.held_rate,
                self._held(stage),
            )
            dual = CapacityDual(people, self.rows, self.pool, params.bound)
            self._bound(dual, end, news.bounded)
        prices = dual.best
        assert prices is not None
        bound = self._safe(prices.value)
        with timed(stop, timings, "search"):
            search.guided(prices, dual.fractional)
            step = step_of(self.problem, stage.counted, capacities=True)

            def done() -> bool:
                value = search.best_value / self.unit
                return settled(value, prices.value, bound, step, stop.gap)

            reserve = 0.0
            if stop.time_limit is not None:
                reserve = params.settle_share * (end - stop.seconds)
            search.run(end - reserve, done)
            if not last and done():
                left = end - reserve - stop.seconds
                search.cheapen(stop.seconds + params.cheaper_share * left)
        options = None if search.best is None else np.sort(instance.option[search.best])
        return StageResult(
            options,
            bound=bound,
            certificate=self._certify(stage, prices),
            notes=instance.notes(),
            timings=timings,
            statistics={
                "iterations": dual.iterations,
                "passes": dual.passes,
                "pairs": len(self.supply.demand),
                "proposals": search.proposals,
                "lp": dual.lower * self.unit,
            },
        )

    def _held(self, stage: _Stage) -> float:
        """What the earlier tiers must keep, with what existing outlets serve of them alone."""
        if stage.held is None or stage.held_rate is None:
            return 0.0
        return float(stage.held + served_alone(self.supply, stage.held_rate.astype(np.int64)))

    def _safe(self, value: float) -> float:
        """A bound as it is told: single precision inside, so with a margin, and recomputed exactly
        in the end."""
        return float(np.ceil(value + self.params.bound.rounding * abs(value) + 1e-6))

    def _bound(self, dual: CapacityDual, end: float, tell: Callable[[float], None]) -> None:
        """Iterate within the bound's share of the stage's time, the held tier's price on the
        way."""
        params = self.params.bound
        begun = self.stop.seconds
        held = _HeldPrice(dual) if dual.people.held_rate is not None else None

        def converged(found: Prices) -> bool:
            assert dual.best is not None
            tell(self._safe(dual.best.value))
            if held is None:
                return abs(relaxation_gap(found.value, dual.lower)) < params.converged
            held.move()
            return False

        until = begun + params.time_share * max(0.0, end - begun)
        iterate(dual, params, (self.stop,), until, converged)

    def _certify(self, stage: _Stage, prices: Prices) -> Certificate:
        """Round the multipliers; any rounding stays valid, and verify recomputes what it is
        worth."""
        problem, supply = self.problem, self.supply
        # Nobody's facilities reach the others: all their value may be left to the sites.
        u = np.full((problem.n_points, problem.n_targets), FULL, np.uint16)
        rounded = np.rint(prices.u * FULL).astype(np.uint16)
        inside = np.flatnonzero(supply.place >= 0)
        for k, t in enumerate(supply.instance.target):
            demand = supply.demand_of[k, supply.place[inside]]
            here = demand >= 0
            u[inside[here], t] = rounded[demand[here]]
        worth = int(self.supply.persons.astype(object) @ stage.rate.astype(object))
        least = max(worth + 1, at_one_point(problem))

        def sum_of(found: list[Floats]) -> float:
            return float(least) * (1.0 + float(found[1][0]))

        held = np.array([prices.held_price], np.float64)
        (shared, (held_at,)), scale = fitting(sum_of, [prices.theta, held], ROOM)
        theta = [np.zeros(rule.n_rows, np.int64) for rule in problem.rules]
        for r in self.rows.shared:
            theta[self.rows.rule[r]][self.rows.row[r]] = round(shared[r] * scale)
        held_price = 0 if stage.held is None else round(held_at * scale)
        return Certificate(
            u, tuple(theta), scale, tier=stage.tier, held=stage.held, held_price=held_price
        )


class _HeldPrice:
    """The price of what earlier tiers reached: dearer while the fractional plan loses some of it,
    cheaper while it keeps all, in steps that shrink whenever the direction turns."""

    def __init__(self, dual: CapacityDual):
        self.dual = dual
        self.factor = 2.0
        self.last: bool | None = None
        dual.hold_at(1.0)

    def move(self) -> None:
        """Once the average tells something."""
        dual = self.dual
        if dual.steps.sums.count < FIRST_HELD:
            return
        if self.last is not None and self.last != dual.holds:
            self.factor = max(1.02, self.factor**0.6)
        self.last = dual.holds
        dual.hold_at(dual.people.held_price * (1 / self.factor if dual.holds else self.factor))
