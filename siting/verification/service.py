"""Who is served within capacity: the most weighted people that outlets can take, in integers.

The people that a set of outlets can serve form a polymatroid (Megiddo 1974), so serving whoever
counts first - minimum coverages, then the basic tier, then the heavier - by augmenting paths
that never unserve anybody is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.problem import Objective, Problem
from siting.verification.flow import Network
from siting.verification.people import exact_sum, multipliers, option_serves, outlet_serves

Ints = NDArray[np.int64]
_SOURCE, _STANDING, _CHOSEN, _SINK = 0, 1, 2, 3


@dataclass(frozen=True)
class Service:
    """The most that can be served."""

    served: Ints
    """Persons served a target, 1/person_units, shape (n_targets,)."""
    by_option: Ints
    """Persons served by each chosen option in the last phase, existing outlets filled first."""
    idle: NDArray[np.bool_]
    """Chosen options that serve nobody in any phase."""
    shortfalls: tuple[tuple[int, int | None, int, int], ...]
    """Minimum coverages not met: (its position, district, people needed, people served)."""
    minima: tuple[tuple[int, Ints], ...] = ()
    """One a need: people served, and how many of them by each chosen option."""


def serve(problem: Problem, spec: Objective, options: Ints, needs: list[Need]) -> Service:
    """Serve from existing outlets and the chosen options, each within capacity in each phase."""
    tail: list[Ints] = []
    head: list[Ints] = []
    capacity: list[Ints] = []
    n_nodes = 4 + problem.n_targets
    n_arcs = 0

    def arcs(tails: NDArray, heads: NDArray, most: NDArray) -> int:
        nonlocal n_arcs
        count = len(most)
        tail.append(np.broadcast_to(np.asarray(tails, np.int64), (count,)))
        head.append(np.broadcast_to(np.asarray(heads, np.int64), (count,)))
        capacity.append(np.asarray(most, np.int64))
        n_arcs += count
        return n_arcs - count

    everybody = sum(exact_sum(problem.persons[t.group]) for t in problem.targets)
    none = np.zeros(1, np.int64)
    # Targets that a minimum counts together are let in together; they count alike.
    leader = np.arange(problem.n_targets)
    for need in needs:
        leader[list(need.targets)] = min(need.targets)
    source_arc = arcs(none + _SOURCE, 4 + np.arange(problem.n_targets), np.zeros(problem.n_targets))
    district_arcs: dict[tuple[int, int], int] = {}
    gates: dict[int, int] = {}
    point_node = [np.full(problem.n_points, -1, np.int64) for _ in problem.targets]
    point_arcs = [slice(0, 0) for _ in problem.targets]
    for first in np.unique(leader).tolist():
        wanted = {
            need.district for need in needs if first in need.targets and need.district is not None
        }
        place = np.full(problem.n_points, -1, np.int64)
        if problem.point_district is not None and wanted:
            inside = np.isin(problem.point_district, list(wanted))
            place[inside] = problem.point_district[inside]
        # Where districts have minima of their own, everybody else waits behind one more node.
        above = np.full(problem.n_points, n_nodes if wanted else 4 + first, np.int64)
        if wanted:
            gates[first] = arcs(none + 4 + first, none + n_nodes, none)
            n_nodes += 1
        for d in sorted(wanted):
            # Two arcs: what the minimum needs, then the rest.
            district_arcs[first, d] = arcs(none + 4 + first, none + n_nodes, none)
            arcs(none + 4 + first, none + n_nodes, none)
            above[place == d] = n_nodes
            n_nodes += 1
        for t in np.flatnonzero(leader == first).tolist():
            persons = problem.persons[problem.targets[t].group]
            real = np.flatnonzero(persons > 0)
            point_node[t][real] = n_nodes + np.arange(len(real))
            n_nodes += len(real)
            begin = arcs(above[real], point_node[t][real], persons[real])
            point_arcs[t] = slice(begin, n_arcs)
    # Who may serve whom: (option or -1, target, points, first arc).
    lists: list[tuple[int, int, NDArray, int]] = []
    sink_arc = np.full((problem.n_phases, len(options)), -1, np.int64)
    for phase in range(problem.n_phases):
        now = [t for t, target in enumerate(problem.targets) if target.phase == phase]
        for existing in (True, False):
            reach = problem.outlets.reach if existing else problem.reach
            count = len(problem.outlets) if existing else len(options)
            places = np.arange(count) if existing else problem.options.site[options]
            persons_each = (
                problem.outlets.capacity if existing else problem.options.capacity[options]
            )
            serves = [
                outlet_serves(problem, t) if existing else option_serves(problem, t)[options]
                for t in now
            ]
            for j in range(count):
                if not any(mask[j] for mask in serves):
                    continue
                most = min(int(persons_each[j]) * problem.person_units, everybody)
                row = slice(int(reach.start[places[j]]), int(reach.start[places[j] + 1]))
                points, cost = reach.point[row], reach.cost[row]
                for t, mask in zip(now, serves, strict=True):
                    if mask[j]:
                        near = points[cost <= problem.targets[t].limit]
                        near = near[point_node[t][near] >= 0]
                        nodes = point_node[t][near]
                        begin = arcs(nodes, none + n_nodes, np.full(len(nodes), everybody))
                        lists.append((-1 if existing else j, t, near, begin))
                where = _STANDING if existing else _CHOSEN
                at = arcs(none + n_nodes, none + where, none + most)
                if not existing:
                    sink_arc[phase, j] = at
                n_nodes += 1
    ends = arcs(np.array([_STANDING, _CHOSEN]), none + _SINK, np.full(2, everybody))
    network = Network.of(n_nodes, *(np.concatenate(part) for part in (tail, head, capacity)))
    shortfalls = _minima(network, needs, source_arc, district_arcs, gates, everybody)
    weight = multipliers(problem)
    in_tiers = spec.order == "tiers"
    rank = [
        (in_tiers and target.tier != "basic", -weight[t])
        for t, target in enumerate(problem.targets)
    ]
    for stage in sorted(set(rank)):
        for t in range(problem.n_targets):
            if rank[t] == stage:
                network.left[source_arc + t] = everybody
        network.send(_SOURCE, _SINK)
    served = np.array([int(network.back[each].sum()) for each in point_arcs], np.int64)
    # Who is served is settled; let existing outlets take of it what they can.
    for fixed in (slice(source_arc, source_arc + problem.n_targets), slice(ends, ends + 2)):
        network.left[fixed] = network.back[fixed] = 0
    network.send(_CHOSEN, _STANDING)
    by_option = np.where(sink_arc >= 0, network.back[sink_arc], 0)
    idle = np.asarray(~by_option.any(axis=0), bool)
    minima = tuple(_served_of(problem, need, lists, network, len(options)) for need in needs)
    return Service(served, by_option[-1], idle, shortfalls, minima)


def _served_of(
    problem: Problem, need: Need, lists: list[tuple[int, int, NDArray, int]], network: Network,
    n_options: int,
) -> tuple[int, Ints]:  # fmt: skip
    """People of a minimum coverage who are served, and how many by each chosen option."""
    total, by_option = 0, np.zeros(n_options, np.int64)
    for option, t, points, first in lists:
        if t not in need.targets:
            continue
        flow = network.back[first : first + len(points)]
        if need.district is not None and problem.point_district is not None:
            flow = flow[problem.point_district[points] == need.district]
        total += int(flow.sum())
        if option >= 0:
            by_option[option] += int(flow.sum())
    return total, by_option


@dataclass(frozen=True)
class Need:
    """One row of a minimum coverage."""

    rule: int
    """Position in ``problem.min_coverage``."""
    targets: tuple[int, ...]
    """Counted together; those of two rows are the same or apart."""
    district: int | None
    people: int
    """Persons to be covered, 1/person_units."""


def _minima(
    network: Network,
    needs: list[Need],
    source_arc: int,
    district_arcs: dict[tuple[int, int], int],
    gates: dict[int, int],
    everybody: int,
) -> tuple[tuple[int, int | None, int, int], ...]:
    """Serve the minimum coverages first and fix what they need; returns what is not met."""
    for need in needs:
        if need.district is not None:
            network.left[source_arc + min(need.targets)] = everybody
            arc = district_arcs[min(need.targets), need.district]
            network.left[arc] = max(int(network.left[arc]), need.people)
    network.send(_SOURCE, _SINK)
    short: list[tuple[int, int | None, int, int]] = []
    for need in needs:
        if need.district is not None:
            arc = district_arcs[min(need.targets), need.district]
            if network.back[arc] < need.people:
                short.append((need.rule, need.district, need.people, int(network.back[arc])))
    for arc in district_arcs.values():
        network.back[arc] = 0  # fixed: nobody may be unserved below the minimum
        network.left[arc] = 0
        network.left[arc + 1] = everybody
    for gate in gates.values():
        network.left[gate] = everybody
    for t in {min(need.targets) for need in needs}:
        # The whole area's minimum; what the districts took stays taken.
        most = max((n.people for n in needs if t in n.targets and n.district is None), default=0)
        sent = int(network.back[source_arc + t])
        network.left[source_arc + t] = max(0, most - sent)
    network.send(_SOURCE, _SINK)
    short += [
        (n.rule, None, n.people, int(network.back[source_arc + min(n.targets)]))
        for n in needs
        if n.district is None and network.back[source_arc + min(n.targets)] < n.people
    ]
    return tuple(short)
