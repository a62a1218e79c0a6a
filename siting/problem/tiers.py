"""Tiers one after the other: basic formats first, then, holding what these reach, the others."""

from __future__ import annotations

from siting.problem.objective import TIERS, Objective
from siting.problem.problem import Problem


def tiers_in_order(problem: Problem, objective: Objective) -> tuple[str, ...]:
    """Tiers with counted people, in the order they are served; empty where one step is enough:
    with one weighted sum, or fewer than two such tiers."""
    counted = {target.tier for target in problem.targets if target.weight_micro > 0}
    tiers = tuple(tier for tier in TIERS if tier in counted)
    return tiers if objective.order == "tiers" and len(tiers) > 1 else ()


def to_keep(objective: Objective, reached: int) -> int:
    """What a later tier must keep of the earlier ones, which reached so much; rounded up, so that
    no more than the tolerance is given up."""
    kept = reached * (1 - objective.tolerance)
    return -(-kept.numerator // kept.denominator)
