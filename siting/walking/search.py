"""Walk: the reach of places over a network.

From each place outwards to the limit, then every demand point on the chains that were touched.
Costs are integers and rows are sorted by (cost, point), so the threads cannot show in the bytes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from threading import local

import numpy as np
from numpy.typing import NDArray

from siting.kernels import njit
from siting.problem.reach import Reach
from siting.walking.compact import Compact, OnChains, compact, on_chains
from siting.walking.growing import longer
from siting.walking.network import Network
from siting.walking.queue import (
    FIRST,
    INTO,
    INTO_END,
    LAST,
    WIDEST,
    Workspace,
    aligned,
    records,
    settle,
)
from siting.walking.rounding import LONGEST_DM, decimetre
from siting.walking.search_plain import few, rows_plain
from siting.walking.snapping import Snapped
from siting.walking.sorting import DIGIT_BITS, sort_row

BLOCK = 128
"""Places one thread takes at a time."""


def walk(
    network: Network,
    places: Snapped,
    points: Snapped,
    limit_dm: int | None,
    threads: int | None = None,
) -> Reach:
    """Who is within ``limit_dm`` of each place, on foot along the network.

    cost = access of the place + walk along the network + access of the point, decimetres; two
    spots on one edge may also be walked between directly along it.

    Args:
        places, points: from :func:`siting.walking.snapping.snap` on this network.
        limit_dm: inclusive; None = no limit.
    """
    return Walker.to(network, points, limit_dm).walk(places, threads)


@dataclass(frozen=True)
class Walker:
    """The network made ready for walks to the same points: what does not depend on the places."""

    graph: Compact
    target: OnChains
    lists: _Lists
    limit_dm: int
    n_points: int

    @classmethod
    def to(cls, network: Network, points: Snapped, limit_dm: int | None) -> Walker:
        """Contract the network and hang the points on its chains; arguments as in :func:`walk`."""
        limit = LONGEST_DM if limit_dm is None else min(int(limit_dm), LONGEST_DM)
        graph = compact(network)
        target = on_chains(graph, points)
        return cls(graph, target, _lists(graph, target), limit, len(points))

    def walk(self, places: Snapped, threads: int | None = None) -> Reach:
        """Reach of the places, see :func:`walk`."""
        graph, target, lists, limit = self.graph, self.target, self.lists, self.limit_dm
        dtype = np.uint16 if limit < 2**16 else np.int32
        source = on_chains(graph, places, sort=False)
        if limit < 0 or len(source) == 0 or len(target) == 0:
            return Reach.empty(len(places), self.n_points, dtype)
        small = few(graph, source, target)
        first_step = max(source.to_head_dm.max(), source.to_tail_dm.max())
        longest = int(max(first_step, graph.chain_dm.max()))
        own = local()

        def block(begin: int) -> tuple[NDArray, NDArray, NDArray]:
            if small:
                end = min(begin + BLOCK, len(source))
                return rows_plain(graph, source, target, begin, end, limit)
            if not hasattr(own, "space"):
                own.space = Workspace.of(graph.n_nodes, limit, longest)
                own.rows = np.empty(4096, np.int32), np.empty(4096, dtype)
            space: Workspace = own.space
            lengths, *own.rows = _rows(
                begin,
                min(begin + BLOCK, len(source)),
                limit,
                space.dist,
                space.touched,
                space.first_in,
                space.shift,
                source.chain,
                source.to_head_dm,
                source.to_tail_dm,
                source.rank,
                source.along_m,
                source.access_dm,
                graph.head,
                graph.tail,
                graph.chain_dm,
                lists.record,
                lists.more,
                lists.on_chain,
                lists.spot,
                lists.into,
                target.rank,
                target.along_m,
                target.access_dm,
                *own.rows,
            )
            point, cost = (rows[: lengths.sum()].copy() for rows in own.rows)
            return lengths, point, cost

        begins = range(0, len(source), BLOCK)
        if threads == 1 or len(begins) == 1:
            blocks = [block(begin) for begin in begins]
        else:
            with ThreadPoolExecutor(threads or cpu_count()) as pool:
                blocks = list(pool.map(block, begins))
        return _assemble(blocks, source.item, len(places), self.n_points, dtype)


@dataclass(frozen=True)
class _Lists:
    """Junctions and targets as a search meets them."""

    record: NDArray[np.uint32]
    """From :func:`records`, with the targets of all chains with this head (FIRST, LAST: rows of
    ``spot``), the chains with targets that end here (INTO, INTO_END: rows of ``into``) and the
    longest of these (WIDEST, decimetres): nearer to the source than the limit less this, every
    head of theirs is within reach."""
    more: NDArray[np.uint32]
    on_chain: NDArray[np.int64]
    """Where the targets of each chain begin, shape (n_chains + 1,)."""
    spot: NDArray[np.uint32]
    """(tail of the chain, decimetres to its head, to its tail, item), shape (n_targets + 1, 4)."""
    into: NDArray[np.uint32]
    """Chains that end at a junction: (head, first target, last + 1), shape (n, 3). Needed only
    where the head is out of reach."""


def _lists(graph: Compact, target: OnChains) -> _Lists:
    n, n_chains = graph.n_nodes, len(graph.head)
    record, more = records(graph)
    on_chain = np.zeros(n_chains + 1, np.int64)
    np.cumsum(np.bincount(target.chain, minlength=n_chains), out=on_chain[1:])
    first = on_chain[np.searchsorted(graph.head, np.arange(n + 1))]
    record[:, FIRST], record[:, LAST] = first[:-1], first[1:]
    spot = aligned((len(target) + 1, 4))
    columns = (graph.tail[target.chain], target.to_head_dm, target.to_tail_dm, target.item)
    for k, column in enumerate(columns):
        spot[:-1, k] = column
    used = np.flatnonzero((np.diff(on_chain) > 0) & (graph.head != graph.tail))
    used = used[np.argsort(graph.tail[used], kind="stable")]
    begin = np.searchsorted(graph.tail[used], np.arange(n + 1))
    record[:, INTO], record[:, INTO_END] = begin[:-1], begin[1:]
    into = np.column_stack([graph.head[used], on_chain[used], on_chain[used + 1]])
    widest = np.zeros(n, np.int64)
    np.maximum.at(widest, graph.tail[used], graph.chain_dm[used])
    record[:, WIDEST] = widest
    return _Lists(record, more, on_chain, spot, np.ascontiguousarray(into, np.uint32))


def _assemble(
    blocks: list[tuple[NDArray, NDArray, NDArray]],
    item: NDArray[np.int32],
    n_places: int,
    n_points: int,
    dtype: type,
) -> Reach:
    """Rows of the blocks into one Reach in the order of the places, freeing blocks on the way."""
    length = np.zeros(n_places, np.int64)
    length[item] = np.concatenate([rows for rows, _, _ in blocks])
    start = np.zeros(n_places + 1, np.int64)
    np.cumsum(length, out=start[1:])
    point = np.empty(start[-1], np.int32)
    cost = np.empty(start[-1], dtype)
    begin = len(item)
    while blocks:
        rows, block_point, block_cost = blocks.pop()
        begin -= len(rows)
        at = 0
        for to, n in zip(start[item[begin : begin + len(rows)]], rows, strict=True):
            point[to : to + n] = block_point[at : at + n]
            cost[to : to + n] = block_cost[at : at + n]
            at += n
    return Reach(start, point, cost, n_points)


@njit(inline="always")
def _collect(spot, begin, end, dist, from_head, limit, key, n_key):  # type: ignore[no-untyped-def]
    """Targets begin .. end-1 of chains with a head in reach; returns the new length of ``key``."""
    for t in range(begin, end):
        d = min(from_head + spot[t, 1], dist[spot[t, 0]] + spot[t, 2])
        key[n_key] = np.int64(d << np.uint64(32)) | np.int64(spot[t, 3])
        n_key += np.int64(d <= limit)
    return n_key


@njit(nogil=True, cache=True)
def _rows(  # type: ignore[no-untyped-def]
    begin,
    end,
    limit_dm,
    dist,
    touched,
    first_in,
    shift,
    s_chain,
    s_head,
    s_tail,
    s_rank,
    s_along,
    s_access,
    head,
    tail,
    chain_dm,
    record,
    more,
    on_chain,
    spot,
    into,
    t_rank,
    t_along,
    t_access,
    point,
    cost,
):
    """Sorted rows of the sources begin .. end-1, one after the other.

    Returns:
        lengths of the rows, and ``point`` and ``cost`` with the rows in them, longer if needed.
    """
    limit = np.uint64(limit_dm)
    far = np.uint32(limit_dm + 1)  # stands for "not reached"
    entry = np.empty((1024, 3), np.uint32)
    cost_bits = np.int64(1)
    while (1 << cost_bits) <= limit_dm:
        cost_bits += 1
    key, spare = np.empty(1024, np.int64), np.empty(1024, np.int64)
    count = np.zeros((1 << DIGIT_BITS) + 2, np.int64)
    rows = np.zeros(end - begin, np.int64)
    used = np.int64(0)
    for s in range(begin, end):
        own = s_chain[s]
        own_head, own_tail = np.uint32(head[own]), np.uint32(tail[own])
        own_begin, own_end = np.uint32(on_chain[own]), np.uint32(on_chain[own + 1])
        n_touched, entry = settle(
            record,
            more,
            spot,
            dist,
            touched,
            first_in,
            shift,
            entry,
            far,
            own_head,
            np.uint32(s_head[s]),
            own_tail,
            np.uint32(s_tail[s]),
        )
        # -- targets on the own chain, with the direct way along it
        n_key = np.int64(0)
        if n_key + np.int64(own_end - own_begin) >= len(key):
            key = longer(key, n_key, 2 * (n_key + np.int64(own_end - own_begin)) + 1)
        for t in range(own_begin, own_end):
            to_head, to_tail = np.int64(spot[t, 1]), np.int64(spot[t, 2])
            if t_rank[t] > s_rank[s]:
                direct = to_head + s_tail[s] - chain_dm[own]
            elif t_rank[t] < s_rank[s]:
                direct = to_tail + s_head[s] - chain_dm[own]
            else:
                direct = s_access[s] + decimetre(abs(t_along[t] - s_along[s])) + t_access[t]
            d = min(direct, dist[own_head] + to_head, dist[own_tail] + to_tail)
            key[n_key] = (d << 32) | np.int64(spot[t, 3])
            n_key += d <= limit_dm
        # -- targets on every other chain with an end in reach, each chain once
        for i in range(n_touched):
            node = touched[i]
            from_node = dist[node]
            first, last = record[node, FIRST], record[node, LAST]
            if n_key + np.int64(last - first) >= len(key):
                key = longer(key, n_key, 2 * (n_key + np.int64(last - first)) + 1)
            if node == own_head:
                n_key = _collect(spot, first, own_begin, dist, from_node, limit, key, n_key)
                first = own_end
            n_key = _collect(spot, first, last, dist, from_node, limit, key, n_key)
            if from_node + record[node, WIDEST] <= limit:
                continue
            for c in range(record[node, INTO], record[node, INTO_END]):
                first, last = into[c, 1], into[c, 2]
                if dist[into[c, 0]] != far or (first == own_begin and last == own_end):
                    continue
                if n_key + np.int64(last - first) >= len(key):
                    key = longer(key, n_key, 2 * (n_key + np.int64(last - first)) + 1)
                n_key = _collect(spot, first, last, dist, np.uint64(far), limit, key, n_key)
        for i in range(n_touched):
            dist[touched[i]] = far
        # -- the sorted row
        if used + n_key > len(point):
            point = longer(point, used, 2 * (used + n_key))
            cost = longer(cost, used, 2 * (used + n_key))
        if len(spare) < len(key):
            spare = np.empty(len(key), np.int64)
        row = sort_row(key, spare, n_key, cost_bits, count)
        for j in range(n_key):
            point[used + j] = row[j] & 0xFFFFFFFF
            cost[used + j] = row[j] >> 32
        used += n_key
        rows[s - begin] = n_key
    return rows, point, cost
