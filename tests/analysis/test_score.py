"""score: plans made by hand, judged by the same rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import siting
from siting.analysis.score import Score
from siting.errors import ArgumentError, InputError
from siting.notice import notices
from siting.problem import Action, Objective, Problem
from siting.verification.evaluation import evaluate
from tests.tools.depth import examples
from tests.tools.plans import some_plan
from tests.tools.problems import problems
from tests.tools.town import SCENARIO, write_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    """Smallville."""
    return siting.load(write_town(tmp_path_factory.mktemp("town"))).problem()


@examples(25)
@given(problems(), st.integers(0, 999))
def test_every_way_of_naming_a_plan_scores_the_same(problem: Problem, seed: int) -> None:
    """Option positions, a Plan and its table are one plan."""
    options = some_plan(problem, seed)
    if problem.n_formats == 1 and len(np.unique(problem.options.site)) == problem.n_options:
        options = problem.options.site[options].astype(np.int64)  # integers name sites there
        judged = evaluate(problem, np.flatnonzero(np.isin(problem.options.site, options)))
    else:
        judged = evaluate(problem, options)
    by_position = siting.score(problem, options)
    assert by_position.objective == judged.objective
    assert by_position.feasible == (not by_position.violations) == judged.feasible
    for plan in (by_position.plan, by_position.plan.table):
        assert siting.score(problem, plan).objective == judged.objective


def test_sites_of_a_one_format_problem() -> None:
    """For one-format problems integers are positions of sites."""
    problem = Problem.from_points([[0, 0], [9, 9], [5, 5]], [[5, 5], [9, 9]], [1, 5, 3], 1)
    scored = siting.score(problem, [1])
    assert (scored.objective, scored.feasible) == (5.0, True)
    with pytest.raises(ArgumentError, match=r"plan must lie in 0\.\.1 \(number of candidate"):
        siting.score(problem, [2])


def test_distance_to_the_best(town: Problem) -> None:
    """With a result given, a score tells how far the plan is from it and from the bound."""
    best = siting.solve(town, method="highs")
    scored = siting.score(
        town, pd.DataFrame({"site": ["001"], "format": ["shop"], "size": [""]}), best
    )
    assert best.objective is not None
    assert scored.best == best.objective
    assert scored.distance == pytest.approx((best.objective - scored.objective) / best.objective)
    assert scored.cost == 21000


def test_rules_broken_are_told_and_the_plan_is_judged_all_the_same(town: Problem) -> None:
    """A plan over its budget has an objective, is not feasible, and names the rule."""
    table = pd.DataFrame(
        {"site": ["001", "003", "005"], "format": ["care"] * 3, "size": ["large"] * 3}
    )
    scored = siting.score(town, table)
    assert not scored.feasible
    assert any("budget.total" in sentence for sentence in scored.violations)
    assert scored.objective > 0


def test_faults_of_a_table_are_told_at_once(town: Problem, tmp_path: Path) -> None:
    """Unknown ids are bad input: each with its line, what was found and the nearest known id."""
    file = tmp_path / "plan.csv"
    file.write_text(
        "site,format,size\n001,shopp,standard\n077,shop,standard\n001,care,\n001,shop,\n001,shop,\n"
    )
    with pytest.raises(InputError) as caught:
        siting.score(town, file)
    lines = str(caught.value).split("\n")
    assert len(lines) == 4
    assert (
        "plan.csv:2: format: must be a known format; got 'shopp' (did you mean 'shop'?)" in lines[0]
    )
    assert "plan.csv:3: site: must be a known site; got '077'" in lines[1]
    assert "plan.csv:4: size: must be one of large, small; got nothing" in lines[2]
    assert "plan.csv:6: must not repeat line 5" in lines[3]


def test_a_missing_column_is_a_fault(town: Problem, tmp_path: Path) -> None:
    """The nearest column is named."""
    file = tmp_path / "plan.csv"
    file.write_text("sites,format\n001,shop\n")
    with pytest.raises(InputError, match=r"must have a column 'site'; got .* 'sites'"):
        siting.score(town, file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_encodings(town: Problem, tmp_path: Path, encoding: str) -> None:
    """Plans come from spreadsheets: with or without BOM, or in GB18030."""
    file = tmp_path / "plan.csv"
    file.write_bytes("site,format,size,备注\n001,shop,standard,好\n".encode(encoding))
    assert siting.score(town, file).objective > 0


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "must be a csv table"), (b"\xff\xfe\x00\x01\x80", "must be text in UTF-8 or GB18030")],
)
def test_a_file_that_is_no_table(
    town: Problem, tmp_path: Path, content: bytes, message: str
) -> None:
    """Hostile files are one clear line."""
    file = tmp_path / "plan.csv"
    file.write_bytes(content)
    with pytest.raises(InputError, match=message):
        siting.score(town, file)
    with pytest.raises(InputError, match="must be a readable csv file"):
        siting.score(town, tmp_path / "none.csv")


def test_an_option_that_is_not_offered_is_a_rule_broken(town: Problem) -> None:
    """A known site that may not take a format is no bad input but a plan that cannot be."""
    scarce = town.replace(options=town.options.take(np.arange(town.n_options) != 0), rules=())
    scored = siting.score(scarce, pd.DataFrame({"site": ["000"], "format": ["shop"], "size": [""]}))
    assert not scored.feasible
    assert scored.violations[0].startswith("site 000: shop may not open there")


def test_rows_longer_than_the_header_are_never_shifted(town: Problem, tmp_path: Path) -> None:
    """Commas at the end of rows say nothing; a cell too many is told with the line it stands on."""
    file = tmp_path / "plan.csv"
    file.write_text('site,format,size\n001,shop,standard,\n\n"003",care,large,,\n')
    scored = siting.score(town, file)
    assert sorted(scored.plan.table["site"]) == ["001", "003"]
    file.write_text("site,format,size\n\nmine,001,shop,standard\n001,shop\n001,shop,tiny\n")
    with pytest.raises(InputError, match=r"plan\.csv:3: must have at most 3 cells.*; got 4$"):
        siting.score(town, file)
    file.write_text('site,format,size,note\n\n001,shop,,"two\nlines"\n001,shop,tiny\n')
    with pytest.raises(InputError, match=r"plan\.csv:5: size: must be a known size; got 'tiny'"):
        siting.score(town, file)
    file.write_text("site,site,format,size\n001,003,shop,standard\n")
    with pytest.raises(InputError, match=r"plan\.csv:1: must name each column once; got 'site'"):
        siting.score(town, file)


def test_a_phase_or_an_action_that_is_asked_for_is_not_another(tmp_path: Path) -> None:
    """An unknown one is bad input; one in which the outlet cannot open is a rule broken."""
    phased = SCENARIO + "phases: [{name: y1}, {name: y2}]\n"
    from_column = phased.replace("  opening_cost", "  available_from: from\n  opening_cost")
    scenario = write_town(tmp_path, from_column)
    premises = (tmp_path / "premises.csv").read_text(encoding="utf-8").splitlines()
    later = [
        f"{line},{told}" for line, told in zip(premises, ("from", "y2", *[""] * 9), strict=False)
    ]
    (tmp_path / "premises.csv").write_text("\n".join(later) + "\n", encoding="utf-8")
    problem = siting.load(scenario).problem()

    def judged(phase: str, action: str) -> Score:
        row = {"site": ["000"], "format": ["shop"], "phase": [phase], "action": [action]}
        return siting.score(problem, pd.DataFrame(row))

    assert judged("y2", "open").plan.table["phase"].to_list() == ["y2"]
    assert judged("", "").feasible
    assert judged("y1", "").violations == ("site 000: shop may not open there in phase y1",)
    with pytest.raises(InputError, match=r"phase: must be a known phase; got 'y3'"):
        judged("y3", "")
    with pytest.raises(InputError, match=r"action: must be a known action; got 'upgrad'"):
        judged("y2", "upgrad")
    elsewhere = np.where(problem.options.site > 0, Action.MOVE.code, 0).astype(np.int32)
    problem = problem.replace(options=replace(problem.options, action=elsewhere))
    told = judged("y2", "move").violations
    assert told == ("site 000: shop may not open there by action move",)
    assert notices(told, "zh") == ("000：shop 没有“move”这一做法",)


def test_what_a_plan_breaks_is_told_in_chinese_too(tmp_path: Path) -> None:
    """Each sentence has its Chinese form: outlets opened twice, too close, or at one site."""
    rules = (
        "rules:\n  apart: [{formats: [shop], metres: 5000}, {formats: [shop, care], metres: 0}]\n"
    )
    town = siting.load(write_town(tmp_path, SCENARIO.replace("rules:\n", rules))).problem()
    table = {
        "site": ["001", "001", "001", "003"],
        "format": ["care", "care", "shop", "shop"],
        "size": ["large", "small", "", ""],
    }
    broken = tuple(dict.fromkeys(siting.score(town, pd.DataFrame(table)).violations))
    for part in ("opened 2 times", "are too close", "share a site", "floor space", "budget"):
        assert any(part in sentence for sentence in broken)
    for before, after in zip(broken, notices(broken, "zh"), strict=True):
        assert before != after
        assert "plan" not in after
    for model in ("set_cover", "partial_cover"):
        nothing = evaluate(town.under(Objective(model)), np.zeros(0, np.int64)).violations
        assert nothing
        assert all("plan" not in sentence for sentence in notices(nothing, "zh"))
