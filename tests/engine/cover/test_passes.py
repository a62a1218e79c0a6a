"""Passes over the pairs are products with the dense matrix of who reaches whom."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.cover.passes import (
    cover_step,
    dual_step,
    gather,
    spread_options,
    sum_targets,
)
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.engine_draws import dense, packed
from tests.tools.problems import problems

FAMILIES = {"groups", "weights", "tiers", "stands_in", "phases", "sizes", "circles", "existing"}
SEEDS = st.integers(0, 2**32 - 1)


@examples(60)
@given(problems(among=FAMILIES, max_points=30), SEEDS)
def test_gathering_is_a_matrix_product_a_target(problem: Problem, seed: int) -> None:
    """From sites to people and back, row ranges alone and together; the matrices of both directions
    are each other's transposes."""
    instance, _ = packed(problem)
    rng = np.random.default_rng(seed)
    sides = (instance.by_site, instance.n_points), (instance.by_point, instance.n_sites)
    for pairs, n_columns in sides:
        n_rows = len(pairs.segment)
        x = rng.integers(-9, 10, (n_columns, instance.n_targets)).astype(np.float32)
        out = np.full((n_rows, instance.n_targets), 7, np.float32)
        middle = int(rng.integers(n_rows + 1))
        gather(pairs.segment, pairs.index, pairs.width, x, out, 0, middle)
        assert (out[middle:] == 7).all()
        gather(pairs.segment, pairs.index, pairs.width, x, out, middle, n_rows)
        for t in range(instance.n_targets):
            np.testing.assert_array_equal(out[:, t], dense(pairs, n_columns, t) @ x[:, t])
    for t in range(instance.n_targets):
        forward, back = (dense(pairs, n_columns, t) for pairs, n_columns in sides)
        np.testing.assert_array_equal(forward, back.T)


@examples(40)
@given(problems(among=FAMILIES, max_points=30), SEEDS)
def test_covering_moves_towards_what_the_plan_gives(problem: Problem, seed: int) -> None:
    """cover + ρ (A y - cover), with A y itself added to the running sum."""
    instance, _ = packed(problem)
    rng = np.random.default_rng(seed)
    pairs, shape = instance.by_point, (instance.n_points, instance.n_targets)
    y = rng.random((instance.n_sites, instance.n_targets)).astype(np.float32)
    cover, total = rng.random(shape).astype(np.float32), rng.random(shape).astype(np.float32)
    given_ = (
        np.stack(
            [dense(pairs, instance.n_sites, t) @ y[:, t] for t in range(instance.n_targets)], axis=1
        )
        if instance.n_targets
        else np.zeros(shape)
    )
    wanted, summed = cover + 1.8 * (given_ - cover), total + given_
    cover_step(pairs.segment, pairs.index, pairs.width, y, cover, total, 1.8, 0, instance.n_points)
    np.testing.assert_allclose(cover, wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(total, summed, rtol=1e-5, atol=1e-5)


@examples(40)
@given(st.integers(1, 6), st.integers(1, 4), SEEDS)
def test_prices_of_people_step_within_nought_and_one(n: int, targets: int, seed: int) -> None:
    """u - ω (A y - 1) / degree within [0,1]; extrapolated into q, relaxed, and summed."""
    rng = np.random.default_rng(seed)
    u, cover, weight, degree, q, total = rng.uniform(0, 2, (6, n, targets)).astype(np.float32)
    u = np.minimum(u, 1)
    new = np.clip(u - 2.0 * (cover - 1) * degree, 0, 1)
    wanted = weight * (2 * new - u), u + 1.8 * (new - u), total + new
    dual_step(weight, u, cover, degree, q, total, 2.0, 1.8, 0, n)
    for found, right in zip((q, u, total), wanted, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-5, atol=1e-5)
    assert (total >= 0).all()


@examples(40)
@given(problems(among=FAMILIES), SEEDS)
def test_spreading_options_is_the_transpose_of_summing_targets(problem: Problem, seed: int) -> None:
    """⟨sum(x), y⟩ = ⟨x, spread(y)⟩ for any x of sites and targets and y of options; and a sum holds
    exactly the targets that the problem says an option serves."""
    instance, _ = packed(problem)
    rng = np.random.default_rng(seed)
    x = rng.integers(-9, 10, (instance.n_sites, instance.n_targets)).astype(np.float32)
    y = rng.integers(-9, 10, instance.n_options).astype(float)
    start, target = instance.spread_kinds
    summed = np.zeros(instance.n_options)
    spread = np.zeros_like(x)
    sum_targets(x, instance.options.site, start, target, summed)
    spread_options(y, instance.options.site, start, target, spread)
    assert summed @ y == (x * spread).sum()
    serves = problem.serves[problem.kind[instance.option]][:, instance.target]
    np.testing.assert_array_equal(summed, (x[instance.options.site] * serves).sum(axis=1))
