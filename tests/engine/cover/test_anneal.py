"""Moves keep the books right, and every kind of move is made for every format."""

from __future__ import annotations

import numpy as np

from siting.engine.cover.anneal import anneal
from siting.engine.shared.cover_state import CoverState, fill, new_cover_state
from siting.engine.shared.greedy_fill import burden_of, greedy_fill
from siting.engine.shared.instance import Instance, pack
from siting.engine.shared.near_sites import near_sites
from siting.engine.shared.plan_rules import violated
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.threads import ThreadPool
from tests.tools.engine_town import town


def plan_of(seed: int) -> tuple[Instance, CoverState]:
    problem = town(seed=seed)
    with ThreadPool(1) as pool:
        instance = pack(problem, problem.value, pool)
    rows = gather_rows(instance)
    weight = np.ascontiguousarray((instance.value / 1000).T.astype(np.float32))
    plan = new_cover_state(instance, rows, weight, np.full(len(rows), 1e-3))
    greedy_fill(plan, np.arange(instance.n_options), burden_of(plan, rows.main), 0.0)
    return instance, plan


def run(instance: Instance, plan: CoverState, steps: int, hot: float) -> np.ndarray:
    starts = instance.site_options.copy()
    good = np.arange(instance.n_options)
    accepted = np.zeros(3, np.int64)
    anneal(
        plan,
        near_sites(instance),
        starts,
        good,
        np.ones(len(good), np.bool_),
        0,
        instance.n_sites,
        steps,
        hot,
        hot / 50,
        np.array([7], np.uint64),
        accepted,
    )
    return accepted


def test_books_stay_true() -> None:
    """After many moves, covers, floors, rows and totals are what the chosen options say."""
    instance, plan = plan_of(1)
    run(instance, plan, 20_000, 2000.0)
    chosen = np.flatnonzero(plan.chosen)
    weight = plan.weight
    fresh = new_cover_state(instance, gather_rows(instance), weight, np.full(len(plan.rhs), 1e-3))
    fill(fresh, chosen)
    np.testing.assert_array_equal(fresh.covers, plan.covers)
    np.testing.assert_array_equal(fresh.floor, plan.floor)
    np.testing.assert_array_equal(fresh.used, plan.used)
    np.testing.assert_allclose(fresh.free, plan.free)
    np.testing.assert_allclose(fresh.sole, plan.sole)
    np.testing.assert_allclose(fresh.total, plan.total, rtol=1e-5)
    assert not len(violated(plan))
    assert (plan.floor >= 0).all()


def test_every_format_moves() -> None:
    """Over a hot run each kind of move is accepted and the chosen sites of every format change."""
    instance, plan = plan_of(2)
    before = plan.chosen.copy()
    accepted = run(instance, plan, 30_000, 3000.0)
    assert (accepted > 0).all()
    changed = instance.options.format[before != plan.chosen]
    assert set(changed) == set(range(4))
