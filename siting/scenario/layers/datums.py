"""Coordinates of a layer as WGS84 degrees, the offset datums of Chinese map services included.

GCJ-02 moves WGS84 coordinates inside China by a polynomial on the Krasovsky 1940 ellipsoid that is
known from practice, BD-09 moves those once more (formulas as in the public code "eviltransform" and
Wikipedia, "Restrictions on geographic data in China", section "Coordinate systems"). Neither has a
closed inverse: both are inverted here by fixed-point iteration to below a tenth of a millimetre.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

_A = 6378245.0
"""Semi-major axis of the Krasovsky 1940 ellipsoid, metres."""
_EE = 0.00669342162296594323
"""Its squared eccentricity."""
_TURN = np.pi * 3000.0 / 180.0
_TOLERANCE = 1e-9
"""Degrees: 0.1 mm."""


def inside_offset_area(lon: Float, lat: Float) -> NDArray[np.bool_]:
    """Where the services apply the offset: the rectangle they use for China."""
    return (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)


def wgs84_to_gcj02(lon: Float, lat: Float) -> tuple[Float, Float]:
    """Degrees to degrees; unchanged outside China."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (
        (
            wave
            + 20.0 * np.sin(y * np.pi)
            + 40.0 * np.sin(y / 3.0 * np.pi)
            + 160.0 * np.sin(y / 12.0 * np.pi)
            + 320.0 * np.sin(y * np.pi / 30.0)
        )
        * 2.0
        / 3.0
    )
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (
        (
            wave
            + 20.0 * np.sin(x * np.pi)
            + 40.0 * np.sin(x / 3.0 * np.pi)
            + 150.0 * np.sin(x / 12.0 * np.pi)
            + 300.0 * np.sin(x / 30.0 * np.pi)
        )
        * 2.0
        / 3.0
    )
    radians = np.radians(lat)
    flat = 1.0 - _EE * np.sin(radians) ** 2
    meridian = _A * (1.0 - _EE) / (flat * np.sqrt(flat))
    parallel = _A / np.sqrt(flat) * np.cos(radians)
    inside = inside_offset_area(lon, lat)
    return (
        np.where(inside, lon + np.degrees(east / parallel), lon),
        np.where(inside, lat + np.degrees(north / meridian), lat),
    )


def gcj02_to_bd09(lon: Float, lat: Float) -> tuple[Float, Float]:
    """Degrees to degrees."""
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _TURN)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def wgs84_to_bd09(lon: Float, lat: Float) -> tuple[Float, Float]:
    """Degrees to degrees."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def to_wgs84(lon: Float, lat: Float, datum: str) -> tuple[Float, Float]:
    """Degrees of an offset datum to WGS84 degrees.

    x <- x + (given - forward(x)) converges because the offset changes by under 0.1 % of a move.
    Outside China a GCJ02 layer is WGS84 already.
    """
    lon, lat = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    forward = {"GCJ02": wgs84_to_gcj02, "BD09": wgs84_to_bd09}[datum]
    x, y = lon.copy(), lat.copy()
    for _ in range(30):
        there_x, there_y = forward(x, y)
        step_x, step_y = lon - there_x, lat - there_y
        x, y = x + step_x, y + step_y
        if max(np.abs(step_x).max(initial=0), np.abs(step_y).max(initial=0)) < _TOLERANCE:
            break
    return x, y
