"""What each tile of a city adds to its bound, as a result tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from siting.problem import Problem
from siting.problem.solution import Certificate


@dataclass(frozen=True)
class TileShare:
    """One tile's part of a bound; what is shared, at its price, is the rest of it."""

    sites: int
    points: int
    bound: float
    """Weighted persons."""

    def to_dict(self) -> dict[str, Any]:
        """As result.json holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> TileShare:
        """The share of :meth:`to_dict`."""
        return cls(told["sites"], told["points"], told["bound"])


def tile_shares(problem: Problem, certificates: Iterable[Certificate]) -> tuple[TileShare, ...]:
    """Of the first certificate in tiles; empty where there is none."""
    for certificate in certificates:
        tiles = certificate.tiles
        if tiles is not None:
            n = len(tiles.shares)
            sites = np.bincount(tiles.site, minlength=n).tolist()
            points = np.bincount(tiles.point, minlength=n).tolist()
            unit = problem.unit / int(certificate.theta_scale)
            bounds = [float(share * unit) for share in tiles.shares]
            return tuple(map(TileShare, sites, points, bounds))
    return ()
