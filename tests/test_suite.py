"""The suite's own laws: the same red everywhere, however busy the machine."""

from __future__ import annotations

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
