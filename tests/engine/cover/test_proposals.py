"""Random proposals: what is drawn is allowed, and everything allowed can be drawn."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.cover.proposals import (
    neighbour_site,
    option_at,
    pick_displaced,
    same_format_there,
    share_target,
)
from siting.engine.shared.cover_state import fill
from siting.engine.shared.near_sites import near_sites
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.engine_draws import empty_state, option_sites, packed
from tests.tools.engine_town import town
from tests.tools.problems import problems

FAMILIES = {"floor", "sizes", "opening", "phases", "weights"}


@examples(20)
@given(problems(among=FAMILIES), st.integers(0, 2**32 - 1))
def test_an_option_at_a_place_is_any_good_one_of_the_format(problem: Problem, seed: int) -> None:
    """Of any format where none is asked for; -1 where there is none; each comes up."""
    instance, _ = packed(problem)
    rng, state = np.random.default_rng(seed), np.array([seed], np.uint64)
    kept = [here[rng.random(len(here)) < 0.8] for here in option_sites(instance)]
    start = np.append(0, np.cumsum([len(here) for here in kept])).astype(np.int64)
    good = np.concatenate([np.zeros(0, np.int64), *kept])
    for s, here in enumerate(kept):
        for f in (-1, *np.unique(instance.options.format).tolist()):
            wanted = {int(o) for o in here if f < 0 or instance.options.format[o] == f} or {-1}
            drawn = {
                int(option_at(instance.options.format, s, f, start, good, state))
                for _ in range(60 * len(wanted))
            }
            assert drawn == wanted


@examples(20)
@given(problems(among=FAMILIES))
def test_two_options_share_a_target_exactly_if_they_serve_one_both(problem: Problem) -> None:
    """By the sets of targets themselves."""
    instance, _ = packed(problem)
    start, target = instance.spread_kinds
    serves = [set(target[start[o] : start[o + 1]].tolist()) for o in range(instance.n_options)]
    for a, one in enumerate(serves):
        for b, other in enumerate(serves):
            assert share_target(start, target, a, b) == bool(one & other)


@examples(20)
@given(problems(among=FAMILIES), st.integers(0, 2**32 - 1))
def test_what_is_closed_makes_room(problem: Problem, seed: int) -> None:
    """The options picked are open at the site and may be closed; without them the format and the
    floor are free. Where all may be closed, only a site too small for the option says no."""
    instance, rows = packed(problem)
    rng, random = np.random.default_rng(seed), np.array([seed], np.uint64)
    plan = empty_state(instance, rows)
    fill(plan, np.flatnonzero(rng.random(instance.n_options) < 0.5))
    format_, area = instance.options.format, instance.options.area
    for all_movable in (True, False):
        movable = np.ones(instance.n_options, np.bool_)
        if not all_movable:
            movable &= rng.random(instance.n_options) < 0.6
        for o in np.flatnonzero(~plan.chosen):
            s = int(instance.options.site[o])
            closed = np.zeros(instance.n_options, np.int64)
            n = pick_displaced(
                plan.chosen,
                format_,
                area,
                plan.floor,
                movable,
                instance.site_options,
                s,
                o,
                random,
                closed,
            )
            here = option_sites(instance)[s]
            there = here[plan.chosen[here]]
            same = same_format_there(plan.chosen, format_, instance.site_options, s, o, -1)
            assert same == (format_[there] == format_[o]).any()
            if n < 0:
                floor = plan.floor[s] + area[there].sum()
                assert not all_movable or area[o] > floor
                continue
            picked = closed[:n]
            assert len(set(picked.tolist())) == n
            assert set(picked.tolist()) <= set(there.tolist())
            assert movable[picked].all()
            left = np.setdiff1d(there, picked)
            assert (format_[left] != format_[o]).all()
            assert area[o] <= plan.floor[s] + area[picked].sum() or n == 0 == area[o]


def test_a_neighbour_is_one_of_the_nearest_or_reaches_the_same_people() -> None:
    """And both sorts come up."""
    instance, rows = packed(town())
    plan = empty_state(instance, rows)
    near = near_sites(instance, 4)
    reaching = np.zeros((instance.n_sites, instance.n_points), np.bool_)
    pairs = instance.by_site
    for s, segment in enumerate(pairs.segment):
        reaching[s, pairs.index[segment[0] : segment[-1]]] = True
    state, kinds = np.array([3], np.uint64), set()
    for s in range(instance.n_sites):
        common = np.flatnonzero((reaching & reaching[s]).any(axis=1))
        for _ in range(20):
            drawn = neighbour_site(
                near,
                plan.run_start,
                plan.run_begin,
                plan.run_end,
                plan.n_classes,
                plan.seen_every,
                plan.seen_segment,
                plan.seen_site,
                s,
                state,
            )
            other = int(drawn)
            kinds.add((other in near[s], other in common))
            assert other == s or other in near[s] or other in common
    assert (True, True) in kinds and (False, True) in kinds
