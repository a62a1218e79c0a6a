"""Prices of rows: dearer where a plan overspends, never below nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.shared.averages import Averages
from siting.engine.shared.row_prices import RowPrices
from siting.engine.shared.threads import ThreadPool
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.engine_draws import packed
from tests.tools.problems import problems

FAMILIES = {"budget", "counts", "floor", "sizes", "together", "hub", "apart", "require"}
STEP = 1.5


@examples(30)
@given(problems(among=FAMILIES), st.integers(0, 2**32 - 1))
def test_prices_follow_what_a_plan_uses(problem: Problem, seed: int) -> None:
    """One step without over-relaxation is the plain one: θ' = max(0, θ + step (A y - b)), the offer
    loses Aᵀ(2 θ' - θ), the averages hear of θ'; the main row's and local rows' prices stay 0."""
    instance, rows = packed(problem)
    rng = np.random.default_rng(seed)
    worth = rng.integers(0, 9, instance.n_options).astype(float)
    y = rng.random(instance.n_options)
    with ThreadPool(1) as pool:
        prices = RowPrices(instance, rows, pool, STEP)
        scale = prices.weigh(worth, reaching_only=False)
        prices.set_steps(scale)
        sums = Averages.of(np.zeros(1, np.float32), y, prices.theta)
        prices.theta[prices.priced] = rng.integers(0, 2, len(prices.priced)) * 0.25
        old = prices.theta.copy()
        offer, _ = prices.move(y, worth.copy(), sums, 1.0)
    dense = rows.options.toarray().astype(float)
    step = STEP * scale / np.maximum(np.abs(dense).sum(axis=1), 1e-9)
    new = np.maximum(0.0, old + step * (dense @ y - rows.rhs))
    new[[r for r in range(len(rows)) if r not in prices.priced]] = 0.0
    np.testing.assert_allclose(prices.theta, new)
    np.testing.assert_allclose(sums.theta, new)
    if not rows.has_openings:
        np.testing.assert_allclose(offer, worth - dense.T @ (2 * new - old), atol=1e-9)
    assert (prices.theta >= 0).all()


@examples(30)
@given(problems(among=FAMILIES))
def test_steps_are_the_smaller_the_more_hangs_on_an_option(problem: Problem) -> None:
    """τ = 1 / (step × (worth + Σ scale |a|)), the condition under which the iteration converges
    (Chambolle and Pock 2011, lemma 2)."""
    instance, rows = packed(problem)
    worth = np.arange(1.0, instance.n_options + 1)
    with ThreadPool(1) as pool:
        prices = RowPrices(instance, rows, pool, STEP)
        scale = prices.weigh(worth, reaching_only=False)
    load = worth + np.abs(rows.options.toarray()).T @ scale
    np.testing.assert_allclose(prices.tau * STEP * load, 1.0)
