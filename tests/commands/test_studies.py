"""The commands that study a plan: exit codes, both languages, files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from siting.cli import main
from siting.result import Result
from tests.tools.town import SCENARIO, write_town

STUDIES = (
    "frontier",
    "explain",
    "alternatives",
    "replan",
    "robustness",
    "fair",
    "kpis",
    "neighbours",
    "phases",
)
Told = Callable[..., str]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small town with a stored result beside its scenario."""
    folder = tmp_path_factory.mktemp("town")
    write_town(folder)
    assert main(["solve", str(folder), "--out", str(folder / "r"), "--threads", "1"]) == 0
    return folder


@pytest.fixture
def told(capsys: pytest.CaptureFixture) -> Told:
    """Runs a command and gives what it printed; it must end with ``code``."""

    def run(*arguments: object, code: int = 0) -> str:
        assert main([str(a) for a in arguments]) == code
        return str(capsys.readouterr().out)

    return run


def test_explain_tells_a_chosen_site_and_one_that_is_not(town: Path, told: Told) -> None:
    """Each says what the best plan on the other side is; ids that do not exist are bad input."""
    opened = set(Result.load(town / "r").plan.table["site"])  # type: ignore[union-attr]
    inside = min(opened)
    outside = next(f"00{k}" for k in range(6) if f"00{k}" not in opened)
    common = ("--threads", 1, "--time-limit", 30)
    assert "best plan without it" in told("explain", town / "r", "--site", inside, *common)
    assert "不在方案之中" in told("explain", town / "r", "--site", outside, *common, "--lang", "zh")
    told("explain", town / "r", "--site", "nowhere", code=2)
    told("explain", town / "r", "--site", inside, "--format", "cinema", code=2)
    assert "shop is in the plan" in told("explain", town / "r", "--format", "shop", *common)
    told("explain", town / "r", "--format", "cinema", code=2)


def test_explain_without_a_site_tells_what_binds(town: Path, told: Told) -> None:
    """Budget, prices, the outlets by importance, and who is beyond reach."""
    text = told("explain", town / "r", "--threads", 1, "--time-limit", 30)
    assert "Total budget" in text
    assert "Outlets by what is lost without them" in text


@pytest.mark.parametrize("name", ["frontier", "alternatives", "robustness", "fair"])
def test_a_study_without_a_plan_tells_why(name: str, town: Path, told: Told) -> None:
    """A site required and closed: both rules are named, in either language."""
    change = ("--set", "rules.require=[{site: '001'}]", "--set", "rules.forbid=[{site: '001'}]")
    text = told(name, town, *change, "--threads", 1, "--time-limit", 30, code=3)
    assert "Must open · 001" in text and "Must not open · 001" in text
    assert "规则不能同时满足" in told(
        name, town, *change, "--threads", 1, "--time-limit", 30, "--lang", "zh", code=3
    )


def test_a_new_plan_that_cannot_be_tells_why(town: Path, told: Told, tmp_path: Path) -> None:
    """Locks and the number of changes are rules like others."""
    opened = sorted(set(Result.load(town / "r").plan.table["site"]))  # type: ignore[union-attr]
    text = told(
        "replan",
        town / "r",
        "--forbid",
        opened[0],
        "--changes",
        0,
        "--threads",
        1,
        "--time-limit",
        30,
        "--out",
        tmp_path / "again",
        code=3,
    )
    assert f"Must not open · {opened[0]}" in text and "changes" in text


def test_a_frontier_from_no_money_at_all(town: Path, told: Told) -> None:
    """A budget of 0 buys nothing, and no step led there."""
    text = told("frontier", town, "--budgets", "0,95000", "--threads", 1, "--time-limit", 30)
    assert "95,000" in text


def test_alternatives_writes_a_result_for_each_plan(town: Path, told: Told, tmp_path: Path) -> None:
    """plans.csv, sites.csv and folders that verify."""
    out = tmp_path / "alternatives"
    common = ("--within", "15%", "--count", 2, "--threads", 1, "--time-limit", 30)
    told("alternatives", town, *common, "--out", out)
    assert {f.name for f in out.iterdir()} == {"plans.csv", "sites.csv", "plan-1", "plan-2"}
    assert "verified" in told("verify", out / "plan-2")
    by_districts = told(
        "alternatives",
        town,
        "--within",
        "60%",
        "--by",
        "districts",
        "--least",
        1,
        "--threads",
        1,
        "--lang",
        "zh",
    )
    assert "east 较少" in by_districts and "west 较少" in by_districts
    told("alternatives", town, "--within", "much", code=2)
    told(
        "alternatives",
        town,
        "--set",
        "rules.require=[{site: '000'}]",
        "--set",
        "budget=1",
        "--threads",
        1,
        code=3,
    )


def test_replan_changes_little_and_verifies(town: Path, told: Told, tmp_path: Path) -> None:
    """At most K outlets differ, what is forbidden is closed, and the folder verifies."""
    before = Result.load(town / "r").plan
    assert before is not None
    gone = before.table["site"].iloc[0]
    out = tmp_path / "replanned"
    text = told(
        "replan", town / "r", "--forbid", gone, "--changes", 2, "--threads", 1, "--out", out
    )
    assert "changes from the approved plan" in text
    after = Result.load(out).plan
    assert after is not None and gone not in set(after.table["site"])
    told("replan", town / "r", "--changes", 2, "--out", out, code=2)
    assert "verified" in told("verify", out)


def test_robustness_knows_cases_of_its_own(town: Path, told: Told, tmp_path: Path) -> None:
    """A planner's case stands among the usual ones, and the table can be written."""
    out = tmp_path / "cases.csv"
    case = "half the money:budget=47500"
    text = told(
        "robustness", town, "--case", case, "--threads", 1, "--out", out, "--method", "greedy"
    )
    assert "half the money" in text
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    told("robustness", town, "--case", "no change", code=2)


def test_kpis_and_fair_are_told_in_both_languages(town: Path, told: Told, tmp_path: Path) -> None:
    """Figures before and after, and the worst-served district."""
    assert "覆盖人口" in told("kpis", town / "r", "--lang", "zh", "--out", tmp_path / "k.csv")
    assert (tmp_path / "k.csv").exists()
    assert "taken" in told("neighbours", town / "r", "--out", tmp_path / "n.csv")
    assert (tmp_path / "n.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    text = told("fair", town, "--threads", 1, "--time-limit", 30, "--out", tmp_path / "fair.csv")
    assert "Proven: no plan serves the worst district better" in text
    assert "site" in (tmp_path / "fair.csv").read_text("utf-8-sig")


def test_phases_are_compared_with_buying_one_by_one(tmp_path: Path, told: Told) -> None:
    """Both orders in one table; a result without phases is bad input."""
    money = "phases: [2026, 2027]\nbudget: {per_phase: {2026: 45000, 2027: 50000}}"
    text = SCENARIO.replace("budget: 95000", money).replace("  lean: {budget: 42000}", "  lean: {}")
    write_town(tmp_path, text)
    told("solve", tmp_path, "--out", tmp_path / "r", "--threads", 1)
    text = told("phases", tmp_path / "r", "--threads", 1, "--time-limit", 30, "--lang", "zh")
    assert "逐期选优" in text and "2027" in text


def test_phases_need_phases(town: Path, told: Told) -> None:
    """One phase has no order."""
    told("phases", town / "r", code=2)


def test_neighbours_of_a_plan_that_opens_nothing(told: Told, tmp_path: Path) -> None:
    """A table with its columns and no rows."""
    file = write_town(tmp_path, SCENARIO.replace("budget: 95000", "budget: 0"))
    told("solve", file, "--out", tmp_path / "r", "--threads", 1)
    text = told("neighbours", tmp_path / "r", "--out", tmp_path / "n.csv")
    assert "No existing outlet loses anybody." in text
    assert (tmp_path / "n.csv").read_text("utf-8-sig").splitlines() == [
        "site,format,size,action,outlet,until,within,new,taken"
    ]
