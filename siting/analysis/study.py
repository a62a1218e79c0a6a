"""Study: one clock and one set of settings for the many solves that answer one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Event, Lock
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem import TIERS, Problem
from siting.problem.solution import Solution
from siting.problem.tiers import ahead
from siting.progress import Listener, Progress, Stop
from siting.result import Result
from siting.result.accounting import plan_of
from siting.solvers.pool import SolverPool
from siting.solving import solve
from siting.solving.outcome import verified
from siting.solving.parametric import solve_limits
from siting.solving.warm_start import Start
from siting.verification.evaluation import evaluate

Ints = NDArray[np.int64]
LEAST_SECONDS = 1.0
"""Even a late solve of a study is given so much: it may only have to confirm its start."""


def told_of(problem: Problem, result: Result) -> Result:
    """A result whose plan is told by the rules of ``problem``, without those a study had added.

    Its options are the same; nobody who reads the scenario knows the added rules, so a stored
    result tells none of them.
    """
    if result.plan is None:
        return result
    judged = evaluate(problem, result.plan.options, result.spec)
    return replace(result, plan=plan_of(problem, judged))


def value(result: Result) -> tuple[float, ...]:
    """What plans are compared by: tier by tier, or the objective; nothing is worse than no plan."""
    if result.objective is None:
        return (float("-inf"),)
    if len(result.tiers) < 2:
        return (result.objective,)
    return tuple(result.tiers[t]["objective"] or 0.0 for t in TIERS if t in result.tiers)


def beats(one: Result, other: Result) -> bool:
    """Whether one plan is better than another; between tiers as far as a tolerance lets it."""
    mine, theirs = value(one), value(other)
    if len(mine) < 2 or len(mine) != len(theirs):
        return mine > theirs
    return ahead(one.spec, mine, theirs)


@dataclass
class Study:
    """How the solves of a study are run; ``time_limit`` is for all of them together.

    Its clock starts when it is made, so each study is asked with one of its own.

    Raises:
        ArgumentError: a time limit that is not > 0.
    """

    method: str = "auto"
    """As of :func:`siting.solve`."""
    time_limit: float | None = 300
    """Seconds; None = no limit."""
    gap: float = 0.0
    """Proven relative gap at which a solve may end."""
    seed: int = 0
    threads: int | None = None
    """None = every core this process may use."""
    listener: Listener | None = None
    """Called with :class:`~siting.progress.Progress`."""
    interrupt: Event = field(default_factory=Event)
    """Set it to end the study with what was found so far."""
    clock: Stop = field(init=False)
    _telling: Lock = field(init=False, default_factory=Lock, repr=False)
    _solvers: SolverPool = field(init=False, default_factory=SolverPool, repr=False)
    """Their processes end with the study."""

    def __post_init__(self) -> None:
        if self.time_limit is not None and not self.time_limit > 0:
            raise ArgumentError(Notice("fault.time_above_0", time_limit=self.time_limit))
        self.clock = Stop(time_limit=self.time_limit, interrupt=self.interrupt)
        finalize(self, self._solvers.close)

    @property
    def over(self) -> bool:
        """Whether the time is up or somebody asked to end."""
        return self.clock()

    @property
    def interrupted(self) -> bool:
        """Whether somebody asked to end."""
        return self.interrupt.is_set()

    def solve(
        self,
        problem: Problem,
        start: Start | None = None,
        *,
        rest: int = 1,
        note: str = "",
        method: str | None = None,
        threads: int | None = None,
        told: bool = True,
    ) -> Result:
        """One solve; several may run side by side.

        Args:
            rest: solves still to come, this one included; the time left is shared evenly, and
                what one leaves over the others have.
            note: told with the solve's news.
            method, threads: instead of the study's.
            told: whether its news go to the listener.
        """
        limit = None
        if self.time_limit is not None:
            limit = max(LEAST_SECONDS, self.clock.seconds_left / max(1, rest))
        return solve(
            problem,
            method=method or self.method,
            time_limit=limit,
            gap=self.gap,
            seed=self.seed,
            threads=threads or self.threads,
            start=start,
            listener=self._teller(note) if told else None,
            interrupt=self.interrupt,
            solvers=self._solvers,
        )

    def keep(self, problem: Problem, options: Ints) -> Result:
        """A plan as it is, verified, with no search for a better one."""
        solution = Solution("feasible", options, limit=self.clock.reached)
        result = verified(problem, problem.objective, solution, self.clock)
        return replace(result, method=self.method, seed=self.seed)

    def adopt(self, problem: Problem, better: Result, best: Result) -> Result:
        """A plan found under further rules, with what ``best`` proves of every plan."""
        solution = Solution(
            "feasible",
            better.options,
            better.objective,
            best.bound,
            best.bound_proof,
            certificates=best.certificates,
            tier_bounds={
                tier: told["bound"]
                for tier, told in best.tiers.items()
                if told["bound"] is not None
            },
        )
        result = verified(problem, best.spec, solution, self.clock)
        return replace(result, method=better.method, seed=better.seed, threads=better.threads)

    def solve_limits(
        self, problems: Sequence[Problem], *, share: float = 1.0, patient: bool = True
    ) -> list[Result | None]:
        """One pass of the large-scale engine over problems in ascending order of one limit.

        Args:
            share: of the time left.
            patient: without a gap to reach, go on searching where nothing more can be proven.
        """
        limit = None
        if self.time_limit is not None:
            limit = max(LEAST_SECONDS, share * self.clock.seconds_left)
        return solve_limits(
            problems,
            time_limit=limit,
            gap=self.gap,
            seed=self.seed,
            threads=self.threads,
            listener=self._teller(""),
            interrupt=self.interrupt,
            patient=patient,
        )

    def tell(self, note: str) -> None:
        """News of a study's own to its listener, without a plan."""
        if self.listener is not None:
            with self._telling:
                self.listener(Progress(self.clock.seconds, "solve", note=note))

    def _teller(self, note: str) -> Listener | None:
        listener, clock = self.listener, self.clock
        if listener is None:
            return None

        def tell(news: Progress) -> None:
            words = note or news.note
            if note and news.note:
                words = Notice("progress.both", first=note, second=news.note)
            with self._telling:
                listener(replace(news, seconds=clock.seconds, note=words))

        return tell
