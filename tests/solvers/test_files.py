"""LP and MPS files."""

from __future__ import annotations

import csv
import errno
import io
import re
import shutil
import subprocess
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pulp
import pyscipopt
import pytest
from ortools.linear_solver.python import model_builder

from siting.errors import ArgumentError
from siting.models import max_cover
from siting.problem import Problem
from siting.solvers.base import Settings
from siting.solvers.child import WarmSolver
from siting.solvers.files import names, write_lp, write_minimum, write_program
from siting.solvers.minimum import as_minimum
from siting.solvers.program import Program, ProgramBuilder
from siting.solvers.pulp import CBC
from siting.solving import export, stage
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


def large() -> Program:
    """A maximum with a constant, a range row, an equation and a column without an upper bound."""
    builder = ProgramBuilder("max", constant=1234.0)
    builder.add_columns("open", 3, objective=[5.0, 4.0, 3.0], integer=True)
    builder.add_columns("more", 2, objective=[-3.0, 2.0], upper=np.inf)
    zero, at = np.zeros(5, int), np.arange(5)
    weights = [2.0, 3.0, 1.0, -1.0, 1.0]
    builder.add_rows("between", 1, [(zero, at, weights)], lower=-4.0, upper=4.5)
    builder.add_rows("same", 1, [(zero[:2], at[3:], [1.0, -1.0])], lower=-1.0, upper=-1.0)
    builder.add_rows("nothing", 1, [(zero[:1], at[:1], 1.0)])
    return builder.build()


def _by_highs(path: Path) -> float:
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    highs.run()
    return float(highs.getObjectiveValue())


def _by_scip(path: Path) -> float:
    model = pyscipopt.Model()
    model.hideOutput()
    model.readProblem(str(path))
    model.optimize()
    return float(model.getObjVal())


def _by_cbc(path: Path) -> float:
    """As its command line says it: "Optimal - objective value 3.25"."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PuLP 3 of its own CBC
        there = pulp.listSolvers(onlyAvailable=True)
        cbc: Any = pulp.getSolver(next(name for name in CBC if name in there))
    told = path.with_suffix(".sol")
    subprocess.run([cbc.path, path, "-solve", "-solution", told], check=True, capture_output=True)
    return float(told.read_text().split()[4])


def _by_ortools(path: Path) -> float:
    model = model_builder.Model()  # type: ignore[no-untyped-call]
    assert model.import_from_mps_file(str(path))
    solver = model_builder.Solver("scip")
    assert solver.solve(model) == model_builder.SolveStatus.OPTIMAL
    return float(solver.objective_value)


READERS: dict[str, Callable[[Path], float]] = {
    "highs": _by_highs,
    "scip": _by_scip,
    "cbc": _by_cbc,
    "ortools": _by_ortools,
}
READ_BY = [(ending, reader) for ending in (".lp", ".mps") for reader in READERS]
READ_BY.remove((".lp", "ortools"))  # its .lp is another format, that of lp_solve


@pytest.mark.parametrize(("ending", "reader"), READ_BY)
@pytest.mark.parametrize("which", ["knapsack", "ranged", "large", "example"])
def test_every_reader_finds_the_same_optimum(
    which: str, ending: str, reader: str, tmp_path: Path
) -> None:
    """An export says the same to HiGHS, SCIP, CBC and OR-Tools as the program to our own solver;
    an .mps the minimum of the negative, which also a reader that knows no maximum gets right."""
    example_problem = example()
    program = {
        "knapsack": knapsack(),
        "ranged": ranged(),
        "large": large(),
        "example": max_cover.build(example_problem, example_problem.objective),
    }[which]
    path = tmp_path / f"model{ending}"
    write_program(program, path)
    with WarmSolver("highs") as solver:
        wanted = solver.solve(program, Settings()).objective
    assert wanted is not None
    negated = program.sense == "max" and ending == ".mps"
    assert READERS[reader](path) == pytest.approx(-wanted if negated else wanted)


def test_an_mps_file_has_nothing_that_readers_pass_over() -> None:
    """No OBJSENSE, no RANGES, no right-hand side of the objective; what it is, a comment says."""
    text = io.StringIO()
    write_minimum(large(), text)
    told = text.getvalue()
    assert told.startswith("* The minimum of the negative")
    assert not re.search(r"OBJSENSE|RANGES|RHS objective", told)
    assert " FX BND constant(1) 1" in told


def test_a_minimum_is_the_same_program() -> None:
    """A plan keeps the rows of the minimum where it keeps the program's, and costs minus its
    worth; the columns stand where they stood."""
    program = replace(large(), start=np.array([1.0, 0.0, 1.0, 0.0, 1.0]))
    least = as_minimum(program)
    assert least.sense == "min"
    assert least.constant == 0
    assert least.column_names()[:5] == program.column_names()
    assert least.row_names() == ["between(0)", "same(0)", "nothing(0)", "between_up(0)"]
    rng = np.random.default_rng(5)
    for x in rng.integers(0, 3, (200, 5)).astype(np.float64):
        y = np.append(x, 1.0)
        assert least.objective @ y == -(program.objective @ x + program.constant)
        assert _kept(least, y) == _kept(program, x)
    assert as_minimum(knapsack()).rows.shape == knapsack().rows.shape


def _kept(program: Program, x: np.ndarray) -> bool:
    used = program.rows @ x
    return bool(((used >= program.row_lower) & (used <= program.row_upper)).all())


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


def test_a_later_file_that_fails_takes_no_plan_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that goes away, or a disk that is full, once the first tier is solved: the plan is
    kept and told which file is missing. The first file's failure is told before anything is solved.
    """
    problem, made = example(), tmp_path / "made"
    written = export.export

    def failing(at: str, why: str) -> None:
        def export_or_fail(problem: Problem, program: Program, path: Path, tier: str) -> None:
            if tier == at and why == "full":
                raise OSError(errno.ENOSPC, why, str(path))
            if tier == at:
                shutil.rmtree(made)
                made.write_text("a file has its place")
            written(problem, program, path, tier)

        monkeypatch.setattr(stage, "export", export_or_fail)

    for why in ("full", "gone"):
        made.mkdir(exist_ok=True)
        failing("quality", why)
        found = solve_exact(problem, problem.objective, "highs", write=(made / "model.lp",))
        assert found.status == "optimal" and found.options is not None
        told = [note for note in found.notes if getattr(note, "key", "") == "run.not_exported"]
        assert len(told) == 1
    failing("basic", "full")
    with pytest.raises(OSError, match="full"):
        solve_exact(problem, problem.objective, "highs", write=(tmp_path / "model.lp",))


def test_a_table_says_what_each_column_is(tmp_path: Path) -> None:
    """Beside an export stands which premises, format and size every column opens, by the names of
    the file: from another solver's answer the planner reads the plan."""
    problem = example()
    solve_exact(problem, problem.objective, "highs", write=(tmp_path / "model.mps",))
    text = (tmp_path / "model-basic-columns.csv").read_text(encoding="utf-8-sig")
    rows = {row["column"]: row for row in csv.DictReader(io.StringIO(text))}
    o, labels = problem.options, problem.labels
    program = max_cover.build(problem, problem.objective, tier="basic", held={})
    told = names(program.column_names())
    assert set(rows) < set(told)
    for k in range(len(o)):
        row = rows[told[program.column_block("open").begin + k]]
        sites = labels.sites or [str(s) for s in range(problem.n_sites)]
        assert row["site"] == str(sites[o.site[k]])
        assert row["format"] == labels.formats[o.format[k]]
        assert row["size"] == labels.sizes[o.size[k]]
        assert int(row["cost"]) == o.cost[k]
    columns = (tmp_path / "model-basic.mps").read_text()
    assert all(f" {name} objective " in columns for name in rows)
