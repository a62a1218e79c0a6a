"""Moves with capacities: carried out whole or not at all, and the books stay true."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from siting.engine.capacity.assignment import would_serve
from siting.engine.capacity.moves import anneal_served, change_plan, close_needless, fill_up
from siting.engine.capacity.search import Chain, ServedSearch
from siting.engine.shared.plan_rules import violated
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.engine_served import check_sums, crowded_town, people, served_search
from tests.tools.problems import problems

DRAWN = problems(
    among={
        "capacity",
        "existing",
        "budget",
        "floor",
        "sizes",
        "opening",
        "counts",
        "phases",
        "weights",
        "apart",
        "max_formats",
    }
).map(lambda problem: problem.replace(respect_capacity=True))
SEEDS = st.integers(0, 2**32 - 1)
ANY, NONE = -1e300, 1e300
"""Bars that every and no move passes."""


def change(
    search: ServedSearch, chain: Chain, gone: list[int], come: list[int], bar: float
) -> bool:
    """Try a move."""
    used_before = np.zeros(len(search.rows), np.int64)
    first, second = np.zeros(4, np.int64), np.zeros(2, np.int64)
    first[: len(gone)], second[: len(come)] = gone, come
    return bool(
        change_plan(
            chain.plan,
            chain.assignment,
            first,
            len(gone),
            second,
            len(come),
            used_before,
            bar,
            search.unit,
        )
    )


def filled(search: ServedSearch, rng: np.random.Generator) -> Chain:
    """Whatever fits, in any order."""
    chain = search.chains[0]
    for o in rng.permutation(len(search.everything)):
        if rng.random() < 0.7:
            change(search, chain, [], [int(o)], ANY)
    return chain


@examples(80)
@given(DRAWN, SEEDS)
def test_a_move_is_whole_or_leaves_no_trace(problem: Problem, seed: int) -> None:
    """Any closures and one opening: refused, nothing has changed; made, rows that were kept are
    kept, and everybody is served at most once within capacities, by whoever is open."""
    rng = np.random.default_rng(seed)
    with served_search(problem) as search:
        assume(search.supply.instance.n_options)
        chain = filled(search, rng)
        check_sums(search, chain)
        for _ in range(12):
            chosen = np.flatnonzero(chain.plan.chosen)
            others = np.flatnonzero(~chain.plan.chosen)
            gone = rng.permutation(chosen)[: rng.integers(0, 3)].tolist()
            come = rng.permutation(others)[:1].tolist()
            before = (
                people(chain.assignment),
                chain.assignment.left.tolist(),
                chain.assignment.open.tolist(),
                chain.assignment.spare.tolist(),
                int(chain.assignment.total[0]),
                chain.plan.used.tolist(),
                chain.plan.floor.tolist(),
                chain.plan.chosen.tolist(),
            )
            broken = set(violated(chain.plan).tolist())
            made = change(search, chain, gone, come, float(rng.choice([ANY, NONE, -0.5])))
            check_sums(search, chain)
            if made:
                assert chain.plan.chosen[come].all()
                assert not chain.plan.chosen[gone].any()
                assert set(violated(chain.plan).tolist()) <= broken
            else:
                after = (
                    people(chain.assignment),
                    chain.assignment.left.tolist(),
                    chain.assignment.open.tolist(),
                    chain.assignment.spare.tolist(),
                    int(chain.assignment.total[0]),
                    chain.plan.used.tolist(),
                    chain.plan.floor.tolist(),
                    chain.plan.chosen.tolist(),
                )
                assert after == before


@examples(60)
@given(DRAWN, SEEDS)
def test_a_move_passes_its_bar_or_is_refused(problem: Problem, seed: int) -> None:
    """Only a change of value above the bar stands."""
    rng = np.random.default_rng(seed)
    with served_search(problem) as search:
        assume(search.supply.instance.n_options)
        chain = filled(search, rng)
        for _ in range(8):
            chosen, others = np.flatnonzero(chain.plan.chosen), np.flatnonzero(~chain.plan.chosen)
            gone = rng.permutation(chosen)[:1].tolist()
            come = rng.permutation(others)[:1].tolist()
            before = int(chain.assignment.total[0])
            bar = float(rng.normal()) * 10 * search.unit
            if change(search, chain, gone, come, bar):
                assert (int(chain.assignment.total[0]) - before) * search.unit > bar


@examples(60)
@given(DRAWN, SEEDS)
def test_filling_up_leaves_nothing_that_fits_and_wins(problem: Problem, seed: int) -> None:
    """What is opened serves more people and breaks nothing; afterwards no option that would serve
    somebody can be added."""
    rng = np.random.default_rng(seed)
    with served_search(problem) as search:
        assume(search.supply.instance.n_options)
        chain = search.chains[0]
        for o in rng.permutation(len(search.everything))[:2]:
            change(search, chain, [], [int(o)], ANY)
        before = int(chain.assignment.total[0])
        for _ in range(2):
            fill_up(
                chain.plan,
                chain.assignment,
                search.everything,
                search.suppliers,
                search.burden,
                search.unit,
            )
        check_sums(search, chain)
        assert chain.assignment.total[0] >= before
        assert not len(violated(chain.plan))
        for o in np.flatnonzero(~chain.plan.chosen):
            if would_serve(chain.assignment, o) > 0:
                assert not change(search, chain, [], [int(o)], ANY)


@examples(60)
@given(DRAWN, SEEDS)
def test_closing_the_needless_costs_nobody(problem: Problem, seed: int) -> None:
    """As many are served as before; what may not move stays; no row is the worse for it."""
    rng = np.random.default_rng(seed)
    with served_search(problem) as search:
        assume(search.supply.instance.n_options)
        chain = filled(search, rng)
        before, served = chain.plan.chosen.copy(), int(chain.assignment.total[0])
        broken = set(violated(chain.plan).tolist())
        movable = rng.random(len(before)) < 0.7
        close_needless(chain.plan, chain.assignment, movable)
        check_sums(search, chain)
        assert chain.assignment.total[0] >= served
        assert (chain.plan.chosen <= before).all()
        assert chain.plan.chosen[before & ~movable].all()
        assert set(violated(chain.plan).tolist()) <= broken
        again = chain.plan.chosen.copy()
        close_needless(chain.plan, chain.assignment, movable)
        np.testing.assert_array_equal(chain.plan.chosen, again)


def test_annealing_keeps_the_books_and_what_may_not_move() -> None:
    """Swaps, openings and closings are all made; rows hold; options that may not move stay; the
    same seed ends with the same plan."""
    ends = []
    for _ in range(2):
        with served_search(crowded_town()) as search:
            chain = search.chains[0]
            fill_up(
                chain.plan,
                chain.assignment,
                search.everything,
                search.suppliers,
                search.burden,
                search.unit,
            )
            fixed = np.flatnonzero(chain.plan.chosen)[:3]
            movable = np.ones(len(search.everything), np.bool_)
            movable[fixed] = False
            anneal_served(
                chain.plan,
                chain.assignment,
                search.near,
                search.good_start,
                search.good,
                movable,
                search.suppliers,
                search.unit,
                0,
                search.supply.instance.n_sites,
                0,
                3000,
                3000,
                400.0,
                4.0,
                chain.state,
                chain.accepted,
            )
            check_sums(search, chain)
            assert (chain.accepted > 0).all()
            assert not len(violated(chain.plan))
            assert (chain.plan.floor >= 0).all()
            assert chain.plan.chosen[fixed].all()
            ends.append(np.flatnonzero(chain.plan.chosen).tolist())
    assert ends[0] == ends[1]
