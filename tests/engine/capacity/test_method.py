"""The large-scale engine with capacities against plain enumeration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import siting
from siting.engine.capacity.assignment import forget, new_assignment, open_option, rollback, settle
from siting.engine.capacity.method import solve_capacitated
from siting.engine.capacity.search import served_alone
from siting.engine.capacity.supply import Supply, supply_of
from siting.engine.params import EngineParams
from siting.engine.shared.threads import ThreadPool
from siting.models import capacitated_cover
from siting.problem import Objective, Problem
from siting.progress import Stop
from siting.solvers.relaxation import best_given
from siting.solving import auto
from siting.solving.auto import choose
from siting.verification.evaluation import evaluate
from siting.verification.judge import recompute_bound, verify
from tests.tools.brute import brute_best
from tests.tools.depth import examples, seeds
from tests.tools.problems import FAMILIES, build, problems

QUICK = examples(4)


TOGETHER = EngineParams.of({"capacity": {"shared_plan": 1, "block_sites": 2}})
"""All chains on one plan, cut anywhere."""


def check(problem: Problem, params: EngineParams | None = None) -> None:
    """Plan feasible, bound valid, certificates valid, infeasible only when it is."""
    truth = brute_best(problem)
    stop = Stop(work_limit=150)
    solution = solve_capacitated(problem, problem.objective, stop, seed=1, params=params)
    if truth.options is None:
        assert solution.options is None
        return
    assert solution.status != "infeasible"
    if not solution.certificates:
        assert solution.options is None and problem.min_coverage and solution.notes
        return
    best = truth.objective
    assert best is not None
    if solution.options is not None:
        judged = evaluate(problem, solution.options, problem.objective)
        assert not judged.violations
        assert judged.units <= best or problem.objective.order == "tiers"
        bare = replace(solution, objective=judged.objective, bound=None, tier_bounds={})
        checked = verify(problem, bare)
        assert checked.ok, checked.violations
    first = solution.certificates[0]
    counted = best if first.tier is None else truth.tiers[first.tier]
    assert recompute_bound(problem, first, problem.objective) >= counted
    if len(solution.certificates) == 2 and solution.options is not None:
        # The later tier's holds for plans that keep what the earlier reached.
        second = solution.certificates[1]
        assert second.held is not None and second.tier is not None
        if truth.tiers["basic"] >= second.held:
            assert recompute_bound(problem, second, problem.objective) >= truth.tiers[second.tier]


@pytest.mark.parametrize("family", sorted(FAMILIES - {"capacity"}))
def test_each_rule_with_capacities(family: str) -> None:
    """With one family of rules the plan keeps it and no bound is below the optimum."""

    @QUICK
    @given(problems({family, "capacity", "budget"}))
    def run(problem: Problem) -> None:
        check(problem)

    run()


@examples(25)
@given(problems(among=FAMILIES), st.booleans())
def test_rules_together(problem: Problem, together: bool) -> None:
    """Random combinations of rules: the plan keeps them all and no bound is below the optimum,
    with a plan a chain and with all chains on one."""
    check(problem.replace(respect_capacity=True), TOGETHER if together else None)


def test_one_plan_of_all_chains_is_the_same_on_any_number_of_threads() -> None:
    """Where work ends the run, one core and three make the same plan and bound."""
    rng = np.random.default_rng(3)
    problem = build(frozenset({"capacity", "budget", "sizes"}), 40, 60, 3, 20, np.uint16, rng)
    found = [
        solve_capacitated(
            problem, problem.objective, Stop(work_limit=400), 1, threads, params=TOGETHER
        )
        for threads in (1, 3)
    ]
    plans = [one.options for one in found]
    assert plans[0] is not None and plans[1] is not None
    assert plans[0].tolist() == plans[1].tolist()
    assert found[0].bound == found[1].bound


def test_small_optima_are_found() -> None:
    """The search, a heuristic, misses the optimum of hardly any tiny problem with one budget."""
    missed = 0
    for seed in seeds(25):
        rng = np.random.default_rng(seed)
        families = frozenset({"capacity", "budget", "sizes", "existing"})
        problem = build(families, 4, 9, 2, 10, np.uint16, rng)
        truth = brute_best(problem)
        solution = solve_capacitated(problem, problem.objective, Stop(work_limit=150), seed=1)
        assert truth.options is not None and solution.options is not None
        found = evaluate(problem, solution.options, problem.objective).units
        missed += found < (truth.objective or 0)
    assert missed <= len(seeds(1))


def supply_and_rate(problem: Problem) -> tuple[Supply, np.ndarray]:
    """A supply and the worth of its demands."""
    with ThreadPool(1) as pool:
        supply = supply_of(problem, pool)
    weight = np.array([t.weight_micro // problem.weight_gcd for t in problem.targets], np.int64)
    return supply, weight[supply.target]


@examples(40)
@given(problems({"capacity", "existing"}, max_points=9), st.integers(0, 2**31))
def test_settled_service_is_the_transport_optimum(problem: Problem, seed: int) -> None:
    """After ``settle`` the plan serves exactly what its transport problem allows."""
    supply, rate = supply_and_rate(problem)
    assume(supply.instance.n_options > 0)
    assignment = new_assignment(supply, rate)
    for e in supply.standing:
        open_option(assignment, e)
    rng = np.random.default_rng(seed)
    o = supply.instance.options
    taken: dict[tuple[int, int], int] = {}
    for k in rng.permutation(supply.instance.n_options):
        taken.setdefault((int(o.site[k]), int(o.format[k])), int(k))
    chosen = np.array(sorted(taken.values()))
    for k in chosen:
        open_option(assignment, k)
        forget(assignment)
    settle(assignment, 1000)
    options = np.sort(supply.instance.option[chosen])
    served = (int(assignment.total[0]) - served_alone(supply, rate)) * float(problem.unit)
    free = problem.replace(rules=(), spacings=(), site_area=np.full(problem.n_sites, 2**62))
    weighted = replace(problem.objective, order="weighted")
    program = capacitated_cover.build(free.replace(objective=weighted), weighted)
    assert served == pytest.approx(best_given(program, options))


@examples(30)
@given(problems({"capacity", "existing", "sizes"}))
def test_a_move_taken_back_leaves_no_trace(problem: Problem) -> None:
    """Opening any option and rolling back restores who serves whom."""
    supply, rate = supply_and_rate(problem)
    assignment = new_assignment(supply, rate)
    for e in supply.standing:
        open_option(assignment, e)
    for k in range(0, supply.instance.n_options, 2):
        if all(assignment.open[assignment.level_facility[f]] < 0 for f in _levels(supply, k)):
            open_option(assignment, k)
    forget(assignment)

    def people() -> list[dict[int, int]]:
        return [
            {int(c): int(n) for c, n in zip(who, how, strict=True) if c >= 0}
            for who, how in zip(assignment.holder, assignment.held, strict=True)
        ]

    before = (
        people(),
        assignment.left.copy(),
        assignment.spare.copy(),
        assignment.open.copy(),
        assignment.total.copy(),
    )
    for k in range(1, supply.instance.n_options, 2):
        if all(assignment.open[assignment.level_facility[f]] < 0 for f in _levels(supply, k)):
            open_option(assignment, k)
            rollback(assignment, 0)
    assert people() == before[0]
    for now, then in zip(
        (assignment.left, assignment.spare, assignment.open, assignment.total),
        before[1:],
        strict=True,
    ):
        np.testing.assert_array_equal(now, then)


def _levels(supply: Supply, option: int) -> np.ndarray:
    return supply.option_level[supply.option_start[option] : supply.option_start[option + 1]]


@examples(8)
@given(problems(among=FAMILIES), st.integers(0, 3))
def test_same_seed_same_plan(problem: Problem, seed: int) -> None:
    """Without a clock the same seed and threads give the same plan and bound."""
    problem = problem.replace(respect_capacity=True)
    first, second = (
        solve_capacitated(problem, problem.objective, Stop(work_limit=500), seed=seed, threads=2)
        for _ in range(2)
    )
    assert (first.options is None) == (second.options is None)
    if first.options is not None and second.options is not None:
        np.testing.assert_array_equal(first.options, second.options)
    assert first.bound == second.bound


@examples(8)
@given(problems({"capacity", "budget", "existing"}))
def test_both_ways_of_asking_agree(problem: Problem) -> None:
    """``respect_capacity`` and the model ``capacitated_cover`` mean the same."""
    asked = (
        siting.solve(problem, model="max_cover", method="city", work_limit=300, threads=1),
        siting.solve(
            problem.replace(respect_capacity=False),
            model="capacitated_cover",
            method="city",
            work_limit=300,
            threads=1,
        ),
    )
    assert asked[0].objective == asked[1].objective
    assert asked[0].bound == asked[1].bound
    assert all(r.bound_proof == "certificate" for r in asked)


def test_large_problems_take_this_road(monkeypatch: pytest.MonkeyPatch) -> None:
    """``auto`` leaves to the exact road only what it would close."""
    problem = build(
        frozenset({"capacity", "budget"}), 5, 9, 2, 10, np.uint16, np.random.default_rng(5)
    )
    assert choose(problem, problem.objective, "auto") == "highs"
    for name in ("FEW_OPTIONS", "FEW_PEOPLE", "LINKS_THAT_CLOSE"):
        monkeypatch.setattr(auto, name, -1)
    assert choose(problem, problem.objective, "auto") == "city"
    served = problem.replace(respect_capacity=False)
    assert choose(served, Objective("capacitated_cover"), "auto") == "city"


def test_a_guest_brings_its_host() -> None:
    """Where one format may open only with another, the pair is opened although the host alone
    wins nobody in its tier."""
    lost = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        problem = build(frozenset({"capacity", "together", "tiers"}), 4, 8, 2, 8, np.uint16, rng)
        truth = brute_best(problem)
        solution = solve_capacitated(problem, problem.objective, Stop(work_limit=300), seed=1)
        assert solution.options is not None
        reached = evaluate(problem, solution.options, problem.objective).tiers["basic"]
        lost += int(reached / problem.unit) < truth.tiers["basic"]
    assert lost == 0


def test_minima_within_capacity_are_met() -> None:
    """A plan that serves the minimum coverages is found wherever hardly any is missing, and what
    nobody could reach is called infeasible."""
    possible = found = proven = 0
    for seed in seeds(25):
        rng = np.random.default_rng(seed)
        families = frozenset({"capacity", "min_coverage", "budget", "existing", "sizes"})
        problem = build(families, 4, 9, 2, 10, np.uint16, rng)
        truth = brute_best(problem)
        solution = solve_capacitated(problem, problem.objective, Stop(work_limit=300), seed=1)
        possible += truth.options is not None
        found += solution.options is not None
        proven += solution.status == "infeasible"
        assert truth.options is not None or solution.options is None
        if solution.status == "infeasible":
            assert truth.options is None
    assert possible - len(seeds(1)) <= found <= possible
    assert proven > 0


@QUICK
@given(problems({"capacity", "min_coverage", "budget"}))
def test_minima_that_the_engine_misses_are_left_to_an_outside_solver(problem: Problem) -> None:
    """The public road finds a plan wherever there is one, and proves it where there is none."""
    truth = brute_best(problem)
    found = siting.solve(problem, method="city", work_limit=2000, time_limit=None, threads=1)
    if truth.options is None:
        assert found.status == "infeasible"
    else:
        assert found.plan is not None
        assert verify(problem, found).ok
