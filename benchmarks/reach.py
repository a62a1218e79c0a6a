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
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.machine import describe
from siting.walking.compact import compact
from siting.walking.network import Network, load_network
from siting.walking.rounding import decimetres
from siting.walking.search import walk
from siting.walking.snapping import Snapped, snap

HERE = Path(__file__).parent
PORTO = HERE / "data" / "porto" / "porto_portugal.osm.pbf"
CRS = "EPSG:32629"
LIMIT_DM = 12_000
BATCH = 50


@dataclass
class Row:
    """One method on one graph."""

    graph: str
    method: str
    nodes: int
    sources: int
    prepare_s: float
    us_per_source: float
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


def at_nodes(network: Network, nodes: NDArray[np.int64] | None = None) -> Snapped:
    """Nodes as snapped places, without asking where they are: each on one of its edges."""
    edge = np.full(network.n_nodes, -1, np.int32)
    at_v = np.zeros(network.n_nodes, np.bool_)
    numbers = np.arange(network.n_edges, dtype=np.int32)
    edge[network.edge_v], at_v[network.edge_v] = numbers, True
    edge[network.edge_u], at_v[network.edge_u] = numbers, False
    chosen = np.arange(network.n_nodes) if nodes is None else nodes
    edge, at_v = edge[chosen], at_v[chosen]
    dm, metres = network.edge_dm[edge], network.edge_m[edge]
    zero = np.zeros(len(chosen), np.int32)
    return Snapped(
        edge, zero, np.where(at_v, dm, 0), np.where(at_v, 0, dm),
        np.where(at_v, metres, 0.0), network.node_xy[chosen],
    )  # fmt: skip


def checksum(pairs: Pairs) -> str:
    """Of all pairs, in any order: how many, the sum of costs, a hash of which costs what."""
    source, node, cost = (a.astype(np.uint64) for a in pairs)
    prime = np.uint64(1_000_003)
    mixed = ((source * prime + node) * prime + cost) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    return f"{len(cost)}/{int(cost.sum())}/{int(mixed.sum()):016x}"


def by_siting(network: Network, sources: NDArray[np.int64]) -> tuple[float, float, Pairs]:
    """Preparing is everything that does not depend on the sources: measured with one source."""
    points = at_nodes(network)
    walk(network, at_nodes(network, sources[:1]), points, LIMIT_DM, threads=1)  # compiles
    prepare, _ = _timed(
        lambda: walk(network, at_nodes(network, sources[:1]), points, LIMIT_DM, threads=1)
    )
    places = at_nodes(network, sources)
    seconds, reach = _timed(lambda: walk(network, places, points, LIMIT_DM, threads=1))
    row = np.repeat(np.arange(len(sources)), np.diff(reach.start))
    pairs = (row, reach.point.astype(np.int64), reach.cost.astype(np.int64))
    return prepare, seconds - prepare, pairs


def by_scipy(network: Network, sources: NDArray[np.int64]) -> tuple[float, float, Pairs]:
    """Only the search is counted, not picking the finite distances out of its dense rows."""
    table = links(network)
    n = network.n_nodes
    prepare, graph = _timed(
        lambda: csr_array(
            (
                np.concatenate([table.dm, table.dm]).astype(np.float64),
                (np.concatenate([table.u, table.v]), np.concatenate([table.v, table.u])),
            ),
            shape=(n, n),
        )
    )
    total, parts = 0.0, []
    for begin in range(0, len(sources), BATCH):
        batch = sources[begin : begin + BATCH]
        seconds, distance = _timed(partial(dijkstra, graph, indices=batch, limit=float(LIMIT_DM)))
        total += seconds
        row, node = np.nonzero(np.isfinite(distance))
        parts.append((row + begin, node, distance[row, node].astype(np.int64)))
    return prepare, total, _joined(parts)


def by_pandana(network: Network, sources: NDArray[np.int64]) -> tuple[float, float, Pairs]:
    """Preparing is its contraction hierarchy."""
    import pandana

    table = links(network)
    x, y = (pd.Series(network.node_xy[:, k]) for k in (0, 1))
    weights = table[["dm"]].astype(np.float64)
    prepare, graph = _timed(lambda: pandana.Network(x, y, table.u, table.v, weights))
    seconds, found = _timed(lambda: graph.nodes_in_range(sources.tolist(), float(LIMIT_DM)))
    position = pd.Series(np.arange(len(sources)), index=sources)
    found = found.drop_duplicates(["source", "destination"])
    found = found[found["dm"] <= LIMIT_DM]
    pairs = (
        position[found["source"]].to_numpy(),
        found["destination"].to_numpy(np.int64),
        np.rint(found["dm"]).to_numpy(np.int64),
    )
    return prepare, seconds, pairs


METHODS: dict[str, Callable[[Network, NDArray[np.int64]], tuple[float, float, Pairs]]] = {
    "siting": by_siting,
    "scipy": by_scipy,
    "pandana": by_pandana,
}


def _joined(parts: list[Pairs]) -> Pairs:
    a, b, c = (np.concatenate(column) for column in zip(*parts, strict=True))
    return a, b, c


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result


def settled_per_second(network: Network, sources: NDArray[np.int64]) -> dict[str, float]:
    """The bare search: junctions labelled per second when one single point is asked for."""
    places, one = at_nodes(network, sources), at_nodes(network, sources[:1])
    walk(network, one, one, LIMIT_DM, threads=1)
    prepare, _ = _timed(lambda: walk(network, one, one, LIMIT_DM, threads=1))
    seconds, _ = _timed(lambda: walk(network, places, one, LIMIT_DM, threads=1))
    junctions = compact(network).n_nodes
    reach = walk(network, places, at_nodes(network), LIMIT_DM, threads=1)
    settled = reach.n_pairs * junctions / network.n_nodes
    return {
        "junctions_after_contraction": junctions,
        "us_per_search": (seconds - prepare) / len(sources) * 1e6,
        "settled_per_second": settled / (seconds - prepare),
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
    seconds, reach = _timed(lambda: walk(network, places, points, LIMIT_DM, threads=1))
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
        "`python -m benchmarks reach`. Processor time on one core, the same graph and sources for",
        "all, checksums (pairs / sum of decimetres / hash) equal. Preparing (contraction,",
        "hierarchy) is not counted in the time a source. Siting's rows come out sorted; scipy's",
        "time leaves out picking the reached nodes from its dense rows.",
        "",
        "| graph | nodes | method | prepare s | µs a source | Siting is faster by | checksum |",
        "|---|---:|---|---:|---:|---:|---|",
    ]
    ours = {r["graph"]: r["us_per_source"] for r in result["rows"] if r["method"] == "siting"}
    lines += [
        f"| {r['graph']} | {r['nodes']:,} | {r['method']} | {r['prepare_s']:.2f} "
        f"| {r['us_per_source']:,.1f} | {r['us_per_source'] / ours[r['graph']]:,.0f} × "
        f"| {r['checksum']} |"
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
    """All methods on both graphs.

    Raises:
        SystemExit: when two methods disagree.
    """
    rows = []
    for name, graph in (("junctions", network), ("every node", every_vertex(network))):
        sources = np.random.default_rng(0).choice(graph.n_nodes, n_sources, replace=False)
        for method in methods:
            prepare, seconds, pairs = METHODS[method](graph, sources.astype(np.int64))
            rows.append(
                Row(
                    name, method, graph.n_nodes, n_sources, prepare, seconds / n_sources * 1e6,
                    len(pairs[0]) / n_sources, checksum(pairs),
                )
            )  # fmt: skip
            print(rows[-1], flush=True)
        if len({r.checksum for r in rows if r.graph == name}) > 1:
            sys.exit(f"the methods disagree on the graph of {name}")
    return rows


def main(arguments: list[str]) -> int:
    """Measure, print, and write results/reach.json and .md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks reach", description=__doc__)
    parser.add_argument("--sources", type=int, default=1000)
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
