"""The small exact problem of one site."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from siting.verification.floors import NO_PLAN, solve_sites


def enumerate_site(
    profit: np.ndarray,
    area: np.ndarray,
    format_: np.ndarray,
    phase: np.ndarray,
    floor: int,
    opening: np.ndarray,
    apart: np.ndarray,
    rows: list[tuple[np.ndarray, int]],
) -> int | None:
    """The best by trying every subset; None when nothing is allowed."""
    best = None
    for picks in product((False, True), repeat=len(profit)):
        on = np.flatnonzero(picks)
        formats = format_[on]
        if area[on].sum() > floor or len(set(formats)) < len(formats):
            continue
        if any(apart[f, g] for f in formats for g in formats if f != g):
            continue
        if any(values[on].sum() > limit for values, limit in rows):
            continue
        value = int(profit[on].sum()) - (int(opening[phase[on].min()]) if len(on) else 0)
        best = value if best is None else max(best, value)
    return best


def random_site(rng: np.random.Generator) -> tuple:
    """One site's numbers in the order of ``enumerate_site``."""
    n, n_phases = int(rng.integers(1, 9)), int(rng.integers(1, 3))
    profit = rng.integers(-20, 60, n)
    area = rng.integers(0, 12, n)
    format_ = np.sort(rng.integers(0, 5, n))
    phase = rng.integers(0, n_phases, n)
    apart = np.triu(rng.random((5, 5)) < 0.15, 1)
    rows = [
        (rng.integers(-2, 3, n), int(rng.integers(-1, 4))) for _ in range(int(rng.integers(0, 3)))
    ]
    opening = rng.integers(0, 15, n_phases)
    return profit, area, format_, phase, int(rng.integers(0, 40)), opening, apart | apart.T, rows


def solve_one(site: tuple, node_limit: int = 20_000) -> int:
    """``solve_sites`` on a single site."""
    profit, area, format_, phase, floor, opening, apart, rows = site
    n = len(profit)
    values = np.concatenate([np.zeros(0, np.int64), *(v for v, _ in rows)])
    return int(
        solve_sites(
            np.array([0, n]),
            np.arange(n),
            profit,
            area,
            phase,
            format_,
            np.array([floor]),
            opening[None, :],
            apart,
            np.array([0, len(rows)]),
            np.arange(len(rows) + 1) * n,
            np.tile(np.arange(n), len(rows)),
            values,
            np.array([b for _, b in rows], np.int64),
            node_limit,
        )[0][0]
    )


@pytest.mark.parametrize("seed", range(300))
def test_branch_and_bound_finds_the_best(seed: int) -> None:
    """Floor, one a format, conflicts, rows and opening prices: the optimum of enumeration."""
    site = random_site(np.random.default_rng(seed))
    best = enumerate_site(*site)
    found = solve_one(site)
    if best is None:
        assert found == NO_PLAN
    else:
        assert found == best


@pytest.mark.parametrize("seed", range(100))
def test_out_of_nodes_is_still_a_bound(seed: int) -> None:
    """When the search ends early its figure is not below the optimum."""
    site = random_site(np.random.default_rng(1000 + seed))
    best = enumerate_site(*site)
    assert best is None or solve_one(site, node_limit=2) >= best
