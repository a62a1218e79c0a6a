"""Draws keep the books right, weigh places as Boltzmann does, and leave alone what may not move."""

from __future__ import annotations

import numpy as np

from siting.engine.cover import heat_bath
from siting.engine.cover.chains import HeatBathChain, Proposals
from siting.engine.shared.cover_state import CoverState, fill, new_cover_state
from siting.engine.shared.instance import Instance, pack
from siting.engine.shared.near_sites import near_sites
from siting.engine.shared.plan_rules import violated
from siting.engine.shared.rows import Rows, gather_rows
from siting.engine.shared.threads import ThreadPool
from tests.tools.engine_town import town


def plan_of(seed: int, chosen: int = 8) -> tuple[Instance, Rows, CoverState]:
    """One format; the first so many sites are open."""
    problem = town(n_formats=1, seed=seed)
    with ThreadPool(1) as pool:
        instance = pack(problem, problem.value, pool)
    rows = gather_rows(instance)
    weight = np.ascontiguousarray((instance.value / 1000).T.astype(np.float32))
    plan = new_cover_state(instance, rows, weight, np.full(len(rows), 1e-4))
    cheap = np.argsort(problem.options.cost[instance.option], kind="stable")
    fill(plan, cheap[:chosen])
    return instance, rows, plan


def chain_of(
    instance: Instance, plan: CoverState, movable: np.ndarray | None = None
) -> HeatBathChain:
    """A chain over all options."""
    everything = np.arange(instance.n_options)
    if movable is None:
        movable = np.ones(instance.n_options, np.bool_)
    proposals = Proposals(instance, near_sites(instance), everything)
    return HeatBathChain(proposals, plan, movable, np.int64(7))


def test_books_stay_true() -> None:
    """After many draws covers, rows, totals and worths are what the chosen options say."""
    instance, rows, plan = plan_of(1)
    assert heat_bath.fits(instance)
    chain = chain_of(instance, plan)
    chain.run(20_000, 2000.0, 20.0)
    assert (chain.tally > 0).all()
    fresh = new_cover_state(instance, rows, plan.weight, np.full(len(rows), 1e-4))
    fill(fresh, np.flatnonzero(plan.chosen))
    np.testing.assert_array_equal(fresh.covers, plan.covers)
    np.testing.assert_array_equal(fresh.used, plan.used)
    np.testing.assert_allclose(fresh.total, plan.total, rtol=1e-6)
    everything = np.ones(instance.n_options, np.bool_)
    np.testing.assert_allclose(heat_bath.worths(fresh, everything), chain.worth, atol=0.01)
    assert not len(violated(plan))


def test_one_outlet_goes_where_boltzmann_says() -> None:
    """With a single outlet that may move, the time at each place is its Boltzmann factor's."""
    instance, _, plan = plan_of(3, chosen=1)
    plan.rhs[:] = plan.used  # no second outlet, none dearer
    temperature = 400.0
    chain = chain_of(instance, plan)
    allowed = np.flatnonzero(np.asarray(plan.coefficient) <= plan.rhs[0])
    visits = np.zeros(instance.n_options + 1)
    for _ in range(6000):
        chain.run(3, temperature, temperature)
        here = np.flatnonzero(plan.chosen)
        visits[here[0] if len(here) else -1] += 1
    empty = new_cover_state(
        instance, gather_rows(instance), plan.weight, np.full(len(plan.rhs), 1e-4)
    )
    level = heat_bath.worths(empty, np.ones(instance.n_options, np.bool_))[allowed]
    level = np.append(level, 0.0)
    factor = np.exp((level - level.max()) / temperature)
    expected = factor / factor.sum()
    seen = np.append(visits[allowed], visits[-1]) / visits.sum()
    assert visits[allowed].sum() + visits[-1] == visits.sum()
    assert np.abs(seen - expected).max() < 0.03


def test_what_may_not_move_stays() -> None:
    """Options outside ``movable`` keep their state."""
    instance, _, plan = plan_of(5)
    movable = np.arange(instance.n_options) % 2 == 0
    before = plan.chosen.copy()
    chain_of(instance, plan, movable).run(5000, 3000.0, 100.0)
    np.testing.assert_array_equal(plan.chosen[~movable], before[~movable])
    assert (plan.chosen != before).any()
