"""The planar system distances are measured in: the planner's, the data's, or one that fits them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Proj

from siting.scenario.layers.datums import OFFSET_DATUMS

MOST_STRETCH = 0.01
"""Relative error of lengths that is worth a warning."""


def is_metric(crs: str) -> bool:
    """Whether a system is projected and in metres."""
    if crs in OFFSET_DATUMS:
        return False
    known = CRS.from_user_input(crs)
    return known.is_projected and {a.unit_name for a in known.axis_info} <= {"metre", "meter"}


def estimate_crs(used: Sequence[str], lonlat: NDArray[np.float64]) -> str:
    """The one metric system that all metric layers share, else the UTM zone of the median place.

    Args:
        used: systems of the layers.
        lonlat: degrees of the demand points, shape (n, 2).
    """
    metric = {crs for crs in used if is_metric(crs)}
    if len(metric) == 1:
        return metric.pop()
    lon, lat = np.median(lonlat, axis=0) if len(lonlat) else (0.0, 0.0)
    zone = int(np.clip((lon + 180) // 6 + 1, 1, 60))
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def stretch(crs: str, lonlat: NDArray[np.float64]) -> float:
    """Length in the system over length on the ground, at the median place."""
    if not len(lonlat):
        return 1.0
    lon, lat = np.median(lonlat, axis=0)
    factors = Proj(CRS.from_user_input(crs)).get_factors(lon, lat)
    return float(factors.meridional_scale)
