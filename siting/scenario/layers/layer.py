"""A layer of a scenario as places: ids, coordinates, columns, whatever kind of file it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.files import parquet
from siting.files.boundary import oddness, reading
from siting.files.head import Asked, Range
from siting.files.raw import RawLayer
from siting.notice import Hint, Notice, quoted
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import Folder, resolve, shown
from siting.scenario.layers.codes import OF_CODES, refuse_unvalued, settle_codes
from siting.scenario.layers.columns import Columns, row_values, rows_text
from siting.scenario.layers.crs import system
from siting.scenario.layers.datum_names import OFFSET_DATUMS, spoken
from siting.scenario.layers.datums import to_wgs84
from siting.scenario.layers.file_kinds import suffix_of
from siting.scenario.layers.joins import join_table
from siting.scenario.layers.polygon_repair import mend
from siting.scenario.layers.rows import fill_merged, leave_out
from siting.scenario.layers.sources import read_source
from siting.scenario.schema.layers import DemandLayer, Layer

CRS_CURE = Notice("fault.say_crs")
OF_DEGREES = ("geojson", "kml")
"""Kinds of files whose standards know degrees of WGS84 only (RFC 7946, section 4; OGC 12-007r2)."""
LOOKED_AT = 100
"""Rows that tell how coordinates are written."""
Float = NDArray[np.float64]


@dataclass(eq=False)
class Places:
    """Places of one layer, equal to itself alone. Arrays of shape (n,)."""

    name: str
    """Of the layer: its own, or its file's."""
    where: str
    """File, as messages name it."""
    ids: NDArray[np.object_]
    xy: Float
    """As in the layer, shape (n, 2)."""
    crs: str
    """Of ``xy``: what pyproj understands, or an offset datum."""
    columns: Columns
    warnings: list[Notice] = field(default_factory=list)
    files: tuple[Path, ...] = ()
    """Every file that was read."""
    geometry: NDArray[np.object_] | None = None
    """Shapes as in the layer, shape (n,); None for a table."""
    named: bool = True
    """Whether every place has its id; if not, nobody can say that an id is unknown."""
    placed: bool = True
    """Whether the coordinates can be used; if not, ``xy`` is zero."""
    assumed: bool = False
    """Whether neither the scenario nor the file names the system."""
    by_format: bool = False
    """Whether degrees are WGS84 only because every file of this kind is, by its standard."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def system(self) -> str:
        """Its system as people call it."""
        return system(self.crs)


def layer_names(specs: Sequence[Layer]) -> list[str]:
    """One name a layer, all different: the layer's own, or its file's, numbered where they meet."""
    names: list[str] = []
    for spec in specs:
        path = Path(spec.file or "layer")
        name = spec.layer or path.name.split(".")[0] or "layer"
        base, n = name, 2
        while name in names:
            name, n = f"{base}-{n}", n + 1
        names.append(name)
    return names


@dataclass(frozen=True)
class LayerAt:
    """A layer's part of the scenario and where it is written there."""

    spec: Layer
    document: Document
    key: Key
    folder: Folder
    """Of the scenario."""
    name: str
    prefix: bool
    """Whether row-number ids carry the layer's name."""
    planar: str | None = None
    """The scenario's own system, if it names one."""

    def fault(self, key: Key, expected: Notice, found: str = "", hint: Hint = "") -> Fault:
        """A fault in what the scenario says about the layer."""
        return self.document.fault((*self.key, *key), expected, found, hint)

    def unsure(self, *names: str) -> bool:
        """Whether a fault in what the scenario says leaves one of these keys open."""
        return self.document.unsure(*((*self.key, name) for name in names))

    def readable(self) -> bool:
        """Whether the scenario tells well enough which rows of which file are meant."""
        kind = suffix_of(Path(self.spec.file or ""))
        tags = ("osm",) if kind in ("osm.pbf", "osm") else ()
        at = [(*self.key, name) for name in ("file", "layer", *tags)]
        return self.spec.file is not None and not self.document.unsure(*at, below=True)

    def lacks(self, key: str, expected: Notice, hint: Hint = "") -> Fault:
        """A key that is missing here."""
        return self.document.lacks((*self.key, key), expected, hint)


def read_layer(at: LayerAt, wanted: Mapping[Key, str], filters: Sequence[str] = ()) -> Places:
    """Read one layer; what is wrong in it stands in the faults of its columns.

    Args:
        wanted: columns that are needed beside ids and coordinates, by the key that names them.
        filters: tags, for OpenStreetMap files.

    Raises:
        InputError: the file cannot be read.
    """
    spec = at.spec
    if spec.file is not None and spec.file in at.folder.frames:
        return _read(at, at.folder.path / spec.file, spec.file, wanted, filters)
    path = resolve(spec.file or "", at.folder)
    if isinstance(path, Notice):
        raise InputError(at.fault(("file",), path, quoted(spec.file)))
    where = shown(path, at.folder)
    odd = _odd(path)
    if odd is not None:
        raise InputError(
            at.fault(("file",), odd[0], Notice("fault.listed", names=[quoted(spec.file), odd[1]]))
        )
    with reading(where, Notice("fault.readable_kind", v0=suffix_of(path))):
        return _read(at, path, where, wanted, filters)


def _odd(path: Path) -> tuple[Notice, str] | None:
    """What a file must be and what it is instead; of a geodatabase the reader looks at every
    file."""
    return None if path.is_dir() and suffix_of(path) == "gdb" else oddness(path)


def _read(
    at: LayerAt, path: Path, where: str, wanted: Mapping[Key, str], filters: Sequence[str]
) -> Places:
    spec = at.spec
    named = {("id",): spec.id, ("x",): spec.x, ("y",): spec.y, ("lonlat",): spec.lonlat, **wanted}
    columns = {key: column for key, column in named.items() if column}
    asked = _asked(at, columns)
    held = at.folder.frames.get(spec.file or "")
    if held is None:
        raw = read_source(path, where, spec.layer, asked, filters)
    else:
        raw = parquet.read_held(held, where, asked)
    raw.warnings += leave_out(raw, spec.of_place, where)
    # GeoJSON keeps no columns but its features'; who asks for places tells that there are none
    bare = raw.geometry is not None and raw.frame.shape == (0, 0)
    faults = [] if bare else _joined(at, raw, where, asked, columns)
    table = Columns(raw.frame, where, faults, raw.units)
    for key, column in () if bare else columns.items():
        if faults and at.spec.join and table.lacks(column) is not None:
            at.document.mark((*at.key, *key))  # of a table that was not joined, which is told
        else:
            _expect(at, table, key, column)
    told = len(faults)
    refuse_unvalued(table, columns.values())
    coded = [column for key, column in columns.items() if key[-1] in OF_CODES]
    raw.warnings += settle_codes(table, coded)
    ids = _ids(at, table)
    identified = len(faults) == told and not at.unsure("id")
    told = len(faults)
    xy = _coordinates(raw, at, table)
    crs = _crs(raw, at, where, faults)
    assumed = False
    if xy is not None and crs is not None:
        crs = _planar_after_all(xy, crs, at, raw) or crs
        _check_range(xy, crs, spec, table)
        if raw.geometry is not None and not spec.of_place and is_geographic(crs):
            raw.warnings += _across(raw.geometry, where)
        assumed = spec.crs is None and bool(spec.of_place) and crs == "EPSG:4326"
        with reading(where, Notice("fault.on_earth"), CRS_CURE):
            lonlat(np.zeros((1, 2)), crs)
    if xy is None or crs is None or len(faults) > told:
        xy, crs = None, "EPSG:4326"
    shapes = None if spec.of_place else raw.geometry
    unasked = spec.crs is None and suffix_of(path) in OF_DEGREES and crs == "EPSG:4326"
    return Places(
        at.name,
        where,
        ids,
        np.zeros((len(ids), 2)) if xy is None else xy,
        crs,
        table,
        raw.warnings,
        (path, *raw.files),
        shapes,
        identified,
        xy is not None,
        assumed,
        unasked and xy is not None,
    )


def _asked(at: LayerAt, columns: Mapping[Key, str]) -> Asked:
    """What the file of a layer must have; what a joined table may have is not asked of it."""
    spans = {key: span for key, text in columns.items() if (span := _range(key, text)) is not None}
    plain = frozenset(text for key, text in columns.items() if key not in spans)
    rows = () if at.unsure("header_row") else at.spec.header_row or ()
    if not at.spec.join:
        return Asked(plain, tuple(spans.values()), rows)
    keys = frozenset(join.on for join in at.spec.join)
    needed = keys | {*at.spec.of_place, *filter(None, (at.spec.id,))}
    return Asked(plain | keys, tuple(spans.values()), rows, needed)


def _range(key: Key, text: str) -> Range | None:
    """The range of columns that a group of people may be counted in."""
    return Range.of(text) if key[0] == "groups" else None


def _joined(
    at: LayerAt, raw: RawLayer, where: str, asked: Asked, columns: Mapping[Key, str]
) -> list[Fault]:
    """Fill merged cells and add the columns of joined tables, in place; returns the faults."""
    faults: list[Fault] = []
    for found in fill_merged(raw, columns.items(), where):
        if isinstance(found, Fault):
            faults.append(found)
        else:
            raw.warnings.append(found)
    for i, join in enumerate(at.spec.join):
        if at.unsure("join"):
            break
        path = resolve(join.file, at.folder)
        odd = (path, "") if isinstance(path, Notice) else _odd(path)
        if odd is not None:
            name = Notice("fault.listed", names=[quoted(join.file), *filter(None, odd[1:])])
            faults.append(at.fault(("join", i, "file"), odd[0], name))
        if odd is not None or isinstance(path, Notice):
            continue
        key = frozenset({join.theirs})
        there = Asked(asked.columns | key, asked.ranges, join.header_row or (), key)
        faults += join_table(raw, join, path, shown(path, at.folder), where, there, columns.items())
    return faults


def _expect(at: LayerAt, table: Columns, key: Key, column: str) -> None:
    """A fault where a column that the scenario names is not there."""
    if at.document.unsure((*at.key, *key)):
        return
    span = _range(key, column)
    names = [str(name) for name in table.frame.columns]
    if span is not None and column not in names:
        cut = span.cut(names)
        if not span.columns(names) or cut:
            expected = Notice("fault.range_of", where=table.where)
            found = Notice("fault.cuts_through", column=column, cut=cut) if cut else quoted(column)
            at.document.mark((*at.key, *key))
            table.faults.append(at.fault(key, expected, found, "" if cut else table.known()))
        return
    hint = table.lacks(column)
    if hint is not None:
        at.document.mark((*at.key, *key))
        table.faults.append(
            at.fault(key, Notice("fault.column_of", where=table.where), quoted(column), hint)
        )


def _coordinates(raw: RawLayer, at: LayerAt, table: Columns) -> Float | None:
    """(x, y) of each row as the file has them, shape (n, 2)."""
    spec = at.spec
    if at.unsure("x", "y", "lonlat"):
        return None
    if spec.lonlat is not None:
        return _pairs(table, spec.lonlat)
    if spec.x is not None and spec.y is not None:
        high, expected = 1e9, Notice("fault.a_coordinate")
        return np.column_stack(
            [
                table.numbers(c, -high, high, expected, hint=_sexagesimal(table, c))
                for c in (spec.x, spec.y)
            ]
        )
    if raw.geometry is None:
        known = ", ".join(map(str, raw.frame.columns[:12]))
        hint = Notice("fault.columns", known=known or Notice("fault.none"))
        expected = Notice("fault.needs_column", where=table.where)
        table.faults += [at.lacks(k, expected, hint) for k in ("x", "y") if not getattr(spec, k)]
        return None
    raw.warnings += mend(raw.geometry, table.where)
    return _points_on_surface(raw.geometry, table, isinstance(spec, DemandLayer))


_MINUTES = re.compile(r"\d\s*[°º度˚]\s*\d+\s*['′’分]")


def _sexagesimal(table: Columns, column: str) -> Hint:
    """The cure of degrees with minutes and seconds; empty where none are written so."""
    written = any(_MINUTES.search(cell) for cell in table.text(column)[:LOOKED_AT])
    return Notice("fault.decimal_degrees") if written else ""


_PAIR = re.compile(
    r"\s*(?:point)?\s*[(\[]?\s*([-+]?[\d.]+)\s*[,，;；\s]\s*([-+]?[\d.]+)\s*[)\]]?\s*", re.I
)
_NAMED_PAIR = re.compile(
    r"""\s*\{\s*["']?(lng|lon|longitude|x|lat|latitude|y)["']?\s*:\s*["']?([-+]?[\d.]+)["']?\s*,"""
    r"""\s*["']?(lng|lon|longitude|x|lat|latitude|y)["']?\s*:\s*["']?([-+]?[\d.]+)["']?\s*\}\s*""",
    re.I,
)


def _pairs(table: Columns, column: str) -> Float:
    """Coordinates written in one text, shape (n, 2): "lng,lat", a WKT point, {"lng":…,"lat":…}."""
    xy = np.array([read_pair(cell) for cell in table.text(column)]).reshape(-1, 2)
    bad = np.flatnonzero(~np.isfinite(xy).all(axis=1))
    if len(bad):
        table.bad(column, Notice("fault.two_coordinates"), bad)
        xy[bad] = 0.0
    return xy


def read_pair(cell: str) -> tuple[float, float]:
    """What a text says; nan for what is no pair."""
    if match := _PAIR.fullmatch(cell):
        return _float(match[1]), _float(match[2])
    if match := _NAMED_PAIR.fullmatch(cell):
        first, second = _float(match[2]), _float(match[4])
        one, other = (match[k].lower() in ("lat", "latitude", "y") for k in (1, 3))
        if one != other:
            return (second, first) if one else (first, second)
    return float("nan"), float("nan")


def _float(text: str) -> float:
    return float(text) if text.count(".") <= 1 and text.strip("+-.") else float("nan")


def _points_on_surface(geometry: NDArray[np.object_], table: Columns, of_people: bool) -> Float:
    """A place inside each shape; of people the centroid where it is one, as near to all of them
    as a point can be."""
    import shapely

    missing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    if missing.any():
        rows = np.flatnonzero(missing)
        table.faults.append(
            Fault(
                table.where,
                Notice("fault.a_geometry"),
                Notice("fault.none_in", rows=rows_text(rows)),
            )
        )
        return np.zeros((len(geometry), 2))
    points = geometry.copy()
    other = shapely.get_type_id(geometry) != shapely.GeometryType.POINT
    points[other] = shapely.point_on_surface(geometry[other])
    if of_people:
        areal = np.flatnonzero(np.isin(shapely.get_type_id(geometry), (3, 6)))
        centre = shapely.centroid(geometry[areal])
        inside = shapely.intersects(geometry[areal], centre)
        points[areal[inside]] = centre[inside]
    xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    wrong = ~np.isfinite(xy).all(axis=1)
    if wrong.any():
        rows = np.flatnonzero(wrong)
        table.faults.append(
            Fault(
                table.where,
                Notice("fault.finite_coordinates"),
                Notice("fault.others_in", rows=rows_text(rows)),
            )
        )
    return np.nan_to_num(xy, posinf=0.0, neginf=0.0)


def _crs(raw: RawLayer, at: LayerAt, where: str, faults: list[Fault]) -> str | None:
    """What the coordinates are: the scenario's word, else the file's; degrees for a table.

    None where that cannot be said. A table without crs may be meant in the scenario's own.
    """
    spec = at.spec
    of_scenario = spec.crs is None and spec.of_place and at.document.unsure(("crs",))
    if at.unsure("crs") or of_scenario:
        return None
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    of_file = None
    if not spec.of_place and raw.crs is not None:
        try:
            of_file = CRS.from_user_input(raw.crs)
        except CRSError:
            found = str(raw.crs)[:60]
            if spec.crs is None:
                faults.append(Fault(where, Notice("fault.name_known_system"), found, key="crs"))
                return None
    if spec.crs is not None:
        name = spoken(spec.crs) or spec.crs.upper()
        if name in OFFSET_DATUMS:
            if of_file is not None and not of_file.is_geographic:
                expected = Notice("fault.fit_file", name=name)
                faults.append(at.fault(("crs",), expected, of_file.name))
            return name
        if of_file is not None and not (name == "EPSG:4326" and spoken(spec.crs)):
            same = of_file.equals(CRS.from_user_input(name), ignore_axis_order=True)
            if not same:
                raw.warnings.append(
                    Notice("layer.other_crs", where=where, crs=spec.crs, file_crs=of_file.name)
                )
        return name
    if of_file is not None:
        authority = of_file.to_authority(min_confidence=70)
        return ":".join(authority) if authority else str(of_file.to_wkt())
    if raw.geometry is not None and not spec.of_place:
        faults.append(at.lacks("crs", Notice("fault.give_system", where=where)))
        return None
    return "EPSG:4326"


def is_geographic(crs: str) -> bool:
    """Whether coordinates of this system are degrees."""
    from pyproj import CRS

    return crs in OFFSET_DATUMS or bool(CRS.from_user_input(crs).is_geographic)


def _planar_after_all(xy: Float, crs: str, at: LayerAt, raw: RawLayer) -> str | None:
    """A table without crs whose numbers cannot be degrees is in the scenario's system; told."""
    spec = at.spec
    if spec.crs is not None or not spec.of_place or at.planar is None:
        return None
    if not (np.abs(xy) > 180).any():
        return None
    raw.warnings.append(
        Notice(
            "layer.no_degrees",
            file=spec.file,
            x=spec.of_place[0],
            y=spec.of_place[-1],
            crs=at.planar,
        )
    )
    return at.planar


def _check_range(xy: Float, crs: str, spec: Layer, table: Columns) -> None:
    if not is_geographic(crs):
        return
    lon, lat = xy.T
    wrong = (np.abs(lon) > 180) | (np.abs(lat) > 90)
    if not wrong.any():
        return
    rows = np.flatnonzero(wrong)
    first = rows[0]
    found = Notice("fault.at_in_rows", lon=lon[first], lat=lat[first], rows=rows_text(rows))
    key = ", ".join(spec.of_place) or "geometry"
    hint = Notice("fault.if_metres_named", crs=system(crs))
    if ((np.abs(lat[rows]) <= 180) & (np.abs(lon[rows]) <= 90)).all():
        hint = Notice("fault.swapped")
    elif spec.crs is None:
        hint = Notice("fault.if_metres")
    table.faults.append(Fault(table.where, Notice("fault.degrees"), found, key=key, hint=hint))


def _across(geometry: NDArray[np.object_], where: str) -> list[Notice]:
    """What is told of lines and polygons that go half around the earth: those that cross the 180th
    meridian are meant to be cut there (RFC 7946, 3.1.9)."""
    import shapely

    bounds = shapely.bounds(geometry)
    wide = np.flatnonzero(bounds[:, 2] - bounds[:, 0] > 180)
    parts, row = shapely.get_parts(geometry[wide], return_index=True)
    bounds = shapely.bounds(parts)
    long = np.isin(shapely.get_type_id(parts), (1, 2, 3)) & (bounds[:, 2] - bounds[:, 0] > 180)
    rows = wide[np.unique(row[long])]
    return [Notice("layer.half_around", where=where, **row_values(rows))] if len(rows) else []


def _ids(at: LayerAt, table: Columns) -> NDArray[np.object_]:
    n = len(table)
    column = at.spec.id
    if column is None:
        before = f"{at.name}:" if at.prefix else ""
        return np.array([f"{before}{row}" for row in range(1, n + 1)], dtype=object)
    if column not in table.frame.columns:
        return np.full(n, "", object)
    ids = table.ids(column)
    blank = np.flatnonzero(ids == "")
    if len(blank):
        table.bad(column, Notice("fault.id_each_row"), blank)
    return ids


def lonlat(xy: Float, crs: str) -> Float:
    """WGS84 degrees, shape (n, 2)."""
    from pyproj import CRS

    from siting.walking.projecting import transformer

    if len(xy) == 0:
        return np.zeros((0, 2))
    if crs in OFFSET_DATUMS:
        return np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], crs))
    if CRS.from_user_input(crs) == CRS.from_epsg(4326):
        return xy
    return np.column_stack(transformer(crs, "EPSG:4326").transform(xy[:, 0], xy[:, 1]))


def planar(xy: Float, crs: str, target: str) -> Float:
    """Metres in the target system, shape (n, 2); not finite where it cannot hold the place."""
    from pyproj import CRS

    from siting.walking.projecting import transformer

    if len(xy) == 0:
        return np.zeros((0, 2))
    if crs in OFFSET_DATUMS:
        return planar(lonlat(xy, crs), "EPSG:4326", target)
    if CRS.from_user_input(crs) == CRS.from_user_input(target):
        return np.ascontiguousarray(xy, np.float64)
    return np.column_stack(transformer(crs, target).transform(xy[:, 0], xy[:, 1]))


def planar_shapes(places: Places, target: str) -> NDArray[np.object_]:
    """Outlines in the target system, points where the layer is a table, shape (n,)."""
    import shapely

    if places.geometry is None:
        return np.asarray(shapely.points(planar(places.xy, places.crs, target)), object)
    moved = shapely.transform(places.geometry, lambda xy: planar(xy, places.crs, target))
    return np.asarray(moved, object)
