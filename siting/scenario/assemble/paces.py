"""Several ways of walking in one scenario: each on streets of its own, their walks put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.problem.reach import Reach
from siting.scenario.layers.elevation import read_ground
from siting.scenario.schema.settings import Travel

if TYPE_CHECKING:
    from pathlib import Path

    from siting.walking.nearest import Ways
    from siting.walking.network import Network
    from siting.walking.slopes import Gait, Sloped

Float = NDArray[np.float64]
Ints = NDArray[np.int64]
STEEPEST_CITY = 0.35
"""Mean slope of all streets, rise over run, that no town has: the heights are in another unit."""


@dataclass(frozen=True)
class Pace:
    """One way of walking."""

    gait: Gait
    points: Ints
    """Demand points of those who walk so, ascending."""
    level: Network
    """The streets as they are given; all paces have the same."""
    streets: Network
    """As this gait walks them, walls aside."""
    walled: Network
    """The same, ended at the walls of compounds; where there are none, the same streets."""
    ways: Ways
    """To these points."""


@dataclass(frozen=True)
class WaysApart:
    """Ways of several paces; see :class:`siting.walking.nearest.Ways`."""

    paces: tuple[Pace, ...]
    n_points: int

    def nearest(self, kind: str, rows: Ints) -> Float:
        """From each demand point, as those walk who live there."""
        found = np.full(self.n_points, np.inf)
        for pace in self.paces:
            found[pace.points] = pace.ways.nearest(kind, rows)
        return found


def joined(parts: Sequence[tuple[Reach, Ints]], n_points: int) -> Reach:
    """One reach of several to different points.

    Args:
        parts: each with the points that its columns are.
    """
    if len(parts) == 1:
        return parts[0][0]
    place = [np.repeat(np.arange(r.n_places), np.diff(r.start)) for r, _ in parts]
    point = [points[reach.point] for reach, points in parts]
    wide = np.result_type(*(reach.cost.dtype for reach, _ in parts))
    cost = [reach.cost.astype(wide) for reach, _ in parts]
    return Reach.from_pairs(
        np.concatenate(place),
        np.concatenate(point),
        np.concatenate(cost),
        parts[0][0].n_places,
        n_points,
    )


def streets_of(
    travel: Travel,
    gaits: Mapping[Gait, tuple[str, ...]],
    level: Network,
    elevation: Path | None,
) -> tuple[list[Network], list[Notice]]:
    """The streets as each gait walks them, and what is worth telling of them.

    Raises:
        InputError: the heights cannot be read, cannot be metres, or lie elsewhere; no street left.
    """
    from siting.walking.slopes import Gait, walked_by

    if set(gaits) == {Gait()} and elevation is None:
        return [level], []
    ground = None
    if elevation is not None:
        ground = read_ground(elevation, str(travel.elevation), level.crs)
    streets, told = [], []
    for gait, groups in gaits.items():
        sloped = walked_by(level, gait, ground)
        if not sloped.kept.any():
            found = Notice("fault.none")
            raise InputError(Fault("travel", Notice("fault.street_for", groups=groups), found))
        if elevation is not None and gait.slope:
            _believe_heights(str(travel.elevation), sloped)
        streets.append(sloped.network)
        if gait != Gait():
            told.append(_told(gait, groups, sloped))
    if len(gaits) > 1:
        told.append(Notice("network.gaits", n=len(gaits)))
    return streets, told


def _believe_heights(file: str, sloped: Sloped) -> None:
    expected = Notice("fault.heights_of_streets")
    if not sloped.n_ground:
        hint = Notice("fault.look_at_extent")
        raise InputError(Fault(file, expected, Notice("fault.none"), hint=hint))
    if sloped.mean_slope > STEEPEST_CITY:
        found = Notice("fault.mean_slope", share=100 * sloped.mean_slope)
        hint = Notice("fault.heights_hint")
        raise InputError(Fault(file, Notice("fault.heights"), found, hint=hint))


def _told(gait: Gait, groups: tuple[str, ...], sloped: Sloped) -> Notice:
    n, of = sloped.n_ground + sloped.n_tagged, int(sloped.kept.sum())
    return Notice(
        "network.sloped",
        groups=groups,
        tobler=isinstance(gait.slope, str),
        climbed=gait.slope if isinstance(gait.slope, float) else 0.0,
        n=n,
        of=of,
        tagged=sloped.n_tagged,
        mean=100 * sloped.mean_slope,
        longer=100 * (sloped.longer - 1),
        steps=sloped.n_steps,
        closed=int((~sloped.kept).sum()),
    )
