"""A first scenario from raw files: what is guessed, why, and what nobody could be sure of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from siting.complete_files import complete_file, refuse_unwritable
from siting.drafting.census import Census, match
from siting.drafting.look import Found, ages, is_typecode, look
from siting.drafting.premises import premises as from_buildings
from siting.errors import Fault, InputError
from siting.scenario import load
from siting.scenario.formats.catalogue import load_catalogue
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
    text = "\n".join(sheet.lines) + "\n"
    path = folder / SCENARIO
    with complete_file(path) as fresh:
        fresh.write_text(text, encoding="utf-8")
    return Draft(path, text, tuple(sheet.guesses), tuple(sheet.doubts), _checked(path))


def _checked(path: Path) -> tuple[Fault, ...]:
    try:
        scenario = load(path)
        scenario.check_layers()
        scenario.problem()
    except InputError as error:
        return error.faults
    return ()


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
        if reason in ("amap", "baidu", "zone"):
            sheet.add(f"{indent}crs: {found.crs}", sheet.doubt(reason, crs=found.crs))
        elif reason == "metres":
            sheet.add(f"{indent}# crs: EPSG:4547", sheet.doubt(reason))


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
    if census is not None:
        if census.unit:
            told = sheet.doubt("title_unit", unit=census.unit)
            sheet.add(f"  factor: {census.times}", told)
        sheet.add(f"  district: {_text(crowd.columns.get('district', census.on))}")
        sheet.add("  # spread: {over: …}", sheet.doubt("coarse"))
    elif "district" in columns:
        sheet.add(f"  district: {_text(columns['district'])}")
    return list(groups)


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
        found = from_buildings(extract, folder / "premises.gpkg")
        if len(found.frame):
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
