"""Moves keep the books right, and every kind of move is made for every format."""

from __future__ import annotations

import numpy as np

from siting.engine.cover.anneal import anneal, near_sites
from siting.engine.shared.cover_state import Board, fill, make_board, violated
from siting.engine.shared.greedy_fill import burden_of, greedy_fill
from siting.engine.shared.instance import Instance, pack
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.threads import Crew
from tests.tools.engine_town import town


def board_of(seed: int) -> tuple[Instance, Board]:
    problem = town(seed=seed)
    with Crew(1) as crew:
        instance = pack(problem, problem.value, crew)
    rows = gather_rows(instance)
    weight = np.ascontiguousarray((instance.value / 1000).T.astype(np.float32))
    board = make_board(instance, rows, weight, np.full(len(rows), 1e-3))
    greedy_fill(board, np.arange(instance.n_options), burden_of(board, rows.main), 0.0)
    return instance, board


def run(instance: Instance, board: Board, steps: int, hot: float) -> np.ndarray:
    starts = instance.site_options.copy()
    good = np.arange(instance.n_options)
    mark = np.zeros((instance.n_targets, instance.n_points + 1), np.int32)
    accepted = np.zeros(3, np.int64)
    anneal(
        board, near_sites(instance), starts, good, np.ones(len(good), np.bool_), 0,
        instance.n_sites, steps, hot,
        hot / 50, np.array([7], np.uint64), mark, accepted,
    )  # fmt: skip
    return accepted


def test_books_stay_true() -> None:
    """After many moves, covers, floors, rows and totals are what the chosen options say."""
    instance, board = board_of(1)
    run(instance, board, 20_000, 2000.0)
    chosen = np.flatnonzero(board.chosen)
    weight = board.weight
    fresh = make_board(instance, gather_rows(instance), weight, np.full(len(board.rhs), 1e-3))
    fill(fresh, chosen)
    np.testing.assert_array_equal(fresh.covers, board.covers)
    np.testing.assert_array_equal(fresh.floor, board.floor)
    np.testing.assert_array_equal(fresh.used, board.used)
    np.testing.assert_allclose(fresh.free, board.free)
    np.testing.assert_allclose(fresh.sole, board.sole)
    np.testing.assert_allclose(fresh.total, board.total, rtol=1e-5)
    assert not len(violated(board))
    assert (board.floor >= 0).all()


def test_every_format_moves() -> None:
    """Over a hot run each kind of move is accepted and the chosen sites of every format change."""
    instance, board = board_of(2)
    before = board.chosen.copy()
    accepted = run(instance, board, 30_000, 3000.0)
    assert (accepted > 0).all()
    changed = instance.options.format[before != board.chosen]
    assert set(changed) == set(range(4))
