"""Supply: who may serve whom where covered means served within capacity.

A *cell* is one pattern's people of one target whom nobody serves without limit today. A *counter*
is one way of opening one format at one site (any size), or one limited existing outlet, in one
phase: it has a list of cells in reach. A *filling* is an option at a counter, with its capacity;
an option that opens early has one in every phase from its own. Existing outlets of limited
capacity are options behind the instance's own: they stand and cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from siting.engine.shared.instance import Instance, pack
from siting.engine.shared.threads import Crew
from siting.problem import UNLIMITED, Problem

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Supply:
    """See the module. Positions of patterns, sites and options are the instance's."""

    instance: Instance
    free: Mask
    """Served today without limit, shape (problem.n_points, problem.n_targets)."""
    cell_of: NDArray[np.int32]
    """Cell of a target of the instance at a place, -1 = none; shape (n_targets, n_places)."""
    place: NDArray[np.int32]
    """Pattern of each of the problem's points, or one beyond them where only existing outlets
    reach; -1 nobody does. Shape (problem.n_points,)."""
    persons: Ints
    """1/person_units, shape (n_cells,)."""
    target: NDArray[np.int32]
    """The problem's, shape (n_cells,)."""
    start: Ints
    """Cells of counter c: ``cell[start[c]:start[c + 1]]``."""
    cell: NDArray[np.int32]
    fill_start: Ints
    """Fillings of counter c: ``fill_start[c]:fill_start[c + 1]``."""
    fill_option: NDArray[np.int32]
    capacity: Ints
    """1/person_units, at most everybody in reach; shape (n_fillings,)."""
    back_start: Ints
    """Counters that reach cell j: ``back_counter[back_start[j]:back_start[j + 1]]``."""
    back_counter: NDArray[np.int32]
    option_start: Ints
    """Fillings of option o: ``option_fill[option_start[o]:option_start[o + 1]]``."""
    option_fill: NDArray[np.int32]
    fill_counter: NDArray[np.int32]

    @property
    def n_cells(self) -> int:
        return len(self.persons)

    @property
    def n_counters(self) -> int:
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
    """Bytes of a Supply, an upper estimate: two lists of all pairs (counter, cell)."""
    o = problem.options
    key = o.site.astype(np.int64) * problem.n_kinds + problem.kind
    _, one = np.unique(key, return_index=True)
    total = 0
    for t, target in enumerate(problem.targets):
        length = problem.reach.prefix_end(target.limit) - problem.reach.start[:-1]
        serving = problem.serves[problem.kind[one], t]
        total += int(length[o.site[one[serving]]].sum())
    return 8 * total + 24 * problem.n_points * problem.n_targets


def supply_of(problem: Problem, crew: Crew) -> Supply:
    """Pack a problem; every target counts that is worth anything or that a minimum needs; which
    tier is counted is the bound's affair."""
    limited = np.flatnonzero(problem.outlets.capacity < UNLIMITED)
    free, label = _today(problem, limited)
    value = np.empty((problem.n_points, problem.n_targets), np.int64)
    for t, target in enumerate(problem.targets):
        counts = target.weight_micro > 0 or t in problem.needed
        value[:, t] = problem.persons[target.group] * counts
    value[free] = 0
    instance = pack(problem, value, crew, keep_apart=_kept_apart(problem, label))
    place = instance.pattern.copy()
    place[place < 0] = -1
    extra = np.flatnonzero((instance.pattern < 0) & value.any(axis=1) & _seen(problem, limited))
    place[extra] = instance.n_points + np.arange(len(extra))
    n_places = instance.n_points + len(extra)
    people = np.zeros((instance.n_targets, n_places), np.int64)
    people[:, : instance.n_points] = instance.value.T
    people[:, instance.n_points :] = value[extra][:, instance.target].T
    cell_of = np.full(people.shape, -1, np.int32)
    real = people > 0
    cell_of[real] = np.arange(np.count_nonzero(real))
    target_of = np.repeat(instance.target, n_places).reshape(people.shape)[real].astype(np.int32)

    first_option, shop_of = _shops(instance)
    phases = problem.n_phases
    target_phase = np.array([problem.targets[t].phase for t in instance.target], np.int64)
    lists: list[NDArray[np.int32]] = []
    lengths: list[Ints] = []
    for phase in range(phases):
        start, cells = _counter_cells(
            instance.by_site.segment, instance.by_site.index, instance.reach_end,
            instance.serve_start, instance.serve_target, target_phase, phase,
            instance.options.site[first_option], instance.kind[first_option], cell_of,
        )  # fmt: skip
        lengths.append(np.diff(start))
        lists.append(cells)
    own = [_outlet_cells(problem, int(e), k, instance, place, cell_of)
           for e in limited for k in range(phases)]  # fmt: skip
    lengths.append(np.array([len(cells) for cells in own], np.int64))
    start = np.append(0, np.cumsum(np.concatenate(lengths))).astype(np.int64)
    cell = np.concatenate([*lists, *own, np.zeros(0, np.int32)])
    everybody = _reached(start, cell, people[real])
    # Fillings in the order of the counters.
    n_shops, n_options = len(first_option), instance.n_options
    option = np.tile(np.arange(n_options), phases)
    counter = np.concatenate([shop_of + k * n_shops for k in range(phases)])
    standing = np.repeat(np.arange(len(limited)), phases)
    option = np.concatenate([option, n_options + standing])
    counter = np.concatenate([counter, phases * n_shops + np.arange(len(standing))])
    most = np.concatenate([np.tile(instance.options.capacity, phases),
                           problem.outlets.capacity[limited[standing]]])  # fmt: skip
    kept = np.flatnonzero(everybody[counter] > 0)
    order = kept[np.lexsort((option[kept], counter[kept]))]
    option, counter, most = option[order], counter[order], most[order]
    persons_most = np.minimum(most, UNLIMITED // problem.person_units) * problem.person_units
    by_option = np.argsort(option, kind="stable")
    back_start, back_counter = _transpose(start, cell, len(target_of))
    return Supply(
        instance, free, cell_of, place, people[real], target_of, start, cell,
        np.searchsorted(counter, np.arange(len(start))).astype(np.int64),
        option.astype(np.int32), np.minimum(persons_most, everybody[counter]),
        back_start, back_counter,
        np.searchsorted(option[by_option], np.arange(n_options + len(limited) + 1)),
        by_option.astype(np.int32), counter.astype(np.int32),
    )  # fmt: skip


def _today(problem: Problem, limited: Ints) -> tuple[Mask, NDArray[np.int32] | None]:
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


def _kept_apart(problem: Problem, label: NDArray[np.int32] | None) -> NDArray[np.int32] | None:
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


def _outlet_cells(
    problem: Problem, e: int, phase: int, instance: Instance,
    place: NDArray[np.int32], cell_of: NDArray[np.int32],
) -> NDArray[np.int32]:  # fmt: skip
    """Cells that an existing outlet reaches in one phase."""
    found = [np.zeros(0, np.int32)]
    reach = problem.outlets.reach
    for k, t in enumerate(instance.target):
        target = problem.targets[t]
        if target.phase == phase and problem.outlets.format[e] in target.served_by:
            here = place[reach.row(e)[reach.row_cost(e) <= target.limit]]
            cells = cell_of[k, here[here >= 0]]
            found.append(np.unique(cells[cells >= 0]))
    return np.concatenate(found)


@nb.njit(cache=True)
def _counter_cells(
    segment, index, reach_end, serve_start, serve_target, target_phase, phase, site, kind, cell_of
):  # fmt: skip
    """Cells of each shop in one phase, as pointers and a list."""
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
                    j = cell_of[t, index[at]]
                    if j >= 0:
                        if fill == 1:
                            out[total] = j
                        total += 1
            start[c + 1] = total
    return start, out


@nb.njit(cache=True)
def _reached(start, cell, persons):
    """People in reach of each counter."""
    total = np.zeros(len(start) - 1, np.int64)
    for c in range(len(total)):
        for at in range(start[c], start[c + 1]):
            total[c] += persons[cell[at]]
    return total


@nb.njit(cache=True)
def _transpose(start, cell, n_cells):
    """Counters that reach each cell, ascending."""
    back = np.zeros(n_cells + 1, np.int64)
    for at in range(len(cell)):
        back[cell[at] + 1] += 1
    for j in range(n_cells):
        back[j + 1] += back[j]
    fill = back[:-1].copy()
    counter = np.empty(len(cell), np.int32)
    for c in range(len(start) - 1):
        for at in range(start[c], start[c + 1]):
            counter[fill[cell[at]]] = c
            fill[cell[at]] += 1
    return back, counter
