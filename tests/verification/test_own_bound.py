"""The judge's own bound for results without a certificate."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from siting.problem import Objective, Problem
from siting.problem.solution import Solution
from siting.verification.judge import evaluate, verify
from siting.verification.own_bound import Relaxation, n_entries, own_bound
from tests.tools.brute import brute_best
from tests.tools.depth import examples
from tests.tools.problems import problems


@examples(25)
@given(problems(without={"capacity"}))
def test_own_bound_is_valid(problem: Problem) -> None:
    """No plan beats it, in sum and tier by tier."""
    best = brute_best(problem)
    if best.objective is None or best.options is None:
        return
    judged = evaluate(problem, best.options)
    claim = Solution("feasible", best.options, judged.objective)
    found = verify(problem, claim, thorough=True)
    assert found.ok
    assert found.bound is not None
    assert found.bound >= judged.objective
    for tier, bound in found.tier_bounds.items():
        assert bound >= float(judged.tiers[tier])


@examples(40)
@given(problems(without={"capacity"}))
def test_a_relaxation_is_as_large_as_was_counted(problem: Problem) -> None:
    """What is too large is refused by a count, before anything is put together."""
    for tier, held in ((None, None), ("basic", None), ("quality", 0)):
        made = Relaxation(problem, tier, held)
        links = sum(made.matrix[rows, : problem.n_options].nnz for rows in made.link)
        rules = sum(rule.options.nnz for rule in problem.rules)
        assert n_entries(problem, tier, held) == links + rules


def test_own_bound_comes_near() -> None:
    """Sixty people points, eight outlets: within 3 % of a greedy plan; the plain one is far."""
    rng = np.random.default_rng(0)
    xy = rng.random((60, 2))
    problem = Problem.from_points(xy, xy, rng.integers(1, 100, 60), radius=0.12).replace(p=8)
    greedy: list[int] = []
    for _ in range(8):
        rest = [s for s in range(60) if s not in greedy]
        greedy.append(max(rest, key=lambda s: evaluate(problem, [*greedy, s]).units))
    reached = evaluate(problem, greedy).units
    bound = own_bound(problem, Objective(p=8))
    everybody = int(problem.persons.sum())
    assert bound is not None
    assert reached <= bound < 1.03 * reached < everybody


def test_no_own_bound_where_it_means_nothing() -> None:
    """Models and problems beyond it are left to the plain bound."""
    problem = Problem.from_points([[0.0, 0.0]], [[0.0, 0.0]], [1], radius=1)
    assert own_bound(problem, Objective("set_cover")) is None
    assert own_bound(problem.replace(respect_capacity=True), Objective()) is None
