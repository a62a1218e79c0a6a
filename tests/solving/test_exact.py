"""Exact methods: what they claim, and what they say when they cannot."""

from __future__ import annotations

import threading
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from benchmarks.instances import REGISTRY
from siting.errors import ArgumentError, SolverError
from siting.models.shared.covering import people_to_cover
from siting.models.shared.patterns import merged_entries
from siting.notice import plain
from siting.problem import Objective, Problem
from siting.progress import Progress, Stop
from siting.solvers.base import SolverOutcome
from siting.solvers.child import WarmSolver
from siting.solvers.program import Program
from siting.solving import solve
from siting.solving.exact import solve_exact
from siting.solving.memory import least_gb, pairs_within
from siting.solving.outcome import verified
from siting.solving.precision import attainable, closed, scaled
from siting.verification.judge import evaluate, verify
from tests.tools.depth import examples
from tests.tools.examples import example, random_case
from tests.tools.problems import build, problems
from tests.tools.programs import knapsack


@pytest.fixture(scope="module")
def highs():  # type: ignore[no-untyped-def]
    """One warm HiGHS."""
    with WarmSolver("highs") as solver:
        yield solver


def test_tiers_are_solved_one_after_the_other(highs: WarmSolver) -> None:
    """The quality tier is best among the plans that keep what the basic tier reached."""
    for seed in range(6):
        problem = random_case("max_cover", 300 + seed, without=frozenset({"capacity"}))
        weighted = problem.under(Objective(order="weighted", p=problem.objective.p))
        tiers = problem.under(Objective(order="tiers", p=problem.objective.p))
        one = solve_exact(tiers, tiers.objective, "highs", solver=highs)
        other = solve_exact(weighted, weighted.objective, "highs", solver=highs)
        if one.objective is None or other.objective is None:
            assert one.status == other.status == "infeasible"
            continue
        assert one.objective <= other.objective + 1e-9
        assert verify(tiers, one).ok
        if one.tier_bounds:
            assert sum(one.tier_bounds.values()) == pytest.approx(one.bound)


@given(problem=problems(without={"capacity"}))
@examples(15)
def test_scaling_weights_scales_the_objective(highs: WarmSolver, problem: Problem) -> None:
    """Twice the weight of every format is twice the objective, by the same rules."""
    once = solve_exact(problem, Objective(order="weighted"), "highs", solver=highs)
    heavier = problem.replace(
        targets=tuple(replace(t, weight_micro=2 * t.weight_micro) for t in problem.targets)
    )
    twice = solve_exact(heavier, Objective(order="weighted"), "highs", solver=highs)
    assert once.status == twice.status
    if once.objective is not None and twice.objective is not None:
        assert twice.objective == pytest.approx(2 * once.objective)


def test_more_options_never_worsen_the_optimum(highs: WarmSolver) -> None:
    """Raising p never covers fewer people."""
    problem = REGISTRY["pmed1"].problem()
    cover = Problem.from_matrix(_dense(problem), radius=40)
    best = [
        solve_exact(cover.under(Objective(p=p)), Objective(p=p), "highs", solver=highs).objective
        for p in (1, 2, 3)
    ]
    assert best == sorted(best, key=lambda value: value or 0.0)


def test_an_outlet_that_gains_nothing_is_not_in_a_plan(highs: WarmSolver) -> None:
    """With money for more than is useful, nothing useless is bought, and what rules ask for is."""
    problem = example()
    cover = problem.replace(rules=(), spacings=(), min_coverage=())
    found = solve_exact(cover, cover.objective, "highs", solver=highs)
    assert found.options is not None
    for option in found.options:
        rest = found.options[found.options != option]
        kept = cover.replace(options=cover.options.take(rest))
        fewer = solve_exact(kept, cover.objective, "highs", solver=highs)
        assert fewer.objective is not None
        assert found.objective is not None
        assert fewer.objective < found.objective


@pytest.mark.parametrize("bound", [None, 9999.0])
def test_a_start_is_never_lost(bound: float | None) -> None:
    """A feasible start is returned at least, even when there is no time to find anything; with
    what the solver told of a bound, be it nothing."""
    problem = example().under(Objective(order="weighted"))
    start = solve_exact(problem, problem.objective, "highs").options
    idle = Liar(SolverOutcome("no_solution", None, None, bound, "time"))
    found = solve_exact(problem, problem.objective, "highs", start=start, solver=idle)
    assert start is not None and found.options is not None
    assert (found.status, found.limit) == ("feasible", "time")
    assert found.options.tolist() == start.tolist()
    assert found.objective == evaluate(problem, start).objective
    assert (found.bound is None) == (bound is None)


def test_the_bound_is_told_without_a_plan() -> None:
    """A run that finds nothing still tells how good a plan could be, and whose word that is: a
    bound that no solver told is ours."""
    problem = REGISTRY["sanfrancisco-600-p60"].problem()
    found = solve_exact(problem, problem.objective, "scipy", Stop(time_limit=0.5))
    assert (found.status, found.bound) == ("no_solution", None)
    told = verified(problem, problem.objective, found, Stop())
    assert told.bound is not None and told.bound >= 683_139
    assert told.bound_proof == "certificate"


def test_an_interrupt_gives_the_best_plan_so_far() -> None:
    """Ctrl-C ends the run with the plan found so far and says so."""
    problem = REGISTRY["sanfrancisco-600-p60"].problem()
    stop, heard = Stop(), []

    def hear(news: Progress) -> None:
        heard.append(news)
        if news.objective is not None and news.objective > 0:
            threading.Timer(0.1, stop.interrupt.set).start()

    found = solve_exact(problem, problem.objective, "benders", stop, listener=hear)
    assert found.limit == "interrupt"
    assert found.status == "feasible"
    assert verify(problem, found).ok
    assert heard


def test_a_model_that_does_not_fit_is_declined_with_the_figure(highs: WarmSolver) -> None:
    """A program too large for the memory limit is not sent to the solver, and the need is told."""
    problem = REGISTRY["newyork-400-p50"].problem()
    found = solve_exact(problem, problem.objective, "highs", memory_gb=0.1, solver=highs)
    assert found.status == "no_solution"
    assert found.limit == "memory"
    assert any("would need about 0.2 GB; the limit is 0.1 GB" in note for note in found.notes)


def test_a_method_without_work_limit_says_so() -> None:
    """A limit that a solver cannot keep is refused, not ignored."""
    problem = example()
    with pytest.raises(ArgumentError, match="pulp has no work limit"):
        solve_exact(problem, problem.objective, "pulp", Stop(work_limit=5))


def test_an_empty_problem_has_an_optimum(highs: WarmSolver) -> None:
    """No options at all: nothing is opened and nothing is gained, and that is proven."""
    problem = example().replace(spacings=(), min_coverage=(), rules=())
    none = problem.replace(options=problem.options.take(np.zeros(0, np.int64)))
    found = solve_exact(none, none.objective, "highs", solver=highs)
    assert found.status == "optimal"
    assert found.objective == found.bound == 0
    assert found.options is not None and len(found.options) == 0


def test_a_bound_is_rounded_to_what_is_attainable() -> None:
    """On whole numbers 8.97 means 8, and noise below a number is not rounded past it."""
    program = knapsack()
    assert attainable(program, 8.97) == 8
    assert attainable(program, 7.9999999) == 8
    assert attainable(program, None) is None
    assert closed(program, 8.0, 8.0)
    assert not closed(program, 8.0, 9.0)


@pytest.mark.slow
def test_manhattan_is_proven(highs: WarmSolver) -> None:
    """The published optimum of 50 outlets within 400 m in Manhattan: 1,153,640 people."""
    instance = REGISTRY["newyork-400-p50"]
    problem = instance.problem()
    found = solve_exact(
        problem, problem.objective, "highs", Stop(time_limit=240), threads=2, solver=highs
    )
    assert found.status == "optimal"
    assert found.objective == instance.best == 1_153_640
    assert verify(problem, found).ok


def _dense(problem: Problem) -> np.ndarray:
    dense = np.full((problem.n_points, problem.n_sites), np.inf)
    site = np.repeat(np.arange(problem.n_sites), np.diff(problem.reach.start))
    dense[problem.reach.point, site] = problem.reach.cost
    return dense


def test_what_would_not_fit_is_declined_before_it_is_built(highs: WarmSolver) -> None:
    """The need is told from the pairs alone, after counting how many are alike."""
    problem = REGISTRY["newyork-400-p50"].problem()
    objective = problem.objective
    every = pairs_within(problem)
    alike = merged_entries(problem, people_to_cover(problem))
    assert (
        alike
        == sum(len(set(covering)) for covering in set(_covering(problem)) if covering)
        <= every
    )
    assert least_gb(problem, objective, enough=100.0) == pytest.approx(every * 750 / 1e9)
    assert least_gb(problem, objective, enough=0.0) == pytest.approx(alike * 750 / 1e9)
    found = solve_exact(problem, objective, "highs", memory_gb=0.05, solver=highs)
    assert (found.status, found.limit) == ("no_solution", "memory")
    assert found.statistics == {}


def test_a_gap_target_ends_the_run() -> None:
    """A run that stops at its gap target is feasible, says gap, and keeps its promise."""
    problem = REGISTRY["newyork-400-p50"].problem()
    found = solve_exact(problem, problem.objective, "benders", Stop(gap=0.2))
    assert found.status == "feasible"
    assert found.limit == "gap"
    assert found.objective is not None and found.bound is not None
    assert found.bound - found.objective <= 0.2 * found.objective


def _covering(problem: Problem) -> list[tuple[int, ...]]:
    reach = problem.reach
    place = np.repeat(np.arange(reach.n_places), np.diff(reach.start))
    people = np.flatnonzero(problem.persons[0] > 0).tolist()
    return [tuple(sorted(place[reach.point == i].tolist())) for i in people]


class Liar(WarmSolver):
    """A solver that answers what it was told to answer."""

    def __init__(self, outcome: SolverOutcome):
        super().__init__("highs")
        self.outcome = outcome

    def start(self) -> None:
        """No child."""

    def solve(self, program: Program, *settings: Any, **named: Any) -> SolverOutcome:
        """The prepared answer, its plan filled up to the program's columns."""
        if self.outcome.x is None:
            return self.outcome
        x = np.zeros(program.n_columns)
        x[: len(self.outcome.x)] = self.outcome.x
        return replace(self.outcome, x=x)


def test_a_plan_that_breaks_a_rule_is_never_believed() -> None:
    """A solver that calls a plan optimal which breaks a rule is caught, and the rule named."""
    problem = example()
    everything = SolverOutcome("optimal", np.ones(problem.n_options), 99.0, 99.0)
    with pytest.raises(SolverError, match="highs returned a plan that breaks"):
        solve_exact(problem, problem.objective, "highs", solver=Liar(everything))


def test_a_share_missed_within_tolerance_is_noticed() -> None:
    """A minimum coverage that holds for fractional columns only is not accepted."""
    problem = example("partial_cover").replace(rules=(), spacings=(), min_coverage=())

    class Generous(Liar):
        def solve(self, program: Program, *settings: Any, **named: Any) -> SolverOutcome:
            # One option open, and everybody called covered, rows of the link too.
            x = np.ones(program.n_columns)
            return SolverOutcome("optimal", x * _opens(program, 1), 1.0, 1.0)

    easy = problem.under(Objective("partial_cover", share=Fraction(0)))
    assert solve_exact(easy, easy.objective, "highs").objective == 0
    with pytest.raises(SolverError, match=r"breaks|falls short"):
        solve_exact(problem, problem.objective, "highs", solver=Generous(SolverOutcome("optimal")))


def test_a_solver_that_returns_another_plan_than_it_calls_optimal_is_asked_anew() -> None:
    """HiGHS 1.16, begun with a plan, at times calls the optimum optimal and returns its start
    (seen on a problem of 48 columns): it is asked once more without one."""
    problem = example().replace(rules=(), spacings=(), min_coverage=())
    problem = problem.under(Objective(order="weighted"))
    true = solve_exact(problem, problem.objective, "highs")

    class Forgetful(WarmSolver):
        asked = 0

        def solve(self, program: Program, *settings: Any, **named: Any) -> SolverOutcome:
            outcome = super().solve(program, *settings, **named)
            self.asked += 1
            return outcome if program.start is None else replace(outcome, x=program.start)

    nothing = np.zeros(0, np.int64)
    with Forgetful("highs") as solver:
        found = solve_exact(problem, problem.objective, "highs", start=nothing, solver=solver)
        assert solver.asked > 1
    assert (found.status, found.objective) == ("optimal", true.objective)


def test_infeasible_is_not_believed_against_a_plan() -> None:
    """A solver that calls a program infeasible whose plan is in our hands is told to be wrong, and
    the plan stays."""
    problem = example().under(Objective(order="weighted"))
    true = solve_exact(problem, problem.objective, "highs")
    kept = solve_exact(
        problem,
        problem.objective,
        "highs",
        start=true.options,
        solver=Liar(SolverOutcome("infeasible")),
    )
    assert (kept.status, kept.objective) == ("feasible", true.objective)
    assert "highs calls a program infeasible whose plan is known" in kept.notes
    assert kept.bound is None


def test_a_broken_plan_does_not_take_the_one_we_had() -> None:
    """A solver that returns nonsense after a plan was known leaves that plan, and is told."""
    problem = example().under(Objective(order="weighted"))
    true = solve_exact(problem, problem.objective, "highs")
    everything = SolverOutcome("optimal", np.ones(problem.n_options), 99.0, 99.0)
    kept = solve_exact(
        problem, problem.objective, "highs", start=true.options, solver=Liar(everything)
    )
    assert kept.objective == true.objective
    assert any("highs returned a plan that breaks" in note for note in kept.notes)


def test_a_refused_bound_does_not_take_the_plan() -> None:
    """A bound that a plan beats is dropped, and the judge's own is told; the plan stays."""
    problem = example().under(Objective(order="weighted"))
    true = solve_exact(problem, problem.objective, "highs")
    assert true.objective is not None
    low = SolverOutcome("feasible", None, None, true.objective - 1.0, "time")
    kept = solve_exact(problem, problem.objective, "highs", start=true.options, solver=Liar(low))
    assert kept.objective == true.objective
    assert kept.bound is None
    assert any("a bound; a plan of" in note for note in kept.notes)


def test_a_solver_that_dies_does_not_take_the_plan_we_had() -> None:
    """Whatever it died of: the plan it began with comes back, with a note."""

    class Dying(Liar):
        def solve(self, program: Program, *settings: Any, **named: Any) -> SolverOutcome:
            raise SolverError(plain("highs was killed by SIGSEGV"))

    problem = example().under(Objective(order="weighted"))
    true = solve_exact(problem, problem.objective, "highs")
    dying = Dying(SolverOutcome("no_solution"))
    kept = solve_exact(problem, problem.objective, "highs", start=true.options, solver=dying)
    assert (kept.status, kept.objective, kept.bound) == ("feasible", true.objective, None)
    assert kept.notes[0] == "highs was killed by SIGSEGV; the plan that was known is kept"
    with pytest.raises(SolverError, match="SIGSEGV"):
        solve_exact(problem, problem.objective, "highs", solver=dying)


def _opens(program: Program, count: int) -> np.ndarray:
    mask = np.ones(program.n_columns)
    open_ = program.column_block("open")
    mask[open_.begin + count : open_.end] = 0.0
    return mask


@pytest.mark.parametrize("method", ["highs", "scip", "benders", "pulp"])
@pytest.mark.parametrize(("weight", "crowd"), [(1_000_001, 10**9), (333_333, 10**11)])
def test_no_plan_is_thrown_away_for_a_rounding(method: str, weight: int, crowd: int) -> None:
    """Weights of six places on fractional persons make steps of 1e-9 beside sums of 1e9, finer
    than a float: what a solver calls optimal is told as optimal, never refused for its last bit."""
    for seed in range(2):
        problem = fine(seed, weight, crowd)
        result = solve(problem, method=method, threads=1)
        assert result.status == "optimal"
        assert result.bound == result.objective
        assert verify(problem, result).ok


def test_cpsat_says_that_numbers_are_too_large() -> None:
    """CP-SAT counts in whole steps that must be exact: beyond 2^53 it is refused beforehand."""
    with pytest.raises(ArgumentError, match=r"cpsat counts in whole steps, below 2\^53"):
        solve(fine(0, 1_000_001, 10**12), method="cpsat", threads=1)


@pytest.mark.parametrize("largest", [1e-9, 1.0, 3e8, 7e17])
def test_scaling_an_objective_rounds_nothing(largest: float) -> None:
    """Every coefficient comes back as it was."""
    program = replace(knapsack(), objective=np.array([largest, largest / 3, 0.0]), constant=0.7)
    other, factor = scaled(program)
    assert (other.objective / factor == program.objective).all()
    assert other.constant / factor == program.constant
    assert 1e-3 <= other.objective.max() <= 1e9


def fine(seed: int, weight_micro: int, crowd: int) -> Problem:
    """A small problem whose objective has very small steps and a very large sum."""
    rng = np.random.default_rng(seed)
    problem = build(frozenset({"budget", "weights"}), 5, 9, 2, 9, np.uint16, rng)
    targets = tuple(
        replace(target, weight_micro=weight_micro + k) for k, target in enumerate(problem.targets)
    )
    persons = rng.integers(1, crowd, problem.persons.shape)
    return problem.replace(persons=persons, targets=targets)
