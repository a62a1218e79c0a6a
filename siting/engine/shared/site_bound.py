"""The bound at given prices: what is left at every site is solved exactly, and the main row's price
is the best one.

    Σ θ b + Σ_sites max_{x at the site} Σ (gain - θ a) x,  least over the main row's θ >= 0
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.engine.shared.arrays import Floats
from siting.engine.shared.instance import Instance
from siting.engine.shared.rows import Rows
from siting.engine.shared.site_problem import SiteRules, site_values
from siting.engine.shared.threads import ThreadPool

HALVINGS = 10
"""Of the bracket around the main row's price."""


@dataclass(frozen=True)
class SiteBound:
    """A bound in the iteration's scale, with the prices that prove it."""

    total: float
    theta: Floats
    """Price of each shared row, the main one included, shape (n_rows,)."""
    reduced: Floats
    """Gain less prices of each option, shape (n_options,)."""


class _Sites:
    """Every site's best at a price of the main row."""

    def __init__(
        self,
        instance: Instance,
        rows: Rows,
        rules: SiteRules,
        pool: ThreadPool,
        gain: Floats,
        theta: Floats,
        constant: float,
        less: float,
    ):
        self.instance, self.rows, self.rules, self.pool = instance, rows, rules, pool
        shared = rows.options.astype(np.float64)
        openings = rows.openings.astype(np.float64)
        self.gain = gain - shared.T @ theta
        self.opening = openings.T @ theta
        self.fixed = constant + float(theta @ rows.rhs) - less
        self.cost = np.zeros(len(gain))
        self.opening_cost = np.zeros(len(self.opening))
        self.rhs = 0.0
        if rows.main >= 0:
            self.cost = np.asarray(shared[[rows.main]].todense()).ravel()
            self.opening_cost = np.asarray(openings[[rows.main]].todense()).ravel()
            self.rhs = float(rows.rhs[rows.main])

    def at(self, price: float) -> tuple[float, float]:
        """The bound, and what the sites' best would overspend of the main row."""
        value, chosen = site_values(
            self.gain - price * self.cost,
            self.opening + price * self.opening_cost,
            self.rules,
            self.pool,
        )
        used = float(self.cost @ chosen)
        if self.rows.has_openings:
            opened = np.add.reduceat(chosen, self.instance.site_options[:-1]) > 0
            k = self.instance.problem.n_phases
            used += float(self.opening_cost.reshape(-1, k)[:, 0] @ opened)
        return self.fixed + price * self.rhs + float(value.sum()), used - self.rhs


def site_bound(
    instance: Instance,
    rows: Rows,
    rules: SiteRules,
    pool: ThreadPool,
    gain: Floats,
    theta: Floats,
    constant: float,
    guess: float,
    *,
    less: float = 0.0,
    with_end: bool = False,
) -> SiteBound:
    """The least bound over the main row's price.

    The bound is convex in that price and its slope is the money left: halving within a bracket
    around the iteration's own price.

    Args:
        gain: what each option wins at the people's multipliers, shape (n_options,).
        theta: prices of the shared rows; the main row's entry is not read, local ones are 0.
        constant: of the bound, without the rows.
        guess: the main row's price in the iteration.
        less: taken off at last.
        with_end: whether the bracket's upper end is a candidate too; else only the prices between.
    """
    theta = theta.copy()
    if rows.main >= 0:
        theta[rows.main] = 0.0
    sites = _Sites(instance, rows, rules, pool, gain, theta, constant, less)
    if rows.main < 0:
        return SiteBound(sites.at(0.0)[0], theta, sites.gain)
    low, high = guess / 1.2, max(1.2 * guess, 1e-12)
    while low > 0 and sites.at(low)[1] < 0:
        low = 0.0 if low < 1e-12 else low / 4
    total, over = sites.at(high)
    while over > 0 and high < 1e18:
        low, high = high, 2 * high
        total, over = sites.at(high)
    price = high
    if not with_end:
        total = np.inf
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        found, over = sites.at(middle)
        if found < total or (found == total and middle < price and not with_end):
            price, total = middle, found
        low, high = (middle, high) if over > 0 else (low, middle)
    theta[rows.main] = price
    return SiteBound(total, theta, sites.gain - price * sites.cost)
