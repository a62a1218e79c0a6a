"""Vehicles and stops in the engine: bundles that no single step would open."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from siting.engine.capacity.method import solve_capacitated
from siting.engine.cover import method
from siting.engine.cover.bundles import supplies
from siting.engine.cover.greedy import solve_greedy
from siting.engine.cover.search import Search
from siting.engine.shared.cover_state import fill
from siting.engine.shared.greedy_fill import greedy_fill
from siting.engine.shared.instance import pack
from siting.engine.shared.plan_rules import drop_useless
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.threads import ThreadPool
from siting.models import max_cover
from siting.problem import UNLIMITED, Action, Labels, Objective, Options, Outlets, Problem, Target
from siting.problem import rules as rows
from siting.problem.reach import Reach
from siting.progress import Stop
from siting.verification.evaluation import evaluate
from tests.tools.brute import brute_best
from tests.tools.depth import examples
from tests.tools.problems import problems

DONE = (Action.OPEN, Action.STOP, Action.VEHICLE)


def hamlets(n: int = 12, calls: int = 4, budget: int = 10) -> Problem:
    """Hamlets of 10 people and, at the first ones, of 30 whom shops reach for 9 money units; a
    vehicle costs 5 and makes ``calls`` at stops, one a hamlet."""
    shops, vehicles = 2, 3
    n_sites = shops + n + vehicles
    place = np.concatenate([np.arange(shops), shops + np.arange(n)])
    point = np.concatenate([n + np.arange(shops), np.arange(n)])
    persons = np.concatenate([np.full(n, 10), np.full(shops, 30)])[np.newaxis] * 1000
    action = np.repeat([0, 1, 2], [shops, n, vehicles])
    problem = Problem(
        persons=persons.astype(np.int64),
        reach=Reach.from_pairs(place, point, np.ones(len(place), np.uint16), n_sites, n + shops),
        options=Options.of(
            np.arange(n_sites),
            np.zeros(n_sites, int),
            np.array([9, 0, 5])[action],
            action=np.array([a.code for a in DONE])[action],
        ),
        targets=(Target(0, 0, 5.0),),
        site_area=np.full(n_sites, UNLIMITED),
        opening_cost=np.zeros(n_sites, np.int64),
        outlets=Outlets.none(n + shops),
        labels=Labels(formats=("market",)),
        objective=Objective(order="weighted"),
    )
    need = np.array([0, 1, -calls])[action]
    number = np.where(action == 2, np.arange(n_sites) - shops - n + 1, 0)
    return problem.replace(
        rules=(
            rows.total_budget(problem, budget),
            rows.supplied(problem, "mobile", need),
            rows.numbered(problem, "fleet", number),
        )
    )


def bought(problem: Problem, options: Any) -> list[int]:
    """Outlets, stops and vehicles of a plan that keeps every rule."""
    assert options is not None and evaluate(problem, options, problem.objective).feasible
    return [int(problem.acting(action)[options].sum()) for action in DONE]


def search_on(problem: Problem, pool: ThreadPool) -> Search:
    """A search with nothing on its plan."""
    instance = pack(problem, problem.value, pool)
    weight = np.ascontiguousarray((instance.value * float(problem.unit)).T.astype(np.float32))
    return Search(
        instance, gather_rows(instance), weight, pool, Stop(), 1, lambda value, how: None, []
    )


def test_single_steps_see_no_vehicle() -> None:
    """One option at a time wins 30 people with a shop; two vehicles with four stops each win 80."""
    problem = hamlets()
    with ThreadPool(1) as pool:
        search = search_on(problem, pool)
        greedy_fill(search.plan, search.everything, search.burden, 0.0)
        assert search.plan.total[0] == 30
        fill(search.plan, np.zeros(0, np.int64))
        search.greedy()
        assert search.plan.total[0] == 80
        assert len(supplies(search.instance, search.rows)) == 1


def test_greedy_weighs_bundles_against_outlets() -> None:
    """A vehicle with one call wins 10 people for 5, a shop 30 for 9; both are bought for 14."""
    for budget, expected in ((9, [1, 0, 0]), (14, [1, 1, 1]), (5, [0, 1, 1])):
        problem = hamlets(calls=1, budget=budget)
        options = solve_greedy(problem, problem.objective, Stop()).options
        assert bought(problem, options) == expected


def test_the_search_uses_vehicles_without_an_outside_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nothing is closed by HiGHS: two vehicles and eight stops, and the bound holds."""
    monkeypatch.setattr(method, "finish_exactly", lambda *given, **asked: (False, None))
    problem = hamlets()
    solution = method.solve_city(problem, problem.objective, Stop(work_limit=2000))
    assert bought(problem, solution.options) == [0, 8, 2]
    assert solution.bound is not None and solution.bound >= 80


def test_capacities_and_vehicles() -> None:
    """Where stops serve so many only: two vehicles and eight stops, by the search alone."""
    problem = hamlets().replace(respect_capacity=True)
    problem.options.capacity[2:14] = 9
    solution = solve_capacitated(problem, problem.objective, Stop(work_limit=2000))
    assert bought(problem, solution.options) == [0, 8, 2]
    for budget, expected in ((9, [0, 4, 1]), (4, [0, 0, 0])):
        small = problem.replace(budget=budget)
        solution = solve_capacitated(small, small.objective, Stop(work_limit=2000))
        assert bought(small, solution.options) == expected


def test_idle_vehicles_are_closed_with_their_stops() -> None:
    """What nobody needs goes in rounds: a stop covered twice, then the vehicle it needed; a vehicle
    whose stops serve somebody stays. The trim of the exact road does the same."""
    problem = hamlets()
    options = np.array([2, 3, 14, 15, 16])  # two stops, three vehicles
    with ThreadPool(1) as pool:
        search = search_on(problem, pool)
        fill(search.plan, np.searchsorted(search.instance.option, options))
        drop_useless(search.plan)
        left = search.instance.option[np.flatnonzero(search.plan.chosen)]
    assert np.sort(left).tolist() == [2, 3, 14]
    assert max_cover.trim(problem, problem.objective, options).tolist() == [2, 3, 14]


@examples(12)
@given(problems({"mobile", "budget"}, max_points=6))
def test_the_best_fleet_is_found(problem: Problem) -> None:
    """On small problems the plan is the best of all, by enumeration."""
    problem = problem.replace(objective=Objective(order="weighted"))
    truth = brute_best(problem)
    solution = method.solve_city(problem, problem.objective, Stop(work_limit=3000))
    if truth.options is None:
        assert solution.options is None
    else:
        assert solution.options is not None
        judged = evaluate(problem, solution.options, problem.objective)
        assert judged.feasible and judged.units == truth.objective
        assert not len(judged.useless)
