"""Walk: the reach of places over a network, by bounded label-correcting search.

From each place outwards to the limit, then every demand point on the chains that were touched.
The frontier is a circular array of distance buckets (Dial 1969, CACM 12:632, with buckets a few
decimetres wide as in Denardo and Fox 1979, Oper. Res. 27:161): no heap, constant work a label.
Costs are integers and rows are sorted by (cost, point), so the threads cannot show in the bytes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numba as nb
import numpy as np
from numpy.typing import NDArray

from siting.reach import Reach
from siting.walking.bits import lowest_bit
from siting.walking.compact import Compact, OnChains, compact, on_chains
from siting.walking.network import Network
from siting.walking.rounding import LONGEST_DM
from siting.walking.snapping import Snapped
from siting.walking.sorting import DIGIT_BITS, sort_row

BLOCK = 128
"""Places one thread takes at a time."""
MOST_BUCKETS = 4096


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
    limit = LONGEST_DM if limit_dm is None else min(int(limit_dm), LONGEST_DM)
    dtype = np.uint16 if limit < 2**16 else np.int32
    n_places, n_points = len(places), len(points)
    graph = compact(network)
    source = on_chains(graph, places, sort=False)
    target = on_chains(graph, points)
    if limit < 0 or len(source) == 0 or len(target) == 0:
        return Reach.empty(n_places, n_points, dtype)
    incidence = _incidence(graph, target)
    no_cost = np.zeros(1, dtype)

    def block(begin: int) -> tuple[NDArray, NDArray, NDArray]:
        return _rows(
            begin, min(begin + BLOCK, len(source)), limit, *_buckets(graph, source, limit),
            source.chain, source.to_head_dm, source.to_tail_dm, source.rank, source.along_m,
            source.access_dm, graph.start, graph.link, graph.head, graph.tail, graph.chain_dm,
            *incidence, target.item, target.to_head_dm, target.to_tail_dm, target.rank,
            target.along_m, target.access_dm, no_cost,
        )  # fmt: skip

    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        blocks = list(pool.map(block, range(0, len(source), BLOCK)))
    return _assemble(blocks, source.item, n_places, n_points, dtype)


def _incidence(graph: Compact, target: OnChains) -> tuple[NDArray, NDArray, NDArray]:
    """Pointers to the targets of each chain, and for each junction the chains that have any."""
    n_chains = len(graph.head)
    on_chain = np.zeros(n_chains + 1, np.int32)
    np.cumsum(np.bincount(target.chain, minlength=n_chains), out=on_chain[1:])
    used = np.unique(target.chain)
    node = np.concatenate([graph.head[used], graph.tail[used]])
    chain = np.concatenate([used, used])
    once = np.ones(len(node), np.bool_)
    once[len(used) :] = graph.head[used] != graph.tail[used]
    node, chain = node[once], chain[once]
    order = np.lexsort((chain, node))
    start = np.zeros(graph.n_nodes + 1, np.int32)
    np.cumsum(np.bincount(node, minlength=graph.n_nodes), out=start[1:])
    return on_chain, start, chain[order].astype(np.int32)


def _buckets(graph: Compact, source: OnChains, limit: int) -> tuple[int, int]:
    """Width of a bucket as a shift, and their number, a power of two that spans any one step."""
    longest = int(graph.chain_dm.max(initial=0))
    first = int(max(source.to_head_dm.max(initial=0), source.to_tail_dm.max(initial=0)))
    span = min(limit, max(longest, first)) + 1
    shift = 3
    while (span >> shift) + 2 > MOST_BUCKETS:
        shift += 1
    number = 64
    while number < (span >> shift) + 2:
        number *= 2
    return shift, number


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
        _place(start, item[begin : begin + len(rows)], rows, block_point, block_cost, point, cost)
    return Reach(start, point, cost, n_points)


@nb.njit(nogil=True, cache=True)
def _place(start, item, rows, block_point, block_cost, point, cost):  # type: ignore[no-untyped-def]
    at = 0
    for k in range(len(rows)):
        to = start[item[k]]
        for j in range(rows[k]):
            point[to + j] = block_point[at + j]
            cost[to + j] = block_cost[at + j]
        at += rows[k]


@nb.njit(nogil=True, cache=True)
def _rows(  # type: ignore[no-untyped-def]
    begin, end, limit, shift, n_buckets, s_chain, s_head, s_tail, s_rank, s_along, s_access,
    start, link, head, tail, chain_dm, on_chain, at_node, node_chain,
    t_item, t_head, t_tail, t_rank, t_along, t_access, no_cost,
):  # fmt: skip
    """Sorted rows of the sources begin .. end-1: lengths, points and costs."""
    n = len(start) - 1
    far = limit + 1  # stands for "not reached"; labels above the limit never come in
    dist = np.full(n, far, np.int32)
    touched = np.empty(n, np.int32)
    first_in = np.full(n_buckets, -1, np.int32)
    word_mask, mask = (n_buckets >> 6) - 1, n_buckets - 1
    filled = np.zeros(n_buckets >> 6, np.uint64)
    one = np.uint64(1)
    entry = np.empty((1024, 3), np.int32)  # node, label, next in bucket
    free, n_entry = -1, 0
    cost_bits = 1
    while (1 << cost_bits) <= limit:
        cost_bits += 1
    key, spare = np.empty(1024, np.int64), np.empty(1024, np.int64)
    count = np.zeros((1 << DIGIT_BITS) + 2, np.int64)
    rows = np.zeros(end - begin, np.int64)
    point = np.empty(4096, np.int32)
    cost = np.empty(4096, no_cost.dtype)
    used = 0
    for s in range(begin, end):
        own = s_chain[s]
        n_touched, live = 0, 0
        # -- labels of all junctions within the limit
        for side in range(2):
            node = head[own] if side == 0 else tail[own]
            label = s_head[s] if side == 0 else s_tail[s]
            if label >= dist[node]:
                continue
            if dist[node] == far:
                touched[n_touched] = node
                n_touched += 1
            dist[node] = label
            if free >= 0:
                new = free
                free = entry[new, 2]
            else:
                new = n_entry
                n_entry += 1
            b = (label >> shift) & mask
            entry[new, 0], entry[new, 1], entry[new, 2] = node, label, first_in[b]
            first_in[b] = new
            filled[b >> 6] |= one << np.uint64(b & 63)
            live += 1
        b = 0
        if live > 0:
            b = (min(dist[head[own]], dist[tail[own]]) >> shift) & mask
        while live > 0:
            word = b >> 6
            bits = filled[word] & (~np.uint64(0) << np.uint64(b & 63))
            while bits == 0:
                word = (word + 1) & word_mask
                bits = filled[word]
            b = (word << 6) | np.int64(lowest_bit(bits))
            while first_in[b] >= 0:
                e = first_in[b]
                node, label = entry[e, 0], entry[e, 1]
                first_in[b] = entry[e, 2]
                entry[e, 2] = free
                free = e
                live -= 1
                if label != dist[node]:
                    continue
                for k in range(start[node], start[node + 1]):
                    other = link[k, 0]
                    longer = label + link[k, 1]
                    if longer >= dist[other]:
                        continue
                    if dist[other] == far:
                        touched[n_touched] = other
                        n_touched += 1
                    dist[other] = longer
                    if free >= 0:
                        new = free
                        free = entry[new, 2]
                    else:
                        if n_entry == len(entry):
                            grown = np.empty((2 * n_entry, 3), np.int32)
                            grown[:n_entry] = entry
                            entry = grown
                        new = n_entry
                        n_entry += 1
                    to = (longer >> shift) & mask
                    entry[new, 0], entry[new, 1], entry[new, 2] = other, longer, first_in[to]
                    first_in[to] = new
                    filled[to >> 6] |= one << np.uint64(to & 63)
                    live += 1
            filled[b >> 6] &= ~(one << np.uint64(b & 63))
        # -- points of every chain with an end within the limit, each chain once
        n_key = 0
        for i in range(-1, n_touched):
            if i < 0:  # the own chain comes first, with the direct way along it
                c_begin, c_end, node = 0, 1, -1
            else:
                node = touched[i]
                c_begin, c_end = at_node[node], at_node[node + 1]
            for c in range(c_begin, c_end):
                chain = own if i < 0 else node_chain[c]
                a, z = head[chain], tail[chain]
                if i >= 0:
                    if chain == own:
                        continue
                    other = z if node == a else a
                    if other < node and dist[other] != far:
                        continue
                from_head, from_tail = dist[a], dist[z]
                t_begin, t_end = on_chain[chain], on_chain[chain + 1]
                if n_key + t_end - t_begin > len(key):
                    size = 2 * (n_key + t_end - t_begin)
                    grown_key = np.empty(size, np.int64)
                    grown_key[:n_key] = key[:n_key]
                    key, spare = grown_key, np.empty(size, np.int64)
                for t in range(t_begin, t_end):
                    d = min(from_head + t_head[t], from_tail + t_tail[t])
                    if i < 0:
                        if t_rank[t] > s_rank[s]:
                            d = min(d, t_head[t] + s_tail[s] - chain_dm[chain])
                        elif t_rank[t] < s_rank[s]:
                            d = min(d, t_tail[t] + s_head[s] - chain_dm[chain])
                        else:
                            apart = np.int64(
                                np.floor(abs(t_along[t] - s_along[s]) * 10.0 + 0.500001)
                            )
                            d = min(d, s_access[s] + apart + t_access[t])
                    if d <= limit:
                        key[n_key] = (np.int64(d) << 32) | t_item[t]
                        n_key += 1
        for i in range(n_touched):
            dist[touched[i]] = far
        # -- the sorted row
        if used + n_key > len(point):
            size = 2 * (used + n_key)
            grown_point = np.empty(size, np.int32)
            grown_point[:used] = point[:used]
            grown_cost = np.empty(size, no_cost.dtype)
            grown_cost[:used] = cost[:used]
            point, cost = grown_point, grown_cost
        row = sort_row(key, spare, n_key, cost_bits, count)
        for j in range(n_key):
            point[used + j] = row[j] & 0xFFFFFFFF
            cost[used + j] = row[j] >> 32
        used += n_key
        rows[s - begin] = n_key
    return rows, point[:used].copy(), cost[:used].copy()
