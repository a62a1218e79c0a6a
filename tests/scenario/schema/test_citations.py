"""What stands behind the built-in catalogues: a value that was read names what it was read in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

import siting.scenario.formats.catalogue as home

FILES = sorted((Path(home.__file__).parent / "catalogues").glob("*.yaml"))
GUIDE = {
    "convenience_store", "supermarket", "wet_market", "fresh_grocery", "breakfast_shop", "laundry",
    "hair_beauty", "photo_print", "housekeeping", "repair", "pharmacy", "parcel_point",
    "recycling_point", "front_warehouse", "elderly_daycare", "specialty_dining", "bakery",
    "bookstore", "gym", "childcare", "training", "travel_desk", "wellness", "flower_gift",
    "tea_coffee", "pet_service",
}  # fmt: skip
"""The 14 basic and 12 quality formats of 商办流通函〔2021〕247号."""


def marked() -> list[tuple[str, str, dict[str, str], dict[str, str]]]:
    """(format, key, value with mark and source, sources) of every built-in catalogue."""
    found: list[tuple[str, str, dict[str, str], dict[str, str]]] = []
    sources: dict[str, str] = {}
    for file in FILES:
        written = yaml.safe_load(file.read_text(encoding="utf-8"))
        sources |= written["sources"]
        beside = [("planning", "", one) for one in written.get("planning", ())]
        for grade in written.get("grades", ()):
            beside += [(grade["id"], "name", grade)]
            beside += [(grade["id"], asked["what"], asked) for asked in grade["asks"]]
        for name, nuisance in written.get("nuisances", {}).items():
            beside += [(name, keep["from"], keep) for keep in nuisance["keep"]]
        found += [(name, key, value, sources) for name, key, value in beside]
        for name, entry in written["formats"].items():
            found += [
                (name, key, value, sources)
                for key, value in entry.items()
                if isinstance(value, dict) and "mark" in value
            ]
    return found


def test_what_was_read_names_a_document_and_its_year() -> None:
    """A mark R without a text one can look up would be a claim."""
    read = [
        (name, key, sources[value["source"]])
        for name, key, value, sources in marked()
        if value["mark"] == "R"
    ]
    assert len(read) > 40
    assert [one for one in read if not re.search(r"(?:19|20)\d\d|not named there", one[2])] == []


def test_every_value_has_a_mark_and_a_source_that_is_listed() -> None:
    """No value stands alone, and no source is left over."""
    values = marked()
    for name, key, value, sources in values:
        assert value["mark"] in "RMA", (name, key)
        assert value["source"] in sources, (name, key)
    used = {value["source"] for _, _, value, _ in values} | {"notice"}
    assert set(values[-1][3]) == used


@pytest.mark.parametrize("file", [f for f in FILES if f.stem == "cn-2021"])
def test_only_the_formats_of_the_guide_cite_its_lists(file: Path) -> None:
    """26 formats are on the guide's lists as quoted; what is not cites something else."""
    formats = yaml.safe_load(file.read_text(encoding="utf-8"))["formats"]
    assert {n for n, entry in formats.items() if entry["tier"]["source"] == "guide"} == GUIDE
