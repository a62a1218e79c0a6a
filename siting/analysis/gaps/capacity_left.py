"""Who finds a place: the capacity of all outlets, shared out once for the whole area.

An outlet's places are used once, whoever lives near it: people on both sides of a district's or a
circle's border, and of every format and group that it serves. As many people as possible find one,
in the order in which ``verify`` serves: basic formats first where tiers count, then the heavier
weight. Where places are scarce, those who compete for them share them evenly: of all ways to serve
the most people it is the one that raises the least served share, then the next (Megiddo 1974;
Fujishige 1980). There is exactly one, so neither the order of points nor that of districts matters.

Who reaches an outlet of unlimited (or unknown) capacity has a place; who reaches none has not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from siting.problem import UNLIMITED, Problem
from siting.problem.reach import Reach
from siting.verification.evaluation import reported
from siting.verification.flow import Network
from siting.verification.people import SAFE, option_serves, outlet_serves

Ints = NDArray[np.int64]
Float = NDArray[np.float64]
Mask = NDArray[np.bool_]
_SOURCE, _SINK = 0, 1


def places_short(problem: Problem, options: Ints | None = None) -> dict[int, Float]:
    """Persons at each point who find no place, by reported target; each of shape (n_points,).

    Args:
        options: of a plan whose outlets count as standing; None = today.
    """
    standing = problem.kept_today if options is None else options
    told = sorted(reported(problem).values())
    short: dict[int, Float] = {}
    for phase in sorted({problem.targets[t].phase for t in told}):
        rivals = [t for t, target in enumerate(problem.targets) if target.phase == phase]
        share = _served_shares(problem, rivals, standing)
        for t in told:
            if t in share:
                persons = problem.persons[problem.targets[t].group]
                short[t] = persons * (1.0 - share[t]) / problem.person_units
    return short


def _served_shares(problem: Problem, targets: list[int], chosen: Ints) -> dict[int, Float]:
    """Share of the people at each point who find a place, by target of one phase."""
    crowds, capacity, share, found = _crowds(problem, targets, chosen)
    tiered = problem.objective.order == "tiers"
    ranks = [
        (tiered and problem.targets[t].tier != "basic", -problem.targets[t].weight_micro)
        for t in targets
    ]
    rank_of = np.array([sorted(set(ranks)).index(rank) for rank in ranks], np.int64)
    rank = rank_of[crowds.target]
    served = np.zeros(len(rank))
    settled = np.zeros(len(rank), np.bool_)  # all served, from the shops that are left
    shops = np.ones(len(capacity), np.bool_)
    for now in np.unique(rank):
        scarce, used_up = _scarce(crowds, capacity, settled, rank == now, shops)
        served[(rank == now) & ~scarce] = 1.0
        for members, value in _even(
            crowds, capacity, settled & scarce, (rank == now) & scarce, used_up
        ):
            served[members] = value
        settled = (settled | (rank == now)) & ~scarce
        shops &= ~used_up
    for k, t in enumerate(targets):
        inside = found[k] >= 0
        share[t][inside] = served[found[k][inside]]
    return share


@dataclass(frozen=True)
class _Crowds:
    """People of one target who reach the same shops of limited capacity. Arrays (n_crowds,)."""

    people: Ints
    """In 1/person_units."""
    target: Ints
    """Position among the targets of the phase."""
    crowd: Ints
    """Of each pair of a crowd and a shop in its reach, shape (n_pairs,)."""
    shop: Ints


def _crowds(
    problem: Problem, targets: list[int], chosen: Ints
) -> tuple[_Crowds, Ints, dict[int, Float], list[Ints]]:
    """(crowds, capacity of each shop, share served by those without limit, crowd of each point)."""
    o, outlets = problem.options, problem.outlets
    capacity = np.concatenate([outlets.capacity, o.capacity[chosen]])
    limited = capacity < UNLIMITED
    words = np.random.default_rng(0).integers(1, 2**62, size=len(capacity), dtype=np.uint64)
    share: dict[int, Float] = {}
    found: list[Ints] = []
    people, target, crowd, shop = [], [], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    n_crowds = 0
    for k, t in enumerate(targets):
        point, row = _pairs(
            problem, t, outlets.reach, np.arange(len(outlets)), outlet_serves(problem, t)
        )
        more, further = _pairs(
            problem,
            t,
            problem.reach,
            o.site[chosen].astype(np.int64),
            option_serves(problem, t)[chosen],
        )
        point = np.concatenate([point, more])
        row = np.concatenate([row, further + len(outlets)])
        free = np.zeros(problem.n_points, np.bool_)
        free[point[~limited[row]]] = True
        share[t] = free.astype(np.float64)
        persons = problem.persons[problem.targets[t].group]
        use = limited[row] & ~free[point] & (persons[point] > 0)
        point, row = point[use], row[use]
        key = np.zeros(problem.n_points, np.uint64)
        np.add.at(key, point, words[row])  # a set of shops, by the sum of its words
        here = np.unique(point)
        _, first, at = np.unique(key[here], return_index=True, return_inverse=True)
        of_point = np.full(problem.n_points, -1, np.int64)
        of_point[here] = n_crowds + at
        found.append(of_point)
        people.append(np.zeros(len(first), np.int64))
        np.add.at(people[-1], at, persons[here])
        target.append(np.full(len(first), k, np.int64))
        heads = np.isin(point, here[first])
        crowd.append(of_point[point[heads]])
        shop.append(row[heads])
        n_crowds += len(first)
    crowds = _Crowds(*(np.concatenate(part) for part in (people, target, crowd, shop)))
    everybody = int(crowds.people.sum())
    units = np.minimum(capacity, everybody // problem.person_units + 1) * problem.person_units
    return crowds, units, share, found


def _pairs(
    problem: Problem, t: int, reach: Reach, places: Ints, serving: Mask
) -> tuple[Ints, Ints]:
    """(points, position of the place) within a target's standard of those that serve it."""
    at = np.flatnonzero(serving)
    near = reach.rows(places[at])
    inside = near.cost <= problem.targets[t].limit
    row = np.repeat(at, np.diff(near.start))
    return near.point[inside].astype(np.int64), row[inside]


def _scarce(
    crowds: _Crowds, capacity: Ints, first: Mask, then: Mask, shops: Mask
) -> tuple[Mask, Mask]:
    """(crowds, shops) where not all find a place: whoever lacks one, and all they compete with."""
    people = np.where(first | then, crowds.people, 0)
    return _cut(crowds, people, np.where(shops, capacity, 0), first, then, shops[crowds.shop])


def _even(
    crowds: _Crowds, capacity: Ints, first: Mask, then: Mask, shops: Mask
) -> Iterator[tuple[Mask, float]]:
    """(crowds, the share of them that is served) where the shops are all used up.

    Each part of the crowds is tried at its mean share. If some cannot be served so well, they and
    their shops are one new part, which is worse off, and the rest another, which is better off.
    """
    part, shop_part = np.where(first | then, 0, -1), np.where(shops, 0, -1)
    while (then & (part >= 0)).any():
        n = int(part.max()) + 1
        wanting = _sums(crowds.people, part, then, n)
        fixed = _sums(crowds.people, part, first, n)
        room = [a - b for a, b in zip(_sums(capacity, shop_part, shops, n), fixed, strict=True)]
        # Exact as long as 64 bits hold it; else shares differ by less than they could be told.
        most = SAFE // max(1, sum(wanting) + 2 * sum(fixed) + sum(room))
        below = [min(people, max(most, 1)) for people in wanting]
        above = [r * b // p for r, b, p in zip(room, below, wanting, strict=True)]
        scale = np.where(then, np.array(above)[part], np.array(below)[part])
        inside = (part[crowds.crowd] == shop_part[crowds.shop]) & (part[crowds.crowd] >= 0)
        worse, poor_shops = _cut(
            crowds,
            np.where(part >= 0, crowds.people * scale, 0),
            np.where(shop_part >= 0, capacity * np.array(below)[shop_part], 0),
            first,
            then,
            inside,
        )
        split = np.zeros(n, np.bool_)
        split[part[worse & (part >= 0)]] = True
        for done in np.flatnonzero(~split):
            yield then & (part == done), room[done] / wanting[done]
        part = np.where((part >= 0) & split[part], 2 * part + worse, -1)
        shop_part = np.where((shop_part >= 0) & split[shop_part], 2 * shop_part + poor_shops, -1)
        names = np.unique(part[part >= 0])
        part = np.where(part >= 0, np.searchsorted(names, part), -1)
        shop_part = np.where(shop_part >= 0, np.searchsorted(names, shop_part), -1)


def _sums(values: Ints, part: Ints, where: Mask, n: int) -> list[int]:
    """Sum of each part as Python integers, whose products never overflow."""
    total = np.zeros(n, np.int64)
    here = where & (part >= 0)
    np.add.at(total, part[here], values[here])
    return [int(value) for value in total]


def _cut(
    crowds: _Crowds, people: Ints, capacity: Ints, first: Mask, then: Mask, pairs: Mask
) -> tuple[Mask, Mask]:
    """(crowds, shops) that whoever is left over could still displace: the source's side of the cut.

    Args:
        people: to be served, of crowds in neither set 0.
        first: crowds that are served before the others, and all.
        then: crowds of whom some may be left over.
        pairs: those of ``crowds.crowd`` and ``crowds.shop`` that count.
    """
    from scipy.sparse.csgraph import breadth_first_order  # long to load, and seldom asked for

    n, m = len(people), len(capacity)
    crowd_node, shop_node = 2 + np.arange(n), 2 + n + np.arange(m)
    crowd, shop = crowds.crowd[pairs], crowds.shop[pairs]
    tail = np.concatenate([np.full(n, _SOURCE), crowd_node[crowd], shop_node])
    head = np.concatenate([crowd_node, shop_node[shop], np.full(m, _SINK)])
    network = Network.of(
        2 + n + m, tail, head, np.concatenate([np.where(first, people, 0), people[crowd], capacity])
    )
    network.send(_SOURCE, _SINK)
    network.left[:n][then] = people[then]
    network.send(_SOURCE, _SINK)
    onward, back = network.left > 0, network.back > 0
    ends = (np.concatenate([tail[onward], head[back]]), np.concatenate([head[onward], tail[back]]))
    residual = coo_array((np.ones(len(ends[0]), np.int8), ends), shape=(2 + n + m,) * 2)
    seen = np.zeros(2 + n + m, np.bool_)
    seen[breadth_first_order(residual.tocsr(), _SOURCE, return_predecessors=False)] = True
    return seen[crowd_node], seen[shop_node]
