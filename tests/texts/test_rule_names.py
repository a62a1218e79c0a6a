"""Rules and standards in the words of who reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

import siting
from siting.problem import NOTHING, About, Key
from siting.report.deviations import deviations
from siting.texts.catalogue import texts
from siting.texts.rule_names import rule_words
from tests.tools.town import SCENARIO, write_town

FORMATS = {"shop": "便利店", "care": "托育点"}


@pytest.mark.parametrize(
    ("about", "told"),
    [
        (About(Key.TOTAL_BUDGET), "总预算"),
        (About(Key.P), "网点总数"),
        (About(Key.TIER_BUDGET, tier="basic"), "预算 · 基本保障类"),
        (About(Key.FORMAT_BUDGET, formats=("shop",)), "业态预算 · 便利店"),
        (About(Key.DISTRICT_BUDGET, district="东关.一"), "片区预算 · 东关.一"),
        (About(Key.DISTRICT_OUTLETS, district="west"), "片区网点数 · west"),
        (About(Key.FORMAT_OUTLETS, "一处至多", formats=("care",)), "一处至多 · 托育点"),
        (About(Key.TOGETHER, formats=("care", "shop")), "须与之同处 · 托育点、便利店"),
        (
            About(Key.APART, formats=("shop", "shop"), part="existing"),
            "最小间距 · 便利店、便利店 · 对现有网点",
        ),
        (
            About(Key.APART, "药店间距", formats=("shop",), part="existing"),
            "药店间距 · 对现有网点",
        ),
        (About(Key.AWAY, formats=("shop",), layer="学校"), "避开 · 便利店 · 学校"),
        (
            About(Key.MIN_COVERAGE, formats=("care",), group="elderly", district="*"),
            "最低覆盖率 · 托育点 · 60 岁以上 · *",
        ),
        (About(Key.HUB, site="S1", part="m2"), "邻里中心 · S1 · 面积 m²"),
        (About(Key.REQUIRE, site="S.1"), "必须开设 · S.1"),
        (About(Key.REQUIRE, site="S.1", number=2), "必须开设 · S.1#2"),
        (About(Key.REQUIRE, "业主赠房", site="S.1"), "业主赠房"),
        (About(Key.REQUIRE, site="budget.total"), "必须开设 · budget.total"),
        (About(Key.CALLS, unit="车 [2026]"), "流动车每周停靠次数 · 车 [2026]"),
        (NOTHING, "approved"),
    ],
)
def test_a_rule_is_told_in_words(about: About, told: str) -> None:
    """Ids of the planner's own stay, whatever they look like; what we made of keys is told in the
    page's language."""
    words = texts("zh")
    assert rule_words(words, "approved", about, FORMATS) == told
    assert rule_words(words, "approved", about, FORMATS, "东[关]") == f"{told}（东[关]）"


def test_every_key_has_words() -> None:
    """In both languages."""
    for lang in ("en", "zh"):
        words = texts(lang)
        assert [key for key in Key if key and f"rule_{key}" not in words] == []


def test_changed_standards_are_told_in_words(tmp_path: Path) -> None:
    """Sizes, hosts, groups, needs and formats: nothing of the file's keys is left."""
    change = """\
    wet_market:
      stands_in_for: [fresh_grocery]
      needs: {ground_floor_or_lift: true, use: [retail]}
      add_on: {hosts: [convenience_store], area_m2: 8, cost: 9000}
      reason: usual here
    shop:"""
    text = SCENARIO.replace("    shop:", change, 1).replace("[shop, care]", "[wet_market, shop]")
    standards = siting.load(write_town(tmp_path, text)).standards
    rows = {(row[0], row[1]): row[2:] for row in deviations(standards, "zh")}
    assert rows["菜市场", "可替代"] == ("–", "生鲜超市（社区菜店）", "usual here")
    assert rows["菜市场", "附设点"][1] == "@ 便利店 8 m² 9,000"
    assert rows["菜市场", "用房条件"][1] == "位于首层或有电梯、建筑用途 retail"
    new = rows["shop", "目录之外的业态"][1]
    assert "人群 全体居民" in new
    assert "类别 基本保障类" in new
    english = {row[1]: row[3] for row in deviations(standards, "en") if row[0] != "shop"}
    assert english["needs"] == "on the ground floor or with a lift, use of the building retail"
