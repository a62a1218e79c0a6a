"""Runs and pairs are two ways to write down who is within which standard of each site."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.shared.discs import Reached, lay_out
from siting.engine.shared.instance import Instance, pack
from siting.engine.shared.point_runs import BLOCK
from siting.engine.shared.threads import ThreadPool
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.engine_draws import dense, packed
from tests.tools.engine_town import town
from tests.tools.problems import problems

FAMILIES = {"groups", "weights", "tiers", "stands_in", "phases", "sizes", "circles", "existing"}


def laid_out(instance: Instance, *, running: bool | None, threads: int = 1) -> Reached:
    with ThreadPool(threads) as pool:
        return lay_out(instance, pool, running=running)


def several_blocks() -> Instance:
    """A town whose points fill more than two blocks."""
    problem = town(n_points=2 * BLOCK + 900, n_sites=25, seed=8)
    with ThreadPool(1) as pool:
        # Labels keep apart what sees the same, so that there are as many patterns as points.
        return pack(
            problem, problem.value, pool, keep_apart=np.arange(problem.n_points, dtype=np.int32)
        )


def served(instance: Instance) -> np.ndarray:
    """Which targets some option of a site serves, shape (n_sites, n_targets)."""
    start, target = instance.spread_kinds
    out = np.zeros((instance.n_sites, instance.n_targets), np.bool_)
    out[np.repeat(instance.options.site, np.diff(start)), target] = True
    return out


def reached(instance: Instance, laid: Reached, t: int) -> np.ndarray:
    """0/1 of what the spans say of a target, shape (n_sites, n_points)."""
    spans, n_classes = laid.spans, len(laid.spans.low)
    place = np.arange(instance.n_points)
    if spans.running:
        place = place + place // BLOCK
    out = np.zeros((instance.n_sites, laid.n_places + 1), np.int64)
    for s in range(instance.n_sites):
        for k in range(n_classes):
            if spans.low[k] <= t < spans.high[k]:
                row = s * n_classes + k
                for at in range(spans.start[row], spans.start[row + 1]):
                    end = spans.end[at] if spans.running else spans.begin[at] + 1
                    out[s, spans.begin[at] : end] += 1
    return out[:, place]


@examples(60)
@given(problems(among=FAMILIES, max_points=30), st.booleans())
def test_spans_hold_the_pairs_of_every_target(problem: Problem, running: bool) -> None:
    """Exactly once, wherever some option of the site serves the target."""
    instance, _ = packed(problem)
    laid = laid_out(instance, running=running)
    for t in range(instance.n_targets):
        has = served(instance)[:, t]
        wanted = dense(instance.by_site, instance.n_points, t)
        np.testing.assert_array_equal(reached(instance, laid, t)[has], wanted[has])


@pytest.mark.parametrize("running", [True, False])
def test_blocks_divide_spans_without_loss(running: bool) -> None:
    """No run crosses a block's end, and the pieces of all blocks hold every span once, in the block
    of its points."""
    instance = several_blocks()
    laid = laid_out(instance, running=running)
    spans = laid.spans
    assert laid.n_blocks == 3
    seen = np.zeros(laid.n_spans, np.int64)
    length = BLOCK + 1 if running else BLOCK
    for b in range(laid.n_blocks):
        for piece in range(spans.piece_start[b], spans.piece_start[b + 1]):
            row, own = (
                spans.piece_row[piece],
                slice(spans.piece_begin[piece], spans.piece_end[piece]),
            )
            seen[own] += 1
            assert spans.start[row] <= own.start < own.stop <= spans.start[row + 1]
            assert (spans.begin[own] // length == b).all()
            assert not running or (spans.end[own] <= (b + 1) * length - 1).all()
    assert (seen == 1).all()
    for t in range(instance.n_targets):
        has = served(instance)[:, t]
        wanted = dense(instance.by_site, instance.n_points, t)
        np.testing.assert_array_equal(reached(instance, laid, t)[has], wanted[has])


def test_runs_are_few_where_points_have_places() -> None:
    """A town's points stand along the curve: runs are chosen, several pairs each; the same town
    with its points shuffled and no coordinates is passed over pair by pair."""
    instance = several_blocks()
    laid = laid_out(instance, running=None)
    assert laid.spans.running
    assert 3 * laid.n_spans < instance.n_pairs
    problem = town(n_points=2000, n_sites=25, seed=8)
    lost = replace(problem, point_xy=None, site_xy=None)
    assert not laid_out(packed(lost)[0], running=None).spans.running


def test_any_number_of_threads_lays_out_the_same() -> None:
    """Every array, to the bit."""
    instance = several_blocks()
    one, three = (laid_out(instance, running=True, threads=n).spans for n in (1, 3))
    for a, b in zip(one, three, strict=True):
        np.testing.assert_array_equal(a, b)
