"""Which formats a synthetic city uses, and how much of each is there and can be afforded."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

ORDER = (
    "wet_market", "elderly_daycare", "recycling_point", "childcare",
    "convenience_store", "pharmacy", "community_canteen", "supermarket",
    "parcel_point", "repair", "fresh_grocery", "breakfast_shop",
    "laundry", "hair_beauty", "photo_print", "housekeeping",
    "afterschool_care", "bookstore", "gym", "meal_point",
    "bakery", "tea_coffee", "specialty_dining", "wellness",
    "leisure", "training", "pet_service", "travel_desk", "flower_gift",
)  # fmt: skip
"""Formats of the catalogue cn-2021 in the order in which a demo takes them."""

FOOD_WITH_FUMES = {"breakfast_shop", "community_canteen", "specialty_dining", "meal_point"}
"""Not permitted in part of the premises (air-pollution law, Art. 81)."""

DETOUR = 1.3
WEIGHTS = {"elderly": 3, "toddlers": 10, "children_6_12": 5}
"""Small groups would never win money against everybody (一老一小); other groups weigh 1."""
BASIC_SHARE = 0.6
"""Of the budget, where tiers are planned one after the other."""


@dataclass(frozen=True)
class Standard:
    """What a demo needs to know of a format."""

    id: str
    metres: float
    """Walking standard of the format's group."""
    area_m2: int
    """Typical floor area."""
    cost: int
    """Typical cost, whole yuan."""
    capacity: int
    weight: int = 1
    """Value of one person covered."""

    @property
    def catchment_km2(self) -> float:
        """Area within the standard as the crow flies, with the usual detour."""
        return pi * (self.metres / DETOUR / 1000) ** 2


def enough_outlets(standard: Standard, city_km2: float) -> float:
    """About how many outlets would serve everybody: catchments overlap by half."""
    return 1.5 * city_km2 / standard.catchment_km2


def standards(n: int) -> list[Standard]:
    """The first n formats of ``ORDER`` at the typical values of the catalogue cn-2021."""
    from siting.scenario.formats.catalogue import load_catalogue
    from siting.scenario.schema.settings import DEFAULT_SPEEDS

    formats = load_catalogue("cn-2021").formats
    chosen = []
    for id in ORDER[:n]:
        format = formats[id]
        typical = next(size for size in format.sizes if size.name == "typical")
        speed = DEFAULT_SPEEDS.get(format.groups[0], DEFAULT_SPEEDS["default"])
        metres = format.metres or (format.minutes or 0) * 60 * speed
        chosen.append(
            Standard(
                id,
                metres,
                int(typical.area_m2),
                int(typical.cost),
                int(typical.capacity or 0),
                WEIGHTS.get(format.groups[0], 1),
            )
        )
    return chosen
