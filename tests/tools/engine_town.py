"""A small seeded town with several formats, floors and one budget, for tests of the engine."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from siting.problem import Labels, Options, Outlets, Problem, Target
from siting.problem.reach import Reach

LIMITS = (7200, 3600, 10800, 5400)


def town(n_points: int = 400, n_sites: int = 60, n_formats: int = 4, seed: int = 0) -> Problem:
    """Points and sites uniform on 4 km x 4 km; floors for one to three formats; tight money."""
    rng = np.random.default_rng(seed)
    points, sites = rng.random((n_points, 2)) * 4000, rng.random((n_sites, 2)) * 4000
    near = cKDTree(sites).sparse_distance_matrix(cKDTree(points), 1080, output_type="coo_matrix")
    cost = np.floor(near.data * 10 + 0.5).astype(np.uint16)
    reach = Reach.from_pairs(near.row, near.col, cost, n_sites, n_points)
    site, format_ = (grid.ravel() for grid in np.indices((n_sites, n_formats)))
    area = np.array([300, 40, 150, 60])[:n_formats]
    factor = rng.integers(60, 180, n_sites)
    options = Options.of(site, format_, area[format_] * factor[site] * 18, area=area[format_])
    problem = Problem(
        (rng.integers(1, 400, n_points) * 1000)[np.newaxis, :],
        reach,
        options,
        tuple(Target(f, 0, LIMITS[f]) for f in range(n_formats)),
        rng.integers(40, 500, n_sites),
        np.zeros(n_sites, np.int64),
        Outlets.none(n_points),
        site_xy=sites,
        point_xy=points,
        labels=Labels(formats=tuple(f"format{f}" for f in range(n_formats))),
    )
    return problem.replace(budget=int(options.cost.sum() * 0.12))
