"""Bounds from certificates: valid whatever the multipliers, exactly those of the docstring."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.problem import Objective, Problem
from siting.problem.solution import Certificate, Cliques
from siting.verification.bound import recompute_bound
from siting.verification.certificate import CertificateError
from tests.tools.brute import Truth, brute_best, feasible_plans
from tests.tools.certificates import FULL, random_certificate
from tests.tools.depth import examples
from tests.tools.problems import FAMILIES, problems

SEEDS = st.integers(0, 2**32 - 1)


def valid(problem: Problem, spec: Objective, seed: int) -> None:
    """No certificate proves less than the optimum, of the sum and of each tier."""
    rng = np.random.default_rng(seed)
    best = brute_best(problem, spec)
    if best.objective is None:
        return
    summed = brute_best(problem, replace(spec, order="weighted"))
    assert summed.objective is not None
    # Who is served when capacity is short follows the order, so its sum is the order's own.
    most = best if problem.respect_capacity else summed
    assert most.objective is not None
    for _ in range(3):
        certificate = random_certificate(problem, rng)
        assert recompute_bound(problem, certificate, spec) >= most.objective
        if spec.order == "tiers":
            basic = random_certificate(problem, rng, "basic")
            assert recompute_bound(problem, basic, spec) >= best.tiers["basic"]
            if spec.model == "complete_circle":
                continue
            held = int(best.tiers["basic"])
            later = random_certificate(problem, rng, "quality", held)
            assert recompute_bound(problem, later, spec) >= best.tiers["quality"]


@examples(80)
@given(problems(), SEEDS)
def test_any_multipliers_bound_the_optimum(problem: Problem, seed: int) -> None:
    """Bound >= brute-force optimum for every u, θ, φ, clique price and held price."""
    valid(problem, problem.objective, seed)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_any_multipliers_bound_the_optimum_of_each_family(family: str) -> None:
    """The same for each family of rules by itself."""

    @examples(15)
    @given(problems({family}), SEEDS)
    def check(problem: Problem, seed: int) -> None:
        valid(problem, problem.objective, seed)

    check()


@examples(60)
@given(problems(among={"capacity", "existing", "min_coverage", "tiers", "weights"}), SEEDS)
def test_any_multipliers_bound_what_can_be_served(problem: Problem, seed: int) -> None:
    """Bound >= optimum where outlets have capacities, existing ones too."""
    valid(problem.replace(respect_capacity=True), problem.objective, seed)


@examples(60)
@given(problems(without={"capacity"}), SEEDS)
def test_any_multipliers_bound_complete_circles(problem: Problem, seed: int) -> None:
    """Bound >= optimum for complete circles."""
    valid(problem, replace(problem.objective, model="complete_circle"), seed)


# -- the docstring, literally ----------------------------------------------------------------


def by_the_docstring(problem: Problem, certificate: Certificate) -> int | None:
    """The bound in 1/D units, every site by enumeration; no capacity, no circle.

    None where some site has no plan of its own: there is no plan at all, and nothing to bound.
    """
    truth, D = Truth(problem, problem.objective), certificate.theta_scale
    phi = [p for row in certificate.phi for p in row] or [0] * len(truth.needs())
    W = np.zeros((problem.n_targets, problem.n_points), object)
    total = 0
    for t, target in enumerate(problem.targets):
        rate = 0
        if certificate.tier in (None, target.tier):
            rate = D
        elif certificate.held is not None and target.tier == "basic":
            rate = certificate.held_price
        for i in range(problem.n_points):
            if truth.today[t, i] == 0:
                W[t, i] = rate * int(truth.value[t, i])
                for (at, inside, _), price in zip(truth.needs(), phi, strict=True):
                    W[t, i] += int(price) * int(truth.persons[t, i]) * bool(t in at and inside[i])
    pi = W * certificate.u.T.astype(object) // FULL
    total += int((W - pi).sum())
    for (at, inside, need), price in zip(truth.needs(), phi, strict=True):
        before = sum(int(truth.persons[t][inside & (truth.today[t] > 0)].sum()) for t in at)
        total -= int(price) * (need - before)
    total -= certificate.held_price * int(certificate.held or 0)
    profit = [
        sum(
            int(pi[t, i])
            for t in range(problem.n_targets)
            for i in np.flatnonzero(np.isfinite(truth.option_cost[t, o]))
        )
        for o in range(problem.n_options)
    ]
    opening = np.zeros(problem.n_sites * problem.n_phases, object)
    for rule, theta in zip(problem.rules, certificate.theta, strict=True):
        sign = 1 if rule.sense == "<=" else -1
        prices = sign * theta.astype(object)
        total += int(prices @ rule.rhs.astype(object))
        each = prices @ rule.options.toarray().astype(object)
        profit = [p - int(q) for p, q in zip(profit, each, strict=True)]
        if rule.openings is not None:
            opening = opening + prices @ rule.openings.toarray().astype(object)
    if certificate.cliques is not None:
        cliques = certificate.cliques
        for k, price in enumerate(cliques.theta.tolist()):
            total += price
            for o in cliques.option[cliques.start[k] : cliques.start[k + 1]]:
                profit[o] -= price
    for site in range(problem.n_sites):
        best = best_of_site(problem, truth, site, profit, opening)
        if best is None:
            return None
        total += best
    return total


def best_of_site(
    problem: Problem, truth: Truth, site: int, profit: list[int], opening: Any
) -> int | None:
    """max over plans of the site's own problem, by enumeration; None where it has no plan."""
    o = problem.options
    mine = np.flatnonzero(o.site == site).tolist()
    best = None
    for picks in product((0, 1), repeat=len(mine)):
        chosen = [k for k, taken in zip(mine, picks, strict=True) if taken]
        if sum(int(o.area[k]) for k in chosen) > problem.site_area[site]:
            continue
        pairs = [(a, b) for a in chosen for b in chosen if a < b]
        if any(o.format[a] == o.format[b] or truth.too_close(a, b) for a, b in pairs):
            continue
        if not own_rows_kept(problem, site, chosen):
            continue
        value = sum(profit[k] for k in chosen)
        if chosen:
            value -= int(opening[site * problem.n_phases + int(o.phase[chosen].min())])
        best = value if best is None else max(best, value)
    return best


def own_rows_kept(problem: Problem, site: int, chosen: list[int]) -> bool:
    """Rows that touch this site only (and no opening cost)."""
    x = np.zeros(problem.n_options, np.int64)
    x[chosen] = 1
    for rule in problem.rules:
        dense = rule.options.toarray()
        for r in range(rule.n_rows):
            touched = set(problem.options.site[np.flatnonzero(dense[r])].tolist())
            opens = rule.openings is not None and rule.openings.toarray()[r].any()
            if touched == {site} and not opens:
                used = int(dense[r] @ x)
                if used > rule.rhs[r] if rule.sense == "<=" else used < rule.rhs[r]:
                    return False
    return True


@examples(60)
@given(problems(without={"capacity", "floor", "forbid", "require"}), SEEDS)
def test_bound_is_the_docstrings(problem: Problem, seed: int) -> None:
    """The recomputed bound is the docstring's formula to the last unit; the formula is empty only
    where no plan keeps the rules."""
    certificate = random_certificate(problem, np.random.default_rng(seed))
    expected = by_the_docstring(problem, certificate)
    if expected is None:
        assert not len(feasible_plans(problem))
        return
    assert recompute_bound(problem, certificate) == expected // certificate.theta_scale


@examples(40)
@given(problems(among={"floor", "sizes", "budget", "opening", "tiers"}), SEEDS)
def test_floors_are_solved_exactly(problem: Problem, seed: int) -> None:
    """With floors, sizes, opening prices and tiers too."""
    rng = np.random.default_rng(seed)
    certificate = random_certificate(problem, rng, "quality", 5_000)
    problem = problem.replace(objective=Objective(order="tiers"))
    expected = by_the_docstring(problem, certificate)
    assert expected is not None
    assert recompute_bound(problem, certificate) == expected // certificate.theta_scale


@examples(30)
@given(problems(among={"floor", "sizes", "budget", "tiers", "existing"}), SEEDS)
def test_numbers_beyond_64_bits_stay_valid_and_sharp(problem: Problem, seed: int) -> None:
    """Sums beyond 2**62: the bound is valid and within 2**-30 of the exact one."""
    big = problem.replace(persons=problem.persons * 3 * 10**8)
    certificate = random_certificate(big, np.random.default_rng(seed), scale=2**14)
    exact = by_the_docstring(big, certificate)
    assert exact is not None
    bound = recompute_bound(big, certificate)
    assert exact // 2**14 <= bound <= (exact + abs(exact) // 2**30) // 2**14 + 1


# -- forgeries -------------------------------------------------------------------------------


def small() -> tuple[Problem, Certificate]:
    """A problem of two options near each other, with a proper certificate."""
    from scipy.sparse import csr_array

    from siting.problem import Spacing

    problem = Problem.from_points(
        np.array([[0.0, 0.0], [5.0, 0.0]]), np.array([[0.0, 0.0], [5.0, 0.0]]), [3, 4], radius=1
    ).replace(p=1)
    near = csr_array(np.array([[False, True], [True, False]]))
    problem = problem.replace(spacings=(Spacing("apart", (0,), near),))
    u = np.full((2, 1), FULL, np.uint16)
    cliques = Cliques(np.array([0, 2]), np.array([0, 1]), np.array([0]))
    return problem, Certificate(u, (np.array([4 * 64 * problem.person_units]),), 64, (), cliques)


def test_a_proper_certificate_proves_the_optimum() -> None:
    """u = 1 and the price of one outlet prove that one outlet covers at most 4 people."""
    problem, certificate = small()
    assert recompute_bound(problem, certificate) * problem.unit == 4


FORGERIES: dict[str, dict[str, Any]] = {
    "u must be an array of uint16": {"u": np.full((2, 1), 7, np.int32)},
    "u must have shape": {"u": np.zeros((1, 2), np.uint16)},
    "theta must have one array": {"theta": ()},
    "theta of rule p must be >= 0": {"theta": (np.array([-1]),)},
    "theta of rule p must have shape": {"theta": (np.array([1, 2]),)},
    "theta of rule p must be an array of integers": {"theta": (np.array([0.5]),)},
    "theta_scale must be a power of two": {"theta_scale": 63},
    "theta_scale must be": {"theta_scale": -64},
    "phi must have one array": {"phi": (np.array([1]),)},
    "tier must be one of": {"tier": "gold"},
    "held goes with a later tier": {"held": 5},
    "held_price must be 0": {"held_price": 5},
    "held_price must be a whole number": {"tier": "quality", "held": 1, "held_price": -5},
    "cliques.theta must be >= 0": {
        "cliques": Cliques(np.array([0, 2]), np.array([0, 1]), np.array([-5]))
    },
    "cliques.option must lie in": {
        "cliques": Cliques(np.array([0, 2]), np.array([0, 2]), np.array([5]))
    },
    "cliques.start must be row pointers": {
        "cliques": Cliques(np.array([0, 3]), np.array([0, 1]), np.array([5]))
    },
    "cliques must hold options that conflict": {
        "cliques": Cliques(np.array([0, 2]), np.array([1, 1]), np.array([5]))
    },
    "theta of rule p must be at most": {"theta": (np.array([2**64 - 1], np.uint64),)},
    "theta and phi must be tuples": {"theta": None},
    "cliques.start must be row pointers;?": {
        "cliques": Cliques(np.array([0, 2, 1, 2], np.uint64), np.array([0, 1]), np.array([5, 5, 5]))
    },
    "its numbers are too large": {"theta_scale": 2**61},
}


@pytest.mark.parametrize("fault", FORGERIES)
def test_a_forged_certificate_never_yields_a_bound(fault: str) -> None:
    """Wrong shapes, types, signs, scales or cliques prove nothing, and the message says what."""
    problem, certificate = small()
    with pytest.raises(CertificateError, match=fault):
        recompute_bound(problem, replace(certificate, **FORGERIES[fault]))


def test_a_clique_of_options_without_conflict_is_refused() -> None:
    """A clique row that the planner never asked for would cut off good plans."""
    problem, certificate = small()
    with pytest.raises(CertificateError, match="conflict"):
        recompute_bound(problem.replace(spacings=()), certificate)


def test_other_models_have_no_certificate() -> None:
    """A cover certificate proves nothing about a median."""
    problem, certificate = small()
    with pytest.raises(CertificateError, match="model must be one of"):
        recompute_bound(problem, certificate, Objective("p_median"))


@pytest.mark.parametrize("price", [2**40, 2**55, 2**62])
def test_huge_prices_neither_overflow_nor_lie(price: int) -> None:
    """A price beyond reason leaves a weak but valid bound."""
    problem, certificate = small()
    bound = recompute_bound(problem, replace(certificate, theta=(np.array([price]),)))
    assert bound * problem.unit >= 4
