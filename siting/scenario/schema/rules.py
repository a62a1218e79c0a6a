"""What a scenario says about money, rules and the objective."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from siting.models import MODELS
from siting.problem import Objective as ProblemObjective
from siting.problem import Order
from siting.scenario.schema.formats import Tier
from siting.scenario.schema.layers import Layer, Table
from siting.scenario.schema.values import (
    Area,
    BlankIsEmpty,
    Count,
    Flag,
    Ident,
    Metres,
    Money,
    OneOrMany,
    Positive,
    Share,
    Short,
    Text,
    Tolerance,
)

if TYPE_CHECKING:
    ModelName = str
else:
    ModelName = Literal[MODELS]  # the schema lists them


class Named(Table):
    """A rule that reports call by a name, with the planner's reason."""

    name: Text | None = None
    """What reports call the rule. Default: its key."""
    reason: Text | None = None
    """Why it stands, for the reports."""


class Budget(Named):
    """Money, in whole currency units. What is not given is unlimited."""

    total: Money | None = None
    """For everything, opening costs included."""
    per_tier: Annotated[dict[Tier, Money], BlankIsEmpty()] = Field(default_factory=dict)
    """basic, quality: amount, without opening costs."""
    per_format: Annotated[dict[Ident, Money], BlankIsEmpty()] = Field(default_factory=dict)
    """Format: amount, without opening costs."""
    per_district: Annotated[dict[Ident, Money], BlankIsEmpty()] = Field(default_factory=dict)
    """District of the premises: amount, opening costs included."""
    per_phase: Annotated[dict[Ident, Money], BlankIsEmpty()] = Field(default_factory=dict)
    """Phase: amount for what opens in it, opening costs included. Nothing carries over."""
    public: Money | None = None
    """For the public share of costs (``formats.change.*.public_share``), without opening costs."""
    yearly: Money | None = None
    """For yearly operating support and rent of all new outlets together."""


class MaxOutlets(Named):
    """At most so many chosen outlets; what stands already is not counted."""

    total: Count | None = None
    """In all."""
    per_tier: Annotated[dict[Tier, Count], BlankIsEmpty()] = Field(default_factory=dict)
    """basic, quality: number."""
    per_format: Annotated[dict[Ident, Count], BlankIsEmpty()] = Field(default_factory=dict)
    """Format: number."""
    per_district: Annotated[dict[Ident, Count], BlankIsEmpty()] = Field(default_factory=dict)
    """District of the premises: number."""


class MaxFormats(Named):
    """At most so many formats that open at (or move to) one site; what stands is not counted."""

    limit: Count
    """The number."""


class SiteRule(Named):
    """A site, or one format at a site. What stands there may stay, and is not what must open."""

    site: Ident
    """Id of a candidate site."""
    format: Ident | None = None
    """Format; without it, anything at the site."""


class Apart(Named):
    """Outlets that open or move keep a distance, from each other and from what stands, in every
    phase in which it does."""

    formats: list[Ident]
    """Outlets of different formats of the list keep the distance and share no site; with one
    format, its own outlets keep it among themselves."""
    metres: Metres
    """Least straight-line distance; 0 = merely not on the same site."""


class Together(Named):
    """A pair of formats: the first opens at a site (or moves there) only if the second does, or
    stands there. What stands may be kept, enlarged or upgraded without it."""

    formats: list[Ident]
    """Two formats: guest, host."""


class MinCoverage(Named):
    """A least share of a group within a format's standard."""

    format: Ident
    """Format whose standard counts."""
    group: Ident | None = None
    """Whose people. Default: each group of the format."""
    district: Ident | None = None
    """A district, or "*" for each by itself. Default: the whole area as one."""
    share: Share
    """0..1 of all people of the group, whoever cannot be reached included."""
    phase: Ident | None = None
    """By the end of which phase. Default: the last."""


class Away(Named):
    """Formats that keep a distance from places of a layer: schools, homes, filling stations."""

    formats: Annotated[list[Ident], OneOrMany()]
    """Formats that keep away."""
    places: Layer
    """The places; lines and polygons keep their whole outline at a distance."""
    metres: Metres
    """Least straight-line distance."""


class Hub(Named):
    """A community hub (邻里中心): much under one roof, or nothing."""

    site: Ident
    """Id of a candidate site."""
    min_formats: Positive = 3
    """Least number of formats, if anything opens (or moves) there; what stands there and stays
    counts, each format once."""
    min_area_m2: Area = 600.0
    """Least floor space they take together, if anything opens there. Of outlets that stand only
    those that may move or close tell theirs."""
    required: Flag = False
    """True: the hub must open."""


class FloorShare(Named):
    """Commercial and service floor as a share of a community's building (10 % for new ones)."""

    district: Ident
    """District of the premises that make up the community."""
    gross_m2: Area
    """Gross floor space of the community."""
    commercial_m2: Area = 0.0
    """Commercial and service floor that it has already."""
    share: Share = 0.1
    """Least share."""
    new: Flag
    """True: a new community, must be kept; false: an old one, reported only."""


class FloorPer(Named):
    """Floor for people or households (千人指标): what stands and what opens together."""

    district: Ident | None = None
    """A district, or "*" for each by itself. Default: the whole area as one."""
    m2_per_1000_people: Area | None = None
    """Least floor for 1,000 people."""
    m2_per_100_households: Area | None = None
    """Least floor for 100 households, which the demand counts as the group ``households``."""
    formats: Annotated[list[Ident], OneOrMany()] | None = None
    """Formats whose floor counts. Default: all in use."""
    standing_m2: Area = 0.0
    """Floor that stands already, of these formats; of each district where there is one a
    district."""


class Rules(Table):
    """What a plan must keep. All optional."""

    max_outlets: Annotated[MaxOutlets, Short("total")] | None = None
    """Limits on the number of chosen outlets."""
    max_formats_per_site: Annotated[MaxFormats, Short("limit")] | None = None
    """Limit on the number of formats chosen at one site."""
    require: Annotated[list[SiteRule], OneOrMany()] = Field(default_factory=list)
    """What must open; without a format, something opens at the site."""
    forbid: Annotated[list[SiteRule], OneOrMany()] = Field(default_factory=list)
    """What must not open; without a format, nothing opens at the site."""
    apart: Annotated[list[Apart], OneOrMany()] = Field(default_factory=list)
    """Distances to be kept."""
    together: Annotated[list[Together], OneOrMany()] = Field(default_factory=list)
    """Formats that need a companion at their site."""
    min_coverage: Annotated[list[MinCoverage], OneOrMany()] = Field(default_factory=list)
    """Least shares of people covered."""
    away: Annotated[list[Away], OneOrMany()] = Field(default_factory=list)
    """Distances from places that are no outlets."""
    hubs: Annotated[list[Hub], OneOrMany()] = Field(default_factory=list)
    """Sites that open as a community hub or not at all."""
    floor_share: Annotated[list[FloorShare], OneOrMany()] = Field(default_factory=list)
    """Floor space of communities."""
    floor_per: Annotated[list[FloorPer], OneOrMany()] = Field(default_factory=list)
    """Floor for 1,000 people or 100 households."""
    nuisance: Annotated[list[Ident], OneOrMany()] = Field(default_factory=list)
    """Classes of nuisance of the catalogue (odour, noise, e_bikes, fire), or ``all``, whose
    distances from care, schools and homes every new outlet keeps. Of all classes reports tell what
    is nearer."""
    respect_capacity: Flag = False
    """Whether covered means served within the outlets' capacity."""


class Objective(Table):
    """What is optimised."""

    model: ModelName = ProblemObjective.model
    """The model; its parameters stand beside it."""
    order: Order = ProblemObjective.order
    """tiers: basic formats first, then, holding that, quality formats; weighted: one sum."""
    p: Positive | None = None
    """At most so many outlets in all."""
    share: Share | None = None
    """partial_cover: share of all people to be covered."""
    times: Positive | None = None
    """backup_cover: outlets a person must have in reach."""
    tolerance: Tolerance = 0.0
    """order: tiers: how much of what basic formats reached may be given up for quality formats, as
    1% or 0.01."""
