"""The schema, its committed JSON Schema, and the catalogues."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from siting.errors import InputError
from siting.scenario.document.paths import Folder
from siting.scenario.document.schema_walk import known_keys
from siting.scenario.formats.catalogue import BUILT_IN, GROUPS, CatalogueFile, load_catalogue
from siting.scenario.schema.reference import field_docs, models_of
from siting.scenario.schema.settings import (
    KEYS_FILE,
    SCHEMA_FILE,
    Settings,
    committed,
    json_schema,
    json_schema_text,
    reference_text,
)

ENTRY = """catalogue: 1
name: own
sources: {survey: survey of 2026}
formats:
  kiosk:
    tier: basic
    group: all
    minutes: {value: 5, mark: R, source: survey}
    area_m2: [5, 10, 20]
    capacity: 100
    cost_per_m2: 1000
"""
NOTICE = (
    "wet_market",
    "fresh_grocery",
    "photo_print",
    "housekeeping",
    "repair",
    "recycling_point",
    "elderly_daycare",
    "bookstore",
    "childcare",
)


def test_the_committed_schema_is_current() -> None:
    """Editors complete what the reader accepts."""
    assert committed(SCHEMA_FILE) == json_schema_text()
    assert committed(KEYS_FILE) == reference_text()


@pytest.mark.parametrize("root", [Settings, CatalogueFile])
def test_every_field_has_a_docstring(root: type[BaseModel]) -> None:
    """And every part of a file refuses unknown keys."""
    for model in models_of(root).values():
        assert model.model_config.get("extra") == "forbid", model
        assert model.__doc__ or "[" in model.__name__
        for name in model.model_fields:
            assert field_docs(model).get(name), f"{model.__name__}.{name}"
    assert len(models_of(root)) > 3


def test_docstrings_reach_the_schema() -> None:
    """Also those of parts that stand in place, such as the budget's table."""
    properties = json_schema()["properties"]
    assert properties["budget"]["description"].startswith("Money")
    assert "opening costs included" in str(properties["budget"]["anyOf"])
    assert "rounded up" in json_schema_text()


def test_shorthands_are_in_the_schema() -> None:
    """One layer or several, an amount or a table."""
    properties = json_schema()["properties"]
    assert {branch.get("type") for branch in properties["demand"]["anyOf"]} == {None, "array"}
    assert "number" in {branch.get("type") for branch in properties["budget"]["anyOf"]}
    assert json_schema()["required"] == ["siting", "travel", "demand", "premises"]


def test_known_keys_follow_the_schema() -> None:
    """Through lists, shorthands and mappings by id."""
    assert "metres" in known_keys(Settings, ("formats", "change", "anything"))
    assert known_keys(Settings, ("rules", "apart", 3)) == {"formats", "metres", "name", "reason"}
    assert "groups" in known_keys(Settings, ("demand",))
    assert known_keys(Settings, ("demand", "groups")) == set()


@pytest.mark.parametrize("name", BUILT_IN)
def test_catalogues_are_whole(name: str) -> None:
    """Both names, a standard, three sizes, and a mark and source behind every value."""
    catalogue = load_catalogue(name)
    assert catalogue.name == name
    assert catalogue.title["zh"] and catalogue.title["en"]
    for entry in catalogue.formats.values():
        assert entry.zh != entry.en
        assert set(entry.groups) <= set(GROUPS)
        assert [size.name for size in entry.sizes] == ["small", "typical", "large"]
        assert (entry.minutes is not None) == entry.walking
        assert set(entry.evidence) >= {"tier", "group", "area_m2", "capacity", "cost_per_m2"}
        for evidence in entry.evidence.values():
            assert evidence.mark in "RMA"
            assert catalogue.sources[evidence.source]
        assert entry.evidence["cost_per_m2"].source == "placeholder"
    assert set(NOTICE) <= set(catalogue.formats)


def test_the_catalogues_differ_as_policy_did() -> None:
    """cn-2025 makes elderly care basic and adds the car wash."""
    old, new = (load_catalogue(name) for name in BUILT_IN)
    assert len(old.formats) == 30 and len(new.formats) == 31
    assert old.formats["elderly_daycare"].tier == "quality"
    assert new.formats["elderly_daycare"].tier == "basic"
    assert set(new.formats) - set(old.formats) == {"car_wash"}
    assert old.sha256 != new.sha256
    assert [f.id for f in old.formats.values() if not f.walking] == ["front_warehouse"]
    assert sum(f.tier == "basic" for f in old.formats.values()) == 14


def test_a_catalogue_file_of_ones_own(tmp_path: Path) -> None:
    """Plain values are assumptions; what it extends stays."""
    (tmp_path / "own.yaml").write_text(ENTRY + "extends: cn-2021\n")
    catalogue = load_catalogue("own.yaml", Folder(tmp_path))
    kiosk = catalogue.formats["kiosk"]
    assert [(s.cost, s.capacity) for s in kiosk.sizes] == [(5e3, 50), (1e4, 100), (2e4, 200)]
    assert (kiosk.evidence["tier"].mark, kiosk.evidence["minutes"].mark) == ("A", "R")
    assert "wet_market" in catalogue.formats
    assert catalogue.files == (tmp_path / "own.yaml",)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("minutes: {value: 5, mark: R, source: survey}", "minuets: 5", "did you mean 'minutes'?"),
        ("source: survey}", "source: servey}", "did you mean 'survey'?"),
        ("mark: R", "mark: X", "must be R | M | A"),
        ("[5, 10, 20]", "[5, 4, 20]", "that do not fall"),
        ("[5, 10, 20]", "[5, 10]", "must be three numbers"),
        ("    tier: basic\n", "", "own.yaml:5: formats.kiosk: must give tier"),
        ("catalogue: 1", "catalogue: 2", "catalogue: must be 1"),
        ("name: own", "name: own\nextends: nowhere", "must be a built-in catalogue or a file"),
        ("name: own", "name: own\nextends: own.yaml", "more than 3 catalogues"),
    ],
)
def test_faults_of_a_catalogue_file(tmp_path: Path, old: str, new: str, message: str) -> None:
    """With file and line, like those of a scenario."""
    (tmp_path / "own.yaml").write_text(ENTRY.replace(old, new))
    with pytest.raises(InputError) as caught:
        load_catalogue("own.yaml", Folder(tmp_path))
    assert message in str(caught.value)
