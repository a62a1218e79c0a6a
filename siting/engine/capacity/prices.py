"""Prices: a valid bound with capacities, with the multipliers that prove it."""

from __future__ import annotations

from dataclasses import dataclass

from siting.engine.shared.arrays import Floats, Floats32


@dataclass(frozen=True)
class Prices:
    """In ``problem.unit``."""

    value: float
    """The bound."""
    u: Floats32
    """Share of each demand's value left to the suppliers, shape (n_demands,)."""
    theta: Floats
    """Price of each shared row, 0 on local ones; shape (n_rows,)."""
    reduced: Floats
    """g[o] - Σ θ a of each option of the instance."""
    held_price: float
    """Worth of one unit of an earlier tier."""
