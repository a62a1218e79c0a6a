"""Solution: what a solver, the engine or a planner proposes, still in positions, not yet believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from siting.progress import Limit

Status = Literal["optimal", "feasible", "infeasible", "no_solution"]


@dataclass(frozen=True)
class Certificate:
    """Multipliers from which anyone can recompute a bound of a cover model in exact integers.

    Every u in [0,1] and θ >= 0 give a valid bound (design: mathematics of the engine):

        Σ_{i,t} (w - π)[i,t] + Σ_r θ_r b_r + Σ_s max_{x feasible at s} Σ_o (g_o - Σ_r θ_r a_ro) x_o

    with π[i,t] = floor(w[i,t] * u[i,t] / 65535) and g_o = Σ π over what option o covers.
    """

    u: NDArray[np.uint16]
    """Share of each person's value that is left to the sites, in 1/65535, shape (n_points, n_targets)."""
    theta: tuple[NDArray[np.int64], ...]
    """One array a rule of the problem, shape (n_rows,), >= 0, in objective units per unit of the
    row, times ``theta_scale``. Rows that concern one site only are kept exactly in the site's own
    problem by whoever evaluates the bound and carry 0 here."""
    theta_scale: int
    """Denominator of theta, a power of two."""
    phi: tuple[NDArray[np.int64], ...] = ()
    """One array a minimum coverage of the problem, shape (n districts,), >= 0: price in objective
    units per unit of person, times ``theta_scale``."""
    tier: str | None = None
    """For ``order: tiers`` the tier whose people are counted; None = all."""
    held: int | None = None
    """While solving a later tier: the earlier tiers' objective (integer units) that must be kept."""
    held_price: int = 0
    """Price of that row, times ``theta_scale``."""


@dataclass(frozen=True)
class Solution:
    """Chosen options and what is claimed about them; ``verify`` decides what is true."""

    status: Status
    options: NDArray[np.int64] | None
    """Positions of the chosen options, ascending; None when no plan was found."""
    objective: float | None = None
    """As claimed, in the model's unit (weighted persons for cover models)."""
    bound: float | None = None
    """As proven by the method: no plan can be better. None when nothing was proven."""
    limit: Limit | None = None
    certificates: tuple[Certificate, ...] = ()
    """One for the whole, or one a tier."""
    tier_bounds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """Figures worth telling: "1,000,000 points -> 412,000 patterns"."""
    timings: dict[str, float] = field(default_factory=dict)
    statistics: dict[str, float] = field(default_factory=dict)
