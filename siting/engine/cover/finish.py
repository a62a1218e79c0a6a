"""Finish: fix what the prices prove, and give the rest to an outside solver."""

from __future__ import annotations

import numpy as np

from siting.engine.cover.duals import Duals
from siting.engine.cover.search import Search
from siting.engine.cover.sub_program import new_slots, sub_program
from siting.engine.params import FinishParams
from siting.engine.shared.cover_state import add, fill
from siting.engine.shared.instance import Instance
from siting.engine.shared.plan_rules import drop_useless
from siting.engine.shared.rows import Rows
from siting.progress import Stop
from siting.solvers.base import Settings


def finish_exactly(
    instance: Instance,
    rows: Rows,
    search: Search,
    duals: Duals,
    unit: float,
    stop: Stop,
    params: FinishParams,
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
    # Single precision inside the bound: the gap gets a margin before it fixes anything.
    gap = max(0.0, duals.value * unit - search.best_value) + 1e-5 * duals.value * unit
    free = np.flatnonzero(duals.reduced * unit >= -gap)
    lengths = np.diff(instance.pairs_before)
    links = int(lengths[instance.options.site[free]].sum())
    assert search.best is not None
    if links > params.small_links and (
        small or links > params.links or gap > params.gap * search.best_value
    ):
        return False, None
    plan = search.plan
    fill(plan, np.zeros(0, np.int64))
    exact = np.ascontiguousarray((instance.value * unit).T)
    part = sub_program(
        instance, rows, plan, free, new_slots(plan), priced=False, exact=exact, start=search.best
    )
    seconds = None if stop.time_limit is None else max(0.5, stop.seconds_left * params.time_share)
    outcome = search.solvers[0].attempt(
        part.program, Settings(time_limit=seconds, gap=stop.gap, threads=1), stop=stop
    )
    if outcome.x is not None:
        fill(plan, np.zeros(0, np.int64))
        for o in part.free[outcome.x[: len(part.free)] > 0.5]:
            add(plan, o)
        drop_useless(plan)
        search.keep(plan, "outside solver")
    if outcome.bound is None:
        return False, None
    # A plan that uses a fixed option is at most as good as the best one.
    bound = max(min(outcome.bound, duals.value * unit), search.best_value)
    return bound <= search.best_value * (1 + 1e-9), bound
