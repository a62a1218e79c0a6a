"""verify believes what is true and refuses what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from siting.problem import Objective, Problem, Rule, RuleKind
from siting.problem.solution import Certificate, Solution
from siting.verification.judge import evaluate, verify, with_p
from tests.tools.brute import MINIMISED, brute_best
from tests.tools.certificates import FULL, random_certificate
from tests.tools.depth import examples
from tests.tools.problems import problems
from tests.verification.test_evaluation import MODELS

SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Claim:
    """What a Result carries, as far as verify looks at it."""

    options: Any
    objective: float | None
    bound: float | None = None
    status: str = "feasible"
    certificates: tuple[Certificate, ...] = ()
    spec: Objective | None = None
    tiers: dict[str, dict[str, float | None]] | None = None
    bound_proof: str | None = None
    plan: Any = None


def honest(problem: Problem, spec: Objective) -> Claim | None:
    """The optimum as a solver would claim it; None when there is no plan."""
    best = brute_best(problem, spec)
    if best.options is None:
        return None
    value = evaluate(problem, best.options, spec).objective
    return Claim(best.options, value, value, "optimal", spec=spec)


@pytest.mark.parametrize("spec", (Objective(), *MODELS), ids=lambda s: f"{s.model}-{s.times}")
def test_an_optimum_is_believed_and_its_tampered_forms_are_not(spec: Objective) -> None:
    """Optimal claims hold on every model; a false objective, bound or status never does."""

    @examples(25)
    @given(problems(without={"capacity"}))
    def check(problem: Problem) -> None:
        claim = honest(problem, spec)
        if claim is None:
            return
        found = verify(problem, claim)
        assert found.ok, found.violations
        assert found.objective == claim.objective
        assert claim.objective is not None
        better = -1.0 if spec.model in MINIMISED else 1.0
        lie = claim.objective + better
        for told in (
            replace(claim, objective=lie),
            replace(claim, bound=claim.objective - better),
            replace(claim, bound=None),
            replace(claim, bound=claim.objective + 1000 * better),
            replace(claim, options=None),
            replace(claim, status="infeasible"),
            replace(claim, objective=float("nan")),
            replace(claim, objective=None),
        ):
            assert not verify(problem, told).ok

    check()


@examples(60)
@given(problems(), SEEDS)
def test_any_broken_rule_is_named(problem: Problem, seed: int) -> None:
    """A plan that enumeration calls infeasible is refused in sentences, others are believed."""
    from tests.tools.brute import feasible_plans

    rng = np.random.default_rng(seed)
    plan = (rng.random(problem.n_options) < rng.random()).astype(np.int64)
    options = np.flatnonzero(plan)
    judged = evaluate(problem, options)
    found = verify(problem, Claim(options, judged.objective))
    assert found.ok == (not judged.violations)
    if not problem.respect_capacity:
        allowed = {tuple(p) for p in feasible_plans(problem).tolist()}
        assert found.ok == (tuple(plan.tolist()) in allowed)
    assert all(len(sentence) > 10 for sentence in found.violations)


def median() -> tuple[Problem, Claim]:
    """Three people points, two sites, one of which covers two points."""
    problem = Problem.from_points(
        np.array([[0.0, 0.0], [1.0, 0.0], [9.0, 0.0]]),
        np.array([[0.0, 0.0], [9.0, 0.0]]),
        [3, 4, 5],
        radius=2,
    ).replace(p=1)
    u = np.full((3, 1), FULL, np.uint16)
    price = np.array([7 * problem.person_units * 1024])
    proof = Certificate(u, (price,), 1024)
    return problem, Claim(np.array([0]), 7.0, 7.0, "optimal", (proof,), bound_proof="certificate")


def test_a_certificate_proves_an_optimum() -> None:
    """Objective, bound and proof come out as claimed."""
    problem, claim = median()
    found = verify(problem, claim)
    assert found.ok, found.violations
    assert (found.objective, found.bound, found.bound_proof) == (7.0, 7.0, "certificate")


def test_a_solvers_bound_is_told_apart() -> None:
    """Without a certificate the claim rests on the solver, and the plain bound stands beside it."""
    problem, claim = median()
    found = verify(problem, replace(claim, certificates=(), bound_proof="solver"))
    assert found.ok
    assert found.bound_proof == "solver"
    assert found.bound == 12.0  # everybody in reach of some site


TAMPERED: dict[str, dict[str, Any]] = {
    "objective: 8 is claimed; it is 7": {"objective": 8.0},
    "bound: must be a finite number": {"bound": float("inf")},
    "options must lie in 0..1; got 5": {"options": np.array([0, 5])},
    "an option is listed twice": {"options": np.array([0, 0])},
    "options must be a list of whole positions": {"options": np.array([0.5])},
    "rule p: must use at most 1 outlets; the plan uses 2": {"options": np.array([0, 1])},
    "bound: 6 is claimed, but the plan reaches 7": {"bound": 6.0},
    "is claimed by certificate; it proves": {"bound": 7.0, "certificates": ()},
    "status: optimal is claimed, but the bound 9": {"bound": 9.0},
    "status: optimal is claimed without a bound": {"bound": None},
    "status: optimal is claimed without a plan": {"options": None, "objective": None},
    "status: infeasible is claimed, but there is a plan": {"status": "infeasible"},
    "objective of tier basic: 6 is claimed; it is 7": {"tiers": {"basic": {"objective": 6.0}}},
    "the bound of tier basic 9 leaves room": {"tiers": {"basic": {"objective": 7.0, "bound": 9.0}}},
}


@pytest.mark.parametrize("sentence", TAMPERED)
def test_each_tampering_is_named(sentence: str) -> None:
    """One claim changed at a time; the sentence says which."""
    problem, claim = median()
    found = verify(problem, replace(claim, **TAMPERED[sentence]))
    assert not found.ok
    assert any(sentence in told for told in found.violations), found.violations


def test_a_forged_certificate_is_refused_and_its_bound_unproven() -> None:
    """Negative prices would "prove" anything."""
    problem, claim = median()
    forged = replace(claim.certificates[0], theta=(np.array([-1]),))
    found = verify(problem, replace(claim, certificates=(forged,)))
    assert not found.ok
    assert found.bound == 12.0
    assert any("must be >= 0" in told for told in found.violations)


def test_plan_tables_are_compared() -> None:
    """Coverage and rows that a stored plan tells are held against the recomputed ones."""
    problem, claim = median()

    @dataclass
    class Told:
        coverage: Mapping[str, Any]
        table: Any

    judged = evaluate(problem, claim.options)
    table = {"cost": [0], "area_m2": [0], "newly_covered": [7.0]}

    class Table(dict[str, Any]):
        def __len__(self) -> int:
            return 1

    right = Told(judged.coverage, Table(table))
    assert verify(problem, replace(claim, plan=right)).ok
    wrong = Told(judged.coverage, Table(table | {"newly_covered": [8.0]}))
    assert any("newly_covered" in v for v in verify(problem, replace(claim, plan=wrong)).violations)
    more = {"outlet": {"all": {"people": 12.0, "before": 0.0, "after": 8.0}}}
    found = verify(problem, replace(claim, plan=Told(more, Table(table))))
    assert any("after: 8.0 is told; it is 7.0" in v for v in found.violations)


def test_rules_of_one_name_are_told_one_after_the_other() -> None:
    """Each line is held against its own rule, not against the last of that name."""
    problem, claim = median()
    claim = replace(claim, status="feasible", bound=None, bound_proof=None, certificates=())
    row = csr_array(np.ones((1, problem.n_options), np.int64))
    twins = tuple(Rule("limit", RuleKind.MAX_OUTLETS, "<=", row, np.array([n])) for n in (2, 3))
    problem = problem.replace(rules=(*problem.rules, *twins))
    lines = tuple(
        {"name": use.name, "limit": use.limit, "used": use.used}
        for use in evaluate(problem, claim.options).rules
    )

    @dataclass
    class Told:
        coverage: Mapping[str, Any]
        rules: tuple[dict[str, Any], ...]

    people = evaluate(problem, claim.options).coverage
    assert verify(problem, replace(claim, plan=Told(people, lines))).ok
    for at in (-2, -1):
        wrong = list(lines)
        wrong[at] = wrong[at] | {"used": 0}
        found = verify(problem, replace(claim, plan=Told(people, tuple(wrong))))
        assert found.violations == ("rule limit: used 0 is told; it is 1",)


@examples(40)
@given(problems(among={"budget", "floor", "existing", "weights", "tiers", "counts"}), SEEDS)
def test_tier_certificates_add_up(problem: Problem, seed: int) -> None:
    """A certificate a tier bounds each tier and, in sum, the whole; what it holds must be true."""
    rng = np.random.default_rng(seed)
    problem = problem.replace(objective=Objective(order="tiers"))
    best = brute_best(problem)
    if best.options is None or len({t.tier for t in problem.targets}) < 2:
        return
    judged = evaluate(problem, best.options)
    held = int(best.tiers["basic"])
    proofs = (
        random_certificate(problem, rng, "basic"),
        random_certificate(problem, rng, "quality", held),
    )
    claim = Solution("feasible", best.options, judged.objective, None, certificates=proofs)
    found = verify(problem, claim)
    assert found.ok, found.violations
    assert found.bound is not None
    assert found.bound >= judged.objective
    for tier, bound in found.tier_bounds.items():
        assert bound >= float(judged.tiers[tier])
    too_much = replace(proofs[1], held=held + 1)
    refused = verify(problem, replace(claim, certificates=(proofs[0], too_much)))
    assert any("holds" in told for told in refused.violations)


def test_p_is_a_rule_of_the_result_alone() -> None:
    """A result solved with its own p is judged with it, priced as the last rule."""
    problem, claim = median()
    free = problem.replace(p=None)
    spec = Objective(p=1)
    assert [rule.name for rule in with_p(free, spec).rules] == ["p"]
    assert verify(free, replace(claim, spec=spec)).ok
    assert not verify(free, replace(claim, spec=spec, options=np.array([0, 1]), objective=12.0)).ok


def test_a_bound_without_a_plan_is_checked_too() -> None:
    """A run that found no plan may still prove a bound."""
    problem, claim = median()
    found = verify(problem, replace(claim, options=None, objective=None, status="no_solution"))
    assert found.ok, found.violations
    assert (found.objective, found.bound, found.bound_proof) == (None, 7.0, "certificate")


def test_useless_outlets_are_noted() -> None:
    """An outlet that gains nothing and that no rule needs is told, not refused."""
    _, claim = median()
    twin = Problem.from_points(
        np.array([[0.0, 0.0]]), np.array([[0.0, 0.0], [0.5, 0.0]]), [3], radius=2
    )
    found = verify(
        twin,
        replace(
            claim,
            options=np.array([0, 1]),
            objective=3.0,
            bound=None,
            certificates=(),
            status="feasible",
            bound_proof=None,
        ),
    )
    assert found.ok
    assert found.notes == ("outlet at site 1 gains nothing and no rule needs it",)


def test_fractions_of_a_share_are_exact() -> None:
    """Covering exactly the share is enough, whatever floats say."""
    problem, claim = median()
    spec = Objective("partial_cover", share=Fraction(7, 12))
    free = problem.replace(p=None)
    claim = replace(
        claim, spec=spec, objective=1.0, bound=1.0, certificates=(), bound_proof="solver"
    )
    assert verify(free, claim).ok
    more = replace(claim, spec=replace(spec, share=Fraction(8, 12)))
    assert not verify(free, more).ok
