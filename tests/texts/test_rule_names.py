"""Rules and standards in the words of who reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

import siting
from siting.report.deviations import deviations
from siting.texts.catalogue import texts
from siting.texts.rule_names import rule_words
from tests.tools.town import SCENARIO, write_town

FORMATS = {"shop": "便利店", "care": "托育点"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("budget.total", "总预算"),
        ("budget.per_tier.basic", "预算 · 基本保障类"),
        ("budget.per_format.shop", "业态预算 · 便利店"),
        ("budget.per_district.东关.一", "片区预算 · 东关.一"),
        ("max_outlets.per_district.west", "片区网点数 · west"),
        ("一处至多.per_format.care", "一处至多 · 托育点"),
        ("together.care+shop", "须与之同处 · 托育点, 便利店"),
        ("apart.shop+shop.existing", "最小间距 · 便利店, 便利店 · 对现有网点"),
        ("药店间距.existing", "药店间距 · 对现有网点"),
        ("away.shop.学校", "避开 · 便利店 · 学校"),
        ("min_coverage.care.elderly.*[东关]", "最低覆盖率 · 托育点 · 60 岁以上 · *[东关]"),
        ("hub.S1.m2", "邻里中心 · S1 · 面积 m²"),
        ("require.S.1", "必须开设 · S.1"),
        ("require.S.1#2", "必须开设 · S.1#2"),
        ("业主赠房", "业主赠房"),
        ("流动 · 车 [2026]", "流动 · 车 [2026]"),
    ],
)
def test_a_rule_is_told_in_words(name: str, told: str) -> None:
    """Ids of the planner's own stay; what we made of keys is told in the page's language."""
    assert rule_words(texts("zh"), name, FORMATS) == told


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
    assert rows["菜市场", "可替代"] == ("–", "生鲜超市(社区菜店)", "usual here")
    assert rows["菜市场", "附设点"][1] == "@ 便利店 8 m² 9,000"
    assert rows["菜市场", "用房条件"][1] == "位于首层或有电梯, 建筑用途 retail"
    new = rows["shop", "目录之外的业态"][1]
    assert "人群 全体居民" in new
    assert "类别 基本保障类" in new
    english = {row[1]: row[3] for row in deviations(standards, "en") if row[0] != "shop"}
    assert english["needs"] == "on the ground floor or with a lift, use of the building retail"
