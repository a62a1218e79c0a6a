"""``auto`` where covered means served within capacity: an outside solver and the engine beside each
other, each from beginning to end.

They do not exchange plans stage by stage as in :mod:`siting.solving.race`, for the engine's outlets
of one tier stay in the next. Of the plans the better one counts; of the bounds all that either
proves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf
from threading import Thread

import numpy as np
from numpy.typing import NDArray

from siting.errors import SolverError
from siting.kernels import NeedlessError, kept, while_wanted
from siting.notice import Notice
from siting.problem.solution import Solution
from siting.progress import Linked, Listener, Progress, Stop
from siting.solving.exchange import Exchange

Ints = NDArray[np.int64]
HEAD, MOST_HEAD = 0.05, 5.0
"""Share of the time, and seconds at most, for which the solver is alone: what it closes at once
needs no engine."""
COLD_HEAD, COLD_LEAST = 20.0, 60.0
"""Where the engine's kernels would have to be compiled first, which takes the processor half a
minute: seconds for which the solver is alone then, and how much time there must be in all for the
engine to begin beside a solver that has a plan."""
LOOK_SECONDS = 0.05
GRACE = 0.5
"""Seconds that a solver has to end when the time is over and the engine has a plan."""


@dataclass
class Beside:
    """Two methods of one run.

    Args:
        solver: solves by the outside solver within a stop, telling a listener.
        engine: the same by the engine.
        ahead: whether the first plan is better than the second.
        names: of the solver and of the engine.
    """

    solver: Callable[[Stop, Listener], Solution]
    engine: Callable[[Stop, Listener], Solution]
    ahead: Callable[[Ints, Ints], bool]
    stop: Stop
    listener: Listener
    names: tuple[str, str]
    _told: dict[str, Exchange] = field(default_factory=dict)
    _found: dict[str, Solution] = field(default_factory=dict)
    _faults: dict[str, Exception] = field(default_factory=dict)

    def solve(self) -> Solution:
        """Both until the solver has closed the problem or the time is over.

        Raises:
            Exception: what the solver raised, where the engine has no plan.
        """
        solver, engine = self.names
        over = Linked(self.stop.interrupt)
        runs = {solver: self.solver, engine: self.engine}
        threads = {
            name: Thread(target=self._run, args=(name, run, over), daemon=True)
            for name, run in runs.items()
        }
        threads[solver].start()
        alone, begun = self.stop.seconds + self._head(), False
        try:
            while not (self._closed or self.stop.interrupt.is_set() or self.stop.seconds_left <= 0):
                waits = threads[solver].is_alive()
                needed = not waits and not self._solver_planned
                if not begun and (needed or self.stop.seconds >= alone):
                    threads[engine].start()
                    begun = True
                if not waits and not (begun and threads[engine].is_alive()):
                    break
                threads[solver if waits else engine].join(LOOK_SECONDS)
        finally:
            over.set()
            for name, thread in threads.items():
                if name == solver or begun:
                    thread.join()
        better = self._better()
        if better.limit == "interrupt" and not self.stop.interrupt.is_set():
            # Nobody but we interrupted it, as the time was over or the other had closed it.
            return replace(better, limit=self.stop.reached or "work")
        return better

    def _head(self) -> float:
        from siting.engine.capacity.moves import anneal_served

        left = self.stop.seconds_left
        if kept(anneal_served):
            return min(MOST_HEAD, HEAD * left)
        return COLD_HEAD if left >= COLD_LEAST else inf

    @property
    def _closed(self) -> bool:
        found = self._found.get(self.names[0])
        return found is not None and found.status in ("optimal", "infeasible")

    @property
    def _solver_planned(self) -> bool:
        found = self._found.get(self.names[0])
        told = [exchange.runners[self.names[0]].plan for exchange in self._told.values()]
        return any(told) if found is None else found.options is not None

    def _run(self, name: str, run: Callable[[Stop, Listener], Solution], over: Linked) -> None:
        stop = replace(self.stop, interrupt=over, reached=None)
        # The solver, which compiles little, is waited for first: then its plan is there or is not.
        mine = name == self.names[1]
        try:
            with while_wanted(lambda: mine and over.is_set() and self._solver_planned):
                self._found[name] = run(stop, lambda news: self._hear(name, news))
        except NeedlessError:
            pass
        except Exception as error:
            self._faults[name] = error

    def _hear(self, name: str, news: Progress) -> None:
        told = self._told.get(news.tier or "")
        if told is None:
            told = self._told.setdefault(
                news.tier or "", Exchange(self.listener, 0.0, self.stop.gap)
            )
            for each in self.names:
                told.join(each, news.seconds)
        told.hear(name, news)

    def _better(self) -> Solution:
        solver, engine = (self._found.get(name) for name in self.names)
        self.stop()
        broken = self._faults.get(self.names[1])
        if broken is not None and not isinstance(broken, SolverError):
            raise broken  # a fault of ours
        if solver is None and (engine is None or engine.options is None):
            raise self._faults[self.names[0]]
        if solver is None:
            assert engine is not None
            fault = self._faults[self.names[0]]
            note = Notice("run.failed", fault=getattr(fault, "notice", str(fault)))
            return replace(engine, notes=(*engine.notes, note), method=self.names[1])
        # Whoever was ended from here was interrupted; why, the run's own clock says.
        limit = self.stop.reached or (None if solver.limit == "interrupt" else solver.limit)
        if engine is not None and engine.status == "infeasible" and solver.options is None:
            return engine
        if engine is None or self._closed or engine.status == "infeasible":
            return solver if self._closed else replace(solver, limit=limit)
        mine, theirs = solver.options, engine.options
        by_engine = theirs is not None and (mine is None or self.ahead(theirs, mine))
        plan = self.names[1] if by_engine else self.names[0]
        spoken = solver.bound is not None
        note = Notice("run.side_by_side", plan=plan, bound=self._bounded(), solver=self.names[0])
        return replace(
            solver,
            status="no_solution" if mine is None and theirs is None else "feasible",
            options=theirs if by_engine else mine,
            objective=None if by_engine else solver.objective,
            held=engine.held if by_engine else solver.held,
            limit=limit,
            certificates=(*solver.certificates, *engine.certificates),
            notes=(*solver.notes, note),
            statistics={**engine.statistics, **solver.statistics},
            method=self.names[0] if spoken else plan,
        )

    def _bounded(self) -> str:
        last = list(self._told.values())[-1:]
        engine = self.names[1]
        return engine if last and last[0].bounds(engine) else self.names[0]
