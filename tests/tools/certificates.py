"""Random certificates: any non-negative multipliers must give a valid bound."""

from __future__ import annotations

import numpy as np

from siting.problem import Objective, Problem
from siting.problem.solution import Certificate, Cliques
from tests.tools.brute import Truth

FULL = 65535


def random_certificate(
    problem: Problem,
    rng: np.random.Generator,
    tier: str | None = None,
    held: int | None = None,
    *,
    scale: int = 256,
) -> Certificate:
    """Shares, prices and cliques of very different sizes."""
    shape = (problem.n_points, problem.n_targets)
    u = (
        rng.integers(0, FULL + 1, shape),
        rng.choice([0, FULL], shape),
        np.full(shape, FULL),
    )[int(rng.integers(3))]
    high = 4 * int(rng.choice([1, 5_000, 500_000]))
    theta = tuple(
        rng.integers(0, high, rule.n_rows) * (rng.random(rule.n_rows) < 0.7)
        for rule in problem.rules
    )
    phi = tuple(
        rng.integers(0, 2 * scale, 1 if m.districts is None else len(m.districts))
        for m in problem.min_coverage
    )
    price = 0 if held is None else int(rng.integers(0, 2 * scale))
    return Certificate(
        u.astype(np.uint16), theta, scale, phi, pair_cliques(problem, high, rng), tier, held, price
    )


def pair_cliques(problem: Problem, high: int, rng: np.random.Generator) -> Cliques | None:
    """Every pair of options in conflict, with a price each; None when there is none."""
    o, truth = problem.options, Truth(problem, Objective("capacitated_cover"))
    pairs = [
        (b, a)
        for a in range(problem.n_options)
        for b in range(a)
        if (o.site[a], o.format[a]) == (o.site[b], o.format[b]) or truth.too_close(a, b)
    ]
    if not pairs:
        return None
    start = np.arange(0, 2 * len(pairs) + 1, 2)
    return Cliques(start, np.array(pairs, np.int64).ravel(), rng.integers(0, high, len(pairs)))
