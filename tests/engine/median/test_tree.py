"""Branching ends with the best plan, by trying every set of sites."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.median.interchange import Costs, cost_of
from siting.engine.median.lagrange import Proof, Relaxation
from siting.engine.median.tree import Tree, without
from siting.progress import Stop
from tests.tools.depth import examples

SEEDS = st.integers(0, 2**32 - 1)


def costs_of(seed: int, n_people: int = 12, n_sites: int = 8, most: int = 60) -> Costs:
    """Whole costs below ``most``; some people reach no site or stay where they are for less."""
    rng = np.random.default_rng(seed)
    dense = rng.integers(1, most, (n_people, n_sites)).astype(float)
    dense[rng.random(dense.shape) < 0.3] = np.inf
    cap = np.where(rng.random(n_people) < 0.3, rng.integers(5, 50, n_people), 1000.0)
    person, site = np.nonzero(np.isfinite(dense))
    order = np.lexsort((site, dense[person, site], person))
    person, site = person[order], site[order]
    return Costs(
        np.searchsorted(person, np.arange(n_people + 1)), site, dense[person, site], cap, n_sites
    )


def cheapest(costs: Costs, p: int) -> float:
    """By enumeration."""
    return min(
        cost_of(costs, np.array(each, int)) for each in combinations(range(costs.n_sites), p)
    )


class Known:
    """The best plan known outside of the tree."""

    def __init__(self, costs: Costs, sites: np.ndarray) -> None:
        self.costs = costs
        self.cost = cost_of(costs, sites)
        self.bounds: list[float] = []

    def propose(self, sites: np.ndarray) -> bool:
        """Take a cheaper plan."""
        cost = cost_of(self.costs, sites)
        better = cost < self.cost
        self.cost = min(cost, self.cost)
        return better

    def tree(self, p: int) -> Tree:
        """Plans of whole costs, so nothing within one of the best is a gain."""
        return Tree(
            self.costs,
            p,
            True,
            self.propose,
            lambda: self.cost - 1 + 1e-6,
            lambda: self.cost,
            self.bounds.append,
        )


def root_of(costs: Costs, p: int, steps: int) -> Proof:
    """The bound before any branching."""
    relaxation = Relaxation.start(costs, p)
    for _ in range(steps):
        relaxation.iterate(float(costs.cap.sum()))
    return Proof.of(relaxation, whole=True)


@examples(40)
@given(SEEDS, st.integers(1, 5), st.sampled_from([1, 5, 60]))
def test_the_search_ends_with_the_cheapest_plan(seed: int, p: int, steps: int) -> None:
    """From a bad first plan and a good or a bad bound: what it returns is the optimum, the plan
    known outside is one, and every bound told on the way is below it."""
    costs = costs_of(seed)
    known = Known(costs, np.arange(p))
    found = known.tree(p).search(root_of(costs, p, steps), Stop())
    best = cheapest(costs, p)
    assert found == best
    assert known.cost == best
    assert all(bound <= best + 1e-9 for bound in known.bounds)


@examples(40)
@given(SEEDS, st.integers(1, 5), st.sampled_from([1, 5, 60]), st.integers(0, 3))
def test_no_cheaper_plan_is_cut_off(seed: int, p: int, steps: int, above: int) -> None:
    """Where the plan known outside stays as it is, every cheaper set of sites is looked at: neither
    a bound nor a decision about a site rules one out, not even by the last unit. Costs of few sizes
    make many plans that cost the same, of which a node proposes one at most."""
    costs = costs_of(seed, most=4)
    known = Known(costs, np.arange(p))
    known.cost = cheapest(costs, p) + above + 1
    seen: set[tuple[int, ...]] = set()
    tree = known.tree(p)

    def look(sites: np.ndarray) -> bool:
        seen.add(tuple(sorted(sites.tolist())))
        return False

    tree.propose = look
    tree.search(root_of(costs, p, steps), Stop())
    every = combinations(range(costs.n_sites), p)
    assert {each for each in every if cost_of(costs, np.array(each)) < known.cost} <= seen


@examples(40)
@given(SEEDS, st.integers(2, 5), st.integers(0, 300))
def test_a_search_cut_short_still_bounds(seed: int, p: int, work: int) -> None:
    """After so much work the bound returned is valid for all plans."""
    costs = costs_of(seed, 16, 10)
    known = Known(costs, np.arange(p))
    found = known.tree(p).search(root_of(costs, p, 2), Stop(work_limit=work))
    assert found <= cheapest(costs, p) + 1e-9


@examples(40)
@given(SEEDS, SEEDS)
def test_leaving_pairs_out_keeps_the_others(seed: int, mask: int) -> None:
    """Rows stay with their people and in their order."""
    costs = costs_of(seed)
    keep = np.random.default_rng(mask).random(len(costs.cost)) < 0.6
    few = without(costs, keep)
    assert len(few.start) == len(costs.start)
    for person in range(len(costs.cap)):
        here = slice(costs.start[person], costs.start[person + 1])
        there = slice(few.start[person], few.start[person + 1])
        assert few.site[there].tolist() == costs.site[here][keep[here]].tolist()
        assert few.cost[there].tolist() == costs.cost[here][keep[here]].tolist()
