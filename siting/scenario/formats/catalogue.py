"""Format catalogues: standards as data, every value with its source and evidence mark.

Marks: R read in a public source, M general knowledge, A an assumption to be overridden.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field

from siting.errors import Fault, InputError, nearest
from siting.notice import Notice, plain
from siting.scenario.document.document import Document, Key, read_file
from siting.scenario.document.paths import Folder, resolve
from siting.scenario.document.validate import validate
from siting.scenario.document.wrong import Wrong, lacks, located
from siting.scenario.schema.formats import AddOn, Needs, Size, Tier
from siting.scenario.schema.layers import Table
from siting.scenario.schema.values import (
    MAX_AREA,
    BadValueError,
    Capacity,
    Checked,
    Cost,
    Flag,
    Ident,
    Metres,
    Minutes,
    OneOrMany,
    Share,
    Short,
    Speed,
    Standard,
    Text,
    Weight,
    exact,
    is_number,
)

BUILT_IN = ("cn-2021", "cn-2025")
LAYERS = ("beijing", "delivery")
"""Built-in layers upon a national catalogue: what a city asks (``cn-2025+beijing``), lockers and
cabinets of the delivery layer (``cn-2025+delivery``)."""
JOINED = "+"
MOST_FILES = 4
"""Of one catalogue and those it extends."""
GROUPS = {
    "all": ("所有人", "everybody"),
    "elderly": ("60岁及以上", "60 and over"),
    "toddlers": ("0-3岁", "0 to 3"),
    "children_6_12": ("6-12岁", "6 to 12"),
}
"""Groups the built-in catalogues speak of: name in Chinese and English."""
SIZE_NAMES = ("small", "typical", "large")
Mark = Literal["R", "M", "A"]
T = TypeVar("T")


NATIONAL = BUILT_IN[-1]
"""Of what stands before a layer in examples."""
Margin = Literal["micro", "thin", "market"]
Away = Literal["care", "schools", "homes"]
GradeFigure = Literal[
    "formats_present", "stands", "coverage", "completeness", "complete_circle", "satisfaction"
]
Names = list[Ident]


class Marked(Table, Generic[T]):
    """A value with what stands behind it."""

    value: T
    """The value itself."""
    mark: Mark = "A"
    """R read in a public source, M general knowledge, A an assumption."""
    source: Text | None = None
    """Key in the catalogue's list of sources."""


def _areas(value: Any) -> tuple[float, float, float]:
    fits = isinstance(value, list) and len(value) == 3 and all(is_number(v) for v in value)
    if not fits or not 0 < value[0] <= value[1] <= value[2] <= MAX_AREA:
        raise BadValueError(Notice("fault.three_areas"))
    return tuple(float(v) for v in value)  # type: ignore[return-value]


Areas = Annotated[
    tuple[float, float, float],
    Checked(_areas, {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}),
]
_plain = Short("value", (int, float))
_word = Short("value", (str,))


class Bilingual(Table):
    """A text in both languages."""

    zh: Text
    """In Chinese."""
    en: Text
    """In English."""


class Entry(Table):
    """One format of a catalogue file."""

    zh: Text | None = None
    """Name in Chinese."""
    en: Text | None = None
    """Name in English."""
    tier: Annotated[Marked[Tier], _word] | None = None
    """basic or quality."""
    minutes: Annotated[Marked[Minutes], _plain] | None = None
    """Walking time within which people count as served."""
    metres: Annotated[Marked[Standard], _plain] | None = None
    """Walking distance within which people count as served."""
    walking: Marked[Flag] | None = None
    """False for what is delivered and never counts as walking coverage."""
    group: Annotated[Marked[Ident], _word] | None = None
    """Who is counted."""
    weight: Annotated[Marked[Weight], _plain] | None = None
    """Value of one person covered; 1 by default."""
    area_m2: Annotated[Marked[Areas], Short("value", (list,))] | None = None
    """Smallest, typical and largest floor space of one outlet, m2."""
    capacity: Annotated[Marked[Capacity], _plain] | None = None
    """Persons one outlet of typical size serves."""
    cost_per_m2: Annotated[Marked[Cost], _plain] | None = None
    """Price of building and fitting out, currency units per m2."""
    needs: Marked[Needs] | None = None
    """What it asks of premises."""
    riding_minutes: Annotated[Marked[Minutes], _plain] | None = None
    """Of what is delivered: riding time within which people count as served."""
    riding_m_per_s: Annotated[Marked[Speed], _plain] | None = None
    """Of what is delivered: how fast its riders are, or people who ride there."""
    planning_m: Annotated[Marked[Standard], _plain] | None = None
    """Its planning distance, where that is not the one of its minutes."""
    margin: Annotated[Marked[Margin], _word] | None = None
    """What it lives by: micro (微利) and thin (薄利) margins need support, market does not."""
    public_interest: Marked[Flag] | None = None
    """Whether it serves the public (公益属性)."""
    fumes: Marked[Flag] | None = None
    """Whether it cooks with fumes: never in a dwelling, in a mixed building with a flue alone."""
    nuisance: Annotated[Marked[Names], Short("value", (list,))] | None = None
    """Its classes of nuisance, of the catalogue's list."""
    care: Marked[Flag] | None = None
    """Whether it is a place of care, from which nuisances keep away."""
    notes: Bilingual | None = None
    """What else a planner should know."""


class PlanningDistance(Table):
    """A distance that plans are drawn by, in place of minutes."""

    minutes: Minutes
    """Longest standard that it stands for."""
    metres: Standard
    """The distance."""
    mark: Mark = "A"
    """R read in a public source, M general knowledge, A an assumption."""
    source: Text | None = None
    """Key in the catalogue's list of sources."""


class Keep(Table):
    """How far a nuisance stays away from one kind of place."""

    from_: Annotated[Away, Field(alias="from")]
    """care: outlets of formats with ``care``; schools, homes: places of ``neighbours``."""
    metres: Metres
    """Least straight-line distance."""
    mark: Mark = "A"
    """R read in a public source, M general knowledge, A an assumption."""
    source: Text | None = None
    """Key in the catalogue's list of sources."""


class Nuisance(Table):
    """A class of nuisance (商居和谐)."""

    zh: Text
    """Name in Chinese."""
    en: Text
    """Name in English."""
    keep: list[Keep]
    """From what it stays away, and how far."""


class Asked(Table):
    """One condition of a grade."""

    what: GradeFigure
    """formats_present (of ``tier``), stands (``formats``), coverage (of ``format``), completeness,
    complete_circle, or satisfaction as surveyed."""
    tier: Tier | None = None
    """Of formats_present."""
    format: Ident | None = None
    """Of coverage."""
    formats: Annotated[list[Ident], OneOrMany()] | None = None
    """Of stands: all of them, where they are in use."""
    at_least: Share = 1.0
    """A share 0..1."""
    mark: Mark = "A"
    """R read in a public source, M general knowledge, A an assumption."""
    source: Text | None = None
    """Key in the catalogue's list of sources."""


class Grade(Table):
    """One grade of a circle; whoever has it has all before it."""

    id: Ident
    """Its id."""
    zh: Text
    """Name in Chinese."""
    en: Text
    """Name in English."""
    mark: Mark = "A"
    """Of the name: R read in a public source, M general knowledge, A an assumption."""
    source: Text | None = None
    """Key in the catalogue's list of sources."""
    asks: list[Asked]
    """Every condition must hold."""


class CatalogueFile(Table):
    """A catalogue of formats."""

    catalogue: Literal[1] | None = None
    """Version of the file format: 1."""
    name: Text | None = None
    """Name of the catalogue."""
    title: Bilingual | None = None
    """Its title."""
    currency: Text = ""
    """Currency of its costs."""
    extends: Text | None = None
    """Catalogue this one changes: a built-in name or a file."""
    layer: Flag = False
    """True: changes whatever national catalogue stands before it, as ``cn-2025+beijing``."""
    sources: dict[Ident, Text] = Field(default_factory=dict)
    """Key: source."""
    sources_zh: dict[Ident, Text] = Field(default_factory=dict)
    """The same in Chinese; where one is missing the other stands for it."""
    planning: list[PlanningDistance] | None = None
    """Planning distances beside minutes, by the longest walk that each stands for."""
    grades: list[Grade] | None = None
    """Grades of a circle from the lowest up; replaces those of the catalogue extended."""
    nuisances: dict[Ident, Nuisance] = Field(default_factory=dict)
    """Class of nuisance: from what it stays away."""
    formats: dict[Ident, Entry] = Field(default_factory=dict)
    """Format id: its standard; keys not given are those of the catalogue extended."""


@dataclass(frozen=True)
class Evidence:
    """What stands behind one value."""

    mark: str
    source: str


@dataclass(frozen=True)
class Format:
    """One format with its standard in effect."""

    id: str
    zh: str
    en: str
    tier: Tier
    groups: tuple[str, ...]
    """Who is counted; several groups share nobody."""
    sizes: tuple[Size, ...]
    minutes: float | None = None
    metres: float | None = None
    weight: float = 1.0
    add_on: AddOn | None = None
    """A counter in another format's shop, as a further way of opening."""
    needs: Needs = field(default_factory=Needs)
    """What it asks of premises."""
    stands_in_for: tuple[str, ...] = ()
    """Formats whose people its outlets serve too."""
    public_share: float | None = None
    """Part of its cost that public money pays."""
    min_catchment: float | None = None
    """Least people within its standard for a new outlet."""
    walking: bool = True
    """False: delivery only, never walking coverage."""
    riding_minutes: float | None = None
    """Of what is delivered: within how long."""
    riding_m_per_s: float | None = None
    """Of what is delivered: how fast it comes."""
    planning_m: float | None = None
    """Its planning distance; None where nobody names one."""
    margin: Margin = "market"
    public_interest: bool = False
    fumes: bool = False
    nuisance: tuple[str, ...] = ()
    """Classes of the catalogue's list."""
    care: bool = False
    """Whether nuisances keep away from it."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Text by language."""
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    """Key: mark and source of its value."""


@dataclass(frozen=True)
class Catalogue:
    """A catalogue as read, before a scenario changes it."""

    name: str
    sha256: str
    """Of the file, followed by those it extends."""
    formats: Mapping[str, Format]
    sources: Mapping[str, str]
    sources_zh: Mapping[str, str] = field(default_factory=dict)
    """As far as a file tells them in Chinese."""
    title: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    grades: tuple[Grade, ...] = ()
    """From the lowest up."""
    nuisances: Mapping[str, Nuisance] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    """Files of the planner's own that were read; none for a built-in catalogue."""


def load_catalogue(name: str, folder: Folder | None = None) -> Catalogue:
    """A built-in catalogue by name, or a catalogue file relative to ``folder``; layers behind it,
    built in or files, change it one after the other: ``cn-2025+beijing``, ``cn-2025+city.yaml``.

    Raises:
        InputError: no such catalogue or layer, or faults in a file, all at once.
    """
    built_in = all(part in (*BUILT_IN, *LAYERS) for part in name.split(JOINED))
    return _built_in(name) if built_in else _read(name, folder or Folder(Path()))


@cache
def _built_in(name: str) -> Catalogue:
    """Read once: a scenario with variants asks for it once a variant."""
    return _read(name, Folder(Path()))


@dataclass(frozen=True)
class _File:
    """One file of a catalogue."""

    said: CatalogueFile
    document: Document
    path: Path
    own: bool
    """Whether it is the planner's."""


def _read(name: str, folder: Folder) -> Catalogue:
    files = _files(name, folder)
    merged: dict[str, dict[str, Any]] = {}
    sources: dict[str, str] = {}
    chinese: dict[str, str] = {}
    nuisances: dict[str, Nuisance] = {}
    grades: list[Grade] = []
    planning: list[PlanningDistance] = []
    wrong: list[Fault] = []
    for file in files:
        sources |= file.said.sources
        chinese |= file.said.sources_zh
        nuisances |= file.said.nuisances
        grades = grades if file.said.grades is None else file.said.grades
        planning = planning if file.said.planning is None else file.said.planning
        for key, value in file.said.formats.items():
            merged[key] = merged.get(key, {}) | _given(value)
        wrong += located(file.document, _unknown(file.said, sources, nuisances))
    formats: dict[str, Format] = {}
    for key, values in merged.items():
        made = _format(key, values, planning)
        if isinstance(made, Format):
            formats[key] = made
        else:
            wrong += located(files[-1].document, [made])
    for file in files:
        wrong += located(file.document, _unknown_formats(file.said, formats))
    if wrong:
        raise InputError(wrong)
    last = next(file.said for file in reversed(files) if not file.said.layer)
    digest = hashlib.sha256()
    for file in reversed(files):
        digest.update(file.path.read_bytes())
    layers = [file.said for file in files if file.said.layer]
    title = last.title.model_dump() if last.title else {}
    for layer in layers:
        own = layer.title.model_dump() if layer.title else {}
        title = {lang: f"{told} + {own[lang]}" if own else told for lang, told in title.items()}
    return Catalogue(
        name=JOINED.join([last.name or name, *(layer.name or "" for layer in layers)]),
        sha256=digest.hexdigest(),
        formats=formats,
        sources=sources,
        sources_zh=chinese,
        title=title,
        currency=next((f.said.currency for f in reversed(files) if f.said.currency), ""),
        grades=tuple(grades),
        nuisances=nuisances,
        files=tuple(file.path for file in reversed(files) if file.own),
    )


def _files(name: str, folder: Folder) -> list[_File]:
    """Every file of a catalogue, what is changed before what changes it."""
    first, *layers = name.split(JOINED)
    found: list[_File] = []
    here: str | None = first
    while here is not None:
        if len(found) == MOST_FILES:
            raise InputError(Fault(here, Notice("fault.chain_of_catalogues")))
        file = _file(here, folder, layer=False)
        found.insert(0, file)
        here = file.said.extends
    return [*found, *(_file(layer, folder, layer=True) for layer in layers)]


def _file(name: str, folder: Folder, layer: bool) -> _File:
    path = _catalogue_path(name, folder, layer)
    document = read_file(path)
    if document.data is None:
        raise InputError(document.faults)
    said, rest, faults = validate(document, CatalogueFile, ("catalogue", "name", "formats"))
    if document.faults or faults:
        raise InputError([*document.faults, *faults])
    if said.layer and said.extends is not None:
        wrong = Wrong(("extends",), Notice("fault.not_in_layer"), said.extends)
        raise InputError(located(rest, [wrong]))
    if layer and not said.layer:
        raise InputError(located(rest, [lacks(("layer",), Notice("fault.true_of_layer"))]))
    if said.layer and not layer:
        example = f"{NATIONAL}{JOINED}{name}"
        told = Wrong(("layer",), Notice("fault.behind_catalogue"), "true", plain(example))
        raise InputError(located(rest, [told]))
    return _File(said, rest, path, name not in (*BUILT_IN, *LAYERS))


def _unknown(
    said: CatalogueFile, sources: Mapping[str, str], nuisances: Mapping[str, Nuisance]
) -> Iterator[Wrong]:
    """Sources and classes of nuisance that a file names and nobody knows."""
    named: list[tuple[Key, str | None]] = [
        (("formats", i, k, "source"), v.source)
        for i, entry in said.formats.items()
        for k, v in _given(entry).items()
        if isinstance(v, Marked)
    ]
    for g, grade in enumerate(said.grades or ()):
        named.append((("grades", g, "source"), grade.source))
        named += [(("grades", g, "asks", i, "source"), a.source) for i, a in enumerate(grade.asks)]
    for id, nuisance in said.nuisances.items():
        keeps = enumerate(nuisance.keep)
        named += [(("nuisances", id, "keep", i, "source"), keep.source) for i, keep in keeps]
    for i, distance in enumerate(said.planning or ()):
        named.append((("planning", i, "source"), distance.source))
    for key, source in named:
        if source is not None and source not in sources:
            yield Wrong(key, Notice("fault.a_source"), source, nearest(source, sources))
    for id, entry in said.formats.items():
        for name in entry.nuisance.value if entry.nuisance is not None else ():
            if name not in nuisances:
                at = ("formats", id, "nuisance")
                yield Wrong(at, Notice("fault.a_nuisance"), name, nearest(name, nuisances))


def _unknown_formats(said: CatalogueFile, formats: Mapping[str, Format]) -> Iterator[Wrong]:
    """Formats of grades that no file knows; figures that lack what they are of."""
    needed = {"formats_present": "tier", "stands": "formats", "coverage": "format"}
    for g, grade in enumerate(said.grades or ()):
        for i, asked in enumerate(grade.asks):
            key: Key = ("grades", g, "asks", i)
            need = needed.get(asked.what)
            if need is not None and getattr(asked, need) is None:
                yield lacks((*key, need))
            for name in filter(None, (asked.format, *(asked.formats or ()))):
                if name not in formats:
                    hint = nearest(name, formats)
                    yield Wrong(key, Notice("fault.a_format"), name, hint)


def _catalogue_path(name: str, folder: Folder, layer: bool) -> Path:
    known = LAYERS if layer else BUILT_IN
    if name in known:
        return Path(str(files("siting.scenario.formats") / "catalogues" / f"{name}.yaml"))
    path = resolve(name, folder)
    if isinstance(path, str):
        raise InputError(Fault(name, path))
    if not path.is_file():
        hint = nearest(name, known) or Notice("fault.built_in", built_in=known)
        raise InputError(
            Fault(name, Notice("fault.a_catalogue"), Notice("fault.neither"), hint=hint)
        )
    return path


def _given(entry: Entry) -> dict[str, Any]:
    """Values that a catalogue file states; minutes and metres displace each other."""
    given = {k: getattr(entry, k) for k in entry.model_fields_set}
    if given.get("metres") is not None:
        given.setdefault("minutes", None)
    elif given.get("minutes") is not None:
        given.setdefault("metres", None)
    return given


def _format(
    key: str, values: dict[str, Any], planning: Sequence[PlanningDistance]
) -> Format | Wrong:
    marked = {k: v for k, v in values.items() if isinstance(v, Marked)}
    value: dict[str, Any] = {k: v.value for k, v in marked.items()}
    walking = bool(value.get("walking", True))
    need = ["tier", "group", "area_m2", "cost_per_m2"]
    if walking and "metres" not in value:
        need.insert(0, "minutes")
    lacking = [k for k in need if k not in value]
    if lacking:
        return Wrong(("formats", key), Notice("fault.must_give", lacking=lacking))
    notes = values["notes"].model_dump() if values.get("notes") else {}
    own = marked.get("planning_m") if walking else None
    told = _planning(value.get("minutes"), planning) if walking else None
    evidence = {k: Evidence(v.mark, v.source or "") for k, v in marked.items()}
    if told is not None:
        evidence.setdefault("planning_m", Evidence(told.mark, told.source or ""))
    return Format(
        key,
        values.get("zh") or values.get("en") or key,
        values.get("en") or key,
        value["tier"],
        (value["group"],),
        _sizes(value),
        value.get("minutes"),
        value.get("metres"),
        value.get("weight", 1.0),
        needs=value.get("needs", Needs()),
        walking=walking,
        riding_minutes=value.get("riding_minutes"),
        riding_m_per_s=value.get("riding_m_per_s"),
        planning_m=float(own.value) if own is not None else None if told is None else told.metres,
        margin=value.get("margin", "market"),
        public_interest=bool(value.get("public_interest", False)),
        fumes=bool(value.get("fumes", False)),
        nuisance=tuple(value.get("nuisance", ())),
        care=bool(value.get("care", False)),
        notes=notes,
        evidence=evidence,
    )


def _planning(
    minutes: float | None, planning: Sequence[PlanningDistance]
) -> PlanningDistance | None:
    """That of the shortest walk that is not shorter than a format's minutes."""
    enough = [p for p in planning if minutes is not None and p.minutes >= minutes]
    return min(enough, key=lambda p: p.minutes) if enough else None


def _sizes(value: dict[str, Any]) -> tuple[Size, ...]:
    """Small, typical and large: cost and capacity in proportion to area, capacity rounded down."""
    areas = value["area_m2"]
    capacity = value.get("capacity")
    return tuple(
        Size(
            name=name,
            area_m2=area,
            cost=float(exact(area) * exact(value["cost_per_m2"])),
            capacity=None if capacity is None else int(capacity * exact(area) / exact(areas[1])),
        )
        for name, area in zip(SIZE_NAMES, areas, strict=True)
    )
