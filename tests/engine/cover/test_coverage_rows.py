"""Rows over coverage say of a plan on the state what the problem says of the same plan."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.cover.coverage_rows import Coverage
from siting.engine.shared.cover_state import fill
from siting.engine.shared.stage import Stage, min_coverage_rows
from siting.problem import Objective, Problem
from siting.verification.evaluation import evaluate
from tests.tools.depth import examples
from tests.tools.engine_draws import empty_state, packed
from tests.tools.problems import problems

DRAWN = problems({"min_coverage", "existing", "groups", "weights"})


def stage_of(problem: Problem) -> Stage:
    """All targets count; the minimum coverages are rows."""
    return Stage(
        problem, np.ones(problem.n_targets, np.bool_), cover_rows=min_coverage_rows(problem)
    )


@examples(60)
@given(DRAWN, st.integers(0, 2**32 - 1))
def test_a_row_counts_whom_the_plan_covers(problem: Problem, seed: int) -> None:
    """Newly covered persons of the rule's targets and district, from the reach itself; short are
    the rows that ask for more; the objective is verify's."""
    problem = problem.replace(objective=Objective(order="weighted"))
    instance, rows = packed(problem)
    stage = stage_of(problem)
    coverage = Coverage(instance, stage)
    state = empty_state(instance, rows)
    plan = np.flatnonzero(np.random.default_rng(seed).random(instance.n_options) < 0.5)
    fill(state, plan)
    options = instance.option[plan]
    covered = np.zeros((problem.n_points, problem.n_targets), np.bool_)
    for o in options:
        s = int(problem.options.site[o])
        for t in np.flatnonzero(problem.serves[problem.kind[o]]).tolist():
            near = problem.reach.row_cost(s) <= problem.targets[t].limit
            covered[problem.reach.row(s)[near], t] = True
    covered &= ~problem.covered_before
    wanted = []
    for row in stage.cover_rows:
        rule = problem.min_coverage[row.number]
        place = rule.places[row.district]
        total = 0
        for t in rule.targets:
            here = covered[:, t] & problem.inside(place)
            total += int(problem.persons[problem.targets[t].group][here].sum())
        wanted.append(total)
    # People of targets that no option serves or nobody weighs are no patterns of the instance.
    seen = np.isin(np.arange(problem.n_targets), instance.target)
    if all(seen[list(row.targets)].all() for row in stage.cover_rows):
        assert coverage.covered(state).tolist() == wanted
        needs = [row.need for row in stage.cover_rows]
        assert coverage.short(state).tolist() == [
            k for k, (has, need) in enumerate(zip(wanted, needs, strict=True)) if has < need
        ]
        assert (coverage.covered(state) <= coverage.most()).all()
    judged = evaluate(problem, options, problem.objective)
    assert np.isclose(coverage.objective(state), judged.objective)


@examples(30)
@given(DRAWN)
def test_a_price_makes_people_worth_more(problem: Problem) -> None:
    """The value of (t, i) grows by price times coefficient; a first price makes a row's people
    worth half the mean of those counted more, the next ones double it."""
    instance, _ = packed(problem)
    coverage = Coverage(instance, stage_of(problem))
    if not len(coverage.rows) or not instance.n_points:
        return
    plain = coverage.weight()
    unit = float(problem.unit)
    np.testing.assert_allclose(plain, (instance.value * unit).T, rtol=1e-6)
    last = np.array([len(coverage.rows) - 1])
    coverage.dearer(last)
    price = float(coverage.phi[-1])
    targets, coefficient = coverage.rows[-1]
    if coefficient.any():
        counted = instance.value[instance.value > 0]
        assert np.isclose(price * coefficient[coefficient > 0].mean(), 0.5 * counted.mean())
    more = coverage.weight() - plain
    np.testing.assert_allclose(more[targets], price * unit * coefficient.T, rtol=1e-4, atol=1e-4)
    others = np.setdiff1d(np.arange(instance.n_targets), targets)
    assert not more[others].any()
    coverage.dearer(last)
    assert coverage.phi[-1] == 2 * price
    assert not coverage.phi[:-1].any()
