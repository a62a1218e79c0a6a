"""What does not go together is told, with how it was counted, in either language; what cannot be
this plan's is refused."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import siting
from siting.analysis.audit.reopen import Reopened
from siting.cli import main
from siting.errors import InputError
from siting.execution.doubts import NAMED
from siting.execution.pages import paper_of
from siting.execution.progress import progress
from siting.paper import Heading, Text
from siting.texts.words import LANGS, Lang, Words
from tests.execution.test_progress import fill
from tests.tools.carried_town import COMMITMENTS, carried

TODAY = date(2027, 1, 8)
Row = dict[str, str]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Reopened:
    """A result of the carried town."""
    return siting.reopen(carried(tmp_path_factory.mktemp("carried"), COMMITMENTS))


def told(opened: Reopened, ledger: Path, quarter: str = "2026Q4", **more: Any) -> dict[str, Any]:
    """Doubts by key, without their section: the values of each."""
    found = progress(opened, ledger, quarter, today=more.pop("today", TODAY), **more).doubts
    return {one.key.removeprefix("quarterly."): one.values for one in found}


def ledger(opened: Reopened, path: Path, *rows: Row, more: tuple[Row, ...] = ()) -> Path:
    """A new ledger with something typed into its first rows, and rows added."""
    path.unlink(missing_ok=True)
    siting.ledger(opened, path)
    return fill(path, *rows, more=more)


def rewrite(path: Path, change: Any) -> Path:
    """The rows of a csv ledger changed."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    heads = list(rows[0])
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        out = csv.DictWriter(stream, heads)
        out.writeheader()
        out.writerows(change(rows))
    return path


def test_rows_money_and_days(opened: Reopened, tmp_path: Path) -> None:
    """Nothing is doubted of a ledger in order. More paid than planned, days that are to come, came
    later or are untold, rows that lack or are of another plan, a plan given up, quarters beside
    its time: each is told by its sites and numbers."""
    path = tmp_path / "l.csv"
    good = {"status": "open", "opened on": "2026-11-02", "paid": "10"}
    assert told(opened, ledger(opened, path, good)) == {}
    table = siting.ledger(opened).table
    sites = table["site"].tolist()
    n, cost = len(sites), (table["public"] + table["market"]).tolist()

    dear = good | {"paid": str(cost[0] + 1), "of it public": "0"}
    public = good | {"paid": str(cost[1]), "of it public": str(cost[1])}
    found = told(opened, ledger(opened, path, dear, public))
    assert found["beyond_plan"] == {
        "n": 1, "paid": cost[0] + 1, "planned": cost[0], "sites": sites[:1], "more": False,
    }  # fmt: skip
    assert found["public_beyond_plan"]["sites"] == sites[1:2]
    ahead, later = good | {"opened on": "2030-01-01"}, good | {"opened on": "2027-01-05"}
    found = told(opened, ledger(opened, path, ahead, later, {"status": "open"}))
    keys = ("opened_ahead", "opened_later", "no_day")
    assert [found[key]["sites"] for key in keys] == [[site] for site in sites[:3]]
    assert set(found) == set(keys)

    path = rewrite(ledger(opened, path), lambda rows: rows[1:])
    assert told(opened, path)["no_row"]["sites"] == sites[:1]
    path = rewrite(ledger(opened, path), lambda rows: [])
    assert set(told(opened, path)) == {"empty"}
    stray = {"site": "S-X", "format": "shop", "origin": "in the plan"}
    found = told(opened, ledger(opened, path, more=(stray,)))
    assert found["not_renewed"]["sites"] == ["S-X"]

    path = ledger(opened, path, *[{"status": "dropped"}] * n)
    assert told(opened, path, "2028Q4")["all_dropped"] == {"all": n}
    path = ledger(opened, path)
    assert set(told(opened, path, "2025Q3")) == {"before_plan"}
    assert told(opened, path, "2028Q4")["after_plan"]["n"] == n
    assert told(opened, path, "2027Q2") == {}
    path = ledger(opened, path, *[{"status": "open"}] * n)
    found = told(opened, path)["no_day"]
    assert (found["n"], len(found["sites"]), found["more"]) == (n, min(n, NAMED), n > NAMED)


def test_a_list_of_today_and_the_ledger(opened: Reopened, tmp_path: Path) -> None:
    """Open by the ledger and not in the list; in the list where the ledger says it was dropped;
    gone since the plan; opened where nobody knew."""
    table = siting.ledger(opened).table
    shops = table[table["action"] == "open"].head(2)
    typed: list[Row] = [{}] * len(table)
    first, second = shops.index
    typed[first] = {"status": "open", "opened on": "2026-08-15"}
    typed[second] = {"status": "dropped"}
    path = ledger(opened, tmp_path / "l.csv", *typed)
    town = opened.scenario.path.parent
    head, *rows = (town / "outlets.csv").read_text("utf-8").splitlines()
    places = {
        row.split(",")[0]: ",".join(row.split(",")[1:3])
        for row in (town / "premises.csv").read_text("utf-8").splitlines()[1:]
    }
    free = next(site for site in places if site not in set(table["site"]))
    format = shops["format"].iloc[1]
    today = tmp_path / "today.csv"
    early = f"e,{places[shops['site'].iloc[1]]},{format}"
    today.write_text("\n".join([head, *rows[1:], early, f"u,{places[free]},care"]), "utf-8")
    found = told(opened, path, outlets=today)
    assert found["not_listed"]["sites"] == shops["site"].tolist()[:1]
    assert found["listed_early"]["sites"] == shops["site"].tolist()[1:]
    assert found["gone"]["sites"] == [rows[0].split(",")[0]]
    assert found["unknown"]["sites"] == ["u"]
    assert all(found[key]["n"] == 1 for key in found)
    same = tmp_path / "same.csv"
    same.write_text("\n".join([head, *rows]), "utf-8")
    assert told(opened, ledger(opened, path), outlets=same) == {}


def test_what_is_not_this_plans(opened: Reopened, tmp_path: Path) -> None:
    """Another plan's ledger and another scenario's report are refused, one that counted from
    another beginning is told, a missing one is a fault; every fault in either language."""
    path = ledger(opened, tmp_path / "l.csv")
    others = rewrite(
        ledger(opened, tmp_path / "o.csv"),
        lambda rows: [row | {"site": f"X{k}"} for k, row in enumerate(rows)],
    )
    with pytest.raises(InputError) as refused:
        progress(opened, others, "2026Q4")
    assert "must be the ledger of this plan" in str(refused.value)
    assert "须为本方案的台账" in refused.value.in_language("zh")
    before = tmp_path / "before"
    arguments = ["--ledger", str(path), "--quarter", "2026Q3", "--format", "html"]
    arguments += ["--out", str(before)]
    assert main(["progress", str(opened.scenario.path.parents[1] / "result"), *arguments]) == 0
    record = json.loads((before / "progress.json").read_text("utf-8"))
    assert told(opened, path, previous=before) == {}
    people = record["coverage"]["shop"]["all"]
    people["start"] += 1
    (before / "progress.json").write_text(json.dumps(record), "utf-8")
    assert told(opened, path, previous=before)["other_start"]["n"] == 1
    record["coverage"] = {"pharmacy": record["coverage"]["shop"]}
    (before / "progress.json").write_text(json.dumps(record), "utf-8")
    for place, en, zh in (
        (before, "must be a report of the same scenario", "须为同一场景的报告"),
        (tmp_path / "none", "must be an earlier report", "必须是上一季度的报告"),
    ):
        with pytest.raises(InputError) as refused:
            progress(opened, path, "2026Q4", previous=place)
        assert en in str(refused.value)
        assert zh in refused.value.in_language("zh")


@pytest.mark.parametrize("lang", LANGS)
def test_doubts_are_told_where_people_look(
    opened: Reopened, tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the terminal and in the annex, in the language asked; none where there is none."""
    path = ledger(opened, tmp_path / "l.csv", {"status": "open"}, {"status": "open"})
    arguments = [
        "progress",
        str(opened.scenario.path.parents[1] / "result"),
        "--ledger",
        str(path),
        "--quarter",
        "2026Q4",
    ]
    arguments += ["--format", "html", "--lang", lang, "--today", "2027-01-12"]
    capsys.readouterr()
    assert main([*arguments, "--out", str(tmp_path / lang)]) == 0
    printed = capsys.readouterr().out
    said = "2 outlets are open without a day" if lang == "en" else "2 个网点已开业而未填开业日期"
    due = "due 2027-01-10, 2 days overdue" if lang == "en" else "报送期限 2027-01-10，已逾期 2 天"
    page = (tmp_path / lang / "progress.html").read_text("utf-8")
    assert said in printed and said in page and due in printed
    ledger(opened, path)
    assert main([*arguments, "--out", str(tmp_path / lang)]) == 0
    head = "before signing" if lang == "en" else "签发前"
    assert head not in capsys.readouterr().out
    assert head not in (tmp_path / lang / "progress.html").read_text("utf-8")


@pytest.mark.parametrize("lang", LANGS)
def test_a_plan_without_commitments_has_its_report(tmp_path: Path, lang: Lang) -> None:
    """That there are none is told, and every part has its number."""
    place = carried(tmp_path)
    siting.ledger(place, tmp_path / "l.csv")
    found = progress(place, tmp_path / "l.csv", "2026Q4", today=TODAY)
    words, blocks = Words.of(lang, "quarter"), paper_of(found, lang).blocks
    assert not found.commitments
    at = blocks.index(Heading(words["commitments"]))
    assert blocks[at + 1] == Text(words["none_commitments"])
