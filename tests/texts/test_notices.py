"""Notices: one sentence with its key and values, told in any language."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import siting
from siting.notice import Notice, first, from_records, in_language, notices, to_records

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.mark.parametrize("name", ["helsinki", "porto-alegre", "chang-an", "chang-an-plan"])
def test_warnings_of_our_scenarios_are_told_in_chinese(name: str) -> None:
    """Each warning of these scenarios is a notice, and its Chinese form begins in Chinese."""
    warnings = siting.load(SCENARIOS / name / "scenario.yaml").warnings
    assert warnings
    for before, after in zip(warnings, notices(warnings, "zh"), strict=True):
        assert before != after
        assert "\u4e00" <= after[0] <= "\u9fff"
    assert notices(warnings, "en") == warnings


def test_a_notice_is_its_english_sentence() -> None:
    """What was a text for users of Python stays one: compared, searched, written as JSON."""
    told = Notice("demand.nobody", group="elderly")
    assert told == "demand: nobody is in the group 'elderly'"
    assert json.loads(json.dumps([told])) == [str(told)]
    assert (told.key, told.values) == ("demand.nobody", {"group": "elderly"})


def test_a_notice_is_frozen_and_survives_copies() -> None:
    """A stage in a process of its own, or ``replace`` of a result, loses neither key nor values."""
    told = Notice("outlets.closed", n=np.int64(1200))
    for again in (pickle.loads(pickle.dumps(told)), copy.deepcopy(told)):
        assert (again, again.key, again.values) == (told, told.key, {"n": 1200})
    with pytest.raises(AttributeError, match="frozen"):
        told.key = "other"


def test_plain_sentences_are_shown_as_they_are() -> None:
    """What comes from elsewhere is not swallowed, and nothing is told twice."""
    assert notices(["something new: 5", "something new: 5"], "zh") == ("something new: 5",)


def test_notices_are_stored_and_told_again() -> None:
    """A stored result can be told in either language; one without keys tells its English."""
    told = (Notice("network.barriers", n=1234), "of elsewhere")
    records = json.loads(json.dumps(to_records(told)))
    texts = [str(one) for one in told]
    assert notices(from_records(texts, records), "zh") == (
        "障碍：1,234 段街道被隔断",
        "of elsewhere",
    )
    assert from_records(texts, ()) == texts


def test_a_stored_notice_keeps_its_sentence() -> None:
    """A later version may word it anew or drop the key: what was told once stays readable."""
    (old,) = from_records(["as it was"], [{"key": "of.another.time", "values": {}}])
    assert (str(old), in_language(old, "zh")) == ("as it was", "as it was")


def test_parts_of_a_warning_are_told_too() -> None:
    """Rows, kinds of layers, groups and needs have words of their own; ids stay as they are."""
    people = {"all": 1200, "elderly": 250.5, "carers": 7}
    told = notices(
        [
            Notice("network.unreachable", kind="stops", n=2, of=9, ids=["T1", "T2"]),
            Notice(
                "demand.more_than_all",
                where="people.csv",
                group="elderly",
                rows=3,
                first=first([2, 5, 9], 5),
            ),
            Notice(
                "demand.more_than_all", where="people.csv", group="elderly", rows=1, first=["2"]
            ),
            Notice("network.edge", n=3, people=people),
            Notice("plan.useless", format="wet_market", site="P7"),
            Notice("premises.kept_out", n=251, needs=["ground_floor_or_lift", "flue"]),
            Notice("premises.unchecked", needs={"flue": ["canteen"], "lift": ["a", "b"]}),
        ],
        "zh",
    )
    assert told == (
        "流动车停靠点：9 处中有 2 处走不到路网：T1、T2",
        "people.csv：人群“60 岁以上”的人数多于全体居民，3 行（2、5、9）",
        "people.csv：人群“60 岁以上”的人数多于全体居民，第 2 行",
        "路网边缘：3 个人口点（全体居民 1,200、60 岁以上 251、carers 7）"
        "在边缘之外或离边缘不到一次步行；边缘之外的网点没有计入",
        "P7 的 wet_market：没有新增覆盖，也没有规则需要它",
        "用房：因条件不符，业态被排除 251 次（位于首层或有电梯、有独立烟道）",
        "用房：图层没有给出以下条件，未作检查：有独立烟道（canteen）；有电梯（a、b）",
    )


def test_the_first_names_of_many_end_in_an_ellipsis() -> None:
    """A warning names some of a million places, and says that there are more."""
    assert first("abc", 2) == ["a", "b", "…"]
    assert first("ab", 2) == ["a", "b"]
