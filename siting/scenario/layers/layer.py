"""A layer of a scenario as places: ids, coordinates, columns, whatever kind of file it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.files.boundary import oddness, reading
from siting.files.raw import RawLayer
from siting.notice import Notice, quoted
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import Folder, resolve, shown
from siting.scenario.layers.codes import OF_CODES, refuse_unvalued, settle_codes
from siting.scenario.layers.columns import Columns, rows_text
from siting.scenario.layers.datums import OFFSET_DATUMS, to_wgs84
from siting.scenario.layers.mend import mend
from siting.scenario.schema.layers import DemandLayer, Layer

CRS_CURE = Notice("fault.say_crs")
KINDS = ("csv", "xlsx", "gpkg", "geojson", "parquet", "shp", "osm.pbf")
Float = NDArray[np.float64]


@dataclass
class Places:
    """Places of one layer. Arrays of shape (n,)."""

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

    def __len__(self) -> int:
        return len(self.ids)


def suffix_of(path: Path) -> str:
    """Kind of a file by its name: one of :data:`KINDS`, ``osm``, or what else it ends with."""
    name = path.name.lower()
    if name.endswith((".osm.pbf", ".pbf")):
        return "osm.pbf"
    if name.endswith(".json"):
        return "geojson"
    return path.suffix.lower().lstrip(".")


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

    def fault(self, key: Key, expected: str, found: str = "", hint: str = "") -> Fault:
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

    def lacks(self, key: str, expected: str, hint: str = "") -> Fault:
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
    path = resolve(spec.file or "", at.folder)
    if isinstance(path, str):
        raise InputError(at.fault(("file",), path, quoted(spec.file)))
    where = shown(path, at.folder)
    odd = oddness(path)
    if odd is not None:
        raise InputError(at.fault(("file",), odd[0], f"{spec.file!r}, {odd[1]}"))
    with reading(where, Notice("fault.readable_kind", v0=suffix_of(path))):
        return _read(at, path, where, wanted, filters)


def _read(
    at: LayerAt, path: Path, where: str, wanted: Mapping[Key, str], filters: Sequence[str]
) -> Places:
    spec = at.spec
    named = {("id",): spec.id, ("x",): spec.x, ("y",): spec.y, **wanted}
    columns = {key: column for key, column in named.items() if column}
    raw = _read_file(path, where, at, set(columns.values()), filters)
    faults: list[Fault] = []
    table = Columns(raw.frame, where, faults)
    for key, column in columns.items():
        hint = table.lacks(column)
        if hint is not None and not at.document.unsure((*at.key, *key)):
            at.document.mark((*at.key, *key))
            faults.append(
                at.fault(key, Notice("fault.column_of", where=where), quoted(column), hint)
            )
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
        assumed = spec.crs is None and spec.x is not None and crs == "EPSG:4326"
        with reading(where, Notice("fault.on_earth"), CRS_CURE):
            lonlat(np.zeros((1, 2)), crs)
    if xy is None or crs is None or len(faults) > told:
        xy, crs = None, "EPSG:4326"
    shapes = raw.geometry if spec.x is None else None
    return Places(
        at.name, where, ids, np.zeros((len(ids), 2)) if xy is None else xy, crs, table,
        raw.warnings, (path, *raw.files), shapes, identified, xy is not None,
        assumed,
    )  # fmt: skip


def _read_file(
    path: Path, where: str, at: LayerAt, columns: Collection[str], filters: Sequence[str]
) -> RawLayer:
    from siting.files import geojson, gpkg, parquet, shapefile, tables, workbook
    from siting.scenario.layers import osm

    spec = at.spec
    kind = suffix_of(path)
    match kind:
        case "csv":
            return tables.read_csv(path, where)
        case "xlsx":
            return workbook.read_xlsx(path, where, spec.layer)
        case "gpkg":
            return gpkg.read_gpkg(path, where, spec.layer)
        case "geojson":
            return geojson.read_geojson(path, where)
        case "parquet":
            return parquet.read_parquet(path, where, columns)
        case "shp":
            return shapefile.read_shp(path, where)
        case "osm.pbf" | "osm":
            return osm.read_osm(path, where, filters)
    raise InputError(at.fault(("file",), Notice("fault.one_of", kinds=KINDS), quoted(spec.file)))


def _coordinates(raw: RawLayer, at: LayerAt, table: Columns) -> Float | None:
    """(x, y) of each row as the file has them, shape (n, 2)."""
    spec = at.spec
    if at.unsure("x", "y"):
        return None
    if spec.x is not None and spec.y is not None:
        high = 1e9
        return np.column_stack(
            [table.numbers(c, -high, high, Notice("fault.a_coordinate")) for c in (spec.x, spec.y)]
        )
    if raw.geometry is None:
        known = ", ".join(map(str, raw.frame.columns[:12]))
        hint = Notice("fault.columns", known=known or Notice("fault.none"))
        expected = Notice("fault.needs_column", where=table.where)
        table.faults += [at.lacks(k, expected, hint) for k in ("x", "y") if not getattr(spec, k)]
        return None
    raw.warnings += mend(raw.geometry, table.where)
    return _points_on_surface(raw.geometry, table, isinstance(spec, DemandLayer))


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
    of_scenario = spec.crs is None and spec.x is not None and at.document.unsure(("crs",))
    if at.unsure("crs") or of_scenario:
        return None
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    of_file = None
    if spec.x is None and raw.crs is not None:
        try:
            of_file = CRS.from_user_input(raw.crs)
        except CRSError:
            found = str(raw.crs)[:60]
            if spec.crs is None:
                faults.append(Fault(where, Notice("fault.name_known_system"), found, key="crs"))
                return None
    if spec.crs is not None:
        name = spec.crs.upper().replace("-", "")
        if name in OFFSET_DATUMS:
            if of_file is not None and not of_file.is_geographic:
                expected = Notice("fault.fit_file", name=name)
                faults.append(at.fault(("crs",), expected, of_file.name))
            return name
        if of_file is not None and name != "WGS84" and of_file != CRS.from_user_input(spec.crs):
            same = of_file.equals(CRS.from_user_input(spec.crs), ignore_axis_order=True)
            if not same:
                raw.warnings.append(
                    Notice("layer.other_crs", where=where, crs=spec.crs, file_crs=of_file.name)
                )
        return "EPSG:4326" if name == "WGS84" else spec.crs.upper()
    if of_file is not None:
        authority = of_file.to_authority(min_confidence=70)
        return ":".join(authority) if authority else str(of_file.to_wkt())
    if raw.geometry is not None and spec.x is None:
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
    if spec.crs is not None or spec.x is None or at.planar is None or not (np.abs(xy) > 180).any():
        return None
    raw.warnings.append(
        Notice("layer.no_degrees", file=spec.file, x=spec.x, y=spec.y, crs=at.planar)
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
    key = f"{spec.x}, {spec.y}" if spec.x else "geometry"
    hint: str = ""
    if ((np.abs(lat[rows]) <= 180) & (np.abs(lon[rows]) <= 90)).all():
        hint = Notice("fault.swapped")
    elif spec.crs is None:
        hint = Notice("fault.if_metres")
    table.faults.append(
        Fault(table.where, Notice("fault.degrees"), found,
              key=key, hint=hint)
    )  # fmt: skip


def _ids(at: LayerAt, table: Columns) -> NDArray[np.object_]:
    n = len(table)
    column = at.spec.id
    if column is None:
        before = f"{at.name}:" if at.prefix else ""
        return np.array([f"{before}{row}" for row in range(1, n + 1)], dtype=object)
    if column not in table.frame.columns:
        return np.full(n, "", object)
    ids = table.text(column)
    blank = np.flatnonzero(ids == "")
    if len(blank):
        table.bad(column, Notice("fault.id_each_row"), blank)
    return ids


def lonlat(xy: Float, crs: str) -> Float:
    """WGS84 degrees, shape (n, 2)."""
    from pyproj import CRS, Transformer

    if len(xy) == 0:
        return np.zeros((0, 2))
    if crs in OFFSET_DATUMS:
        return np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], crs))
    if CRS.from_user_input(crs) == CRS.from_epsg(4326):
        return xy
    turn = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))


def planar(xy: Float, crs: str, target: str) -> Float:
    """Metres in the target system, shape (n, 2); not finite where it cannot hold the place."""
    from pyproj import CRS, Transformer

    if len(xy) == 0:
        return np.zeros((0, 2))
    if crs in OFFSET_DATUMS:
        return planar(lonlat(xy, crs), "EPSG:4326", target)
    if CRS.from_user_input(crs) == CRS.from_user_input(target):
        return np.ascontiguousarray(xy, np.float64)
    turn = Transformer.from_crs(crs, target, always_xy=True)
    return np.column_stack(turn.transform(xy[:, 0], xy[:, 1]))


def planar_shapes(places: Places, target: str) -> NDArray[np.object_]:
    """Outlines in the target system, points where the layer is a table, shape (n,)."""
    import shapely

    if places.geometry is None:
        return np.asarray(shapely.points(planar(places.xy, places.crs, target)), object)
    moved = shapely.transform(places.geometry, lambda xy: planar(xy, places.crs, target))
    return np.asarray(moved, object)
