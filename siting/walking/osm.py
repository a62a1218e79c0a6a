"""Pedestrian network of an OpenStreetMap extract (.osm.pbf, .osm).

What is walkable follows the tags (wiki.openstreetmap.org/wiki/Key:highway, Key:foot, Key:access):
the kind of way first, then ``access``, then ``foot``, which overrides both. Squares (closed ways
and multipolygons of pedestrian kind) are walked along their outline and straight across between
the places where paths reach them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.walking.components import drop_small
from siting.walking.lines import Lines, network_of
from siting.walking.network import Network
from siting.walking.osm_file import in_order
from siting.walking.projecting import project
from siting.walking.squares import crossings

WALKABLE = frozenset(
    {
        "footway",
        "path",
        "pedestrian",
        "steps",
        "living_street",
        "residential",
        "service",
        "track",
        "unclassified",
        "road",
        "tertiary",
        "tertiary_link",
        "secondary",
        "secondary_link",
        "primary",
        "primary_link",
        "cycleway",
        "bridleway",
        "corridor",
        "platform",
        "elevator",
    }
)
ONLY_WITH_FOOT = frozenset(
    {"trunk", "trunk_link", "motorway", "motorway_link", "busway", "bus_guideway"}
)
"""Walkable where ``foot`` says so, or where a sidewalk belongs to the road; so are motorroads."""
SQUARES = frozenset({"pedestrian", "footway", "platform", "path", "living_street", "service"})
CLOSED = frozenset(
    {"no", "private", "agricultural", "forestry", "delivery", "military", "emergency"}
)
FOOT_CLOSED = frozenset({"no", "private", "use_sidepath"})
FOOT_OPEN = frozenset(
    {"yes", "designated", "permissive", "destination", "customers", "official", "public"}
)
SIDEWALKS = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
SIDEWALK = frozenset({"both", "left", "right", "yes"})

MOST_MISSING = 0.01
"""Share of a network's nodes that an extract may lack, at its edge, before that is told."""


def walkable(tags: Mapping[str, str]) -> bool:
    """Whether one may walk along a way with these tags."""
    kind = tags.get("highway", "")
    foot = tags.get("foot", "")
    if foot in FOOT_CLOSED or kind not in WALKABLE | ONLY_WITH_FOOT:
        return False
    if foot in FOOT_OPEN:
        return True
    if tags.get("access", "") in CLOSED:
        return False
    if kind in WALKABLE and tags.get("motorroad") != "yes":
        return True
    return any(tags.get(key, "") in SIDEWALK for key in SIDEWALKS)


def _is_square(tags: Mapping[str, str]) -> bool:
    return tags.get("highway", "") in SQUARES and (
        tags.get("area") == "yes" or tags.get("type") == "multipolygon"
    )


@dataclass
class _Ways:
    """Node numbers and positions of the ways read so far."""

    count: list[int] = field(default_factory=list)
    ref: list[int] = field(default_factory=list)
    x: list[int] = field(default_factory=list)
    """Longitude in 1e-7 degrees."""
    y: list[int] = field(default_factory=list)
    square: list[int] = field(default_factory=list)
    """Number of the square a way is the outline of, -1 when of none."""
    n_read: int = 0
    n_missing: int = 0

    @property
    def has_lines(self) -> bool:
        """Whether any of them leads somewhere."""
        return any(count > 1 for count in self.count)

    def add(self, way: Any, square: int = -1) -> None:
        """One way, broken where the extract lacks a node."""
        length = 0
        for node in way.nodes:
            if node.location.valid():
                self.ref.append(node.ref)
                self.x.append(node.x)
                self.y.append(node.y)
                length += 1
                continue
            self.n_missing += 1
            if length:
                self.count.append(length)
                self.square.append(-1)
                length = 0
        if length:
            self.count.append(length)
            self.square.append(square)


def _tags(entity: Any) -> dict[str, str]:
    return {tag.k: tag.v for tag in entity.tags}


def _members(path: Path) -> dict[int, int]:
    """Ways that outline a walkable multipolygon, with the relation's number."""
    relations = osmium.FileProcessor(str(path), osmium.osm.RELATION)
    member: dict[int, int] = {}
    relation: Any
    for relation in relations.with_filter(osmium.filter.KeyFilter("highway")):
        tags = _tags(relation)
        if tags.get("type") == "multipolygon" and walkable(tags):
            member |= {m.ref: relation.id for m in relation.members if m.type == "w"}
    return member


def _barriers(path: Path) -> set[int]:
    """Nodes that a walker may not pass: closed gates and the like."""
    nodes = osmium.FileProcessor(str(path), osmium.osm.NODE)
    closed: set[int] = set()
    node: Any
    for node in nodes.with_filter(osmium.filter.KeyFilter("barrier")):
        foot = node.tags.get("foot", "")
        if foot in FOOT_CLOSED or (foot not in FOOT_OPEN and node.tags.get("access", "") in CLOSED):
            closed.add(node.id)
    return closed


def _entities(path: Path, only: Any) -> Iterator[Any]:
    return iter(
        osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        .with_filter(only)
    )


def _read_ways(path: Path) -> tuple[_Ways, set[int]]:
    ways = _Ways()
    member = _members(path)
    for way in _entities(path, osmium.filter.KeyFilter("highway")):
        ways.n_read += 1
        tags = _tags(way)
        if walkable(tags):
            square = way.is_closed() and _is_square(tags)
            ways.add(way, way.id if square else -1)
            member.pop(way.id, None)
    if member:
        for way in _entities(path, osmium.filter.IdFilter(member)):
            ways.add(way, -2 - member[way.id])
    return ways, _barriers(path)


def read(path: Path, crs: str) -> Network:
    """The walkable network of an extract.

    Raises:
        InputError: when the file is no OpenStreetMap data or holds no walkable way.
    """
    with in_order(path) as file:
        ways, closed = _read_ways(file)
    if not ways.has_lines:
        found = Notice("fault.ways_none", n_read=ways.n_read)
        if ways.n_missing:
            found = Notice("fault.ways_missing", n_read=ways.n_read, n_missing=ways.n_missing)
        raise InputError(Fault(str(path), Notice("fault.walkable"), found))
    ref, first, number = np.unique(
        np.array(ways.ref, np.int64), return_index=True, return_inverse=True
    )
    lonlat = np.column_stack([np.array(ways.x)[first], np.array(ways.y)[first]]) * 1e-7
    xy = project(lonlat, "EPSG:4326", crs)
    if not np.isfinite(xy).all():
        raise InputError(
            Fault(
                str(path),
                Notice("fault.where_defined", crs=crs),
                Notice("fault.nodes_not_projectable"),
            )
        )
    start = np.concatenate([[0], np.cumsum(ways.count)]).astype(np.int64)
    lines = Lines(start, number.astype(np.int64), xy)
    across = crossings(lines, np.array(ways.square, np.int64))
    lines, n_split = _split_at(_append(lines, across), ref, closed)
    report = {
        "ways_read": ways.n_read,
        "ways_walkable": len(ways.count),
        "vertices": len(xy),
        "nodes_missing_in_extract": ways.n_missing,
        "closed_barriers": n_split,
        "straight_ways_across_squares": len(across),
    }
    network = network_of(lines, crs, **report)
    share = ways.n_missing / (ways.n_missing + len(ways.ref))
    if share > MOST_MISSING:
        lacking = Notice(
            "network.nodes_missing", file=path.name, n=ways.n_missing, share=100 * share
        )
        network = replace(network, warnings=(*network.warnings, lacking))
    return drop_small(network)


def _append(lines: Lines, across: NDArray[np.int64]) -> Lines:
    """Add two-vertex lines; across is shape (n, 2)."""
    ends = lines.start[-1] + 2 * np.arange(1, len(across) + 1)
    return Lines(
        np.concatenate([lines.start, ends]),
        np.concatenate([lines.vertex, across.ravel()]),
        lines.xy,
    )


def _split_at(lines: Lines, ref: NDArray[np.int64], closed: set[int]) -> tuple[Lines, int]:
    """Give every way that touches a closed node its own copy, so that nobody passes it.

    A way that runs through is broken into two lines at the node.
    """
    blocked = np.isin(ref, np.fromiter(closed, np.int64, len(closed)))
    at = np.flatnonzero(blocked[lines.vertex])
    if len(at) == 0:
        return lines, 0
    inside = at[~np.isin(at, lines.start[:-1]) & ~np.isin(at, lines.start[1:] - 1)]
    # An inner occurrence is doubled: it ends one line and begins the next.
    vertex = np.insert(lines.vertex, inside, lines.vertex[inside])
    start = lines.start + np.searchsorted(inside, lines.start)
    begins = inside + np.arange(1, len(inside) + 1)
    start = np.sort(np.concatenate([start, begins]))
    copies = np.flatnonzero(blocked[vertex])
    xy = np.concatenate([lines.xy, lines.xy[vertex[copies]]])
    vertex[copies] = len(lines.xy) + np.arange(len(copies))
    return Lines(start, vertex, xy), int(blocked.sum())
