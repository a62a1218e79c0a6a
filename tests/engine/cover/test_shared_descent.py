"""All threads on one plan: books stay true, no rule breaks, the same seed ends the same."""

from __future__ import annotations

import numpy as np

from siting.engine.cover.chains import Proposals
from siting.engine.cover.partition import Partition
from siting.engine.cover.shared_descent import SharedDescent
from siting.engine.params import RandomChainParams
from siting.engine.shared.cover_state import CoverState, fill
from siting.engine.shared.greedy_fill import burden_of, greedy_fill
from siting.engine.shared.near_sites import near_sites
from siting.engine.shared.plan_rules import anywhere_crowded, violated
from siting.engine.shared.threads import ThreadPool
from siting.progress import Stop
from tests.tools.engine_draws import empty_state, packed, same_books
from tests.tools.engine_town import town

PRICE = 1e-3


class Ticking(Stop):
    """A clock that moves by a quarter of a second at every look."""

    looks = 0

    @property
    def seconds(self) -> float:
        self.looks += 1
        return 0.25 * self.looks


def descent(pool: ThreadPool, seed: int, stop: Stop, **params: int) -> SharedDescent:
    """Of a town's greedy plan."""
    instance, rows = packed(town(n_points=300, n_sites=120, seed=4))
    plan = empty_state(instance, rows, np.full(len(rows), PRICE))
    everything = np.arange(instance.n_options)
    greedy_fill(plan, everything, burden_of(plan, rows.main), 0.0)
    proposals = Proposals(instance, near_sites(instance), everything)
    return SharedDescent(
        plan,
        proposals,
        Partition(instance),
        np.random.default_rng(seed),
        pool,
        stop,
        stop,
        RandomChainParams(**params),
    )


def sound(made: SharedDescent) -> None:
    """The plan keeps every rule and its books are those of its options."""
    plan: CoverState = made.plan
    assert not len(violated(plan))
    assert (plan.floor >= 0).all()
    assert not anywhere_crowded(plan)
    instance, rows = packed(made.proposals.instance.problem)
    fresh = empty_state(instance, rows, np.full(len(rows), PRICE))
    fill(fresh, np.flatnonzero(plan.chosen))
    same_books(plan, fresh)
    n = int(plan.total[1])
    assert sorted(plan.listed[:n]) == np.flatnonzero(plan.chosen).tolist()
    np.testing.assert_array_equal(
        plan.listed[plan.position[plan.chosen]], np.flatnonzero(plan.chosen)
    )


def test_a_descent_of_two_threads_keeps_its_books() -> None:
    """After so many proposals by parts; the plan is better than the molten one, proposals and work
    are counted, and the same seed ends with the same plan."""
    ends = []
    for _ in range(2):
        with ThreadPool(2) as pool:
            stop = Stop()
            made = descent(pool, 3, stop, melting=5_000)
            molten = float(made.plan.total[0])
            made.cool(40_000)
        sound(made)
        assert made.plan.total[0] > molten
        assert 0 <= 40_000 - made.proposed < 40 * len(made.partition.blocks)
        assert stop.work >= 36
        assert (made.accepted > 0).all()
        ends.append(np.flatnonzero(made.plan.chosen).tolist())
    assert ends[0] == ends[1]


def test_the_clock_says_how_cold_it_is() -> None:
    """Shares of the time ascend to the whole of it, at whatever pace the rounds run; then it
    ends."""
    with ThreadPool(2) as pool:
        made = descent(pool, 1, Ticking(), melting=2_000, slice=400)
        shares = list(made.cool_by_clock(10.0))
    sound(made)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert all(share < 1 for share in shares[:-1])
    assert len(shares) > 5


def test_a_stop_ends_it_between_two_rounds() -> None:
    """Nothing more is proposed once it is asked to stop."""
    with ThreadPool(1) as pool:
        stop = Stop()
        made = descent(pool, 1, stop, melting=2_000)
        stop.interrupt.set()
        made.cool(1_000_000)
        assert made.proposed == 0
    sound(made)
