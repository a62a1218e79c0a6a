"""A first scenario from raw files: what is guessed, why, and what nobody could be sure of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from pyproj import CRS

from siting.complete_files import complete_file, refuse_unwritable
from siting.drafting.census import Census, match
from siting.drafting.look import Found, ages, is_typecode, look
from siting.drafting.premises import premises as from_buildings
from siting.errors import Fault, InputError
from siting.notice import Notice, in_language
from siting.scenario import load
from siting.scenario.formats.catalogue import load_catalogue
from siting.scenario.layers.columns import as_text
from siting.scenario.layers.units import PERSONS, head_unit
from siting.texts.words import Lang, Words

CATALOGUE = "cn-2021"
OF_PEOPLE = ("id", "x", "y", "lonlat", "elderly", "toddlers", "people", "households", "district")
OF_BOUNDARIES = ("id", "district")
OF_OUTLETS = ("id", "x", "y", "lonlat", "format")
OF_PREMISES = (
    "id",
    "x",
    "y",
    "lonlat",
    "area_m2",
    "formats",
    "storey",
    "flue",
    "rent",
    "owner",
    "cost_factor",
    "district",
)
OSM_OUTLETS = {
    "amenity=marketplace": "wet_market",
    "shop=convenience": "convenience_store",
    "shop=supermarket": "supermarket",
    "shop=greengrocer": "fresh_grocery",
    "amenity=pharmacy": "pharmacy",
    "shop=laundry": "laundry",
    "shop=hairdresser": "hair_beauty",
    "shop=bakery": "bakery",
    "amenity=recycling": "recycling_point",
}
"""Tags of OpenStreetMap and the formats they come nearest to."""


SCENARIO = "scenario.yaml"
OF_READING = ("layer.", "layers.", "demand.")
"""What the keys of warnings begin with that say how layers were read."""
MOST_SAID = 8
"""Lines of the check that the scenario repeats."""
NEAR_M = 50_000.0
"""Layers of one city have their middles so near one another."""
MOST_WORDS = 6
"""Words for formats that the scenario lists to be turned into them."""


@dataclass(frozen=True)
class Draft:
    """A scenario that was drawn up."""

    path: Path
    text: str
    """Of the scenario file."""
    guesses: tuple[str, ...]
    """What was concluded, one line each."""
    doubts: tuple[str, ...]
    """What nobody could be sure of, one line each; each stands in the file as a comment too."""
    faults: tuple[Fault, ...]
    """What ``siting check`` says; none where it passes."""


class _Sheet:
    """Lines of the scenario with their comments."""

    def __init__(self, lang: Lang, folder: Path):
        self.words = Words.of(lang, "new")
        self.folder = folder
        self.lines: list[str] = []
        self.guesses: list[str] = []
        self.doubts: list[str] = []

    def add(self, line: str, comment: str = "") -> None:
        self.lines.append(f"{line}  # {comment}" if comment else line)

    def guess(self, key: str, **values: object) -> str:
        told = self.words.tell(key, **values)
        self.guesses.append(told)
        return told

    def doubt(self, key: str, **values: object) -> str:
        told = self.words["doubt"] + self.words.tell(key, **values)
        self.doubts.append(told)
        return told


def new(
    people: str | Path,
    streets: str | Path | None = None,
    outlets: str | Path | None = None,
    premises: str | Path | None = None,
    budget: int | None = None,
    *,
    boundaries: str | Path | None = None,
    out: str | Path,
    lang: Lang = "en",
) -> Draft:
    """Draw up a scenario from files and check it.

    Args:
        people: table, layer or tif of where people live.
        streets: .osm.pbf, .osm, GraphML or gpkg of lines; without it people walk straight lines.
        outlets: what stands today; with an extract as streets its tags are taken.
        premises: candidates; with an extract as streets its buildings are taken.
        budget: currency units.
        boundaries: layer of street offices, communities or blocks, where the people's table has
            their names or codes and no places.
        out: folder to be written, with ``scenario.yaml``.
        lang: of the comments, ``zh`` or ``en``.

    Raises:
        InputError: a file cannot be read.
    """
    folder = Path(out)
    sheet = _Sheet(lang, folder)
    area = None if boundaries is None else look(boundaries, OF_BOUNDARIES)
    census = None if area is None else match(Path(people), area, OF_PEOPLE)
    if area is not None and census is not None and not census.table.has_place:
        crowd = area
    else:
        crowd, census = look(people, OF_PEOPLE), None
    stands = None if outlets is None else look(outlets, OF_OUTLETS)
    sites = None if premises is None else look(premises, OF_PREMISES)
    layers = [found for found in (crowd, stands, sites) if found is not None]
    for found in layers:
        _as_the_others(found, layers)
    ways = None if streets is None else look(streets, ())
    extract = None if ways is None or ways.kind not in ("osm.pbf", "osm") else ways.path
    refuse_unwritable(folder / SCENARIO)
    sheet.add("# " + sheet.words["title"])
    sheet.add("siting: 1")
    sheet.add(f"name: {json.dumps(crowd.path.stem.split('.')[0], ensure_ascii=False)}")
    sheet.add("currency: CNY")
    _travel(sheet, ways)
    groups = _people(sheet, crowd, census)
    if area is not None and census is None:
        key = "boundaries_unused" if crowd.has_place else "no_shared_names"
        sheet.add(
            f"# {area.path.name}", sheet.doubt(key, file=area.path.name, people=crowd.path.name)
        )
    _outlets(sheet, stands, extract)
    _premises(sheet, sites, extract, crowd, folder)
    _formats(sheet, groups)
    if budget is None:
        sheet.add("# budget: 5000000", sheet.doubt("no_budget"))
    else:
        sheet.add(f"budget: {int(budget)}")
    sheet.add("rules: {nuisance: all}", sheet.guess("nuisance"))
    path = folder / SCENARIO
    _write(path, sheet.lines)
    faults, warnings = _checked(path)
    said = [fault.in_language(lang) for fault in faults] + [in_language(w, lang) for w in warnings]
    files = [f for f in (people, streets, outlets, premises, boundaries) if f is not None]
    for file in map(Path, (*files, path)):
        said = [line.replace(str(file.resolve()), file.name) for line in said]
        said = [line.replace(str(file), file.name) for line in said]
    said = list(dict.fromkeys(said))
    if said:
        sheet.add("# " + sheet.words["check_says"])
        for line in said[:MOST_SAID]:
            sheet.add(f"# - {line}")
        if len(said) > MOST_SAID:
            sheet.add("# " + sheet.words.tell("check_says_more", n=len(said) - MOST_SAID))
        _write(path, sheet.lines)
    text = "\n".join(sheet.lines) + "\n"
    return Draft(path, text, tuple(sheet.guesses), tuple(sheet.doubts), faults)


def _write(path: Path, lines: Sequence[str]) -> None:
    with complete_file(path) as fresh:
        fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _checked(path: Path) -> tuple[tuple[Fault, ...], list[Notice]]:
    """What the check finds, and what it tells of how layers were read."""
    try:
        scenario = load(path)
        scenario.check_layers()
        scenario.problem()
    except InputError as error:
        return error.faults, []
    told = (w for w in scenario.warnings if isinstance(w, Notice))
    return (), [w for w in told if w.key.startswith(OF_READING)]


def _as_the_others(found: Found, layers: Sequence[Found]) -> None:
    """Take metres of a system that nobody names for those of a layer that says its own and lies
    there, in place."""
    if found.middle is None:
        return
    for other in layers:
        if other.raw is None or other.raw.geometry is None or other.raw.crs is None:
            continue
        system = CRS.from_user_input(other.raw.crs)
        code = system.to_authority(min_confidence=70)
        if system.is_geographic or code is None:
            continue
        there = np.median(shapely.get_coordinates(other.raw.geometry), axis=0)
        if np.hypot(*(there - found.middle)) <= NEAR_M:
            found.crs = ":".join(code)
            found.doubts[found.doubts.index("metres")] = "as_other"
            return


def _file(path: Path, folder: Path) -> str:
    """A file as a scenario in the folder names it: from there where it lies within, so that both
    move together; from the root elsewhere, for a scenario's paths lead down only."""
    file, start = path.resolve(), folder.resolve()
    way = file.relative_to(start) if file.is_relative_to(start) else file
    return json.dumps(way.as_posix(), ensure_ascii=False)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _travel(sheet: _Sheet, ways: Found | None) -> None:
    sheet.add("travel:")
    if ways is None:
        sheet.add("  mode: euclidean", sheet.doubt("no_streets"))
        sheet.add("  detour: 1.3")
        return
    sheet.add("  mode: network")
    sheet.add(f"  network: {_file(ways.path, sheet.folder)}")


def _layer(sheet: _Sheet, found: Found, indent: str = "  ") -> None:
    """File, head, id and place of a layer, with what is doubted about its system."""
    sheet.add(
        f"{indent}file: {_file(found.path, sheet.folder)}",
        sheet.guess("read", file=found.path.name, rows=found.rows),
    )
    if found.layer is not None:
        why = sheet.doubt("one_layer", file=found.path.name, others=list(found.others))
        sheet.add(f"{indent}layer: {_text(found.layer)}", why)
    if found.header_row > 1:
        why = sheet.guess("head", file=found.path.name, row=found.header_row)
        sheet.add(f"{indent}header_row: {found.header_row}", why)
    for key in ("id", "x", "y", "lonlat"):
        if key in found.columns:
            why = ""
            if key == "x" and "survey_axes" in found.doubts:
                why = sheet.doubt("survey_axes", column=found.columns["x"])
            sheet.add(f"{indent}{key}: {_text(found.columns[key])}", why)
    for reason in found.doubts:
        if reason in ("amap", "baidu", "zone", "as_other"):
            sheet.add(f"{indent}crs: {found.crs}", sheet.doubt(reason, crs=found.crs))
        elif reason == "metres":
            sheet.add(f"{indent}# crs: EPSG:4547", sheet.doubt(reason))
        elif reason in ("in_china", "by_format"):
            sheet.add(f"{indent}# crs: GCJ02", sheet.doubt(reason))


def _people(sheet: _Sheet, crowd: Found, census: Census | None) -> list[str]:
    """The demand; returns its groups.

    Args:
        census: where the people stand in a table and ``crowd`` is the layer of boundaries.
    """
    sheet.add("demand:")
    _layer(sheet, crowd)
    counted = crowd
    if census is not None:
        counted = census.table
        _join(sheet, crowd, census)
    elif not crowd.has_place and crowd.kind != "tif":
        sheet.add("  # x: …, y: …", sheet.doubt("no_place"))
    columns = counted.columns
    if crowd.kind == "tif":
        sheet.add("  bands: {all: 1}", sheet.doubt("bands"))
        return ["all"]
    groups: dict[str, str] = {}
    households = "people" not in columns and "households" in columns
    if households:
        groups["all"] = _text(columns["households"])
    elif "people" in columns:
        groups["all"] = _text(columns["people"])
    years = ages(counted)
    if years:
        groups.setdefault("all", f'"{years[0]}.."')
    if "elderly" in columns:
        groups["elderly"] = _text(columns["elderly"])
    elif years and years[-1] >= 60:
        groups["elderly"] = '"60.."'
    if "toddlers" in columns:
        groups["toddlers"] = _text(columns["toddlers"])
    told = sheet.guess("groups", groups=list(groups)) if groups else sheet.doubt("no_people")
    shown = ", ".join(f"{name}: {column}" for name, column in groups.items())
    sheet.add(f"  groups: {{{shown}}}", told)
    if households:
        sheet.add("  persons_per_household: 2.6", sheet.doubt("households"))
    unit, times = _title_unit(counted) if census is None else (census.unit, census.times)
    if unit:
        sheet.add(f"  factor: {times}", sheet.doubt("title_unit", unit=unit))
    if census is not None:
        sheet.add(f"  district: {_text(crowd.columns.get('district', census.on))}")
        sheet.add("  # spread: {over: …}", sheet.doubt("coarse"))
    elif "district" in columns:
        sheet.add(f"  district: {_text(columns['district'])}")
    return list(groups)


def _title_unit(counted: Found) -> tuple[str, int]:
    """The unit of persons that a title names where no head does, and how many are in one."""
    assert counted.raw is not None
    for what in ("people", "elderly", "toddlers"):
        column = counted.columns.get(what)
        if column is not None and head_unit(column, PERSONS) is None:
            for unit in counted.raw.units.get(column, ()):
                if (size := PERSONS.units.get(unit, 1)) != 1:
                    return unit, int(size)
    return "", 1


def _join(sheet: _Sheet, crowd: Found, census: Census) -> None:
    """How the table of people joins the boundaries."""
    parts = [f"file: {_file(census.table.path, sheet.folder)}", f"on: {_text(census.on)}"]
    if census.column != census.on:
        parts.append(f"column: {_text(census.column)}")
    if census.rows not in ((), (1,)):
        rows = census.rows if len(census.rows) > 1 else census.rows[0]
        parts.append(f"header_row: {json.dumps(rows)}")
    told = sheet.guess(
        "joined",
        file=census.table.path.name,
        column=census.column,
        n=census.shared,
        of=crowd.rows,
    )
    if census.shared < crowd.rows:
        told += " " + sheet.doubt("boundaries_left", n=crowd.rows - census.shared)
    sheet.add(f"  join: {{{', '.join(parts)}}}", told)


def _outlets(sheet: _Sheet, stands: Found | None, extract: Path | None) -> None:
    if stands is None and extract is None:
        sheet.add("outlets: []", sheet.doubt("no_outlets"))
        return
    sheet.add("outlets:")
    if stands is None or stands.kind in ("osm.pbf", "osm"):
        path = extract if stands is None else stands.path
        assert path is not None
        sheet.add(
            f"  file: {_file(path, sheet.folder)}", sheet.guess("osm_outlets", file=path.name)
        )
        tags = ", ".join(f"{tag}: {name}" for tag, name in OSM_OUTLETS.items())
        sheet.add(f"  osm: {{{tags}}}", sheet.doubt("osm_tags"))
        return
    _layer(sheet, stands)
    if "format" not in stands.columns:
        sheet.add("  # format: …", sheet.doubt("no_format"))
        return
    sheet.add(f"  format: {_text(stands.columns['format'])}")
    if is_typecode(stands):
        sheet.add("  kinds: amap", sheet.guess("typecodes"))
        return
    assert stands.raw is not None
    cells = [cell for cell in as_text(stands.raw.frame[stands.columns["format"]]) if cell]
    known = {
        name for f in load_catalogue(CATALOGUE).formats.values() for name in (f.id, f.zh, f.en)
    }
    words = [word for word in dict.fromkeys(cells) if word not in known]
    if words:
        some = ", ".join(f"{_text(word)}: …" for word in words[:MOST_WORDS])
        sheet.add(f"  # kinds: {{{some}}}", sheet.doubt("other_words", n=len(words)))


def _premises(
    sheet: _Sheet, sites: Found | None, extract: Path | None, crowd: Found, folder: Path
) -> None:
    sheet.add("premises:")
    if sites is not None:
        _layer(sheet, sites)
        for key in ("area_m2", "formats", "storey", "flue", "rent", "owner", "cost_factor"):
            if key in sites.columns:
                sheet.add(f"  {key}: {_text(sites.columns[key])}")
        if "area_m2" not in sites.columns:
            sheet.add("  # area_m2: …", sheet.doubt("no_area"))
        return
    if extract is not None:
        found = None
        with suppress(InputError):  # an extract of streets alone
            found = from_buildings(extract, folder / "premises.gpkg")
        if found is not None and len(found.frame):
            told = sheet.doubt("buildings", n=len(found.frame), of=found.buildings)
            sheet.add("  file: premises.gpkg", told)
            for key, column in (
                ("id", "id"),
                ("area_m2", "area_m2"),
                ("use", "use"),
                ("cost_factor", "cost_factor"),
            ):
                sheet.add(f"  {key}: {column}")
            return
    if crowd.kind == "tif":
        sheet.add("  # file: …", sheet.doubt("no_premises"))
        return
    sheet.add(f"  file: {_file(crowd.path, sheet.folder)}", sheet.doubt("sites_of_people"))
    for key in ("id", "x", "y", "lonlat"):
        if key in crowd.columns:
            sheet.add(f"  {key}: {_text(crowd.columns[key])}")
    if crowd.layer is not None:
        sheet.add(f"  layer: {_text(crowd.layer)}")
    if crowd.crs:
        sheet.add(f"  crs: {crowd.crs}")
    if crowd.header_row > 1:
        sheet.add(f"  header_row: {crowd.header_row}")


def _formats(sheet: _Sheet, groups: list[str]) -> None:
    formats = load_catalogue(CATALOGUE).formats
    basic = [f for f in formats.values() if f.walking and f.tier == "basic"]
    use = [f.id for f in basic if set(f.groups) <= set(groups)]
    left = [f.id for f in basic if f.id not in use]
    sheet.add("formats:")
    sheet.add(f"  catalogue: {CATALOGUE}", sheet.doubt("prices"))
    told = sheet.guess("formats", n=len(use))
    if left:
        told += " " + sheet.doubt("formats_left", left=left)
    sheet.add(f"  use: [{', '.join(use)}]", told)
