"""Scenarios without a plan: solved, explained, freed by what was named, solved again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools import no_plans
from tests.tools.no_plans import CASES, INFEASIBLE, NoPlan, solve, way_out


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_a_scenario_without_a_plan_is_explained_and_freed(case: NoPlan, tmp_path: Path) -> None:
    """Exit code 3 with exactly the rules that conflict; the way out as named, number and all,
    gives a plan."""
    told = solve(case, tmp_path, [])
    assert told.code == INFEASIBLE
    assert set(told.conflict) == case.rules
    _, changes = way_out(case, told)
    assert solve(case, tmp_path, changes).code == 0


def test_the_page_shows_what_the_program_says() -> None:
    """The table of docs/no-plan.md has a row a case, with the rules named."""
    shown = no_plans.BLOCK.search(no_plans.PAGE.read_text(encoding="utf-8"))
    assert shown is not None
    rows = shown[2].splitlines()[2:]
    assert len(rows) == len(CASES)
    for row, case in zip(rows, CASES, strict=True):
        cells = row.split(" | ")
        assert set(cells[1].split("<br>")) == case.rules
        assert cells[-1] == "a plan |"
