"""Who may walk along a way, and pass a node, by its tags: one list of rules, the first decides.

After wiki.openstreetmap.org/wiki/Key:highway, Key:access, Key:foot, Key:sidewalk, Key:motorroad,
Key:sac_scale and Conditional_restrictions. The list in words, with the ways that each rule decided
in the shipped extracts, stands in docs/walking-tags.md; ``siting check`` counts them in any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import IntFlag
from math import isfinite, radians, tan
from typing import Any

import numpy as np

from siting.walking.network import EdgeTraits

Tags = Mapping[str, str]

WALKABLE = frozenset(
    {
        "footway",
        "path",
        "pedestrian",
        "steps",
        "living_street",
        "residential",
        "service",
        "track",
        "unclassified",
        "road",
        "tertiary",
        "tertiary_link",
        "secondary",
        "secondary_link",
        "primary",
        "primary_link",
        "cycleway",
        "bridleway",
        "corridor",
        "platform",
        "elevator",
    }
)
ONLY_WITH_FOOT = frozenset(
    {"trunk", "trunk_link", "motorway", "motorway_link", "busway", "bus_guideway"}
)
"""Walkable where ``foot`` says so, or where a sidewalk belongs to the road; so are motorroads."""
SQUARES = frozenset({"pedestrian", "footway", "platform", "path", "living_street", "service"})
CLOSED = frozenset(
    {"no", "private", "agricultural", "forestry", "delivery", "military", "emergency"}
)
FOOT_CLOSED = frozenset({"no", "private", "use_sidepath", "emergency", "military"})
FOOT_OPEN = frozenset(
    {"yes", "designated", "permissive", "destination", "customers", "official", "public"}
)
SIDEWALKS = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
SIDEWALK = frozenset({"both", "left", "right", "yes", "lane"})
ALPINE = frozenset(
    {
        "demanding_mountain_hiking",
        "alpine_hiking",
        "demanding_alpine_hiking",
        "difficult_alpine_hiking",
    }
)
"""Values of ``sac_scale`` that ask for hands and a head for heights."""
ROUGH_TRACKS = frozenset({"grade4", "grade5"})
"""Values of ``tracktype`` that are soft: walked on foot, not with wheels."""
ROUGH = frozenset({"very_bad", "horrible", "very_horrible", "impassable"})
"""Values of ``smoothness`` that small wheels do not pass (Key:smoothness)."""
GATES = ("barrier", "entrance", "door")
"""Keys of nodes that may stop a walker."""

RULES = (
    "foot_closed",
    "foot_open",
    "access_closed",
    "alpine",
    "sidewalk",
    "no_sidewalk",
    "track",
    "street",
)
"""What may decide a way, in this order; ``other_kind`` (no street of people's) comes before all."""
OTHER_KIND = "other_kind"
OPEN = frozenset({"foot_open", "sidewalk", "track", "street"})
"""Rules by which one walks there."""


class Trait(IntFlag):
    """What else matters of a way to some walkers."""

    STEPS = 1
    NO_WHEELS = 2
    """Not passed with a wheelchair."""
    SPANS = 4
    """A bridge, a tunnel or another storey: its heights are not the ground's, and what it crosses
    it does not meet."""


def decided_by(tags: Tags) -> str:
    """The rule that decides whether one may walk along a way, see :data:`RULES`."""
    kind = tags.get("highway", "")
    foot = tags.get("foot", "")
    if kind not in WALKABLE | ONLY_WITH_FOOT:
        return OTHER_KIND
    if foot in FOOT_CLOSED:
        return "foot_closed"
    if foot in FOOT_OPEN:
        return "foot_open"
    if tags.get("access", "") in CLOSED:
        return "access_closed"
    if tags.get("sac_scale", "") in ALPINE:
        return "alpine"
    if kind in ONLY_WITH_FOOT or tags.get("motorroad") == "yes":
        beside = any(tags.get(key, "") in SIDEWALK for key in SIDEWALKS)
        return "sidewalk" if beside else "no_sidewalk"
    return "track" if kind == "track" else "street"


def walkable(tags: Tags) -> bool:
    """Whether one may walk along a way with these tags."""
    return decided_by(tags) in OPEN


def closed_node(tags: Tags) -> bool:
    """Whether a gate, barrier, entrance or door lets no walker through."""
    if not any(key in tags for key in GATES):
        return False
    foot = tags.get("foot", "")
    if foot in FOOT_CLOSED:
        return True
    if foot in FOOT_OPEN:
        return False
    shut = tags.get("locked") == "yes" or tags.get("entrance") == "emergency"
    return shut or tags.get("access", "") in CLOSED


def conditional(tags: Tags) -> bool:
    """Whether who may pass depends on the hour, the day or a permit."""
    return "access:conditional" in tags or "foot:conditional" in tags


def is_square(tags: Tags) -> bool:
    """Whether a closed way is the outline of a place one walks across."""
    return tags.get("highway", "") in SQUARES and (
        tags.get("area") == "yes" or tags.get("type") == "multipolygon"
    )


def traits(tags: Tags) -> Trait:
    """What else matters of a way."""
    found = Trait(0)
    steps = tags.get("highway") == "steps"
    wheels = tags.get("wheelchair", "")
    if steps:
        found |= Trait.STEPS
    ramp = tags.get("ramp:wheelchair") == "yes"
    rough = tags.get("tracktype") in ROUGH_TRACKS or tags.get("smoothness") in ROUGH
    if wheels == "no" or (
        wheels not in ("yes", "designated", "limited") and ((steps and not ramp) or rough)
    ):
        found |= Trait.NO_WHEELS
    through = tags.get("tunnel", "no") not in ("no", "building_passage")
    storey = any(tags.get(key, "0") != "0" for key in ("layer", "level"))
    if through or storey or tags.get("bridge", "no") != "no":
        found |= Trait.SPANS
    return found


_INCLINE = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*(%|°)?")
STEEPEST = 1.5
"""Rise over run; more is a slip of the pen."""


def incline(tags: Tags) -> float:
    """Rise over run of a way in its direction by ``incline``; nan where no number is given.

    ``10%`` is 0.1, and so is ``10`` (the wiki asks for the sign, people leave it out); ``5°`` is
    its tangent.
    """
    match = _INCLINE.fullmatch(tags.get("incline", "").strip())
    if match is None:
        return float("nan")
    value = float(match[1].replace(",", "."))
    rise = tan(radians(value)) if match[2] == "°" and abs(value) < 90 else value / 100
    return rise if isfinite(rise) and abs(rise) <= STEEPEST else float("nan")


TOLD_BY = (
    "highway",
    "bridge",
    "tunnel",
    "layer",
    "incline",
    "grade",
    "wheelchair",
    "tracktype",
    "smoothness",
    "ramp:wheelchair",
)
"""Columns of edges that tell what the tags of these names do; ``grade`` is rise over run from u
to v, as OSMnx gives it."""


def edge_traits(edges: Iterable[Mapping[Any, Any]]) -> EdgeTraits:
    """What columns named as tags are tell of edges."""
    trait, grade = [], []
    for edge in edges:
        tags = {key: str(edge[key]).strip() for key in TOLD_BY if _told(edge.get(key))}
        trait.append(int(traits(tags)))
        rise = _number(tags.get("grade", ""))
        grade.append(rise if isfinite(rise) and abs(rise) <= STEEPEST else incline(tags))
    return EdgeTraits(np.array(trait, np.uint8), np.array(grade, np.float64))


def _told(cell: object) -> bool:
    """Whether a cell is not blank; pandas has several ways to say so."""
    return str(cell).strip().lower() not in ("", "none", "nan", "<na>")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
