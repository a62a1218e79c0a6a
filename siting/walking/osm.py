"""Pedestrian network of an OpenStreetMap extract (.osm.pbf, .osm).

What is walkable follows the tags, by the rules of :mod:`siting.walking.osm_rules`. Squares (closed
ways and multipolygons of pedestrian kind) are walked along their outline and straight across
between the places where paths reach them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.walking.components import tell
from siting.walking.crossings import tell_crossings
from siting.walking.lines import Lines, network_of
from siting.walking.network import EdgeTraits, Network
from siting.walking.osm_file import in_order
from siting.walking.osm_rules import (
    GATES,
    OPEN,
    OTHER_KIND,
    RULES,
    Trait,
    closed_node,
    conditional,
    decided_by,
    incline,
    is_square,
    traits,
    walkable,
)
from siting.walking.projecting import project
from siting.walking.squares import crossings

MOST_MISSING = 0.01
"""Share of a network's nodes that an extract may lack, at its edge, before that is told."""


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
    trait: list[int] = field(default_factory=list)
    grade: list[float] = field(default_factory=list)
    decided: Counter[str] = field(default_factory=Counter)
    """Ways by the rule that decided whether one walks there."""
    n_conditional: int = 0
    n_missing: int = 0

    @property
    def n_read(self) -> int:
        """Ways looked at."""
        return self.decided.total()

    @property
    def has_lines(self) -> bool:
        """Whether any of them leads somewhere."""
        return any(count > 1 for count in self.count)

    def add(self, way: Any, tags: dict[str, str], square: int = -1) -> None:
        """One way, broken where the extract lacks a node."""
        trait, grade = int(traits(tags)), incline(tags)
        length = 0

        def close(square: int) -> None:
            self.count.append(length)
            self.square.append(square)
            self.trait.append(trait)
            self.grade.append(grade)

        for node in way.nodes:
            if node.location.valid():
                self.ref.append(node.ref)
                self.x.append(node.x)
                self.y.append(node.y)
                length += 1
                continue
            self.n_missing += 1
            if length:
                close(-1)
                length = 0
        if length:
            close(square)


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


def _gates(path: Path) -> tuple[set[int], set[int]]:
    """Nodes that a walker may not pass, closed gates and the like, and those passed at times."""
    nodes = osmium.FileProcessor(str(path), osmium.osm.NODE)
    closed: set[int] = set()
    at_times: set[int] = set()
    node: Any
    for node in nodes.with_filter(osmium.filter.KeyFilter(*GATES)):
        tags = _tags(node)
        if closed_node(tags):
            closed.add(node.id)
        if conditional(tags):
            at_times.add(node.id)
    return closed, at_times


def _entities(path: Path, only: Any) -> Iterator[Any]:
    return iter(
        osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        .with_filter(only)
    )


def _read_ways(path: Path) -> _Ways:
    ways = _Ways()
    member = _members(path)
    for way in _entities(path, osmium.filter.KeyFilter("highway")):
        tags = _tags(way)
        rule = decided_by(tags)
        ways.decided[rule] += 1
        if rule in OPEN:
            ways.n_conditional += conditional(tags)
            square = way.is_closed() and is_square(tags)
            ways.add(way, tags, way.id if square else -1)
            member.pop(way.id, None)
    if member:
        for way in _entities(path, osmium.filter.IdFilter(member)):
            ways.add(way, {}, -2 - member[way.id])
    return ways


def read(path: Path, crs: str, where: str) -> Network:
    """The walkable network of an extract.

    Args:
        where: the file, as messages name it.

    Raises:
        InputError: when the file is no OpenStreetMap data or holds no walkable way.
    """
    with in_order(path) as file:
        ways = _read_ways(file)
        closed, at_times = _gates(file)
    if not ways.has_lines:
        found = Notice("fault.ways_none", n_read=ways.n_read)
        if ways.n_missing:
            found = Notice("fault.ways_missing", n_read=ways.n_read, n_missing=ways.n_missing)
        raise InputError(Fault(where, Notice("fault.walkable"), found))
    ref, first, number = np.unique(
        np.array(ways.ref, np.int64), return_index=True, return_inverse=True
    )
    lonlat = np.column_stack([np.array(ways.x)[first], np.array(ways.y)[first]]) * 1e-7
    xy = project(lonlat, "EPSG:4326", crs)
    if not np.isfinite(xy).all():
        raise InputError(
            Fault(
                where,
                Notice("fault.where_defined", crs=crs),
                Notice("fault.nodes_not_projectable"),
            )
        )
    start = np.concatenate([[0], np.cumsum(ways.count)]).astype(np.int64)
    lines = Lines(start, number.astype(np.int64), xy, np.arange(len(ways.count)))
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
    # the last row is of the ways across squares: no tag tells of them, and they cross each other
    trait = np.array([*ways.trait, int(Trait.SPANS)], np.uint8)
    of_way = EdgeTraits(trait, np.array([*ways.grade, np.nan]))
    network = network_of(lines, crs, of_way, **report)
    decided = {rule: n for rule in (OTHER_KIND, *RULES) if (n := ways.decided[rule])}
    network = replace(network, decided=decided)
    return tell(tell_crossings(_told(network, ways, ref, at_times, path.name)))


def _told(
    network: Network, ways: _Ways, ref: NDArray[np.int64], at_times: set[int], name: str
) -> Network:
    """The network with warnings of nodes that are not there and of ways that are open at times."""
    told = list(network.warnings)
    share = ways.n_missing / (ways.n_missing + len(ways.ref))
    if share > MOST_MISSING:
        told.append(Notice("network.nodes_missing", file=name, n=ways.n_missing, share=100 * share))
    gates = len(at_times.intersection(ref.tolist())) if at_times else 0
    if ways.n_conditional or gates:
        told.append(Notice("network.conditional", file=name, ways=ways.n_conditional, gates=gates))
    return replace(network, warnings=tuple(told))


def _append(lines: Lines, across: NDArray[np.int64]) -> Lines:
    """Add two-vertex lines; across is shape (n, 2)."""
    ends = lines.start[-1] + 2 * np.arange(1, len(across) + 1)
    n = len(lines.start) - 1
    return Lines(
        np.concatenate([lines.start, ends]),
        np.concatenate([lines.vertex, across.ravel()]),
        lines.xy,
        np.concatenate([lines.way, np.full(len(across), n)]),
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
    whole, start = start, np.sort(np.concatenate([start, begins]))
    way = lines.way[np.searchsorted(whole, start[:-1], "right") - 1]
    copies = np.flatnonzero(blocked[vertex])
    xy = np.concatenate([lines.xy, lines.xy[vertex[copies]]])
    vertex[copies] = len(lines.xy) + np.arange(len(copies))
    return Lines(start, vertex, xy, way), int(blocked.sum())
