"""Passes over the reach are products with the dense matrix of who reaches whom."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from siting.engine.cover.dual_steps import farthest
from siting.engine.cover.passes import (
    average,
    covers,
    fill_sums,
    left_to_people,
    met_by_plan,
    move_plan,
    step_points,
    sum_targets,
    to_points,
    to_sites,
)
from siting.engine.shared.discs import Reached
from siting.engine.shared.instance import Instance
from siting.problem import Problem
from tests.engine.shared.test_discs import laid_out, served, several_blocks
from tests.tools.depth import examples
from tests.tools.engine_draws import dense, packed
from tests.tools.problems import problems

FAMILIES = {"groups", "weights", "tiers", "stands_in", "phases", "sizes", "circles", "existing"}
SEEDS = st.integers(0, 2**32 - 1)
Whole = NDArray[np.int32]


def product(instance: Instance, x: NDArray, *, back: bool = False) -> NDArray:
    """A x by target, or with ``back`` A' x; A holds the pairs that some option asks for."""
    has = served(instance)
    columns = []
    for t in range(instance.n_targets):
        matrix = dense(instance.by_site, instance.n_points, t) * has[:, [t]]
        columns.append((matrix.T if back else matrix) @ x[:, t])
    n = instance.n_points if back else instance.n_sites
    return np.stack(columns, axis=1) if columns else np.zeros((n, 0), x.dtype)


def whole_plan(instance: Instance, rng: np.random.Generator) -> Whole:
    """What each site adds, most of it nothing, and nothing where no option serves."""
    shape = (instance.n_sites, instance.n_targets)
    plan = rng.integers(-9, 10, shape) * (rng.random(shape) < 0.4) * served(instance)
    return plan.astype(np.int32)


def moving(plan: Whole) -> NDArray[np.bool_]:
    """Sites that move anything."""
    return np.asarray(plan.any(axis=1))


def in_parts(n: int, rng: np.random.Generator, kernel: Callable[..., Any]) -> None:
    """Call a kernel on ranges that fill 0..n, in any order."""
    cuts = np.unique(np.concatenate(([0, n], rng.integers(0, n + 1, 2))))
    parts = list(pairwise(cuts))
    for k in rng.permutation(len(parts)):
        kernel(*map(int, parts[k]))


def check_passes(instance: Instance, laid: Reached, seed: int) -> None:
    rng = np.random.default_rng(seed)
    spans, shape = laid.spans, (instance.n_points, instance.n_targets)
    x = rng.integers(-9, 10, shape).astype(np.float32)
    scale = rng.integers(1, 5, instance.n_targets).astype(np.float32)
    sums = laid.sums()
    sums[:] = 77
    in_parts(laid.n_blocks, rng, partial(fill_sums, spans, x, scale, sums))
    out = np.full((instance.n_sites, instance.n_targets), 7, np.int32)
    in_parts(instance.n_sites, rng, partial(to_sites, spans, sums, out))
    wanted = product(instance, (x * scale).astype(np.int64))
    has = served(instance)
    np.testing.assert_array_equal(out[has], wanted[has])
    marks, total = laid.sums(), np.zeros(shape, np.int64)
    for _ in range(3):  # marks stay: what comes later is added
        plan = whole_plan(instance, rng)
        in_parts(laid.n_blocks, rng, partial(to_points, spans, plan, moving(plan), marks))
        total += product(instance, plan.astype(np.int64), back=True)
        covered = np.full(shape, 7, np.float32)
        in_parts(laid.n_blocks, rng, partial(covers, spans, marks, 2.0, covered))
        np.testing.assert_array_equal(covered, total / 2)


@examples(60)
@given(problems(among=FAMILIES, max_points=30), st.booleans(), SEEDS)
def test_passes_are_matrix_products(problem: Problem, running: bool, seed: int) -> None:
    """To the sites and to the points, by runs and by pairs, blocks and sites in parts of any order;
    exactly."""
    instance, _ = packed(problem)
    check_passes(instance, laid_out(instance, running=running), seed)


@pytest.mark.parametrize("running", [True, False])
def test_passes_are_matrix_products_over_several_blocks(running: bool) -> None:
    """The same where points fill three blocks."""
    instance = several_blocks()
    check_passes(instance, laid_out(instance, running=running), 1)


@pytest.mark.parametrize("running", [True, False])
def test_sums_beyond_the_range_of_whole_numbers_are_exact(running: bool) -> None:
    """Prefix sums wrap around modulo 2^32 many times over; the sum over a disc does not notice."""
    instance = several_blocks()
    laid = laid_out(instance, running=running)
    degree = dense(instance.by_site, instance.n_points, 0).sum(axis=1).max()
    x = np.full((instance.n_points, instance.n_targets), (2**31 - 1) // degree, np.float32)
    x = np.floor(x / 256) * 256  # exact in single precision
    sums, out = laid.sums(), np.zeros((instance.n_sites, instance.n_targets), np.int32)
    fill_sums(laid.spans, x, np.ones(instance.n_targets, np.float32), sums, 0, laid.n_blocks)
    to_sites(laid.spans, sums, out, 0, instance.n_sites)
    assert x[:, 0].sum(dtype=np.float64) > 2**33
    has = served(instance)
    np.testing.assert_array_equal(out[has], product(instance, x.astype(np.int64))[has])


def check_step(instance: Instance, laid: Reached, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = (instance.n_points, instance.n_targets)
    u, weight, slope, summed = rng.uniform(0, 1, (4, *shape)).astype(np.float32)
    scale, marks, sums = np.full(shape[1], 1e5, np.float32), laid.sums(), laid.sums()
    first, second = whole_plan(instance, rng), whole_plan(instance, rng)
    to_points(laid.spans, first, moving(first), marks, 0, laid.n_blocks)
    cover = product(instance, (first + second).astype(np.int64), back=True) / 8
    new = np.clip(u - 2.0 * (cover - 1) * slope, 0, 1)
    wanted = u + 1.8 * (new - u), summed + new, weight * (2 * new - u)
    in_parts(
        laid.n_blocks,
        rng,
        partial(
            step_points,
            laid.spans,
            second,
            moving(second),
            marks,
            8.0,
            weight,
            slope,
            u,
            summed,
            scale,
            sums,
            2.0,
            1.8,
        ),
    )
    np.testing.assert_allclose(u, wanted[0], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(summed, wanted[1], rtol=1e-5, atol=1e-5)
    out = np.zeros((instance.n_sites, shape[1]), np.int32)
    to_sites(laid.spans, sums, out, 0, instance.n_sites)
    has, offered = served(instance), product(instance, wanted[2])
    np.testing.assert_allclose(out[has] / 1e5, offered[has], rtol=1e-4, atol=1e-3)


@examples(40)
@given(problems(among=FAMILIES, max_points=30), st.booleans(), SEEDS)
def test_prices_of_people_answer_the_plan(problem: Problem, running: bool, seed: int) -> None:
    """u - ω (A y - 1) / degree within [0,1], y being all moves so far; relaxed, summed, and its
    extrapolation offered to the sites."""
    instance, _ = packed(problem)
    check_step(instance, laid_out(instance, running=running), seed)


@pytest.mark.parametrize("running", [True, False])
def test_prices_of_people_answer_the_plan_over_several_blocks(running: bool) -> None:
    """The same where points fill three blocks, and strips of points within them."""
    instance = several_blocks()
    check_step(instance, laid_out(instance, running=running), 2)


@examples(40)
@given(problems(among=FAMILIES, max_points=30), st.booleans(), SEEDS)
def test_averages_are_weighed_block_by_block(problem: Problem, running: bool, seed: int) -> None:
    """Who is met by a plan, and what the averaged multipliers leave to people."""
    instance, _ = packed(problem)
    laid = laid_out(instance, running=running)
    rng = np.random.default_rng(seed)
    shape = (instance.n_points, instance.n_targets)
    weight, summed = rng.uniform(0, 3, (2, *shape)).astype(np.float32)
    plan = np.abs(whole_plan(instance, rng))
    scratch, by_block = laid.sums(), np.full(laid.n_blocks, 7.0)
    scratch[:] = 77
    met_by_plan(laid.spans, plan, moving(plan), scratch, 8.0, weight, by_block, 0, laid.n_blocks)
    cover = product(instance, plan.astype(np.int64), back=True) / 8
    np.testing.assert_allclose(by_block.sum(), (weight * np.minimum(cover, 1)).sum(), rtol=1e-5)
    u = np.empty(shape, np.float32)
    average(laid.spans, summed, 2, u, 0, laid.n_blocks)
    np.testing.assert_allclose(u, np.clip(summed / 2, 0, 1), rtol=1e-6)
    left_to_people(laid.spans, weight, summed, 2, by_block, 0, laid.n_blocks)
    np.testing.assert_allclose(by_block.sum(), (weight * (1 - u)).sum(), rtol=1e-5, atol=1e-5)


@examples(40)
@given(problems(among=FAMILIES), SEEDS)
def test_moving_a_plan_is_the_transpose_of_summing_targets(problem: Problem, seed: int) -> None:
    """⟨sum(x), y⟩ = ⟨x, moves so far⟩ for any x of sites and targets and y of options; only sites
    whose options changed move; a sum holds exactly the targets that an option serves."""
    instance, _ = packed(problem)
    rng = np.random.default_rng(seed)
    shape = (instance.n_sites, instance.n_targets)
    x = rng.integers(-9, 10, shape).astype(np.int32)
    start, target = instance.spread_kinds
    site = instance.options.site
    summed, one = np.zeros(instance.n_options), np.full(instance.n_targets, 0.5)
    sum_targets(x, one, site, start, target, summed)
    serves = problem.serves[problem.kind[instance.option]][:, instance.target]
    np.testing.assert_array_equal(summed, (x[site] * serves).sum(axis=1) / 2)
    marked, plan = np.zeros(instance.n_options, np.int32), np.zeros(shape, np.int32)
    moved, so_far = np.zeros(instance.n_sites, np.bool_), np.zeros(shape, np.int64)
    y = np.zeros(instance.n_options)
    for _ in range(3):
        changed = rng.random(len(y)) < 0.5
        before, y = y, np.where(changed, rng.integers(-9, 10, len(y)) / 2, y)
        move_plan(y, 2.0, marked, site, start, target, plan, moved)
        so_far += plan
        np.testing.assert_array_equal(np.flatnonzero(moved), np.unique(site[before != y]))
        assert not plan[~moved].any()
        assert 4 * (summed @ y) == (x * so_far).sum()


@examples(40)
@given(st.floats(0.05, 1.99), SEEDS)
def test_an_over_relaxed_iterate_stays_near(relax: float, seed: int) -> None:
    """Whatever each step wants in 0..1, the iterate is no farther from 0 than is reckoned with when
    sums are scaled into 31 bits."""
    rng = np.random.default_rng(seed)
    y = 0.5
    for _ in range(200):
        wish = float(rng.integers(2)) if rng.random() < 0.5 else float(y < 0.5)
        y += relax * (wish - y)
        assert abs(y) <= farthest(relax) * (1 + 1e-9)
