"""Random plans and results of small problems, for tests of what is told about them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.problem import Objective, Problem
from siting.problem.solution import Certificate, Cliques
from siting.result import Result
from siting.result.accounting import plan_of
from siting.verification.evaluation import evaluate


def some_plan(problem: Problem, seed: int) -> NDArray[np.int64]:
    """At most one option of a format a site, about half of the (site, format) pairs."""
    rng = np.random.default_rng(seed)
    taken: dict[tuple[int, int], int] = {}
    for option in rng.permutation(problem.n_options):
        if rng.random() < 0.6:
            key = (int(problem.options.site[option]), int(problem.options.format[option]))
            taken.setdefault(key, int(option))
    return np.array(sorted(taken.values()), np.int64)


def some_certificate(problem: Problem, seed: int) -> Certificate:
    """Multipliers of the right shapes; what they prove is no matter here."""
    rng = np.random.default_rng(seed)
    return Certificate(
        u=rng.integers(0, 2**16, (problem.n_points, problem.n_targets)).astype(np.uint16),
        theta=tuple(rng.integers(0, 9, rule.n_rows) for rule in problem.rules),
        theta_scale=1024,
        phi=tuple(rng.integers(0, 9, 2) for _ in problem.min_coverage),
        cliques=Cliques(np.array([0, 1]), np.array([0]), np.array([7])) if seed % 2 else None,
        tier="basic" if seed % 2 else None,
        held=seed if seed % 2 else None,
        held_price=seed,
    )


def some_result(problem: Problem, seed: int = 0) -> Result:
    """A result as ``solve`` would hand it out, unverified."""
    plan = plan_of(problem, evaluate(problem, some_plan(problem, seed)))
    return Result(
        "feasible",
        "time",
        12.5,
        13.0,
        plan,
        Objective("max_cover", "tiers", p=3),
        "highs",
        seed,
        2,
        "certificate",
        (some_certificate(problem, seed),),
        {"basic": {"objective": 12.5, "bound": 13.0, "gap": 0.04}},
        ("a warning",),
        ("a note",),
        {"solve": 0.1},
        {"rows": 3},
    )
