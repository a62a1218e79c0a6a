"""A move that is tried says what booking it would do."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.shared.cover_state import book, make_board
from siting.engine.shared.instance import pack
from siting.engine.shared.moves import try_move
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.threads import Crew
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.problems import problems


@examples(60)
@given(
    problems(among={"budget", "opening", "phases", "counts", "max_formats", "sizes"}),
    st.randoms(use_true_random=False),
)
def test_a_tried_move_is_what_booking_does(problem: Problem, random: object) -> None:
    """Rows and price of one to three closures at a site and one opening, against the board."""
    rng = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    with Crew(1) as crew:
        instance = pack(problem, problem.value, crew)
    if instance.n_options < 2:
        return
    rows = gather_rows(instance)
    board = make_board(
        instance, rows, np.ones((instance.n_targets, instance.n_points), np.float32),
        rng.random(len(rows)),
    )  # fmt: skip
    for o in range(instance.n_options):
        if rng.random() < 0.5:
            book(board, o, 1)
    chosen = np.flatnonzero(board.chosen)
    others = np.flatnonzero(~board.chosen)
    if not len(chosen) or not len(others):
        return
    # Several options close at one site, the one where another opens; or one closes anywhere.
    o = int(rng.choice(others))
    here = chosen[board.site[chosen] == board.site[o]][:3]
    closed = here if len(here) and rng.random() < 0.6 else rng.choice(chosen, 1)
    n_phases = len(board.opening_price) // max(1, len(board.floor))
    scratch = np.empty((2, len(board.rhs) + 1), np.int64)
    used, paid = board.used.copy(), float(board.total[2])
    fine, change = try_move(
        board.row_start, board.row, board.coefficient, board.used, board.rhs, board.price,
        board.site, board.phase, board.site_options, board.chosen, board.opening_start,
        board.opening_row, board.opening_coefficient, board.opening_price, n_phases,
        closed.astype(np.int64), len(closed), o, scratch[0], scratch[1],
    )  # fmt: skip
    for a in closed:
        book(board, a, -1)
    book(board, o, 1)
    grown = board.used > used
    assert fine == (not (grown & (board.used > board.rhs)).any())
    assert np.isclose(change, board.total[2] - paid)
