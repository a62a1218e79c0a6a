"""verify: recomputes what a result claims, from the problem alone, in exact integers.

    siting.verify(problem, result)      objective, every rule, the bound, the status
    evaluate(problem, options)          one plan: objective, coverage, cost, rules, violations
    recompute_bound(problem, certificate)   one certificate's bound

Nothing here shares code with the engine, the models or the solvers: its independence is its worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import inf
from typing import Any, Literal

import numpy as np
from scipy.sparse import csr_array

from siting.notice import Notice
from siting.problem import TIERS, About, Action, Key, Objective, Problem, Rule, RuleKind
from siting.problem.solution import Certificate
from siting.verification.bound import recompute_bound
from siting.verification.certificate import CertificateError
from siting.verification.evaluation import (
    Evaluation,
    TargetCoverage,
    evaluate,
    useless_notes,
)
from siting.verification.fallback import plain_bound
from siting.verification.objectives import KNOWN, as_asked, is_cover, on_step, step_of, unit_of
from siting.verification.own_bound import own_bound
from siting.verification.rulebook import RuleUse
from siting.verification.tables import told_wrongly

__all__ = [
    "CertificateError",
    "Evaluation",
    "RuleUse",
    "TargetCoverage",
    "Verification",
    "evaluate",
    "plain_bound",
    "recompute_bound",
    "verify",
]

_CLOSE = Fraction(1, 10**12)
"""A claimed float may differ from the exact figure by this part of it."""
_CLOSE_SUM = Fraction(1, 10**9)
"""The same where a model's costs are floats."""


@dataclass(frozen=True)
class Verification:
    """What ``verify`` found; ``violations`` says in notices what is not as claimed."""

    ok: bool
    """No violations."""
    objective: float | None
    """Recomputed, in the model's unit; None without a plan."""
    bound: float | None
    """The best bound that could be recomputed without any solver, in the model's unit."""
    violations: tuple[Notice, ...]
    bound_proof: Literal["certificate", "solver"] | None = None
    """What stands behind the claimed bound: ``certificate`` when it was recomputed here."""
    notes: tuple[str, ...] = ()
    """Not wrong, but worth saying: outlets that gain nothing."""
    tier_bounds: dict[str, float] = field(default_factory=dict)
    """The same a tier, where tiers count one after the other."""
    evaluation: Evaluation | None = field(default=None, repr=False)
    """The plan, judged; None without one."""
    recomputed: Proven | None = field(default=None, repr=False)
    """The bounds, for another look at the same plan and certificates."""


def verify(
    problem: Problem,
    result: Any,
    *,
    thorough: bool = False,
    plain: bool = True,
    known: Verification | None = None,
) -> Verification:
    """Check a result (or a solver's solution) against the problem.

    Args:
        problem: what was solved; a ``p`` of the result's own objective is added here.
        plain: where no certificate proves a bound, tell the plainest (a pass over all pairs).
        thorough: where no certificate proves a bound, look for a good one of our own (max_cover;
            seconds to minutes) instead of telling the plainest.
        known: what was found before for the same plan and certificates: only what is claimed of
            them is looked at, without a pass over people.
        result: anything with ``options`` (positions, None = no plan), ``objective``, ``bound``,
            ``status``, ``certificates``; optionally ``spec`` (an Objective; default the
            problem's), ``tiers`` or ``tier_bounds``, ``bound_proof`` and ``plan``.

    Returns:
        Objective, bound and plan recomputed, and a sentence for everything that is not as claimed;
        nothing is raised for a wrong result.
    """
    spec: Objective = getattr(result, "spec", None) or problem.objective
    problem = with_p(problem, spec)
    violations: list[Notice] = []
    judged = None if known is None else known.evaluation
    evaluation = _plan(problem, spec, result, violations, judged)
    if known is not None and known.recomputed is not None:
        proven = known.recomputed
    else:
        proven = Proven.of(problem, spec, result, evaluation, violations, plain)
    if thorough and proven.certified is None:
        proven = proven.improved(problem, spec, evaluation)
    claimed = _number(result.bound, "judged.bound_number", violations)
    proof: Literal["certificate", "solver"] | None = None
    if claimed is not None:
        proof = "certificate" if proven.reaches(claimed) else "solver"
        if proof == "solver" and getattr(result, "bound_proof", None) == "certificate":
            told = (
                Notice("judged.by_nothing", claimed=float(claimed))
                if proven.certified is None
                else Notice(
                    "judged.by_certificate",
                    claimed=float(claimed),
                    proven=float(proven.certified),
                )
            )
            violations.append(told)
        _bound_against_plan(spec, claimed, evaluation, violations)
    if result.status == "optimal":
        _optimal(problem, spec, result, evaluation, claimed, violations)
    best = proven.best
    return Verification(
        ok=not violations,
        objective=None if evaluation is None else evaluation.objective,
        bound=None if best is None else float(best),
        violations=tuple(violations),
        bound_proof=proof,
        notes=() if evaluation is None else useless_notes(problem, evaluation),
        tier_bounds={tier: float(proven.by_tier[tier]) for tier in TIERS if tier in proven.by_tier},
        evaluation=evaluation,
        recomputed=proven,
    )


def with_p(problem: Problem, spec: Objective) -> Problem:
    """The problem with the objective's ``p`` as its last rule, once: a certificate prices it there.

    What opens is counted: neither what is done to outlets that stand nor vehicles and their stops.
    The order of the rules is that of ``Problem.under``.
    """
    stated = [int(rule.rhs[0]) for rule in problem.rules if rule.about.key == Key.P]
    if stated == ([] if spec.p is None else [spec.p]):
        return problem
    rules = tuple(rule for rule in problem.rules if rule.about.key != Key.P)
    if spec.p is not None:
        opens = problem.options.action == Action.OPEN.code
        row = csr_array(opens.astype(np.int64)[np.newaxis, :])
        limit = np.array([spec.p], np.int64)
        about = About(Key.P)
        rules += (Rule("p", RuleKind.MAX_OUTLETS, "<=", row, limit, unit="outlets", about=about),)
    return replace(problem, rules=rules)


# -- the plan --------------------------------------------------------------------------------


def _plan(
    problem: Problem,
    spec: Objective,
    result: Any,
    violations: list[Notice],
    judged: Evaluation | None,
) -> Evaluation | None:
    """Judge the plan, where that was not done before, and compare it with what is claimed."""
    if result.options is None:
        if result.status in ("optimal", "feasible"):
            violations.append(Notice("judged.without_plan", status=result.status))
        if result.status == "infeasible" and evaluate(problem, (), spec).feasible:
            violations.append(Notice("judged.empty_keeps"))
        return None
    if result.status in ("infeasible", "no_solution"):
        violations.append(Notice("judged.with_plan", status=result.status))
    given = np.asarray(result.options)
    if given.ndim != 1 or (given.size and not np.issubdtype(given.dtype, np.integer)):
        violations.append(Notice("judged.positions"))
        return None
    given = given.astype(np.int64)
    known = (given >= 0) & (given < problem.n_options)
    if not known.all():
        last, wrong = problem.n_options - 1, given[~known][0]
        violations.append(Notice("judged.options_range", last=last, given=wrong))
    if len(np.unique(given)) != len(given):
        violations.append(Notice("judged.twice"))
    evaluation = evaluate(problem, given[known], spec) if judged is None else judged
    violations.extend(evaluation.violations)
    claimed = _number(result.objective, "judged.objective_number", violations)
    if claimed is None:
        if result.objective is None:
            violations.append(Notice("judged.no_objective"))
    elif not _close(spec, claimed, evaluation.exact):
        violations.append(_other_objective("", claimed, evaluation.exact))
    for tier, line in _claimed_tiers(result).items():
        told = _number(line.get("objective"), "judged.objective_number", violations, tier)
        exact = evaluation.tiers.get(tier, Fraction(0))
        if told is not None and not _close(spec, told, exact):
            violations.append(_other_objective(tier, told, exact))
        if line.get("gap") is not None and not _is_gap(line):
            violations.append(Notice("judged.tier_gap", tier=tier, gap=str(line["gap"])))
    if getattr(result, "plan", None) is not None:
        violations.extend(told_wrongly(problem, result.plan, evaluation))
    return evaluation


def _is_gap(line: dict[str, Any]) -> bool:
    """Whether a tier's gap is |bound - objective| / |objective|; infinite where only that is 0."""
    try:
        objective, bound, gap = (float(line[name]) for name in ("objective", "bound", "gap"))
    except (KeyError, TypeError, ValueError):
        return False
    away = abs(bound - objective)
    right = away / abs(objective) if objective else (inf if away else 0.0)
    return gap == right or abs(gap - right) <= float(_CLOSE_SUM) * max(1.0, right)


def _other_objective(tier: str, claimed: Fraction, exact: Fraction) -> Notice:
    return Notice("judged.objective", tier=tier, claimed=float(claimed), exact=float(exact))


def _number(value: Any, key: str, violations: list[Notice], tier: str = "") -> Fraction | None:
    """A claimed figure, exactly as told.

    Args:
        key: of the notice for what is no figure.
        tier: whose figure it is; empty = of the whole.
    """
    if value is None:
        return None
    try:
        return Fraction(value.item() if isinstance(value, np.generic) else value)
    except (TypeError, ValueError, OverflowError):
        violations.append(Notice(key, tier=tier, value=repr(value)))
        return None


def _close(spec: Objective, told: Fraction, exact: Fraction) -> bool:
    part = _CLOSE_SUM if KNOWN[spec.model].walks else _CLOSE
    return abs(told - exact) <= part * abs(exact)


def _claimed_tiers(result: Any) -> dict[str, dict[str, Any]]:
    """``tiers`` of a Result, or ``tier_bounds`` of a Solution."""
    tiers = getattr(result, "tiers", None)
    if tiers:
        return dict(tiers)
    return {tier: {"bound": b} for tier, b in (getattr(result, "tier_bounds", None) or {}).items()}


# -- the bound -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proven:
    """What could be recomputed, in the model's unit."""

    maximise: bool
    certified: Fraction | None
    """By the certificates, of the whole objective."""
    plain: Fraction | None
    """Without any, where none proves the whole."""
    by_tier: dict[str, Fraction]

    @property
    def best(self) -> Fraction | None:
        known = [b for b in (self.certified, self.plain) if b is not None]
        if not known:
            return None
        return min(known) if self.maximise else max(known)

    def reaches(self, claimed: Fraction) -> bool:
        """Whether what was recomputed is at least as good as the claim."""
        if self.best is None:
            return False
        slack = _CLOSE * abs(claimed)
        return self.best <= claimed + slack if self.maximise else self.best >= claimed - slack

    def improved(self, problem: Problem, spec: Objective, evaluation: Evaluation | None) -> Proven:
        """The same with a bound of our own, tier by tier where tiers count."""
        counted = {target.tier for target in problem.targets if target.weight_micro > 0}
        tiers: list[str | None] = [None]
        if spec.order == "tiers" and len(counted) > 1:
            tiers = [tier for tier in TIERS if tier in counted]
        by_tier: dict[str, Fraction] = {}
        total = Fraction(0)
        unit = unit_of(problem, spec)
        for tier in tiers:
            held = None
            if tier is not None and tier != TIERS[0] and evaluation is not None:
                earlier = TIERS[: TIERS.index(tier)]
                reached = sum((evaluation.tiers.get(t, Fraction(0)) for t in earlier), Fraction(0))
                kept = reached * (1 - spec.tolerance) / unit
                held = -(-kept.numerator // kept.denominator) if evaluation.feasible else None
            units = own_bound(problem, spec, tier, held)
            if units is None:
                return self
            bound = on_step(spec, units * unit, step_of(problem, spec, tier))
            total += bound
            if tier is not None:
                by_tier[tier] = bound
        if by_tier:
            reached_by = {} if evaluation is None else evaluation.tiers
            total = sum(as_asked(spec, by_tier, reached_by).values(), Fraction(0))
        plain = total if self.plain is None else min(total, self.plain)
        both = {tier: min(bound, self.by_tier.get(tier, bound)) for tier, bound in by_tier.items()}
        return replace(self, plain=plain, by_tier=self.by_tier | both)

    @classmethod
    def of(
        cls,
        problem: Problem,
        spec: Objective,
        result: Any,
        evaluation: Evaluation | None,
        violations: list[Notice],
        tell_plain: bool,
    ) -> Proven:
        certificates = tuple(getattr(result, "certificates", ()) or ())
        whole: list[Fraction] = []
        by_tier: dict[str, Fraction] = {}
        # The first tier's first: what a later one may hold is told by it.
        for certificate in sorted(certificates, key=lambda one: one.held is not None):
            try:
                _may_hold(problem, spec, certificate, evaluation, by_tier)
                units = recompute_bound(problem, certificate, spec)
            except CertificateError as error:
                violations.append(error.notice)
                continue
            step = step_of(problem, spec, certificate.tier)
            bound = on_step(spec, units * unit_of(problem, spec), step)
            tier = certificate.tier
            if tier is None:
                whole.append(bound)
            else:
                by_tier[tier] = min(bound, by_tier.get(tier, bound))
        counted = {t.tier for t in problem.targets if t.weight_micro > 0}
        if whole and len(counted) == 1:
            tier = next(iter(counted))
            by_tier[tier] = min(*whole, by_tier.get(tier, whole[0]))
        if counted and all(tier in by_tier for tier in counted):
            known = {tier: by_tier[tier] for tier in counted}
            reached = {} if evaluation is None else evaluation.tiers
            whole.append(sum(as_asked(spec, known, reached).values(), Fraction(0)))
        # Passes over all pairs; hardly ever better than a certificate.
        plain = None
        if tell_plain and not whole:
            if is_cover(spec) and spec.order == "tiers" and len(counted) > 1:
                each = {tier: plain_bound(problem, spec, tier) for tier in counted}
                by_tier = {tier: min(each[tier], by_tier.get(tier, each[tier])) for tier in each}
                plain = sum(by_tier.values(), Fraction(0))
            else:
                plain = plain_bound(problem, spec)
        return cls(not KNOWN[spec.model].minimised, min(whole, default=None), plain, by_tier)


def _may_hold(
    problem: Problem,
    spec: Objective,
    certificate: Certificate,
    evaluation: Evaluation | None,
    bounds: Mapping[str, Fraction],
) -> None:
    """What a later tier's certificate holds, some plan must reach; with a tolerance no more than
    that asks for, or a plan that gives up more could gain more.

    Args:
        bounds: of the tiers before it, as far as they are known.
    """
    if certificate.held is None:
        return
    if not isinstance(certificate.held, int | np.integer):
        raise CertificateError(Notice("certificate.held", given=repr(certificate.held)))
    if evaluation is None:
        raise CertificateError(Notice("certificate.held_without_plan"))
    if certificate.tier not in TIERS:
        raise CertificateError(Notice("certificate.held_tier", tiers=TIERS))
    earlier = TIERS[: TIERS.index(certificate.tier)]
    reached = sum((evaluation.tiers.get(tier, Fraction(0)) for tier in earlier), Fraction(0))
    if not evaluation.feasible or int(certificate.held) * evaluation.unit > reached:
        raise CertificateError(
            Notice(
                "certificate.holds_more",
                held=float(certificate.held * evaluation.unit),
                tiers=" + ".join(earlier),
                reached=float(reached),
            )
        )
    if not spec.tolerance or any(
        tier in evaluation.tiers and tier not in bounds for tier in earlier
    ):
        return
    most = max(reached, sum((bounds.get(tier, Fraction(0)) for tier in earlier), Fraction(0)))
    kept = (1 - spec.tolerance) * most / evaluation.unit
    if int(certificate.held) > -(-kept.numerator // kept.denominator):
        raise CertificateError(
            Notice(
                "certificate.holds_given_up",
                held=float(certificate.held * evaluation.unit),
                tiers=" + ".join(earlier),
                kept=float(kept * evaluation.unit),
            )
        )


def _bound_against_plan(
    spec: Objective, claimed: Fraction, evaluation: Evaluation | None, violations: list[Notice]
) -> None:
    """A feasible plan refutes a bound that it beats."""
    if evaluation is None or not evaluation.feasible:
        return
    slack = _CLOSE_SUM * abs(evaluation.exact)
    beaten = (
        claimed < evaluation.exact - slack
        if not KNOWN[spec.model].minimised
        else claimed > evaluation.exact + slack
    )
    if beaten:
        reached = evaluation.objective
        violations.append(Notice("judged.refuted", claimed=float(claimed), reached=reached))


def _optimal(
    problem: Problem,
    spec: Objective,
    result: Any,
    evaluation: Evaluation | None,
    claimed: Fraction | None,
    violations: list[Notice],
) -> None:
    """``optimal`` needs a bound that, rounded to what is attainable, equals the objective."""
    if evaluation is None:
        return
    if claimed is None:
        violations.append(Notice("judged.optimal_without_bound"))
        return
    tiers = {
        tier: _number(line.get("bound"), "judged.bound_number", violations, tier)
        for tier, line in _claimed_tiers(result).items()
    }
    claims: list[tuple[Fraction, Fraction, str | None]] = [(claimed, evaluation.exact, None)]
    if is_cover(spec) and spec.order == "tiers":
        claims += [
            (bound, evaluation.tiers.get(tier, Fraction(0)), tier)
            for tier, bound in as_asked(
                spec, {t: b for t, b in tiers.items() if b is not None}, evaluation.tiers
            ).items()
        ]
    for bound, exact, tier in claims:
        # A float bound may stand a rounding error beyond the multiple that it means.
        slack = _CLOSE_SUM * max(abs(exact), abs(bound))
        outward = bound + slack if not KNOWN[spec.model].minimised else bound - slack
        inward = bound - slack if not KNOWN[spec.model].minimised else bound + slack
        step = step_of(problem, spec, tier)
        rounded = {on_step(spec, b, step) for b in (inward, bound, outward)}
        if exact not in rounded and not abs(bound - exact) <= slack:
            figures = {"bound": float(bound), "objective": float(exact)}
            violations.append(Notice("judged.not_optimal", tier=tier or "", **figures))
