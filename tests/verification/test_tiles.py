"""Bounds recomputed tile by tile: the same as at once, and no part of a city left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.problem import Problem
from siting.problem.solution import Certificate, Tiles
from siting.verification.bound import recompute_bound, relax
from siting.verification.certificate import CertificateError
from siting.verification.tiles import tile_by_tile, tile_shares
from tests.tools.certificates import random_certificate
from tests.tools.depth import examples
from tests.tools.problems import problems

SEEDS = st.integers(0, 2**32 - 1)


def in_tiles(problem: Problem, certificate: Certificate, rng: np.random.Generator) -> Certificate:
    """Any partition whatever: tiles may be empty, and need not lie together."""
    n = int(rng.integers(1, 5))
    site = rng.integers(0, n, problem.n_sites).astype(np.int32)
    point = rng.integers(0, n, problem.n_points).astype(np.int32)
    cut = replace(certificate, tiles=Tiles(site, point, ()))
    shares = tile_shares(problem, cut, problem.objective)[1]
    return replace(certificate, tiles=Tiles(site, point, shares))


@examples(80)
@given(problems(without={"capacity"}), SEEDS, st.booleans())
def test_tiles_add_up_to_the_bound(problem: Problem, seed: int, huge: bool) -> None:
    """However a city is cut, the parts' sum is the whole's bound, integer by integer."""
    rng = np.random.default_rng(seed)
    scale = 2**40 if huge else 256
    certificate = in_tiles(problem, random_certificate(problem, rng, scale=scale), rng)
    whole = relax(problem, certificate, problem.objective)[0]
    assert tile_by_tile(problem, certificate, problem.objective) == whole
    assert recompute_bound(problem, certificate) == whole // certificate.theta_scale


@examples(40)
@given(problems(without={"capacity"}), SEEDS)
def test_what_a_tile_is_told_to_add_is_recomputed(problem: Problem, seed: int) -> None:
    """A share that is told one less, or one more, is a lie about that tile."""
    rng = np.random.default_rng(seed)
    certificate = in_tiles(problem, random_certificate(problem, rng), rng)
    tiles = certificate.tiles
    assert tiles is not None
    k = int(rng.integers(len(tiles.shares)))
    for away in (-1, 1):
        shares = (*tiles.shares[:k], tiles.shares[k] + away, *tiles.shares[k + 1 :])
        with pytest.raises(CertificateError, match=f"tile {k} is told to add"):
            recompute_bound(problem, replace(certificate, tiles=replace(tiles, shares=shares)))


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("site", lambda owner: owner[:-1]),
        ("point", lambda owner: owner[:-1]),
        ("site", lambda owner: np.where(np.arange(len(owner)) == 0, -1, owner)),
        ("point", lambda owner: np.where(np.arange(len(owner)) == 0, -1, owner)),
        ("site", lambda owner: owner.astype(float)),
        ("point", lambda owner: owner.tolist()),
        ("site", lambda owner: owner + (1 << 20)),
        ("shares", lambda shares: shares[:-1]),
    ],
)
def test_every_site_and_point_has_one_tile(name: str, made: Any) -> None:
    """Who is in no tile is in no sum: such a partition proves nothing."""
    sites = np.array([0, 0, 1], np.int32)
    problem = Problem.from_points([[0, 0], [5, 0], [9, 0]], [[0, 1], [4, 1], [9, 1]], radius=3)
    problem = problem.under(replace(problem.objective, p=2))
    rng = np.random.default_rng(0)
    certificate = replace(
        random_certificate(problem, rng), tiles=Tiles(sites, sites.copy(), ()), cliques=None
    )
    shares = tile_shares(problem, certificate, problem.objective)[1]
    tiles = Tiles(sites, sites.copy(), shares)
    recompute_bound(problem, replace(certificate, tiles=tiles))
    wrong = replace(tiles, **{name: made(getattr(tiles, name))})
    with pytest.raises(CertificateError):
        recompute_bound(problem, replace(certificate, tiles=wrong))
