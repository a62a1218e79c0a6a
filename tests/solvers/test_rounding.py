"""Rounded plans keep every row, near what they were rounded from."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from siting.models import max_cover
from siting.problem import Objective, Problem
from siting.solvers.projection import project
from siting.solvers.rounding import Rounding
from tests.tools.depth import examples
from tests.tools.problems import problems


@given(problems(among={"budget", "counts", "floor", "sizes", "weights", "existing", "forbid"}))
@examples(60)
def test_rounded_plans_keep_the_rows(problem: Problem) -> None:
    """Whatever is rounded fits, opens nothing that is closed, and leaves nothing that would fit and
    win somebody."""
    program = max_cover.build(problem, problem.objective)
    projection = project(program)
    rounding = Rounding.of(projection)
    if rounding is None:
        return
    n = len(projection.kept)
    rng = np.random.default_rng(3)
    rows = projection.master.rows[:, :n]
    for _ in range(5):
        upper = np.where(rng.random(n) < 0.2, 0.0, projection.master.upper[:n])
        plan = rounding.plan(rng.random(n) * upper, upper)
        assert (rows @ plan <= projection.master.row_upper + 1e-9).all()
        assert (plan <= upper).all()
        alone = rounding.links @ plan == 0
        for j in np.flatnonzero((plan == 0) & (upper > 0.5)):
            more = plan.copy()
            more[j] = 1.0
            fits = (rows @ more <= projection.master.row_upper + 1e-9).all()
            wins = rounding.own[j] + (rounding.weight * alone) @ rounding.links[:, [j]]
            assert not (fits and np.any(wins > 0))


def test_a_plain_program_can_be_rounded() -> None:
    """The literature's instances are such programs."""
    rng = np.random.default_rng(1)
    problem = Problem.from_points(rng.random((60, 2)), rng.random((20, 2)), radius=0.2)
    program = max_cover.build(problem, Objective("max_cover", p=4))
    assert Rounding.of(project(program)) is not None
