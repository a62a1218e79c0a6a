"""How evenly people are served: Gini, Palma, and the tenth that is worst off, by people.

All weigh a point by its people, so that a block of ten counts ten times a single person, and take
who reaches nothing as 0: nobody is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
WORST = 0.1
"""The worst-off part of the people."""
PALMA = 0.4, 0.1
"""The poorest and the richest parts that the Palma ratio compares."""


@dataclass(frozen=True)
class Equity:
    """Of an amount that each person has."""

    mean: float
    gini: float | None
    """0 everybody has the same .. 1 one person has all; None when nobody has anything."""
    palma: float | None
    """What the best-off 10 % have over what the worst-off 40 % have; None where that is nothing."""
    worst_tenth: float
    """Mean of the worst-off 10 % of people."""


def equity(amount: Float, people: Float) -> Equity | None:
    """Equality of an amount over people; None when there are none.

    Args:
        amount: what each person at a point has, >= 0, shape (n_points,).
        people: >= 0, shape (n_points,).
    """
    there = people > 0
    if not there.any():
        return None
    order = np.argsort(amount[there], kind="stable")
    have, who = amount[there][order], people[there][order]
    total_people, total = float(who.sum()), float((have * who).sum())
    poor, rich = PALMA
    richest = total - _of_poorest(have, who, (1 - rich) * total_people)
    poorest = _of_poorest(have, who, poor * total_people)
    return Equity(
        mean=total / total_people,
        gini=_gini(have, who) if total > 0 else None,
        palma=richest / poorest if poorest > 0 else None,
        worst_tenth=_of_poorest(have, who, WORST * total_people) / (WORST * total_people),
    )


def _of_poorest(have: Float, who: Float, people: float) -> float:
    """What the poorest ``people`` have together, the last point counted in part."""
    before = np.concatenate(([0.0], np.cumsum(who)[:-1]))
    counted = np.clip(people - before, 0.0, who)
    return float((have * counted).sum())


def _gini(have: Float, who: Float) -> float:
    """1 - 2 x the area under the Lorenz curve, by trapezoids (ascending amounts)."""
    share = np.concatenate(([0.0], np.cumsum(have * who) / float((have * who).sum())))
    area = float(((share[1:] + share[:-1]) * who).sum() / (2 * who.sum()))
    return max(0.0, 1.0 - 2.0 * area)
