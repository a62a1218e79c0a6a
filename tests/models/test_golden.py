"""Every family of rows stands in a golden file as it is meant to be, in LP format.

``python -m tests.models.test_golden`` writes the files anew; read the difference before committing.
"""

from __future__ import annotations

import ast
import io
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from siting.models import MODELS
from siting.problem import Model
from siting.solvers.files import write_lp
from siting.solvers.program import Program
from tests.tools.examples import example

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
RULE = "rule"
"""Family of the planner's own rules, whose rows are called by their kind."""
SHOWN_BY: dict[str, Model] = {
    "opening": "max_cover",
    "spacing": "max_cover",
    "covering": "max_cover",
    "allocating": "p_median",
}
"""A model that shows the rows of a shared file."""


def families() -> list[tuple[str, str]]:
    """(file of models/, family of rows) for every ``add_rows`` in the source."""
    found: set[tuple[str, str]] = set()
    for file in sorted((ROOT / "models").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            if ast.unparse(node.func).rpartition(".")[2] == "add_rows":
                name = node.args[0]
                family = str(name.value) if isinstance(name, ast.Constant) else RULE
                found.add((file.stem, family))
    return sorted(found)


def shown(file: str, family: str) -> str:
    """The rows of one family in the example, as LP text."""
    model = SHOWN_BY.get(file) or file
    held = {"tier": "quality", "held": {"basic": 60_000}} if family == "held" else {}
    problem = example(model)
    module = import_module(f"siting.models.{model}")
    program = module.build(problem, problem.objective, **held)
    known = {name for _, name in families()}
    wanted = [
        block
        for block in program.row_blocks
        if (block.name == family) or (family == RULE and block.name not in known)
    ]
    return as_lp(program, np.concatenate([np.arange(b.begin, b.end) for b in wanted]))


def as_lp(program: Program, rows: np.ndarray) -> str:
    """A program with some rows only."""
    names = program.row_names()
    few = replace(
        program,
        rows=program.rows[rows],
        row_lower=program.row_lower[rows],
        row_upper=program.row_upper[rows],
        row_blocks=(_Named(names, rows),),  # type: ignore[arg-type]
    )
    text = io.StringIO()
    write_lp(few, text)
    return text.getvalue()


class _Named:
    """A block that keeps the full names of rows taken from several."""

    def __init__(self, names: list[str], rows: np.ndarray):
        self._names = [names[row] for row in rows]

    def names(self) -> list[str]:
        return self._names


@pytest.mark.parametrize(("file", "family"), families())
def test_a_family_of_rows_is_as_written(file: str, family: str) -> None:
    """Rows change only on purpose, and no family of rows is without its golden file."""
    path = GOLDEN / f"{file}-{family}.lp"
    assert path.exists(), f"{path.name} is missing: python -m tests.models.test_golden"
    assert shown(file, family) == path.read_text("ascii")


def test_every_model_is_shown() -> None:
    """Every formulation has a golden file: of its own rows, or of the shared ones it has."""
    own = {file for file, _ in families()}
    shared = {"max_cover", "p_median"}  # their rows all stand in covering.py and allocating.py
    assert set(MODELS) - own - shared == set()


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for old in GOLDEN.glob("*.lp"):
        old.unlink()
    for at, family_of in families():
        (GOLDEN / f"{at}-{family_of}.lp").write_text(shown(at, family_of), "ascii")
