"""A move that is tried says what booking it would do."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.shared.cover_state import charge, new_cover_state
from siting.engine.shared.instance import pack
from siting.engine.shared.moves import try_move
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.threads import ThreadPool
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.problems import problems


@examples(60)
@given(
    problems(among={"budget", "opening", "phases", "counts", "max_formats", "sizes"}),
    st.randoms(use_true_random=False),
)
def test_a_tried_move_is_what_booking_does(problem: Problem, random: object) -> None:
    """Rows and price of one to three closures at a site and one opening, against the plan."""
    rng = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    with ThreadPool(1) as pool:
        instance = pack(problem, problem.value, pool)
    if instance.n_options < 2:
        return
    rows = gather_rows(instance)
    plan = new_cover_state(
        instance,
        rows,
        np.ones((instance.n_targets, instance.n_points), np.float32),
        rng.random(len(rows)),
    )
    for o in range(instance.n_options):
        if rng.random() < 0.5:
            charge(plan, o, 1)
    chosen = np.flatnonzero(plan.chosen)
    others = np.flatnonzero(~plan.chosen)
    if not len(chosen) or not len(others):
        return
    # Several options close at one site, the one where another opens; or one closes anywhere.
    o = int(rng.choice(others))
    here = chosen[plan.site[chosen] == plan.site[o]][:3]
    closed = here if len(here) and rng.random() < 0.6 else rng.choice(chosen, 1)
    n_phases = len(plan.opening_price) // max(1, len(plan.floor))
    scratch = np.empty((2, len(plan.rhs) + 1), np.int64)
    used, paid = plan.used.copy(), float(plan.total[2])
    fine, change = try_move(
        plan.row_start,
        plan.row,
        plan.coefficient,
        plan.used,
        plan.rhs,
        plan.price,
        plan.site,
        plan.phase,
        plan.site_options,
        plan.chosen,
        plan.opening_start,
        plan.opening_row,
        plan.opening_coefficient,
        plan.opening_price,
        n_phases,
        closed.astype(np.int64),
        len(closed),
        o,
        scratch[0],
        scratch[1],
    )
    for a in closed:
        charge(plan, a, -1)
    charge(plan, o, 1)
    grown = plan.used > used
    assert fine == (not (grown & (plan.used > plan.rhs)).any())
    assert np.isclose(change, plan.total[2] - paid)
