"""Ten scenarios without a plan, each explained by the right rules and freed by what is named."""

from __future__ import annotations

from pathlib import Path

import pytest

import siting
from siting.analysis.infeasible.conflict import diagnose
from siting.analysis.infeasible.wording import tell, why_no_plan
from siting.analysis.study import Study
from siting.cli import main
from siting.texts.names import Names
from siting.texts.words import LANGS
from tests.tools.town import write_town

CASES: dict[str, tuple[list[str], set[str], list[str]]] = {
    "dear": (
        ["rules.require=[{site: '001', format: care}]", "budget=20000"],
        {"budget.total", "require.001.care"},
        ["budget=31000"],
    ),
    "forbidden": (
        ["rules.require=[{site: '002'}]", "rules.forbid=[{site: '002'}]"],
        {"require.002", "forbid.002"},
        ["rules.forbid=[]"],
    ),
    "no room": (
        ["rules.require=[{site: '000', format: shop}, {site: '000', format: care}]"],
        {"floor_space", "require.000.shop", "require.000.care"},
        ["premises.area_m2=110"],
    ),
    "too few": (
        ["rules.require=[{site: '000'}, {site: '001'}]", "rules.max_outlets={total: 1}"],
        {"max_outlets.total", "require.000", "require.001"},
        ["rules.max_outlets={total: 2}"],
    ),
    "one format": (
        [
            "rules.require=[{site: '001', format: shop}, {site: '001', format: care}]",
            "rules.max_formats_per_site=1",
        ],
        {"max_formats_per_site", "require.001.shop", "require.001.care"},
        ["rules.max_formats_per_site=2"],
    ),
    "apart": (
        [
            "rules.require=[{site: '001', format: shop}, {site: '001', format: care}]",
            "rules.apart=[{formats: [shop, care], metres: 50}]",
        ],
        {"apart.shop+care", "require.001.shop", "require.001.care"},
        ["rules.apart=[]"],
    ),
    "beyond everybody": (
        [
            "rules.min_coverage=[{format: care, share: 1.0}]",
            "rules.forbid=[{site: '005'}, {site: '004'}]",
            "budget=9000000",
            "rules.max_outlets={total: 99}",
        ],
        {"min_coverage.care", "forbid.005"},
        ["formats.change.care.metres=1000"],
    ),
    "dear demand": (
        ["rules.min_coverage=[{format: care, share: 0.9}]", "budget=42000"],
        {"min_coverage.care", "budget.total"},
        ["budget=95000"],
    ),
    "few for a demand": (
        [
            "rules.min_coverage=[{format: shop, share: 0.9}]",
            "rules.max_outlets={total: 1}",
            "budget=9000000",
        ],
        {"min_coverage.shop", "max_outlets.total"},
        ["rules.max_outlets={total: 4}"],
    ),
    "together": (
        [
            "rules.require=[{site: '001', format: care}]",
            "rules.together=[{formats: [care, shop]}]",
            "rules.max_outlets={per_format: {shop: 0}}",
        ],
        {"require.001.care", "together.care+shop", "max_outlets.per_format.shop"},
        ["rules.max_outlets={per_format: {shop: 1}}"],
    ),
}
"""Changes to the town; rules that must be named (as the beginnings of names); what frees it."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("town"))


@pytest.mark.parametrize("case", CASES)
def test_a_scenario_without_a_plan_is_explained_by_the_right_rules(town: Path, case: str) -> None:
    """The conflict names the rules that were made to conflict and no other, and says a way out."""
    changes, named, _ = CASES[case]
    problem = siting.load(town, overrides=changes).problem()
    found = diagnose(problem, Study(time_limit=60, threads=1))
    assert found.feasible is False
    assert found.irreducible
    assert {_beginning(item.name, named) for item in found.conflict} == named
    assert found.ways_out
    for lang in LANGS:
        assert len(tell(found, Names(lang))) >= 2 + len(found.conflict)


def _beginning(name: str, named: set[str]) -> str:
    return next((start for start in named if name.startswith(start)), name)


@pytest.mark.parametrize("case", CASES)
def test_the_change_that_frees_it_is_among_those_that_were_named(town: Path, case: str) -> None:
    """With the named rule relaxed as the case says there is a plan, and the rule is one told."""
    changes, _, frees = CASES[case]
    problem = siting.load(town, overrides=[*changes, *frees]).problem()
    assert diagnose(problem, Study(time_limit=60, threads=1)).feasible


def test_least_money_and_outlets_are_told(town: Path) -> None:
    """31,000 buys the small care centre at 001 and its opening; two outlets are required."""
    for case, rule, least in (
        ("dear", "budget.total", 31_000),
        ("too few", "max_outlets.total", 2),
    ):
        problem = siting.load(town, overrides=CASES[case][0]).problem()
        found = diagnose(problem, Study(time_limit=60, threads=1))
        told = {way.item.name: way.to for way in found.ways_out}
        assert told[rule] == least


def test_minutes_are_tried_where_the_scenario_states_them(town: Path) -> None:
    """A demand beyond everybody's reach is freed by a longer walk, walked anew."""
    changes = [*CASES["beyond everybody"][0], "formats.change.care.minutes=5"]
    written = town.read_text(encoding="utf-8").replace("metres: 400", "minutes: 5")
    file = town.with_name("minutes.yaml")
    file.write_text(written, encoding="utf-8")
    scenario = siting.load(file, overrides=changes[:-1])
    lines = why_no_plan(scenario.problem(), scenario, "en", Study(time_limit=60, threads=1))
    told = [line for line in lines if "minutes instead of 5" in line]
    assert len(told) == 1
    minutes = told[0].split(" minutes")[0].rsplit(" ", 1)[1]
    again = siting.load(file, overrides=[*changes[:-1], f"formats.change.care.minutes={minutes}"])
    assert diagnose(again.problem(), Study(time_limit=60, threads=1)).feasible


def test_one_standard_serves_all_demands_of_its_format(town: Path) -> None:
    """Of two districts that ask for too much neither demand's end frees a plan; a longer walk for
    the format that both ask for does, and no shorter one."""
    written = town.read_text(encoding="utf-8").replace("metres: 400", "minutes: 2")
    file = town.with_name("both.yaml")
    file.write_text(written, encoding="utf-8")
    asks = "{{format: care, district: {}, share: 1.0}}"
    rule = f"rules.min_coverage=[{asks.format('west')}, {asks.format('east')}]"
    changes = [rule, "budget=9000000", "rules.max_outlets={total: 99}"]
    scenario = siting.load(file, overrides=changes)
    lines = why_no_plan(scenario.problem(), scenario, "en", Study(time_limit=60, threads=1))
    assert sum("a standard of 3 minutes instead of 2" in line for line in lines) == 1
    assert not any("share of" in line for line in lines)
    for minutes, feasible in ((2, False), (3, True)):
        more = [*changes, f"formats.change.care.minutes={minutes}"]
        again = siting.load(file, overrides=more).problem()
        assert diagnose(again, Study(time_limit=60, threads=1)).feasible is feasible


def test_the_command_says_why(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """siting solve ends with code 3 and names the conflict and a way out on standard output."""
    arguments = ["solve", str(town), "--out", str(tmp_path / "r"), "--threads", "1"]
    for change in CASES["dear"][0]:
        arguments += ["--set", change]
    assert main(arguments) == 3
    told = capsys.readouterr().out
    assert "Total budget: 31,000 instead of 20,000" in told
    assert "Must open · 001 · care" in told
