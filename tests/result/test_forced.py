"""What is in a plan for a rule's sake alone: the rule decides, the outlet says so and its price.

A town whose elderly all live in the west. A care centre in the east gains nobody; each rule below
asks for one all the same.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import siting
from siting.commands.summary import summary
from siting.report.contents import contents
from siting.report.facts import facts_of
from siting.report.folder import as_record
from siting.result import Result
from siting.result.binding import DECIDES, SLACK
from siting.result.naming import rule_called
from siting.scenario import Scenario
from siting.texts.catalogue import LANGS
from siting.texts.words import Words
from tests.tools.town import SCENARIO, write_town

PLENTY = ["budget=900000", "rules.max_outlets={total: 99}"]
FORCED = {
    "floor share of a new community": "rules.floor_share=[{district: east, gross_m2: 3000, "
    "new: true}]",
    "floor for people": "rules.floor_per=[{district: east, m2_per_1000_people: 100, "
    "formats: care}]",
    "floor of each district": "rules.floor_per=[{district: '*', m2_per_1000_people: 100, "
    "formats: care}]",
    "must open": "rules.require=[{site: '005', format: care}]",
    "hub": "rules.hubs=[{site: '005', min_formats: 2, min_area_m2: 140, required: true}]",
    "hub or nothing": "rules.hubs=[{site: '005', min_formats: 2, min_area_m2: 140}]",
    "host": "rules.together=[{formats: [shop, care]}]",
}
"""By what asks for it, as ``--set`` takes it."""
SHARES = {
    "least share": "rules.min_coverage=[{format: care, group: elderly, district: west, "
    "share: 0.9}]",
    "commitment": "commitments=[{name: promise, kpi: coverage, format: care, group: elderly, "
    "district: west, target: 90, unit: '%', due: 2027, as_rule: true}]",
}
"""Where money is short these choose a care centre in the west before shops that gain more."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody east of the fourth house is old."""
    file = write_town(tmp_path_factory.mktemp("town"), SCENARIO)
    people = file.parent / "people.csv"
    head, *rows = people.read_text("utf-8").splitlines()
    cells = [row.split(",") for row in rows]
    young = [",".join([*c[:4], c[4] if k < 4 else "0", c[5]]) for k, c in enumerate(cells)]
    people.write_text("\n".join([head, *young]) + "\n", "utf-8")
    return file


def solved(town: Path, *changes: str) -> tuple[Scenario, Result]:
    """The plan, and the scenario it is of."""
    scenario = siting.load(town, overrides=list(changes))
    result = siting.solve(scenario.problem(), method="highs", threads=1)
    assert result.plan is not None
    return scenario, result


QUICK = ("floor share of a new community", "hub or nothing", "host")
"""Those of the others' kinds are tried with the slow tests."""


@pytest.mark.parametrize(
    "what", [w if w in QUICK else pytest.param(w, marks=pytest.mark.slow) for w in FORCED]
)
def test_a_rule_that_forces_an_outlet_that_nobody_gains_from_is_told_as_deciding(
    town: Path, what: str
) -> None:
    """In result.json, on the terminal and in the report, in both languages: the rule decides, the
    outlet's line says which rule it keeps or whose host it is, and it is among the dearest."""
    scenario, result = solved(town, *PLENTY, FORCED[what])
    assert result.plan is not None
    rows = result.plan.table.to_dict("records")
    idle = [
        (row, why)
        for row, why in zip(rows, result.plan.why, strict=True)
        if row["format"] == "care" and row["district"] == "east" and row["newly_covered"] == 0
    ]
    assert idle
    told = {line.name: line for line in result.plan.rules}
    stored = as_record(result, scenario, Path("out"))
    for row, why in idle:
        assert why.keeps or why.host_of == ("shop",)
        assert why.cost_per_person is None and why.dearest
        assert all(told[kept.name].state == DECIDES for kept in why.keeps)
        (line,) = (one for one in stored["plan"] if one["dearest"] and one["site"] == row["site"]
                   and one["format"] == "care")  # fmt: skip
        assert line["keeps"] == [kept.to_dict() for kept in why.keeps]
    deciding = [line for line in result.plan.rules if line.state == DECIDES]
    assert deciding
    for lang in LANGS:
        facts = facts_of(scenario, lang, result)
        page = contents(result, scenario.problem(), facts, lang)
        text, words = summary(result, scenario, lang=lang), Words.of(lang, "solve")
        binds = text.partition(words["state.decides"])[2].partition("\n\n")[0]
        names = [rule_called(r.rule, r.about, page_names(scenario, lang), r.row) for r in deciding]
        assert all(name in binds for name in names), text
        decides = Words.of(lang, "report")["state_decides"]
        assert {row.name for row in page.rules if row.state == decides} == set(names)
        dear = Words.of(lang, "naming.why")["dearest"]
        for row, why in idle:
            (mine,) = (r for r in page.plan if r.site == row["site"] and r.format_id == "care")
            assert dear in mine.why
            assert why.host_of or any(name in mine.why for name in names)


def page_names(scenario: Scenario, lang: str):  # type: ignore[no-untyped-def]
    """Names of a scenario's formats."""
    from siting.commands.named import names_of

    return names_of(scenario, lang)  # type: ignore[arg-type]


def test_without_the_rule_nothing_is_opened_for_nobody(town: Path) -> None:
    """So each of the rules above is what puts its care centre there."""
    _, result = solved(town, *PLENTY)
    assert result.plan is not None
    table = result.plan.table
    assert not ((table["format"] == "care") & (table["district"] == "east")).any()


@pytest.mark.parametrize("what", SHARES)
def test_a_least_share_that_takes_the_money_decides(town: Path, what: str) -> None:
    """With 60,000 shops gain most; for the share a care centre opens in their place and says which
    rule it keeps. With money for both the rule is slack where nothing depends on it."""
    _, free = solved(town, "budget=62000")
    assert free.plan is not None and "care" not in set(free.plan.table["format"])
    _, kept = solved(town, "budget=62000", SHARES[what])
    assert kept.plan is not None
    (line,) = (line for line in kept.plan.rules if line.kind == "min_coverage")
    assert line.state == DECIDES
    care = kept.plan.table["format"] == "care"
    for mine, why in zip(care, kept.plan.why, strict=True):
        assert (line.rule in [one.rule for one in why.keeps]) == mine
    asked = SHARES[what].replace("0.9", "0.01").replace("90, unit", "1, unit")
    _, loose = solved(town, *PLENTY, asked)
    assert loose.plan is not None
    (line,) = (line for line in loose.plan.rules if line.kind == "min_coverage")
    several = (loose.plan.table["format"] == "care").sum() > 1
    assert line.state == (SLACK if several else DECIDES)
