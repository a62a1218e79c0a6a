"""A part of the city as an exact program: some options free, the rest of the plan as it stands.

Serves three callers: windows (options near a centre), merges (options in which good plans differ)
and the finish (every option that can still be in a better plan). People are aggregated by the set
of free options that reach them, so a window of 300 options has a few thousand rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siting.engine.shared.arrays import Floats, Int, Ints, Ints32, Words
from siting.engine.shared.cover_state import CoverState, drop
from siting.engine.shared.instance import Instance
from siting.engine.shared.plan_rules import crowded
from siting.engine.shared.point_runs import SHIFT
from siting.engine.shared.rows import Rows
from siting.kernels import njit
from siting.solvers.program import Program, ProgramBuilder

Slots = Ints32


@dataclass(frozen=True)
class SubProgram:
    """A program and what its first columns mean."""

    program: Program
    free: Ints
    """Options of the ``open`` columns, in order."""
    was: Ints
    """Free options that were chosen before."""
    value: float
    """What they were worth together: people less price."""


def sub_program(
    instance: Instance,
    rows: Rows,
    plan: CoverState,
    free: Ints,
    slots: Slots,
    *,
    priced: bool,
    exact: Floats | None = None,
    slack: Ints | None = None,
    start: Ints | None = None,
) -> SubProgram:
    """Build it. The plan is left without its free options: the caller fills it again.

    Args:
        free: options to decide anew; other chosen options stay open.
        slots: from ``new_slots``.
        exact: values in full precision, shape (n_targets, n_points), where the plan's singles
            are not enough (a proof).
        slack: what each row leaves to this program beside what its own options used, shape
            (n_rows,); None = all that is left.
        start: options to begin with; None = the chosen ones.
        priced: charge shared rows at the plan's prices beside keeping them.
    """
    before, value = plan.used.copy(), float(plan.total[0] - plan.total[2])
    was = free[plan.chosen[free]]
    for o in was:
        drop(plan, o)
    room = before - plan.used + (plan.rhs - before if slack is None else slack)
    value -= float(plan.total[0] - plan.total[2])
    fits = plan.area[free] <= plan.floor[plan.site[free]]
    fits &= np.array([not crowded(plan, o) for o in free], np.bool_)
    free = np.sort(free[fits])
    pattern, weight, option = _patterns(plan, free, slots, plan.free if exact is None else exact)
    builder = ProgramBuilder("max")
    single = np.bincount(pattern, minlength=len(weight)) == 1
    direct = np.zeros(len(free))
    np.add.at(direct, option[single[pattern]], weight[pattern[single[pattern]]])
    profit = direct - (plan.price[free] if priced else 0.0)
    open_ = builder.add_columns("open", len(free), objective=profit, integer=True)
    many = np.flatnonzero(~single)
    covered = builder.add_columns("covered", len(many), objective=weight[many])
    row_of = np.cumsum(~single) - 1
    linked = ~single[pattern]
    builder.add_rows(
        "link",
        len(many),
        [
            (np.arange(len(many)), covered.begin + np.arange(len(many)), 1.0),
            (row_of[pattern[linked]], open_.begin + option[linked], -1.0),
        ],
        upper=0.0,
    )
    _add_sites(builder, plan, free)
    _add_shared(builder, instance, rows, plan, free, room, priced)
    _add_spacings(builder, plan, free)
    program = builder.build()
    if not rows.has_openings:
        x = np.zeros(program.n_columns)
        x[: len(free)] = np.isin(free, was if start is None else start)
        met = np.zeros(len(weight))
        np.maximum.at(met, pattern, x[option])
        x[covered.slice] = met[many]
        program = replace(program, start=x)
    return SubProgram(program, free, was, value)


def _patterns(
    plan: CoverState, free: Ints, slot: Slots, value: NDArray[np.floating]
) -> tuple[Ints, Floats, Ints]:
    """Uncovered people by the set of free options that reach them.

    Returns:
        pattern and option (position in ``free``) of every link, and each pattern's people.
    """
    reached = _links(plan, free)
    touched, first, second = _hash_links(plan, free, slot, reached)
    keys = np.stack([first, second], axis=1)
    _, group = np.unique(keys.view([("", np.uint64)] * 2).ravel(), return_inverse=True)
    weight = np.zeros(int(group.max(initial=-1)) + 1)
    np.add.at(weight, group, value.ravel()[touched].astype(np.float64))
    size = np.bincount(group, minlength=len(weight))
    pattern, option, collision = _link_patterns(plan, free, slot, group, size, reached)
    slot[touched] = -1
    if collision:
        raise AssertionError("two different people share a 128-bit signature")
    return pattern, weight, option


@njit(cache=True, nogil=True)
def _links(plan: CoverState, free: Ints) -> int:
    links = 0
    for j in range(len(free)):
        o = free[j]
        s = plan.site[o]
        for k in range(plan.kind_start[o], plan.kind_start[o + 1]):
            t = plan.kind_target[k]
            disc = s * plan.n_classes + plan.class_[t]
            for at in range(plan.run_start[disc], plan.run_start[disc + 1]):
                links += plan.run_end[at] - plan.run_begin[at]
    return links


@njit(cache=True, nogil=True)
def _key(x: np.uint64) -> np.uint64:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(cache=True, nogil=True)
def _hash_links(plan: CoverState, free: Ints, slot: Ints32, most: Int) -> tuple[Ints, Words, Words]:
    """Number the uncovered (t, i) that free options reach, and hash who reaches them."""
    n_points = plan.free.shape[1]
    touched = np.empty(min(most, len(slot)), np.int64)
    first = np.zeros(len(touched), np.uint64)
    second = np.zeros(len(touched), np.uint64)
    n = 0
    for j in range(len(free)):
        o = free[j]
        s = plan.site[o]
        a = _key(np.uint64(j) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1))
        c = _key(np.uint64(j) * np.uint64(0xD1B54A32D192ED03) + np.uint64(7))
        for k in range(plan.kind_start[o], plan.kind_start[o + 1]):
            t = plan.kind_target[k]
            disc = s * plan.n_classes + plan.class_[t]
            for at in range(plan.run_start[disc], plan.run_start[disc + 1]):
                shift = plan.run_begin[at] >> SHIFT
                for i in range(plan.run_begin[at] - shift, plan.run_end[at] - shift):
                    if plan.free[t, i] > 0:
                        place = t * n_points + i
                        if slot[place] < 0:
                            slot[place] = n
                            touched[n] = place
                            n += 1
                        first[slot[place]] += a
                        second[slot[place]] += c
    return touched[:n], first[:n], second[:n]


@njit(cache=True, nogil=True)
def _link_patterns(
    plan: CoverState, free: Ints, slot: Ints32, group: Ints, size: Ints, most: Int
) -> tuple[Ints, Ints, bool]:
    """One link for each option and pattern; a pattern reached in part betrays a collision."""
    n_points = plan.free.shape[1]
    seen = np.zeros(len(size), np.int64)
    touched = np.empty(len(size), np.int64)
    pattern = np.empty(most, np.int64)
    option = np.empty(most, np.int64)
    n = 0
    collision = False
    for j in range(len(free)):
        o = free[j]
        s = plan.site[o]
        n_touched = 0
        for k in range(plan.kind_start[o], plan.kind_start[o + 1]):
            t = plan.kind_target[k]
            disc = s * plan.n_classes + plan.class_[t]
            for at in range(plan.run_start[disc], plan.run_start[disc + 1]):
                shift = plan.run_begin[at] >> SHIFT
                for i in range(plan.run_begin[at] - shift, plan.run_end[at] - shift):
                    place = slot[t * n_points + i]
                    if place >= 0:
                        g = group[place]
                        if seen[g] == 0:
                            touched[n_touched] = g
                            n_touched += 1
                        seen[g] += 1
        for at in range(n_touched):
            g = touched[at]
            collision |= seen[g] != size[g]
            seen[g] = 0
            pattern[n] = g
            option[n] = j
            n += 1
    return pattern[:n], option[:n], collision


def new_slots(plan: CoverState) -> Slots:
    """Scratch for ``sub_program``: one number for each (target, point), kept between calls."""
    return np.full(plan.free.size, -1, np.int32)


def _add_sites(builder: ProgramBuilder, plan: CoverState, free: Ints) -> None:
    """Floors, and one option a format and site."""
    column = np.arange(len(free))
    sites, row = np.unique(plan.site[free], return_inverse=True)
    need = np.zeros(len(sites), np.int64)
    np.add.at(need, row, plan.area[free])
    tight = need > plan.floor[sites]
    keep = tight[row]
    number = np.cumsum(tight) - 1
    builder.add_rows(
        "floor",
        int(tight.sum()),
        [(number[row[keep]], column[keep], plan.area[free[keep]])],
        upper=plan.floor[sites[tight]],
    )
    key = (
        plan.site[free].astype(np.int64) * (int(plan.format.max(initial=0)) + 1) + plan.format[free]
    )
    _, group, size = np.unique(key, return_inverse=True, return_counts=True)
    several = size > 1
    keep = several[group]
    number = np.cumsum(several) - 1
    builder.add_rows(
        "size", int(several.sum()), [(number[group[keep]], column[keep], 1.0)], upper=1.0
    )


def _add_shared(
    builder: ProgramBuilder,
    instance: Instance,
    rows: Rows,
    plan: CoverState,
    free: Ints,
    room: Ints,
    priced: bool,
) -> None:
    """The planner's rows with what is left of them, and openings of sites that stand empty."""
    if not len(rows):
        return
    matrix = csr_array(rows.options[:, free])
    entries = [
        (np.repeat(np.arange(len(rows)), np.diff(matrix.indptr)), matrix.indices, matrix.data)
    ]
    if rows.has_openings:
        k = instance.problem.n_phases
        empty = np.unique(plan.site[free])
        empty = empty[
            [not plan.chosen[slice(*instance.site_options[s : s + 2])].any() for s in empty]
        ]
        columns = (empty[:, np.newaxis] * k + np.arange(k)).ravel()
        fee = plan.opening_price[columns] if priced else 0.0
        block = builder.add_columns(
            "opening", len(columns), objective=-np.asarray(fee), integer=True
        )
        openings = csr_array(rows.openings[:, columns])
        entries.append(
            (
                np.repeat(np.arange(len(rows)), np.diff(openings.indptr)),
                block.begin + openings.indices,
                openings.data,
            )
        )
        # x[o] <= Σ of the site's openings up to o's phase
        position = np.full(instance.n_sites, -1)
        position[empty] = np.arange(len(empty))
        at = np.flatnonzero(position[plan.site[free]] >= 0)
        own_row = [(np.arange(len(at)), at, 1.0)]
        for phase in range(k):
            later = plan.phase[free[at]] >= phase
            column = block.begin + position[plan.site[free[at[later]]]] * k + phase
            own_row.append((np.flatnonzero(later), column, -1.0))
        builder.add_rows("opened", len(at), own_row, upper=0.0)
    builder.add_rows("rule", len(rows), entries, upper=room.astype(np.float64))


def _add_spacings(builder: ProgramBuilder, plan: CoverState, free: Ints) -> None:
    """Pairs of free options that stand too near each other."""
    first: list[int] = []
    second: list[int] = []
    position = np.full(len(plan.site), -1, np.int64)
    position[free] = np.arange(len(free))
    for k in range(len(plan.spaced)):
        single = plan.spaced[k].sum() == 1
        for j, o in enumerate(free):
            if not plan.spaced[k, plan.format[o]]:
                continue
            s = plan.site[o]
            near = plan.near_site[plan.near_start[k, s] : plan.near_start[k, s + 1]]
            for place in [s, *near]:
                for other in range(plan.site_options[place], plan.site_options[place + 1]):
                    h = position[other]
                    if h <= j or not plan.spaced[k, plan.format[other]]:
                        continue
                    if (plan.format[other] != plan.format[o]) or (single and place != s):
                        first.append(j)
                        second.append(int(h))
    n = np.arange(len(first))
    builder.add_rows(
        "spacing",
        len(first),
        [(n, np.array(first, np.int64), 1.0), (n, np.array(second, np.int64), 1.0)],
        upper=1.0,
    )
