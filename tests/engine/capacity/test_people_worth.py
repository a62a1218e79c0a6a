"""What people are worth where outlets serve within capacity, at the price of earlier tiers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.capacity.people_worth import PeopleWorth
from siting.engine.capacity.supply import supply_of
from siting.engine.shared.threads import ThreadPool
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.problems import problems


@examples(40)
@given(
    problems({"capacity", "weights", "existing"}),
    st.floats(0, 5),
    st.integers(0, 2**32 - 1),
)
def test_another_price_is_another_scale(problem: Problem, price: float, seed: int) -> None:
    """persons × worth × scale is Σ (rate + price × held rate) of so many people at every price, and
    ``hold_at`` tells by how much figures of the old scale are to be multiplied."""
    with ThreadPool(1) as pool:
        supply = supply_of(problem, pool)
    rng = np.random.default_rng(seed)
    rate, held = (rng.integers(0, 4, supply.n_demands).astype(float) for _ in range(2))
    people = PeopleWorth(supply, rate, 5.0, held, held=7.0)
    before = people.scale
    ratio = people.hold_at(price)
    assert ratio * people.scale == pytest.approx(before)
    assert people.constant == pytest.approx(5.0 + 7.0 * price)
    told = people.persons.astype(float) * people.worth * people.scale
    np.testing.assert_allclose(told, supply.persons * (rate + price * held), rtol=1e-5, atol=1e-3)
    assert people.persons.max(initial=0) <= 1
    assert people.worth.max(initial=0) <= 1


@examples(40)
@given(problems({"capacity"}), st.integers(0, 2**32 - 1))
def test_a_tier_is_held_when_enough_are_met(problem: Problem, seed: int) -> None:
    """Exactly at what was reached, and no longer one step below; without an earlier tier always."""
    with ThreadPool(1) as pool:
        supply = supply_of(problem, pool)
    rng = np.random.default_rng(seed)
    met = rng.random(supply.n_demands).astype(np.float32)
    held = rng.integers(1, 4, supply.n_demands).astype(float)
    rate = np.ones(supply.n_demands)
    reached = float((supply.persons * held * met).sum())
    assert PeopleWorth(supply, rate).holds(met)
    assert PeopleWorth(supply, rate, held_rate=held, held=reached).holds(met)
    if reached > 0:
        assert not PeopleWorth(supply, rate, held_rate=held, held=reached * 1.01).holds(met)
