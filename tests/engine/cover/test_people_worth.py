"""What people are worth while a bound is iterated: their value, and what rows add at a price."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from siting.engine.cover.people_worth import PeopleWorth
from siting.engine.shared.instance import pack
from siting.engine.shared.stage import Stage, min_coverage_rows
from siting.engine.shared.threads import ThreadPool
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.problems import problems


@examples(30)
@given(problems({"min_coverage", "weights", "existing"}))
def test_a_row_is_dearer_while_too_few_are_covered(problem: Problem) -> None:
    """W = (value + Σ price × coefficient) / scale at any price; where nobody is covered each price
    rises, where all are it falls, and never below nothing."""
    counted = np.ones(problem.n_targets, np.bool_)
    stage = Stage(problem, counted, cover_rows=min_coverage_rows(problem))
    with ThreadPool(1) as pool:
        instance = pack(
            problem, stage.value, pool, needed=stage.needed, keep_apart=stage.keep_apart
        )
    worth = PeopleWorth(instance, stage)
    plain = worth.weight.copy()
    nobody, everybody = np.zeros_like(plain), np.ones_like(plain)
    assert worth.reprice(nobody) == bool(len(worth))
    assert (worth.phi > 0).all()
    expected = plain.astype(float)
    for row, price in zip(stage.cover_rows, worth.phi, strict=True):
        targets, coefficient = row.over(instance)
        expected[:, targets] += coefficient * price / worth.scale
    np.testing.assert_allclose(worth.weight, expected, rtol=1e-5, atol=1e-6)
    assert worth.owed == pytest.approx(
        sum(price * row.need for price, row in zip(worth.phi, stage.cover_rows, strict=True))
    )
    met = [
        coefficient.sum() >= row.need
        for row in stage.cover_rows
        for _, coefficient in [row.over(instance)]
    ]
    for _ in range(60):
        before = worth.phi.copy()
        worth.reprice(everybody)
        assert (worth.phi >= 0).all()
        assert (worth.phi[met] <= before[met]).all()
