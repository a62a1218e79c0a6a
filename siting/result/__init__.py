"""What a solve hands out: a verified plan in the planner's words, its accounts, its stored form."""

from siting.progress import relative_gap
from siting.result.lines import Money, RuleLine, Spending
from siting.result.result import (
    PLAN_COLUMNS,
    BoundProof,
    Plan,
    Result,
    counts,
    opened,
    plan_table,
)
from siting.verification.evaluation import Coverage, Reached

__all__ = [
    "PLAN_COLUMNS",
    "BoundProof",
    "Coverage",
    "Money",
    "Plan",
    "Reached",
    "Result",
    "RuleLine",
    "Spending",
    "counts",
    "opened",
    "plan_table",
    "relative_gap",
]
