"""Progress at the end of a quarter: figures recomputed from what is open, and documents."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import siting
from siting.cli import main
from siting.errors import ArgumentError, InputError
from siting.execution.documents import FORMATS
from siting.execution.progress import progress
from siting.execution.quarter import Quarter
from tests.tools.carried_town import COMMITMENTS, carried
from tests.tools.depth import examples

KEYS = {
    "quarter",
    "due",
    "overdue_days",
    "actions",
    "paid",
    "planned_cost",
    "coverage",
    "commitments",
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result of the carried town, with commitments."""
    return carried(tmp_path_factory.mktemp("carried"), COMMITMENTS)


def fill(path: Path, *rows: dict[str, str], more: tuple[dict[str, str], ...] = ()) -> Path:
    """Type into the first rows of a csv ledger, and add rows."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        told = list(csv.DictReader(stream))
    for row, typed in zip(told, rows, strict=False):
        assert typed.keys() <= row.keys()
        row.update(typed)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        out = csv.DictWriter(stream, list(told[0]), restval="")
        out.writeheader()
        out.writerows([*told, *more])
    return path


@pytest.fixture
def ledger(result: Path, tmp_path: Path) -> Path:
    """A ledger of which the first two actions have begun."""
    siting.ledger(result, tmp_path / "ledger.csv")
    return fill(
        tmp_path / "ledger.csv",
        {"status": "open", "opened on": "2026-08-15", "paid": "20,000"},
        {"status": "under way", "paid": "5000", "of it public": "1000", "note": "waits"},
    )


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)))
@examples(50)
def test_quarters(day: date) -> None:
    """Each day is in one quarter, told as it is read; its report is due on the tenth of the month
    after it."""
    quarter = Quarter.before(day).following
    assert quarter.start <= day <= quarter.end
    assert Quarter.of(str(quarter)) == quarter
    assert quarter.following.previous == quarter
    assert (quarter.due.day, quarter.due.month) in {(10, 1), (10, 4), (10, 7), (10, 10)}
    assert quarter.end < quarter.due == quarter.following.start.replace(day=10)
    assert quarter.overdue_days(quarter.due) == 0
    assert quarter.overdue_days(quarter.due.replace(day=13)) == 3


@pytest.mark.parametrize("text", ["2026", "2026Q5", "Q3 2026", "", "0000Q1"])
def test_no_quarter(text: str) -> None:
    """What is no quarter is told as it was found."""
    with pytest.raises(ArgumentError, match="2026Q3"):
        Quarter.of(text)
    assert Quarter.of("2026年第三季度") == Quarter.of("2026-q3") == Quarter(2026, 3)


def test_progress_json(result: Path, ledger: Path, tmp_path: Path) -> None:
    """Its keys are those of the contract, its figures those of the ledger and of result.json."""
    out = tmp_path / "q3"
    done = main(
        [
            "progress",
            str(result),
            "--ledger",
            str(ledger),
            "--quarter",
            "2026Q3",
            "--today",
            "2026-10-12",
            "--format",
            "html",
            "--out",
            str(out),
        ]
    )
    assert done == 0
    told = json.loads((out / "progress.json").read_text("utf-8"))
    record = json.loads((result / "result.json").read_text("utf-8"))
    assert set(told) == KEYS
    assert (told["quarter"], told["due"], told["overdue_days"]) == ("2026Q3", "2026-10-10", 2)
    assert told["actions"] == {
        "planned": len(record["plan"]),
        "open": 1,
        "under_way": 1,
        "late": 0,
        "dropped": 0,
    }
    assert (told["paid"], told["planned_cost"]) == (25000, record["budget"]["spent"])
    for format, groups in record["coverage"].items():
        for group, people in groups.items():
            line = told["coverage"][format][group]
            assert set(line) == {"start", "now", "planned"}
            assert (line["start"], line["planned"]) == (people["before"], people["after"])
            assert line["start"] <= line["now"] <= line["planned"]
    assert [set(goal) for goal in told["commitments"]] == [
        {"name", "target", "now", "planned", "gap", "light"}
    ] * 4
    shop = told["coverage"]["shop"]["all"]
    assert told["commitments"][0]["now"] == pytest.approx(
        100 * shop["now"] / record["coverage"]["shop"]["all"]["people"]
    )


def test_people_are_counted_from_what_is_open(result: Path, ledger: Path) -> None:
    """Who is within the standard of what stood or of what has opened by the last day, point by
    point; an outlet that opens later counts later."""
    opened = siting.reopen(result)
    problem = opened.problem
    first = siting.ledger(opened).table.iloc[0]
    site = list(problem.labels.sites).index(first["site"])
    f = problem.labels.formats.index(first["format"])
    target = next(t for t in problem.targets if t.format == f)
    rows = problem.reach.rows(np.array([site]))
    near = set(rows.point[rows.cost <= target.limit].tolist())
    for k in np.flatnonzero(problem.outlets.format == f).tolist():
        stands = problem.outlets.reach.rows(np.array([k]))
        near |= set(stands.point[stands.cost <= target.limit].tolist())
    people = problem.persons[target.group, sorted(near)].sum() / problem.person_units
    group = problem.labels.groups[target.group]
    now = {q: progress(opened, ledger, q) for q in ("2026Q2", "2026Q3", "2026Q4")}
    covered = {q: found.now.coverage[first["format"]][group] for q, found in now.items()}
    assert covered["2026Q3"] == people == covered["2026Q4"]
    assert covered["2026Q2"] == now["2026Q2"].start.coverage[first["format"]][group] < people
    assert now["2026Q3"].before == now["2026Q2"].now.coverage
    assert [found.counts.open for found in now.values()] == [0, 1, 1]
    assert [found.counts.under_way for found in now.values()] == [2, 1, 1]
    everything = fill(ledger, *[{"status": "open"}] * len(siting.ledger(opened).table))
    whole = progress(opened, everything, "2028Q2")
    assert whole.now.coverage == whole.planned.coverage
    assert whole.counts.late == 0


def test_what_is_due_and_not_open_is_late(result: Path, ledger: Path) -> None:
    """From the last day of its phase on, unless it is dropped; in the order of the days."""
    opened = siting.reopen(result)
    table = siting.ledger(opened).table
    pilot = int((table["phase"] == "2026").sum())
    assert 0 < pilot < len(table)
    assert progress(opened, ledger, "2026Q3").counts.late == 0
    assert progress(opened, ledger, "2026Q4").counts.late == pilot - 1
    assert progress(opened, ledger, "2028Q2").counts.late == len(table) - 1
    fill(ledger, {}, {"status": "dropped"})
    found = progress(opened, ledger, "2028Q2")
    assert (found.counts.late, found.counts.dropped) == (len(table) - 2, 1)
    assert [one.due for one in found.late] == sorted(one.due for one in found.late if one.due)
    assert not found.next_openings


def test_money_is_public_and_market(result: Path, ledger: Path) -> None:
    """As told, else in the planned proportion; both add up to what was paid."""
    found = progress(result, ledger, "2026Q3")
    first = found.carried[0].action
    counts = found.counts
    assert counts.paid == 25000
    assert counts.paid_public == int(20000 * first.public / first.cost + 1000 + 0.5)
    assert counts.paid_public + counts.paid_market == counts.paid
    assert counts.planned_public + counts.planned_market == counts.planned_cost


def test_outlets_outside_the_plan_count(result: Path, ledger: Path, tmp_path: Path) -> None:
    """A row added by hand, at premises or by its place, serves people like one of a file of what
    stands today."""
    opened = siting.reopen(result)
    plain = progress(opened, ledger, "2026Q3").now.coverage
    premises = opened.scenario.premises.set_index("id")
    free = next(s for s in premises.index if s not in set(siting.ledger(opened).table["site"]))
    row = {"format": "care", "status": "open", "opened on": "2026-09-01"}
    by_site = fill(ledger, more=({"site": free, **row},))
    at_site = progress(opened, by_site, "2026Q3")
    assert len(at_site.beside) == 1
    assert at_site.counts.planned == len(opened.result.plan or ())
    assert at_site.now.coverage["care"]["elderly"] > plain["care"]["elderly"]
    assert progress(opened, by_site, "2026Q2").beside == ()
    place = premises.loc[free]
    siting.ledger(result, tmp_path / "other.csv")
    by_place = fill(
        tmp_path / "other.csv",
        {"status": "open", "opened on": "2026-08-15"},
        more=(
            {"site": "new", "longitude": str(place["lon"]), "latitude": str(place["lat"]), **row},
        ),
    )
    assert progress(opened, by_place, "2026Q3").now.coverage == at_site.now.coverage
    today = tmp_path / "today.csv"
    town = opened.scenario.path.parent
    rows = (town / "outlets.csv").read_text("utf-8").splitlines()
    at = next(
        line
        for line in (town / "premises.csv").read_text("utf-8").splitlines()
        if line.startswith(free)
    )
    today.write_text("\n".join([*rows, f"n,{','.join(at.split(',')[1:3])},care"]) + "\n", "utf-8")
    fresh = tmp_path / "fresh.csv"
    siting.ledger(result, fresh)
    fill(fresh, {"status": "open", "opened on": "2026-08-15"})
    by_file = progress(opened, fresh, "2026Q3", outlets=today)
    assert by_file.now.coverage == at_site.now.coverage
    unknown = fill(tmp_path / "other.csv", more=({"site": "nowhere", **row},))
    with pytest.raises(InputError, match=r"premises.*'nowhere'"):
        progress(opened, unknown, "2026Q3")


def test_the_report_of_the_quarter_before(result: Path, ledger: Path, tmp_path: Path) -> None:
    """Its people are those at the end of its quarter; another quarter's, or none, is refused."""
    out = tmp_path / "q2"
    base = ["progress", str(result), "--ledger", str(ledger), "--format", "html"]
    assert main([*base, "--quarter", "2026Q2", "--out", str(out)]) == 0
    told = json.loads((out / "progress.json").read_text("utf-8"))
    told["coverage"]["shop"]["all"]["now"] = 7.0
    (out / "progress.json").write_text(json.dumps(told), "utf-8")
    found = progress(result, ledger, "2026Q3", previous=out)
    assert found.before["shop"]["all"] == 7.0
    with pytest.raises(InputError, match="must be the report of 2026Q3; got 2026Q2"):
        progress(result, ledger, "2026Q4", previous=out)
    with pytest.raises(InputError, match="must be an earlier report"):
        progress(result, ledger, "2026Q3", previous=tmp_path)


def test_wrong_requests(result: Path, ledger: Path, tmp_path: Path) -> None:
    """One line each, exit code 2, nothing written."""
    out = tmp_path / "none"
    base = ["progress", str(result), "--ledger", str(ledger), "--out", str(out)]
    assert main([*base, "--quarter", "2026Q9"]) == 2
    assert main([*base, "--quarter", "2026Q3", "--format", "doc"]) == 2
    assert main([*base, "--quarter", "2026Q3", "--today", "soon"]) == 2
    fill(ledger, {"status": "finished"})
    assert main([*base, "--quarter", "2026Q3"]) == 2
    assert not out.exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_documents_say_what_progress_json_says(
    result: Path, ledger: Path, tmp_path: Path, lang: str
) -> None:
    """Figures of docx, xlsx, html and pdf are those of progress.json, in one language."""
    from docx import Document

    out = tmp_path / lang
    done = main(
        [
            "progress",
            str(result),
            "--ledger",
            str(ledger),
            "--quarter",
            "2026Q4",
            "--today",
            "2027-01-12",
            "--lang",
            lang,
            "--format",
            ",".join(FORMATS),
            "--unit",
            "示范区商务局",
            "--out",
            str(out),
        ]
    )
    assert done == 0
    told = json.loads((out / "progress.json").read_text("utf-8"))
    document = Document(str(out / "progress.docx"))
    _is_a4(document)
    said = "\n".join(paragraph.text for paragraph in document.paragraphs)
    tables = {
        table.rows[0].cells[0].text: [[c.text for c in r.cells] for r in table.rows]
        for table in document.tables
    }
    addressee = "省住房和城乡建设厅" if lang == "zh" else "department of housing"
    overdue = "2027-01-10（逾期 2 天）" if lang == "zh" else "2027-01-10 (2 days overdue)"
    for wanted in (
        addressee,
        overdue,
        "示范区商务局",
        f"{told['planned_cost']:,}",
        f"{told['paid']:,}",
    ):
        assert wanted in said
    people = tables["业态" if lang == "zh" else "format"]
    shop = told["coverage"]["shop"]["all"]
    assert people[1][3] == f"{shop['start']:,.0f}"
    assert people[1][5:7] == [f"{shop[key]:,.0f}" for key in ("now", "planned")]
    goals = tables["目标任务" if lang == "zh" else "commitment"]
    lights = {"green": "绿", "yellow": "黄", "red": "红"} if lang == "zh" else {}
    for row, goal in zip(goals[1:], told["commitments"], strict=True):
        assert row[0] == goal["name"]
        assert row[-1] == lights.get(goal["light"], goal["light"])
    circles = tables["生活圈" if lang == "zh" else "circle"]
    assert [int(cell) for cell in circles[-1][1:6]] == list(told["actions"].values())
    book = openpyxl.load_workbook(out / "progress.xlsx")
    _agrees(book, told, people[0][0])
    page = (out / "progress.html").read_text("utf-8")
    assert overdue in page
    assert (out / "progress.pdf").read_bytes().startswith(b"%PDF-")
    if lang == "en":
        own = {
            "示范区商务局",
            *re.findall(r"[\u4e00-\u9fff]+", COMMITMENTS),
            "西圈",
            "西街道",
            "东街道",
            "试点",
            "学府路",
            "号",
            "用房",
        }
        for word in re.findall(r"[\u4e00-\u9fff]+", said + str(tables) + _text_of(page)):
            assert word in own, word
    else:
        town = "Smallville West office East House School Road CNY greedy shop care waits"
        own_words = {*re.findall(r"[A-Za-z]+", COMMITMENTS), *town.split()}
        for word in re.findall(r"[A-Za-z]{2,}", said + str(tables)):
            assert word in own_words, word


def _text_of(page: str) -> str:
    """What a page shows: without style and tags."""
    return re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))


def _is_a4(document: Any) -> None:
    """A4, a running head, page numbers, heads that repeat, rows that do not break."""
    section = document.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    assert section.header.paragraphs[0].text
    assert "PAGE" in section.footer._element.xml
    assert "NUMPAGES" in section.footer._element.xml
    normal = document.styles["Normal"].element.xml
    assert 'w:eastAsia="仿宋"' in normal
    assert 'w:ascii="Times New Roman"' in normal
    assert 'w:eastAsia="黑体"' in document.styles["Heading 1"].element.xml
    for table in document.tables:
        assert table.rows[0]._tr.trPr.xml.count("w:tblHeader") == 1
        assert all("w:cantSplit" in row._tr.trPr.xml for row in table.rows)


def _agrees(book: Any, told: dict[str, Any], first: str) -> None:
    """Numbers are numbers, shares per cent, dates dates; coverage equals progress.json's; there is
    a chart of it."""
    sheet = next(
        page for page in book.worksheets if page["A1"].value == first and page.max_column == 10
    )
    rows = [row for row in sheet.iter_rows(min_row=2, values_only=True) if row[0]]
    shop = told["coverage"]["shop"]["all"]
    assert rows[0][3:7] == (shop["start"], rows[0][4], shop["now"], shop["planned"])
    assert rows[0][8] == pytest.approx(shop["now"] / rows[0][2])
    assert sheet["I2"].number_format == "0.0%"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref
    assert len(sheet._charts) == 1
    dates = [
        cell for page in book.worksheets for row in page.iter_rows() for cell in row if cell.is_date
    ]
    assert dates
    assert all("yy" in cell.number_format for cell in dates)


def test_the_module_of_that_name_is_still_there(result: Path, ledger: Path) -> None:
    """``siting.progress`` is the function and the module: both names of the public API work."""
    from siting.progress import Progress

    assert Progress(0.0, "reach").stage == "reach"
    assert siting.progress(result, ledger, "2026Q3").counts.open == 1
