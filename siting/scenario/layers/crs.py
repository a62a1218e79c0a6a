"""The planar system distances are measured in: the planner's, the data's, or one that fits them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Proj

from siting.notice import Notice
from siting.scenario.layers.datum_names import OFFSET_DATUMS

MOST_STRETCH = 0.01
"""Relative error of lengths that is worth a warning."""
SHORT = 60
"""Signs of a system's name; what is longer is a description of it (well-known text)."""
REFUSED_STRETCH = 0.05
"""Relative error of lengths that no plan should rest on."""


def system(crs: str) -> str:
    """A system as people call it: by its code, or by the name in its own description."""
    return crs if len(crs) < SHORT else str(CRS.from_user_input(crs).name)[:SHORT]


def is_metric(crs: str) -> bool:
    """Whether a system is projected and in metres."""
    if crs in OFFSET_DATUMS:
        return False
    known = CRS.from_user_input(crs)
    return known.is_projected and {a.unit_name for a in known.axis_info} <= {"metre", "meter"}


def estimate_crs(
    used: Sequence[str], lonlat: NDArray[np.float64]
) -> tuple[str, tuple[Notice, ...]]:
    """The one fit metric system that all metric layers share, else the UTM zone of the people.

    Args:
        used: systems of the layers.
        lonlat: degrees of the demand points, shape (n, 2).

    Returns:
        The system, and what is worth telling of those that were passed over.
    """
    metric = list(dict.fromkeys(crs for crs in used if is_metric(crs)))
    fit = [crs for crs in metric if abs(stretch(crs, lonlat) - 1) <= MOST_STRETCH]
    if len(fit) == 1:
        return fit[0], ()
    lon, lat = np.median(lonlat, axis=0) if len(lonlat) else (0.0, 0.0)
    zone = int(np.clip((lon + 180) // 6 + 1, 1, 60))
    chosen = f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"
    told = [
        Notice("network.other_system", crs=system(crs), times=stretch(crs, lonlat), chosen=chosen)
        for crs in metric
        if crs not in fit
    ]
    return chosen, tuple(told)


def stretch(crs: str, lonlat: NDArray[np.float64]) -> float:
    """Length in the system over length on the ground where it is most off.

    Both axes of Tissot's ellipse are looked at, at the median place and the corners of the data.
    """
    lonlat = lonlat[np.isfinite(lonlat).all(axis=1)]
    if not len(lonlat):
        return 1.0
    # The middle nine tenths: a few places elsewhere say nothing about the system.
    low, high = np.quantile(lonlat, [0.05, 0.95], axis=0)
    middle = np.median(lonlat, axis=0)
    lon = np.array([middle[0], low[0], low[0], high[0], high[0]])
    lat = np.array([middle[1], low[1], high[1], low[1], high[1]])
    factors = Proj(CRS.from_user_input(crs)).get_factors(lon, lat)
    axes = np.concatenate([factors.tissot_semimajor, factors.tissot_semiminor])
    axes = np.where(np.isfinite(axes), axes, np.inf)
    return float(axes[np.argmax(np.abs(axes - 1))])
