"""Connected parts of a network: which are kept, and what the reader is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from siting.notice import Notice
from siting.walking.network import Network


def components(network: Network) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Component of each edge, and the kilometres of each component, longest first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = network.n_nodes
    one = np.ones(network.n_edges, np.int8)
    _, node = connected_components(
        coo_array((one, (network.edge_u, network.edge_v)), shape=(n, n)), directed=False
    )
    edge = node[network.edge_u]
    km = np.bincount(edge, network.edge_m, minlength=edge.max(initial=-1) + 1) / 1000
    order = np.argsort(-km, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order))
    return rank[edge], km[order]


def keep_edges(network: Network, keep: NDArray[np.bool_]) -> Network:
    """Some edges only, in their order, and the nodes they need."""
    shape_keep = np.repeat(keep, np.diff(network.shape_start))
    nodes, ends = np.unique(
        np.concatenate([network.edge_u[keep], network.edge_v[keep]]), return_inverse=True
    )
    half = int(keep.sum())
    count = np.diff(network.shape_start)[keep]
    return replace(
        network,
        node_xy=network.node_xy[nodes],
        edge_u=ends[:half].astype(np.int32),
        edge_v=ends[half:].astype(np.int32),
        traits=None if network.traits is None else network.traits.rows(keep),
        edge_m=network.edge_m[keep],
        edge_dm=network.edge_dm[keep],
        shape_start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        shape_xy=network.shape_xy[shape_keep],
    )


def leave_out(network: Network, scrap_m: float) -> Network:
    """Without the parts that have less street than this; the longest is always kept.

    Whoever stands nearest to such a part walks on to the next street, so what is left out must be
    a slip of the map and no island: the planner decides.
    """
    component, km = components(network)
    kept = km * 1000 >= scrap_m
    kept[:1] = True
    if kept.all():
        return network
    report = network.report | {
        "components_kept": int(kept.sum()),
        "edges_left_out_with_small_components": int((~kept[component]).sum()),
        "km_left_out_with_small_components": round(float(km[~kept].sum()), 3),
    }
    told = Notice(
        "network.parts_left_out",
        n=(~kept).sum(),
        of=len(km),
        metres=scrap_m,
        left=km[~kept].sum(),
        all=km.sum(),
    )
    # that several are kept was told of all of them
    warnings = [w for w in network.warnings if w.key != "network.parts_kept"]
    less = keep_edges(network, kept[component])
    if kept.sum() > 1:
        warnings.append(_kept(km[kept]))
    return describe(replace(less, report=report, warnings=(*warnings, told)))


def tell(network: Network) -> Network:
    """Every part is kept, and that there are several is told.

    A part may be an island, a village of its own or what a closed gate parts; were it left out,
    who stands on it would step across to another.
    """
    _, km = components(network)
    warnings = network.warnings
    if len(km) > 1:
        warnings += (_kept(km),)
    report = network.report | {"components": len(km), "components_kept": len(km)}
    return describe(replace(network, report=report, warnings=warnings))


def _kept(km: NDArray[np.float64]) -> Notice:
    return Notice("network.parts_kept", n=len(km), longest=km[0], all=km.sum())


def describe(network: Network) -> Network:
    """The sizes in the report."""
    sizes = {
        "nodes": network.n_nodes,
        "edges": network.n_edges,
        "km": round(float(network.edge_m.sum()) / 1000, 3),
    }
    return replace(network, report=network.report | sizes)
