"""Supply: who may serve whom where covered means served within capacity.

A *demand* is one pattern's people of one target whom nobody serves without limit today. A
*facility* is one way of opening one format at one site (any size), or one limited existing outlet,
in one phase: it has a list of demands in reach. A *level* is an option at a facility, with its
capacity; an option that opens early has one in every phase from its own. Existing outlets of
limited capacity are options behind the instance's own: they stand and cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.engine.shared.arrays import Int, Ints, Ints32, Mask
from siting.engine.shared.instance import Instance, pack
from siting.engine.shared.threads import ThreadPool
from siting.kernels import njit
from siting.problem import UNLIMITED, Problem


@dataclass(frozen=True)
class Supply:
    """See the module. Positions of patterns, sites and options are the instance's."""

    instance: Instance
    free: Mask
    """Served today without limit, shape (problem.n_points, problem.n_targets)."""
    demand_of: Ints32
    """Demand of a target of the instance at a place, -1 = none; shape (n_targets, n_places)."""
    place: Ints32
    """Pattern of each of the problem's points, or one beyond them where only existing outlets
    reach; -1 nobody does. Shape (problem.n_points,)."""
    persons: Ints
    """1/person_units, shape (n_demands,)."""
    target: Ints32
    """The problem's, shape (n_demands,)."""
    start: Ints
    """Demands of facility c: ``demand[start[c]:start[c + 1]]``."""
    demand: Ints32
    level_start: Ints
    """Levels of facility c: ``level_start[c]:level_start[c + 1]``."""
    level_option: Ints32
    capacity: Ints
    """1/person_units, at most everybody in reach; shape (n_levels,)."""
    back_start: Ints
    """Facilities that reach demand j: ``back_facility[back_start[j]:back_start[j + 1]]``."""
    back_facility: Ints32
    option_start: Ints
    """Levels of option o: ``option_level[option_start[o]:option_start[o + 1]]``."""
    option_level: Ints32
    level_facility: Ints32

    @property
    def n_demands(self) -> int:
        return len(self.persons)

    @property
    def n_facilities(self) -> int:
        return len(self.start) - 1

    @property
    def n_suppliers(self) -> int:
        """The instance's options, then the limited existing outlets."""
        return len(self.option_start) - 1

    @property
    def standing(self) -> Ints:
        """Positions of the existing outlets among the suppliers."""
        return np.arange(self.instance.n_options, self.n_suppliers)


def bytes_needed(problem: Problem) -> int:
    """Bytes of a Supply, an upper estimate: two lists of all pairs (facility, demand)."""
    o = problem.options
    key = o.site.astype(np.int64) * problem.n_kinds + problem.kind
    _, one = np.unique(key, return_index=True)
    total = 0
    for t, target in enumerate(problem.targets):
        length = problem.reach.prefix_end(target.limit) - problem.reach.start[:-1]
        serving = problem.serves[problem.kind[one], t]
        total += int(length[o.site[one[serving]]].sum())
    return 8 * total + 24 * problem.n_points * problem.n_targets


def supply_of(problem: Problem, pool: ThreadPool) -> Supply:
    """Pack a problem; every target counts that is worth anything or that a minimum needs; which
    tier is counted is the bound's affair."""
    limited = np.flatnonzero(problem.outlets.capacity < UNLIMITED)
    free, label = _today(problem, limited)
    value = np.empty((problem.n_points, problem.n_targets), np.int64)
    for t, target in enumerate(problem.targets):
        counts = target.weight_micro > 0 or t in problem.needed
        value[:, t] = problem.persons[target.group] * counts
    value[free] = 0
    instance = pack(problem, value, pool, keep_apart=_kept_apart(problem, label))
    place = instance.pattern.copy()
    place[place < 0] = -1
    extra = np.flatnonzero((instance.pattern < 0) & value.any(axis=1) & _seen(problem, limited))
    place[extra] = instance.n_points + np.arange(len(extra))
    n_places = instance.n_points + len(extra)
    people = np.zeros((instance.n_targets, n_places), np.int64)
    people[:, : instance.n_points] = instance.value.T
    people[:, instance.n_points :] = value[extra][:, instance.target].T
    demand_of = np.full(people.shape, -1, np.int32)
    real = people > 0
    demand_of[real] = np.arange(np.count_nonzero(real))
    target_of = np.repeat(instance.target, n_places).reshape(people.shape)[real].astype(np.int32)

    first_option, shop_of = _shops(instance)
    phases = problem.n_phases
    target_phase = np.array([problem.targets[t].phase for t in instance.target], np.int64)
    lists: list[Ints32] = []
    lengths: list[Ints] = []
    for phase in range(phases):
        start, demands = _facility_demands(
            instance.by_site.segment,
            instance.by_site.index,
            instance.reach_end,
            instance.serve_start,
            instance.serve_target,
            target_phase,
            phase,
            instance.options.site[first_option],
            instance.kind[first_option],
            demand_of,
        )
        lengths.append(np.diff(start))
        lists.append(demands)
    own = [
        _outlet_demands(problem, int(e), k, instance, place, demand_of)
        for e in limited
        for k in range(phases)
    ]
    lengths.append(np.array([len(demands) for demands in own], np.int64))
    start = np.append(0, np.cumsum(np.concatenate(lengths))).astype(np.int64)
    demand = np.concatenate([*lists, *own, np.zeros(0, np.int32)])
    everybody = _reached(start, demand, people[real])
    # Levels in the order of the facilities.
    n_shops, n_options = len(first_option), instance.n_options
    option = np.tile(np.arange(n_options), phases)
    facility = np.concatenate([shop_of + k * n_shops for k in range(phases)])
    standing = np.repeat(np.arange(len(limited)), phases)
    option = np.concatenate([option, n_options + standing])
    facility = np.concatenate([facility, phases * n_shops + np.arange(len(standing))])
    most = np.concatenate(
        [np.tile(instance.options.capacity, phases), problem.outlets.capacity[limited[standing]]]
    )
    kept = np.flatnonzero(everybody[facility] > 0)
    order = kept[np.lexsort((option[kept], facility[kept]))]
    option, facility, most = option[order], facility[order], most[order]
    persons_most = np.minimum(most, UNLIMITED // problem.person_units) * problem.person_units
    by_option = np.argsort(option, kind="stable")
    back_start, back_facility = _transpose(start, demand, len(target_of))
    return Supply(
        instance,
        free,
        demand_of,
        place,
        people[real],
        target_of,
        start,
        demand,
        np.searchsorted(facility, np.arange(len(start))).astype(np.int64),
        option.astype(np.int32),
        np.minimum(persons_most, everybody[facility]),
        back_start,
        back_facility,
        np.searchsorted(option[by_option], np.arange(n_options + len(limited) + 1)),
        by_option.astype(np.int32),
        facility.astype(np.int32),
    )


def _today(problem: Problem, limited: Ints) -> tuple[Mask, Ints32 | None]:
    """Who is served without limit, and a number for each point's set of limited outlets."""
    free = np.zeros((problem.n_points, problem.n_targets), np.bool_)
    sums = np.zeros(problem.n_points, np.uint64)
    words = np.random.default_rng(0).integers(
        1, 2**62, (len(problem.outlets), problem.n_targets), dtype=np.uint64
    )
    narrow = np.zeros(len(problem.outlets), np.bool_)
    narrow[limited] = True
    for t, target in enumerate(problem.targets):
        for e in np.flatnonzero(np.isin(problem.outlets.format, target.served_by)):
            row = problem.outlets.reach
            here = row.row(int(e))[row.row_cost(int(e)) <= target.limit]
            if narrow[e]:
                sums[here] += words[e, t]
            else:
                free[here, t] = True
    label = np.unique(sums, return_inverse=True)[1].astype(np.int32) if len(limited) else None
    return free, label


def _kept_apart(problem: Problem, label: Ints32 | None) -> Ints32 | None:
    """The labels, told apart by district too where minimum coverages do."""
    if problem.told_apart is None:
        return label
    district = problem.told_apart.astype(np.int64) + 1
    if label is not None:
        district = district + label.astype(np.int64) * (int(district.max(initial=0)) + 1)
    return np.unique(district, return_inverse=True)[1].astype(np.int32)


def _seen(problem: Problem, outlets: Ints) -> Mask:
    """Points that some of the outlets reach at all."""
    seen = np.zeros(problem.n_points, np.bool_)
    for e in outlets:
        seen[problem.outlets.reach.row(int(e))] = True
    return seen


def _shops(instance: Instance) -> tuple[Ints, Ints]:
    """Distinct (site, kind of option): the first option of each, and each option's own."""
    key = instance.options.site.astype(np.int64) * instance.problem.n_kinds + instance.kind
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return first.astype(np.int64), inverse.astype(np.int64)


def _outlet_demands(
    problem: Problem, e: int, phase: int, instance: Instance, place: Ints32, demand_of: Ints32
) -> Ints32:
    """Demands that an existing outlet reaches in one phase."""
    found = [np.zeros(0, np.int32)]
    reach = problem.outlets.reach
    for k, t in enumerate(instance.target):
        target = problem.targets[t]
        if target.phase == phase and problem.outlets.format[e] in target.served_by:
            here = place[reach.row(e)[reach.row_cost(e) <= target.limit]]
            demands = demand_of[k, here[here >= 0]]
            found.append(np.unique(demands[demands >= 0]))
    return np.concatenate(found)


@njit(cache=True)
def _facility_demands(
    segment: Ints,
    index: Ints32,
    reach_end: Ints32,
    serve_start: Ints32,
    serve_target: Ints32,
    target_phase: Ints,
    phase: Int,
    site: Ints32,
    kind: Ints32,
    demand_of: Ints32,
) -> tuple[Ints, Ints32]:
    """Demands of each shop in one phase, as pointers and a list."""
    start = np.zeros(len(site) + 1, np.int64)
    for fill in range(2):
        if fill == 1:
            out = np.empty(start[-1], np.int32)
        total = 0
        for c in range(len(site)):
            s = site[c]
            for k in range(serve_start[kind[c]], serve_start[kind[c] + 1]):
                t = serve_target[k]
                if target_phase[t] != phase:
                    continue
                for at in range(segment[s, 0], segment[s, reach_end[t]]):
                    j = demand_of[t, index[at]]
                    if j >= 0:
                        if fill == 1:
                            out[total] = j
                        total += 1
            start[c + 1] = total
    return start, out


@njit(cache=True)
def _reached(start: Ints, demand: Ints32, persons: Ints) -> Ints:
    """People in reach of each facility."""
    total = np.zeros(len(start) - 1, np.int64)
    for c in range(len(total)):
        for at in range(start[c], start[c + 1]):
            total[c] += persons[demand[at]]
    return total


@njit(cache=True)
def _transpose(start: Ints, demand: Ints32, n_demands: Int) -> tuple[Ints, Ints32]:
    """Facilities that reach each demand, ascending."""
    back = np.zeros(n_demands + 1, np.int64)
    for at in range(len(demand)):
        back[demand[at] + 1] += 1
    for j in range(n_demands):
        back[j + 1] += back[j]
    fill = back[:-1].copy()
    facility = np.empty(len(demand), np.int32)
    for c in range(len(start) - 1):
        for at in range(start[c], start[c + 1]):
            facility[fill[demand[at]]] = c
            fill[demand[at]] += 1
    return back, facility
