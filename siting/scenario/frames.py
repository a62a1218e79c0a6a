"""Several formats on a street network, from frames instead of files.

The frames are handed over as the layers of a scenario that is no file either, so that an embedding
program and a planner's file are checked and rounded by the same rules; nothing is written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from siting.errors import ArgumentError, InputError, nearest
from siting.notice import Notice
from siting.problem import Problem

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

logger = logging.getLogger(__name__)

PERSONS = ("people", "persons", "population", "weight", "weights")
"""Columns taken as the group ``all`` when no groups are named; without any, a row is one person."""
FARTHEST_M = 100_000
"""Standard of the one format when there is no radius (p_median, p_center)."""
PLAIN_METRES = "EPSG:3857"
"""Stands in where nobody says a coordinate system: coordinates are then plain metres."""
SECTIONS = ("name", "currency", "budget", "rules", "objective")
TRAVEL = ("speed_m_per_s", "snap_limit_m")
SITE_COLUMNS = ("area_m2", "formats", "cost_factor", "opening_cost", "district")
OUTLET_COLUMNS = ("format", "site", "capacity")


def from_network(
    edges: GeoDataFrame | pd.DataFrame,
    demand: GeoDataFrame | pd.DataFrame,
    sites: GeoDataFrame | pd.DataFrame,
    formats: str | Iterable[str] | Mapping[str, Mapping[str, Any]] | None = None,
    *,
    nodes: GeoDataFrame | pd.DataFrame | None = None,
    existing: GeoDataFrame | pd.DataFrame | None = None,
    groups: Mapping[str, str] | None = None,
    radius: float | None = None,
    crs: str | None = None,
    catalogue: str = "cn-2021",
    **settings: Any,
) -> Problem:
    """A problem on streets. Positions in the problem are rows of ``demand`` and ``sites``.

    Args:
        edges: LineStrings (joined where they share a vertex), or with ``nodes`` a table of
            u, v, length_m (OSMnx frames are understood).
        demand: points or polygons, or a table with x, y. Columns: persons (see ``groups``);
            optional id, district.
        sites: likewise. Optional columns: id, area_m2, formats, cost_factor, opening_cost,
            district.
        formats: ids of the catalogue; or id -> changes as in a scenario file, where a new format
            needs only ``metres`` or ``minutes`` (tier basic, group all, one size at
            ``cost`` 0, ``area_m2`` 0 and ``capacity`` unless given); None = one format
            ``outlet`` within ``radius``.
        nodes: node, x, y (the index may hold the node).
        existing: outlets that stand today, with a column format (unless there is one format
            only); optional site, capacity, id.
        groups: group -> column of persons; default ``all`` from a column people, persons,
            population or weight, else one person a row.
        radius: metres; standard of the one format.
        crs: metric system to work in; default: that of the edges, or one estimated from them.
            Tables without geometry are in it.
        catalogue: a built-in catalogue, or a file, that ``formats`` are of.
        settings: sections of a scenario file: name, currency, budget, rules, objective; and of
            its travel: speed_m_per_s, snap_limit_m.

    Raises:
        ArgumentError: unknown settings, frames of the wrong kind.
        InputError: faults in the frames, all at once, named by frame and column.
    """
    for key in settings:
        if key not in SECTIONS + TRAVEL:
            known, hint = SECTIONS + TRAVEL, nearest(key, SECTIONS + TRAVEL)
            told = Notice("fault.settings_among", known=known, setting=key, hint=hint)
            raise ArgumentError(told)
    if formats is not None and radius is not None:
        raise ArgumentError(Notice("fault.no_radius"))
    metric = _metric_crs(crs, edges, nodes, demand)
    changes, use = _formats(formats, radius)
    document: dict[str, Any] = {
        "siting": 1,
        "crs": metric,
        "travel": {"mode": "network"} | {k: settings.pop(k) for k in TRAVEL if k in settings},
        "formats": {"catalogue": catalogue, "use": use, "change": changes},
        **settings,
    }
    frames: dict[str, pd.DataFrame] = {}
    document["travel"]["network"] = _network(edges, nodes, metric, frames)
    demand, persons = _persons(demand, groups)
    document["demand"] = _layer("demand", demand, metric, frames, ("district",), persons)
    document["demand"]["groups"] = dict(persons)
    document["premises"] = _layer("sites", sites, metric, frames, SITE_COLUMNS)
    if existing is not None and len(existing):
        if "format" not in existing and len(use) == 1:
            existing = existing.assign(format=use[0])
        document["outlets"] = _layer("existing", existing, metric, frames, OUTLET_COLUMNS)
    return _problem(document, frames)


def _problem(document: dict[str, Any], frames: Mapping[str, pd.DataFrame]) -> Problem:
    """Load the scenario; faults in what stands for its file are told as our caller's."""
    from siting.scenario import load

    try:
        scenario = load(document, frames=frames)
        problem = scenario.problem()
    except InputError as error:
        faults = (
            replace(
                fault, line=None, where="from_network" if fault.where == "scenario" else fault.where
            )
            for fault in error.faults
        )
        raise InputError(faults) from None
    for warning in scenario.warnings:
        logger.warning(warning)
    return problem


def _metric_crs(crs: str | None, *frames: Any) -> str:
    """The system given; else the first metric one of the frames; else one estimated from them."""
    if crs is not None:
        return crs
    with_crs = [f for f in frames if f is not None and getattr(f, "crs", None) is not None]
    for frame in with_crs:
        if frame.crs.is_projected and {a.unit_name for a in frame.crs.axis_info} == {"metre"}:
            return _crs_text(frame.crs)
    return _crs_text(with_crs[0].estimate_utm_crs()) if with_crs else PLAIN_METRES


def _crs_text(crs: Any) -> str:
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.to_wkt())


def _formats(
    formats: str | Iterable[str] | Mapping[str, Mapping[str, Any]] | None, radius: float | None
) -> tuple[dict[str, Any], list[str]]:
    """``formats.change`` and ``formats.use`` of a scenario."""
    if formats is None:
        formats = {"outlet": {"metres": FARTHEST_M if radius is None else radius}}
    if isinstance(formats, str):
        return {}, [formats]
    if not isinstance(formats, Mapping):
        return {}, list(formats)
    return {name: _change(name, dict(given)) for name, given in formats.items()}, list(formats)


def _change(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Changes to one format, with what a new one may leave out."""
    from siting.scenario.formats.catalogue import load_catalogue

    size = {k: given.pop(k) for k in ("cost", "area_m2", "capacity") if k in given}
    new = all(name not in load_catalogue(known).formats for known in ("cn-2021", "cn-2025"))
    if new or size:
        given.setdefault("sizes", [{"name": "standard", "cost": 0} | size])
    if new:
        given = {"tier": "basic", "group": "all"} | given
    return given


def _network(
    edges: Any, nodes: Any, crs: str, frames: dict[str, pd.DataFrame]
) -> str | dict[str, str]:
    """Edges as a layer, or edges and nodes as a pair of tables; into ``frames``."""
    if nodes is None:
        if not hasattr(edges, "geom_type"):
            raise ArgumentError(Notice("fault.edges_frame", name=type(edges).__name__))
        frame = edges if edges.crs is not None else edges.set_crs(crs)
        frames["edges"] = frame[[frame.geometry.name]]
        return "edges"
    table = _flat(edges, ("u", "v"))
    if "length_m" not in table and "length" in table:
        table = table.rename(columns={"length": "length_m"})
    columns = [c for c in ("u", "v", "length_m") if c in table]
    table = pd.DataFrame(table[columns])
    if getattr(edges, "crs", None) is not None:
        table["geometry"] = edges.geometry.to_crs(crs).to_wkb().to_numpy()
    frames["edges"] = table
    points = _flat(nodes, ("node",))
    if getattr(nodes, "crs", None) is not None:
        there = nodes.geometry.to_crs(crs)
        points = points.assign(x=there.x.to_numpy(), y=there.y.to_numpy())
    columns = [c for c in ("node", "x", "y") if c in points]
    frames["nodes"] = pd.DataFrame(points[columns])
    return {"edges": "edges", "nodes": "nodes"}


def _flat(frame: Any, wanted: tuple[str, ...]) -> pd.DataFrame:
    """The frame as a table, its index as columns where it holds what is wanted."""
    table = pd.DataFrame(frame)
    if all(name in table for name in wanted):
        return table.reset_index(drop=True)
    table = table.reset_index(names="node") if wanted == ("node",) else table.reset_index()
    return table


def _persons(demand: Any, groups: Mapping[str, str] | None) -> tuple[Any, dict[str, str]]:
    if groups is not None:
        return demand, dict(groups)
    column = next((name for name in PERSONS if name in demand), None)
    if column is None:
        return demand.assign(people=1), {"all": "people"}
    return demand, {"all": column}


def _layer(
    name: str,
    frame: Any,
    crs: str,
    frames: dict[str, pd.DataFrame],
    columns: tuple[str, ...],
    persons: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The section of one layer; into ``frames`` it comes with the columns that count."""
    if not isinstance(frame, pd.DataFrame):
        raise ArgumentError(Notice("fault.a_frame", name=name, name_2=type(frame).__name__))
    layer: dict[str, Any] = {"file": name}
    layer |= {c: c for c in ("id", *columns) if c in frame}
    kept = [*dict.fromkeys([*layer.values(), *(persons or {}).values()])][1:]
    kept = [c for c in kept if c in frame]
    if hasattr(frame, "geom_type"):
        placed = frame if frame.crs is not None else frame.set_crs(crs)
        frames[name] = placed[[*kept, placed.geometry.name]]
        return layer
    if not {"x", "y"} <= set(frame.columns):
        raise ArgumentError(Notice("fault.frame_places", name=name, frame=map(str, frame)))
    frames[name] = frame[[*kept, "x", "y"]]
    return layer | {"x": "x", "y": "y", "crs": crs}
