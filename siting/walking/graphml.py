"""A network from GraphML as OSMnx writes it.

Node data x, y; edge data length (metres) and, where simplified, geometry (WKT from source to
target); graph data crs. Edges stay as given; one written in both directions is one edge.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from siting.errors import Fault, InputError
from siting.files.raw import said
from siting.notice import Notice, quoted
from siting.walking.components import tell
from siting.walking.crossings import tell_crossings
from siting.walking.given_lengths import check_lengths
from siting.walking.network import Network
from siting.walking.osm_rules import edge_traits
from siting.walking.projecting import no_degrees, project
from siting.walking.rounding import LONGEST_DM, decimetres

_SPACE = "{http://graphml.graphdrawing.org/xmlns}"


@dataclass
class _Graph:
    """What the file says, by the names of its data."""

    graph: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, dict[str, str]] = field(default_factory=dict)
    edges: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    """Nodes that stand there once more."""


def _refuse_entities(path: Path, where: str) -> None:
    """A document type could define entities that grow without end; GraphML needs none."""
    with path.open("rb") as file:
        before = b""
        while block := file.read(2**16):
            text = (before + block).lower()
            root = text.find(b"<graphml")
            if 0 <= text.find(b"<!doctype") < (root if root >= 0 else len(text)):
                raise InputError(Fault(where, Notice("fault.no_doctype"), "<!DOCTYPE"))
            if root >= 0:
                return
            before = text[-16:]


def _parse(path: Path, where: str) -> _Graph:
    names: dict[str, str] = {}
    found = _Graph()
    depth: list[ET.Element] = []
    graphs = 0
    for event, element in ET.iterparse(path, events=("start", "end")):
        kind = element.tag.removeprefix(_SPACE)
        if event == "start":
            depth.append(element)
            continue
        depth.pop()
        if kind == "key":
            names[element.get("id", "")] = element.get("attr.name", "")
        elif kind in ("node", "edge"):
            data = _data(element, names)
            if kind == "node":
                name = element.get("id", "")
                if name in found.nodes:
                    found.twice.append(name)
                found.nodes[name] = data
            else:
                found.edges.append((element.get("source", ""), element.get("target", ""), data))
            if depth:
                depth[-1].remove(element)
        elif kind == "graph":
            found.graph = _data(element, names)
            graphs += 1
    if not graphs:
        raise InputError(Fault(where, Notice("fault.graphml"), Notice("fault.no_graph")))
    return found


def _data(element: ET.Element, names: dict[str, str]) -> dict[str, str]:
    return {
        names.get(data.get("key", ""), data.get("key", "")): data.text or ""
        for data in element
        if data.tag.removeprefix(_SPACE) == "data"
    }


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")


def read(path: Path, crs: str, where: str) -> Network:
    """Read a GraphML file.

    Args:
        where: the file, as messages name it.

    Raises:
        InputError: with every fault found.
    """
    _refuse_entities(path, where)
    found = _parse(path, where)
    index = {name: k for k, name in enumerate(found.nodes)}
    given = np.array(
        [[_number(d.get("x")), _number(d.get("y"))] for d in found.nodes.values()], np.float64
    ).reshape(-1, 2)
    faults = []
    if not found.edges:
        faults.append(Fault(where, Notice("fault.an_edge"), Notice("fault.none")))
    if found.twice:
        faults.append(Fault(where, Notice("fault.unique_ids"), _some(found.twice)))
    source = found.graph.get("crs") or "EPSG:4326"
    try:
        CRS.from_user_input(source)
    except CRSError:
        expected, cure = Notice("fault.name_known_system"), Notice("fault.save_graphml")
        faults.append(Fault(where, expected, quoted(source), key="crs", hint=cure))
    if bad := [n for n, xy in zip(found.nodes, given, strict=True) if not np.isfinite(xy).all()]:
        faults.append(Fault(where, Notice("fault.nodes_xy"), _some(bad)))
    if bad := [f"{u}-{v}" for u, v, _ in found.edges if u not in index or v not in index]:
        faults.append(Fault(where, Notice("fault.edges_join"), _some(bad)))
    metres = np.array([_number(d.get("length")) for _, _, d in found.edges])
    wrong = ~((metres >= 0) & (metres * 10 < LONGEST_DM))
    if wrong.any():
        bad = [f"{found.edges[k][0]}-{found.edges[k][1]}" for k in np.flatnonzero(wrong)]
        faults.append(Fault(where, Notice("fault.edges_length"), _some(bad)))
    if faults:
        raise InputError(faults)
    ends = np.array([[index[u], index[v]] for u, v, _ in found.edges], np.int32)
    start, shape = _shapes(where, found, given, ends)
    keep = _one_direction(ends, metres, start, shape)
    length = np.diff(start)
    vertices = shape[np.repeat(keep, length)]
    node_xy, shape_xy = project(given, source, crs), project(vertices, source, crs)
    if not (np.isfinite(node_xy).all() and np.isfinite(shape_xy).all()):
        expected, hint = Notice("fault.where_defined", crs=crs), no_degrees(given, source)
        raise InputError(Fault(where, expected, source, hint=hint))
    network = Network(
        node_xy,
        ends[keep, 0].copy(),
        ends[keep, 1].copy(),
        metres[keep],
        decimetres(metres[keep]),
        np.concatenate([[0], np.cumsum(length[keep])]).astype(np.int64),
        shape_xy,
        crs,
        {"edges_read": len(ends), "edges_of_the_other_direction": int((~keep).sum())},
        traits=edge_traits(d for _, _, d in found.edges).rows(keep),
        source=None if source == crs else str(source),
    )
    return tell(tell_crossings(check_lengths(network, where)))


def _shapes(
    where: str, found: _Graph, given: NDArray[np.float64], ends: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Course of every edge in the file's coordinates; straight where none is given."""
    lines = shapely.linestrings(given[ends])
    drawn = np.array([bool(d.get("geometry")) for _, _, d in found.edges])
    try:
        lines[drawn] = shapely.from_wkt(
            [d["geometry"] for _, _, d in found.edges if d.get("geometry")]
        )
    except shapely.errors.GEOSException as error:
        raise InputError(Fault(where, Notice("fault.geometry_wkt"), said(error))) from None
    count = shapely.get_num_points(lines)
    if (count < 2).any():
        raise InputError(Fault(where, Notice("fault.geometry_lines"), Notice("fault.other_shapes")))
    return np.concatenate([[0], np.cumsum(count)]).astype(np.int64), shapely.get_coordinates(lines)


def _one_direction(
    ends: NDArray[np.int32],
    metres: NDArray[np.float64],
    start: NDArray[np.int64],
    shape: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """False for an edge that repeats an earlier one, in either direction of the same course."""
    seen = set()
    keep = np.ones(len(ends), np.bool_)
    for k, (u, v) in enumerate(ends.tolist()):
        course = shape[start[k] : start[k + 1]].round(9)
        forth, back = course.tobytes(), course[::-1].tobytes()
        key = (min(u, v), max(u, v), round(float(metres[k]), 3), min(forth, back))
        keep[k] = key not in seen
        seen.add(key)
    return keep


def _some(names: list[str]) -> str:
    if len(names) > 5:
        return Notice("fault.more", some=names[:5], n=len(names) - 5)
    return Notice("fault.listed", names=names)
