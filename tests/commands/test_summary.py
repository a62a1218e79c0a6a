"""What the terminal and the report say of a plan's rules, and of a run without a plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import siting
from siting.cli import main
from siting.commands.summary import summary
from siting.notice import Notice
from siting.problem import Objective
from siting.report.contents import contents
from siting.report.facts import Facts
from siting.result import Result
from siting.result.headline import headline_told, weighed
from siting.texts.catalogue import Lang
from tests.tools.town import SCENARIO, write_town

LEAST = "rules:\n  min_coverage: [{format: care, share: 0.6, name: care for most}]\n"


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "care for most: {used}, at least 60.0% are asked for"),
        ("zh", "care for most：{used}，要求至少 60.0%"),
    ],
)
def test_what_must_be_reached_is_no_upper_limit(tmp_path: Path, lang: Lang, told: str) -> None:
    """A least share that binds is told as one, not as so much used of so much."""
    town = siting.load(write_town(tmp_path, SCENARIO.replace("rules:\n", LEAST))).problem()
    result = siting.solve(town, method="highs", threads=1)
    assert result.plan is not None
    rule = next(r for r in result.plan.rules if r["name"] == "care for most")
    assert rule["binds"]
    assert told.format(used=f"{rule['used']:.1%}") in summary(result, lang=lang)
    rows = {row.name: row.limit for row in contents(result, town, Facts("x"), lang).rules}
    assert rows["care for most"] == "≥ 60.0%"
    assert not rows[next(name for name in rows if name != "care for most")].startswith("≥")


def test_why_no_plan_was_found_is_told() -> None:
    """The method's own words; a limit is named only where one was reached."""
    note = Notice("run.serves_too_few", rules=["rooms"])
    spec = Objective("max_cover")
    result = Result("no_solution", None, None, 5.0, None, spec, "city", notes=(note,))
    assert note in summary(result)
    assert "limit" not in summary(result)
    assert "没有找到在容量内满足“rooms”要求的方案" in summary(result, lang="zh")


def test_weighted_people_are_not_told_as_people(tmp_path: Path) -> None:
    """The report's figure says that weights make it, and how many people there are."""
    weighted = SCENARIO.replace("      tier: quality", "      tier: quality\n      weight: 3")
    town = siting.load(write_town(tmp_path, weighted)).problem()
    for problem, told in ((town, "by weights"), (plain(tmp_path), "People newly covered")):
        result = siting.solve(problem, method="highs", threads=1)
        assert result.plan is not None
        figures = contents(result, problem, Facts("x"), "en").figures
        (mine,) = (f for f in figures if told in f.label)
        people = result.plan.table["newly_covered"].sum()
        assert (f"{people:,.0f} people" in mine.note) == (told == "by weights")


def test_studies_say_what_their_people_stand_for(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """Where weights make more of people, above the figures of a study, in both languages; where
    they do not, nothing is said. A gap in people is one of weighted people then."""
    weighted = SCENARIO.replace("      tier: quality", "      tier: quality\n      weight: 3")
    for name, text in (("weighted", weighted), ("plain", SCENARIO)):
        town = write_town(tmp_path / name, text)
        result = siting.solve(siting.load(town).problem(), method="greedy", threads=1)
        assert result.plan is not None
        people = f"{result.plan.table['newly_covered'].sum():,.0f}"
        for lang, sentence in (("en", "as the objective weighs them"), ("zh", "按目标值加权计")):
            asked = ["frontier", str(town), "--points", "1", "--no-nested", "--lang", lang]
            assert main([*asked, "--method", "greedy", "--threads", "1"]) == 0
            told = capsys.readouterr().out
            assert (sentence in told) == (name == "weighted") == bool(weighed(result, lang))
        told = " ".join(weighed(result, "en"))
        assert name == "plain" or (people in told and f"{result.objective:,.0f}" in told)
        open_ = replace(result, tiers={}, bound=9 * (result.objective or 0.0), status="feasible")
        assert ("weighted people" in headline_told(open_, "en")) == (name == "weighted")


def plain(folder: Path) -> siting.Problem:
    """The same town with everybody counting once."""
    return siting.load(write_town(folder / "plain")).problem()


def test_a_format_gains_what_its_coverage_grows_by(tmp_path: Path) -> None:
    """Also where it stands in for another, whose people count with the outlet that serves them."""
    both = SCENARIO.replace("      group: all", "      group: all\n      stands_in_for: [care]")
    town = siting.load(write_town(tmp_path, both)).problem()
    result = siting.solve(town, method="highs", threads=1)
    assert result.plan is not None
    shop = result.coverage["shop"]["all"]
    served = result.plan.table.groupby("format")["newly_covered"].sum()["shop"]
    (line,) = (one for one in summary(result).splitlines() if one.startswith("shop"))
    assert line.split()[2] == f"{shop.after - shop.before:,.0f}" != f"{served:,.0f}"
