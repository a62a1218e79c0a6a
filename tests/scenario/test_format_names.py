"""Formats may be written by their name in Chinese or English wherever an id may stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import siting
from siting.analysis.score import options_of
from siting.errors import InputError
from siting.scenario.document.document import read_text
from siting.scenario.document.paths import Folder
from siting.scenario.formats.catalogue import load_catalogue
from siting.scenario.formats.written import Ids, ids_of, with_ids
from tests.tools.worlds import World

RENAMED = {
    "formats: {use: [菜市场, Pharmacy]}": ("formats", "use", 0),
    "formats: {change: {菜市场: {minutes: 5}}}": ("formats", "change", "wet_market", "minutes"),
    "budget: {per_format: {wet market: 5}}": ("budget", "per_format", "wet_market"),
    "rules: {require: [{site: A, format: 菜市场}]}": ("rules", "require", 0, "format"),
    "rules: {together: [[药店, 菜市场]]}": ("rules", "together", 0, 1),
    "rules: {apart: [{formats: [菜市场], metres: 5}]}": ("rules", "apart", 0, "formats", 0),
    "circles: [{district: A, change: {菜市场: {minutes: 5}}}]": (
        "circles",
        0,
        "change",
        "wet_market",
        "minutes",
    ),
    "outlets: {osm: {amenity=marketplace: 菜市场}}": ("outlets", "osm", "amenity=marketplace"),
    "variants: {v: {formats: {use: [菜市场]}}}": ("variants", "v", "formats", "use", 0),
}


@pytest.mark.parametrize("text", RENAMED)
def test_a_name_stands_for_its_id(text: str) -> None:
    """The data know ids only, and each key still tells how it was written."""
    before = read_text(text, "scenario.yaml")
    after = with_ids(before, Folder(Path()), "cn-2021")
    found = after.data
    for part in RENAMED[text]:
        found = found[part]
    assert found in ("wet_market", 5)
    assert "菜市场" not in str(after.data) and "wet market" not in str(after.data)
    assert {place.written or key for key, place in after.places.items()} == set(before.places)


def test_a_name_is_known_in_either_width() -> None:
    """Brackets and letters of Chinese or Latin width are the same name."""
    ids = ids_of(load_catalogue("cn-2021").formats)
    for name in ("生鲜超市（社区菜店）", "生鲜超市(社区菜店)", " Ｂａｋｅｒｙ", "托育点"):
        assert ids.of(name) in ("fresh_grocery", "bakery", "childcare")


def test_columns_keep_their_names() -> None:
    """In a layer ``format`` and ``formats`` name columns, whatever these are called."""
    text = "outlets: {format: 菜市场}\npremises: [{formats: 菜市场}]"
    assert with_ids(read_text(text, "s"), Folder(Path()), "cn-2021").data == {
        "outlets": {"format": "菜市场"},
        "premises": [{"formats": "菜市场"}],
    }


def test_a_name_that_two_formats_share_means_none() -> None:
    """It is told as unknown rather than taken for either; an id always means itself."""
    ids = Ids([("a", "Shop"), ("b", "shop"), ("c", "a"), ("d", "Kiosk")])
    assert (ids.of("Shop"), ids.of("a"), ids.of(" kiosk ")) == ("Shop", "a", "d")


def test_a_scenario_of_names_is_the_scenario_of_ids(world: World) -> None:
    """Scenario, outlets, premises and a plan made by hand, all by Chinese names."""
    plain = world.load().problem()
    names = {"wet_market": "菜市场", "recycling_point": "再生资源回收点", "pharmacy": "Pharmacy"}
    catalogue = world.load().standards.names("zh")
    names = {id: catalogue.get(id, name) for id, name in names.items()} | {"pharmacy": "pharmacy"}
    for name in ("outlets.csv", "premises.csv"):
        text = (world.folder / name).read_text("utf-8")
        for id, called in names.items():
            text = text.replace(id, called)
        (world.folder / name).write_text(text, "utf-8")
    world.scenario["formats"]["use"] = [
        names.get(id, id) for id in world.scenario["formats"]["use"]
    ]
    scenario = siting.load(rewritten(world))
    problem = scenario.problem()
    assert problem.labels.formats == plain.labels.formats
    assert np.array_equal(problem.options.format, plain.options.format)
    assert np.array_equal(problem.outlets.format, plain.outlets.format)
    table = pd.DataFrame({"site": ["P1"], "format": ["菜市场"], "size": ["small"]})
    by_id = table.assign(format="wet_market")
    options = options_of(problem, table, scenario.standards.ids)[0]
    assert options.tolist() == options_of(problem, by_id)[0].tolist()
    with pytest.raises(InputError, match="must be a known format"):
        options_of(problem, table)


def rewritten(world: World) -> Path:
    """The scenario file alone, written anew beside the layers as they lie there."""
    import yaml

    path = world.folder / "named.yaml"
    path.write_text(yaml.safe_dump(world.scenario, allow_unicode=True), "utf-8")
    return path
