"""The built-in catalogues against the texts that were read: values, marks and what they are cited
to."""

from __future__ import annotations

from typing import Any

import pytest

from siting.scenario.formats.catalogue import Format, load_catalogue

GUIDE_BASIC = (
    "convenience_store", "supermarket", "wet_market", "fresh_grocery", "breakfast_shop", "laundry",
    "hair_beauty", "photo_print", "housekeeping", "repair", "pharmacy", "parcel_point",
    "recycling_point", "front_warehouse",
)  # fmt: skip
GUIDE_QUALITY = (
    "elderly_daycare", "specialty_dining", "bakery", "bookstore", "gym", "childcare", "training",
    "travel_desk", "wellness", "flower_gift", "tea_coffee", "pet_service",
)  # fmt: skip
"""The guide's 14 and 12, of which social care for the elderly is told by the day care centre."""
NOT_OF_THE_GUIDE = ("community_canteen", "meal_point", "afterschool_care", "leisure")

READ: tuple[tuple[str, str, Any, str, str], ...] = (
    ("convenience_store", "minutes", 5, "R", "ministry_2021"),
    ("supermarket", "minutes", 15, "R", "ministry_2021"),
    ("breakfast_shop", "minutes", 10, "R", "beijing_2018"),
    ("fresh_grocery", "minutes", 10, "R", "beijing_2018"),
    ("repair", "minutes", 10, "R", "plan_2023"),
    ("housekeeping", "minutes", 10, "R", "plan_2023"),
    ("photo_print", "minutes", 10, "M", "plan_2023"),
    ("pharmacy", "minutes", 10, "R", "plan_2023"),
    ("laundry", "minutes", 10, "R", "plan_2023"),
    ("hair_beauty", "minutes", 10, "R", "plan_2023"),
    ("wet_market", "minutes", 10, "R", "plan_2023"),
    ("gym", "minutes", 15, "R", "ministry_2021"),
    ("leisure", "minutes", 15, "R", "ministry_2021"),
    ("wet_market", "area_m2", [500, 1500, 2500], "R", "beijing_2018"),
    ("community_canteen", "area_m2", [50, 200, 500], "R", "anhui_2022"),
    ("meal_point", "area_m2", [20, 40, 80], "R", "anhui_2022"),
    ("meal_point", "needs", {"ground_floor": True}, "R", "anhui_2022"),
    ("childcare", "needs", {"lowest_storey": 1, "highest_storey": 2, "outdoor_m2": 1}, "R",
     "anhui_care_2025"),
    ("childcare", "planning_m", 300, "R", "anhui_care_2025"),
    ("childcare", "minutes", 10, "R", "shanghai_2016"),
    ("elderly_daycare", "minutes", 10, "A", "assumed"),
    ("recycling_point", "area_m2", [10, 12, 50], "R", "recycling_regional"),
    ("recycling_point", "capacity", 5000, "R", "recycling_regional"),
    ("community_canteen", "capacity", 10000, "A", "assumed"),
    *((f, "tier", "basic", "R", "guide") for f in GUIDE_BASIC),
    *((f, "tier", "quality", "R", "guide") for f in GUIDE_QUALITY),
    *((f, "tier", "quality", "M", "practice") for f in NOT_OF_THE_GUIDE),
    *((f, "capacity", n, "M", "practice") for f, n in (
        ("supermarket", 15000), ("laundry", 5000), ("hair_beauty", 5000), ("repair", 5000),
        ("bookstore", 20000), ("leisure", 20000), ("specialty_dining", 2000),
        ("convenience_store", 2500), ("wet_market", 15000))),
)  # fmt: skip
"""Format, value, what it is, its mark and source in cn-2021: row by row what the texts bear out."""
OTHERS: tuple[tuple[str, str, str, Any, str, str], ...] = (
    ("cn-2025", "elderly_daycare", "tier", "basic", "R", "policy_2025"),
    ("cn-2025", "car_wash", "tier", "basic", "R", "policy_2025"),
    ("cn-2025", "recycling_point", "tier", "basic", "R", "policy_2025"),
    ("cn-2025+beijing", "wet_market", "capacity", 30000, "R", "beijing_2018"),
    ("cn-2025+beijing", "convenience_store", "capacity", 4000, "R", "beijing_2018"),
    ("cn-2025+beijing", "recycling_drop", "area_m2", [6, 12, 25], "R", "beijing_recycling_2024"),
)
"""The same of what stands upon it, with the catalogue's name before."""
NOTED: tuple[tuple[str, str], ...] = (
    ("pharmacy", "8 minutes"), ("pharmacy", "100 m2"), ("wet_market", "500 m"),
    ("wet_market", "8 minutes"), ("wet_market", "50 m2 per 1,000"), ("childcare", "500 m"),
    ("childcare", "300 m"),
    ("elderly_daycare", "5 minutes"), ("laundry", "8 minutes"), ("hair_beauty", "8 minutes"),
    ("convenience_store", "10-20 m2"), ("repair", "15"),
    ("community_canteen", "50 diners"),
)  # fmt: skip
"""Where texts contradict one another the note tells the other one."""


def value_of(format: Format, key: str) -> Any:
    """A value as the file states it."""
    if key == "area_m2":
        return [size.area_m2 for size in format.sizes]
    if key == "capacity":
        return format.sizes[1].capacity
    if key == "needs":
        return {k: v for k, v in format.needs.model_dump().items() if v not in (None, False, [], 0)}
    return getattr(format, key)


@pytest.mark.parametrize(
    ("name", "id", "key", "value", "mark", "source"),
    [*(("cn-2021", *row) for row in READ), *OTHERS],
)
def test_a_value_is_what_its_text_says(
    name: str, id: str, key: str, value: Any, mark: str, source: str
) -> None:
    """Value, mark and source together: none is raised without a text that bears it out."""
    catalogue = load_catalogue(name)
    format = catalogue.formats[id]
    found = format.evidence[key]
    assert (value_of(format, key), found.mark, found.source) == (value, mark, source)
    assert catalogue.sources[source].strip()


@pytest.mark.parametrize(("id", "told"), NOTED)
def test_a_contradiction_is_told(id: str, told: str) -> None:
    """What another text says of the same value stands in the note."""
    assert told in load_catalogue("cn-2021").formats[id].notes["en"]


def test_every_value_names_document_and_mark() -> None:
    """R names a document that was read, with its year; what is no text's is M or A."""
    nobody = {"practice", "assumed", "placeholder"}
    for name in ("cn-2021", "cn-2025", "cn-2025+beijing", "cn-2025+delivery"):
        catalogue = load_catalogue(name)
        for format in catalogue.formats.values():
            for key, evidence in format.evidence.items():
                assert evidence.source in catalogue.sources, (format.zh, key)
                assert evidence.source in catalogue.sources_zh, (format.zh, key)
                assert evidence.mark in "RMA"
                assert evidence.mark != "R" or evidence.source not in nobody, (format.zh, key)
        cited = {e.source for f in catalogue.formats.values() for e in f.evidence.values()
                 if e.mark == "R"}  # fmt: skip
        years = [catalogue.sources[source] for source in cited if source != "recycling_regional"]
        assert all("20" in text for text in years), years
