"""Many limits of one city, solved parametrically: packed once, each begun where the last ended.

The problems differ in the right-hand side of one rule only, a budget or a number of outlets. From
the largest limit down, each hands on to the next

- its multipliers, which a few more iterations carry over;
- its plan, thinned out until it keeps the smaller limit;
- its bound: at prices θ it holds at any other right-hand sides b as bound + θ (b - b0), and what
  an outside solver proved holds for every smaller limit.

A limit is left as soon as the plan is within the gap that was asked of the least of all bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import numpy as np

from siting.engine.cover.bound import PrimalDual
from siting.engine.cover.certificate import certify
from siting.engine.cover.duals import Duals
from siting.engine.cover.finish import finish_exactly
from siting.engine.cover.method import covered_value, memory_needed
from siting.engine.cover.search import Search
from siting.engine.cover.thinning import thin
from siting.engine.params import EngineParams
from siting.engine.shared.arrays import Floats, Ints
from siting.engine.shared.bound_loop import iterate, relaxation_gap
from siting.engine.shared.cover_state import fill
from siting.engine.shared.instance import pack
from siting.engine.shared.news import News
from siting.engine.shared.rows import Rows, gather_rows
from siting.engine.shared.run import LANES, refused
from siting.engine.shared.stage import Stage
from siting.engine.shared.threads import ThreadPool
from siting.notice import Notice
from siting.problem import Problem
from siting.problem.solution import Certificate, Solution
from siting.progress import Listener, Stop
from siting.solvers.child import WarmSolver


@dataclass(frozen=True)
class Line:
    """What one limit's multipliers prove at any right-hand sides; ``problem.unit``."""

    value: float
    theta: Floats
    """Shape (n_rows,)."""
    rhs: Ints
    certificate: Certificate

    def at(self, rhs: Ints) -> float:
        """The bound at other right-hand sides."""
        return self.value + float(self.theta @ (rhs - self.rhs))


def solve_parametric(
    problems: Sequence[Problem],
    stop: Stop,
    seed: int = 0,
    threads: int = 1,
    listener: Listener | None = None,
    *,
    patient: bool = True,
    params: EngineParams | None = None,
) -> list[Solution | None]:
    """A plan and a bound for each of several max_cover problems that differ in one limit.

    Args:
        problems: in ascending order of the limit; no capacities, no minimum coverages, and tiers
            only as one sum.
        stop: its ``gap`` ends a limit's turn; its time is for all of them.
        patient: without a gap to reach, search on for better plans although nothing more can be
            proven; False where an outside solver has the rest of the time.
        params: None = the defaults.

    Returns:
        one a problem; None where nothing was found, or the limit is not one that prices alone know.
    """
    tell = listener or (lambda news: None)
    largest = problems[-1]
    if refused(memory_needed(largest, threads), stop) is not None:
        return [None] * len(problems)
    with ExitStack() as open_, ThreadPool(threads) as pool:
        solvers = [open_.enter_context(WarmSolver("highs")) for _ in range(max(threads, LANES))]
        limits = _Limits(
            problems, pool, solvers, stop, seed, tell, patient, params or EngineParams()
        )
        if not limits.fits():
            return [None] * len(problems)
        return limits.run()


@dataclass
class _Limits:
    problems: Sequence[Problem]
    pool: ThreadPool
    solvers: list[WarmSolver]
    stop: Stop
    seed: int
    tell: Listener
    patient: bool
    params: EngineParams
    lines: list[Line] = field(default_factory=list)
    proven: dict[int, float] = field(default_factory=dict)
    """What outside solvers proved at a limit, in people."""
    dual: PrimalDual | None = None
    bounding: int = -1
    """The limit whose right-hand sides the multipliers' iteration has."""

    def __post_init__(self) -> None:
        largest = self.problems[-1]
        self.unit = float(largest.unit)
        self.news = News(self.stop, self.tell, self.unit)
        self.stage = Stage(largest, np.ones(largest.n_targets, np.bool_))
        # The largest limit keeps the most options, the smallest drops the fewest rows.
        self.instance = pack(largest, self.stage.value, self.pool)
        self.rows = gather_rows(replace(self.instance, problem=self.problems[0]))
        self.weight = np.ascontiguousarray((self.instance.value * self.unit).T.astype(np.float32))

    def fits(self) -> bool:
        """Whether only prices know the limit: one that a single site has to itself stands inside
        that site's own small problem."""
        moving = self._rhs(0) != self._rhs(len(self.problems) - 1)
        return self.instance.n_options > 0 and not (moving & self.rows.local).any()

    def run(self) -> list[Solution | None]:
        """From the largest limit down."""
        n = len(self.problems)
        found: list[Solution | None] = [None] * n
        start: Ints | None = None
        for k in reversed(range(n)):
            if self.stop() and start is None:
                break
            weight = self.params.parametric.first_weight if self.dual is None else 1
            share = weight * self.stop.seconds_left / (k + weight)
            limit = None if self.stop.time_limit is None else share
            mine = Stop(time_limit=limit, gap=self.stop.gap, interrupt=self.stop.interrupt)
            search = self._limit(k, mine, start)
            if search is None or search.best is None:
                continue
            start = search.best
            found[k] = self._told(k, search, mine)
        return found

    # -- one limit ---------------------------------------------------------------------------------

    def _limit(self, k: int, stop: Stop, start: Ints | None) -> Search | None:
        rows = replace(self.rows, rhs=self._rhs(k), impossible=())
        if gather_rows(replace(self.instance, problem=self.problems[k])).impossible:
            return None
        self.news.objective = None

        def better(value: float, how: str) -> None:
            self.news.objective = value
            self._say(k, "search", how)

        search = Search(
            self.instance,
            rows,
            self.weight,
            self.pool,
            stop,
            self.seed + k,
            better,
            self.solvers,
            params=self.params,
        )
        if start is None:
            search.needed_first()
            search.greedy()
            search.keep(search.plan, "greedy")
        else:
            self._thinned(search, rows, start)
        if self._done(k, search) or (self.stop() and search.best is not None):
            return search  # with no time left, the lines drawn so far and a thinned plan
        # A rough bound is enough where its plan is good; else both are made as good as they get
        # before the search, which is dearer.
        for part in (self.params.parametric.gap_share * stop.gap, 0.0) if stop.gap > 0 else (0.0,):
            duals = self._bound(k, rows, stop, part)
            search.guided(duals, self._dual.fractional, self.unit)
            if self._done(k, search):
                return search
        if search.best is None:
            search.solve_everything()
        if search.best is not None and not self._done(k, search):
            self._improve(k, rows, search, duals, stop)
        return search

    def _improve(self, k: int, rows: Rows, search: Search, duals: Duals, stop: Stop) -> None:
        """Search until the gap is met; close what can be closed; give up where nothing moves."""
        if self._finish(k, rows, search, duals, stop, small=True):
            return
        end = float("inf") if stop.time_limit is None else stop.time_limit
        params = self.params.parametric
        epochs = stale = 0
        while not self._done(k, search) and not stop() and stale < params.stale_epochs:
            before = search.best_value
            search.run(end, epochs=1)
            epochs += 1
            stale = 0 if search.best_value > before * (1 + 1e-6) else stale + 1
            if epochs < params.epochs_before_finish or self._done(k, search):
                continue
            last = epochs == params.epochs_before_finish
            if last and self._finish(k, rows, search, duals, stop, small=False):
                return
            if stop.gap == 0 and not self.patient:
                return

    def _finish(
        self, k: int, rows: Rows, search: Search, duals: Duals, stop: Stop, *, small: bool
    ) -> bool:
        _, bound = finish_exactly(
            self.instance, rows, search, duals, self.unit, stop, self.params.finish, small=small
        )
        if bound is not None:
            self.proven[k] = bound
        return bound is not None

    def _thinned(self, search: Search, rows: Rows, start: Ints) -> None:
        """Begin with a larger limit's plan: without what loses least for what it uses."""
        fill(search.plan, start)
        moved = np.flatnonzero(self._rhs(len(self.problems) - 1) != self._rhs(0))
        for r in moved:
            thin(search.plan, search.burden, int(r))
        # What is left may break another rule (a hub that lost a part): then it is built up anew.
        search.start_from(np.flatnonzero(search.plan.chosen), "from the larger limit")

    # -- bounds ------------------------------------------------------------------------------------

    @property
    def _dual(self) -> PrimalDual:
        assert self.dual is not None
        return self.dual

    def _bound(self, k: int, rows: Rows, stop: Stop, target: float) -> Duals:
        """Iterate until the relaxation is known within ``target``; draws the line it proves."""
        if self.dual is None:
            self.dual = PrimalDual(self.instance, rows, self.pool, self.stage, self.params.bound)
        elif self.dual.rows is not rows:
            self.dual.move_to(rows)
        self.bounding = k
        dual = self.dual
        params = self.params.bound

        def enough(found: Duals) -> bool:
            assert dual.best is not None
            self._say(k, "bound")
            best, plan = dual.best.value, self.news.objective
            if relaxation_gap(best, dual.lower) < max(params.converged, target):
                return True
            return bool(plan) and best * self.unit <= (plan or 0.0) * (1 + stop.gap)

        until = stop.seconds + self.params.parametric.time_share * stop.seconds_left
        iterate(dual, params, (self.stop, stop), until, enough)
        duals = dual.best
        assert duals is not None
        certificate = certify(self.instance, rows, duals, self.stage)
        self.lines.append(
            Line(duals.value * (1 + params.rounding), duals.theta, rows.rhs, certificate)
        )
        return duals

    def _ceiling(self, k: int) -> float | None:
        """The least proven bound at a limit, in people."""
        rhs = self._rhs(k)
        known = [line.at(rhs) * self.unit for line in self.lines]
        known += [bound for j, bound in self.proven.items() if j >= k]
        if self.bounding == k and self.dual is not None and self.dual.best is not None:
            known.append(self.dual.best.value * (1 + self.params.bound.rounding) * self.unit)
        return min(known, default=None)

    def _done(self, k: int, search: Search) -> bool:
        ceiling = self._ceiling(k)
        if search.best is None or ceiling is None:
            return False
        return ceiling - search.best_value <= max(self.stop.gap, 1e-9) * search.best_value

    def _rhs(self, k: int) -> Ints:
        """Right-hand sides of the kept rows at limit k, all as <=."""
        rules = self.problems[k].rules
        return np.array(
            [
                rules[rule].rhs[row] * (1 if rules[rule].sense == "<=" else -1)
                for rule, row in zip(self.rows.rule, self.rows.row, strict=True)
            ],
            np.int64,
        )

    # -- telling -----------------------------------------------------------------------------------

    def _say(self, k: int, stage: str, note: str = "") -> None:
        self.news.bound = self._ceiling(k)
        told = Notice("progress.of", k=k + 1, n=len(self.problems), note=note)
        self.news.tell(stage, told)

    def _told(self, k: int, search: Search, stop: Stop) -> Solution:
        """The limit's plan with the certificate that bounds it best."""
        assert search.best is not None
        options = np.sort(self.instance.option[search.best])
        rhs = self._rhs(k)
        best = min(self.lines, key=lambda line: line.at(rhs), default=None)
        by_solver = [bound for j, bound in self.proven.items() if j >= k]
        bound = proof = None
        if by_solver and (best is None or min(by_solver) < best.at(rhs) * self.unit):
            # A float of a float: no lower than what the plan surely reaches.
            units = int(np.floor(min(by_solver) / self.unit * (1 + 1e-9) + 1e-3))
            units = max(units, covered_value(self.problems[k], options, self.stage.counted))
            bound, proof = units * self.unit, "solver"
        return Solution(
            "feasible",
            options,
            bound=bound,
            bound_proof=proof,  # type: ignore[arg-type]
            limit=stop.reached,
            certificates=() if best is None else (best.certificate,),
            notes=self.instance.notes(),
            timings={"limit": stop.seconds},
        )
