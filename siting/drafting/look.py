"""What a raw file holds: its columns by what they are called and what stands in them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from siting.errors import Fault, InputError
from siting.files import gdb, gpkg
from siting.files.boundary import oddness, reading
from siting.files.head import JOINT, Everything
from siting.files.raw import RawLayer
from siting.notice import Notice
from siting.scenario.layers.columns import as_text
from siting.scenario.layers.file_kinds import HAVE_HEAD, HOLD_LAYERS, suffix_of
from siting.scenario.layers.layer import OF_DEGREES, read_pair
from siting.scenario.layers.mainland import in_mainland
from siting.scenario.layers.rows import leave_out
from siting.scenario.layers.sources import read_source

NAMES: dict[str, str] = {
    "id": r"id|fid|gid|code|cell|编号|序号|代码|编码|网格号|osm_id|@id|poi_?id",
    "x": r"x|lon|lng|long|longitude|经度|东坐标|easting|east|横坐标|x坐标|坐标x|.*_(?:lng|lon)",
    "y": r"y|lat|latitude|纬度|北坐标|northing|north|纵坐标|y坐标|坐标y|.*_lat",
    "lonlat": r"location|lnglat|lonlat|coords?|坐标|经纬度",
    "people": r"people|persons|population|pop|residents|total|人口|总人口|常住人口|人口数|人数"
    r"|总人数|band 1|(?:年末|期末)?(?:常住|户籍|总)人口(?:总?数|总量)?",
    "elderly": r".*(?:elderly|old|people_60|60\+|60岁|老年|老人).*",
    "toddlers": r".*(?:toddler|people_0_3|0[-_~至]3岁?|婴幼儿|3岁以下).*",
    "households": r"households?|hh|户数|总户数|住户数",
    "district": r"district|jiedao|street_office|subdistrict|街道|街道名称|镇街|乡镇|社区|片区|辖区",
    "format": r"format|type|typecode|kind|category|业态|类别|类型|类型代码|业态类型|行业|分类"
    r"|tag|std_tag",
    "area_m2": r"area|area_m2|面积|建筑面积|可用面积|使用面积|可租面积",
    "formats": r"formats|permitted|业态|可用业态|适合业态|允许业态",
    "storey": r"storey|floor|楼层|层|所在楼层",
    "flue": r"flue|烟道|有无烟道",
    "rent": r"rent|租金|年租金|月租金",
    "owner": r"owner|权属|产权单位|业主|权属单位",
    "cost_factor": r"cost_factor|factor",
}
"""What a column may be, and what it is then called."""
_AGES = re.compile(r"^(?:.*\D)?(\d{1,2})\+?(?:岁|岁以上)?$")
_PARTIAL = re.compile(r"男|女|female|比重|比例|占比|率|[%％]|密度|densit", re.I)
"""What the names of columns say that hold a part of the persons, or no persons at all."""
_COUNTS = ("people", "elderly", "toddlers", "households")
_UNIT = re.compile(r"\s*[(（\[][^()（）\[\]]*[)）\]]\s*$")
_ALL = re.compile(r"合计|总计|小计|总数|total|all", re.I)
_CODES = re.compile(r"\d{6}(?:\|\d{6})*")
HEADS_TRIED = 8
HALF = 0.5
"""Share of a layer's places that speak for all."""


@dataclass
class Found:
    """One file as it was understood."""

    path: Path
    kind: str
    """As :func:`siting.scenario.layers.file_kinds.suffix_of` tells it."""
    columns: dict[str, str] = field(default_factory=dict)
    """What it is: the column."""
    header_row: int = 1
    rows: int = 0
    crs: str | None = None
    """What is guessed of the coordinates; None where the file says it, or nobody knows."""
    layer: str | None = None
    """The one that was taken of several layers or sheets."""
    others: tuple[str, ...] = ()
    """Further layers or sheets of the file."""
    doubts: list[str] = field(default_factory=list)
    """Keys of texts that say what nobody could be sure of."""
    middle: tuple[float, float] | None = None
    """Medians of coordinates in metres of a system that nobody names."""
    raw: RawLayer | None = None

    @property
    def has_place(self) -> bool:
        """Whether it says where its rows are."""
        geometry = self.raw is not None and self.raw.geometry is not None
        return geometry or "lonlat" in self.columns or {"x", "y"} <= self.columns.keys()


def look(file: str | Path, wanted: Sequence[str]) -> Found:
    """Look into a file.

    Args:
        wanted: what its columns may be, of :data:`NAMES`, the more telling first.

    Raises:
        InputError: the file cannot be read.
    """
    path = Path(file)
    kind = suffix_of(path)
    found = Found(path, kind)
    odd = oddness(path)
    if odd is not None and not (kind == "gdb" and path.is_dir()):
        raise InputError(Fault(str(file), odd[0], odd[1]))
    if kind in ("osm.pbf", "osm", "graphml"):
        return found
    names = _layers(path, kind) if kind in HOLD_LAYERS else []
    if len(names) < 2:
        found = _look_into(path, kind, None, wanted)
    else:
        # The one with the most of what is wanted, of equals the first.
        each = []
        for name in names:
            with suppress(InputError):  # an empty sheet, say
                each.append(_look_into(path, kind, name, wanted))
        if not each:
            read_source(path, path.name, None, Everything())  # tells why
        found = max(each, key=lambda one: (one.has_place, len(one.columns)))
        found.others = tuple(name for name in names if name != found.layer)
    _drop_rows(found)
    _system(found)
    return found


def _layers(path: Path, kind: str) -> list[str]:
    """Layers or sheets of a file."""
    if kind == "xlsx":
        import openpyxl

        with reading(path.name, Notice("fault.workbook")), path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True)
            names = [*book.sheetnames]
            book.close()
            return names
    if kind == "gpkg":
        held = gpkg.layers_of(path, path.name)
        return [name for name, _ in held if name.lower() not in gpkg.QGIS_OWN]
    if kind in ("gdb", "gdb.zip"):
        return [name for name, _ in gdb.layers_of(path, path.name)]
    return []


def _look_into(path: Path, kind: str, layer: str | None, wanted: Sequence[str]) -> Found:
    """One layer of a file, with the head below which its columns are the wanted ones."""
    found = Found(path, kind, layer=layer)
    name_columns(found, read_source(path, path.name, layer, Everything()), wanted)
    if kind not in HAVE_HEAD or found.has_place:
        return found
    for row in range(2, HEADS_TRIED + 1):
        with suppress(InputError):
            other = read_source(path, path.name, layer, Everything(rows=(row,)))
            tried = Found(path, kind, header_row=row, layer=layer)
            name_columns(tried, other, wanted)
            if tried.has_place:
                return tried
    return found


def _drop_rows(found: Found) -> None:
    """Leave out rows of sums and notes, as who reads the scenario will."""
    keys = ("x", "y", "lonlat")
    of_place = [found.columns[key] for key in keys if key in found.columns]
    if found.raw is not None and of_place:
        deque(leave_out(found.raw, of_place, found.path.name), maxlen=0)
        found.rows = len(found.raw.frame)


def name_columns(found: Found, raw: RawLayer, wanted: Sequence[str]) -> None:
    """Which columns are what."""
    found.raw, found.rows = raw, len(raw.frame)
    names = [str(name) for name in raw.frame.columns]
    taken: set[str] = set()
    for what in wanted:
        form = re.compile(NAMES[what], re.I)
        likely = [name for name in names if name not in taken and _is(what, form, name)]
        if what == "format":  # type codes say more than words
            cells = {name: raw.frame[name] for name in likely}
            likely.sort(key=lambda name: not are_typecodes(cells[name]))
        column = likely[0] if likely else None
        if column is None or (raw.geometry is not None and what in ("x", "y", "lonlat")):
            continue
        if what == "id" and not _differ(raw.frame[column]):
            continue
        found.columns[what] = column
        taken.add(column)
    if ("x" in found.columns) != ("y" in found.columns):
        found.columns.pop("x", None)
        found.columns.pop("y", None)
    if {"x", "y"} <= found.columns.keys():
        found.columns.pop("lonlat", None)


def _is(what: str, form: re.Pattern[str], name: str) -> bool:
    """Whether a column is called so, units and the totals of heads in two rows aside."""
    if what not in _COUNTS:
        return any(form.fullmatch(text) for text in (name.strip(), _UNIT.sub("", name).strip()))
    rows = [_UNIT.sub("", row).strip() for row in name.split(JOINT)]
    bare = JOINT.join([row for row in rows if not _ALL.fullmatch(row)] or rows[:1])
    return any(form.fullmatch(text) for text in (name.strip(), bare)) and not _PARTIAL.search(name)


def _differ(cells: pd.Series) -> bool:
    texts = as_text(cells)
    return bool(len(texts)) and "" not in texts and len(set(texts)) == len(texts)


def ages(found: Found) -> list[int]:
    """Ages of single years or bands that columns are named by, where there are many."""
    assert found.raw is not None
    known = {int(m[1]) for n in found.raw.frame.columns if (m := _AGES.fullmatch(str(n).strip()))}
    return sorted(known) if len(known) >= 5 else []


def _system(found: Found) -> None:
    """What the coordinates of a table may be."""
    columns = found.columns
    if found.raw is not None and found.raw.geometry is not None:
        if found.kind in OF_DEGREES and found.raw.crs == "EPSG:4326":
            centres = shapely.get_coordinates(shapely.centroid(found.raw.geometry))
            if in_mainland(centres.reshape(-1, 2)).mean() > HALF:
                found.doubts.append("by_format")
        return
    if found.raw is None or not ({"x", "y"} <= columns.keys() or "lonlat" in columns):
        return
    named = " ".join([*columns.values(), found.path.stem]).lower()
    if any(word in named for word in ("gcj", "amap", "高德", "gaode")) or (
        "lonlat" in columns and is_typecode(found)
    ):
        found.crs = "GCJ02"
        found.doubts.append("amap")
        return
    if any(word in named for word in ("bd09", "bd_", "百度", "baidu")):
        found.crs = "BD09"
        found.doubts.append("baidu")
        return
    if "lonlat" in columns:
        pairs = np.array([read_pair(cell) for cell in as_text(found.raw.frame[columns["lonlat"]])])
        if in_mainland(pairs.reshape(-1, 2)).mean() > HALF:
            found.doubts.append("in_china")
        return
    x, y = (_median(found.raw.frame[columns[key]]) for key in ("x", "y"))
    if np.isfinite([x, y]).all() and 2e6 < x < 6.5e6 and (1e5 < y < 1e6 or 1.3e7 < y < 4.6e7):
        columns["x"], columns["y"] = columns["y"], columns["x"]  # surveyors' X is north
        found.doubts.append("survey_axes")
        x, y = y, x
    number = int(x // 1_000_000) if np.isfinite(x) else 0
    if 25 <= number <= 45:
        found.crs = f"EPSG:{4513 + number - 25}"
        found.doubts.append("zone")
    elif 13 <= number <= 23:
        found.crs = f"EPSG:{4491 + number - 13}"
        found.doubts.append("zone")
    elif abs(x) > 180:
        found.doubts.append("metres")
        found.middle = (x, y)
    elif in_mainland(np.array([[x, y]])).all():
        found.doubts.append("in_china")


def _median(cells: pd.Series) -> float:
    numbers = pd.to_numeric(cells, errors="coerce")
    return float(numbers.median()) if numbers.notna().any() else float("nan")


def is_typecode(found: Found) -> bool:
    """Whether the column of formats holds AMap's six digits."""
    column = found.columns.get("format")
    return column is not None and found.raw is not None and are_typecodes(found.raw.frame[column])


def are_typecodes(column: pd.Series) -> bool:
    """Whether most cells are AMap's six digits."""
    cells = [cell for cell in as_text(column) if cell]
    return sum(_CODES.fullmatch(cell) is not None for cell in cells) > len(cells) / 2
