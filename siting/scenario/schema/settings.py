"""Settings: the scenario file as a schema, one docstring a key (docs/contract.md, section 1)."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from siting.scenario.schema.formats import Formats
from siting.scenario.schema.goals import KPI_WORDS
from siting.scenario.schema.languages import LANGUAGES
from siting.scenario.schema.layers import (
    DemandLayers,
    GateLayer,
    Layer,
    OutletLayers,
    PremisesLayers,
    Table,
)
from siting.scenario.schema.mobile import MobileUnit
from siting.scenario.schema.reference import describe_fields, models_of, reference
from siting.scenario.schema.rules import Budget, MaxOutlets, Objective, Rules
from siting.scenario.schema.values import (
    BlankIsEmpty,
    Detour,
    Flag,
    Ident,
    Metres,
    Minutes,
    Number,
    OneOrMany,
    Positive,
    Short,
    SlopeRule,
    Speed,
    Standard,
    StepsRule,
    Text,
    Tolerance,
    Version,
    Weight,
    When,
    one_of,
)

SCHEMA_FILE = "scenario.schema.json"
KEYS_FILE = "KEYS.md"
REQUIRED = ("siting", "travel", "demand", "premises")
"""Keys no scenario can do without; checked beside the schema so that other faults still show."""
MAY_BE_BLANK = {("outlets",), ("rules",), ("objective",), ("variants",), ("formats", "change")}
"""Keys whose value may be left out: an empty list or mapping is meant."""
FORMS = {
    "clustered": ("组团式",),
    "street_block": ("街坊式", "street-block"),
    "dispersed": ("分布式",),
}
"""Forms that a circle may take, with the policy's words (docs/domain.md, section 4)."""
DEFAULT_SPEEDS = {"default": 1.2, "elderly": 0.9, "toddlers": 0.9}
"""m/s when a scenario gives none (docs/domain.md, section 1; an assumption)."""


class NetworkSource(Table):
    """A network file, or a pair of tables: edges (walkable both ways) and nodes."""

    file: Text | None = None
    """.osm.pbf, .osm, OSMnx GraphML, gpkg or another layer of LineStrings."""
    edges: Text | None = None
    """csv or parquet with the columns u, v, length_m."""
    nodes: Text | None = None
    """csv or parquet with the columns node, x, y (in ``crs``)."""


class Travel(Table):
    """How people walk."""

    mode: Literal["network", "euclidean", "great_circle"] = "network"
    """network: along streets; the straight-line modes are a fallback and flagged as one."""
    network: Annotated[NetworkSource, Short("file", (str,))] | None = None
    """.osm.pbf, .osm, OSMnx GraphML, gpkg or another layer of LineStrings, or a pair of tables."""
    detour: Detour = 1.0
    """Factor on straight-line distance; 1.3 is usual. Straight-line modes only."""
    speed_m_per_s: Annotated[dict[Ident, Speed], Short("default")] = Field(
        default_factory=lambda: dict(DEFAULT_SPEEDS)
    )
    """Group: walking speed; groups not listed walk at ``default``."""
    snap_limit_m: Metres = 300.0
    """Farther from the network than this: unreachable, listed, never guessed."""
    scrap_m: Metres = 0.0
    """Separate parts of the network with less street than this are taken for slips of the map and
    left out: who stands nearest to one walks on to the next street. Default: every part stays, for
    it may be an island or lie behind a closed gate; who lives on one without sites is told."""
    elevation: Text | None = None
    """GeoTIFF of heights in metres: streets then count as many level metres as take as long there
    and back, halved. Default: every street is level. The rules in full:
    ``siting/walking/slopes.py``."""
    slope: Annotated[dict[Ident, SlopeRule], Short("default", (str, int, float))] = Field(
        default_factory=dict
    )
    """Group: how slopes lengthen its walks: tobler, a number of level metres for each metre climbed
    (Naismith's rule is 8) or flat; groups not listed go by ``default``. Default: tobler where
    ``elevation`` is given. Without ``elevation`` only inclines that the network's file tells."""
    steps: Annotated[dict[Ident, StepsRule], Short("default", (str, int, float))] = Field(
        default_factory=dict
    )
    """Group: factor on the length of steps, or closed; groups not listed go by ``default``.
    Default: 1."""
    step_free: Annotated[list[Ident], OneOrMany()] = Field(default_factory=list)
    """Groups that walk only where a wheelchair passes: no steps without a ramp, nothing tagged
    wheelchair=no, no soft tracks. ``default``: every group that no key of these names."""
    barriers: Annotated[list[Layer], OneOrMany()] = Field(default_factory=list)
    """Lines or polygons nobody walks across: closed crossings, walls, sites under construction."""
    compounds: Annotated[list[Layer], OneOrMany()] = Field(default_factory=list)
    """Polygons of walled compounds (小区). Who is inside walks straight to a gate and from there to
    the network; streets end at the walls and pass at the gates. Each needs a gate. The rules in
    full: ``siting/walking/compounds.py``. What the walls cost and where a further gate would help:
    ``siting gaps``, or a variant that says ``travel: {compounds: [], gates: []}``."""
    gates: Annotated[list[GateLayer], OneOrMany()] = Field(default_factory=list)
    """Points where one may enter and leave the compounds."""
    gate_within_m: Metres = 10.0
    """How far a gate may stand from the wall it belongs to, and a street pass from the gate."""


class Source(Table):
    """Where data of the scenario come from; printed in every report."""

    what: Text
    """The data and who made them."""
    licence: Text | None = None
    """Under which they may be used."""
    address: Text | None = None
    """Where they can be found."""


class CircleStandard(Table):
    """What differs for one format in one circle: its standard, its weight, or whether it is planned
    there at all."""

    minutes: Minutes | None = None
    """Walking time within which people of the circle count as served; asks for a reason."""
    metres: Standard | None = None
    """Walking distance within which people of the circle count as served; asks for a reason."""
    use: Flag = True
    """False: the format is left out here. Its people are not counted for it, and it opens at no
    premises of the circle; what stands stays."""
    weight: Weight | None = None
    """Value of one person of the circle covered; in place of the format's weight."""
    reason: Text | None = None
    """Why it differs here, for the list of deviations."""

    @property
    def own_standard(self) -> bool:
        """Whether its people walk by another standard than the others."""
        return self.minutes is not None or self.metres is not None


class Circle(Table):
    """A convenience living circle: a district of the demand with its own plan (一圈一策)."""

    district: Ident
    """District whose people it serves."""
    name: Text | None = None
    """What it is called. Default: the district."""
    responsible_unit: Text | None = None
    """Who answers for it; printed in every table."""
    form: Annotated[str, one_of(FORMS)] | None = None
    """Form asked for: clustered (组团式), street_block (街坊式) or dispersed (分布式), in either
    language."""
    form_as: Literal["compare", "wish", "rule"] = "compare"
    """compare: the plan's form is measured, and told where it is another than was asked for; wish:
    of plans that reach as much, one that makes it is taken; rule: what opens must make it."""
    form_tolerance: Tolerance = 0.0
    """Share of what is reached, of each tier, that a wish for a form may cost: 0.01 or 1%."""
    change: Annotated[dict[Ident, CircleStandard], BlankIsEmpty()] = Field(default_factory=dict)
    """Format id: its standard in this circle."""


class Phase(Table):
    """A stage of the plan."""

    name: Ident
    """What it is called, for instance 2026."""
    years: Positive = 1
    """How many years it lasts: the weight of the people covered in it."""
    ends: When | None = None
    """Its last day, for instance 2027-12-31: by then what it plans is due. Default: the end of the
    last year that its name tells."""


class Commitment(Table):
    """A goal the responsible unit has signed for. One that names a ``kpi`` is computed, today's
    value and the plan's; of others the planner tells the ``actual`` value."""

    name: Text
    """The indicator."""
    kpi: Annotated[str, one_of(KPI_WORDS)] | None = None
    """The key figure it is tied to: coverage (覆盖率), completeness, complete_circle,
    formats_present (配齐率), districts_complete, served, minutes_mean, minutes_p50 or
    minutes_p90."""
    format: Ident | None = None
    """Format whose people count, where the figure is of one."""
    group: Ident | None = None
    """Group of people. Default: those whom the format counts."""
    district: Ident | None = None
    """Only the people of this district."""
    circle: Text | None = None
    """The same by a circle's name, or its district."""
    target: Number
    """Its value to be reached; of a share 0..1, or in per cent with ``unit: "%"`` or beyond 1."""
    unit: Text | None = None
    """Unit of target and actual."""
    due: When | None = None
    """When, for instance 2027-12-31; a date must be one of the calendar, else words will do."""
    phase: Ident | None = None
    """By the end of which phase, instead of ``due``."""
    actual: Number | None = None
    """Its value today, where no ``kpi`` tells it."""
    responsible_unit: Text | None = None
    """Who answers for it."""
    as_rule: Flag = False
    """Whether every plan must keep it: a coverage then is a rule as in ``rules.min_coverage``."""


class Delivery(Table):
    """What is delivered (配送): front warehouses, lockers, cabinets. Planned and reported apart, as
    the variant ``delivery``; it never counts as walking coverage."""

    use: Annotated[list[Ident], OneOrMany()] | None = None
    """Formats of the catalogue that are delivered. Default: all of them."""
    budget: Annotated[Budget, Short("total")] | None = None
    """Money for it, beside the scenario's own."""
    max_outlets: Annotated[MaxOutlets, Short("total")] | None = None
    """Limits on the number of its outlets."""


class Neighbours(Table):
    """Places from which nuisances stay away (商居和谐), beside outlets of care."""

    schools: Annotated[list[Layer], OneOrMany()] = Field(default_factory=list)
    """Schools and kindergartens."""
    homes: Annotated[list[Layer], OneOrMany()] = Field(default_factory=list)
    """Dwellings that stand by themselves."""


class WaterLayer(Layer):
    """Rivers and lakes, drawn on maps."""

    osm: Annotated[list[Text], OneOrMany()] | None = None
    """OpenStreetMap tags wanted, for instance ``[natural=water, waterway=river]``."""


class Settings(Table):
    """A scenario for siting."""

    siting: Version | None = None
    """Version of the file format: 1."""
    name: Text | None = None
    """Name of the scenario. Default: the file's name."""
    lang: Annotated[str, one_of(LANGUAGES)] | None = None
    """Language of what people read where none is asked for: zh or en. Default: the locale's."""
    synthetic: Flag = False
    """True when places, people or prices are made up; every report then says so."""
    sources: list[Source] = Field(default_factory=list)
    """Origin and licence of the data, for the reports."""
    currency: Text = ""
    """Currency of all amounts, for instance CNY."""
    crs: Text | None = None
    """Metric CRS for planar work, for instance EPSG:4547. Default: estimated from the data."""
    travel: Travel | None = None
    """How people walk."""
    demand: DemandLayers = Field(default_factory=list)
    """Where people live: a layer or a list of layers."""
    outlets: OutletLayers = Field(default_factory=list)
    """What stands today: a layer or a list of layers."""
    premises: PremisesLayers = Field(default_factory=list)
    """Candidate sites: a layer or a list of layers."""
    mobile_units: Annotated[list[MobileUnit], OneOrMany()] = Field(default_factory=list)
    """Vehicles that serve fixed stops by timetable, beside outlets at premises (流动服务)."""
    formats: Formats = Field(default_factory=Formats)
    """The formats to be planned and their standards."""
    budget: Annotated[Budget, Short("total")] | None = None
    """Money: an amount for everything, or amounts by tier, format, district and phase."""
    rules: Annotated[Rules, BlankIsEmpty()] = Field(default_factory=Rules)
    """What a plan must keep."""
    phases: list[Annotated[Phase, Short("name", (str, int, float))]] = Field(default_factory=list)
    """Years or stages in their order, for instance ``[2026, 2027]``. What opened stays open; the
    people covered in every phase are counted. Default: those of ``budget.per_phase``."""
    districts: Layer | None = None
    """Polygons that tell the district of people and premises whose layer names none; ``id`` is the
    column of names."""
    neighbours: Annotated[Neighbours, BlankIsEmpty()] = Field(default_factory=Neighbours)
    """Schools and homes: outlets that disturb are held against the catalogue's distances."""
    water: Annotated[list[WaterLayer], OneOrMany()] = Field(default_factory=list)
    """Rivers and lakes for the maps; nothing is computed by them."""
    delivery: Delivery | None = None
    """What is delivered, planned apart: ``siting solve … --variant delivery``."""
    circles: list[Circle] = Field(default_factory=list)
    """Circles with who answers for them and the standards that differ there."""
    commitments: list[Commitment] = Field(default_factory=list)
    """What was promised, for the reports: target, due, actual."""
    objective: Annotated[Objective, BlankIsEmpty()] = Field(default_factory=Objective)
    """What is optimised."""
    variants: Annotated[dict[Ident, dict[str, Any]], BlankIsEmpty()] = Field(default_factory=dict)
    """Name: changes to the scenario above; mappings merge, lists and scalars replace."""

    @classmethod
    def schema_of_keys(cls) -> dict[str, Any]:
        """As committed: to make it anew takes longer than everything else until a fault is told."""
        schema: dict[str, Any] = json.loads(committed(SCHEMA_FILE))
        return schema


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file, for completion in editors."""
    described = Settings.model_json_schema()
    describe_fields(described, models_of(Settings))
    schema: dict[str, Any] = _tidy(described)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Siting scenario"
    schema["required"] = list(REQUIRED)
    return schema


def _tidy(node: Any) -> Any:
    """Without generated titles, and without null: a key that is not needed is left out."""
    if isinstance(node, list):
        return [_tidy(item) for item in node if item != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    tidy = {k: _tidy(v) for k, v in node.items() if not (k == "default" and v is None)}
    if isinstance(tidy.get("title"), str):
        del tidy["title"]
    if len(tidy.get("anyOf", ())) == 1:
        tidy |= tidy.pop("anyOf")[0]
    return tidy


def json_schema_text() -> str:
    """As committed beside this file."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def reference_text() -> str:
    """Every key of a scenario file, for reading; committed beside this file."""
    return reference(Settings, "Keys of a scenario file", REQUIRED)


def committed(name: str) -> str:
    """A committed file beside this one."""
    return (files("siting.scenario") / name).read_text(encoding="utf-8")


def write_committed() -> None:
    """Bring both up to date: ``python -m siting.scenario.schema.settings``."""
    folder = Path(str(files("siting.scenario")))
    (folder / SCHEMA_FILE).write_text(json_schema_text(), encoding="utf-8")
    (folder / KEYS_FILE).write_text(reference_text(), encoding="utf-8")


if __name__ == "__main__":
    write_committed()
