"""The bound at given prices: valid for every plan, told with the prices that prove it, and best."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.shared.site_bound import site_bound
from siting.engine.shared.site_problem import site_rules, site_values
from siting.engine.shared.threads import ThreadPool
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.engine_draws import packed, plans_of
from tests.tools.problems import problems

FAMILIES = {"budget", "counts", "floor", "sizes", "opening", "phases", "together", "hub"}


@examples(20)
@given(problems(among=FAMILIES, max_options=9), st.integers(0, 2**32 - 1))
def test_no_plan_is_worth_more(problem: Problem, seed: int) -> None:
    """For any gains and prices >= 0 of the other rows, by enumeration of the feasible plans; and
    the total is what the sites give at the prices told, no higher than at others of the main
    row."""
    instance, rows = packed(problem)
    rng = np.random.default_rng(seed)
    gain = rng.integers(0, 20, instance.n_options).astype(float)
    theta = (rng.integers(0, 3, len(rows)) * ~rows.local * 0.5).astype(np.float64)
    rules = site_rules(instance, rows)

    def at(prices: np.ndarray) -> float:
        """3 + Σ θ b + Σ_sites max, with all prices given."""
        value, _ = site_values(
            gain - rows.options.T @ prices, rows.openings.T @ prices, rules, pool
        )
        return 3.0 + float(prices @ rows.rhs + value.sum())

    with ThreadPool(1) as pool:
        found = site_bound(
            instance, rows, rules, pool, gain, theta, constant=4.0, guess=0.7, less=1.0
        )
        assert np.isclose(found.total, at(found.theta))
        np.testing.assert_allclose(found.reduced, gain - rows.options.T @ found.theta)
        assert (found.theta >= 0).all()
        same = rows.shared[rows.shared != rows.main]
        np.testing.assert_array_equal(found.theta[same], theta[same])
        if rows.main >= 0:
            for price in (0.0, 0.1, 0.5, 1.0, 2.0, 8.0):
                other = found.theta.copy()
                other[rows.main] = price
                # Ten halvings of a bracket leave a thousandth of its width.
                assert found.total <= at(other) + 0.01 * (1 + abs(found.total))
    plans, _ = plans_of(problem, instance)
    if len(plans):
        assert found.total >= 3.0 + (plans @ gain).max() - 1e-9
