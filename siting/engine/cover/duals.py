"""Duals: a valid bound with the multipliers that prove it."""

from __future__ import annotations

from dataclasses import dataclass

from siting.engine.shared.arrays import Floats, Floats32


@dataclass(frozen=True)
class Duals:
    """All in ``problem.unit``."""

    value: float
    """The bound."""
    u: Floats32
    """Share of each one's value left to the sites, shape (n_points, n_targets) of the instance."""
    theta: Floats
    """Price of each shared row (0 on local ones), shape (n_rows,)."""
    phi: Floats
    """Price of each row over coverage, shape (n_cover_rows,)."""
    reduced: Floats
    """g[o] - Σ θ a: what an option still earns at these prices, before its floor; shape
    (n_options,)."""
