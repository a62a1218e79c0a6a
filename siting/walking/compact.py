"""The graph a search runs on: junctions in Morton order, joined by chains of edges.

A chain is a run of edges over nodes where nothing else meets. Lengths along a chain are sums of
the edges' own rounded lengths, so that contracting changes no walk by a decimetre.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import ArgumentError
from siting.kernels import njit, plain
from siting.notice import Notice
from siting.problem.morton import morton_order
from siting.walking.network import Network
from siting.walking.rounding import LONGEST_DM
from siting.walking.snapping import Snapped

Int32 = NDArray[np.int32]
FEW = 50_000
"""Edges up to which nothing is compiled."""


@dataclass(frozen=True)
class Compact:
    """Junctions 0 .. n_nodes-1 in Morton order; chains from their ``head`` to their ``tail``.

    A head is never a dead end unless its chain has two; otherwise it is the lower end. Chains
    stand in the order of (head, tail).
    """

    n_nodes: int
    start: NDArray[np.uint32]
    """Pointers into ``link``, shape (n_nodes + 1,)."""
    link: NDArray[np.uint32]
    """(neighbour, decimetres), shape (n_links, 2): the shortest chain to each neighbour. Dead
    ends have no links: no shortest walk leads through them."""
    head: Int32
    tail: Int32
    chain_dm: Int32
    """Length of each chain, shape (n_chains,)."""
    edge_chain: Int32
    edge_rank: Int32
    """Which edge of its chain, from 0 at the head, shape (n_edges,)."""
    edge_before_dm: Int32
    """From the chain's head to the edge's nearer end."""
    edge_after_dm: Int32
    """From the edge's farther end to the chain's tail."""
    edge_flipped: NDArray[np.bool_]
    """Whether the edge runs from v to u when the chain is walked from its head."""


@dataclass(frozen=True)
class OnChains:
    """Reachable places, ordered by chain. Arrays of shape (n,)."""

    item: Int32
    """Position in the Snapped they come from."""
    chain: Int32
    to_head_dm: Int32
    """Access and the walk along the chain to its head, decimetres."""
    to_tail_dm: Int32
    rank: Int32
    """Which edge of the chain."""
    along_m: NDArray[np.float64]
    access_dm: Int32

    def __len__(self) -> int:
        return len(self.item)


def compact(network: Network) -> Compact:
    """Contract nodes of degree two, order junctions, drop what no shortest walk needs."""
    if float(network.edge_dm.sum(dtype=np.float64)) > LONGEST_DM:
        raise ArgumentError(
            Notice(
                "fault.network_too_long",
                longest_dm=LONGEST_DM / 1e4,
                n_edge_m=network.edge_m.sum() / 1000,
            )
        )
    n, m = network.n_nodes, network.n_edges
    u, v = network.edge_u, network.edge_v
    degree = np.bincount(u, minlength=n) + np.bincount(v, minlength=n)
    half_node = np.concatenate([u, v])
    half = np.argsort(half_node, kind="stable").astype(np.int32)
    pointer = np.zeros(n + 1, np.int64)
    np.cumsum(degree, out=pointer[1:])
    chain = np.full(m, -1, np.int32)
    rank, before = np.zeros(m, np.int32), np.zeros(m, np.int32)
    flipped = np.zeros(m, np.bool_)
    head, tail, dm = np.empty(m, np.int32), np.empty(m, np.int32), np.empty(m, np.int32)
    found = (chain, rank, before, flipped, head, tail, dm)
    told = (u, v, network.edge_dm, degree != 2, pointer, half)
    k = _chains_plain(told, found) if m <= FEW else _chains(*told, *found)
    head, tail, dm = head[:k], tail[:k], dm[:k]
    junctions = np.unique(np.concatenate([head, tail]))
    junctions = junctions[morton_order(network.node_xy[junctions], len(junctions))]
    number = np.full(n, -1, np.int32)
    number[junctions] = np.arange(len(junctions), dtype=np.int32)
    head, tail = number[head], number[tail]
    after = dm[chain] - before - network.edge_dm
    dead = np.bincount(np.concatenate([head, tail]), minlength=len(junctions)) == 1
    turned = np.where(dead[head] == dead[tail], head > tail, dead[head])
    head, tail = np.where(turned, tail, head), np.where(turned, head, tail)
    flip = turned[chain]
    before, after = np.where(flip, after, before), np.where(flip, before, after)
    rank = np.where(flip, np.bincount(chain)[chain] - 1 - rank, rank).astype(np.int32)
    # Chains in the order of their junctions: what a search touches lies together.
    order = np.lexsort((tail, head))
    renumbered = np.empty(k, np.int32)
    renumbered[order] = np.arange(k, dtype=np.int32)
    head, tail, dm = head[order], tail[order], dm[order]
    start, link = _links(len(junctions), head, tail, dm, dead)
    return Compact(
        len(junctions),
        start,
        link,
        head,
        tail,
        dm,
        renumbered[chain],
        rank,
        before,
        after,
        flipped ^ flip,
    )


def _links(
    n: int, head: Int32, tail: Int32, dm: Int32, dead: NDArray[np.bool_]
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Adjacency without loops and dead ends; of parallel chains the shortest."""
    through = (head != tail) & ~dead[head] & ~dead[tail]
    head, tail, dm = head[through], tail[through], dm[through]
    a = np.concatenate([head, tail])
    b = np.concatenate([tail, head])
    w = np.concatenate([dm, dm])
    order = np.lexsort((w, b, a))
    a, b, w = a[order], b[order], w[order]
    first = np.ones(len(a), np.bool_)
    first[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    a, b, w = a[first], b[first], w[first]
    start = np.zeros(n + 1, np.uint32)
    np.cumsum(np.bincount(a, minlength=n), out=start[1:])
    return start, np.ascontiguousarray(np.column_stack([b, w]), np.uint32)


def on_chains(graph: Compact, places: Snapped, sort: bool = True) -> OnChains:
    """Places as positions on chains, those off the network left out.

    With ``sort`` they stand by (chain, edge, along), otherwise in Morton order of the chain's
    head, so that searches one after the other touch the same memory.
    """
    item = np.flatnonzero(places.edge >= 0)
    edge = places.edge[item]
    chain = graph.edge_chain[edge]
    flipped = graph.edge_flipped[edge]
    access = places.access_dm[item]
    near = np.where(flipped, places.to_v_dm[item], places.to_u_dm[item])
    far = np.where(flipped, places.to_u_dm[item], places.to_v_dm[item])
    along = places.along_m[item]
    to_head = access + graph.edge_before_dm[edge] + near
    to_tail = access + far + graph.edge_after_dm[edge]
    rank = graph.edge_rank[edge]
    keys = (item, along, rank, chain) if sort else (item, chain, graph.head[chain])
    order = np.lexsort(keys)
    return OnChains(
        *(
            np.ascontiguousarray(a[order])
            for a in (item.astype(np.int32), chain, to_head, to_tail, rank, along, access)
        )
    )


def _chains_plain(told: Sequence[NDArray[Any]], found: Sequence[NDArray[Any]]) -> int:
    """What the kernel finds, by its own body as Python runs it upon lists."""
    lists = [array.tolist() for array in found]
    k: int = plain(_chains)(*(array.tolist() for array in told), *lists)
    for array, values in zip(found, lists, strict=True):
        array[:] = values
    return k


@njit(cache=True)
def _chains(  # type: ignore[no-untyped-def]
    u, v, edge_dm, junction, pointer, half, chain, rank, before, flipped, head, tail, dm
):
    """Walk from every junction until the next; then around the rings that have none."""
    m = len(u)
    k = 0
    for rings in range(2):
        for node in range(len(junction)):
            if rings == 0 and not junction[node]:
                continue
            for p in range(pointer[node], pointer[node + 1]):
                if chain[half[p] % m] >= 0:
                    continue
                junction[node] = True  # a ring is cut at its lowest node
                at, h, length, place = node, half[p], 0, 0
                while True:
                    e = h % m
                    chain[e], rank[e], before[e] = k, place, length
                    flipped[e] = h >= m
                    length += edge_dm[e]
                    place += 1
                    at = u[e] if h >= m else v[e]
                    if junction[at]:
                        break
                    first = half[pointer[at]]
                    h = first if first % m != e else half[pointer[at] + 1]
                head[k], tail[k], dm[k] = node, at, length
                k += 1
    return k
