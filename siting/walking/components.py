"""Connected parts of a network: which are kept, and what the reader is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from siting.notice import Notice
from siting.walking.network import Network

SMALL_KM = 5.0
"""Parts of an OpenStreetMap network with less street than this are left out (the largest never):
mapping slips, courtyards and scraps at the extract's edge, where a walk would lead nowhere."""
SMALL_SHARE = 0.1
"""Of the longest part's street; a second village is no scrap, nor is what a closed gate parts."""


def components(network: Network) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Component of each edge, and the kilometres of each component, longest first."""
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
        edge_m=network.edge_m[keep],
        edge_dm=network.edge_dm[keep],
        shape_start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        shape_xy=network.shape_xy[shape_keep],
    )


def drop_small(network: Network, small_km: float = SMALL_KM) -> Network:
    """Keep the longest component and every other with at least ``small_km`` of street.

    Of a small network a part may be large: :data:`SMALL_SHARE` of the longest is enough.
    """
    component, km = components(network)
    small_km = min(small_km, SMALL_SHARE * float(km[:1].sum()))
    kept = km >= small_km
    kept[:1] = True
    left_out = int((~kept).sum())
    report = network.report | {
        "components": len(km),
        "components_kept": int(kept.sum()),
        "edges_left_out_with_small_components": int((~kept[component]).sum()),
        "km_left_out_with_small_components": round(float(km[~kept].sum()), 3),
    }
    warnings = network.warnings
    if left_out:
        warnings += (
            Notice(
                "network.parts_left_out",
                n=left_out,
                of=len(km),
                small=small_km,
                left=km[~kept].sum(),
                all=km.sum(),
            ),
        )
    return describe(replace(keep_edges(network, kept[component]), report=report, warnings=warnings))


def tell(network: Network) -> Network:
    """Keep every component of a network given as it is, and say when there are several."""
    _, km = components(network)
    warnings = network.warnings
    if len(km) > 1:
        warnings += (Notice("network.parts_kept", n=len(km), longest=km[0], all=km.sum()),)
    report = network.report | {"components": len(km), "components_kept": len(km)}
    return describe(replace(network, report=report, warnings=warnings))


def describe(network: Network) -> Network:
    """Add the sizes to the report."""
    sizes = {
        "nodes": network.n_nodes,
        "edges": network.n_edges,
        "km": round(float(network.edge_m.sum()) / 1000, 3),
    }
    return replace(network, report=sizes | network.report)
