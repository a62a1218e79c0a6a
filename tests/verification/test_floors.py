"""The small exact problem of one site."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from siting.verification import floors, floors_plain
from siting.verification.floors import NO_PLAN, solve_sites
from siting.verification.floors_plain import solve_simple


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


@pytest.mark.parametrize("seed", range(60))
def test_sites_that_can_have_all_they_want_are_found_alike_without_a_compiler(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best of every site and the options that attain it, ties and searches that end early among
    them, are the kernel's, bit for bit."""
    monkeypatch.setattr(floors_plain, "MOST_WAYS", np.inf)
    rng = np.random.default_rng(2000 + seed)
    n, n_sites = int(rng.integers(0, 120)), 15
    site = np.sort(rng.integers(0, n_sites, n))
    start = np.searchsorted(site, np.arange(n_sites + 1))
    format_ = rng.integers(0, 4, n)
    order = np.lexsort((format_, site))
    owner = np.sort(rng.integers(0, n_sites, int(rng.integers(0, 12))))
    length = np.diff(start)[owner]
    option = np.concatenate(
        [np.zeros(0, np.int64), *(order[start[s] : start[s + 1]] for s in owner)]
    )
    apart = np.triu(rng.random((4, 4)) < 0.1, 1)
    given = (
        start,
        order,
        rng.integers(-3, 6, n),
        rng.integers(0, 12, n),
        np.zeros(n, np.int64),
        format_,
        rng.integers(0, 60, n_sites),
        rng.integers(0, 4, (n_sites, 1)),
        apart | apart.T,
        np.searchsorted(owner, np.arange(n_sites + 1)),
        np.concatenate([[0], np.cumsum(length)]),
        option,
        rng.integers(-1 if seed % 2 else 0, 3, len(option)),
        rng.integers(-1, 6, len(owner)),
        int(rng.choice([2, 8, 40, 20_000])),
    )
    found = solve_simple(*given)
    assert found is not None
    best, picked = np.zeros(n_sites, np.int64), np.zeros(n, np.bool_)
    floors._some_sites(0, n_sites, *given, np.full(n, -1, np.int64), best, picked)
    np.testing.assert_array_equal(found[0], best)
    np.testing.assert_array_equal(found[1], picked)


def test_what_python_is_too_slow_for_is_left_to_the_kernel() -> None:
    """Sites whose options fight for the floor, and phases, in which more than profit counts."""
    n = 40
    none = np.zeros(0, np.int64)
    formats = np.repeat(np.arange(10), 4)
    given: list[Any] = [
        np.array([0, n]), np.arange(n), np.arange(1, n + 1), np.full(n, 7), np.zeros(n, np.int64),
        formats, np.array([30]), np.zeros((1, 1), np.int64), np.zeros((10, 10), np.bool_),
        np.zeros(2, np.int64), np.zeros(1, np.int64), none, none, none, 20_000,
    ]  # fmt: skip
    assert solve_simple(*given) is None
    phases = [*given[:7], np.zeros((1, 2), np.int64), *given[8:]]
    assert solve_simple(*phases) is None
    wide = [*given[:6], np.array([300]), *given[7:]]
    assert solve_simple(*wide) is None  # its search may end before its best
