"""Reach against its peers on the streets of Porto: ``python -m benchmarks reach``.

Who is within 1,200 m of each source, by Siting's ``walk``, by scipy's bounded Dijkstra and by
pandana's ``nodes_in_range``: same graph, same sources, checksums compared. Once on the junctions,
once on every OpenStreetMap node. Times are processor seconds, so that the number of threads and
what else the machine does matter little; building a graph or a hierarchy is told apart.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.machine import describe
from siting.problem.reach import Reach
from siting.walking.load import load_network
from siting.walking.network import Network
from siting.walking.rounding import decimetres
from siting.walking.search import Walker, walk
from siting.walking.snapping import Snapped, snap

HERE = Path(__file__).parent
PORTO = HERE / "data" / "porto" / "porto_portugal.osm.pbf"
CRS = "EPSG:32629"
LIMIT_DM = 12_000
ROUND = 5000
"""Sources each method does in turn."""
BATCH = 50
"""Rows scipy makes at a time."""
REPEATS = 3
"""The best of so many runs counts: what else the machine does can only slow a run down."""


@dataclass
class Row:
    """One method on one graph."""

    graph: str
    method: str
    nodes: int
    sources: int
    prepare_s: float
    us_per_source: float
    us_to_pairs: float
    """The same up to a list of who is in reach, which scipy leaves in dense rows."""
    pairs_per_source: float
    checksum: str


T = TypeVar("T")
Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Source, node and cost of every pair."""


def every_vertex(network: Network) -> Network:
    """The same streets with every vertex a node, as OpenStreetMap has them."""
    key, number = np.unique(network.shape_xy, axis=0, return_inverse=True)
    number = number.reshape(-1)
    last = np.zeros(len(number), np.bool_)
    last[network.shape_start[1:] - 1] = True
    begin = np.flatnonzero(~last)
    u, v = (number[k].astype(np.int32) for k in (begin, begin + 1))
    metres = np.hypot(*(key[u] - key[v]).T)
    shape = key[np.column_stack([u, v]).ravel()]
    start = 2 * np.arange(len(u) + 1, dtype=np.int64)
    return Network(key, u, v, metres, decimetres(metres), start, shape, network.crs)


def links(network: Network) -> pd.DataFrame:
    """Undirected links u < v with the least decimetres of parallel edges; loops left out."""
    table = pd.DataFrame(
        {
            "u": np.minimum(network.edge_u, network.edge_v),
            "v": np.maximum(network.edge_u, network.edge_v),
            "dm": network.edge_dm,
        }
    )
    table = table[table.u != table.v]
    return table.groupby(["u", "v"])["dm"].min().reset_index()


def at_nodes(network: Network) -> Snapped:
    """All nodes as snapped places, without asking where they are: each on one of its edges."""
    edge = np.full(network.n_nodes, -1, np.int32)
    at_v = np.zeros(network.n_nodes, np.bool_)
    numbers = np.arange(network.n_edges, dtype=np.int32)
    edge[network.edge_v], at_v[network.edge_v] = numbers, True
    edge[network.edge_u], at_v[network.edge_u] = numbers, False
    dm, metres = network.edge_dm[edge], network.edge_m[edge]
    zero = np.zeros(network.n_nodes, np.int32)
    return Snapped(
        edge,
        zero,
        np.where(at_v, dm, 0),
        np.where(at_v, 0, dm),
        np.where(at_v, metres, 0.0),
        network.node_xy,
    )


def some(places: Snapped, chosen: NDArray[np.int64]) -> Snapped:
    """A few of many places."""
    return Snapped(*(getattr(places, f.name)[chosen] for f in fields(places)))


def checksum(pairs: Pairs) -> tuple[int, int, int]:
    """Of all pairs, in any order: how many, the sum of costs, a hash of which costs what."""
    source, node, cost = (a.astype(np.uint64) for a in pairs)
    prime = np.uint64(1_000_003)
    mixed = ((source * prime + node) * prime + cost) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    return len(cost), int(cost.sum()), int(mixed.sum())


class BySiting:
    """Preparing is contracting the network and hanging the points on it."""

    picking = 0.0

    def __init__(self, network: Network) -> None:
        self.nodes = at_nodes(network)
        self.walker = Walker.to(network, self.nodes, LIMIT_DM)

    def search(self, sources: NDArray[np.int64]) -> Reach:
        """Rows sorted by distance."""
        return self.walker.walk(some(self.nodes, sources), threads=1)

    def pairs(self, found: Reach) -> Pairs:
        """Already pairs."""
        row = np.repeat(np.arange(found.n_places), np.diff(found.start))
        return row, found.point.astype(np.int64), found.cost.astype(np.int64)


class ByScipy:
    """Preparing is building its matrix. Searches in batches that keep its dense rows small."""

    def __init__(self, network: Network) -> None:
        table = links(network)
        ends = (np.concatenate([table.u, table.v]), np.concatenate([table.v, table.u]))
        metres = np.concatenate([table.dm, table.dm]).astype(np.float64)
        self.graph = csr_array((metres, ends), shape=(network.n_nodes, network.n_nodes))

    def search(self, sources: NDArray[np.int64]) -> Pairs:
        """Dense rows, then who was reached picked out of them, which is timed apart."""
        self.picking, parts = 0.0, []
        for begin in range(0, len(sources), BATCH):
            batch = sources[begin : begin + BATCH]
            distance = dijkstra(self.graph, indices=batch, limit=float(LIMIT_DM))
            begun = time.process_time()
            row, node = np.nonzero(np.isfinite(distance))
            parts.append((row + begin, node, distance[row, node].astype(np.int64)))
            self.picking += time.process_time() - begun
        a, b, c = (np.concatenate(column) for column in zip(*parts, strict=True))
        return a, b, c

    def pairs(self, found: Pairs) -> Pairs:
        """Already pairs."""
        return found


class ByPandana:
    """Preparing is its contraction hierarchy."""

    picking = 0.0

    def __init__(self, network: Network) -> None:
        import pandana

        table = links(network)
        x, y = (pd.Series(network.node_xy[:, k]) for k in (0, 1))
        weights = table[["dm"]].astype(np.float64)
        self.graph = pandana.Network(x, y, table.u, table.v, weights)

    def search(self, sources: NDArray[np.int64]) -> tuple[NDArray[np.int64], pd.DataFrame]:
        """A table of source, destination, distance."""
        return sources, self.graph.nodes_in_range(sources.tolist(), LIMIT_DM + 0.5)

    def pairs(self, found: tuple[NDArray[np.int64], pd.DataFrame]) -> Pairs:
        """Rounded: single precision gives 12,000.001 where 12,000 is meant."""
        sources, table = found
        position = pd.Series(np.arange(len(sources)), index=sources)
        dm = np.rint(table["dm"].to_numpy()).astype(np.int64)
        near = dm <= LIMIT_DM
        row = position[table["source"]].to_numpy(np.int64)
        return row[near], table["destination"].to_numpy(np.int64)[near], dm[near]


METHODS: dict[str, Any] = {"siting": BySiting, "scipy": ByScipy, "pandana": ByPandana}


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def _best(work: Callable[[], T]) -> tuple[float, T]:
    runs = [_timed(work) for _ in range(REPEATS)]
    return min(seconds for seconds, _ in runs), runs[-1][1]


def settled_per_second(network: Network, sources: NDArray[np.int64]) -> dict[str, float]:
    """The bare search: junctions labelled per second when one single point is asked for."""
    places, one = some(at_nodes(network), sources), some(at_nodes(network), sources[:1])
    walker = Walker.to(network, one, LIMIT_DM)
    seconds, _ = _best(lambda: walker.walk(places, threads=1))
    junctions = walker.graph.n_nodes
    reach = walk(network, places, at_nodes(network), LIMIT_DM, threads=1)
    settled = reach.n_pairs * junctions / network.n_nodes  # contracted ones left out by share
    return {
        "junctions_after_contraction": junctions,
        "us_per_search": seconds / len(sources) * 1e6,
        "settled_per_second": settled / seconds,
    }


def a_million_points(network: Network, n_points: int, n_places: int) -> dict[str, float]:
    """Demand points strewn along the streets; places among them."""
    rng = np.random.default_rng(1)
    edge = rng.choice(network.n_edges, n_points, p=network.edge_m / network.edge_m.sum())
    share = rng.random(n_points)[:, None]
    u, v = network.node_xy[network.edge_u[edge]], network.node_xy[network.edge_v[edge]]
    xy = u + (v - u) * share + rng.normal(0, 15, (n_points, 2))
    snap(network, xy[:10], 300.0, threads=1)
    snapping, points = _timed(lambda: snap(network, xy, 300.0, threads=1))
    places = snap(network, xy[rng.choice(n_points, n_places, replace=False)], 300.0)
    seconds, reach = _best(lambda: walk(network, places, points, LIMIT_DM, threads=1))
    size = reach.start.nbytes + reach.point.nbytes + reach.cost.nbytes
    pairs = reach.n_pairs
    return {
        "points": n_points,
        "places": n_places,
        "pairs": pairs,
        "us_per_point_snapped": snapping / n_points * 1e6,
        "us_per_place": seconds / n_places * 1e6,
        "ns_per_pair": seconds / pairs * 1e9,
        "bytes_per_pair": size / pairs,
    }


def page(result: dict) -> str:
    """The result as Markdown."""
    machine = result["machine"]
    versions = ", ".join(f"{k} {v}" for k, v in machine["versions"].items() if v)
    lines = [
        "# Reach at 1,200 m on the streets of Porto",
        "",
        f"`python -m benchmarks reach`: {result['rows'][0]['sources']:,} random sources, processor",
        f"time on one core, best of {REPEATS} runs, the same graph and sources for all, checksums",
        "(pairs / sum of decimetres / hash) equal. Preparing (contraction, hierarchy) is not in",
        "the time a source. Siting's rows come out sorted by distance; scipy's dense rows have to",
        "be searched for what was reached before they are of use: both times are given.",
        "",
        "| graph | nodes | in reach | method | prepare s | µs a source | Siting is faster by "
        "| µs up to pairs | by | checksum |",
        "|---|---:|---:|---|---:|---:|---:|---:|---:|---|",
    ]
    ours = {r["graph"]: r["us_per_source"] for r in result["rows"] if r["method"] == "siting"}
    lines += [
        f"| {r['graph']} | {r['nodes']:,} | {r['pairs_per_source']:,.0f} | {r['method']} "
        f"| {r['prepare_s']:.2f} | {r['us_per_source']:,.1f} "
        f"| {r['us_per_source'] / ours[r['graph']]:,.0f} × | {r['us_to_pairs']:,.1f} "
        f"| {r['us_to_pairs'] / ours[r['graph']]:,.0f} × | {r['checksum']} |"
        for r in result["rows"]
    ]
    bare, many = result["search"], result["million"]
    lines += [
        "",
        f"The bare search settles {bare['settled_per_second'] / 1e6:.1f} million junctions a "
        f"second ({bare['us_per_search']:.1f} µs a source over "
        f"{bare['junctions_after_contraction']:,} junctions).",
        f"With {many['points']:,} demand points: {many['us_per_place']:.0f} µs a place, "
        f"{many['ns_per_pair']:.0f} ns a pair sorted by cost, {many['bytes_per_pair']:.2f} bytes "
        f"a pair ({many['pairs']:,} pairs of {many['places']:,} places); snapping takes "
        f"{many['us_per_point_snapped']:.2f} µs a point. All on one core.",
        "",
        f"Network read in {result['load_s']:.1f} s: {result['network']['km']:,.0f} km.",
        f"Machine: {machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"{machine['system']}; {versions}.",
        "Street data © OpenStreetMap contributors, ODbL 1.0.",
        "",
    ]
    return "\n".join(lines)


def measure(n_sources: int, methods: list[str], network: Network) -> list[Row]:
    """All methods on both graphs, round by round so that a busy machine is busy for all alike.

    Raises:
        SystemExit: when two methods disagree.
    """
    rows = []
    for name, graph in (("every node", every_vertex(network)), ("junctions only", network)):
        sources = np.random.default_rng(0).choice(graph.n_nodes, n_sources, replace=False)
        ready: dict[str, Any] = {}
        seconds: dict[str, NDArray[np.float64]] = {}
        sums: dict[str, list[tuple[int, int, int]]] = {}
        for method in methods:
            prepare, ready[method] = _timed(partial(METHODS[method], graph))
            ready[method].search(sources[:1])  # compiles
            seconds[method] = np.array([prepare, 0.0, 0.0])
            sums[method] = []
        for part in np.split(sources, range(ROUND, n_sources, ROUND)):
            for method in methods:
                runs = []
                for _ in range(REPEATS):
                    listed, found = _timed(partial(ready[method].search, part))
                    runs.append((0.0, listed - ready[method].picking, listed))
                seconds[method] += np.min(runs, axis=0)
                pairs = ready[method].pairs(found)
                sums[method].append(checksum(pairs))
        for method in methods:
            if sums[method] != sums[methods[0]]:
                sys.exit(f"{method} and {methods[0]} disagree on the graph of {name}")
            prepare, search, listed = seconds[method].tolist()
            pairs_each, total = (sum(s[k] for s in sums[method]) for k in (0, 1))
            rows.append(
                Row(
                    name,
                    method,
                    graph.n_nodes,
                    n_sources,
                    prepare,
                    search / n_sources * 1e6,
                    listed / n_sources * 1e6,
                    pairs_each / n_sources,
                    f"{pairs_each}/{total}/{sum(s[2] for s in sums[method]) % 2**64:016x}",
                )
            )
            print(rows[-1], flush=True)
    return rows


def main(arguments: list[str]) -> int:
    """Measure, print, and write results/reach.json and .md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks reach", description=__doc__)
    parser.add_argument("--sources", type=int, default=5000)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--places", type=int, default=10_000)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--network", type=Path, default=PORTO)
    parser.add_argument("--out", type=Path, default=HERE / "results")
    given = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # pandana
    load_s, network = _timed(lambda: load_network(given.network, CRS))
    rows = measure(given.sources, given.methods.split(","), network)
    many = np.random.default_rng(2).choice(network.n_nodes, 5000, replace=True).astype(np.int64)
    result = {
        "rows": [asdict(r) for r in rows],
        "search": settled_per_second(network, many),
        "million": a_million_points(network, given.points, given.places),
        "load_s": load_s,
        "network": network.report,
        "machine": describe("pandana", "osmium"),
    }
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "reach.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    text = page(result)
    (given.out / "reach.md").write_text(text, encoding="utf-8")
    print(text)
    return 0
