"""Lower bounds of the p-median problem by relaxing who goes where.

With a price u[i] on every person's assignment the rest falls apart into sites:

    L(u) = Σ_i u[i] + Σ of the p smallest ρ[j],    ρ[j] = Σ_i min(0, c[i,j] - u[i])  <= 0.

Any u <= cap gives a valid bound, and what it would cost to open or close a site, or to send a
person there, fixes most of them once a good plan is known. Prices follow the subgradient
(Narula, Ogbu and Samuelsson, Operations Research 25 (1977); Beasley, EJOR 65 (1993)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.engine.median.interchange import Costs
from siting.engine.shared.arrays import Floats, Ints, Mask
from siting.kernels import njit

EXACT = 64
"""Prices are multiples of 1/64 when a bound is evaluated exactly on whole costs."""


@dataclass(frozen=True)
class Fixed:
    """Sites decided already. Masks of shape (n_sites,)."""

    closed: Mask
    opened: Mask

    @classmethod
    def nothing(cls, n_sites: int) -> Fixed:
        """Every site is free."""
        return cls(np.zeros(n_sites, np.bool_), np.zeros(n_sites, np.bool_))

    def cheapest(self, rho: Floats, p: int) -> Ints:
        """The opened sites and the free ones of smallest ρ, p in all; ties by position."""
        order = np.argsort(np.where(self.opened, -np.inf, rho), kind="stable")
        return np.sort(order[~self.closed[order]][:p])


@dataclass
class Relaxation:
    """Prices being improved, and the best bound so far."""

    costs: Costs
    p: int
    fixed: Fixed
    price: Floats
    best_price: Floats
    step: float = 1.5
    patience: int = 20
    """Steps without gain after which they are shortened."""
    bound: float = -np.inf
    stale: int = 0

    @classmethod
    def start(cls, costs: Costs, p: int) -> Relaxation:
        """Prices at each person's second cheapest site: few sites are worth opening there."""
        length = np.diff(costs.start)
        at = np.minimum(costs.start[:-1] + np.minimum(1, length - 1), len(costs.cost) - 1)
        price = np.where(length > 0, costs.cost[at] if len(costs.cost) else 0.0, costs.cap)
        price = np.minimum(price, costs.cap)
        return cls(costs, p, Fixed.nothing(costs.n_sites), price, price)

    def iterate(self, target: float) -> Ints:
        """One step towards ``target``, a known plan's cost; returns the sites the bound opens."""
        costs = self.costs
        rho = np.zeros(costs.n_sites)
        _reduce(costs.start, costs.site, costs.cost, self.price, rho)
        sites = self.fixed.cheapest(rho, self.p)
        value = float(self.price.sum() + rho[sites].sum())
        if value > self.bound + 1e-9 * abs(value):
            self.bound, self.best_price, self.stale = value, self.price, 0
        else:
            self.stale += 1
            if self.stale >= self.patience:
                self.step *= 0.6
                self.stale = 0
                self.price = self.best_price
                return sites
        is_open = np.zeros(costs.n_sites, np.bool_)
        is_open[sites] = True
        lack = _lack(costs.start, costs.site, costs.cost, self.price, is_open)
        norm = float(lack @ lack)
        if norm > 0:
            move = self.step * max(target - value, 1e-9 * abs(target)) / norm
            self.price = np.clip(self.price + move * lack, 0.0, costs.cap)
        return sites


@dataclass(frozen=True)
class Proof:
    """A bound and what follows from its prices."""

    bound: float
    price: Floats
    rho: Floats
    fixed: Fixed
    inside: Mask
    """The sites that the bound opens."""
    last_in: float
    """Largest ρ among those of them that are free; -inf when there is none."""
    first_out: float
    """Smallest ρ among the other free sites; inf when there is none."""

    @classmethod
    def of(cls, relaxation: Relaxation, *, whole: bool) -> Proof:
        """The best bound so far, evaluated without rounding errors on whole costs."""
        costs, fixed = relaxation.costs, relaxation.fixed
        price = relaxation.best_price
        if whole:
            price = np.floor(price * EXACT) / EXACT
        rho = np.zeros(costs.n_sites)
        _reduce(costs.start, costs.site, costs.cost, price, rho)
        sites = fixed.cheapest(rho, relaxation.p)
        inside = np.zeros(costs.n_sites, np.bool_)
        inside[sites] = True
        # Multiples of 1/64 below 2^46 add up exactly in float64; other sums lose what their
        # additions, one after the other, may round off at most (costs are rounded once before).
        value = float(price.sum() + rho[sites].sum())
        added = float(price.sum() - rho.sum())
        if not whole or added > 2**46:
            value -= (2 * len(price) + len(rho) + 4) * 2.0**-52 * added
        out = ~inside & ~fixed.closed
        free = inside & ~fixed.opened
        return cls(
            value,
            price,
            rho,
            fixed,
            inside,
            float(rho[free].max(initial=-np.inf)),
            float(rho[out].min(initial=np.inf)),
        )

    def decided(self, too_dear: float) -> Fixed:
        """Sites as every plan cheaper than ``too_dear`` has them."""
        free = ~self.fixed.closed & ~self.fixed.opened
        # A free site opened takes the place of the worst one inside; a site closed leaves its
        # place to the best one outside, or to nobody.
        lost = self.bound + self.rho - self.last_in >= too_dear
        other = min(self.first_out, 0.0)
        needed = self.bound - self.rho + other >= too_dear
        return Fixed(
            self.fixed.closed | (free & ~self.inside & lost),
            self.fixed.opened | (free & self.inside & needed),
        )

    def walks(self, too_dear: float, costs: Costs) -> Mask:
        """Pairs (as ``costs.cost``) that a plan cheaper than ``too_dear`` may use."""
        person = np.repeat(np.arange(len(costs.cap)), np.diff(costs.start))
        opening = np.where(self.inside, 0.0, np.maximum(0.0, self.rho - self.last_in))
        opening = np.where(self.fixed.closed, np.inf, opening)
        more = np.maximum(0.0, costs.cost - self.price[person]) + opening[costs.site]
        return self.bound + more < too_dear


@njit(cache=True)
def _reduce(start: Ints, site: Ints, cost: Floats, price: Floats, rho: Floats) -> None:
    for u in range(len(price)):
        for k in range(start[u], start[u + 1]):
            if cost[k] >= price[u]:
                break
            rho[site[k]] += cost[k] - price[u]


@njit(cache=True)
def _lack(start: Ints, site: Ints, cost: Floats, price: Floats, is_open: Mask) -> Floats:
    """1 - how many open sites are cheaper than the price, for each person."""
    lack = np.ones(len(price))
    for u in range(len(price)):
        for k in range(start[u], start[u + 1]):
            if cost[k] >= price[u]:
                break
            if is_open[site[k]]:
                lack[u] -= 1.0
    return lack
