"""Purchases: which outlet to open next, the most people for money, floor or an outlet first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError
from siting.notice import Notice
from siting.problem import Problem

Ints = NDArray[np.int64]
Per = Literal["money", "outlet", "m2"]


@dataclass(frozen=True)
class Purchase:
    """One outlet more that breaks no rule, and what it would win."""

    option: int
    site: str
    format: str
    size: str
    phase: str
    gain: float
    """Weighted persons newly covered."""
    cost: int
    """Whole currency units, with the site's opening where it is closed."""
    area_m2: int


def best_purchases(
    problem: Problem,
    fits: NDArray[np.bool_],
    gains: NDArray[Any],
    price: Ints,
    k: int,
    per: Per,
) -> list[Purchase]:
    """The best purchases, each seen by itself.

    Args:
        fits: options that break no rule, shape (n_options,), as the others.
        gains: weighted people whom each would win, in ``problem.unit``.
        price: whole currency units.
        k: at most so many.
        per: what gains are divided by; a purchase that costs nothing comes first.

    Raises:
        ArgumentError: ``per`` is something else.
    """
    if per not in ("money", "outlet", "m2"):
        raise ArgumentError(Notice("whatif.per", per=per))
    o, names = problem.options, problem.labels
    able = np.flatnonzero(fits & (gains > 0))
    divisor = {"money": price, "outlet": np.ones(len(o), np.int64), "m2": o.area}[per]
    with np.errstate(divide="ignore"):
        worth = gains[able].astype(float) / divisor[able]
    best = able[np.lexsort((able, -worth))[:k]]
    return [
        Purchase(
            at,
            problem.site_id(int(o.site[at])),
            names.formats[o.format[at]],
            names.sizes[o.size[at]],
            names.phases[o.phase[at]],
            float(int(gains[at]) * problem.unit),
            int(price[at]),
            int(o.area[at]),
        )
        for at in best.tolist()
    ]
