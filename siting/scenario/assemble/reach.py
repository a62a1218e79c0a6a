"""Who walks how far: the layers' places put on the network, or joined by straight lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.notice import Hint, Notice, first
from siting.problem.reach import Reach
from siting.scenario.assemble.paces import Pace, WaysApart, joined, streets_of
from siting.scenario.checks.across_layers import check_together
from siting.scenario.checks.offsets import check_offsets
from siting.scenario.document.paths import Folder, resolve, shown
from siting.scenario.layers.columns import MOST_NAMED, Columns
from siting.scenario.layers.compounds import CompoundLayers, make_compounds
from siting.scenario.layers.crs import MOST_STRETCH, REFUSED_STRETCH, estimate_crs, stretch, system
from siting.scenario.layers.gather import Gathered
from siting.scenario.layers.layer import Places, lonlat, planar, planar_shapes
from siting.scenario.schema.settings import Travel

if TYPE_CHECKING:
    from siting.walking.among_compounds import Among, OnStreets
    from siting.walking.compounds import Compounds
    from siting.walking.nearest import Ways
    from siting.walking.network import Network
    from siting.walking.slopes import Gait
    from siting.walking.snapping import Snapped

Float = NDArray[np.float64]
Ints = NDArray[np.int64]
OFFSET_LOOK_M = 2000.0
"""How far from the streets places are still held against them; offsets are below."""
MOST_NODES = 5000
"""Nodes of the streets that are held against the layers."""
WALKED = ("premises", "outlets", "stops")
"""From these, so far as there are any, to the demand."""
Kinds = Mapping[str, Gathered]
"""demand, outlets (of formats in use only), premises, stops of vehicles if there are any."""


@dataclass(frozen=True)
class Walked:
    """What the walking gave. Masks have one value a place of the kind."""

    crs: str
    xy: Mapping[str, Float]
    """Planar metres of each kind, shape (n, 2)."""
    sites: Reach
    outlets: Reach
    ways: Ways
    """The same ways without their limit, for who asks how far the nearest place is."""
    unreachable: Mapping[str, NDArray[np.bool_]]
    """By kind: farther from the network than the snap limit."""
    stops: Reach | None = None
    """None where no vehicle may stop anywhere."""
    network: Network | None = None
    """The streets, of several paces those of the first; None in the straight-line modes."""
    near_edge: NDArray[np.bool_] | None = None
    """Demand points so near the network's edge that what lies beyond may matter."""
    stranded: NDArray[np.bool_] | None = None
    """Demand points on parts of the network that no premises, outlet or stop stands on."""
    warnings: tuple[Notice, ...] = ()
    compounds: Compounds | None = None
    """Walled compounds with their gates."""
    walled_in: NDArray[np.bool_] | None = None
    """Demand points in compounds."""
    paces: tuple[Pace, ...] = ()
    """The ways of walking that people have, with their streets; none in the straight-line modes."""

    @property
    def report(self) -> Mapping[str, Any]:
        """Counts of the network; empty in the straight-line modes."""
        return {} if self.network is None else self.network.report

    @property
    def system(self) -> str:
        """Its system as people call it."""
        return system(self.crs)


def walk_layers(
    travel: Travel,
    crs: str | None,
    kinds: Kinds,
    limit_dm: int,
    folder: Folder,
    barriers: Sequence[Places] = (),
    walls: CompoundLayers | None = None,
    threads: int | None = None,
    gaits: Mapping[Gait, tuple[str, ...]] | None = None,
    gait_of: Ints | None = None,
    beside: Sequence[Places] = (),
) -> Walked:
    """Reach of premises, outlets and stops.

    Args:
        crs: the planner's planar system; None = estimated.
        limit_dm: farthest walk that any standard counts.
        gaits: ways of walking with the groups that walk so; None: everybody as on level ground.
        gait_of: of each demand point, by position among ``gaits``; None where there is one.
        beside: further layers, nobody's way, that are held against the streets too.

    Raises:
        InputError: places that the system cannot hold, swapped coordinates, nobody on the network,
            compounds without gates and gates without compounds.
    """
    from siting.walking.slopes import Gait

    systems = [part.crs for kind in kinds.values() for part in kind.layers]
    people = kinds["demand"].lonlat
    warnings: list[Notice] = []
    metric, passed_over = (crs, ()) if crs else estimate_crs(systems, people)
    warnings += passed_over
    xy = {kind: places.planar(metric) for kind, places in kinds.items()}
    _refuse_infinite(metric, kinds, xy)
    factor = stretch(metric, people)
    if travel.mode != "great_circle":
        if abs(factor - 1) > REFUSED_STRETCH:
            raise InputError(_too_stretched(metric, factor, people))
        if abs(factor - 1) > MOST_STRETCH:
            warnings.append(Notice("network.stretched", crs=metric, times=factor))
    compounds = None if walls is None else make_compounds(walls, travel, metric)
    parts = [part for kind in kinds.values() for part in kind.layers]
    parts += [*barriers, *beside]
    if walls is not None:
        parts += [*walls.compounds.layers, *walls.gates.layers]
    if travel.mode != "network":
        _believe_degrees(parts, None, "", warnings)
        walked = _straight(travel, metric, kinds, xy, limit_dm, warnings, compounds, threads)
    else:
        level = _network(travel, metric, folder, barriers, warnings)
        _refuse_elsewhere(travel, level, kinds, crs)
        _believe_degrees(parts, level, _street_file(travel), warnings)
        elevation = None if travel.elevation is None else _named(travel.elevation, folder)
        known = {Gait(): ()} if gaits is None else gaits
        streets, told = streets_of(travel, known, level, elevation)
        warnings += told
        of = np.zeros(len(kinds["demand"]), np.int64) if gait_of is None else gait_of
        each: list[tuple[Pace, Walked]] = []
        for k, (gait, own) in enumerate(zip(known, streets, strict=True)):
            points = np.flatnonzero(of == k)
            mine = {**kinds, "demand": kinds["demand"].rows(points)} if len(known) > 1 else kinds
            there = {**xy, "demand": xy["demand"][points]}
            among = None if compounds is None else _among(travel, own, compounds, there, threads)
            if walls is not None and among is not None:
                warnings += _told(among, walls)
            alone = _on_network(
                travel, metric, mine, there, limit_dm, own, among, warnings, threads
            )
            assert alone.network is not None
            pace = Pace(gait, points, level, own, alone.network, alone.ways)
            each.append((pace, alone))
        walked = _together(each, xy, tuple(dict.fromkeys(warnings)))
    if compounds is None:
        return walked
    within = compounds.of(xy["demand"]) >= 0
    return replace(walked, compounds=compounds, walled_in=within)


def _together(
    each: Sequence[tuple[Pace, Walked]], xy: Mapping[str, Float], warnings: tuple[Notice, ...]
) -> Walked:
    """What all paces give, each for its own people."""
    paces, alone = tuple(pace for pace, _ in each), [walked for _, walked in each]
    if len(each) == 1:
        return replace(alone[0], paces=paces, warnings=warnings)
    n = len(xy["demand"])

    def spread(masks: Iterable[NDArray[np.bool_]]) -> NDArray[np.bool_]:
        found = np.zeros(n, np.bool_)
        for pace, mask in zip(paces, masks, strict=True):
            found[pace.points] = mask
        return found

    def reach(parts: Iterable[Reach]) -> Reach:
        return joined([(part, p.points) for part, p in zip(parts, paces, strict=True)], n)

    lost = {
        kind: spread(w.unreachable[kind] for w in alone)
        if kind == "demand"
        else np.logical_and.reduce([w.unreachable[kind] for w in alone])
        for kind in alone[0].unreachable
    }
    stops = [w.stops for w in alone if w.stops is not None]
    return replace(
        alone[0],
        xy=xy,
        sites=reach(w.sites for w in alone),
        outlets=reach(w.outlets for w in alone),
        stops=reach(stops) if stops else None,
        ways=WaysApart(paces, n),
        unreachable=lost,
        near_edge=spread(w.near_edge for w in alone if w.near_edge is not None),
        stranded=spread(w.stranded for w in alone if w.stranded is not None),
        warnings=warnings,
        paces=paces,
    )


def _too_stretched(crs: str, factor: float, people: Float) -> Fault:
    fit, _ = estimate_crs((), people)
    found = Notice("fault.stretched", crs=crs, factor=factor)
    return Fault(
        "crs",
        Notice("fault.right_lengths"),
        found,
        key="crs",
        hint=Notice("fault.fits", fit=fit),
    )


def _refuse_elsewhere(travel: Travel, network: Network, kinds: Kinds, crs: str | None) -> None:
    """Streets that lie apart from all layers, with what would put them right."""
    import pandas as pd
    import shapely

    from siting.walking.projecting import project

    source = network.source or network.crs
    assert travel.network is not None
    file = _street_file(travel)
    nodes = network.node_xy[:: max(1, network.n_nodes // MOST_NODES)]
    own = project(nodes, network.crs, source)
    ids = np.arange(len(own)).astype(str).astype(object)
    table = Columns(pd.DataFrame(index=range(len(own))), file, [])
    streets = Places("network", file, ids, own, source, table)
    if travel.network.file is not None:  # its system was written with its numbers
        streets.geometry = shapely.points(own).astype(object)
    layers = {kind: places.layers for kind, places in kinds.items()}
    faults, _ = check_together({**layers, "network": [streets]}, crs)
    if mine := [fault for fault in faults if fault.where == file]:
        raise InputError(mine)


def _street_file(travel: Travel) -> str:
    """The file in which the places of the streets stand, as the scenario names it."""
    assert travel.network is not None
    return travel.network.file or travel.network.nodes or "network"


def _believe_degrees(
    parts: Sequence[Places], network: Network | None, streets: str, warnings: list[Notice]
) -> None:
    """Degrees that may be of an offset system, held against the streets where there are any.

    Args:
        streets: the file of the streets, as messages name it.
    """
    from siting.walking.snapping import snap

    def near(degrees: Float) -> Float:
        assert network is not None
        snapped = snap(network, planar(degrees, "EPSG:4326", network.crs), OFFSET_LOOK_M)
        return np.where(snapped.reachable, snapped.access_dm / 10, np.inf)

    faults, told = check_offsets(parts, None if network is None else near, streets)
    if faults:
        raise InputError(faults)
    warnings += told


def _refuse_infinite(crs: str, kinds: Kinds, xy: Mapping[str, Float]) -> None:
    faults = []
    for kind, places in kinds.items():
        wrong = np.flatnonzero(~np.isfinite(xy[kind]).all(axis=1))
        if len(wrong):
            ids = ", ".join(places.ids[wrong[:5]])
            found = Notice("fault.cannot_hold", n_wrong=len(wrong), crs=crs, ids=ids)
            faults.append(Fault(kind, Notice("fault.in_planar"), found))
    if faults:
        raise InputError(faults)


def _straight(
    travel: Travel,
    crs: str,
    kinds: Kinds,
    xy: Mapping[str, Float],
    limit_dm: int,
    warnings: list[Notice],
    compounds: Compounds | None,
    threads: int | None,
) -> Walked:
    from siting.walking.doors import Measure
    from siting.walking.nearest import StraightWays
    from siting.walking.nearest_among import GateWaysStraight
    from siting.walking.straight import walk_straight

    warnings.append(Notice("straight.lines", mode=travel.mode, detour=float(travel.detour)))
    if travel.barriers:
        warnings.append(Notice("straight.barriers"))
    if travel.elevation or travel.slope or travel.steps or travel.step_free:
        warnings.append(Notice("straight.slopes"))
    if compounds is not None:
        warnings.append(Notice("straight.compounds"))
    sphere = travel.mode == "great_circle"
    place = {k: v.lonlat[:, ::-1] if sphere else xy[k] for k, v in kinds.items()}
    limit_m = limit_dm / 10
    metric: Literal["great_circle", "euclidean"] = "great_circle" if sphere else "euclidean"
    ways: Ways
    if compounds is None:
        ways = StraightWays(place, Measure(sphere, travel.detour))
        reach = {
            kind: walk_straight(
                place[kind], place["demand"], limit_m, metric, travel.detour, threads
            )
            for kind in WALKED
            if kind in kinds
        }
    else:
        among = _by_gates(compounds, crs, xy, place, sphere, travel.detour)
        ways = GateWaysStraight(among)
        reach = {
            kind: among.straight(kind, "demand", limit_dm, threads)
            for kind in WALKED
            if kind in kinds
        }
    nobody = {kind: np.zeros(len(places), np.bool_) for kind, places in kinds.items()}
    return Walked(
        crs,
        xy,
        reach["premises"],
        reach["outlets"],
        ways,
        nobody,
        reach.get("stops"),
        warnings=tuple(warnings),
    )


def _by_gates(
    compounds: Compounds,
    crs: str,
    xy: Mapping[str, Float],
    place: Mapping[str, Float],
    sphere: bool,
    detour: float,
) -> Among:
    """Places and gates in the coordinates that straight lines are measured in."""
    from siting.walking.among_compounds import Among
    from siting.walking.doors import Measure

    gates = compounds.gate_xy
    own = lonlat(gates, crs)[:, ::-1] if sphere else gates
    return Among.of(compounds, xy, Measure(sphere, detour), place, own)


def _network(
    travel: Travel, crs: str, folder: Folder, barriers: Sequence[Places], warnings: list[Notice]
) -> Network:
    """The streets without those that a barrier crosses."""
    import shapely

    from siting.walking import tables
    from siting.walking.components import keep_edges, leave_out
    from siting.walking.layers import read_held
    from siting.walking.load import load_network

    source = travel.network
    assert source is not None
    if source.file is not None and source.file in folder.frames:
        network = read_held(folder.frames[source.file], crs, source.file)
    elif source.file is not None:
        path = _named(source.file, folder)
        network = load_network(path, crs, {path: shown(path, folder)})
    else:
        assert source.edges is not None and source.nodes is not None
        names, held = (source.edges, source.nodes), folder.frames
        if held.keys() & set(names):
            edges, nodes = (held.get(name) or _named(name, folder) for name in names)
            network = tables.read(edges, nodes, crs, *names)
        else:
            pair = {"edges": _named(source.edges, folder), "nodes": _named(source.nodes, folder)}
            network = load_network(pair, crs, {path: shown(path, folder) for path in pair.values()})
    if travel.scrap_m:
        network = leave_out(network, travel.scrap_m)
    warnings += network.warnings
    if travel.detour != 1:
        warnings.append(Notice("network.measured"))
    if not barriers:
        return network
    of_edge = np.repeat(np.arange(network.n_edges), np.diff(network.shape_start))
    streets = shapely.STRtree(shapely.linestrings(network.shape_xy, indices=of_edge))
    keep = np.ones(network.n_edges, np.bool_)
    for part in barriers:
        by, crossed = streets.query(planar_shapes(part, crs), predicate="intersects")
        keep[crossed] = False
        idle = len(part) - len(np.unique(by))
        if idle:
            warnings.append(Notice("network.barriers_idle", where=part.where, n=idle, of=len(part)))
    warnings.append(Notice("network.barriers", n=int((~keep).sum())))
    if not keep.any():
        raise InputError(
            Fault("travel.barriers", Notice("fault.street_open"), Notice("fault.none"))
        )
    return keep_edges(network, keep)


def _named(name: str, folder: Folder) -> Path:
    """The file; the name was checked before, but what lies there may be another thing by now."""
    path = resolve(name, folder)
    if isinstance(path, str):
        raise InputError(Fault(name, path))
    return path


def _on_network(
    travel: Travel,
    crs: str,
    kinds: Kinds,
    xy: Mapping[str, Float],
    limit_dm: int,
    network: Network,
    streets: OnStreets | None,
    warnings: list[Notice],
    threads: int | None,
) -> Walked:
    from siting.walking.map_edge import near_edge
    from siting.walking.nearest import StreetWays
    from siting.walking.nearest_among import GateWays
    from siting.walking.search import walk
    from siting.walking.snapping import snap

    ways: Ways
    if streets is None:
        snapped = {k: snap(network, v, travel.snap_limit_m, threads) for k, v in xy.items()}
        ways = StreetWays(network, snapped)
        lost = {kind: ~snapped[kind].reachable for kind in kinds}
    else:
        ways = GateWays(streets)
        network = streets.walled.network
        lost = {kind: streets.lost(kind) for kind in kinds}
    _refuse_lost(travel, crs, kinds, lost, network.node_xy)
    reach = {
        kind: walk(network, snapped[kind], snapped["demand"], limit_dm, threads)
        if streets is None
        else streets.reach(kind, "demand", limit_dm, threads)
        for kind in WALKED
        if kind in kinds
    }
    stranded = _stranded(kinds, lost, ways)
    if streets is None:
        warnings += _unvisited(network, kinds, lost, snapped)
    near = near_edge(network.node_xy, xy["demand"], limit_dm / 10) & ~lost["demand"]
    return Walked(
        crs,
        xy,
        reach["premises"],
        reach["outlets"],
        ways,
        lost,
        reach.get("stops"),
        network,
        near,
        stranded,
        tuple(warnings),
    )


def _stranded(kinds: Kinds, lost: Mapping[str, NDArray[np.bool_]], ways: Ways) -> NDArray[np.bool_]:
    """Demand points on the network from which no way leads to any place, however far."""
    nearest = np.full(len(kinds["demand"]), np.inf)
    for kind in WALKED:
        if kind not in kinds:
            continue
        there = np.flatnonzero(~lost[kind])
        if len(there):
            nearest = np.minimum(nearest, ways.nearest(kind, there))
    return ~lost["demand"] & ~np.isfinite(nearest)


def _unvisited(
    network: Network,
    kinds: Kinds,
    lost: Mapping[str, NDArray[np.bool_]],
    snapped: Mapping[str, Snapped],
) -> Iterator[Notice]:
    """Places on parts of the network on which nobody lives."""
    from siting.walking.components import components

    part, km = components(network)
    if len(km) == 1:
        return
    on = {kind: part[snapped[kind].edge[~lost[kind]]] for kind in kinds}
    for kind in WALKED:
        if kind not in kinds:
            continue
        alone = ~np.isin(on[kind], on["demand"])
        if alone.any():
            ids = first(kinds[kind].ids[~lost[kind]][alone], MOST_NAMED)
            yield Notice("network.unvisited", kind=kind, n=alone.sum(), of=len(alone), ids=ids)


def _among(
    travel: Travel,
    network: Network,
    compounds: Compounds,
    xy: Mapping[str, Float],
    threads: int | None,
) -> OnStreets:
    """Streets that end at the compounds' walls, with places and gates on them."""
    from siting.walking.among_compounds import Among, OnStreets
    from siting.walking.walls import wall_off

    walled = wall_off(network, compounds)
    if not walled.outside.any():
        raise InputError(
            Fault("travel.compounds", Notice("fault.street_outside"), Notice("fault.none"))
        )
    return OnStreets.of(Among.of(compounds, xy), walled, travel.snap_limit_m, threads)


def _told(streets: OnStreets, walls: CompoundLayers) -> list[Notice]:
    """What the walls do to the streets, and compounds that nobody can leave."""
    told = []
    if streets.walled.n_ended:
        told.append(Notice("compounds.streets_end", n=streets.walled.n_ended))
    shut = walls.compounds.ids[streets.cut_off]
    if len(shut):
        told.append(
            Notice(
                "compounds.shut", n=len(shut), of=len(walls.compounds), ids=first(shut, MOST_NAMED)
            )
        )
    return told


def _refuse_lost(
    travel: Travel,
    crs: str,
    kinds: Kinds,
    lost: Mapping[str, NDArray[np.bool_]],
    node_xy: Float,
) -> None:
    """A layer that is nowhere near the network, or would be if its coordinates were swapped."""
    low, high = node_xy.min(axis=0) - 1000, node_xy.max(axis=0) + 1000
    faults = []
    for kind, places in kinds.items():
        begin = 0
        for part in places.layers:
            away = lost[kind][begin : begin + len(part)]
            begin += len(part)
            if not len(part) or away.mean() <= 0.5:
                continue
            degrees = lonlat(part.xy, part.crs)[away]
            there = planar(degrees[:, ::-1], "EPSG:4326", crs)
            inside = ((there >= low) & (there <= high)).all(axis=1)
            count = Notice(
                "fault.too_far",
                n_away=away.sum(),
                n_part=len(part),
                snap_limit_m=travel.snap_limit_m,
            )
            hint: Hint = ""
            if inside.mean() > 0.5:
                hint = Notice("fault.swapped")
            elif away.all() and kind != "outlets":
                hint = Notice("fault.look_at_extent")
            if hint:
                faults.append(Fault(part.where, Notice("fault.on_network"), count, hint=hint))
    if faults:
        raise InputError(faults)
