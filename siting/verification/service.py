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
from siting.problem.reach import Reach
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
    arcs = _Arcs(4 + problem.n_targets)
    everybody = sum(exact_sum(problem.persons[t.group]) for t in problem.targets)
    crowd = _Crowd.of(problem, needs, arcs)
    shops = _Shops.of(problem, options, crowd, arcs, everybody)
    ends = arcs.add(np.array([_STANDING, _CHOSEN]), _SINK, np.full(2, everybody))
    network = arcs.network()
    shortfalls = _minima(network, needs, crowd, everybody)
    for stage in _stages(problem, spec):
        for t in stage:
            network.left[crowd.source_arc + t] = everybody
        network.send(_SOURCE, _SINK)
    served = np.array([int(network.back[each].sum()) for each in crowd.arcs], np.int64)
    # Who is served is settled; let existing outlets take of it what they can.
    let_in = slice(crowd.source_arc, crowd.source_arc + problem.n_targets)
    for fixed in (let_in, slice(ends, ends + 2)):
        network.left[fixed] = network.back[fixed] = 0
    network.send(_CHOSEN, _STANDING)
    by_option = np.where(shops.sink_arc >= 0, network.back[shops.sink_arc], 0)
    idle = np.asarray(~by_option.any(axis=0), bool)
    minima = tuple(_served_of(problem, need, shops.lists, network, len(options)) for need in needs)
    return Service(served, by_option[-1], idle, shortfalls, minima)


def _stages(problem: Problem, spec: Objective) -> list[list[int]]:
    """Targets in the order in which they are served: the basic tier first where tiers count, then
    the heavier."""
    weight = multipliers(problem)
    in_tiers = spec.order == "tiers"
    rank = [
        (in_tiers and target.tier != "basic", -weight[t])
        for t, target in enumerate(problem.targets)
    ]
    return [[t for t, own in enumerate(rank) if own == now] for now in sorted(set(rank))]


class _Arcs:
    """Nodes and arcs of the network, while it is put together."""

    def __init__(self, n_nodes: int):
        self.n_nodes = n_nodes
        self.n_arcs = 0
        self._tail: list[Ints] = []
        self._head: list[Ints] = []
        self._capacity: list[Ints] = []

    def node(self, count: int = 1) -> int:
        """The first of some new nodes."""
        self.n_nodes += count
        return self.n_nodes - count

    def add(self, tails: NDArray | int, heads: NDArray | int, most: NDArray | int) -> int:
        """The first of some new arcs; one end or capacity stands for all."""
        parts = np.broadcast_arrays(
            *(np.atleast_1d(np.asarray(x, np.int64)) for x in (tails, heads, most))
        )
        for told, part in zip((self._tail, self._head, self._capacity), parts, strict=True):
            told.append(part)
        self.n_arcs += len(parts[0])
        return self.n_arcs - len(parts[0])

    def network(self) -> Network:
        """What was put together, nothing sent yet."""
        parts = (self._tail, self._head, self._capacity)
        return Network.of(self.n_nodes, *(np.concatenate(part) for part in parts))


@dataclass(frozen=True)
class _Crowd:
    """The people's side of the network: source, targets, districts with minima, points."""

    source_arc: int
    """The first of one a target, closed until its people are let in."""
    district_arcs: dict[tuple[int, int], int]
    """By leading target and district; the next arc takes who is beyond the minimum."""
    gates: dict[int, int]
    """By leading target: to everybody outside the districts that have minima of their own."""
    nodes: list[Ints]
    """Of each target's people at each point, -1 where there is nobody; shape (n_points,)."""
    arcs: list[slice]
    """Of each target: the arcs to its points."""

    @classmethod
    def of(cls, problem: Problem, needs: list[Need], arcs: _Arcs) -> _Crowd:
        """Targets are the nodes from 4 on."""
        # Targets that a minimum counts together are let in together; they count alike.
        leader = np.arange(problem.n_targets)
        for need in needs:
            leader[list(need.targets)] = min(need.targets)
        closed = np.zeros(problem.n_targets, np.int64)
        crowd = cls(
            arcs.add(_SOURCE, 4 + np.arange(problem.n_targets), closed),
            {},
            {},
            [np.full(problem.n_points, -1, np.int64) for _ in problem.targets],
            [slice(0, 0) for _ in problem.targets],
        )
        for first in np.unique(leader).tolist():
            wanted = {
                need.district
                for need in needs
                if first in need.targets and need.district is not None
            }
            above = crowd._districts(problem, first, wanted, arcs)
            for t in np.flatnonzero(leader == first).tolist():
                persons = problem.persons[problem.targets[t].group]
                real = np.flatnonzero(persons > 0)
                crowd.nodes[t][real] = arcs.node(len(real)) + np.arange(len(real))
                begin = arcs.add(above[real], crowd.nodes[t][real], persons[real])
                crowd.arcs[t] = slice(begin, arcs.n_arcs)
        return crowd

    def _districts(self, problem: Problem, first: int, wanted: set[int], arcs: _Arcs) -> Ints:
        """The node above each point of a leading target, shape (n_points,)."""
        if not wanted:
            return np.full(problem.n_points, 4 + first, np.int64)
        # Where districts have minima of their own, everybody else waits behind one more node.
        other = arcs.node()
        self.gates[first] = arcs.add(4 + first, other, 0)
        above = np.full(problem.n_points, other, np.int64)
        for d in sorted(wanted):
            inside = arcs.node()
            # Two arcs: what the minimum needs, then the rest.
            self.district_arcs[first, d] = arcs.add(4 + first, inside, 0)
            arcs.add(4 + first, inside, 0)
            if problem.point_district is not None:
                above[problem.point_district == d] = inside
        return above


@dataclass(frozen=True)
class _Shops:
    """The outlets' side: one node for each in each phase in which it serves anybody."""

    lists: list[tuple[int, int, NDArray, int]]
    """Who may serve whom: (option or -1, target, points, first arc)."""
    sink_arc: Ints
    """Of each chosen option in each phase, -1 for none; shape (n_phases, n_options)."""

    @classmethod
    def of(
        cls, problem: Problem, options: Ints, crowd: _Crowd, arcs: _Arcs, everybody: int
    ) -> _Shops:
        """Existing outlets before chosen ones, phase by phase."""
        shops = cls([], np.full((problem.n_phases, len(options)), -1, np.int64))
        for phase in range(problem.n_phases):
            now = [t for t, target in enumerate(problem.targets) if target.phase == phase]
            standing = [outlet_serves(problem, t) for t in now]
            chosen = [option_serves(problem, t)[options] for t in now]
            outlets, o = problem.outlets, problem.options
            for j in range(len(outlets)):
                targets = [t for t, mask in zip(now, standing, strict=True) if mask[j]]
                if targets:
                    near = outlets.reach, j, int(outlets.capacity[j])
                    shops._open(problem, *near, targets, -1, crowd, arcs, everybody)
            for j, option in enumerate(options.tolist()):
                targets = [t for t, mask in zip(now, chosen, strict=True) if mask[j]]
                if targets:
                    near = problem.reach, int(o.site[option]), int(o.capacity[option])
                    at = shops._open(problem, *near, targets, j, crowd, arcs, everybody)
                    shops.sink_arc[phase, j] = at
        return shops

    def _open(
        self,
        problem: Problem,
        reach: Reach,
        place: int,
        capacity: int,
        targets: list[int],
        option: int,
        crowd: _Crowd,
        arcs: _Arcs,
        everybody: int,
    ) -> int:
        """One outlet in one phase: arcs from whom it may serve, and its own towards the sink."""
        here = arcs.node()
        pairs = slice(int(reach.start[place]), int(reach.start[place + 1]))
        points, cost = reach.point[pairs], reach.cost[pairs]
        for t in targets:
            near = points[cost <= problem.targets[t].limit]
            near = near[crowd.nodes[t][near] >= 0]
            self.lists.append((option, t, near, arcs.n_arcs))
            arcs.add(crowd.nodes[t][near], here, everybody)
        most = min(capacity * problem.person_units, everybody)
        return arcs.add(here, _STANDING if option < 0 else _CHOSEN, most)


def _served_of(
    problem: Problem,
    need: Need,
    lists: list[tuple[int, int, NDArray, int]],
    network: Network,
    n_options: int,
) -> tuple[int, Ints]:
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
    network: Network, needs: list[Need], crowd: _Crowd, everybody: int
) -> tuple[tuple[int, int | None, int, int], ...]:
    """Serve the minimum coverages first and fix what they need; returns what is not met."""
    source_arc, district_arcs, gates = crowd.source_arc, crowd.district_arcs, crowd.gates
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
