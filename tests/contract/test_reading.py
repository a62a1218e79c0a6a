"""docs/contract.md, section 1.1: reading."""

from __future__ import annotations

from math import cos, pi, sin, sqrt
from pathlib import Path

import pytest

import siting
from tests.tools import contract_town as town
from tests.tools.contract_town import BAKERY, GONE

OUTLETS: town.Document = {
    "outlets": [{"file": "o.csv", "id": "id", "x": "x", "y": "y", "format": "k"}]
}


def test_duplicate_ids_within_a_kind_are_errors(tmp_path: Path) -> None:
    """Section 1.1, across the layers of a kind too."""
    second = town.rows("id,x,y,people,d", f"d3,{town.EAST},{town.NORTH},1,A")
    layer = town.STREET["demand"]
    two = {"demand": [layer, {**layer, "file": "more.csv"}]}
    (fault,) = town.faults(tmp_path, two, files={"more.csv": second})
    assert "duplicate" in fault
    assert "'d3'" in fault


def test_row_numbers_of_several_layers_are_prefixed(tmp_path: Path) -> None:
    """Section 1.1; of one layer they count from 1."""
    layer = {key: value for key, value in town.STREET["demand"].items() if key != "id"}
    more = {"more.csv": town.FILES["demand.csv"]}
    one = town.load(tmp_path, {"demand": GONE}, {"demand": layer}).problem().labels.points
    assert list(one[:2]) == ["1", "2"]
    two = {"demand": [layer, {**layer, "file": "more.csv"}]}
    many = town.load(tmp_path, two, files=more).problem().labels.points
    assert len(set(many)) == 22
    assert many[0].startswith("demand")
    assert many[-1].startswith("more")


def test_change_merges_and_lists_replace(tmp_path: Path) -> None:
    """Section 1.1: sizes replace; minutes and metres displace each other; catalogue sizes."""
    bakery = {"formats": {"use": ["bakery"], "change": GONE}}
    problem = town.load(tmp_path, bakery).problem()
    names, cost, area = problem.labels.sizes, problem.options.cost, problem.options.area
    first = {names[problem.options.size[o]]: (cost[o], area[o]) for o in range(3)}
    # 20/50/120 m2 at 3,000 yuan; 5,000 people at the typical size
    assert first == {"small": (60_000, 20), "typical": (150_000, 50), "large": (360_000, 120)}
    assert sorted(set(problem.options.capacity.tolist())) == [2000, 5000, 12000]
    assert problem.targets[0].limit == 10_800  # 15 minutes x 60 x 1.2 m/s
    metres = {"formats": {"change": {"bakery": {"metres": 200}}}}
    assert town.load(tmp_path, bakery, metres).problem().targets[0].limit == 2000


def test_a_group_without_a_column(tmp_path: Path) -> None:
    """Section 1.1: the error says to name the column or override the group."""
    (fault,) = town.faults(tmp_path, {"formats": {"use": ["elderly_daycare"]}})
    assert (
        "name its column under demand.groups, or set formats.change.elderly_daycare.group" in fault
    )


def test_outlets_not_in_use_are_counted(tmp_path: Path) -> None:
    """Section 1.1: ignored and counted."""
    outlets = town.rows("id,x,y,k", f"1,{town.EAST},{town.NORTH},pharmacy")
    scenario = town.load(tmp_path, OUTLETS, files={"o.csv": outlets})
    assert len(scenario.problem().outlets) == 0
    assert any("not in use are ignored: 1 (pharmacy)" in text for text in scenario.warnings)


def test_variants_and_set(tmp_path: Path) -> None:
    """Section 1.1: mappings merge, lists and scalars replace; --set is laid over the variant."""
    rules = {"rules": {"forbid": [{"site": "P7"}], "max_outlets": {"total": 3}}}
    lean = {"variants": {"lean": {"budget": 5, "rules": {"forbid": [{"site": "P9"}]}}}}
    path = town.write(tmp_path, rules, lean)
    settings = siting.load(path, "lean", ["rules.max_outlets.per_format.wet_market=2"]).settings
    assert settings.budget is not None
    assert settings.budget.total == 5
    assert [rule.site for rule in settings.rules.forbid] == ["P9"]
    assert settings.rules.max_outlets is not None
    assert settings.rules.max_outlets.total == 3
    assert settings.rules.max_outlets.per_format == {"wet_market": 2}
    with pytest.raises(siting.InputError, match="did you mean 'budget'"):
        siting.load(path, None, ["budgte=5"])


def _gcj02(lon: float, lat: float) -> tuple[float, float]:
    """The published offset, written down independently."""
    x, y = lon - 105, lat - 35
    common = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + common
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + common
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    a, e2 = 6378245.0, 0.00669342162296594323
    phi = lat / 180 * pi
    w = 1 - e2 * sin(phi) ** 2
    return (
        lon + east * 180 / (a / sqrt(w) * cos(phi) * pi),
        lat + north * 180 / (a * (1 - e2) / (w * sqrt(w)) * pi),
    )


def test_a_point_in_gcj02_lies_where_it_lies(tmp_path: Path) -> None:
    """Section 1: GCJ02; the same place in both datums is less than 10 cm away."""
    lon, lat = 108.9402, 34.2610
    moved = _gcj02(lon, lat)
    assert abs(moved[0] - lon) > 0.003  # hundreds of metres: not a copy
    changes: town.Document = {
        "crs": "EPSG:4547",
        "travel": {"mode": "euclidean", "network": GONE},
        "demand": {"crs": "GCJ02"},
        "premises": {"crs": "EPSG:4326"},
    }
    files: dict[str, str | bytes] = {
        "demand.csv": town.rows("id,x,y,people,d", f"d,{moved[0]!r},{moved[1]!r},1,A"),
        "premises.csv": town.rows("id,x,y,area,d", f"P,{lon},{lat},500,A"),
    }
    scenario = town.load(tmp_path, changes, files=files)
    assert town.walks(scenario)[("P", "d")] <= 1


def test_two_formats_are_read(tmp_path: Path) -> None:
    """Section 1: formats.use picks from the catalogue in its order."""
    assert town.load(tmp_path, BAKERY).problem().labels.formats == ("wet_market", "bakery")
