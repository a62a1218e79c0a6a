"""Close: fix what the prices prove, and give the rest to an outside solver."""

from __future__ import annotations

import numpy as np

from siting.engine.board import add, drop_useless, fill
from siting.engine.bound import Duals
from siting.engine.instance import Instance
from siting.engine.rows import Rows
from siting.engine.search import Search
from siting.engine.sub_program import new_slots, sub_program
from siting.progress import Stop
from siting.solvers.base import Settings

SMALL_LINKS = 30_000
"""So many links are solved at once, before any search."""
CLOSABLE_LINKS = 150_000
"""Beyond, HiGHS does not prove an optimum in minutes (measured: Manhattan's 80,000 links take
half a minute, San Francisco's 317,000 are never proven)."""


def close(
    instance: Instance,
    rows: Rows,
    search: Search,
    duals: Duals,
    unit: float,
    stop: Stop,
    *,
    small: bool,
) -> tuple[bool, float | None]:
    """Try to prove the optimum.

    Reduced-cost fixing: an option whose price exceeds what it earns by more than the gap cannot be
    in a better plan (its site's problem without it is what the bound already counts).

    Returns:
        whether it is closed, and the bound in people that the outside solver proved (valid for the
        whole problem because every plan better than the best one is in the rest).
    """
    if search.coverage is not None or instance.n_options == 0:
        return False, None
    gap = duals.value * unit - search.best_value
    reduced = duals.reduced * unit
    free = np.flatnonzero(reduced >= -gap - 1e-6 * max(1.0, abs(gap)))
    lengths = instance.by_site.segment[:, -1] - instance.by_site.segment[:, 0]
    links = int(lengths[instance.options.site[free]].sum())
    if links > (SMALL_LINKS if small else CLOSABLE_LINKS):
        return False, None
    assert search.best is not None
    board = search.board
    fill(board, np.zeros(0, np.int64))
    exact = np.ascontiguousarray((instance.value * unit).T)
    part = sub_program(instance, rows, board, free, new_slots(board), priced=False, exact=exact)
    seconds = (
        None if stop.time_limit is None else max(0.5, stop.seconds_left * (0.5 if small else 0.95))
    )
    outcome = search.solvers[0].solve(
        part.program, Settings(time_limit=seconds, gap=stop.gap, threads=1), stop=stop
    )
    if outcome.x is not None:
        fill(board, np.zeros(0, np.int64))
        for o in part.free[outcome.x[: len(part.free)] > 0.5]:
            add(board, o)
        drop_useless(board)
        search.keep(board, "outside solver")
    if outcome.bound is None:
        return False, None
    # A plan that uses a fixed option is at most as good as the best one.
    bound = max(outcome.bound, search.best_value)
    return bound <= search.best_value * (1 + 1e-9), bound
