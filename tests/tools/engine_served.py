"""Plans with capacities as the engine holds them, and what their sums must say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from siting.engine.capacity.assignment import Assignment
from siting.engine.capacity.search import Chain, ServedSearch
from siting.engine.capacity.supply import Supply, supply_of
from siting.engine.shared.cover_state import charge, new_cover_state
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.threads import ThreadPool
from siting.problem import Problem
from siting.progress import Stop
from tests.tools.engine_town import town


def crowded_town(n_points: int = 150, n_sites: int = 25, seed: int = 0) -> Problem:
    """A town of two formats whose outlets have room for some of the people in reach."""
    problem = town(n_points, n_sites, 2, seed)
    rng = np.random.default_rng(seed)
    options = replace(
        problem.options, capacity=rng.integers(200, 3000, problem.n_options).astype(np.int64)
    )
    return problem.replace(options=options, respect_capacity=True)


def rates(supply: Supply) -> NDArray[np.int64]:
    """What 1/person_units of each demand is worth."""
    problem = supply.instance.problem
    weight = [t.weight_micro // problem.weight_gcd for t in problem.targets]
    return np.array(weight, np.int64)[supply.target]


@contextmanager
def served_search(problem: Problem, threads: int = 1) -> Iterator[ServedSearch]:
    """A search with nothing opened yet."""
    with ThreadPool(threads) as pool:
        supply = supply_of(problem, pool)
        rows = gather_rows(supply.instance)
        yield ServedSearch(supply, rows, rates(supply), pool, Stop(), 1, lambda value, how: None)


def people(assignment: Assignment) -> list[dict[int, int]]:
    """Of each demand: how many people each facility serves."""
    return [
        {int(c): int(n) for c, n in zip(who, how, strict=True) if c >= 0}
        for who, how in zip(assignment.holder, assignment.held, strict=True)
    ]


def check_sums(search: ServedSearch, chain: Chain) -> None:
    """Nobody is served twice or beyond a capacity, only open facilities serve, and only whom they
    reach; rows, floors and prices are those of the chosen options."""
    supply, assignment, plan = search.supply, chain.assignment, chain.plan
    serving = np.zeros(supply.n_facilities, np.int64)
    worth = 0
    for j, who in enumerate(people(assignment)):
        present = int(supply.persons[j]) if assignment.rate[j] > 0 else 0
        assert int(assignment.left[j]) + sum(who.values()) == present
        assert assignment.left[j] >= 0
        reached = supply.back_facility[supply.back_start[j] : supply.back_start[j + 1]]
        for facility, n in who.items():
            assert n > 0
            assert assignment.open[facility] >= 0
            assert facility in reached
            serving[facility] += n
        worth += sum(who.values()) * int(assignment.rate[j])
    assert worth == assignment.total[0]
    open_ = np.flatnonzero(assignment.open >= 0)
    assert (assignment.spare >= 0).all()
    np.testing.assert_array_equal(
        serving[open_] + assignment.spare[open_], supply.capacity[assignment.open[open_]]
    )
    chosen = np.concatenate([np.flatnonzero(plan.chosen), supply.standing])
    levels = [
        supply.option_level[supply.option_start[o] : supply.option_start[o + 1]] for o in chosen
    ]
    assert sorted(assignment.open[open_]) == sorted(np.concatenate([*levels, np.zeros(0, int)]))
    fresh = new_cover_state(supply.instance, search.rows, plan.weight, search.theta)
    for o in np.flatnonzero(plan.chosen):
        charge(fresh, o, 1)
    np.testing.assert_array_equal(fresh.used, plan.used)
    np.testing.assert_array_equal(fresh.floor, plan.floor)
