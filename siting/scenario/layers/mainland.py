"""Mainland China, where map services move coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_OUTLINE = np.array([
    (73.5, 39.5), (74.9, 40.5), (80.2, 42.2), (80.3, 45.0), (82.5, 45.3), (83.0, 47.2),
    (85.5, 47.2), (85.7, 48.4), (87.8, 49.2), (91.0, 47.5), (91.0, 45.2), (95.4, 44.3),
    (97.0, 42.8), (101.8, 42.5), (105.0, 41.6), (107.5, 42.4), (110.1, 42.7), (111.9, 43.8),
    (111.5, 44.8), (114.0, 44.9), (116.0, 46.4), (119.7, 46.7), (118.5, 47.9), (115.6, 47.8),
    (116.7, 49.8), (119.3, 50.3), (120.0, 52.7), (121.5, 53.4), (125.6, 53.1), (127.5, 50.0),
    (130.7, 48.9), (134.8, 48.4), (133.2, 45.1), (131.1, 44.8), (131.0, 42.9), (128.0, 42.0),
    (126.9, 41.7), (124.4, 40.0), (121.5, 38.7), (122.7, 37.2), (119.9, 35.0), (122.3, 31.0),
    (122.4, 29.5), (119.9, 25.4), (116.8, 23.0), (114.4, 22.5), (113.4, 22.1), (110.6, 21.0),
    (111.2, 19.8), (109.5, 18.0), (108.4, 19.0), (109.4, 20.8), (108.0, 21.5), (106.6, 22.3),
    (105.3, 23.3), (102.2, 22.4), (101.0, 21.2), (99.3, 22.1), (97.6, 24.0), (98.7, 27.5),
    (97.3, 28.3), (94.0, 29.0), (91.6, 27.8), (88.9, 27.3), (86.0, 28.0), (81.2, 30.1),
    (78.8, 31.5), (78.5, 34.4), (76.0, 36.0), (74.8, 37.3),
])  # fmt: skip
"""The mainland, coarsely, degrees: some ten kilometres either way decide nothing."""


def in_mainland(degrees: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether places lie there: WGS84 degrees, shape (n, 2); never where one is not finite."""
    import shapely

    good = np.isfinite(degrees).all(axis=1, keepdims=True)
    x, y = np.where(good, degrees, 0.0).T
    return np.asarray(shapely.contains_xy(shapely.Polygon(_OUTLINE), x, y))
