"""How far people walk to the nearest outlet that serves them: KPIs 7 and 8.

Both look beyond the standards, where a problem's reach ends: a scenario tells how far the nearest
place is however far that is (:class:`siting.scenario.assemble.nearest.NearestPlaces`). Without one
the reach is all there is; then the figures say how far was walked, and no score is told that
depends on what was not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from siting.problem import Problem

Ints = NDArray[np.int64]
Float = NDArray[np.float64]
NEAR_MINUTES, FAR_MINUTES = 5.0, 30.0
"""KPI 8: worth 1 up to the first, nothing from the second on."""
DM_A_MINUTE = 600.0
"""Decimetres in a minute at 1 m/s."""


class Nearest(Protocol):
    """Who tells how far the nearest place is."""

    @property
    def walked_dm(self) -> float:
        """Nobody was walked farther; infinite where everybody was."""

    def outlets(self, positions: Ints) -> Float:
        """Decimetres to the nearest of some outlets, infinite if farther; shape (n_points,)."""

    def sites(self, positions: Ints) -> Float:
        """The same to the nearest of some sites."""


@dataclass(frozen=True)
class NearestInReach:
    """What a problem knows by itself, up to its longest standard."""

    problem: Problem

    @property
    def walked_dm(self) -> float:
        """The longest standard."""
        return max((target.limit for target in self.problem.targets), default=0.0)

    def outlets(self, positions: Ints) -> Float:
        """See :class:`Nearest`."""
        return self.problem.outlets.reach.rows(positions).nearest()

    def sites(self, positions: Ints) -> Float:
        """See :class:`Nearest`."""
        return self.problem.reach.rows(positions).nearest()


def in_reach(problem: Problem) -> NearestInReach | None:
    """What the problem knows of walks; None where its reach is no walk in decimetres."""
    measured = problem.reach.has_cost and problem.reach.cost.dtype.kind in "iu"
    return NearestInReach(problem) if measured else None


@dataclass(frozen=True)
class Walks:
    """Of the people of one target; None of nobody, and where it cannot be told."""

    mean: float | None
    """Minutes, as all quantiles of those whose walk is known."""
    p50: float | None
    p90: float | None
    beyond: float | None
    """Share of the people who reach no outlet, as far as was walked."""
    decay: float | None
    """Mean over all people: 1 up to NEAR_MINUTES, then linearly to 0 at FAR_MINUTES."""


def walks(minutes: Float, people: Float, walked_minutes: float) -> Walks:
    """Figures of walks.

    Args:
        minutes: to the nearest outlet, infinite if none was found, shape (n_points,).
        people: shape (n_points,).
        walked_minutes: how far it was looked for one.
    """
    near = np.isfinite(minutes)
    total, reached = float(people.sum()), float(people[near].sum())
    worth = np.clip((FAR_MINUTES - minutes) / (FAR_MINUTES - NEAR_MINUTES), 0.0, 1.0)
    told = walked_minutes >= FAR_MINUTES or not people[~near].any()
    return Walks(
        mean=float((minutes[near] * people[near]).sum()) / reached if reached else None,
        p50=quantile(minutes[near], people[near], 0.5),
        p90=quantile(minutes[near], people[near], 0.9),
        beyond=float(people[~near].sum()) / total if total else None,
        decay=float((worth * people).sum()) / total if total and told else None,
    )


def quantile(values: Float, people: Float, part: float) -> float | None:
    """The least value that at least ``part`` of the people do not exceed; None of nobody."""
    there = people > 0
    if not there.any():
        return None
    order = np.argsort(values[there], kind="stable")
    mass = np.cumsum(people[there][order])
    at = int(np.searchsorted(mass, part * mass[-1] * (1 - 1e-12)))
    return float(values[there][order][at])


def before_and_after(
    problem: Problem, options: Ints, targets: Iterable[int], nearest: Nearest
) -> dict[int, tuple[Float, Float]]:
    """Decimetres to the nearest serving outlet (today, with the plan), by target, infinite for
    none; each of shape (n_points,). Targets that the same outlets serve are searched once."""

    def served(t: int) -> tuple[tuple[int, ...], int]:
        return problem.targets[t].served_by, problem.targets[t].phase

    o = problem.options
    found: dict[int, tuple[Float, Float]] = {}
    for (formats, _), group in groupby(sorted(targets, key=served), key=served):
        same = list(group)
        stays = nearest.outlets(np.flatnonzero(np.isin(problem.outlets.format, np.array(formats))))
        both = []
        for chosen in (problem.kept_today, options):
            serving = chosen[problem.serves[problem.kind[chosen], same[0]]]
            sites = np.unique(o.site[serving]).astype(np.int64)
            both.append(np.minimum(stays, nearest.sites(sites)))
        found |= dict.fromkeys(same, (both[0], both[1]))
    return found
