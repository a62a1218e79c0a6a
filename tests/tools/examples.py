"""Problems and solvers for the tests of the formulations."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from scipy.sparse import csr_array

from siting.problem import (
    UNLIMITED,
    Labels,
    MinCoverage,
    Model,
    Objective,
    Options,
    Outlets,
    Problem,
    Spacing,
    Target,
)
from siting.problem.reach import Reach
from siting.problem.rules import (
    at_most,
    forbid,
    max_formats_per_site,
    require,
    together,
    total_budget,
)
from tests.tools.problems import FAMILIES, build


def random_case(model: Model, seed: int, *, without: frozenset[str] = frozenset()) -> Problem:
    """A small problem with a random part of all rules, asking for ``model``."""
    rng = np.random.default_rng(seed)
    on = frozenset(
        str(name) for name in rng.choice(sorted(FAMILIES), size=rng.integers(0, 7), replace=False)
    )
    if model not in ("max_cover", "capacitated_cover"):
        without = without | {"capacity"}
    on -= without
    formats = int(rng.integers(2 if {"tiers", "stands_in", "together"} & on else 1, 4))
    dtype = (np.uint16, np.int32, np.float64)[seed % 3]
    problem = build(on, int(rng.integers(1, 6)), int(rng.integers(1, 10)), formats, 9, dtype, rng)
    return problem.under(
        Objective(
            model=model,
            order=problem.objective.order,
            p=int(rng.integers(0, 5)) if rng.random() < 0.4 else None,
            share=Fraction(int(rng.integers(0, 11)), 10) if model == "partial_cover" else None,
            times=int(rng.integers(1, 4)) if model == "backup_cover" else None,
        )
    )


def example(model: Model = "max_cover") -> Problem:
    """Three sites, four points, two formats and every family of rows, small enough to read."""
    options = Options.of(
        site=[0, 0, 0, 1, 1, 2, 2],
        format=[0, 0, 1, 0, 1, 0, 1],
        cost=[5, 3, 4, 5, 4, 6, 2],
        area=[4, 2, 3, 4, 3, 4, 3],
        size=[0, 1, 0, 0, 0, 0, 0],
        phase=[0, 0, 1, 0, 0, 1, 1],
        capacity=[30, 20, 25, 30, 25, 40, UNLIMITED],
    )
    site, point = np.divmod(np.arange(12), 4)
    cost = np.array([1, 2, 9, 9, 3, 1, 2, 9, 9, 4, 1, 2], np.uint16)
    near = np.zeros((3, 3), bool)
    near[0, 1] = near[1, 0] = True
    problem = Problem(
        persons=np.array([[10_000, 20_000, 30_000, 40_000], [1_000, 0, 3_000, 5_000]]),
        reach=Reach.from_pairs(site, point, cost, 3, 4),
        options=options,
        targets=(
            Target(0, 0, 4.0, phase=0),
            Target(0, 0, 4.0, phase=1),
            Target(1, 1, 3.0, weight_micro=2_000_000, tier="quality", phase=1),
        ),
        site_area=np.array([5, 6, 3]),
        opening_cost=np.array([1, 0, 2]),
        outlets=Outlets(
            np.array([0], np.int32),
            Reach.from_pairs(np.array([0]), np.array([0]), np.array([2], np.uint16), 1, 4),
            np.array([8]),
            np.array([-1], np.int32),
        ),
        spacings=(Spacing("apart", (0, 1), csr_array(near)),),
        min_coverage=(MinCoverage("fair", (0,), Fraction(2, 5), (0, 1)),),
        objective=Objective(model=model, share=Fraction(3, 4)),
        point_district=np.array([0, 0, 1, 1], np.int32),
        site_district=np.zeros(3, np.int32),
        labels=Labels(
            formats=("shop", "care"),
            groups=("all", "elderly"),
            districts=("north", "south"),
            sizes=("standard", "small"),
            phases=("2026", "2027"),
        ),
    )
    o = problem.options
    return problem.replace(
        rules=(
            total_budget(problem, 15),
            at_most(problem, 4),
            max_formats_per_site(problem, 2),
            require(problem, "require", o.site == 1),
            forbid(problem, "forbid", (o.site == 2) & (o.format == 0)),
            together(problem, "together", 1, 0),
        )
    )
