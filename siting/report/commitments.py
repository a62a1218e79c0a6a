"""Commitments as rows: target, actual, what is missing, and whether the day has passed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from siting.scenario.schema.days import last_day

if TYPE_CHECKING:
    from siting.scenario.schema.settings import Commitment
    from siting.texts.words import Words


def commitment(goal: Commitment, words: Words, today: date) -> tuple[str, ...]:
    """Indicator, target, actual, missing, due, unit; what is not known is a dash.

    A goal is overdue once its last day has passed and its actual value, where one is given at all,
    lies below the target.
    """
    unit = f" {goal.unit}" if goal.unit else ""
    target = f"{goal.target:g}{unit}"
    if goal.actual is None:
        known = ("–", "–")
    else:
        known = (f"{goal.actual:g}{unit}", f"{max(0, goal.target - goal.actual):g}{unit}")
    last, due = last_day(goal.due), goal.due
    if last is not None and last < today and (goal.actual is None or goal.actual < goal.target):
        due = words["overdue"].format(due=due, today=today.isoformat())
    return (goal.name, target, *known, due, goal.responsible_unit or "")
