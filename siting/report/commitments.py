"""Commitments as rows: target, actual, what the plan reaches, what is missing, whether the day has
passed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from siting.texts.numbers import figure

if TYPE_CHECKING:
    from siting.analysis.kpis.goals import Goal
    from siting.texts.words import Words


def commitment(goal: Goal, words: Words, today: date | None) -> tuple[str, ...]:
    """Indicator, target, actual, what the plan reaches, missing, due, unit; what is not known is a
    dash.

    A goal is overdue once its last day has passed and its actual value, where one is given at all,
    falls short of the target.
    """
    unit = goal.unit if goal.unit == "%" else f" {goal.unit}" if goal.unit else ""

    def told(value: float | None) -> str:
        return "–" if value is None else f"{plain(value)}{unit}"

    due = goal.when
    if goal.due is not None and today is not None and goal.due < today and goal.gap != 0:
        due = words["overdue"].format(due=due, today=today.isoformat())
    figures = map(told, (goal.target, goal.now, goal.planned, goal.gap))
    return (goal.name, *figures, due, goal.responsible_unit)


def plain(value: float) -> str:
    """A figure with as many decimals as it needs, one of those that were computed."""
    digits = 0 if value == round(value) else 1 if abs(value) >= 2 else 3
    return figure(value, digits)
