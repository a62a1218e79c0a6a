"""solve: arguments, limits, statuses and warm starts, on problems whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import siting
from siting.errors import ArgumentError, SolverError
from siting.models.shared.covering import people_to_cover
from siting.models.shared.patterns import merged_entries
from siting.problem import Objective, Problem, rules
from siting.problem.solution import Solution
from siting.progress import Progress, Stop
from siting.report import folder
from siting.solving import solve
from siting.solving.auto import MANY_PEOPLE, choose, links
from siting.solving.outcome import verified
from tests.tools.brute import brute_best
from tests.tools.depth import examples
from tests.tools.problems import problems


def grid(n_sites: int = 12, n_points: int = 40, seed: int = 3) -> Problem:
    """People and sites in a square of 10 by 10, radius 2.5."""
    rng = np.random.default_rng(seed)
    return Problem.from_points(
        rng.uniform(0, 10, (n_points, 2)),
        rng.uniform(0, 10, (n_sites, 2)),
        weights=rng.integers(1, 50, n_points),
        radius=2.5,
    )


@examples(8)
@given(problems(without={"capacity"}))
def test_the_plan_is_as_good_as_enumeration(problem: Problem) -> None:
    """An optimal result is the best plan there is, tier by tier, and infeasible means none."""
    best = brute_best(problem)
    result = solve(problem, method="highs", threads=1)
    if best.objective is None:
        assert (result.status, result.plan, result.objective) == ("infeasible", None, None)
        return
    assert (result.status, result.limit) == ("optimal", None)
    assert result.objective == pytest.approx(float(best.objective * problem.unit), abs=1e-9)
    assert result.bound == result.objective
    assert result.gap == 0.0
    assert siting.verify(problem, result).ok


@pytest.mark.parametrize("many", [False, True])
def test_the_greedy_helps_where_the_solver_needs_it(
    many: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With many people it begins, with few it is asked only where the solver comes back with
    nothing; either way a limit never leaves the planner without the greedy's plan."""
    begun: list[bool] = []

    def out_of_time(*given: Any, **named: Any) -> Solution:
        begun.append(given[6] is not None)
        return Solution("no_solution", None, limit="time")

    if many:
        monkeypatch.setattr("siting.solving.dispatch.FEW_PEOPLE", 0)
    monkeypatch.setattr("siting.solving.exact.solve_exact", out_of_time)
    problem = grid()
    found = solve(problem, p=3, method="highs")
    assert begun == [many]
    assert (found.status, found.limit) == ("feasible", "time")
    assert found.objective == solve(problem, p=3, method="greedy").objective


def test_a_solver_that_finds_a_plan_needs_no_greedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few people: nothing of the engine is called, nor compiled."""

    def never(*_: object) -> Solution:
        raise AssertionError("the greedy was asked")

    monkeypatch.setattr("siting.solving.dispatch._greedy", never)
    assert solve(grid(), p=3, method="highs").status == "optimal"


def test_p_of_the_call_replaces_the_problems_own() -> None:
    """model=, p= win over the problem's objective, and verify knows the p that was asked."""
    problem = grid().replace(p=1)
    one, three = solve(problem, method="highs"), solve(problem, p=3, method="highs")
    assert one.plan is not None and three.plan is not None
    assert (len(one.plan), len(three.plan)) == (1, 3)
    assert three.spec.p == 3
    assert siting.verify(problem, three).ok
    assert not siting.verify(problem, replace(three, spec=one.spec)).ok


def test_chosen_are_positions_of_sites_ascending() -> None:
    """For one-format problems ``chosen`` indexes the sites as they were handed in."""
    problem = Problem.from_points([[0, 0], [9, 9], [5, 5]], [[5, 5], [9, 9], [0, 0]], [1, 5, 3], 1)
    result = solve(problem, p=2, method="highs")
    assert result.chosen is not None
    assert result.chosen.tolist() == [0, 1]
    assert np.issubdtype(result.chosen.dtype, np.integer)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"p": 57}, r"p must lie in 1\.\.12 \(number of candidate sites\); got 57"),
        ({"p": 0}, r"p must lie in 1\.\.12"),
        ({"p": 2.5}, "p must be a whole number; got 2.5"),
        ({"p": True}, "p must be a whole number; got True"),
        ({"model": "maxcover"}, r"model must be one of .*; got 'maxcover' \(did you mean"),
        ({"model": "partial_cover"}, "share must be given for model partial_cover"),
        ({"model": "partial_cover", "share": 1.5}, r"share must lie in 0\.\.1; got 1.5"),
        ({"model": "partial_cover", "share": "much"}, r"share must be a number in 0\.\.1"),
        ({"model": "backup_cover", "times": 0}, "times must be >= 1; got 0"),
        ({"model": "p_median"}, "p must be given for model p_median"),
        ({"method": "hihgs"}, r"method must be one of .*; got 'hihgs' \(did you mean 'highs'"),
        ({"method": "city", "model": "set_cover"}, "method city solves"),
        ({"time_limit": 0}, "time_limit must be > 0; got 0"),
        ({"time_limit": float("nan")}, "time_limit must be a number > 0; got nan"),
        ({"time_limit": "60"}, "time_limit must be a number > 0; got '60'"),
        ({"gap": -0.1}, "gap must be >= 0; got -0.1"),
        ({"seed": -1}, r"seed must lie in 0\.\.2147483647; got -1"),
        ({"threads": 0}, "threads must be >= 1; got 0"),
        ({"work_limit": 0}, "work_limit must be >= 1; got 0"),
        ({"memory_limit": -1}, "memory_limit must be > 0; got -1"),
        ({"start": [99]}, r"start must lie in 0\.\.11 \(number of options\); got 99"),
        ({"start": [0.5]}, "start must be a one-dimensional array of whole numbers"),
    ],
)
def test_impossible_arguments_say_what_was_expected(call: dict[str, Any], message: str) -> None:
    """Misuse is an exception with expected and given, before anything runs."""
    with pytest.raises(ArgumentError, match=message):
        solve(grid(), **call)


def test_a_share_is_the_decimal_that_was_written() -> None:
    """0.6 means three fifths, not its binary neighbour."""
    result = solve(grid(), "partial_cover", share=0.6, method="highs")
    assert result.spec.share == Fraction(3, 5)


def test_infeasible_is_a_result() -> None:
    """Rules that conflict give status infeasible, no plan, no bound, no exception."""
    problem = grid()
    first = np.arange(problem.n_options) == 0
    problem = problem.replace(
        rules=(rules.require(problem, "open it", first), rules.forbid(problem, "never", first))
    )
    result = solve(problem, method="highs")
    assert (result.status, result.limit, result.plan, result.gap) == (
        "infeasible",
        None,
        None,
        None,
    )
    assert (result.chosen, result.options, result.coverage) == (None, None, {})


def test_nothing_to_win_opens_nothing() -> None:
    """An outlet that gains nobody is not in a plan; objective and bound 0 close the gap."""
    problem = Problem.from_points([[0, 0]], [[9, 9]], [5], 1)
    result = solve(problem, p=1, method="highs")
    assert result.plan is not None
    assert (result.status, len(result.plan), result.objective, result.gap) == (
        "optimal",
        0,
        0.0,
        0.0,
    )


def test_same_seed_same_plan() -> None:
    """Two runs that no clock ended are the same."""
    runs = [solve(grid(30, 200), p=6, method="highs", seed=5, threads=1) for _ in range(2)]
    assert runs[0].chosen is not None and runs[1].chosen is not None
    assert runs[0].chosen.tolist() == runs[1].chosen.tolist()


def test_an_interrupt_before_the_start_ends_the_run() -> None:
    """A set interrupt ends a run at once, and the limit says so unless the optimum was proven."""
    asked = Event()
    asked.set()
    result = solve(grid(40, 400), p=8, method="highs", interrupt=asked, time_limit=None)
    assert result.limit == "interrupt" or result.status == "optimal"


def test_the_listener_hears_of_solving_and_verifying() -> None:
    """Progress names its stages; the last news is that of verification."""
    heard: list[Progress] = []
    solve(grid(), p=3, method="highs", listener=heard.append)
    assert heard[-1].stage == "verify"
    assert all(news.seconds >= 0 for news in heard)


def test_a_start_is_mapped_by_ids(tmp_path: Path) -> None:
    """A result, its folder, its plan or option positions may begin a run; what is gone is told."""
    before = solve(grid(), p=3, method="highs")
    stored = folder.write(before, tmp_path / "before")
    assert before.plan is not None and before.options is not None
    for start in (before, before.plan, stored, str(stored), before.options):
        again = solve(grid(), p=3, method="highs", start=start)
        assert again.objective == before.objective
        assert again.warnings == ()
    fewer = grid(n_sites=2)
    smaller = solve(fewer, p=1, method="highs", start=before)
    assert smaller.status == "optimal"
    assert "of the start no longer exist" in smaller.warnings[0]


def test_small_goes_to_the_exact_road_and_large_to_the_engine() -> None:
    """auto takes the engine only for models it knows and sizes an exact method would not close."""
    assert choose(grid(), Objective(), "auto") == "highs"
    rng = np.random.default_rng(0)
    large = Problem.from_points(
        rng.uniform(0, 10, (2000, 2)), rng.uniform(0, 10, (900, 2)), radius=2.5
    )
    assert choose(large, Objective(), "auto") == "city"
    assert choose(large, Objective("set_cover"), "auto") == "highs"
    assert choose(large, Objective("p_median", p=3), "auto") == "city"
    crowd = Problem.from_points(
        rng.uniform(0, 10, (MANY_PEOPLE, 2)), rng.uniform(0, 10, (20, 2)), radius=2.5
    )
    assert choose(crowd, Objective(), "auto") == "benders"
    assert choose(crowd, Objective("set_cover"), "auto") == "highs"
    costly = large.replace(budget=5)
    assert choose(costly, Objective("p_median", p=3), "auto") == "highs"


def test_people_whom_the_same_options_cover_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the exact method's program holds decides, not how many points its people live at."""
    rng = np.random.default_rng(1)
    people, sites = rng.uniform(0, 10, (1600, 2)), rng.uniform(0, 10, (300, 2))
    one = Problem.from_points(people, sites, radius=2.5)
    pairs = links(one)
    twice = Problem.from_points(np.repeat(people, 2, axis=0), sites, radius=2.5)
    assert links(twice) == 2 * pairs
    monkeypatch.setattr("siting.solving.auto.LINKS_THAT_CLOSE", pairs)
    assert choose(twice, Objective(), "auto") == "highs"
    thrice = Problem.from_points(np.repeat(people, 3, axis=0), sites, radius=2.5)
    assert choose(thrice, Objective(), "auto") == "city"  # too many to be worth merging
    merged = merged_entries(one, people_to_cover(one))
    monkeypatch.setattr("siting.solving.auto.LINKS_THAT_CLOSE", merged - 1)
    assert choose(one, Objective(), "auto") == "city"


def test_a_plan_that_verification_refuses_is_not_shown() -> None:
    """A road that breaks a rule is an error with the rule's name, not a plan."""
    problem = grid().replace(p=2)
    three = Solution("feasible", np.array([0, 1, 2]), 1e6, 1e6)
    with pytest.raises(SolverError, match="refused by verification: rule p"):
        verified(problem, problem.objective, three, Stop())


def test_a_bound_below_the_plan_is_not_believed() -> None:
    """A solver that proves less than it found keeps its plan; the bound told is our own."""
    problem = grid().replace(p=2)
    two = Solution("feasible", np.array([0, 1]), None, 0.5, "solver")
    result = verified(problem, problem.objective, two, Stop())
    assert (result.status, result.limit, result.bound_proof) == ("feasible", "work", "certificate")
    assert result.objective is not None
    assert result.bound is not None
    assert result.bound >= result.objective
    assert "the bound is our own" in result.notes[-1]


def test_a_feasible_result_names_its_limit() -> None:
    """A method that ends by itself without a proof has done its work: that is its limit."""
    result = solve(grid().replace(p=2), method="greedy")
    assert result.status == "optimal" or result.limit == "work"


def test_optimal_needs_a_closed_gap() -> None:
    """A road's own word "optimal" counts for nothing: the bound must meet the objective."""
    problem = grid().replace(p=2)
    claim = Solution("optimal", np.array([0, 1]), None, 1e6, "solver")
    result = verified(problem, problem.objective, claim, Stop())
    assert (result.status, result.limit) == ("feasible", "gap")
    assert result.bound is not None and result.objective is not None
    exact = replace(claim, status="feasible", bound=result.objective + 1e-7)
    assert verified(problem, problem.objective, exact, Stop()).status == "optimal"


def test_a_gap_target_is_feasible_with_limit_gap() -> None:
    """A run that stops at its gap is feasible, whatever the solver calls it."""
    problem = grid().replace(p=2)
    value = verified(
        problem, problem.objective, Solution("feasible", np.array([0, 1])), Stop()
    ).objective
    assert value is not None
    near = Solution("feasible", np.array([0, 1]), None, value * 1.01, "solver")
    result = verified(problem, problem.objective, near, Stop(gap=0.02))
    assert (result.status, result.limit) == ("feasible", "gap")


def test_a_bound_is_told_without_a_plan() -> None:
    """no_solution keeps what was proven."""
    problem = grid()
    none = Solution("no_solution", None, None, 100.0, "solver", "time")
    result = verified(problem, problem.objective, none, Stop())
    assert (result.status, result.limit, result.bound, result.gap) == (
        "no_solution",
        "time",
        100.0,
        None,
    )
