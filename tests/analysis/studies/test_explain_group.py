"""Who falls behind: told by group and format, as the key figures have it; what mending it costs."""

from __future__ import annotations

from pathlib import Path

import pytest

import siting
from siting.analysis.kpis.left_behind import fallen_behind
from siting.analysis.studies.explain_group import explain_group
from siting.analysis.study import Study
from siting.cli import main
from siting.commands.summary import summary
from siting.errors import ArgumentError
from siting.report.contents import contents
from siting.report.facts import facts_of
from siting.result import Result
from siting.scenario import Scenario
from siting.texts.catalogue import LANGS
from siting.verification.evaluation import evaluate
from tests.tools.town import SCENARIO, write_town

SLOW = SCENARIO.replace("metres: 300", "minutes: 4").replace("total: 4", "total: 6")
"""Everybody walks 288 m to a shop in four minutes, the elderly 216 m."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its scenario file."""
    return write_town(tmp_path_factory.mktemp("slow"), SLOW)


@pytest.fixture(scope="module")
def solved(town: Path) -> tuple[Scenario, Result]:
    """The town and its plan."""
    scenario = siting.load(town)
    return scenario, siting.solve(scenario.problem(), method="highs", threads=1)


def test_a_group_that_falls_behind_is_told_as_the_key_figures_have_it(
    solved: tuple[Scenario, Result],
) -> None:
    """Shares before and after are those of KPI 6, which walks by another way; nobody is told who
    is neither far behind nor further than before."""
    scenario, result = solved
    behind = fallen_behind(scenario, scenario.problem(), result.options)
    assert [(one.format, one.group) for one in behind] == [("shop", "elderly")]
    (shop,) = behind
    assert shop.told and shop.apart > shop.apart_before
    told = {
        kpi.name: (kpi.before, kpi.after)
        for kpi in siting.kpis(scenario, result).figures
        if (kpi.format, kpi.group) == ("shop", "elderly")
    }
    assert (shop.before, shop.after) == pytest.approx(told["group_coverage"])
    assert (-shop.apart_before, -shop.apart) == pytest.approx(told["distance_to_all"])
    assert fallen_behind(scenario, scenario.problem(), None) == []


def test_it_is_told_in_summary_and_report(solved: tuple[Scenario, Result]) -> None:
    """At the head of both, with both parts of every share, and how to ask what mending costs."""
    scenario, result = solved
    (shop,) = fallen_behind(scenario, scenario.problem(), result.options)
    for lang in LANGS:
        told = summary(result, scenario, lang=lang)
        assert f"{shop.after:.1%}" in told and f"{shop.all_after:.1%}" in told
        assert "--group elderly" in told
        page = contents(result, scenario.problem(), facts_of(scenario, lang, result), lang)
        assert f"{100 * shop.after:.1f}%" in page.warnings[0]


def test_the_rule_that_mends_it_has_a_price(solved: tuple[Scenario, Result]) -> None:
    """With the rule the group is no more than ten points behind, and what that costs is told as
    found by one more solve, with what is proven of it."""
    scenario, result = solved
    found = explain_group(scenario, result, "elderly", study=Study("highs", 30, threads=1))
    assert found.rule is not None and found.rule.startswith("{format: shop, group: elderly, share:")
    assert found.other is not None and found.other.options is not None
    mended = fallen_behind(scenario, scenario.problem(), found.other.options)
    after = {one.format: one.after for one in mended}.get("shop", 1.0)
    assert found.share is not None and after >= found.share
    assert evaluate(scenario.problem(), found.other.options).feasible
    assert found.lost is not None and found.at_least is not None
    assert found.lost >= found.at_least >= 0
    with pytest.raises(ArgumentError, match="group must be one of all, elderly"):
        explain_group(scenario, result, "eldery")


def test_the_command_tells_group_rule_and_price(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """siting explain RESULT --group elderly."""
    out = tmp_path / "out"
    assert main(["solve", str(town), "--out", str(out), "--threads", "1"]) == 0
    capsys.readouterr()
    assert main(["explain", str(out), "--group", "elderly", "--threads", "1"]) == 0
    told = capsys.readouterr().out
    assert "share:" in told and "people fewer" in told
    assert main(["explain", str(out), "--group", "all", "--threads", "1"]) == 0
