"""The nearest sites of each site: where moves look for another place."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from siting.engine.shared.arrays import Ints32
from siting.engine.shared.instance import Instance

NEAR = 24


def near_sites(instance: Instance, most: int = NEAR) -> Ints32:
    """The nearest sites of each site, at most ``most``; none without coordinates.

    Returns:
        positions of sites, shape (n_sites, up to ``most``).
    """
    xy = instance.problem.site_xy
    if xy is None or instance.n_sites < 2:
        return np.zeros((instance.n_sites, 0), np.int32)
    xy = xy[instance.site]
    k = min(most + 1, instance.n_sites)
    near = np.asarray(cKDTree(xy).query(xy, k=k)[1])
    own = near == np.arange(instance.n_sites)[:, np.newaxis]
    own[~own.any(axis=1), -1] = True  # many sites on one spot: leave the last out instead
    return near[~own].reshape(instance.n_sites, k - 1).astype(np.int32)
