"""The delivery layer: planned apart from what people walk to, by riding times."""

from __future__ import annotations

from pathlib import Path

import siting
from siting.notice import Notice
from siting.report.facts import facts_of
from siting.texts.catalogue import texts
from tests.tools import contract_town as town

LAYER: town.Document = {
    "formats": {"catalogue": "cn-2025+delivery"},
    "delivery": {"use": ["parcel_locker"], "budget": 20_000, "max_outlets": 1},
}


def test_what_is_delivered_is_planned_apart(tmp_path: Path) -> None:
    """The walking plan is as it was; the layer has its own formats, money, limits and standard, and
    says that it is no walking coverage."""
    plain = town.load(tmp_path)
    before = plain.problem()
    scenario = town.load(tmp_path, LAYER)
    walking = scenario.problem()
    assert walking.labels.formats == before.labels.formats
    assert [t.limit for t in walking.targets] == [t.limit for t in before.targets]
    assert any(getattr(w, "key", "") == "delivery.beside" for w in scenario.warnings)
    apart = siting.load(scenario.path, "delivery")
    problem = apart.problem()
    assert problem.labels.formats == ("parcel_locker",)
    entry = apart.standards.formats["parcel_locker"]
    assert (entry.riding_minutes, entry.riding_m_per_s) == (5, 3)
    assert {t.limit for t in problem.targets} == {5 * 60 * 3 * 10}
    result = siting.solve(problem, method="highs")
    assert result.plan is not None and len(result.plan.table) == 1
    assert siting.verify(problem, result).ok
    (told,) = [w for w in apart.warnings if isinstance(w, Notice) and w.key == "delivery.apart"]
    assert "walking coverage" in str(told)
    assert "不计入步行覆盖" in texts("zh")[facts_of(apart, "zh").coverage_note]
    assert facts_of(apart, "zh").formats["parcel_locker"].standard == "骑行 5 分钟（时速 11 公里）"


def test_every_delivered_format_unless_some_are_named(tmp_path: Path) -> None:
    """The catalogue's front warehouses, lockers and cabinets, each with a riding time."""
    scenario = town.load(tmp_path, {**LAYER, "delivery": {}})
    apart = siting.load(scenario.path, "delivery")
    assert apart.standards.use == ("front_warehouse", "parcel_locker", "vending_cabinet")
    assert all(apart.standards.formats[f].minutes for f in apart.standards.use)


def test_nobody_delivers_a_market(tmp_path: Path) -> None:
    """What people walk to is none of the layer, and what is delivered is none of theirs."""
    found = town.faults(tmp_path, {"delivery": {"use": ["wet_market"]}})
    assert any("delivery.use.0: must be a format that is delivered" in line for line in found)
    found = town.faults(tmp_path, LAYER, {"formats": {"use": ["wet_market", "parcel_locker"]}})
    assert any("must count as walking" in line for line in found), found


def test_a_variant_of_that_name_is_a_variant(tmp_path: Path) -> None:
    """A scenario that has its own variant ``delivery`` keeps its meaning."""
    scenario = town.load(tmp_path, {"variants": {"delivery": {"budget": 5000}}})
    budget = siting.load(scenario.path, "delivery").settings.budget
    assert budget is not None and budget.total == 5000
