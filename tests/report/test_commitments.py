"""Commitments: what is missing, and what is overdue."""

from __future__ import annotations

from datetime import date

import pytest

from siting.analysis.kpis.goals import Goal
from siting.report.commitments import commitment
from siting.scenario.schema.days import last_day
from siting.texts.catalogue import Lang, texts

TODAY = date(2026, 7, 10)


def goal_of(target: float, actual: float | None, due: str) -> Goal:
    """One whose value the planner tells."""
    return Goal(
        "n",
        None,
        "",
        "",
        "",
        target,
        "%",
        actual,
        None,
        last_day(due),
        due,
        "",
        False,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("due", "actual", "late"),
    [
        ("2026-07-09", 59, True),
        ("2026-07-09", None, True),
        ("2026-07-09", 60, False),
        ("2026-07-10", 0, False),
        ("2026/6", 59.5, True),
        ("2026.7", 0, False),
        ("2025", 0, True),
        ("2026", 0, False),
        ("年底", 0, False),
        ("0000", 0, False),
        ("2024-02", None, True),
    ],
)
def test_what_is_past_and_not_reached_is_overdue(
    due: str, actual: float | None, late: bool
) -> None:
    """A month ends with its last day, a year with December; words have no day."""
    goal = goal_of(60, actual, due)
    words: dict[Lang, str] = {"zh": "逾期", "en": "overdue"}
    for lang, word in words.items():
        row = commitment(goal, texts(lang), TODAY)
        assert (word in row[5]) is late
        assert due in row[5]
