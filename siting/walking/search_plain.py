"""What the kernel of :mod:`siting.walking.search` finds, by a library's search and whole arrays.

On a small network this takes less time than a new machine takes to compile the kernel. Walks are
whole decimetres below 2^31, which 64-bit floats hold exactly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.walking.compact import Compact, OnChains
from siting.walking.rounding import decimetres

Ints = NDArray[np.int64]

FEW = 8_000_000
"""Places x (junctions + points) up to which nothing is compiled."""


def few(graph: Compact, places: OnChains, points: OnChains) -> bool:
    """Whether the search is a small one."""
    return len(places) * (graph.n_nodes + len(points)) <= FEW


def rows_plain(
    graph: Compact, source: OnChains, target: OnChains, begin: int, end: int, limit: int
) -> tuple[Ints, Ints, Ints]:
    """Sorted rows of the sources begin .. end-1: their lengths, and point and cost of each pair."""
    part = slice(begin, end)
    junction, at = np.unique(
        np.concatenate([graph.head[source.chain[part]], graph.tail[source.chain[part]]]),
        return_inverse=True,
    )
    n = end - begin
    walk = _between(graph, junction, limit)

    def to(of_target: NDArray[np.int32]) -> Any:
        there = walk[:, of_target]
        by_head = there[at[:n]] + source.to_head_dm[part, np.newaxis]
        return np.minimum(by_head, there[at[n:]] + source.to_tail_dm[part, np.newaxis])

    cost = np.minimum(
        to(graph.head[target.chain]) + target.to_head_dm,
        to(graph.tail[target.chain]) + target.to_tail_dm,
    )
    s, t = np.nonzero(source.chain[part, np.newaxis] == target.chain)
    cost[s, t] = np.minimum(cost[s, t], along_chain(graph, source, target, s + begin, t))
    s, t = np.nonzero(cost <= limit)
    point, dm = target.item[t].astype(np.int64), cost[s, t].astype(np.int64)
    order = np.lexsort((point, dm, s))
    return np.bincount(s, minlength=n), point[order], dm[order]


def _between(graph: Compact, junction: NDArray[np.integer], limit: int) -> NDArray[np.float64]:
    """From some junctions to all, infinite beyond the limit, shape (n, n_nodes)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    link = graph.link.astype(np.int32)
    links = csr_array(
        (link[:, 1].astype(np.float64), link[:, 0], graph.start.astype(np.int32)),
        shape=(graph.n_nodes, graph.n_nodes),
    )
    found: NDArray[np.float64] = dijkstra(links, indices=junction, limit=limit)
    return found


def along_chain(graph: Compact, source: OnChains, target: OnChains, s: Ints, t: Ints) -> Ints:
    """Directly along the chain that both a source and a target stand on, decimetres."""
    length = graph.chain_dm[target.chain[t]].astype(np.int64)
    onward = target.to_head_dm[t] + source.to_tail_dm[s].astype(np.int64) - length
    back = target.to_tail_dm[t] + source.to_head_dm[s].astype(np.int64) - length
    between = decimetres(np.abs(target.along_m[t] - source.along_m[s])).astype(np.int64)
    beside = source.access_dm[s] + between + target.access_dm[t]
    ahead = np.sign(target.rank[t] - source.rank[s])
    return np.choose(ahead + 1, [back, beside, onward])
