"""What is no fault and yet makes figures mean something else: a warning each, and a word at the
head of the report."""

from __future__ import annotations

from pathlib import Path

import pytest

import siting
from siting.cli import main
from siting.report.contents import contents
from siting.report.facts import facts_of
from siting.scenario.assemble.caveats import traps
from siting.scenario.layers.osm import read_osm
from siting.scenario.schema.caveats import TRAPS
from tests.tools.town import SCENARIO, write_town

NO_LAYER = "  - {file: outlets.csv, x: x, y: y, crs: EPSG:4547, id: id, format: kind}\n"


def keys(tmp_path: Path, text: str) -> set[str]:
    """Keys of the traps of a town."""
    scenario = siting.load(write_town(tmp_path, text))
    found = traps(
        scenario.settings, scenario.standards, scenario.contents, scenario.problem(), "CNY"
    )
    told = {notice.key for notice in found}
    assert told <= set(TRAPS)
    assert all(str(notice) in scenario.warnings for notice in found)
    return told


def test_each_trap_is_told(tmp_path: Path) -> None:
    """No outlets at all; a format that no layer holds; one that can open nowhere; a foreign
    currency, but only where the catalogue's prices are used."""
    assert keys(tmp_path / "a", SCENARIO) == {"outlets.none_of"}  # care stands nowhere
    assert keys(tmp_path / "b", SCENARIO.replace("outlets:\n" + NO_LAYER, "")) == {
        "outlets.no_layer"
    }
    huge = SCENARIO.replace("area_m2: 50,", "area_m2: 5000,")
    assert keys(tmp_path / "c", huge) == {"outlets.none_of", "premises.nowhere"}
    dollars = SCENARIO.replace("currency: CNY", "currency: USD")
    assert keys(tmp_path / "d", dollars) == {"outlets.none_of"}
    shop = "use: [shop, care, pharmacy]"
    assert keys(tmp_path / "e", dollars.replace("use: [shop, care]", shop)) == {
        "outlets.none_of",
        "formats.currency",
    }


def test_what_another_format_stands_in_for_is_not_missing(tmp_path: Path) -> None:
    """Nobody's share before is 0 % where the people are served by what stands of another format."""
    shop = "    shop:\n      stands_in_for: [care]\n"
    text = SCENARIO.replace("    shop:\n", shop).replace("group: elderly", "group: all")
    assert keys(tmp_path, text) == set()


def test_check_and_report_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """siting check prints the warning; the report's first sentences send the reader to it."""
    town = write_town(tmp_path, SCENARIO.replace("outlets:\n" + NO_LAYER, ""))
    assert main(["check", str(town)]) == 0
    assert "no outlets: are given" in capsys.readouterr().out
    scenario = siting.load(town)
    result = siting.solve(scenario.problem(), method="highs", threads=1)
    page = contents(result, scenario.problem(), facts_of(scenario, "en", result), "en")
    assert page.sentences[-1].startswith("Read what to bear in mind first")


def test_an_extract_of_streets_only_is_told(tmp_path: Path) -> None:
    """Tags that match nothing, in a file that holds no such key at all."""
    nodes = (
        '<node id="1" lat="34.2" lon="108.9"/><node id="2" lat="34.21" lon="108.9">{tag}</node>'
        '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="service"/></way>'
    )
    for tag, told in (("", True), ('<tag k="amenity" v="school"/>', False)):
        file = tmp_path / f"{told}.osm"
        file.write_text(
            f'<?xml version="1.0"?><osm version="0.6">{nodes.format(tag=tag)}</osm>', "utf-8"
        )
        warnings = read_osm(file, "town.osm", ["amenity=marketplace"]).warnings
        assert any("streets only" in text for text in warnings) == told
