"""Warnings in the report's language."""

from __future__ import annotations

from pathlib import Path

import pytest

import siting
from siting.texts.notices import notices
from tests.tools.warnings_made import made

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.mark.parametrize("name", ["helsinki", "porto-alegre", "chang-an", "chang-an-plan"])
def test_warnings_of_our_scenarios_are_told_in_chinese(name: str) -> None:
    """Wording and pattern agree: each warning of these scenarios has its Chinese form."""
    warnings = siting.load(SCENARIOS / name / "scenario.yaml").warnings
    assert warnings
    for before, after in zip(warnings, notices(warnings, "zh"), strict=True):
        assert before != after
        assert "\u4e00" <= after[0] <= "\u9fff"
    assert notices(warnings, "en") == warnings


def test_an_unknown_warning_is_shown_as_it_is() -> None:
    """Nothing is swallowed for want of a translation, nothing is told twice."""
    assert notices(["something new: 5", "something new: 5"], "zh") == ("something new: 5",)


def test_every_warning_of_the_source_has_its_chinese_form() -> None:
    """Whoever writes a new warning writes its Chinese form into warnings.json as well."""
    found = dict(made())
    assert len(found) > 30
    without = [f"{at}: {text}" for at, text in made() if notices([text], "zh") == (text,)]
    assert without == []


def test_parts_of_a_warning_are_told_too() -> None:
    """Rows and kinds of layers have words of their own; ids stay as they are."""
    told = notices(
        ["stops: 2 of 9 cannot reach the network: T1, T2",
         "people.csv: more persons in 'elderly' than in 'all' in 3 rows (2, 5, 9)",
         "edge of the network: 3 demand points (all 1,200, elderly 250.5, carers 7) lie beyond it "
         "or within one walk of it; outlets beyond are not counted",
         "wet_market at site P7 gains nothing and no rule needs it"], "zh",
    )  # fmt: skip
    assert told == (
        "流动车停靠点：9 处中有 2 处走不到路网：T1, T2",
        "people.csv：人群 'elderly' 的人数多于全体居民，3 行（2, 5, 9）",
        "路网边缘：3 个人口点（全体居民 1,200，60 岁以上 250.5，carers 7）"
        "在边缘之外或离边缘不到一次步行；边缘之外的网点没有计入",
        "P7 的 wet_market：没有新增覆盖，也没有规则需要它",
    )
