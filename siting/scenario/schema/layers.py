"""What a scenario says about its layers: people, what stands today, and premises."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from siting.scenario.document.described import Described
from siting.scenario.schema.values import (
    AreaColumn,
    BlankIsEmpty,
    Columns,
    CostColumn,
    FactorColumn,
    FlagColumn,
    HeaderRow,
    Ident,
    Kinds,
    OneOrMany,
    PersonsColumn,
    Positive,
    StoreyColumn,
    Text,
)


class Table(Described):
    """Base of every part of a scenario: unknown keys and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Join(Table):
    """A table whose columns are added to a layer's, row by row by a column that both have."""

    file: Text
    """csv, xlsx, xls, parquet, or any other file of a layer."""
    on: Text
    """Column that both have: ids, names, codes."""
    column: Text | None = None
    """What the table calls that column. Default: the same."""
    layer: Text | None = None
    """Layer or sheet of the file; needed when it holds several."""
    header_row: HeaderRow | None = None
    """Row of the head from 1, of a csv or a sheet. Default: found."""

    @property
    def theirs(self) -> str:
        """The column, as the table calls it."""
        return self.column or self.on


class Layer(Table):
    """A file with places. Paths are relative to the scenario file."""

    file: Text | None = None
    """csv, xlsx, xls, gpkg, gdb, geojson, fgb, kml, parquet, shp, tif, osm.pbf or osm. Lines and
    polygons are taken at a point on their surface."""
    layer: Text | None = None
    """Layer of a gpkg, gdb or kml, sheet of a workbook; needed when the file holds several."""
    header_row: HeaderRow | None = None
    """Row of the head from 1, of a csv or a sheet; ``[2, 3]`` joins two rows by "/". Default: the
    first row that has the columns named here."""
    join: Annotated[list[Join], OneOrMany()] = Field(default_factory=list)
    """Tables whose columns are added: ``{file: census.xlsx, on: code}``, or a list of them."""
    id: Text | None = None
    """Column of ids, read as text. Default: row number from 1, prefixed by the layer when there
    are several. For OpenStreetMap ``@id`` gives n12, w34, r56, and any tag may be a column."""
    x: Text | None = None
    """Column of longitudes or eastings, for tables without geometry."""
    y: Text | None = None
    """Column of latitudes or northings, for tables without geometry."""
    lonlat: Text | None = None
    """Column of both in one text, "lng,lat", in place of ``x`` and ``y``."""
    crs: Text | None = None
    """EPSG:*, GCJ02 or BD09. Default: what the file says; degrees (EPSG:4326) for a table."""

    @property
    def of_place(self) -> tuple[str, ...]:
        """Columns that say where a row is; none where that is the geometry."""
        return tuple(filter(None, (self.x, self.y, self.lonlat)))


class GateLayer(Layer):
    """Gates of walled compounds."""

    compound: Text | None = None
    """Column of the compound's id; a gate without one belongs to every compound whose wall it
    stands at."""


class Spread(Table):
    """Over which places the people of polygons are spread."""

    over: Text
    """File of the places: residential buildings, compounds, or a tif. Those inside a polygon share
    its people; a polygon without any keeps them at its own point, and is told."""
    weight: Text | None = None
    """Column in whose proportion they share. Default: the area of polygons, persons of a tif's
    first band; points share alike."""
    layer: Text | None = None
    """Layer or sheet of the file; needed when it holds several."""
    id: Text | None = None
    """Column of ids, which become those of the demand points. Default: row number from 1."""
    x: Text | None = None
    """Column of longitudes or eastings, for tables without geometry."""
    y: Text | None = None
    """Column of latitudes or northings, for tables without geometry."""
    lonlat: Text | None = None
    """Column of both in one text, "lng,lat"."""
    crs: Text | None = None
    """EPSG:*, GCJ02 or BD09. Default: what the file says; degrees (EPSG:4326) for a table."""

    @property
    def as_layer(self) -> Layer:
        """The places as a layer."""
        kept = ("layer", "id", "x", "y", "lonlat", "crs")
        return Layer(file=self.over, **{name: getattr(self, name) for name in kept})


class DemandLayer(Layer):
    """Where people live."""

    groups: Annotated[dict[Ident, Columns], BlankIsEmpty()] = Field(default_factory=dict)
    """Group of people: column of persons, ``{all: people, elderly: people_60}``. Several columns
    are summed: a list of them, or a range ``"60..90"`` of those whose names are or end in such
    numbers (``"60.."``: and all above)."""
    bands: Annotated[dict[Ident, Positive], BlankIsEmpty()] = Field(default_factory=dict)
    """Of a tif: group of people and the band, from 1, that holds its persons a cell."""
    district: Text | None = None
    """Column of districts, for rules and reports by district. Default: ``districts``."""
    factor: FactorColumn = 1.0
    """Multiplies all persons, for instance by the growth expected: a column or a number."""
    survey_weight: FactorColumn = 1.0
    """Value of one person by a survey of what people miss, for every format: a column or a number,
    of few different values. A survey by district joins by its column (``join``)."""
    satisfaction: Text | None = None
    """Column of the share of people who are content, 0..1 or in per cent, as a survey found it;
    blank where nobody was asked. Told and graded by, never inferred."""
    persons_per_household: FactorColumn | None = None
    """Given where the columns count households: persons in each, a column or a number."""
    spread: Spread | None = None
    """People of polygons go to the places of a further file inside them (dasymetric mapping); sums
    stay exact, to the thousandth of a person."""


class Action(Table):
    """Something done to an outlet that stands."""

    cost: CostColumn
    """Price: a column or currency units. A blank cell: it cannot be done to this outlet."""
    capacity: PersonsColumn | None = None
    """Persons it serves more (enlarge) or in all (upgrade): a column or a number. Default: as the
    layer says, not limited when that says nothing."""


class Move(Table):
    """Moving an outlet to one of the premises that permit its format."""

    cost: CostColumn
    """Price: a column or currency units. A blank cell: this outlet stays."""
    area_m2: AreaColumn = 0.0
    """Floor space it needs at its new place: a column or m2; rounded up."""


class Actions(Table):
    """What may be done to the outlets of a layer; keeping them is free and needs no word."""

    enlarge: Action | None = None
    """Add capacity; worth something only where capacity is respected."""
    upgrade: Action | None = None
    """Make a substandard outlet count."""
    move: Move | None = None
    """Move it, in any phase; until then it stands where it is. An outlet that may move or close
    stands today and counts among what covers people before; with a plan it covers them only if the
    plan keeps or moves it, and the objective counts those whom it alone covers as newly covered."""
    close: FlagColumn = False
    """Whether it may be closed, in any phase, which frees its floor: a column (1 or 0, yes or no,
    是 or 否; blank = no), true or false."""


class OutletLayer(Layer):
    """What stands today. Either ``format`` or ``osm`` tells the formats."""

    format: Text | None = None
    """Column of format ids or names, or of what ``kinds`` turns into formats."""
    kinds: Kinds | None = None
    """What the column ``format`` holds and the format it means: a mapping, in which ``0607*`` is
    all that begins so, or a csv of the columns value and format; ``amap`` for AMap's type codes.
    What it does not name is left out, and told."""
    osm: dict[Text, Ident] | None = None
    """OpenStreetMap tag: format id, for instance ``{amenity=marketplace: wet_market}``; ``key=*``
    takes any value."""
    site: Text | None = None
    """Column of the premises' id an outlet stands in; blank where it stands in none."""
    capacity: PersonsColumn | None = None
    """Persons an outlet serves: a column or a number. Default: not limited."""
    area_m2: AreaColumn = 0.0
    """Floor space an outlet that may close or move takes at its premises if it is kept; the
    premises' area_m2 then includes it. Otherwise that is what is free beside what stands."""
    status: Text | None = None
    """Column: open or 营业 (or blank), closed or 停业 (not there any more), substandard or 待改造
    (counts for nothing until it is upgraded)."""
    chain: Text | None = None
    """Column that tells whether an outlet belongs to a chain, for the chain rate: 1 or 0, yes or
    no, 是 or 否, or blank where nobody knows."""
    name: Text | None = None
    """Column of what outlets are called. Default: the tag ``name`` of an OpenStreetMap layer."""
    address: Text | None = None
    """Column of addresses. Default: the ``addr:*`` tags of an OpenStreetMap layer."""
    owner: Text | None = None
    """Column of owners, for reports."""
    contact: Text | None = None
    """Column of whom to ask, for reports."""
    show: Annotated[list[Text], OneOrMany()] = Field(default_factory=list)
    """Further columns that reports and the ledger show as they are."""
    actions: Annotated[Actions, BlankIsEmpty()] | None = None
    """What may be done to these outlets, each at a price."""


class PremisesLayer(Layer):
    """Candidate sites."""

    osm: Annotated[list[Text], OneOrMany()] | None = None
    """OpenStreetMap tags of the places wanted, for instance ``[building=retail]``; ``@area_m2`` is
    then the column of footprints."""

    area_m2: AreaColumn | None = None
    """Floor space to share among formats: a column or a number. Default: not limited."""
    formats: Text | None = None
    """Column of permitted formats, ids or names, separated by "|", "、" or commas. Default: every
    format in use."""
    cost_factor: FactorColumn = 1.0
    """Multiplies the costs of options: a column or a number."""
    opening_cost: CostColumn = 0.0
    """Paid once if anything opens there: a column or a number, whole currency units."""
    district: Text | None = None
    """Column of districts, for budgets by district. Default: ``districts``."""
    storey: StoreyColumn | None = None
    """1 = ground floor, 2 = above it, -1 = first basement, also as 一层, 2F, B1: a column or a
    number."""
    ground_floor: FlagColumn | None = None
    """Whether it is on the ground floor, where no storey is given: a column (1 or 0, yes or no, 是
    or 否; blank = no), true or false."""
    lift: FlagColumn | None = None
    """Whether there is a lift: a column (1 or 0, yes or no, 有 or 无; blank = no), true or
    false."""
    flue: FlagColumn | None = None
    """Whether there is a flue: a column (1 or 0, yes or no, 有 or 无; blank = no), true or
    false."""
    outdoor_m2: AreaColumn | None = None
    """Outdoor space, m2: a column or a number."""
    use: Text | None = None
    """Column of the building's use."""
    rent: CostColumn | None = None
    """Rent a year and m2 of floor taken, currency units; counts in ``budget.yearly``."""
    available_from: Text | None = None
    """Column of the phase from which it can be had; blank = from the first."""
    name: Text | None = None
    """Column of what premises are called. Default: the tag ``name`` of an OpenStreetMap layer."""
    address: Text | None = None
    """Column of addresses. Default: the ``addr:*`` tags of an OpenStreetMap layer."""
    owner: Text | None = None
    """Column of owners, for reports."""
    contact: Text | None = None
    """Column of whom to ask, for reports."""
    show: Annotated[list[Text], OneOrMany()] = Field(default_factory=list)
    """Further columns that reports and the ledger show as they are."""


DemandLayers = Annotated[list[DemandLayer], OneOrMany()]
OutletLayers = Annotated[list[OutletLayer], OneOrMany()]
PremisesLayers = Annotated[list[PremisesLayer], OneOrMany()]
