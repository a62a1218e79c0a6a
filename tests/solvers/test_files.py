"""LP and MPS files."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import highspy
import numpy as np
import pytest

from siting.errors import ArgumentError
from siting.models import max_cover
from siting.solvers.base import Settings
from siting.solvers.child import WarmSolver
from siting.solvers.files import names, write_lp, write_program
from siting.solvers.program import Program, ProgramBuilder
from siting.solving.exact import solve_exact
from tests.tools.examples import example
from tests.tools.programs import knapsack


def ranged() -> Program:
    """A program with a constant, a range row, a free and a general integer column."""
    builder = ProgramBuilder("min", constant=7.5)
    builder.add_columns("general", 2, objective=[1.0, -1.0], upper=9.0, integer=True)
    builder.add_columns("free", 1, objective=0.25, lower=-np.inf, upper=np.inf)
    zero, at = np.zeros(3, int), np.arange(3)
    builder.add_rows("range", 1, [(zero, at, [1.0, 1.0, -1.0])], lower=2.0, upper=6.5)
    builder.add_rows("low", 1, [(zero[:1], at[2:], 1.0)], lower=-3.0)
    return builder.build()


@pytest.mark.parametrize("ending", [".lp", ".mps"])
@pytest.mark.parametrize("which", ["knapsack", "ranged", "example"])
def test_a_file_says_the_same_as_the_program(ending: str, which: str, tmp_path: Path) -> None:
    """Another reader of the file finds the same optimum as the solver of the program."""
    example_problem = example()
    program = {
        "knapsack": knapsack(),
        "ranged": ranged(),
        "example": max_cover.build(example_problem, example_problem.objective),
    }[which]
    path = tmp_path / f"model{ending}"
    write_program(program, path)
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    highs.run()
    with WarmSolver("highs") as solver:
        found = solver.solve(program, Settings())
    assert highs.getObjectiveValue() == pytest.approx(found.objective)


def test_names_are_legal_and_distinct() -> None:
    """Whatever a planner calls a rule, its rows have names that LP readers take, no two alike."""
    given = ["budget(总预算)", "budget(总投资)", "a b", "a_b", "p", "p"]
    told = names(given)
    assert len(set(told)) == len(given)
    assert all(name.isascii() and " " not in name for name in told)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    """A model file must say its format."""
    with pytest.raises(ArgumentError, match=r"must end in \.lp or \.mps"):
        write_program(knapsack(), tmp_path / "model.txt")


def test_an_empty_program_can_be_written() -> None:
    """No column at all is still a file."""
    program = replace(knapsack(), objective=np.zeros(3))
    text = io.StringIO()
    write_lp(program, text)
    assert "objective: 0 open(0)" in text.getvalue()


def test_solve_writes_one_file_a_tier(tmp_path: Path) -> None:
    """With tiers every tier's program is written, the second with what the first reached."""
    problem = example()
    solution = solve_exact(problem, problem.objective, "highs", write=(tmp_path / "model.lp",))
    assert solution.status == "optimal"
    assert "held" not in (tmp_path / "model-basic.lp").read_text()
    assert "held(basic):" in (tmp_path / "model-quality.lp").read_text()
