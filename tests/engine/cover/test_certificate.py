"""Multipliers become integers: valid whatever they are, and worth what the bound says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.cover.bound import PrimalDual
from siting.engine.cover.certificate import FULL, certify
from siting.engine.cover.duals import Duals
from siting.engine.shared.instance import Instance
from siting.engine.shared.rows import Rows
from siting.engine.shared.stage import Stage, held_row, min_coverage_rows
from siting.engine.shared.threads import ThreadPool
from siting.problem import Objective, Problem
from siting.verification.bound import recompute_bound
from tests.tools.brute import Truth, brute_best
from tests.tools.depth import examples
from tests.tools.engine_draws import packed
from tests.tools.engine_town import town
from tests.tools.problems import FAMILIES, problems

SUPPORTED = FAMILIES - {"capacity", "tiers", "min_coverage"}
WEIGHTED = Objective(order="weighted")


def whole(problem: Problem) -> Stage:
    """All targets at once."""
    return Stage(
        problem, np.ones(problem.n_targets, np.bool_), cover_rows=min_coverage_rows(problem)
    )


def any_duals(problem: Problem, stage: Stage, seed: int) -> tuple[Duals, tuple[Instance, Rows]]:
    """Multipliers at random: the bound they have is not known."""
    instance, rows = packed(problem)
    rng = np.random.default_rng(seed)
    u = rng.random((instance.n_points, instance.n_targets)).astype(np.float32)
    theta = rng.uniform(0, 5, len(rows)) * 10.0 ** rng.integers(-3, 6)
    theta[rows.local] = 0
    phi = rng.uniform(0, 3, len(stage.cover_rows))
    return Duals(np.nan, u, theta, phi, np.zeros(0)), (instance, rows)


def bounds_every_plan(problem: Problem, seed: int) -> None:
    """Certify multipliers drawn at random, and hold what they prove against the best plan."""
    problem = problem.replace(objective=WEIGHTED)
    stage = whole(problem)
    duals, held = any_duals(problem, stage, seed)
    certificate = certify(*held, duals, stage)
    truth = brute_best(problem)
    if truth.objective is not None:
        assert recompute_bound(problem, certificate) >= truth.objective


@examples(60)
@given(problems(among=SUPPORTED), st.integers(0, 2**32 - 1))
def test_any_multipliers_make_a_valid_certificate(problem: Problem, seed: int) -> None:
    """Whatever u, θ and φ the engine ends with, no plan is worth more than the recomputed bound."""
    bounds_every_plan(problem, seed)


@examples(30)
@given(problems({"min_coverage", "budget"}), st.integers(0, 2**32 - 1))
def test_priced_minima_bound_plans_that_keep_them(problem: Problem, seed: int) -> None:
    """Minimum coverages at any price: valid for every plan that keeps them."""
    bounds_every_plan(problem, seed)


@examples(30)
@given(problems({"tiers", "budget"}), st.integers(0, 2**32 - 1))
def test_a_held_tier_bounds_plans_that_reach_it(problem: Problem, seed: int) -> None:
    """The quality formats of any plan whose basic ones reach what is held stay below the bound."""
    problem = problem.replace(objective=Objective(order="tiers"))
    basic = np.array([t.tier == "basic" for t in problem.targets])
    if basic.all():
        return
    truth = Truth(problem, problem.objective)
    plans = truth.feasible_plans()
    scores = [truth.score(plan, hope) for plan, hope in zip(plans, truth.hopes(plans), strict=True)]
    reached = sorted({int(score[0]) for score in scores if score is not None})
    held = reached[seed % len(reached)]
    stage = Stage(problem, ~basic, "quality", held, (held_row(problem, basic, held),))
    duals, at = any_duals(problem, stage, seed)
    bound = recompute_bound(problem, certify(*at, duals, stage))
    for score in scores:
        assert score is None or score[0] < held or score[1] <= bound


def test_rounding_costs_next_to_nothing() -> None:
    """What verify recomputes is the engine's own bound to a hundred-thousandth part: u in 65,535
    steps, θ in parts of a large power of two."""
    for seed in range(3):
        problem = town(seed=seed)
        instance, rows = packed(problem)
        stage = whole(problem)
        with ThreadPool(1) as pool:
            dual = PrimalDual(instance, rows, pool, stage)
            for _ in range(5):
                dual.run(20)
        assert dual.best is not None
        certificate = certify(instance, rows, dual.best, stage)
        found = recompute_bound(problem, certificate)
        assert abs(found - dual.best.value) <= 1e-5 * dual.best.value


def test_people_whom_nobody_reaches_cost_nothing() -> None:
    """Their whole value is left to the sites, which cannot collect it."""
    problem = town(n_sites=3)
    instance, rows = packed(problem)
    stage = whole(problem)
    duals, _ = any_duals(problem, stage, 1)
    certificate = certify(instance, rows, duals, stage)
    out = instance.pattern < 0
    assert out.any()
    assert (certificate.u[out] == FULL).all()
    emptied = problem.replace(persons=np.where(out, 0, problem.persons))
    assert recompute_bound(problem, certificate) == recompute_bound(emptied, certificate)


@examples(40)
@given(problems(among=SUPPORTED), st.integers(0, 2**32 - 1))
def test_all_sums_stay_in_62_bits(problem: Problem, seed: int) -> None:
    """The people's value and every price in the certificate's parts of a unit."""
    stage = whole(problem)
    duals, held = any_duals(problem, stage, seed)
    certificate = certify(*held, duals, stage)
    scale = int(certificate.theta_scale)
    assert scale & (scale - 1) == 0
    assert int(problem.value.sum()) * scale < 2**62
    for theta in certificate.theta:
        assert all(0 <= int(price) < 2**62 for price in theta)


@examples(20)
@given(
    problems(among=(FAMILIES - {"capacity", "tiers"})),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1e9, 1e19, 1e80, 1e300, np.inf]),
)
def test_prices_of_any_size_become_a_certificate(problem: Problem, seed: int, size: float) -> None:
    """A row that nothing keeps has prices without end: what fits of them still proves a bound that
    no plan beats, and none is lost to a number too large."""
    problem = problem.replace(objective=WEIGHTED)
    stage = whole(problem)
    duals, held = any_duals(problem, stage, seed)
    with np.errstate(invalid="ignore"):  # nothing times infinity
        wild = replace(duals, theta=duals.theta * size, phi=duals.phi * size)
    certificate = certify(*held, wild, stage)
    truth = brute_best(problem)
    if truth.objective is not None:
        assert recompute_bound(problem, certificate) >= truth.objective
