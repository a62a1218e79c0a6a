"""From a Solution that claims to a Result that was verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import isclose
from typing import cast

from siting.errors import SolverError
from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import TIERS, Objective, Problem
from siting.problem.solution import Solution, Status
from siting.problem.tiers import ahead
from siting.progress import Stop
from siting.result import BoundProof, Result, relative_gap
from siting.result.accounting import basic_gap_left, closures, crowded, plan_of
from siting.result.tile_shares import tile_shares
from siting.verification.evaluation import Evaluation
from siting.verification.judge import Verification, verify
from siting.verification.objectives import as_asked, on_step, step_of

FLOAT = Fraction(1, 2**49)
"""Relative: how far the float that a bound is told as may be from the sum it stands for."""
WHOLE = ""
"""Key of the whole objective's bound, beside those of the tiers."""
SOLVER_PRECISION = Fraction(1, 10**6)
"""Relative, as outside solvers prove; only where the objective has no integer steps."""


def verified(problem: Problem, spec: Objective, solution: Solution, stop: Stop) -> Result:
    """The result of a run, every figure recomputed from the problem.

    Raises:
        SolverError: the plan breaks something, or beats a bound that was called proven.
    """
    stop()  # notes a limit that the method heeded without asking again
    found = solution.options is not None
    # Only the plan and the multipliers are looked at; what the method says of them is not.
    bare = replace(
        solution, status="feasible" if found else "no_solution", bound=None, tier_bounds={}
    )
    # What an outside solver proved to the end, no plain bound can better.
    by_solver = solution.status == "optimal" and solution.bound_proof == "solver"
    checked = verify(problem, bare, plain=not by_solver)
    judged = checked.evaluation
    if judged is not None and judged.violations:
        more = len(judged.violations) - 1
        first = judged.violations[0]
        raise SolverError(Notice("fault.refused_plan", first=first, more=str(more or "")))
    if judged is None and solution.status == "infeasible":
        return Result(
            "infeasible",
            None,
            None,
            None,
            None,
            spec,
            "",
            notes=solution.notes,
            timings={**solution.timings, "total": stop.seconds},
            statistics=solution.statistics,
        )
    bounds, proof = proven(checked, solution, spec)
    refused: tuple[Notice, ...] = ()
    if judged is not None and _beaten(problem, judged, bounds):
        # A plan is real: a bound that it beats was rounded away, and ours stands in its place.
        refused = (Notice("run.bound_refused", bound=bounds[WHOLE], value=judged.objective),)
        if proof == "certificate":
            solution, bare = replace(solution, certificates=()), replace(bare, certificates=())
        ours = replace(solution, bound=None, bound_proof="certificate", tier_bounds={})
        checked = verify(problem, bare)
        bounds, proof = proven(checked, ours, spec)
        if _beaten(problem, judged, bounds):
            bounds, proof = {}, None
    bound, status = bounds.get(WHOLE), "no_solution"
    if judged is not None:
        bound = None if bound is None else attainable(problem, judged, bound)
        status = "optimal" if bound == judged.objective else "feasible"
    objective = None if judged is None else judged.objective
    gap = relative_gap(objective, bound)
    tiers = {}
    if judged is not None:
        known = {**bounds, WHOLE: bound}
        tiers = _tiers(judged, known, status == "optimal")
    limit = None if status == "optimal" else solution.limit or stop.reached
    if status == "feasible" and limit is None and gap is not None and gap <= stop.gap:
        limit = "gap"
    if limit is None and status != "optimal" and stop.seconds_left <= 0.1 * (stop.time_limit or 0):
        limit = "time"  # a method that plans its stages by the clock ends a little before it
    if limit is None and status == "feasible":
        # Called optimal and not closed: at the gap of a solver's precision. Otherwise the method
        # came to its own end without a proof.
        limit = "gap" if solution.status == "optimal" else "work"
    result = Result(
        cast(Status, status),
        limit,
        objective,
        bound,
        None if judged is None else plan_of(problem, judged),
        spec,
        "",
        bound_proof=proof,
        certificates=solution.certificates,
        certified_bound=checked.bound,
        certified_tiers=dict(checked.tier_bounds),
        tiles=tile_shares(problem, solution.certificates),
        tiers=tiers,
        warnings=(*checked.notes, *_cautions(problem, judged)),
        notes=(*solution.notes, *refused),
        timings={**solution.timings, "total": stop.seconds},
        statistics=solution.statistics,
    )
    return _whole(problem, result, checked)


def _whole(problem: Problem, result: Result, checked: Verification) -> Result:
    """The result, once all that it claims was held against what was recomputed. A claim that does
    not stand is a fault of ours: it is told, the plan is kept, and no more is claimed of it than
    the judge found."""
    wrong = verify(problem, result, known=checked).violations
    if not wrong:
        return result
    told = Notice("run.claim_refused", first=wrong[0], more=str(len(wrong) - 1 or ""))
    found = result.plan is not None
    return replace(
        result,
        status="feasible" if found else "no_solution",
        limit=result.limit or "work",
        bound=checked.bound,
        bound_proof=None if checked.bound is None else "certificate",
        tiers={
            tier: {
                **line,
                "bound": (bound := checked.tier_bounds.get(tier)),
                "gap": relative_gap(line["objective"], bound),
            }
            for tier, line in result.tiers.items()
        },
        warnings=(*result.warnings, told),
    )


def better(one: Evaluation, other: Evaluation, objective: Objective) -> bool:
    """Whether the one is the better plan: tier by tier where tiers come one after the other, else
    by the objective."""
    if objective.order == "tiers" and one.tiers:
        mine, theirs = (tuple(e.tiers[t] for t in TIERS if t in e.tiers) for e in (one, other))
        return ahead(objective, mine, theirs)
    minimised = traits_of(objective.model).minimised
    return one.exact < other.exact if minimised else one.exact > other.exact


def _cautions(problem: Problem, judged: Evaluation | None) -> tuple[str, ...]:
    if judged is None:
        return ()
    warnings = [closures(problem, judged.options)]
    if traits_of(judged.spec.model).counts == "reach":
        warnings += [basic_gap_left(problem, judged), *crowded(problem, judged)]
    return tuple(warning for warning in warnings if warning is not None)


def proven(
    checked: Verification, solution: Solution, spec: Objective
) -> tuple[dict[str, float], BoundProof | None]:
    """The tightest bounds that stand, of the ``WHOLE`` and of each tier, and what stands behind
    them: of each the least that anybody proved, and of the whole no more than the tiers' sum.

    Multipliers count for what was recomputed from them; an outside solver is taken at its word,
    also where it closed one tier and multipliers bound the other. Its word stands behind the bounds
    where one of them is better by it.
    """
    least = max if traits_of(spec.model).minimised else min
    recomputed: dict[str, float] = dict(checked.tier_bounds)
    if checked.bound is not None:
        recomputed[WHOLE] = checked.bound
    told: dict[str, float] = {}
    if solution.bound_proof == "solver" or not solution.certificates:
        told = dict(solution.tier_bounds)
        if solution.bound is not None:
            told[WHOLE] = solution.bound
    best = {
        name: least(known[name] for known in (recomputed, told) if name in known)
        for name in {**recomputed, **told}
    }
    tiers = () if checked.evaluation is None else tuple(checked.evaluation.tiers)
    if tiers and all(tier in best for tier in tiers):
        assert checked.evaluation is not None
        known = {tier: Fraction(best[tier]) for tier in tiers}
        asked = as_asked(spec, known, checked.evaluation.tiers)
        total = float(sum(asked.values(), Fraction(0)))
        if WHOLE not in best or not isclose(total, best[WHOLE], rel_tol=float(FLOAT)):
            best[WHOLE] = least(total, best.get(WHOLE, total))
    if WHOLE not in best:
        return {}, None
    return best, "certificate" if best == recomputed else "solver"


def _beaten(problem: Problem, judged: Evaluation, bounds: Mapping[str, float]) -> bool:
    """Whether the plan is better than a bound of the whole allows."""
    if WHOLE not in bounds:
        return False
    try:
        attainable(problem, judged, bounds[WHOLE])
    except SolverError:
        return True
    return False


def attainable(problem: Problem, judged: Evaluation, bound: float) -> float:
    """The bound rounded to what an objective can be; the objective itself where it is met.

    Raises:
        SolverError: the plan is better than the bound allows.
    """
    traits = traits_of(judged.spec.model)
    minimised, step = traits.minimised, step_of(problem, judged.spec)
    if step is None or traits.walks:
        # Sums of unrounded distances have no steps: within a solver's precision is met.
        slack = SOLVER_PRECISION * max(Fraction(1), abs(judged.exact))
        rounded = Fraction(bound)
    else:
        steps = Fraction(bound) / step
        # A float of a whole number of steps may lie a hair on the wrong side of it.
        hair = Fraction(1, 10**6) + abs(steps) * FLOAT
        rounded = on_step(judged.spec, step * (steps - hair if minimised else steps + hair), step)
        # Where steps are finer than floats are told, two that are told alike are met.
        slack = max(step / 2, 4 * FLOAT * abs(judged.exact))
    if abs(rounded - judged.exact) <= slack:
        return judged.objective
    if (rounded > judged.exact) == minimised:
        raise SolverError(Notice("fault.bound_beaten", objective=judged.objective, bound=bound))
    return float(rounded)


def _tiers(
    judged: Evaluation, bounds: Mapping[str, float | None], closed: bool
) -> dict[str, dict[str, float | None]]:
    """Objective, bound and gap a tier, of plans that compare tier by tier."""
    if judged.spec.order != "tiers":
        return {}
    alone = len(judged.tiers) == 1
    told: dict[str, dict[str, float | None]] = {}
    for tier, exact in judged.tiers.items():
        objective = float(exact)
        given_up = judged.spec.tolerance and tier != max(judged.tiers, key=TIERS.index)
        bound = bounds.get(WHOLE if alone else tier)
        bound = objective if closed and not given_up else bound
        told[tier] = {"objective": objective, "bound": bound, "gap": relative_gap(objective, bound)}
    return told
