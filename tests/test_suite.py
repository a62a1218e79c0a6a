"""The suite's own laws: the same red everywhere, however busy the machine."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES = sorted(TESTS.rglob("test_*.py"))
OWN_SETTINGS = re.compile(r"\bdeadline=|@settings\(|= settings\(|\bderandomize=")
CLOCK = re.compile(r"\bassert\b.*\b(monotonic|perf_counter|process_time|time\.time)\(")


def said(pattern: re.Pattern[str]) -> list[str]:
    """Where tests say it."""
    return [
        f"{path.relative_to(TESTS)}:{number}: {line.strip()}"
        for path in FILES
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]


def test_how_much_is_tried_is_the_profiles_affair() -> None:
    """Properties take their number of examples from ``tests.tools.depth`` and nothing else by
    hand, so that a profile reaches all of them."""
    assert said(OWN_SETTINGS) == []


def test_nothing_depends_on_how_fast_the_machine_is() -> None:
    """No test asserts elapsed seconds: a busy machine is no fault."""
    assert said(CLOCK) == []


LAWLESS = {"arrays", "averages", "duals", "pairs", "prices"}
"""Files of the engine that hold types and sums of iterates, and no law of their own."""
BY_ITS_METHOD = {
    "cover.best_plan": "tests/engine/cover/test_first_plan.py",
    "cover.parametric": "tests/engine/cover/test_parametric.py",
    "capacity.dual_steps": "tests/engine/capacity/test_bound.py",
}
"""Files whose law needs what their method puts together, and the test that does so."""


def test_each_file_of_the_engine_is_held_by_a_test_of_its_law() -> None:
    """A test of the engine's own imports it and holds it to brute force or plain numpy, not only
    some method that happens to run through it."""
    engine = TESTS.parent / "siting" / "engine"
    imported = {
        name
        for path in (TESTS / "engine").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for name in (node.module, *(f"{node.module}.{one.name}" for one in node.names))
    }
    files = {
        ".".join(file.relative_to(engine).with_suffix("").parts): file.stem
        for file in engine.rglob("*.py")
        if file.stem != "__init__"
    }
    unheld = {n for n, stem in files.items() if f"siting.engine.{n}" not in imported}
    assert {n for n in unheld if files[n] not in LAWLESS} - BY_ITS_METHOD.keys() == set()
    assert BY_ITS_METHOD.keys() <= unheld
    assert all((TESTS.parent / test).exists() for test in BY_ITS_METHOD.values())


@pytest.mark.parametrize(
    "profile, expected", [(None, "6 True None"), ("ci", "6 True None"), ("deep", "60 False None")]
)
def test_profiles(profile: str | None, expected: str) -> None:
    """Every day the same six examples; with SITING_HYPOTHESIS=deep ten times as many, drawn anew;
    never a deadline."""
    code = (
        "import tests.conftest\n"
        "from tests.tools.depth import examples\n"
        "found = examples(6)\n"
        "print(found.max_examples, found.derandomize, found.deadline)\n"
    )
    env = {k: v for k, v in os.environ.items() if k != "SITING_HYPOTHESIS"}
    env |= {} if profile is None else {"SITING_HYPOTHESIS": profile}
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=env,
        cwd=TESTS.parent,
    )
    assert run.stdout.strip() == expected
