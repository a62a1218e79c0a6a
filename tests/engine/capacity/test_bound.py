"""The bound with capacities: valid at any prices, and near the linear relaxation in the end."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import vstack

from siting.engine.capacity.bound import CapacityDual
from siting.engine.capacity.people_worth import PeopleWorth
from siting.engine.capacity.search import served_alone
from siting.engine.capacity.supply import supply_of
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.threads import ThreadPool
from siting.models import capacitated_cover
from siting.problem import UNLIMITED, Objective, Problem
from tests.tools.brute import brute_best
from tests.tools.depth import examples
from tests.tools.engine_served import crowded_town, rates
from tests.tools.problems import FAMILIES, problems

WEIGHTED = Objective(order="weighted")


def dual_of(problem: Problem, pool: ThreadPool) -> CapacityDual:
    """Before the first iteration."""
    supply = supply_of(problem, pool)
    rate = rates(supply)
    rows = gather_rows(supply.instance)
    people = PeopleWorth(supply, rate.astype(np.float64), float(served_alone(supply, rate)))
    return CapacityDual(people, rows, pool)


@examples(50)
@given(problems(among=FAMILIES - {"min_coverage"}), st.integers(0, 2**32 - 1))
def test_any_prices_bound_what_can_be_served(problem: Problem, seed: int) -> None:
    """Whatever u, θ and the guess of the main row's price: no plan newly serves more."""
    problem = problem.replace(respect_capacity=True, objective=WEIGHTED)
    truth = brute_best(problem)
    if truth.objective is None:
        return
    rng = np.random.default_rng(seed)
    with ThreadPool(1) as pool:
        dual = dual_of(problem, pool)
        if not dual.supply.n_demands:
            return
        theta = rng.random(len(dual.rows)) * 10.0 ** rng.integers(-4, 1)
        theta[dual.rows.local] = 0
        u = rng.random(dual.supply.n_demands).astype(np.float32)
        found = dual.bound_of(u, theta, float(rng.random()))
        assert found.value >= float(truth.objective) * (1 - 1e-5) - 1e-3
        # As are those of the iteration itself.
        assert dual.run(20).value >= float(truth.objective) * (1 - 1e-5) - 1e-3


def relaxation(problem: Problem) -> float:
    """The linear relaxation of the published formulation, by an outside solver."""
    program = capacitated_cover.build(problem, problem.objective)
    rows = program.rows.tocsr()
    upper, lower = np.isfinite(program.row_upper), np.isfinite(program.row_lower)
    answer = linprog(  # type: ignore[call-overload]
        -program.objective,
        A_ub=vstack([rows[upper], -rows[lower]]),
        b_ub=np.concatenate([program.row_upper[upper], -program.row_lower[lower]]),
        bounds=np.stack([program.lower, program.upper], axis=1),
    )
    assert answer.status == 0
    return float(-answer.fun + program.constant)


def test_bound_meets_the_linear_relaxation() -> None:
    """Where floors do not bind (the bound knows them better than the relaxation does) it comes
    within one per cent of the relaxation and never below it."""
    problem = crowded_town(80, 12, seed=2)
    problem = problem.replace(site_area=np.full(problem.n_sites, UNLIMITED), objective=WEIGHTED)
    optimum = relaxation(problem) / float(problem.unit)
    with ThreadPool(1) as pool:
        dual = dual_of(problem, pool)
        for _ in range(25):
            dual.run(20)
    assert dual.best is not None
    assert optimum * (1 - 1e-5) <= dual.best.value <= optimum * 1.01
    assert dual.lower <= optimum * 1.02


def test_an_earlier_tier_is_held_at_a_price() -> None:
    """Another price of what earlier tiers reached starts the averages anew and keeps the bound's
    meaning: people and money in the same unit, a valid bound of the later tier."""
    problem = crowded_town(80, 12, seed=3)
    with ThreadPool(1) as pool:
        supply = supply_of(problem, pool)
        rows = gather_rows(supply.instance)
        first = supply.target == 0
        rate = rates(supply)
        later, earlier = np.where(first, 0, rate), np.where(first, rate, 0)
        people = PeopleWorth(supply, later.astype(np.float64), 0.0, earlier.astype(np.float64))
        dual = CapacityDual(people, rows, pool)
        free = dual.run(60).value
        dual.hold_at(2.0)
        assert dual.steps.sums.count == 0
        priced = dual.run(60).value
    # Nothing is held, so paying for the earlier tier's people can only raise the bound.
    assert priced >= free * (1 - 1e-2)
    assert free <= int(supply.persons @ later)
