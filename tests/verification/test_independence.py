"""The judge's independence is its worth: what it may import and read, from its source."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOM = Path(__file__).parents[2] / "siting"
FILES = sorted((ROOM / "verification").glob("*.py"))
LIBRARIES = {"numpy", "scipy", "numba"}
SITING = {
    "siting.errors",
    "siting.kernels",  # when numba is loaded; what it compiles is the judge's own
    "siting.notice",
    "siting.problem",
    "siting.problem.reach",
    "siting.problem.solution",
    "siting.problem.record",  # dataclasses that store themselves; nothing is computed there
}
DERIVED = {
    "problem": {
        "value",
        "covered_before",
        "serves",
        "weight_gcd",
        "unit",
        "site_options",
        "priced",
        "under",
        "replace",
        "acting",
        "site_id",
        "whose",
        "until",
    },
    "reach": {"row", "row_cost", "rows", "prefix_end", "nearest", "from_pairs"},
}
"""Conveniences that other rooms use too: a fault in one would hide itself."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_judge_imports_data_definitions_only(file: Path) -> None:
    """Nothing of the engine, the models, the solvers or the rules' construction."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            top = name.split(".")[0]
            mine = name in SITING or name.startswith("siting.verification")
            assert mine or top in LIBRARIES | set(sys.stdlib_module_names), name


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_judge_reads_raw_arrays_only(file: Path) -> None:
    """Values, coverage and prefixes are its own computations."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            assert node.attr not in DERIVED.get(name, set()), f"{name}.{node.attr}"
