"""Exact methods: a formulation, an outside solver in a child process, and what they proved.

``solve_exact`` builds the program of a model, hands it to a solver, streams its news, and returns
a Solution whose objective is recomputed from the chosen options in exact integers. With
``order: tiers`` it solves the tiers one after the other, each holding what the earlier reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.models.traits import traits_of
from siting.problem import Objective, Problem
from siting.problem.solution import Solution
from siting.problem.tiers import tiers_in_order, to_keep
from siting.progress import Listener, Stop
from siting.solvers.child import WarmSolver
from siting.solving.run import Run, opened
from siting.solving.stage import solve_stage, trimmed
from siting.solving.tree import certified

Ints = NDArray[np.int64]
LATER_SHARE = 0.3
"""Of the time left, kept for each later tier: a proof of the first may take all there is."""


def solve_exact(
    problem: Problem,
    objective: Objective,
    method: str = "highs",
    stop: Stop | None = None,
    seed: int = 0,
    threads: int = 1,
    start: Ints | None = None,
    listener: Listener | None = None,
    *,
    memory_gb: float | None = None,
    write: tuple[str | Path, ...] = (),
    options: Mapping[str, Any] | None = None,
    solver: WarmSolver | None = None,
    grace: float | None = None,
) -> Solution:
    """Solve by a formulation and an outside solver.

    Args:
        stop: limits; its ``interrupt`` ends the run with the best plan so far. A unit of work is
            what the solver declares (``Features.work_limit``).
        start: positions of options to begin with; ignored by solvers without a warm start.
        memory_gb: of the child; also refused beforehand when the program alone would not fit.
        write: files to write the program to, ``.lp`` or ``.mps``; with tiers one a tier; a table of
            the columns beside each (:mod:`siting.solving.export`).
        options: the solver's own options.
        solver: a warm solver of the same method to use and leave running.
        grace: seconds that the solver has to end after an interrupt; None = by the time limit.

    Raises:
        ArgumentError: the solver cannot take such a model or such a limit.
        SolverError: the solver failed without leaving a plan.
    """
    stop = stop or Stop()
    with opened(
        problem,
        objective,
        method,
        stop,
        seed,
        threads,
        listener,
        memory_gb=memory_gb,
        write=write,
        options=options,
        solver=solver,
    ) as run:
        problem, run.grace = run.problem, grace
        if run.too_large:
            return Solution("no_solution", None, limit="memory", notes=tuple(run.notes))
        tiers = tiers_in_order(problem, objective) if traits_of(objective.model).tiers else ()
        solution = _lexicographic(run, tiers, start) if tiers else _single(run, start)
        solution = proven(run, solution)
    return replace(solution, notes=tuple(run.notes), statistics=run.statistics)


def proven(run: Run, solution: Solution) -> Solution:
    """The solution with what the run's own certificates prove: the roots of its stages, and a tree
    where one is small enough."""
    if run.prover is None:
        return solution
    solution = replace(solution, certificates=(*solution.certificates, *run.roots))
    return certified(run.problem, run.objective, solution, run.worth, run.prover, run.stop)


def _single(run: Run, start: Ints | None) -> Solution:
    stage = solve_stage(run, start, None, {}, None)
    if stage.options is None:
        return Solution(stage.status, None, bound=stage.bound, limit=stage.limit)
    options, value = trimmed(run, stage.options, (None,))
    return Solution(
        stage.status, options, value, stage.bound, bound_proof="solver", limit=stage.limit
    )


def _lexicographic(run: Run, tiers: tuple[str, ...], start: Ints | None) -> Solution:
    """Solve tier by tier; each keeps what the earlier ones reached.

    A tier's bound holds for every plan that is lexicographically best, since such a plan keeps at
    least what the earlier tiers reached; the sum of the tiers' bounds bounds the sum.
    """
    bounds = {tier: ceiling(run.problem, tier) for tier in tiers}
    held: dict[str, int] = {}
    best: Ints | None = None
    closed, limit = True, None
    for number, tier in enumerate(tiers):
        later = len(tiers) - 1 - number
        now = run.stop.seconds
        run.until = now + (1 - LATER_SHARE) ** later * (run.end - now) if later else run.end
        if best is not None and run.stop():
            closed, limit = False, limit or run.stop.reached
        else:
            stage = solve_stage(run, best if best is not None else start, tier, held, best)
            if stage.status == "infeasible":
                return Solution("infeasible", None)
            limit = limit or stage.limit
            closed = closed and stage.status == "optimal"
            if stage.bound is not None:
                bounds[tier] = min(bounds[tier], stage.bound)
            best = stage.options
        if best is None:
            return Solution(
                "no_solution",
                None,
                bound=sum(bounds.values()),
                bound_proof="solver",
                limit=limit,
                tier_bounds=bounds,
            )
        reached = Fraction(run.worth(best, tier))
        held[tier] = to_keep(run.objective, int(reached / run.problem.unit))
    assert best is not None
    best, value = trimmed(run, best, tiers)
    return Solution(
        "optimal" if closed else "feasible",
        best,
        value,
        sum(bounds.values()),
        bound_proof="solver",
        limit=limit,
        tier_bounds=bounds,
        held=sum(held[tier] for tier in tiers[:-1]),
    )


def ceiling(problem: Problem, tier: str | None) -> float:
    """Weighted people of a tier not covered today: no plan covers more."""
    units = sum(
        int(problem.persons[t.group].sum()) * (t.weight_micro // problem.weight_gcd)
        for t in problem.targets
        if tier is None or t.tier == tier
    )
    return float(units * problem.unit)
