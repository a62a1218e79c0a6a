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

    @property
    def catchment_km2(self) -> float:
        """Area within the standard as the crow flies, with the usual detour."""
        return pi * (self.metres / DETOUR / 1000) ** 2


def enough_outlets(standard: Standard, city_km2: float) -> float:
    """About how many outlets would serve everybody: catchments overlap by half."""
    return 1.5 * city_km2 / standard.catchment_km2


_TYPICAL = {
    # id: (minutes, group, typical m2, yuan per m2, people served); domain catalogue cn-2021
    "convenience_store": (5, "all", 80, 1800, 2500),
    "supermarket": (15, "all", 800, 1800, 15000),
    "wet_market": (10, "all", 1500, 1800, 15000),
    "fresh_grocery": (10, "all", 200, 1800, 5000),
    "breakfast_shop": (10, "all", 60, 3000, 3000),
    "laundry": (10, "all", 40, 1800, 5000),
    "hair_beauty": (10, "all", 50, 1800, 5000),
    "photo_print": (15, "all", 30, 1800, 10000),
    "housekeeping": (15, "all", 30, 1800, 10000),
    "repair": (10, "all", 15, 1500, 5000),
    "pharmacy": (10, "all", 100, 1800, 4000),
    "parcel_point": (5, "all", 40, 1800, 3000),
    "recycling_point": (10, "all", 12, 1500, 5000),
    "elderly_daycare": (10, "elderly", 500, 2500, 1300),
    "community_canteen": (10, "all", 200, 3000, 10000),
    "meal_point": (10, "elderly", 40, 3000, 600),
    "childcare": (10, "toddlers", 360, 2500, 36),
    "afterschool_care": (15, "children_6_12", 150, 2500, 400),
    "specialty_dining": (15, "all", 120, 3000, 2000),
    "bakery": (15, "all", 50, 3000, 5000),
    "tea_coffee": (15, "all", 60, 1800, 5000),
    "bookstore": (15, "all", 150, 1800, 20000),
    "gym": (15, "all", 500, 1800, 20000),
    "wellness": (15, "all", 100, 1800, 8000),
    "leisure": (15, "all", 300, 1800, 20000),
    "training": (15, "all", 200, 1800, 10000),
    "pet_service": (15, "all", 80, 1800, 10000),
    "travel_desk": (15, "all", 25, 1800, 30000),
    "flower_gift": (15, "all", 25, 1800, 8000),
}
SPEED_M_PER_S = {"default": 1.2, "elderly": 0.9, "toddlers": 0.9}


def standards(n: int) -> list[Standard]:
    """The first n formats of ``ORDER`` with their typical values."""
    chosen = []
    for id in ORDER[:n]:
        minutes, group, area, capex, people = _TYPICAL[id]
        metres = minutes * 60 * SPEED_M_PER_S.get(group, SPEED_M_PER_S["default"])
        chosen.append(Standard(id, metres, area, area * capex, people))
    return chosen
