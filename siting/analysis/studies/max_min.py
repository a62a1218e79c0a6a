"""Beside the sum: the plan that lifts the worst-served district first (lexicographic max-min).

share[d] = weighted people of district d covered, today's included, over all of them. Plans compare
by their worst district, then by their two worst together, and so on (Ogryczak's ordered outcomes:
the sums of the k smallest shares, k = 1, 2, ...); equal plans then by the sum over everybody.

    stage k   max  k r[k] - Σ_d lack[k,d]
    lacking   lack[k,d] >= r[k] - share[d]                   a stage, a district; lack >= 0
    kept      j r[j] - Σ_d lack[j,d] >= what stage j < k reached
              everything in siting.models.shared.covering and siting.models.shared.opening
    last      max  Σ_j w[j] covered[j]

Reference: Ogryczak, Pióro and Tomaszewski, Telecommunications network design and max-min
optimization problem, Journal of Telecommunications and Information Technology 3 (2005).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from siting.analysis.studies.shares import (
    district_people,
    district_shares,
    named_shares,
    people_covered,
)
from siting.errors import ArgumentError, SolverError
from siting.models.shared.covering import Covered, add_covered
from siting.models.shared.measuring import once, without_idle
from siting.models.shared.opening import Frame, begin, read_open
from siting.models.shared.patterns import People
from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import Problem
from siting.problem.solution import Status
from siting.progress import Stop
from siting.result import Plan
from siting.result.accounting import plan_of
from siting.solvers.base import Settings, broken_rows
from siting.solvers.child import WarmSolver
from siting.solvers.program import Program
from siting.solving.stage import complete
from siting.verification.evaluation import evaluate

Ints = NDArray[np.int64]
Float = NDArray[np.float64]
MOST_DISTRICTS = 40
"""Each is a stage of its own."""
SLACK = 1e-7
"""Of a share, for what earlier stages reached: solvers work in floats."""


@dataclass(frozen=True)
class FairPlan:
    """A plan, its districts' shares, and whether every stage was proven."""

    status: Status
    plan: Plan | None
    objective: float | None
    """The sum over everybody: weighted people newly covered."""
    shares: dict[str, float]
    """District -> weighted share of its people covered after, once for each format."""
    before: dict[str, float]
    proven: bool
    worst_bound: float = 1.0
    """No plan's worst-served district reaches a larger share than this, proven."""


def fair_plan(
    problem: Problem,
    stop: Stop | None = None,
    seed: int = 0,
    threads: int = 1,
    tell: Callable[[str], None] = lambda note: None,
    start: Ints | None = None,
) -> FairPlan:
    """The lexicographic max-min plan over districts, of what a formulation can hold.

    Args:
        start: options of a plan to begin with.

    Raises:
        ArgumentError: no districts, more than ``MOST_DISTRICTS``, or capacity respected.
        SolverError: the solver failed.
    """
    stop = stop or Stop()
    districts = districts_to_lift(problem)
    if len(districts) > MOST_DISTRICTS:
        raise ArgumentError(
            Notice(
                "fault.most_districts", most_districts=MOST_DISTRICTS, n_districts=len(districts)
            )
        )
    everybody = district_people(problem)
    reached: list[float] = []
    options: Ints | None = None
    proven, worst_bound = True, 1.0
    with WarmSolver("highs") as solver:
        for stage in range(1, len(districts) + 2):
            tell(Notice("progress.stage", k=stage, n=len(districts) + 1))
            program = build(problem, districts, everybody, reached, stage > len(districts))
            known = start if options is None else options
            if known is not None:
                program = replace(program, start=complete(problem, program, known))
            left = None if stop.time_limit is None else max(0.5, stop.seconds_left)
            outcome = (solver.solve if options is None else solver.attempt)(
                program, Settings(left, 0.0, seed, threads), stop=stop
            )
            if stage == 1 and outcome.bound is not None:
                worst_bound = min(1.0, outcome.bound + SLACK)
            if outcome.status == "infeasible" and options is None:
                return FairPlan("infeasible", None, None, {}, {}, True)
            if outcome.x is None or broken_rows(program, outcome.x, 1e-5) is not None:
                if options is None and outcome.x is not None:
                    raise SolverError(Notice("solver.broken_program"))
                proven = False
                break
            options = read_open(program, outcome.x)
            proven = proven and outcome.status == "optimal"
            if stage <= len(districts):
                found = np.sort(district_shares(problem, options, everybody)[districts])
                reached.append(float(found[:stage].sum()))
            if stop():
                proven = False
                break
    if options is None:
        return FairPlan("no_solution", None, None, {}, {}, False)
    options = without_idle(problem, options, lambda t: once(problem, t))
    return fair_plan_of(problem, options, proven, worst_bound)


def fair_plan_of(problem: Problem, options: Ints, proven: bool, worst_bound: float) -> FairPlan:
    """A plan with what it is worth to each district, judged by the verification.

    Raises:
        SolverError: it breaks a rule.
    """
    judged = evaluate(problem, options)
    if judged.violations:
        raise SolverError(Notice("fault.refused_plan", first=judged.violations[0], more=""))
    return FairPlan(
        "optimal" if proven else "feasible",
        plan_of(problem, judged),
        judged.objective,
        named_shares(problem, options),
        named_shares(problem, problem.kept_today),
        proven,
        worst_bound,
    )


def districts_to_lift(problem: Problem) -> Ints:
    """Positions of the districts with people; a command asks this before its first solve.

    Raises:
        ArgumentError: this problem's plans cannot be compared by district.
    """
    if traits_of(problem.objective.model).counts != "reach":
        raise ArgumentError(Notice("fault.fair_model", model=problem.objective.model))
    if problem.point_district is None or problem.respect_capacity:
        by_district = problem.point_district is not None
        raise ArgumentError(Notice("fault.fair_reach" if by_district else "fault.fair_districts"))
    districts = np.flatnonzero(district_people(problem) > 0)
    if not len(districts):
        raise ArgumentError(Notice("fault.fair_people"))
    return districts


def build(
    problem: Problem, districts: Ints, everybody: Ints, reached: list[float], last: bool
) -> Program:
    """The program of the stage after ``reached``; the last one counts everybody."""
    frame = begin(problem, "max")
    layers = [
        People(
            t,
            (problem.persons[target.group] > 0) & ~problem.covered_before[:, t],
            problem.point_district,
        )
        for t, target in enumerate(problem.targets)
        if target.weight_micro > 0 or t in problem.needed
    ]
    covered = add_covered(frame, layers)
    n = len(districts)
    share = _share_columns(frame, covered, districts, everybody, people_covered(problem))
    for k in range(1, min(len(reached) + 1, n) + 1):
        _stage(frame, share, n, k, reached[k - 1] if k <= len(reached) else None)
    if last:
        counted = np.flatnonzero(
            np.array([t.weight_micro > 0 for t in problem.targets])[covered.patterns.target]
        )
        _, column, weight = covered.entries(counted, counted, covered.patterns.value[counted])
        frame.builder.add_objective(column, weight * float(problem.unit))
    return replace(frame.builder.build(), integral_objective=0.0)


def _share_columns(
    frame: Frame, covered: Covered, districts: Ints, everybody: Ints, before: Ints
) -> int:
    """Columns share[d], each tied to who is covered; returns the first."""
    block = frame.builder.add_columns("share", len(districts), labels=list(districts))
    weights = np.array([t.weight_micro > 0 for t in frame.problem.targets])
    patterns = covered.patterns
    for at, d in enumerate(districts.tolist()):
        mine = np.flatnonzero((patterns.key == d) & weights[patterns.target])
        row, column, value = covered.entries(
            np.zeros(len(mine), np.int64), mine, patterns.value[mine]
        )
        total = float(everybody[d])
        frame.builder.add_rows(
            "share",
            1,
            [
                (np.zeros(1, np.int64), np.array([block.begin + at]), 1.0),
                (row, column, -value / total),
            ],
            lower=-np.inf,
            upper=float(before[d]) / total,
            labels=[d],
        )
    return block.begin


def _stage(frame: Frame, share: int, n: int, k: int, reached: float | None) -> None:
    """r[k], lack[k,d] and their rows; the objective of the stage that is not reached yet."""
    r = frame.builder.add_columns("r", 1, labels=[k])
    lack = frame.builder.add_columns("lack", n, labels=[f"{k},{d}" for d in range(n)])
    every = np.arange(n)
    frame.builder.add_rows(
        "lacking",
        n,
        [
            (every, lack.begin + every, 1.0),
            (every, share + every, 1.0),
            (every, np.full(n, r.begin), -1.0),
        ],
        lower=0.0,
    )
    columns = np.concatenate([[r.begin], lack.begin + every])
    coefficients = np.concatenate([[float(k)], -np.ones(n)])
    if reached is None:
        frame.builder.add_objective(columns, coefficients)
        return
    rows = np.zeros(n + 1, np.int64)
    frame.builder.add_rows("kept", 1, [(rows, columns, coefficients)], lower=reached - SLACK)
