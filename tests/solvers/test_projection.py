"""What branch-and-Benders-cut rests on: the cuts are valid everywhere and tight where made."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given

from siting.errors import SolverError
from siting.models import max_cover, p_median
from siting.problem import Problem
from siting.solvers.projection import Projection, project
from tests.tools.depth import examples
from tests.tools.examples import example, random_case
from tests.tools.problems import problems


@given(problems(among={"weights", "tiers", "sizes", "existing", "stands_in", "groups"}))
@examples(40)
def test_a_cut_is_valid_everywhere_and_tight_at_its_point(problem: Problem) -> None:
    """θ at its true worth never breaks a cut, and the cut made at x is met with equality at x."""
    program = max_cover.build(problem, problem.objective)
    projection = project(program)
    n = projection.master.n_columns
    rng = np.random.default_rng(1)
    points = [
        np.array([*plan, *np.zeros(n - problem.n_options)])
        for plan in product((0.0, 1.0), repeat=min(problem.n_options, 6))
        if problem.n_options <= 6
    ] or [np.round(rng.random(n)) for _ in range(40)]
    for _ in range(3):
        at = rng.random(n)
        value, constant, coefficients = projection.worths.cuts(at)
        assert value == pytest.approx(_worth(projection, at))
        assert value == pytest.approx(projection.worths.at(at))
        for x in points:
            assert (_worth(projection, x) <= constant + coefficients @ x + 1e-9).all()


def _worth(projection: Projection, x: np.ndarray) -> list[float]:
    """Each θ's people within reach of x, member by member."""
    worths = projection.worths
    told = [0.0] * len(worths)
    for k, theta in enumerate(worths.theta):
        told[theta] += worths.weight[k] * min(1.0, float((worths.links[[k]] @ x)[0]))
    return told


def test_the_way_back() -> None:
    """A master's solution restored to the program is worth the same there."""
    problem = random_case("max_cover", 4, without=frozenset({"capacity"}))
    program = max_cover.build(problem, problem.objective)
    projection = project(program)
    x = np.zeros(projection.master.n_columns)
    x[: problem.n_options] = 1.0
    done = projection.completed(x)
    assert projection.master.objective @ done == pytest.approx(
        program.objective @ projection.restore(program, done)
    )


def test_people_counted_with_a_minus_are_refused() -> None:
    """Cuts hold for positive weights only; anything else is refused, never solved wrongly."""
    from dataclasses import replace

    problem = example()
    program = max_cover.build(problem, problem.objective)
    assert program.column_block("covered").end > program.column_block("covered").begin
    with pytest.raises(SolverError, match="positive weights"):
        project(replace(program, objective=-program.objective))


def test_a_program_without_people_is_its_own_master() -> None:
    """Where nobody is counted nothing is projected out."""
    problem = random_case("p_median", 3)
    program = p_median.build(problem, problem.objective)
    projection = project(program)
    assert not len(projection.worths)
    assert projection.master.n_columns == program.n_columns
