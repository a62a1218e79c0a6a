"""``auto``: the city engine and an outside solver's tree side by side, stage by stage.

Which of the two wins is seen only while they run: HiGHS closes Helsinki in seconds and never leaves
a greedy plan of San Francisco; the engine's multipliers stall where many rules bind. So both run.
They show each other their plans; of plans and of bounds the better one counts, whoever found it.
The core that both could use goes to the one that moves, and comes back when the other stands
still: nothing is given up for good.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import inf
from threading import Event, Thread
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.engine.params import EngineParams
from siting.errors import SolverError
from siting.kernels import NeedlessError, kept, while_wanted
from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.solution import Certificate, Solution
from siting.problem.tiers import tiers_in_order, to_keep
from siting.progress import Linked, Listener, Progress, Stop
from siting.solvers.child import WarmSolver
from siting.solving.exact import proven
from siting.solving.exchange import Exchange
from siting.solving.precision import within_precision
from siting.solving.run import Run, opened
from siting.solving.stage import StageOutcome, keeps, solve_stage, trimmed
from siting.verification.objectives import step_of

if TYPE_CHECKING:
    from siting.engine.cover.method import CityStages
    from siting.engine.shared.run import StageResult

Ints = NDArray[np.int64]
CITY = "city"
LOOK_SECONDS = 0.05
"""Between two looks at how the runners fare."""
HEAD_START, LEAST_HEAD, MOST_HEAD = 0.05, 1.0, 5.0
"""Share of the time, and seconds at least and at most, in which a solver that should close the
problem runs alone: the engine, whose compiling takes a new machine longer, is then not begun."""
COLD_SHARE, COLD_HEAD = 0.15, 20.0
"""The same where no earlier run has left the engine's kernels: to compile them takes the processor
40 seconds, in which HiGHS closes most of what it can. A share of the time, and seconds at most."""
LONGEST_WAIT = 4
"""A head start begins when the solver has its program; after so many of them without a word the
engine begins all the same. Before that, a new machine compiles what proves the root."""
FIRST_SHARE = 0.6
"""Of what is left, for a tier that another one follows."""
PATIENCE = 0.15
"""Share of a stage after which a runner that made nothing better stands still."""
TURN, LEAST_TURN = 0.01, 0.25
"""Share of a stage, and seconds at least, for which a core is given."""
GRACE = 0.5
"""Seconds that a solver has to end its stage: the engine's plan is there, and a tier may follow."""
TRIED, DOUBTED = 0.5, 0.25
"""Of the turns, those of a tree that has bounded nothing better than the engine: in the first half
of a stage of a problem that it should close, and otherwise."""


def race(
    problem: Problem,
    objective: Objective,
    method: str,
    stop: Stop,
    seed: int,
    threads: int,
    start: Ints | None,
    listener: Listener,
    params: EngineParams | None = None,
    *,
    alone_first: bool,
    memory_gb: float | None = None,
    solver: WarmSolver | None = None,
) -> Solution:
    """A plan and a bound by two runners, each stage ending when either or both together close it.

    Args:
        method: of the outside solver.
        stop: with a time limit.
        start: options of the problem to begin with.
        alone_first: the outside solver has a head start.
        memory_gb, solver: of the outside solver, see :func:`siting.solving.exact.solve_exact`.

    Raises:
        SolverError: both runners failed.
    """
    with opened(
        problem,
        objective,
        method,
        stop,
        seed,
        threads=1,
        listener=listener,
        memory_gb=memory_gb,
        solver=solver,
    ) as tree:
        # What is closed early leaves a tree of multipliers its time; what is not, no such tree
        # closes: the engine's own and the root's are there.
        tree.until = tree.end = inf if stop.time_limit is None else stop.time_limit
        run = _Race(tree, stop, seed, threads, listener, params, alone_first)
        try:
            solution = run.solve(start)
        finally:
            run.close()
            tree.stop = stop
        solution = proven(tree, solution)
    return replace(solution, notes=tuple(run.notes), statistics=run.statistics)


@dataclass
class _Stage:
    """What both runners gave of one stage."""

    options: Ints | None
    found_by: str
    closed: bool
    bound: float | None
    """By a tree, of a solver's word; weighted persons."""
    bound_by: str
    certificate: Certificate | None
    infeasible: bool = False


@dataclass
class _Race:
    """The run from stage to stage."""

    tree: Run
    stop: Stop
    seed: int
    threads: int
    listener: Listener
    params: EngineParams | None
    tree_leads: bool
    """Whether the problem is one that the tree should close."""
    notes: list[Notice] = field(default_factory=list)
    statistics: dict[str, float] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.problem, self.objective = self.tree.problem, self.tree.objective
        self.city: CityStages | None = None
        self.tiers: tuple[str | None, ...] = tiers_in_order(self.problem, self.objective) or (None,)

    def close(self) -> None:
        """End what the engine holds."""
        if self.city is not None:
            self.city.__exit__()
            self.city = None

    def solve(self, start: Ints | None) -> Solution:
        """Stage by stage, each keeping what the earlier ones reached."""
        held: dict[str, int] = {}
        best, stages = start, list[_Stage]()
        for number, tier in enumerate(self.tiers):
            later = number < len(self.tiers) - 1
            now, end = self.stop.seconds, self.tree.end
            until = now + FIRST_SHARE * (end - now) if later else end
            head = 0.0
            if self.tree_leads and self.city is None:
                head = self._head(end - now)
            stage = _Heat(self, number, tier, held, until, head).run(best, known=number > 0)
            if stage.infeasible:
                return Solution("infeasible", None, notes=tuple(self.notes))
            stages.append(stage)
            if stage.options is None:
                break
            best = stage.options
            if tier is not None:
                reached = Fraction(self.tree.worth(best, tier))
                held[tier] = to_keep(self.objective, int(reached / self.problem.unit))
            if self.stop() and later:
                break
        return self._joined(stages, held)

    def _head(self, left: float) -> float:
        """Seconds that the tree is alone at first."""
        head = min(MOST_HEAD, max(LEAST_HEAD, HEAD_START * left))
        from siting.engine.cover.passes import step_points

        return head if kept(step_points) else max(head, min(COLD_HEAD, COLD_SHARE * left))

    def _joined(self, stages: list[_Stage], held: dict[str, int]) -> Solution:
        last = stages[-1]
        tier_bounds = {
            tier: stage.bound
            for tier, stage in zip(self.tiers, stages, strict=False)
            if tier is not None and stage.bound is not None
        }
        whole = last.bound if self.tiers == (None,) else None
        by_solver = bool(tier_bounds) or whole is not None
        complete = len(stages) == len(self.tiers)
        self.notes = [*self.notes, *(n for n in self.tree.notes if n not in self.notes)]
        self.statistics |= self.tree.statistics
        certificates = tuple(s.certificate for s in stages if s.certificate is not None)
        if self.city is not None and last.options is not None:
            names = {"plan": last.found_by, "bound": last.bound_by, "solver": self.tree.solver.name}
            self.notes.append(Notice("run.side_by_side", **names))
        solution = Solution(
            "no_solution",
            None,
            bound=whole,
            bound_proof="solver" if by_solver else None,
            limit=self.stop.reached,
            certificates=certificates,
            tier_bounds=tier_bounds,
            timings=self.timings,
            # Whose word the bound is; of what is proven without one, whose plan.
            method=self.tree.solver.name if by_solver else last.found_by,
        )
        options = last.options
        if options is None:
            return solution
        options, value = trimmed(self.tree, options, self.tiers)
        closed = complete and all(stage.closed for stage in stages)
        return replace(
            solution,
            status="optimal" if closed and by_solver else "feasible",
            options=options,
            objective=value,
            held=sum(held[tier] for tier in self.tiers[:-1] if tier in held) if held else None,
        )


class _Heat:
    """One stage, by both runners at once."""

    def __init__(
        self,
        race: _Race,
        number: int,
        tier: str | None,
        held: dict[str, int],
        until: float,
        head: float,
    ):
        self.race, self.number, self.tier, self.held = race, number, tier, held
        self.until, self.head = until, head
        self.begun = race.stop.seconds
        self.engine_at = self.begun + LONGEST_WAIT * head
        """When the engine begins at the latest."""
        step = step_of(race.problem, race.objective, tier)
        self.exchange = Exchange(race.listener, float(step or 0), race.stop.gap)
        self.over = Linked(race.stop.interrupt)
        """Ends both runners of this stage."""
        self.rests = {CITY: Event(), race.tree.solver.name: Event()}
        self.outcome: StageOutcome | None = None
        self.result: StageResult | None = None
        self.faults: list[Exception] = []
        self.turn_ends, self.credit = 0.0, 0.0
        self.rooted = Linked(self.over)
        """Set when the engine proves what the root of the tree would."""
        self.loose = False
        """Whether the engine's multipliers stopped far from what the relaxation proves."""

    # -- the runners ----------------------------------------------------------------------------

    def run(self, begin: Ints | None, *, known: bool) -> _Stage:
        """Both runners until the stage is closed or its time is over, and the better of both.

        Args:
            begin: options to begin with.
            known: whether these keep every rule and what is held.
        """
        race, stop = self.race, self.race.stop
        tree = Thread(target=self._guard, args=(self._tree, begin, known), daemon=True)
        runners = [tree] if not race.tree.too_large else []
        self.known = known
        self.exchange.join(race.tree.solver.name, stop.seconds)
        for runner in runners:
            runner.start()
        engine: Thread | None = None
        try:
            while True:
                if engine is None and (stop.seconds >= self.engine_at or not runners):
                    self.exchange.join(CITY, stop.seconds)
                    engine = Thread(target=self._guard, args=(self._engine, begin), daemon=True)
                    runners.append(engine)
                    engine.start()
                for runner in runners:
                    runner.join(LOOK_SECONDS / len(runners))
                ended = engine is not None and not any(runner.is_alive() for runner in runners)
                if self._decided or ended or stop.interrupt.is_set() or stop.seconds > self._end:
                    break
                if engine is not None and self._in_vain:
                    begin = self.exchange.better(CITY)
                    runners.remove(engine)
                    self.result = engine = None
                self._share()
        finally:
            self.over.set()
            for rest in self.rests.values():
                rest.clear()
            for runner in runners:
                runner.join()
        if race.city is not None:
            race.city.pool.threads = race.city.pool.most
        return self._better()

    def _guard(self, runner: Callable[..., None], *arguments: object) -> None:
        try:
            runner(*arguments)
        except Exception as error:
            self.faults.append(error)

    def _tree(self, begin: Ints | None, known: bool) -> None:
        run, name = self.race.tree, self.race.tree.solver.name
        run.stop = replace(self.race.stop, interrupt=self.over, reached=None)
        run.until, run.rest, run.rooted = self.until, self.rests[name], self.rooted
        run.grace = GRACE
        run.listener = self._hear_tree
        run.offered = lambda: self.exchange.better(name)
        known_plan = begin if known else None
        self.outcome = solve_stage(run, begin, self.tier, self.held, known_plan)

    def _hear_tree(self, news: Progress) -> None:
        if news.stage == "solve":  # the solver's first word, and all that follow
            self.engine_at = min(self.engine_at, news.seconds + self.head)
        self.exchange.hear(self.race.tree.solver.name, news)

    def _engine(self, begin: Ints | None) -> None:
        from siting.engine.cover.method import CityStages

        race = self.race
        if race.city is None:
            race.city = CityStages(
                race.problem, race.objective, race.seed, race.threads, race.params
            )
        stop = replace(race.stop, interrupt=self.over, rest=self.rests[CITY], reached=None)
        try:
            with while_wanted(lambda: self.over.is_set() and self._planned):
                self.result = race.city.solve(
                    self.number,
                    stop,
                    self._end,
                    begin,
                    lambda news: self.exchange.hear(CITY, news),
                    lambda value: self.exchange.better(CITY, value),
                    self._bounded,
                )
        except NeedlessError:
            race.close()

    def _bounded(self, tight: bool) -> None:
        """The engine's multipliers are as good as they become."""
        self.loose = not tight
        if tight:
            self.rooted.set()

    # -- the clock -------------------------------------------------------------------------------

    @property
    def _end(self) -> float:
        """When the stage ends; one without a plan may take the time of the later ones."""
        return self.until if self._planned else self.race.tree.end

    @property
    def _planned(self) -> bool:
        """Whether anybody has a plan."""
        return self.known or any(told.plan for told in self.exchange.runners.values())

    @property
    def _tree_done(self) -> bool:
        """Whether the tree closed the stage, or proved that there is no plan."""
        return self.outcome is not None and self.outcome.status in ("optimal", "infeasible")

    @property
    def _in_vain(self) -> bool:
        """Whether the engine came to its end without a plan, and the tree has found one."""
        found = self.exchange.runners[self.race.tree.solver.name].plan is not None
        return found and self.result is not None and self.result.options is None

    @property
    def _decided(self) -> bool:
        engine = self.result is not None and self.result.infeasible
        return self._tree_done or engine or self.exchange.closed

    def _share(self) -> None:
        """Who has the core that both could use, for a turn: whoever moves, and the other now and
        then, who may do so later.

        With one thread the other one rests, with more the engine has one thread less.
        """
        race, now = self.race, self.race.stop.seconds
        name = race.tree.solver.name
        if race.city is None or CITY not in self.exchange.runners or now < self.turn_ends:
            return
        span = max(1e-9, self.until - self.begun)
        self.turn_ends = now + max(LEAST_TURN, TURN * span)
        alive = self.outcome is None and name in self.exchange.runners
        working = self.result is None
        if not alive or not working or not race.tree.solver.features.rests:
            tree_on = alive
        else:
            self.credit += self._part_of_tree(now, span)
            tree_on = self.credit >= 1
            self.credit -= tree_on
        _set(self.rests[name], alive and not tree_on and working)
        if race.threads == 1:
            _set(self.rests[CITY], tree_on and working)
        else:
            race.city.pool.threads = race.threads - (1 if tree_on else 0)

    def _part_of_tree(self, now: float, span: float) -> float:
        """Of the turns, those in which the tree has the core that both could use."""
        name, most = self.race.tree.solver.name, 1.0 if self.race.threads > 1 else 0.75
        if self.exchange.still(CITY, now) > PATIENCE * span:
            return most
        bounds = self.exchange.bounds(name)
        wanted = self.loose and not bounds
        if wanted or (bounds and self.exchange.still(name, now) < PATIENCE * span):
            return most if self.race.threads > 1 else 0.5
        early = now - self.begun < 0.5 * span
        return TRIED if self.race.tree_leads and early else DOUBTED

    # -- the outcome -----------------------------------------------------------------------------

    def _better(self) -> _Stage:
        """The better plan and the better bound of the two."""
        race, tree = self.race, self.race.tree
        name, outcome, result = tree.solver.name, self.outcome, self.result
        if outcome is None and result is None and self.faults:
            raise self.faults[0]
        race.notes += [
            Notice("run.failed", fault=str(fault))
            for fault in self.faults
            if isinstance(fault, SolverError)
        ]
        for fault in self.faults:
            if not isinstance(fault, SolverError):
                raise fault
        found: list[tuple[float, str, Ints]] = []
        bound, bound_by, certificate = inf, CITY, None
        if outcome is not None:
            if outcome.status == "infeasible":
                return _Stage(None, name, True, None, name, None, infeasible=True)
            if outcome.options is not None:
                found.append((float(tree.worth(outcome.options, self.tier)), name, outcome.options))
            if outcome.bound is not None:
                bound, bound_by = outcome.bound, name
        if result is not None:
            if result.infeasible:
                race.notes += result.notes
                return _Stage(None, CITY, True, None, CITY, None, infeasible=True)
            self._note(result)
            certificate = result.certificate
            options = result.options
            if options is not None and keeps(tree, options, self.held):
                found.append((float(tree.worth(options, self.tier)), CITY, options))
            if result.proof == "solver" and result.bound is not None:
                told = result.bound * float(race.problem.unit)
                bound, bound_by = min((bound, bound_by), (told, CITY))
            elif result.bound is not None and result.bound * float(race.problem.unit) <= bound:
                bound_by = CITY
        # Of plans that win as much, the first runner's that had it.
        value, found_by, options = max(
            found,
            key=lambda one: (one[0], one[1] == self.exchange.leader),
            default=(-inf, name, None),
        )
        if bound < value and not within_precision(value, bound):
            race.notes.append(Notice("run.bound_beaten", solver=name, bound=bound, value=value))
            bound = inf
        closed = self.exchange.closed or (outcome is not None and outcome.status == "optimal")
        known = None if bound == inf else bound
        return _Stage(options, found_by, closed, known, bound_by, certificate)

    def _note(self, result: StageResult) -> None:
        race = self.race
        race.notes += [note for note in result.notes if note not in race.notes]
        for total, figures in (
            (race.timings, result.timings),
            (race.statistics, result.statistics),
        ):
            for key, figure in figures.items():
                total[key] = total.get(key, 0.0) + figure


def _set(event: Event, on: bool) -> None:
    (event.set if on else event.clear)()
