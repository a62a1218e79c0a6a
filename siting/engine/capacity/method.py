"""The large-scale method where covered means served within capacity: bound, search, certificate.

Knows tiers, budgets, counts, floors, spacings and every other rule that is linear in options.
Minimum coverages have a plan of their own first (``siting.engine.capacity.minima``), whose outlets
stay; the bound leaves them out, which only makes it larger.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from siting.engine.capacity.assignment import JOURNAL, SPLIT
from siting.engine.capacity.bound import CapacityDual, Prices
from siting.engine.capacity.minima import Minima, served_rows
from siting.engine.capacity.search import ServedSearch, served_alone
from siting.engine.capacity.supply import Supply, bytes_needed, supply_of
from siting.engine.shared.arrays import Floats, Ints, Mask
from siting.engine.shared.rows import Rows, gather_rows
from siting.engine.shared.stage import settled, step_of, tiers_of
from siting.engine.shared.threads import ThreadPool
from siting.problem import TIERS, Objective, Problem
from siting.problem.solution import Certificate, Solution
from siting.progress import Listener, Progress, Stop
from siting.verification.evaluation import evaluate

BOUND_SHARE = 0.35
"""Share of the time that the bound may take."""
FINISHING = 0.03
"""Share of the search's time that its last settling may take."""
MINIMA_SHARE = 0.3
"""Share of the time in which a plan is sought that serves the minimum coverages."""
CHEAPER_SHARE = 0.5
"""Share of what is left of a proven tier's time in which the same is sought for less money."""
ITERATIONS = 3000
CLOSE_ENOUGH = 1e-4
"""Relative duality gap of the linear relaxation at which the bound has converged."""
STALL = 1e-4
"""Relative improvement in 300 iterations below which it has stalled."""
ROUNDING = 2e-6
"""Relative error of the bound's single-precision sums, an upper estimate."""
FULL = 65535


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
    kept: Mask | None = None
    """Options of earlier tiers and of the minimum coverages, which stay; shape (instance's
    n_options,)."""
    bound: float | None = None
    timings: dict[str, float] = field(default_factory=dict)


def solve_capacitated(
    problem: Problem,
    objective: Objective,
    stop: Stop,
    seed: int = 0,
    threads: int = 1,
    start: Ints | None = None,
    listener: Listener | None = None,
) -> Solution:
    """A plan and a proven bound for max_cover with capacities, and capacitated_cover, at any size.

    Args:
        stop: a unit of work is 1,000 proposals of the search or one pass over the pairs.
        start: options of the problem to begin with; what no longer fits is left out.
    """
    problem = problem.replace(respect_capacity=True, objective=objective)
    memory = memory_needed(problem, threads)
    if stop.memory_limit is not None and memory > stop.memory_limit:
        text = f"would need {memory / 1e9:.1f} GB, the limit is {stop.memory_limit / 1e9:.1f} GB"
        return Solution("no_solution", None, limit="memory", notes=(text,))
    with ThreadPool(threads) as pool:
        return _Run(problem, objective, stop, seed, pool, listener or (lambda news: None)).run(
            start
        )


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
        self, problem: Problem, objective: Objective, stop: Stop, seed: int, pool: ThreadPool,
        tell: Listener,
    ):  # fmt: skip
        self.problem, self.objective, self.stop, self.seed = problem, objective, stop, seed
        self.pool, self.tell = pool, tell
        self.unit = float(problem.unit)
        self.timings: dict[str, float] = {}
        self.statistics: dict[str, float] = {}

    def run(self, start: Ints | None) -> Solution:
        begun = self.stop.seconds
        self.supply: Supply = supply_of(self.problem, self.pool)
        self.rows: Rows = gather_rows(self.supply.instance)
        self._took("reduce", begun)
        minima = Minima(self.supply, self.rows, served_rows(self.supply), self.pool, self.stop,
                        self.seed)  # fmt: skip
        impossible = (*self.rows.impossible, *minima.unreachable())
        if impossible:
            notes = tuple(f"no plan can meet {name}" for name in impossible)
            return Solution("infeasible", None, notes=notes)
        weight = np.array(
            [t.weight_micro // self.problem.weight_gcd for t in self.problem.targets], np.int64
        )
        tier_of = np.array([TIERS.index(t.tier) for t in self.problem.targets], np.int64)
        tiers = tiers_of(self.problem, self.objective)
        options, kept = start, None
        if minima.served:
            begun = self.stop.seconds
            until = begun + MINIMA_SHARE * self.stop.seconds_left
            met = minima.meet(None if start is None else self._positions(start), until)
            self._took("minima", begun)
            if met is None:
                names = ", ".join(sorted({row.name for row in minima.served}))
                note = f"no plan found that serves what {names} asks for within capacity"
                return Solution("no_solution", None, limit=self.stop.reached, notes=(note,))
            options = self.supply.instance.option[met]
            kept = np.isin(self.supply.instance.option, options)
        certificates: list[Certificate] = []
        bounds: list[float | None] = []
        found = False
        for number, tier in enumerate(tiers):
            counted = np.ones(len(tier_of), np.bool_) if tier is None else (
                tier_of == TIERS.index(tier)
            )  # fmt: skip
            rate = np.where(counted, weight, 0)[self.supply.target]
            stage = _Stage(tier, counted, rate, kept=kept)
            held_rate: Floats | None = None
            if number:
                assert options is not None and tier is not None
                stage.held = self._reached(options, tiers[:number])
                stage.kept = np.isin(self.supply.instance.option, options)
                before = tier_of < TIERS.index(tier)
                held_rate = np.where(before, weight, 0)[self.supply.target].astype(np.float64)
            share = 1.0 / (len(tiers) - number)
            finish = self.stop.seconds + share * self.stop.seconds_left
            best, certificate = self._stage(
                stage, held_rate, options, number, finish, number == len(tiers) - 1
            )
            if certificate is not None:
                certificates.append(certificate)
            bounds.append(stage.bound)
            if best is None:
                break
            options, found = best, True
        return self._solution(options if found else None, tiers, bounds, tuple(certificates))

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

    def _stage(
        self, stage: _Stage, held_rate: Floats | None, start: Ints | None, number: int,
        finish: float, last: bool,
    ) -> tuple[Ints | None, Certificate | None]:  # fmt: skip
        instance, stop = self.supply.instance, self.stop
        begun = stop.seconds
        objective: list[float] = []

        def say(name: str, note: str = "") -> None:
            value = objective[-1] if objective else None
            bound = None if stage.bound is None else stage.bound * self.unit
            gap = abs(bound - value) / abs(value) if value and bound is not None else None
            self.tell(Progress(stop.seconds, name, value, bound, gap, note))

        def better(value: float, how: str) -> None:
            objective.append(value)
            say("search", how)

        search = ServedSearch(
            self.supply, self.rows, stage.rate, self.pool, stop, self.seed + number, better,
            stage.kept,
        )  # fmt: skip
        given = None if start is None else self._positions(start)
        search.begin(given, "greedy" if given is None else "start")
        self._took("construct", begun)
        begun = stop.seconds
        dual = CapacityDual(
            self.supply, self.rows, self.pool, stage.rate.astype(np.float64), float(search.alone),
            held_rate, self._held(stage, held_rate),
        )  # fmt: skip
        until = begun + BOUND_SHARE * max(0.0, finish - begun)
        self._bound(stage, dual, until, lambda: say("bound"))
        self._took("bound", begun)
        prices = dual.best
        assert prices is not None
        begun = stop.seconds
        search.guided(prices, dual.fractional)

        step = step_of(self.problem, stage.counted, capacities=True)

        def done() -> bool:
            assert stage.bound is not None
            value = search.best_value / self.unit
            return settled(value, prices.value, stage.bound, step, stop.gap)

        reserve = 0.0 if stop.time_limit is None else FINISHING * (finish - stop.seconds)
        search.run(finish - reserve, done)
        if not last and done():
            search.cheapen(stop.seconds + CHEAPER_SHARE * (finish - reserve - stop.seconds))
        self._took("search", begun)
        for name, figure in (
            ("iterations", dual.iterations), ("passes", dual.passes),
            ("pairs", len(self.supply.demand)), ("proposals", search.proposals),
            ("lp", dual.lower * self.unit),
        ):  # fmt: skip
            self.statistics[name] = self.statistics.get(name, 0.0) + figure
        certificate = self._certify(stage, prices)
        if search.best is None:
            return None, certificate
        return np.sort(instance.option[search.best]), certificate

    def _held(self, stage: _Stage, held_rate: Floats | None) -> float:
        """What the earlier tiers must keep, with what existing outlets serve of them alone."""
        if stage.held is None or held_rate is None:
            return 0.0
        return float(stage.held + served_alone(self.supply, held_rate.astype(np.int64)))

    def _bound(self, stage: _Stage, dual: CapacityDual, until: float, say) -> None:  # type: ignore[no-untyped-def]
        """Iterate until converged, stalled or out of time; the held tier's price on the way."""
        history: list[float] = []
        factor = 2.0
        last: bool | None = None
        if dual.held_rate is not None:
            dual.hold_at(1.0)
        while True:
            passes = dual.passes
            found = dual.run(20)
            assert dual.best is not None
            # Single precision inside: told with a margin, and recomputed exactly in the end.
            stage.bound = float(np.ceil(dual.best.value + ROUNDING * abs(dual.best.value) + 1e-6))
            say()
            history.append(dual.best.value)
            gap = (found.value - dual.lower) / max(abs(dual.lower), 1e-12)
            if dual.held_rate is not None and dual.count >= 40:
                if last is not None and last != dual.holds:
                    factor = max(1.02, factor**0.6)
                last = dual.holds
                dual.hold_at(dual.held_price * (1 / factor if dual.holds else factor))
            elif dual.held_rate is None and abs(gap) < CLOSE_ENOUGH:
                # Negative while priced rows are still overspent: the plan is none yet.
                break
            size = max(abs(history[-1]), 1e-12)
            if len(history) > 15 and history[-16] - history[-1] < STALL * size:
                break
            if dual.iterations >= ITERATIONS:
                break
            if self.stop(dual.passes - passes) or self.stop.seconds > until:
                break
            limit = self.stop.work_limit
            if limit is not None and dual.passes > BOUND_SHARE * limit:
                break

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
        worth = int(worth * (1 + prices.held_price)) + 1
        largest = max(1.0, float(prices.theta.max(initial=0)), prices.held_price)
        bits = 60 - worth.bit_length() - int(np.ceil(np.log2(largest)))
        scale = 1 << max(0, min(30, bits))
        theta = [np.zeros(rule.n_rows, np.int64) for rule in problem.rules]
        for r in self.rows.shared:
            theta[self.rows.rule[r]][self.rows.row[r]] = round(prices.theta[r] * scale)
        held_price = 0 if stage.held is None else round(prices.held_price * scale)
        return Certificate(
            u, tuple(theta), scale, tier=stage.tier, held=stage.held, held_price=held_price
        )

    # -- the end -----------------------------------------------------------------------------------

    def _solution(
        self, options: Ints | None, tiers: list[str | None], bounds: list[float | None],
        certificates: tuple[Certificate, ...],
    ) -> Solution:  # fmt: skip
        complete = len(bounds) == len(tiers) and all(b is not None for b in bounds)
        bound = sum(b or 0.0 for b in bounds) * self.unit if complete else None
        return Solution(
            "no_solution" if options is None else "feasible", options, bound=bound,
            bound_proof=None if bound is None else "certificate", limit=self.stop.reached,
            certificates=certificates,
            tier_bounds={
                t: b * self.unit for t, b in zip(tiers, bounds, strict=False) if t and b is not None
            },
            notes=self.supply.instance.notes(), timings=self.timings, statistics=self.statistics,
        )  # fmt: skip

    def _took(self, name: str, begun: float) -> None:
        self.timings[name] = self.timings.get(name, 0.0) + self.stop.seconds - begun
