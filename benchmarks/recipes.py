"""Instances that are drawn, not stored: the classic random recipe, seeded.

n = 100 facilities and m customers uniform in [0, 30]^2, demand uniform in 1..100, every facility
costs 1, covered when the Euclidean distance is strictly below r (Cordeau, Furini and Ljubic,
EJOR 275, 2019, section 5.1).
"""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np

from siting.problem import Objective, Problem

FACILITIES = 100
SIDE = 30.0
RADII = {
    10: (5.5, 5.75, 6.0, 6.25),
    15: (4.0, 4.25, 4.5, 4.75, 5.0),
    20: (3.25, 3.5, 3.75, 4.0, 4.25),
}
"""Budget -> radii of the published table."""


def names(customers: int) -> list[str]:
    """All fourteen (budget, radius) of one size."""
    return [
        f"classic:{customers}:{budget}:{radius:g}"
        for budget, radii in RADII.items()
        for radius in radii
    ]


def classic(name: str, seed: int, timings: dict[str, float]) -> Problem:
    """``classic:CUSTOMERS:BUDGET:RADIUS`` or ``...:set`` / ``...:share0.6`` instead of a budget.

    ``timings`` gets ``draw`` (the points) and ``cover`` (who is within the radius of whom).
    """
    _, customers, asked, radius = name.split(":")
    begun = time.monotonic()
    rng = np.random.default_rng([seed, int(customers)])
    sites = rng.random((FACILITIES, 2)) * SIDE
    points = rng.random((int(customers), 2)) * SIDE
    demand = rng.integers(1, 101, int(customers))
    timings["draw"] = round(time.monotonic() - begun, 4)
    begun = time.monotonic()
    problem = Problem.from_points(points, sites, weights=demand, radius=float(radius), strict=True)
    timings["cover"] = round(time.monotonic() - begun, 4)
    return problem.under(_objective(asked))


def _objective(asked: str) -> Objective:
    if asked == "set":
        return Objective("set_cover")
    if asked.startswith("share"):
        return Objective("partial_cover", share=Fraction(asked.removeprefix("share")))
    return Objective("max_cover", p=int(asked))


def plane(name: str, seed: int, timings: dict[str, float]) -> Problem:
    """``plane:POINTS:P:MODEL``: p_median or p_center where every point is a site.

    Points uniform in [0, 1000]^2, demand uniform in 1..100, Euclidean distances rounded to whole
    numbers, as TSPLIB rounds them for the p-median instances of Resende and Werneck (2004).
    """
    _, points, p, model = name.split(":")
    begun = time.monotonic()
    rng = np.random.default_rng([seed, int(points)])
    at = rng.integers(0, 1001, (int(points), 2)).astype(np.float64)
    demand = rng.integers(1, 101, int(points))
    timings["draw"] = round(time.monotonic() - begun, 4)
    begun = time.monotonic()
    walk = np.rint(np.hypot(at[:, :1] - at[:, 0], at[:, 1:] - at[:, 1]))
    problem = Problem.from_matrix(walk, weights=demand)
    timings["walks"] = round(time.monotonic() - begun, 4)
    return problem.under(Objective("p_median" if model == "p_median" else "p_center", p=int(p)))
