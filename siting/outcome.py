"""From a Solution that claims to a Result that was verified."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

from siting.accounting import plan_of
from siting.errors import SolverError
from siting.problem import Objective, Problem
from siting.progress import Limit, Stop
from siting.result import BoundProof, Result, relative_gap
from siting.solution import Solution, Status
from siting.verification.evaluation import Evaluation, evaluate, useless_notes
from siting.verification.objectives import MINIMISED

SOLVER_PRECISION = 1e-6
"""Relative, as outside solvers prove; only where the objective has no integer steps."""


def believed(problem: Problem, spec: Objective, solution: Solution, stop: Stop) -> Result:
    """The result of a run, every figure recomputed from the problem.

    Raises:
        SolverError: the plan breaks something, or beats a bound that was called proven.
    """
    judged = None if solution.options is None else evaluate(problem, solution.options, spec)
    if judged is not None and judged.violations:
        more = len(judged.violations) - 1
        raise SolverError(
            f"the plan found is refused by verification: {judged.violations[0]}"
            + (f" (and {more} more)" if more else "")
        )
    claim = Result(
        solution.status,
        solution.limit or stop.reached,
        None if judged is None else judged.objective,
        solution.bound,
        None if judged is None else plan_of(problem, judged),
        spec,
        method="",
        certificates=solution.certificates,
        warnings=() if judged is None else useless_notes(problem, judged),
        notes=solution.notes,
        statistics=solution.statistics,
    )
    bounds, proof = proven(problem, claim, solution)
    bound = None if bounds is None else bounds["all"]
    status: Status = "feasible"
    if judged is None:
        status = "infeasible" if solution.status == "infeasible" else "no_solution"
    elif bound is not None:
        bound = attainable(judged, bound)
        status = "optimal" if bound == judged.objective else "feasible"
    limit: Limit | None = None if status in ("optimal", "infeasible") else claim.limit
    gap = relative_gap(claim.objective, bound)
    if status == "feasible" and limit is None and gap is not None and gap <= stop.gap:
        limit = "gap"
    return replace(
        claim, status=status, limit=limit, bound=bound, bound_proof=proof,
        tiers=_tiers(judged, bounds, status == "optimal"),
        timings={**solution.timings, "total": stop.seconds},
    )  # fmt: skip


def proven(
    problem: Problem, claim: Result, solution: Solution
) -> tuple[dict[str, float] | None, BoundProof | None]:
    """The tightest bound that stands: ``all`` and one a tier, and what stands behind it."""
    told: list[tuple[dict[str, float], BoundProof]] = []
    if solution.certificates:
        from siting.verifying import verify

        checked = verify(problem, claim)
        if checked.bound is not None:
            told.append(({"all": checked.bound, **checked.tier_bounds}, "certificate"))
    by_solver = solution.bound_proof == "solver" or not solution.certificates
    if by_solver and solution.bound is not None:
        told.append(({"all": solution.bound, **solution.tier_bounds}, "solver"))
    if not told:
        return None, None
    sign = 1 if claim.model in MINIMISED else -1
    return max(told, key=lambda one: sign * one[0]["all"])


def attainable(judged: Evaluation, bound: float) -> float:
    """The bound rounded to what an objective can be; the objective itself where it is met.

    Raises:
        SolverError: the plan is better than the bound allows.
    """
    minimised = judged.spec.model in MINIMISED
    if judged.spec.model in ("p_median", "p_center"):
        # Sums of unrounded distances have no steps: within a solver's precision is met.
        slack = Fraction(SOLVER_PRECISION) * max(1, abs(judged.exact))
        rounded = Fraction(bound)
    else:
        steps = Fraction(bound) / judged.unit
        # A float of a whole number of steps may lie a hair on the wrong side of it.
        hair = Fraction(1, 10**6) + abs(steps) / 10**12
        rounded = judged.unit * (ceil(steps - hair) if minimised else floor(steps + hair))
        slack = judged.unit / 2
    if abs(rounded - judged.exact) <= slack:
        return judged.objective
    if (rounded > judged.exact) == minimised:
        raise SolverError(
            f"the plan found ({judged.objective:,.3f}) is better than the bound that was "
            f"called proven ({bound:,.3f})"
        )
    return float(rounded)


def _tiers(
    judged: Evaluation | None, bounds: dict[str, float] | None, closed: bool
) -> dict[str, dict[str, float | None]]:
    """Objective, bound and gap a tier, of plans that compare tier by tier."""
    if judged is None or judged.spec.order != "tiers" or not judged.tiers:
        return {}
    told: dict[str, dict[str, float | None]] = {}
    for tier, exact in judged.tiers.items():
        objective = float(exact)
        bound = (bounds or {}).get(tier)
        if closed or (bound is None and bounds is not None and len(judged.tiers) == 1):
            bound = objective if closed else (bounds or {}).get("all")
        told[tier] = {"objective": objective, "bound": bound, "gap": relative_gap(objective, bound)}
    return told
