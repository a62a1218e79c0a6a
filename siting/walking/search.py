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
from siting.walking.rounding import LONGEST_DM, decimetre
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
    spot = np.column_stack([target.to_head_dm, target.to_tail_dm, target.item])
    no_cost = np.zeros(1, dtype)

    def block(begin: int) -> tuple[NDArray, NDArray, NDArray]:
        return _rows(
            begin, min(begin + BLOCK, len(source)), limit, *_buckets(graph, source, limit),
            source.chain, source.to_head_dm, source.to_tail_dm, source.rank, source.along_m,
            source.access_dm, graph.start, graph.link, graph.head, graph.tail, graph.chain_dm,
            *incidence, spot, target.rank, target.along_m, target.access_dm, no_cost,
        )  # fmt: skip

    with ThreadPoolExecutor(threads or cpu_count()) as pool:
        blocks = list(pool.map(block, range(0, len(source), BLOCK)))
    return _assemble(blocks, source.item, n_places, n_points, dtype)


def _incidence(graph: Compact, target: OnChains) -> tuple[NDArray, NDArray, NDArray]:
    """Where the targets of each chain begin, and which chains with targets end at each junction.

    Returns:
        pointers into the targets, shape (n_chains + 1,); pointers into the third, shape
        (n_nodes + 1,); rows (other end, first target, last target + 1, 1 if the junction is the
        tail), shape (n, 4).
    """
    n_chains = len(graph.head)
    on_chain = np.zeros(n_chains + 1, np.int32)
    np.cumsum(np.bincount(target.chain, minlength=n_chains), out=on_chain[1:])
    used = np.unique(target.chain)
    head, tail = graph.head[used], graph.tail[used]
    ring = head == tail
    node = np.concatenate([head, tail[~ring]])
    chain = np.concatenate([used, used[~ring]])
    other = np.concatenate([tail, head[~ring]])
    at_tail = np.arange(len(node)) >= len(used)
    order = np.lexsort((chain, node))
    start = np.zeros(graph.n_nodes + 1, np.int32)
    np.cumsum(np.bincount(node, minlength=graph.n_nodes), out=start[1:])
    rows = np.column_stack([other, on_chain[chain], on_chain[chain + 1], at_tail])
    return on_chain, start, np.ascontiguousarray(rows[order], np.int32)


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


@nb.njit(inline="always")
def _room(key, spare, used, more):  # type: ignore[no-untyped-def]
    """Both arrays, longer where ``more`` elements (and one to spare) would not fit."""
    if used + more < len(key):
        return key, spare
    grown = np.empty(2 * (used + more) + 1, np.int64)
    grown[:used] = key[:used]
    return grown, np.empty(len(grown), np.int64)


@nb.njit(nogil=True, cache=True)
def _rows(  # type: ignore[no-untyped-def]
    begin, end, limit, shift, n_buckets, s_chain, s_head, s_tail, s_rank, s_along, s_access,
    start, link, head, tail, chain_dm, on_chain, at_node, ending,
    spot, t_rank, t_along, t_access, no_cost,
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
        # -- points of the own chain, with the direct way along it
        n_key = 0
        own_begin, own_end = on_chain[own], on_chain[own + 1]
        key, spare = _room(key, spare, n_key, own_end - own_begin)
        for t in range(own_begin, own_end):
            if t_rank[t] > s_rank[s]:
                d = spot[t, 0] + s_tail[s] - chain_dm[own]
            elif t_rank[t] < s_rank[s]:
                d = spot[t, 1] + s_head[s] - chain_dm[own]
            else:
                d = s_access[s] + decimetre(abs(t_along[t] - s_along[s])) + t_access[t]
            d = min(d, dist[head[own]] + spot[t, 0], dist[tail[own]] + spot[t, 1])
            key[n_key] = (np.int64(d) << 32) | spot[t, 2]
            n_key += d <= limit
        # -- points of every other chain with an end within the limit, each chain once
        for i in range(n_touched):
            node = touched[i]
            from_node = dist[node]
            for c in range(at_node[node], at_node[node + 1]):
                other, t_begin, t_end = ending[c, 0], ending[c, 1], ending[c, 2]
                from_other = dist[other]
                own_chain = t_begin == own_begin and t_end == own_end
                if own_chain or (other < node and from_other != far):
                    continue
                from_head, from_tail = from_node, from_other
                if ending[c, 3] == 1:
                    from_head, from_tail = from_other, from_node
                key, spare = _room(key, spare, n_key, t_end - t_begin)
                for t in range(t_begin, t_end):
                    d = min(from_head + spot[t, 0], from_tail + spot[t, 1])
                    key[n_key] = (np.int64(d) << 32) | spot[t, 2]
                    n_key += d <= limit
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
