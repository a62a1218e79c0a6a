"""Exact neighbourhoods: never a worse plan, never a broken row, and all at once the optimum."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from siting.engine.cover.neighbourhoods import Neighbourhoods
from siting.engine.shared.cover_state import CoverState, fill
from siting.engine.shared.greedy_fill import burden_of, greedy_fill
from siting.engine.shared.instance import Instance
from siting.engine.shared.plan_rules import anywhere_crowded, violated
from siting.engine.shared.rows import Rows
from siting.engine.shared.threads import ThreadPool
from siting.problem import Objective, Problem
from siting.progress import Stop
from tests.tools.depth import examples
from tests.tools.engine_draws import empty_state, in_process, packed, plans_of, same_books
from tests.tools.engine_town import town
from tests.tools.problems import OF_PARTS, problems

SEEDS = st.integers(0, 2**32 - 1)


def neighbourhoods(
    instance: Instance, rows: Rows, pool: ThreadPool, stop: Stop | None = None
) -> Neighbourhoods:
    """With a solver a thread."""
    solvers = [in_process() for _ in range(pool.threads)]
    return Neighbourhoods(instance, rows, pool, solvers, stop or Stop(), 1)


def sound(plan: CoverState) -> bool:
    """Whether the plan keeps rows, floors, sizes and spacings."""
    return bool(not len(violated(plan)) and (plan.floor >= 0).all() and not anywhere_crowded(plan))


@examples(18)
@given(problems(among=OF_PARTS), SEEDS)
def test_everything_decided_anew_is_the_optimum(problem: Problem, seed: int) -> None:
    """From any feasible plan, by enumeration."""
    problem = problem.replace(objective=Objective(order="weighted"))
    instance, rows = packed(problem)
    plans, worth = plans_of(problem, instance)
    assume(len(plans))
    plan = empty_state(instance, rows)
    fill(plan, np.flatnonzero(plans[seed % len(plans)]))
    with ThreadPool(1) as pool:
        neighbourhoods(instance, rows, pool).decide(
            plan, [np.arange(instance.n_options)], priced=False
        )
    assert sound(plan)
    assert np.isclose(plan.total[0], int(worth.max()) * float(problem.unit))


@examples(25)
@given(problems(among=OF_PARTS - {"apart"}, max_points=6), SEEDS)
def test_parts_decided_side_by_side_break_no_row(problem: Problem, seed: int) -> None:
    """Two parts that share no people, each with its own room in every row: together they keep the
    rows, and the plan is worth no less."""
    problem = problem.replace(objective=Objective(order="weighted"))
    instance, rows = packed(problem)
    plans, _ = plans_of(problem, instance)
    assume(len(plans))
    plan = empty_state(instance, rows)
    fill(plan, np.flatnonzero(plans[seed % len(plans)]))
    before = float(plan.total[0])
    side = np.random.default_rng(seed).random(instance.n_sites) < 0.5
    halves = [np.flatnonzero(side[instance.options.site] == half) for half in (True, False)]
    with ThreadPool(2) as pool:
        search = neighbourhoods(instance, rows, pool)
        frees = search._apart(plan, halves)
        assume(len(frees) == 2)
        search.decide(plan, frees, priced=False)
    assert sound(plan)
    assert plan.total[0] >= before - 1e-6


def test_what_one_part_gives_up_is_not_spent_by_another() -> None:
    """Two quarters with an outlet for 4 each and 8 to spend: a dearer one fits in neither."""
    sites = np.array([[0.0, 0], [0, 1], [100, 0], [100, 1]])
    problem = Problem.from_points(
        sites, sites, np.array([10, 20, 10, 20]), radius=0.5, costs=np.array([4, 6, 4, 6])
    ).replace(budget=8)
    instance, rows = packed(problem)
    plan = empty_state(instance, rows)
    fill(plan, np.flatnonzero(problem.options.cost[instance.option] == 4))
    west = sites[instance.site][instance.options.site][:, 0] < 50
    with ThreadPool(2) as pool:
        neighbourhoods(instance, rows, pool).decide(
            plan, [np.flatnonzero(west), np.flatnonzero(~west)], priced=False
        )
    assert sound(plan)
    assert plan.used.tolist() == [8]


def test_windows_over_a_town_keep_the_plan_sound() -> None:
    """Once around, two at a time: people less price never fall, books stay true, no row breaks."""
    problem = town(n_points=300, n_sites=60, seed=4)
    instance, rows = packed(problem)
    plan = empty_state(instance, rows, np.full(len(rows), 1e-3))
    greedy_fill(plan, np.arange(instance.n_options), burden_of(plan, rows.main), 0.0)
    before = float(plan.total[0] - plan.total[2])
    candidate = np.ones(instance.n_options, np.bool_)
    with ThreadPool(2) as pool:
        search = neighbourhoods(instance, rows, pool)
        search.window_size = 40
        search.sweep(plan, candidate, np.random.default_rng(1), 8, np.inf)
        sizes = search.window_size
    assert sizes != 40, "windows adapt to how hard they are"
    assert sound(plan)
    assert plan.total[0] - plan.total[2] > before
    fresh = empty_state(instance, rows, np.full(len(rows), 1e-3))
    fill(fresh, np.flatnonzero(plan.chosen))
    same_books(plan, fresh)


def test_windows_side_by_side_share_no_people() -> None:
    """Of any windows those are kept, in order, whose people no earlier one reaches; a window holds
    the sites nearest to its centre."""
    problem = town(n_points=300, n_sites=80, seed=6)
    instance, rows = packed(problem)
    plan = empty_state(instance, rows)
    with ThreadPool(1) as pool:
        search = neighbourhoods(instance, rows, pool)
        search.window_size = 20
        everything = np.ones(instance.n_options, np.bool_)
        windows = [search._window(plan, center, everything) for center in (0, 1, 40, 79)]
        kept = search._apart(plan, windows)
    assert problem.site_xy is not None
    xy = problem.site_xy[instance.site]
    for center, window in zip((0, 1, 40, 79), windows, strict=True):
        far = np.linalg.norm(xy - xy[center], axis=1)
        inside = np.unique(instance.options.site[window])
        outside = np.setdiff1d(np.arange(instance.n_sites), inside)
        assert far[inside].max() <= far[outside].min()
    pairs = instance.by_site
    people: list[set[int]] = []
    kept_keys = [window.tobytes() for window in kept]
    for window in windows:
        seen: set[int] = set()
        for s in np.unique(instance.options.site[window]):
            seen |= set(pairs.index[pairs.segment[s, 0] : pairs.segment[s, -1]].tolist())
        meets = any(seen & earlier for earlier in people)
        assert (window.tobytes() in kept_keys) == (not meets)
        if not meets:
            people.append(seen)
    assert 1 < len(kept) < 4
