"""Catalogues with layers: what a city asks, upon a national one."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.errors import InputError
from siting.scenario.document.paths import Folder
from siting.scenario.formats.catalogue import load_catalogue
from tests.tools import contract_town as town

LAYER = """
catalogue: 1
name: ours
layer: true
sources: {district: "notice of our district, 2026"}
formats:
  wet_market: {minutes: {value: 7, mark: R, source: district}}
  bakery: {metres: {value: 400, mark: R, source: district}}
"""


def test_a_city_changes_what_it_names_and_nothing_else() -> None:
    """Beijing's markets serve by 50 m2 per 1,000 people; what it does not name is the nation's."""
    nation, city = load_catalogue("cn-2025"), load_catalogue("cn-2025+beijing")
    assert city.name == "cn-2025+beijing"
    assert city.formats["wet_market"].sizes[1].capacity == 30_000
    assert city.formats["wet_market"].evidence["capacity"].source == "beijing_2018"
    assert "2018" in city.sources["beijing_2018"]
    changed = {id for id, format in nation.formats.items() if city.formats[id] != format}
    assert changed == {"wet_market", "convenience_store"}
    assert set(city.formats) - set(nation.formats) == {"recycling_drop"}
    assert city.sha256 != nation.sha256


def test_layers_of_ones_own_lie_one_upon_the_other(tmp_path: Path) -> None:
    """A file behind another changes it; both are inputs of the scenario."""
    (tmp_path / "ours.yaml").write_text(LAYER, encoding="utf-8")
    found = load_catalogue("cn-2021+beijing+ours.yaml", Folder(tmp_path))
    assert found.formats["wet_market"].minutes == 7
    assert found.formats["wet_market"].sizes[1].capacity == 30_000
    assert (found.formats["bakery"].minutes, found.formats["bakery"].metres) == (None, 400)
    scenario = town.load(
        tmp_path, {"formats": {"catalogue": "cn-2021+ours.yaml", "change": town.GONE}}
    )
    assert "ours.yaml" in scenario.inputs
    assert {t.limit for t in scenario.problem().targets} == {7 * 60 * 12}


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("ours.yaml", "", "layer: must not be true of a catalogue that stands alone"),
        ("cn-2021+ours.yaml", "extends: cn-2021", "extends: must not stand in a layer"),
        ("cn-2021+cn-2025", "", "must be"),
        ("cn-2021+bejing", "", "did you mean 'beijing'?"),
    ],
)
def test_faults_of_layers(tmp_path: Path, name: str, change: str, message: str) -> None:
    """A layer stands behind a catalogue and nowhere else."""
    (tmp_path / "ours.yaml").write_text(f"{LAYER}{change}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_catalogue(name, Folder(tmp_path))
    assert message in str(caught.value)


def test_planning_distances_are_a_preset(tmp_path: Path) -> None:
    """300, 500 and 1,000 m in place of minutes; a standard that the scenario changes stays."""
    own = {"wet_market": {"metres": town.GONE}}
    scenario = town.load(tmp_path, {"formats": {"distances": "planning", "change": own}})
    assert {t.limit for t in scenario.problem().targets} == {5000}
    told = [(d.key, d.standard, d.value) for d in scenario.deviations]
    assert ("planning_m", 10.0, 500.0) in told
    scenario = town.load(tmp_path, {"formats": {"distances": "planning"}})
    assert {t.limit for t in scenario.problem().targets} == {1500}
