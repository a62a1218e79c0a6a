"""Plans with capacities as the engine holds them, and what their books must say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from siting.engine.capacity.assignment import Desk
from siting.engine.capacity.search import Chain, ServedSearch
from siting.engine.capacity.supply import Supply, supply_of
from siting.engine.shared.cover_state import book, make_board
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.threads import Crew
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
    """What 1/person_units of each cell is worth."""
    problem = supply.instance.problem
    weight = [t.weight_micro // problem.weight_gcd for t in problem.targets]
    return np.array(weight, np.int64)[supply.target]


@contextmanager
def served_search(problem: Problem, threads: int = 1) -> Iterator[ServedSearch]:
    """A search with nothing opened yet."""
    with Crew(threads) as crew:
        supply = supply_of(problem, crew)
        rows = gather_rows(supply.instance)
        yield ServedSearch(
            supply, rows, rates(supply), crew, Stop(), 1, lambda value, how: None
        )  # fmt: skip


def people(desk: Desk) -> list[dict[int, int]]:
    """Of each cell: how many people each counter serves."""
    return [
        {int(c): int(n) for c, n in zip(who, how, strict=True) if c >= 0}
        for who, how in zip(desk.holder, desk.held, strict=True)
    ]


def check_books(search: ServedSearch, chain: Chain) -> None:
    """Nobody is served twice or beyond a capacity, only open counters serve, and only whom they
    reach; rows, floors and prices are those of the chosen options."""
    supply, desk, board = search.supply, chain.desk, chain.board
    serving = np.zeros(supply.n_counters, np.int64)
    worth = 0
    for j, who in enumerate(people(desk)):
        present = int(supply.persons[j]) if desk.rate[j] > 0 else 0
        assert int(desk.left[j]) + sum(who.values()) == present
        assert desk.left[j] >= 0
        reached = supply.back_counter[supply.back_start[j] : supply.back_start[j + 1]]
        for counter, n in who.items():
            assert n > 0
            assert desk.open[counter] >= 0
            assert counter in reached
            serving[counter] += n
        worth += sum(who.values()) * int(desk.rate[j])
    assert worth == desk.total[0]
    open_ = np.flatnonzero(desk.open >= 0)
    assert (desk.spare >= 0).all()
    np.testing.assert_array_equal(
        serving[open_] + desk.spare[open_], supply.capacity[desk.open[open_]]
    )
    chosen = np.concatenate([np.flatnonzero(board.chosen), supply.standing])
    fillings = [
        supply.option_fill[supply.option_start[o] : supply.option_start[o + 1]] for o in chosen
    ]
    assert sorted(desk.open[open_]) == sorted(np.concatenate([*fillings, np.zeros(0, int)]))
    fresh = make_board(supply.instance, search.rows, board.weight, search.theta)
    for o in np.flatnonzero(board.chosen):
        book(fresh, o, 1)
    np.testing.assert_array_equal(fresh.used, board.used)
    np.testing.assert_array_equal(fresh.floor, board.floor)
