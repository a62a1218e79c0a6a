"""Warnings in the report's language."""

from __future__ import annotations

from pathlib import Path

import pytest

import siting
from siting.report.notices import notices

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.mark.parametrize("name", ["helsinki", "porto-alegre", "chang-an", "chang-an-plan"])
def test_warnings_of_our_scenarios_are_told_in_chinese(name: str) -> None:
    """Wording and pattern agree: each warning of these scenarios has its Chinese form."""
    warnings = siting.load(SCENARIOS / name / "scenario.yaml").warnings
    assert warnings
    for before, after in zip(warnings, notices(warnings, "zh"), strict=True):
        assert before != after
        assert "\u4e00" <= after[0] <= "\u9fff"
    assert notices(warnings, "en") == warnings


def test_an_unknown_warning_is_shown_as_it_is() -> None:
    """Nothing is swallowed for want of a translation, nothing is told twice."""
    assert notices(["something new: 5", "something new: 5"], "zh") == ("something new: 5",)
