"""Nearest: how far it is from every point to the nearest of some places, without any limit.

One search from all places at once labels the whole network, so a city costs one pass however many
places there are. Costs are those that :func:`siting.walking.search.walk` and
:func:`siting.walking.straight.walk_straight` give, to the decimetre.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit
from siting.walking.compact import Compact, OnChains, compact, on_chains
from siting.walking.doors import Measure
from siting.walking.network import Network
from siting.walking.search_plain import along_chain
from siting.walking.snapping import Snapped

Float = NDArray[np.float64]
Ints = NDArray[np.int64]
FEW = 100_000
"""Junctions up to which nothing is compiled."""
PAIRS = 1_000_000
"""Pairs of places on one chain that are looked at together, at least."""
FAR = 2**31 - 1
"""Longer than any walk; a walk and the ways to its ends are less together (``LONGEST_DM``)."""


class Ways(Protocol):
    """Kinds of places (``demand``, ``outlets``, …) and the ways from them to the demand."""

    def nearest(self, kind: str, rows: Ints) -> Float:
        """From each demand point to the nearest of some places of a kind.

        Args:
            rows: positions of these places among those of their kind.

        Returns:
            Whole decimetres; infinite where no way leads to any; shape (n_points,).
        """


@dataclass(frozen=True)
class StraightWays:
    """Straight lines x detour."""

    xy: Mapping[str, Float]
    """Of each kind, in the measure's coordinates, shape (n, 2)."""
    measure: Measure

    def nearest(self, kind: str, rows: Ints) -> Float:
        """See :class:`Ways`."""
        return nearest_straight(self.xy[kind][rows], self.xy["demand"], self.measure)


@dataclass(frozen=True)
class StreetWays:
    """Ways along the streets."""

    network: Network
    snapped: Mapping[str, Snapped]
    """Of each kind."""

    @cached_property
    def _search(self) -> StreetSearch:
        return StreetSearch.to(self.network, self.snapped["demand"])

    def nearest(self, kind: str, rows: Ints) -> Float:
        """See :class:`Ways`."""
        return self._search.nearest(self.snapped[kind].rows(rows))


def nearest_straight(place_xy: Float, point_xy: Float, measure: Measure) -> Float:
    """By straight lines; coordinates are the measure's."""
    from scipy.spatial import cKDTree

    if not len(place_xy) or not len(point_xy):
        return np.full(len(point_xy), np.inf)
    place, point = place_xy, point_xy
    if measure.sphere:  # who is nearest on a sphere is nearest through it
        place, point = _on_sphere(place_xy), _on_sphere(point_xy)
    _, at = cKDTree(place).query(point, workers=-1)
    return measure.decimetres(point_xy, place_xy[at]).astype(np.float64)


def _on_sphere(degrees: Float) -> Float:
    """(lat, lon) as places on the unit sphere, shape (n, 3)."""
    lat, lon = np.radians(degrees).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


@dataclass(frozen=True)
class StreetSearch:
    """The network made ready for searches to the same points."""

    graph: Compact
    target: OnChains
    n_points: int

    @classmethod
    def to(cls, network: Network, points: Snapped) -> StreetSearch:
        """Contract the network and put the points on its chains."""
        graph = compact(network)
        return cls(graph, on_chains(graph, points), len(points))

    def nearest(self, places: Snapped) -> Float:
        """From each point along the streets to the nearest place; as :class:`Ways` tells."""
        graph, target = self.graph, self.target
        source = on_chains(graph, places)
        label = _labels(graph, source)
        cost = np.minimum(
            label[graph.head[target.chain]] + target.to_head_dm,
            label[graph.tail[target.chain]] + target.to_tail_dm,
        )
        _along_own_chain(graph, source, target, cost)
        nearest = np.full(self.n_points, np.inf)
        nearest[target.item] = np.where(cost < FAR, cost, np.inf)
        return nearest


def _labels(graph: Compact, source: OnChains) -> Ints:
    """From each junction to the nearest source, ``FAR`` where none is; shape (n_nodes,)."""
    label = np.full(graph.n_nodes, FAR, np.int64)
    np.minimum.at(label, graph.head[source.chain], source.to_head_dm)
    np.minimum.at(label, graph.tail[source.chain], source.to_tail_dm)
    first = np.flatnonzero(label < FAR)
    if graph.n_nodes <= FEW:
        return _settled(graph, label, first)
    _settle(graph.start, graph.link, label, first)
    return label


def _settled(graph: Compact, label: Ints, first: Ints) -> Ints:
    """What :func:`_settle` makes of the labels, by a library's search from one junction more that
    leads to all of ``first``."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    n = graph.n_nodes
    links = csr_array(
        (
            np.concatenate([graph.link[:, 1], label[first]]).astype(np.float64),
            np.concatenate([graph.link[:, 0], first]).astype(np.int32),
            np.concatenate([graph.start, [len(graph.link) + len(first)]]).astype(np.int32),
        ),
        shape=(n + 1, n + 1),
    )
    found = dijkstra(links, indices=[n])[0, :-1]
    return np.where(found < FAR, found, FAR).astype(np.int64)


@njit(nogil=True, cache=True)
def _settle(start, link, label, first):  # type: ignore[no-untyped-def]
    """Dijkstra from the junctions ``first`` and the labels they have."""
    heap = [np.int64(0)]  # tells the compiler what it will hold
    heap.pop()
    for node in first:
        heappush(heap, (label[node] << 32) | node)
    while heap:
        key = heappop(heap)
        node, here = key & 0xFFFFFFFF, key >> 32
        if here != label[node]:
            continue
        for k in range(start[node], start[node + 1]):
            other, there = np.int64(link[k, 0]), here + np.int64(link[k, 1])
            if there < label[other]:
                label[other] = there
                heappush(heap, (there << 32) | other)


def _along_own_chain(graph: Compact, source: OnChains, target: OnChains, cost: Ints) -> None:
    """Between places on one chain directly along it; both are sorted by chain."""
    begin = np.searchsorted(source.chain, target.chain)
    n = np.searchsorted(source.chain, target.chain, side="right") - begin
    before = np.concatenate([[0], np.cumsum(n)])
    parts = np.searchsorted(before, np.arange(PAIRS, before[-1], PAIRS))
    for low, high in pairwise([0, *parts.tolist(), len(n)]):
        t = np.repeat(np.arange(low, high), n[low:high])
        s = np.arange(len(t)) + np.repeat(
            begin[low:high] - before[low:high] + before[low], n[low:high]
        )
        np.minimum.at(cost, t, along_chain(graph, source, target, s, t))
