"""What a scenario says about formats: which are in use, and changes to their standards."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from siting.scenario.schema.layers import Table
from siting.scenario.schema.values import (
    Area,
    BlankIsEmpty,
    Capacity,
    Cost,
    Flag,
    Ident,
    Minutes,
    OneOrMany,
    Persons,
    Share,
    Standard,
    Storey,
    Text,
    Weight,
)

Tier = Literal["basic", "quality"]
TIMES = "×"
"""In a group's label before the survey weight of its people."""


class Size(Table):
    """One way of building an outlet; a site takes at most one size of a format."""

    name: Ident
    """Name of the size, for instance ``standard``."""
    area_m2: Area = 0.0
    """Floor space it needs, m2; rounded up."""
    cost: Cost
    """Price in currency units, before the premises' cost factor."""
    capacity: Capacity | None = None
    """Persons it serves. Default: not limited."""
    yearly_cost: Cost = 0.0
    """Operating support a year, currency units; counts in ``budget.yearly``."""


class AddOn(Table):
    """A counter in another format's shop (一店多能): the format in less floor than of its own."""

    hosts: Annotated[list[Ident], OneOrMany()]
    """Formats that take it in, opened at the same site or standing there."""
    area_m2: Area = 0.0
    """Floor space it needs, m2; rounded up."""
    cost: Cost
    """Price in currency units, before the premises' cost factor."""
    capacity: Capacity | None = None
    """Persons it serves. Default: not limited."""
    yearly_cost: Cost = 0.0
    """Operating support a year, currency units."""


class Needs(Table):
    """What a format asks of premises; checked where the premises layer names the property."""

    ground_floor: Flag = False
    """On the ground floor."""
    ground_floor_or_lift: Flag = False
    """On the ground floor, or with a lift."""
    lift: Flag = False
    """With a lift."""
    flue: Flag = False
    """With a flue of its own, for fumes."""
    lowest_storey: Storey | None = None
    """1 = ground floor, 2 = above it, -1 = first basement."""
    highest_storey: Storey | None = None
    """1 = ground floor, 2 = above it, -1 = first basement."""
    outdoor_m2: Area = 0.0
    """Outdoor space, m2."""
    use: Annotated[list[Text], OneOrMany()] | None = None
    """Uses of the building in which it may open, for instance ``[retail, mixed]``."""


class Change(Table):
    """Values that replace the catalogue's for one format; with full values, a new format."""

    zh: Text | None = None
    """Name in Chinese."""
    en: Text | None = None
    """Name in English."""
    minutes: Minutes | None = None
    """Walking time within which people count as served; displaces ``metres``."""
    metres: Standard | None = None
    """Walking distance within which people count; the group's speed then plays no part."""
    group: Annotated[list[Ident], OneOrMany()] | None = None
    """Who is counted: a group, or a list of groups that share nobody."""
    weight: Weight | None = None
    """Value of one person covered; 1 by default, at most 6 decimals."""
    tier: Tier | None = None
    """basic or quality."""
    sizes: list[Size] | None = None
    """Ways of building it; replaces the catalogue's list."""
    add_on: AddOn | None = None
    """A further way: a counter in another format's shop."""
    needs: Needs | None = None
    """What it asks of premises; replaces the catalogue's needs."""
    stands_in_for: Annotated[list[Ident], OneOrMany()] | None = None
    """Formats whose people it serves too, within their standards. None unless given: formats of
    one tier do not stand in for those of another by themselves."""
    public_share: Share | None = None
    """Part of its cost that public money pays; counts in ``budget.public``."""
    min_catchment: Persons | None = None
    """Least people of its groups within its standard for a new outlet to live."""
    reason: Text | None = None
    """Why the standard differs here, for the list of deviations."""


class Formats(Table):
    """The formats to be planned and their standards."""

    catalogue: Text = "cn-2021"
    """A built-in catalogue (cn-2021, cn-2025) or a catalogue file; layers behind it change it by
    what a city asks: ``cn-2025+beijing``, ``cn-2025+ours.yaml``."""
    use: Annotated[list[Ident], OneOrMany()] | None = None
    """Formats to be planned. Default: every format of the catalogue that counts as walking."""
    distances: Literal["minutes", "planning"] = "minutes"
    """planning: formats count by their planning distances (300, 500, 1,000 m) in place of minutes,
    but for those whose standard is changed here."""
    delivered: Flag = False
    """True: the formats in use are those that are delivered and none that people walk to. The
    variant ``delivery`` says so by itself."""
    change: Annotated[dict[Ident, Change], BlankIsEmpty()] = Field(default_factory=dict)
    """Format id: what differs from the catalogue."""
