"""Tiers one after the other: basic formats first, then, holding what these reach, the others."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

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


def ahead(
    objective: Objective,
    one: Sequence[Fraction | float],
    other: Sequence[Fraction | float],
) -> bool:
    """Whether of two plans the first is the better one.

    Where both reach enough of an earlier tier, as the tolerance has it, a later one decides: what
    was given up for it is no fault.

    Args:
        one, other: what each reaches tier by tier, in the order in which tiers are served.
    """
    for mine, theirs in zip(one[:-1], other[:-1], strict=True):
        kept = (1 - objective.tolerance) * Fraction(max(mine, theirs))
        if min(mine, theirs) < kept:
            return mine > theirs
    return (*one[-1:], *one) > (*other[-1:], *other)
