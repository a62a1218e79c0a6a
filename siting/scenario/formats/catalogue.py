"""Format catalogues: standards as data, every value with its source and evidence mark.

Marks: R read in a public source, M general knowledge, A an assumption to be overridden.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field

from siting.errors import Fault, InputError, nearest
from siting.notice import Notice
from siting.scenario.document.document import Document, read_file
from siting.scenario.document.paths import Folder, resolve
from siting.scenario.document.validate import validate
from siting.scenario.document.wrong import Wrong, located
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
    Minutes,
    Short,
    Standard,
    Text,
    Weight,
    exact,
    is_number,
)

BUILT_IN = ("cn-2021", "cn-2025")
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
    notes: Bilingual | None = None
    """What else a planner should know."""


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
    sources: dict[Ident, Text] = Field(default_factory=dict)
    """Key: source."""
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
    title: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    files: tuple[Path, ...] = ()
    """Files of the planner's own that were read; none for a built-in catalogue."""


def load_catalogue(name: str, folder: Folder | None = None) -> Catalogue:
    """A built-in catalogue by name, or a catalogue file relative to ``folder``.

    Raises:
        InputError: no such catalogue, or faults in the file, all at once.
    """
    return _built_in(name) if name in BUILT_IN else _read(name, folder or Folder(Path()))


@cache
def _built_in(name: str) -> Catalogue:
    """Read once: a scenario with variants asks for it once a variant."""
    return _read(name, Folder(Path()))


def _read(name: str, folder: Folder) -> Catalogue:
    merged: dict[str, dict[str, Any]] = {}
    sources: dict[str, str] = {}
    digest = hashlib.sha256()
    read: list[Path] = []
    chain: list[tuple[CatalogueFile, Document]] = []
    here: str | None = name
    while here is not None:
        path = _catalogue_path(here, folder)
        if len(chain) == 4:
            raise InputError(Fault(str(path), Notice("fault.chain_of_catalogues")))
        document = read_file(path)
        if document.data is None:
            raise InputError(document.faults)
        entry, rest, faults = validate(document, CatalogueFile, ("catalogue", "name", "formats"))
        if document.faults or faults:
            raise InputError([*document.faults, *faults])
        digest.update(path.read_bytes())
        if here not in BUILT_IN:
            read.append(path)
        chain.append((entry, rest))
        here = entry.extends
    for entry, _ in reversed(chain):
        sources |= entry.sources
        for key, value in entry.formats.items():
            merged[key] = merged.get(key, {}) | _given(value)
    first, document = chain[0]
    wrong = [
        Wrong(
            ("formats", i, k, "source"),
            Notice("fault.a_source"),
            v.source,
            nearest(v.source, sources),
        )
        for i, e in first.formats.items()
        for k, v in _given(e).items()
        if isinstance(v, Marked) and v.source is not None and v.source not in sources
    ]
    formats: dict[str, Format] = {}
    for key, values in merged.items():
        made = _format(key, values)
        if isinstance(made, Format):
            formats[key] = made
        else:
            wrong.append(made)
    if wrong:
        raise InputError(located(document, wrong))
    title = first.title.model_dump() if first.title else {}
    currency = next((c.currency for c, _ in chain if c.currency), "")
    return Catalogue(
        first.name or name, digest.hexdigest(), formats, sources, title, currency, tuple(read)
    )


def _catalogue_path(name: str, folder: Folder) -> Path:
    if name in BUILT_IN:
        return Path(str(files("siting.scenario.formats") / "catalogues" / f"{name}.yaml"))
    path = resolve(name, folder)
    if isinstance(path, str):
        raise InputError(Fault(name, path))
    if not path.is_file():
        hint = nearest(name, BUILT_IN) or Notice("fault.built_in", built_in=BUILT_IN)
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


def _format(key: str, values: dict[str, Any]) -> Format | Wrong:
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
        notes=notes,
        evidence={k: Evidence(v.mark, v.source or "") for k, v in marked.items()},
    )


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
