"""A plan's objective, coverage and violations against plain enumeration."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.errors import ArgumentError
from siting.problem import Objective, Problem
from siting.verification.evaluation import evaluate
from tests.tools.brute import Truth
from tests.tools.depth import examples
from tests.tools.problems import FAMILIES, problems

SEEDS = st.integers(0, 2**32 - 1)
MODELS = (
    Objective("set_cover"),
    Objective("partial_cover", share=Fraction(1, 2)),
    Objective("p_median", p=3),
    Objective("p_center", p=3),
    Objective("backup_cover", times=2),
    Objective("backup_cover", times=3, p=4),
    Objective("capacitated_cover"),
    Objective("complete_circle"),
)


def agree(problem: Problem, spec: Objective, seed: int) -> None:
    """Evaluation and enumeration say the same of a few random plans."""
    rng = np.random.default_rng(seed)
    truth = Truth(problem, spec)
    feasible = {tuple(plan) for plan in truth.feasible_plans().tolist()}
    for _ in range(4):
        plan = (rng.random(problem.n_options) < rng.random()).astype(np.int64)
        judged = evaluate(problem, np.flatnonzero(plan), spec)
        score = truth.score(plan, truth.hopes(plan[None])[0])
        assert judged.feasible == (tuple(plan.tolist()) in feasible and score is not None)
        if score is not None:
            unit = judged.unit if spec.model != "p_center" else Fraction(1)
            assert judged.exact == (score[0] + score[1]) * unit
            if judged.tiers:
                assert judged.tiers.get("basic", 0) == score[0] * unit
                assert judged.tiers.get("quality", 0) == score[1] * unit


@examples(60)
@given(problems(), SEEDS)
def test_max_cover_of_any_plan_agrees_with_enumeration(problem: Problem, seed: int) -> None:
    """Objective by tier and feasibility are those of plain enumeration, whatever rules are on."""
    agree(problem, problem.objective, seed)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_each_rule_family_agrees_with_enumeration(family: str) -> None:
    """The same for each family of rules by itself."""

    @examples(10)
    @given(problems({family}), SEEDS)
    def check(problem: Problem, seed: int) -> None:
        agree(problem, problem.objective, seed)

    check()


@pytest.mark.parametrize("spec", MODELS, ids=lambda spec: f"{spec.model}-{spec.times}")
def test_every_model_agrees_with_enumeration(spec: Objective) -> None:
    """The same for the other models."""

    @examples(25)
    @given(problems(without={"capacity"}), SEEDS)
    def check(problem: Problem, seed: int) -> None:
        agree(problem, spec, seed)

    check()


@examples(40)
@given(problems({"capacity", "min_coverage", "existing"}), SEEDS)
def test_minimum_coverage_counts_the_served(problem: Problem, seed: int) -> None:
    """Where capacity counts, a minimum coverage is met by people served, not by people in reach."""
    agree(problem, problem.objective, seed)


@examples(60)
@given(problems({"min_coverage", "circles", "existing"}), SEEDS)
def test_minima_tell_who_is_covered_and_what_an_outlet_less_costs(
    problem: Problem, seed: int
) -> None:
    """Of each row: everybody, covered people, and the most that one outlet alone covers."""
    rng = np.random.default_rng(seed)
    chosen = np.flatnonzero(rng.random(problem.n_options) < 0.6)
    truth = Truth(problem, problem.objective)

    def covered(options: np.ndarray) -> list[int]:
        plan = np.zeros((1, problem.n_options), bool)
        plan[0, options] = True
        return [
            sum(
                int(truth.persons[t][inside & (truth.counts(plan, t)[0] > 0)].sum())
                for t in targets
            )
            for targets, inside, _ in truth.needs()
        ]

    whole = covered(chosen)
    fewer = [covered(np.delete(chosen, k)) for k in range(len(chosen))]
    judged = evaluate(problem, chosen)
    assert [use.covered for use in judged.minima] == whole
    assert [use.needed for use in judged.minima] == [need for *_, need in truth.needs()]
    for row, use in enumerate(judged.minima):
        assert use.lost == max((whole[row] - left[row] for left in fewer), default=0)


@examples(40)
@given(problems({"capacity", "min_coverage", "existing", "circles"}), SEEDS)
def test_minima_tell_who_is_served(problem: Problem, seed: int) -> None:
    """Within capacity: as many as are needed where that is possible, never more than are in
    reach or than the outlets hold."""
    rng = np.random.default_rng(seed)
    judged = evaluate(problem, np.flatnonzero(rng.random(problem.n_options) < 0.6))
    free = evaluate(problem.replace(respect_capacity=False), judged.options)
    short = [use for use in judged.minima if use.covered < use.needed]
    assert bool(short) == any("must cover at least" in text for text in judged.violations)
    for use, reached in zip(judged.minima, free.minima, strict=True):
        assert use.covered <= reached.covered
        assert (use.everybody, use.needed) == (reached.everybody, reached.needed)


@examples(60)
@given(problems(without={"capacity", "groups", "phases", "leaves"}), SEEDS)
def test_newly_covered_rows_add_up(problem: Problem, seed: int) -> None:
    """Each newly covered person counts for exactly one outlet: rows add up to after - before. What
    is told counts from today, with what stands and may move or close."""
    rng = np.random.default_rng(seed)
    judged = evaluate(problem, np.flatnonzero(rng.random(problem.n_options) < 0.6))
    gained = sum(target.after - target.before for target in judged.targets)
    assert judged.newly_covered.sum() == gained
    told = sum(
        group["after"] - group["before"]
        for groups in judged.coverage.values()
        for group in groups.values()
    )
    since = sum(target.after - target.today for target in judged.targets)
    assert told == pytest.approx(since / problem.person_units)


@examples(40)
@given(problems({"capacity", "existing"}), SEEDS)
def test_served_rows_stay_within_capacity(problem: Problem, seed: int) -> None:
    """No outlet serves more than it can, and rows add up to what the new outlets add."""
    rng = np.random.default_rng(seed)
    judged = evaluate(problem, np.flatnonzero(rng.random(problem.n_options) < 0.6))
    most = problem.options.capacity[judged.options] * problem.person_units
    assert (judged.newly_covered <= most).all()
    assert judged.newly_covered.sum() == sum(t.after - t.before for t in judged.targets)


@examples(80)
@given(problems(), SEEDS)
def test_useless_outlets_can_all_be_dropped(problem: Problem, seed: int) -> None:
    """Without its useless outlets a plan is worth as much and breaks nothing more; then every
    outlet gains somebody or is needed by a rule."""
    rng = np.random.default_rng(seed)
    judged = evaluate(problem, np.flatnonzero(rng.random(problem.n_options) < 0.7))
    rest = evaluate(problem, np.setdiff1d(judged.options, judged.useless))
    assert rest.exact == judged.exact
    assert not len(rest.useless)
    if judged.feasible:
        assert rest.feasible
        for option in rest.options.tolist():
            less = evaluate(problem, rest.options[rest.options != option])
            assert less.exact < rest.exact or not less.feasible or problem.respect_capacity


def test_capacity_is_refused_where_it_means_nothing() -> None:
    """A model that does not know capacity says so instead of ignoring it."""

    @examples(3)
    @given(problems({"capacity"}))
    def check(problem: Problem) -> None:
        with pytest.raises(ArgumentError, match="respect_capacity goes with"):
            evaluate(problem, [], Objective("p_center"))

    check()


def test_unknown_positions_are_refused() -> None:
    """A position beyond the options is misuse."""

    @examples(3)
    @given(problems({"budget"}))
    def check(problem: Problem) -> None:
        with pytest.raises(ValueError, match="options must lie in"):
            evaluate(problem, [problem.n_options])

    check()
