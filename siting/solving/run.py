"""One run of an exact method: its settings, its solver's child, what may be asked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import inf
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError
from siting.models.traits import formulated, models_that, module_of, traits_of
from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.solution import Certificate
from siting.progress import Listener, Stop
from siting.solvers import SOLVERS
from siting.solvers.base import Features
from siting.solvers.child import WarmSolver
from siting.solving.auto import with_capacity
from siting.solving.memory import least_gb, physical_gb
from siting.solving.tree import certifiable, kept_for_proof
from siting.verification.evaluation import evaluate

Ints = NDArray[np.int64]


def formulation(problem: Problem, objective: Objective) -> ModuleType:
    """The module of ``siting.models`` that fits; capacity respected makes covered mean served."""
    return module_of(formulated(problem, objective))


def takes(features: Features, model: str) -> bool:
    """Whether a solver can take the programs of a model."""
    return not features.projects or traits_of(model).projectable


@dataclass
class Run:
    """One call's settings."""

    problem: Problem
    objective: Objective
    model: ModuleType
    solver: WarmSolver
    stop: Stop
    seed: int
    threads: int
    listener: Listener
    write: tuple[Path, ...]
    memory_gb: float | None
    options: Mapping[str, Any]
    notes: list[Notice] = field(default_factory=list)
    statistics: dict[str, float] = field(default_factory=dict)
    measured: dict[tuple[bytes, str | None], Fraction | float] = field(default_factory=dict)
    until: float = inf
    """When the stage that runs has to end, seconds on the run's clock."""
    end: float = inf
    """When the last one has to."""
    rest: Event | None = None
    """While it is set the solver waits, where it can."""
    rooted: Event | None = None
    """Set where somebody else has proven what the root's prices would."""
    grace: float | None = None
    """Seconds the solver has after an interrupt; None = by its time limit."""
    offered: Callable[[], Ints | None] = lambda: None
    """Gives a plan that somebody else found for the stage that runs, once, where it is better."""
    prover: WarmSolver | None = None
    """A warm HiGHS that solves relaxations for certificates; None = none are wanted."""
    roots: list[Certificate] = field(default_factory=list)
    """Of stages whose relaxation is too large to be parted."""
    too_large: bool = False

    def worth(self, options: Ints, tier: str | None = None) -> Fraction | float:
        """What the model says of some options; a pass over the people, so asked but once."""
        key = options.tobytes(), tier
        if key not in self.measured:
            measure = _served if self.within_capacity else self.model.measure
            self.measured[key] = measure(self.problem, self.objective, options, tier)
        return self.measured[key]

    @cached_property
    def within_capacity(self) -> bool:
        """Whether covered means served within capacity."""
        return with_capacity(self.problem, self.objective)


def _served(
    problem: Problem, objective: Objective, options: Ints, tier: str | None
) -> Fraction | float:
    """What the judge's flow serves: the transport problem that the formulation leaves would say the
    same by a linear program, in thirty times the time."""
    found = evaluate(problem, options, objective)
    if not found.feasible:
        return -inf
    by_tier = tier is not None and objective.order == "tiers"
    return found.tiers[tier] if by_tier else found.exact  # type: ignore[index]


@contextmanager
def opened(
    problem: Problem,
    objective: Objective,
    method: str,
    stop: Stop,
    seed: int,
    threads: int,
    listener: Listener | None,
    *,
    memory_gb: float | None = None,
    write: tuple[str | Path, ...] = (),
    options: Mapping[str, Any] | None = None,
    solver: WarmSolver | None = None,
) -> Iterator[Run]:
    """A run of :func:`solve_exact` whose stages the caller solves; its solver ends with it where
    none was given."""
    if method not in SOLVERS:
        raise ArgumentError(
            Notice("fault.unknown", what="method", known=SOLVERS, word=method, hint="")
        )
    if objective != problem.objective:  # what is derived of the problem is kept where it can be
        problem = problem.replace(objective=objective)
    own = solver is None
    solver = solver or WarmSolver(method, memory_gb=memory_gb)
    highs = WarmSolver("highs", memory_gb=memory_gb)  # its child starts when it is asked
    try:
        if stop.work_limit is not None and not solver.features.work_limit:
            raise ArgumentError(Notice("fault.no_work_limit", method=method))
        model = formulated(problem, objective)
        if not takes(solver.features, model):
            known = ", ".join(models_that(lambda traits: traits.projectable))
            raise ArgumentError(
                Notice("fault.solves_only", method=method, known=known, model=model)
            )
        solver.start()
        run = Run(
            problem,
            objective,
            module_of(model),
            solver,
            stop,
            seed,
            threads,
            listener or (lambda progress: None),
            tuple(Path(path) for path in write),
            memory_gb,
            options or {},
        )
        # A study's many solves need no proof of their own.
        if own and certifiable(problem, objective):
            run.prover = solver if method == "highs" else highs
        allowed = physical_gb() if memory_gb is None else memory_gb
        run.too_large = too_large(run, least_gb(problem, objective, allowed))
        end = inf if stop.time_limit is None else stop.time_limit
        end -= 0.0 if run.prover is None else kept_for_proof(problem, stop)
        run.until = run.end = end
        yield run
    finally:
        highs.close()
        if own:
            solver.close()


def too_large(run: Run, needed_gb: float) -> bool:
    """Whether a figure is over the memory limit (or this machine); says so."""
    limit = physical_gb() if run.memory_gb is None else run.memory_gb
    if needed_gb <= limit:
        return False
    key = "run.solver_memory_machine" if run.memory_gb is None else "run.solver_memory_limit"
    run.notes.append(Notice(key, solver=run.solver.name, needed=needed_gb, limit=limit))
    run.stop.reached = run.stop.reached or "memory"
    return True
