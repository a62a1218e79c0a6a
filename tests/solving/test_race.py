"""``auto``: the engine and a tree side by side; the better plan and the better bound count."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import siting
from siting.engine.cover.method import CityStages
from siting.engine.shared.run import StageResult
from siting.problem import Objective, Problem, rules
from siting.problem.solution import Solution
from siting.progress import Progress, Stop
from siting.solving import race
from siting.solving.auto import may_run_beside
from siting.solving.run import Run
from siting.solving.stage import StageOutcome
from tests.analysis.studies.test_tier_trade import four_of_seven
from tests.tools.problems import build

Tree = Callable[[Run, str | None], StageOutcome]
Engine = Callable[[Stop, float, Any, Any, Any], StageResult]
NOTHING = np.zeros(0, np.int64)


def town() -> Problem:
    """Few options, one tier; the best plan opens several."""
    return build(frozenset({"budget", "sizes"}), 5, 9, 2, 10, np.uint16, np.random.default_rng(5))


def truth() -> siting.Result:
    """The town's optimum."""
    return siting.solve(town(), method="highs", threads=1)


def raced(
    monkeypatch: pytest.MonkeyPatch,
    tree: Tree,
    engine: Engine,
    leads: str = "city",
    **more: Any,
) -> siting.Result:
    """Solve the town with ``auto`` by two roads made up."""

    def stage(run: Run, start: Any, tier: str | None, held: Any, known: Any) -> Any:
        return tree(run, tier)

    def city(
        self: CityStages, number: int, stop: Stop, end: float, begin: Any, *told: Any
    ) -> StageResult:
        hear, offered, _ = told
        return engine(stop, end, begin, hear, offered)

    monkeypatch.setattr(race, "solve_stage", stage)
    monkeypatch.setattr(race, "proven", lambda run, solution: solution)
    monkeypatch.setattr(CityStages, "solve", city)
    monkeypatch.setattr("siting.solving.pipeline.choose", lambda *asked: leads)
    return siting.solve(town(), **{"time_limit": 4, "threads": 2, **more})


def waits(stop: Stop, end: float) -> StageResult:
    """As long as the stage lasts."""
    while not stop() and stop.seconds < end:
        time.sleep(0.01)
    return StageResult(NOTHING)


def _told(answer: Any, *asked: Any) -> Any:
    """A road that says the same whatever it is asked."""
    return answer


def test_the_better_plan_and_the_better_bound_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever road each comes from: the engine's plan with a tree's bound, or a tree's own."""
    best = truth()
    for mine, theirs in ((best.options, NOTHING), (NOTHING, best.options)):
        outcome = StageOutcome("feasible", theirs, best.objective, "time")
        found = StageResult(mine)
        result = raced(monkeypatch, partial(_told, outcome), partial(_told, found), time_limit=2)
        assert result.objective == best.objective
        assert (result.status, result.bound) == ("optimal", best.objective)


def test_what_the_tree_closes_ends_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that is left is the planner's."""
    best, in_time = truth(), []

    def engine(stop: Stop, end: float, *more: Any) -> StageResult:
        found = waits(stop, end)
        in_time.append(stop.seconds < end)
        return found

    result = raced(
        monkeypatch,
        lambda run, tier: StageOutcome("optimal", best.options, best.objective, None),
        engine,
        time_limit=30,
    )
    assert (result.status, result.objective) == ("optimal", best.objective)
    assert in_time == [True]


@pytest.mark.slow
def test_a_head_start_begins_with_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes before the solver has its program, as compiling on a new machine, is none of it:
    a tree that closes the stage soon after needs no engine; one that never says a word does."""
    best, begun = truth(), list[float]()

    def engine(stop: Stop, end: float, *more: Any) -> StageResult:
        begun.append(stop.seconds)
        return waits(stop, end)

    def late(run: Run, tier: str | None) -> StageOutcome:
        time.sleep(1.5 * race.LEAST_HEAD)
        run.listener(Progress(run.stop.seconds, "solve"))
        time.sleep(0.1 * race.LEAST_HEAD)
        return StageOutcome("optimal", best.options, best.objective, None)

    def mute(run: Run, tier: str | None) -> StageOutcome:
        while not run.stop.interrupt.is_set():
            time.sleep(0.01)
        return StageOutcome("feasible", best.options, best.objective, "time")

    found = raced(monkeypatch, late, engine, leads="highs", time_limit=8)
    assert found.status == "optimal" and begun == []
    raced(monkeypatch, mute, engine, leads="highs", time_limit=8)
    assert len(begun) == 1 and begun[0] >= race.LONGEST_WAIT * race.LEAST_HEAD


def test_a_run_whose_roads_found_nothing_in_time_ends_with_the_greedy_s_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a machine so busy that the limit is over before the tree's solver says a word and the
    engine is begun: the greedy is asked once, by its work and not by the clock."""
    from siting.engine.cover import greedy

    asked: list[Stop] = []
    plain = greedy.solve_greedy

    def counted(problem: Problem, objective: Objective, stop: Stop, *more: Any) -> Any:
        asked.append(stop)
        return plain(problem, objective, stop, *more)

    def mute(run: Run, tier: str | None) -> StageOutcome:
        run.stop.interrupt.wait(10)
        return StageOutcome("no_solution", None, None, "time")

    def never(*given: Any) -> StageResult:
        raise AssertionError("begun")

    expected = siting.solve(town(), method="greedy", threads=1).objective
    monkeypatch.setattr(greedy, "solve_greedy", counted)
    found = raced(monkeypatch, mute, never, leads="highs", time_limit=0.3)
    assert found.objective == expected
    assert asked[0].time_limit is None and asked[0].work_limit is None
    assert len(asked) == 1


def test_a_tier_that_the_clock_left_no_time_for_is_filled_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A plan of basic formats with money left buys quality formats for it, and loses nobody."""
    from siting.solving import dispatch

    problem = four_of_seven().replace(budget=12 + 3)
    alone = Solution("feasible", np.arange(4), limit="time")
    monkeypatch.setattr(dispatch, "_raced", lambda method, request: alone)
    found = siting.solve(problem, time_limit=5, threads=1)
    reached = {tier: line["objective"] for tier, line in found.tiers.items()}
    assert reached == {"basic": 200, "quality": 80}


@pytest.mark.parametrize("method", ["auto", "city", "greedy", "highs"])
def test_any_limit_ends_with_a_plan(method: str) -> None:
    """Also one that is over before anything begins, and where rules ask for outlets."""
    plain = town()
    asked = np.zeros(plain.n_options, np.bool_)
    asked[0] = True
    for problem in (plain, plain.replace(rules=(*plain.rules, rules.require(plain, "it", asked)))):
        best = siting.solve(problem, method="greedy", threads=1)
        found = siting.solve(problem, method=method, threads=1, time_limit=1e-3)
        assert (found.options is None) == (best.options is None)
        assert found.status != "no_solution"


def test_each_road_hears_of_the_others_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """While both run: the tree the engine's plan, the engine what the tree finds then."""
    best = truth()
    assert best.options is not None
    heard: dict[str, Any] = {}

    def tree(run: Run, tier: str | None) -> StageOutcome:
        while not run.stop.interrupt.is_set() and heard.get("tree") is None:
            heard["tree"] = run.offered()
            time.sleep(0.01)
        run.listener(Progress(run.stop.seconds, "solve", best.objective, plan=lambda: best.options))
        while not run.stop.interrupt.is_set() and heard.get("engine") is None:
            time.sleep(0.01)
        return StageOutcome("optimal", best.options, best.objective, None)

    def engine(stop: Stop, end: float, begin: Any, hear: Any, offered: Any) -> StageResult:
        hear(Progress(stop.seconds, "search", 0.0, plan=lambda: NOTHING))
        while not stop() and stop.seconds < end and heard.get("engine") is None:
            heard["engine"] = offered(0.0)
            time.sleep(0.01)
        return StageResult(NOTHING)

    raced(monkeypatch, tree, engine, time_limit=20)
    assert heard["tree"].tolist() == []
    assert heard["engine"].tolist() == best.options.tolist()


def test_an_engine_that_found_no_plan_begins_again_with_the_trees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where rules demand several outlets at once, only a tree may get through at first."""
    best, begins = truth(), list[Any]()

    def tree(run: Run, tier: str | None) -> StageOutcome:
        while not begins and not run.stop.interrupt.is_set():
            time.sleep(0.01)
        time.sleep(0.2)
        run.listener(Progress(run.stop.seconds, "solve", best.objective, plan=lambda: best.options))
        while len(begins) < 2 and not run.stop.interrupt.is_set():
            time.sleep(0.01)
        return StageOutcome("feasible", best.options, None, "time")

    def engine(stop: Stop, end: float, begin: Any, hear: Any, offered: Any) -> StageResult:
        begins.append(begin)
        return StageResult(begin)

    raced(monkeypatch, tree, engine, time_limit=20)
    assert begins[0] is None
    assert begins[1].tolist() == best.options.tolist()  # type: ignore[union-attr]


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_the_core_goes_to_whoever_moves(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    """With one thread one of them rests, with two the engine has one or both; who stands still
    has fewer turns, and never none."""
    monkeypatch.setattr(race, "LEAST_TURN", 0.05)
    monkeypatch.setattr(race, "TURN", 0.0)
    seen: list[tuple[float, bool]] = []
    cities: list[CityStages] = []
    init = CityStages.__init__

    def made(self: CityStages, *given: Any) -> None:
        init(self, *given)
        cities.append(self)

    monkeypatch.setattr(CityStages, "__init__", made)

    def tree(run: Run, tier: str | None) -> StageOutcome:
        """Moves in the second half alone."""
        assert run.rest is not None
        bound = 2e9
        while not run.stop.interrupt.is_set() and run.stop.seconds < run.until:
            if run.stop.seconds > 0.5 * run.until:
                bound *= 0.99
                run.listener(Progress(run.stop.seconds, "solve", bound=bound))
            time.sleep(0.01)
        return StageOutcome("no_solution", None, None, "time")

    def engine(stop: Stop, end: float, begin: Any, hear: Any, offered: Any) -> StageResult:
        """Moves in the first half alone."""
        value = 1.0
        hear(Progress(stop.seconds, "search", value, plan=lambda: NOTHING))
        while not stop.interrupt.is_set() and stop.seconds < end:
            assert stop.rest is not None
            if stop.seconds < 0.5 * end:
                value *= 1.01
                hear(Progress(stop.seconds, "search", value, plan=lambda: NOTHING))
            gives = stop.rest.is_set() if threads == 1 else cities[0].pool.threads < threads
            seen.append((stop.seconds / end, gives))
            time.sleep(0.01)
        return StageResult(NOTHING)

    raced(monkeypatch, tree, engine, time_limit=6, threads=threads)
    early = [given for at, given in seen if 0.1 < at < 0.48]
    late = [given for at, given in seen if 0.7 < at < 0.95]
    # While the engine moves the tree has a turn of four, and the most of them once it stands.
    assert 0.1 < sum(early) / len(early) < 0.4
    if threads == 1:
        assert 0.55 < sum(late) / len(late) < 0.95
    else:
        assert all(late)


def test_a_bound_that_a_plan_beats_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's plan is real; a tree's bound below it was rounded away."""
    best = truth()
    half = (best.objective or 0.0) / 2
    result = raced(
        monkeypatch,
        lambda run, tier: StageOutcome("feasible", NOTHING, half, "time"),
        lambda stop, end, begin, hear, offered: StageResult(best.options),
        time_limit=2,
    )
    assert result.objective == best.objective
    assert result.bound is not None and result.bound >= 2 * half


def test_a_named_method_runs_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for city, or for a limit of work, which the clock does not end, has one road."""

    def never(*given: Any, **named: Any) -> Any:
        raise AssertionError("raced")

    monkeypatch.setattr(race, "race", never)
    assert siting.solve(town(), method="city", time_limit=3, threads=1).options is not None
    assert siting.solve(town(), method="highs", time_limit=3, threads=1).options is not None
    assert siting.solve(town(), work_limit=50, time_limit=30, threads=1).options is not None
    assert siting.solve(town(), time_limit=None, threads=1).options is not None


def test_what_a_solver_closes_at_once_needs_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head start: a small problem is solved before the engine is begun."""

    def never(*given: Any, **named: Any) -> Any:
        raise AssertionError("the engine began")

    monkeypatch.setattr(CityStages, "__init__", never)
    monkeypatch.setattr(race, "LEAST_HEAD", 60.0)
    monkeypatch.setattr(race, "MOST_HEAD", 60.0)
    result = siting.solve(town(), time_limit=300, threads=1)
    assert (result.status, result.method) == ("optimal", "highs")


def test_tiers_are_raced_one_after_the_other() -> None:
    """The later one keeps what the better road reached; both end as the exact road does."""
    families = frozenset({"budget", "sizes", "tiers"})
    problem = build(families, 5, 9, 2, 10, np.uint16, np.random.default_rng(5))
    problem = problem.under(Objective(order="tiers"))
    best = siting.solve(problem, method="highs", threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("siting.solving.pipeline.choose", lambda *asked: "city")
        both = siting.solve(problem, time_limit=20, threads=2)
    assert both.status == "optimal"
    assert {t: line["objective"] for t, line in both.tiers.items()} == {
        t: line["objective"] for t, line in best.tiers.items()
    }


def test_only_coverage_without_capacities_is_raced() -> None:
    """Other models have roads of their own."""
    problem = town()
    assert may_run_beside(problem, problem.objective)
    assert not may_run_beside(problem, Objective("capacitated_cover"))
    assert not may_run_beside(problem, Objective("p_median", p=2))
