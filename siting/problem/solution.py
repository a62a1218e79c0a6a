"""Solution: what a solver, the engine or a planner proposes, in positions, not yet believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from siting.progress import Limit

Status = Literal["optimal", "feasible", "infeasible", "no_solution"]


@dataclass(frozen=True)
class Cliques:
    """Sets of options of which the planner's spacing rules allow at most one, with a price each."""

    start: NDArray[np.int64]
    """Shape (n_cliques + 1,)."""
    option: NDArray[np.int64]
    """Positions; any two of one clique conflict by some spacing (or are one site's one format)."""
    theta: NDArray[np.int64]
    """Price of the row Σ x <= 1, >= 0, objective units times ``theta_scale``.
    Shape (n_cliques,)."""


@dataclass(frozen=True)
class Tiles:
    """A city in parts: whose each site and each point is, and what each part adds to the bound.

    With everything shared at a price, a bound is a constant (what the prices cost) and a sum over
    sites and points, so each tile's part can be recomputed by itself: its points' residuals, and
    its sites' own problems with the people they reach, whosever these are.
    """

    site: NDArray[np.int32]
    """Tile of each site, 0..n-1; shape (n_sites,)."""
    point: NDArray[np.int32]
    """Tile of each point; shape (n_points,)."""
    shares: tuple[int, ...]
    """What each tile adds, told in 1/D; nothing is told where it is empty."""


@dataclass(frozen=True)
class Certificate:
    """Multipliers from which anyone can recompute a bound of a cover model in exact integers.

    With D = theta_scale, everything below is an integer in 1/D of the problem's unit::

        W[i,t] = D * value[i,t]                 for targets whose tier is counted
               + held_price * value[i,t]        for targets of the tiers held from before
               + φ[r,d] * persons[group(t), i]  for minimum coverages r of target t, d of i,
                                                where i is not covered before
        Π[i,t] = floor(W[i,t] * u[i,t] / 65535)
        g[o]   = Σ Π[i,t] over the (i,t) that option o covers
        bound  = Σ_{i,t} (W - Π) + Σ_r ±θ_r rhs_r + Σ cliques θ - Σ φ[r,d] need[r,d]
               - held_price * held + Σ_s max_{x at s} Σ_o (g_o - Σ_r ±θ_r a_ro - Σ cliques θ) x_o
                                                      - (opening prices of s)

    (+ for rows <=, - for rows >=; need = ceil(share * all people) - people covered before.)
    Any u and any prices >= 0 give a valid bound; what is kept inside a site's own small problem
    (floor, one option a format, rows that touch one site only, no sharing by a spacing) only
    tightens it. Where capacity is respected, g[o] is the best fractional filling of the option's
    capacity with Π in each phase; only outlets without a limit cover people "before", those with
    one collect as options that stand for free, and what they serve today is taken off. For
    ``complete_circle`` W[i,t] = D * (largest group at i) for the counted basic targets t that do
    not cover i today, and a point's residual a phase is max(0, W - Σ_t Π) where a target is
    missing (a minimum coverage's φ adds to W of its target and is paid from that Π first).
    """

    u: NDArray[np.uint16]
    """Share of each person's value that is left to the sites, in 1/65535.
    Shape (n_points, n_targets)."""
    theta: tuple[NDArray[np.int64], ...]
    """One array a rule of the problem, shape (n_rows,), >= 0. Rows that touch one site only
    carry 0: they belong to the site's own problem."""
    theta_scale: int
    """D, a power of two."""
    phi: tuple[NDArray[np.int64], ...] = ()
    """One array a minimum coverage of the problem, shape (n districts or 1,), >= 0."""
    cliques: Cliques | None = None
    tier: str | None = None
    """The tier whose people are counted; None = all of them."""
    held: int | None = None
    """For a later tier: what the earlier tiers reached (in ``Problem.unit``) and must be kept."""
    held_price: int = 0
    tree: Tree | None = None
    """A search tree whose leaves prove more than these multipliers alone; the better of the two
    bounds counts."""
    tiles: Tiles | None = None
    """The parts of which the bound is recomputed one by one."""


@dataclass(frozen=True)
class Split:
    """All plans parted in two: at most so many of some options are taken, or more."""

    options: NDArray[np.int64]
    """Positions, ascending."""
    at_most: int
    below: int
    """Where plans with Σ x <= at_most go on: a split's number, or ~k for leaf k."""
    above: int
    """The same for plans with Σ x >= at_most + 1."""


@dataclass(frozen=True)
class Tree:
    """Plans parted again and again until each part is bounded by multipliers of its own.

    As counts are whole numbers, the two sides of a split hold all its plans, so the largest bound
    of a leaf bounds them all. A leaf's multipliers are those of the problem with the splits on its
    way as further rules, in their order, one row each: ``theta`` is longer by as many arrays.
    """

    splits: tuple[Split, ...]
    """The first is the root; children come after their parents."""
    leaves: tuple[Certificate, ...]
    """Of one tier, holding one value, without trees of their own."""


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
    bound_proof: Literal["certificate", "solver"] | None = None
    """What stands behind ``bound``: the certificates below, or an outside solver's search tree.
    None = the certificates when there are any, else the solver."""
    limit: Limit | None = None
    certificates: tuple[Certificate, ...] = ()
    """One for the whole, or one a tier."""
    tier_bounds: dict[str, float] = field(default_factory=dict)
    held: int | None = None
    """What the last tier kept of the earlier ones, ``Problem.unit``; None = all that they reach."""
    notes: tuple[str, ...] = ()
    """Figures worth telling: "1,000,000 points -> 412,000 patterns"."""
    timings: dict[str, float] = field(default_factory=dict)
    statistics: dict[str, float] = field(default_factory=dict)
    method: str = ""
    """Where several methods ran, the one whose word the bound is, or that found the plan; empty =
    the one that was asked."""
