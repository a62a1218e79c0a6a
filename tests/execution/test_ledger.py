"""The ledger: what it holds, what is said of a wrong one, and that nothing typed is lost."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import siting
from siting.cli import main
from siting.errors import InputError
from siting.execution.columns import COLUMNS, column_of
from siting.execution.sheet import read_sheet
from siting.texts.words import LANGS, Words
from tests.tools.carried_town import carried


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result of the carried town."""
    return carried(tmp_path_factory.mktemp("carried"))


def rows_of(path: Path) -> list[dict[str, str]]:
    """A csv ledger."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    """The same, changed."""
    heads = list(dict.fromkeys(head for row in rows for head in row))
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        told = csv.DictWriter(stream, heads, restval="")
        told.writeheader()
        told.writerows(rows)


def test_one_row_a_planned_action(result: Path, tmp_path: Path) -> None:
    """Site, what is known of it, money public and market, and when it is due, equal to the
    plan's."""
    path = tmp_path / "ledger.csv"
    assert main(["ledger", str(result), "--out", str(path)]) == 0
    record = json.loads((result / "result.json").read_text("utf-8"))
    rows = rows_of(path)
    assert len(rows) == len(record["plan"])
    planned = {(row["site"], row["format"]): row for row in record["plan"]}
    for row in rows:
        of = planned[row["site"], row["format"]]
        k = int(row["site"])
        assert row["name"] == f"用房{k} House {k}"
        assert row["address"] == f"学府路{k}号 {k} School Road"
        assert (row["owner"], row["contact"]) == (f"owner {k}", f"tel {k}")
        assert row["phase"] == of["phase"]
        assert row["due date"] == {"2026": "2026-12-31"}.get(of["phase"], "2028-06-30")
        share = 0.25 if of["format"] == "shop" else 0
        assert int(row["planned cost public"]) == share * of["cost"]
        assert row["responsible unit"].startswith("西" if of["district"] == "west" else "东")
        assert [row[name] for name in ("status", "opened on", "paid", "note")] == [""] * 4
    money = sum(int(row["planned cost public"]) + int(row["planned cost market"]) for row in rows)
    assert money == record["budget"]["spent"]


def test_heads_are_known_in_both_languages() -> None:
    """Whatever a head says in either language, with a unit or other case, is its column."""
    for lang in LANGS:
        words = Words.of(lang, "ledger")
        for column in COLUMNS:
            head = words[f"head.{column.id}"]
            assert column_of(head) == column
            assert column_of(f" {head.upper()} （元）") == column
    assert column_of("opened_on") == column_of("opened on")
    assert column_of("我的列") is None


def test_a_workbook_helps_to_fill_it(result: Path, tmp_path: Path) -> None:
    """A list of the four states, a list of formats, dates and money within limits, a head that
    stays, numbers as numbers and dates as dates."""
    path = tmp_path / "台账.xlsx"
    assert main(["ledger", str(result), "--out", str(path), "--lang", "zh"]) == 0
    sheet = openpyxl.load_workbook(path)["台账"]
    heads = {cell.value: cell.column_letter for cell in sheet[1]}
    rules = {
        str(rule.sqref).split(":")[0][:-1]: rule for rule in sheet.data_validations.dataValidation
    }
    assert rules[heads["状态"]].formula1 == '"未开工,在建,已开业,取消"'
    assert rules[heads["业态"]].type == "list"
    assert rules[heads["开业日期"]].type == "date"
    assert rules[heads["已付金额"]].type == "decimal"
    assert sheet.freeze_panes == "A2"
    money, due = sheet[f"{heads['计划市场资金']}2"], sheet[f"{heads['应完成日期']}2"]
    assert isinstance(money.value, int)
    assert "#,##0" in money.number_format
    assert due.value.date() in (date(2026, 12, 31), date(2028, 6, 30))
    assert sheet[f"{heads['措施']}2"].value == "新开"


def test_every_fault_at_once_with_row_column_and_value(
    result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line a fault; nothing is written."""
    path = tmp_path / "ledger.csv"
    siting.ledger(result, path)
    rows = rows_of(path)
    rows[0] |= {"status": "opend", "opened on": "2026-13-01", "paid": "a lot"}
    rows[1] |= {"opened on": "2026-05-01", "paid": "100", "of it public": "200"}
    rows += [
        dict(rows[2]),
        {"site": "", "format": "shop", "status": "open"},
        {"site": "S9", "format": "", "status": ""},
        {"format": "shopp", "site": "x"},
    ]
    write_rows(path, rows)
    before = path.read_bytes()
    capsys.readouterr()
    assert main(["ledger", str(result), "--out", str(path)]) == 2
    told = capsys.readouterr().err.splitlines()
    n = len(rows)
    wanted = [
        ("2: status", "'opend'"),
        ("2: opened on", "'2026-13-01'"),
        ("2: paid", "'a lot'"),
        ("3: opened on", "2026-05-01"),
        ("3: of it public", "200"),
        (f"{n - 2}: site", "row 4"),
        (f"{n - 1}: site", "must name the premises"),
        (f"{n}: format", "must tell"),
        (f"{n + 1}: format", "'shopp'"),
    ]
    for place, found in wanted:
        assert any(f"ledger.csv:{place}" in line and found in line for line in told), place
    assert len(told) == len(wanted)
    assert path.read_bytes() == before


def test_faults_are_told_in_the_language_asked(result: Path, tmp_path: Path) -> None:
    """A Chinese office reads Chinese."""
    path = tmp_path / "l.csv"
    siting.ledger(result, path, "zh")
    rows = rows_of(path)
    rows[0]["状态"] = "完工"
    write_rows(path, rows)
    with pytest.raises(InputError) as told:
        siting.ledger(result, path)
    assert "状态" in told.value.in_language("zh")
    assert "必须是未开工、在建、已开业、取消，或留空" in told.value.in_language("zh")
    assert "must be 未开工, 在建, 已开业, 取消 or blank" in str(told.value)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("lang", LANGS)
def test_a_renewal_keeps_what_was_typed(
    result: Path, tmp_path: Path, ending: str, lang: str
) -> None:
    """Typed cells, the planner's own columns, rows added by hand and rows that the plan no longer
    asks for are there after a new plan; rows keep their places; new actions come at the end."""
    path = tmp_path / f"ledger.{ending}"
    words = Words.of(lang, "ledger")
    head = {column.id: words[f"head.{column.id}"] for column in COLUMNS}
    siting.ledger(result, path, lang)  # type: ignore[arg-type]
    first = siting.ledger(result, path).table
    typed = {
        "status": words["status.open"],
        "opened_on": date(2026, 5, 4),
        "paid": 1234,
        "note": "=钥匙已交",
    }
    own = {"联系电话": "029-1", "first": 7}
    extra = {"site": "S-X", "format": "shop", "lon": 114.01, "lat": 34.147}
    _edit(path, head, typed, own, extra | {"status": words["status.open"]})
    again = siting.ledger(result, path).table
    assert again["site"].tolist()[: len(first)] == first["site"].tolist()
    assert again.loc[0, "status"] == "open"
    assert again.loc[0, "opened_on"] == date(2026, 5, 4)
    assert again.loc[0, "paid"] == 1234
    assert again.loc[0, "note"] == "=钥匙已交"
    assert str(again.loc[0, "first"]) == "7"
    assert again.loc[0, "联系电话"] == "029-1"
    assert again.iloc[-1][["site", "origin"]].tolist() == ["S-X", "outside"]
    other = carried(tmp_path / "other", "objective: {model: max_cover, p: 1}\n")
    after = siting.ledger(other, path).table
    assert after["site"].tolist()[: len(again)] == again["site"].tolist()
    assert set(after["origin"]) == {"plan", "former", "outside"}
    assert after.loc[0, "note"] == "=钥匙已交"
    assert siting.ledger(result, path).table["origin"].tolist()[: len(first)] == ["plan"] * len(
        first
    )


def _edit(
    path: Path,
    head: dict[str, str],
    typed: dict[str, Any],
    own: dict[str, Any],
    extra: dict[str, Any],
) -> None:
    """Fill the first row, add columns and a row, as a person would in either kind of file."""
    if path.suffix == ".csv":
        rows = rows_of(path)
        told = {head[id]: str(value) for id, value in typed.items()}
        told[head["note"]] = f"'{typed['note']}"  # as spreadsheets mark text
        rows[0] |= told | {name: str(value) for name, value in own.items()}
        write_rows(path, [*rows, {head[id]: str(value) for id, value in extra.items()}])
        return
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = {cell.value: cell.column for cell in sheet[1]}
    for id, value in typed.items():
        cell = sheet.cell(2, at[head[id]])
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
    for name, value in own.items():
        column = sheet.max_column + 1
        sheet.cell(1, column).value, sheet.cell(2, column).value = name, value
    row = sheet.max_row + 1
    for id, value in extra.items():
        sheet.cell(row, at[head[id]]).value = value
    book.save(path)


def test_a_workbook_keeps_what_people_keep_in_it(result: Path, tmp_path: Path) -> None:
    """Sheets of their own, formulas, comments and widths outlive a renewal."""
    from openpyxl.comments import Comment

    path = tmp_path / "l.xlsx"
    siting.ledger(result, path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = {cell.value: cell.column_letter for cell in sheet[1]}
    sheet[f"{at['note']}2"].comment = Comment("ask the owner", "me")
    last = sheet.max_column + 1
    sheet.cell(1, last).value = "left"
    sheet.cell(2, last).value = f"={at['planned cost market']}2-{at['paid']}2"
    sheet.column_dimensions[at["note"]].width = 77
    book.create_sheet("my list")["A1"] = "mine"
    book.save(path)
    siting.ledger(result, path)
    kept = openpyxl.load_workbook(path)
    sheet = kept.worksheets[0]
    assert kept["my list"]["A1"].value == "mine"
    assert sheet[f"{at['note']}2"].comment.text == "ask the owner"
    assert sheet.cell(2, last).value.startswith("=")
    assert sheet.column_dimensions[at["note"]].width == 77


def test_another_file_is_no_ledger(result: Path, tmp_path: Path) -> None:
    """A table without the columns of a ledger is refused, never overwritten."""
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="must have this column"):
        siting.ledger(result, path)
    assert path.read_text(encoding="utf-8") == "a,b\n1,2\n"


def test_a_workbook_as_offices_keep_it(result: Path, tmp_path: Path) -> None:
    """Cells spread with blanks, days and money as text, merged cells, columns of one's own, rows of
    blanks and rows taken out: all of it is understood, and stays as it was typed. Merged cells say
    the same in each row, but money counts once."""
    path = tmp_path / "台账.xlsx"
    siting.ledger(result, path, "zh")
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = {cell.value: cell.column for cell in sheet[1]}
    rows = sheet.max_row
    first = 2
    for head in ("状态", "开业日期", "已付金额", "备注"):
        sheet.merge_cells(None, first, at[head], first + 1, at[head])
    sheet.cell(first, at["状态"]).value = " 已 开 业\u3000"
    sheet.cell(first, at["开业日期"]).value = "2026年7月1日"
    sheet.cell(first, at["已付金额"]).value = "￥1,200 元"
    own = sheet.max_column + 1
    sheet.cell(1, own).value, sheet.cell(first, own).value = "联系记录", "已致电"
    sheet.cell(rows + 1, 1).value = "  "
    gone = rows
    taken = [sheet.cell(gone, at[head]).value for head in ("地点编号", "业态")]
    for cell in sheet[gone]:
        cell.value = None
    book.save(path)
    table = siting.ledger(result, path).table
    pair = table.head(2)
    assert pair["status"].tolist() == ["open", "open"]
    assert pair["opened_on"].tolist() == [date(2026, 7, 1)] * 2
    assert pair["paid"].fillna(0).tolist() == [1200, 0]
    assert len(table) == rows - 1  # what was taken out of the ledger is still planned
    assert set(table["origin"]) == {"plan"}
    kept = openpyxl.load_workbook(path).worksheets[0]
    assert kept.cell(first, at["状态"]).value == " 已 开 业\u3000"
    assert kept.cell(first, at["已付金额"]).value == "￥1,200 元"
    assert kept.cell(first, own).value == "已致电"
    assert len(kept.merged_cells.ranges) == 4
    told = {
        (kept.cell(row, at["地点编号"]).value, kept.cell(row, at["业态"]).value)
        for row in range(2, kept.max_row + 1)
    }
    assert tuple(taken) in told


def test_a_table_in_another_order_and_code(result: Path, tmp_path: Path) -> None:
    """A csv as spreadsheets of Windows save it: GBK, columns turned round, one of the planner's own
    between them. A planned row that lost its site, as merged cells do in a csv, is a fault: what is
    typed there would be nobody's."""
    path = tmp_path / "ledger.csv"
    siting.ledger(result, path, "zh")
    rows = [
        dict(reversed({**row, "我的列": str(k)}.items())) for k, row in enumerate(rows_of(path))
    ]
    rows[0] |= {"状态": "在建", "备注": "装修中"}
    write_rows(path, rows)
    path.write_bytes(path.read_text("utf-8-sig").encode("gbk"))
    table = siting.ledger(result, path).table
    assert (table.loc[0, "status"], table.loc[0, "note"]) == ("under_way", "装修中")
    assert table["我的列"].astype(str).tolist() == [str(k) for k in range(len(rows))]
    assert list(rows_of(path)[0]) == list(rows[0])
    rows[1]["地点编号"] = ""
    write_rows(path, rows)
    with pytest.raises(InputError) as told:
        siting.ledger(result, path)
    assert "ledger.csv:3: 地点编号" in str(told.value)


def test_merged_cells_say_the_same_in_each_row(tmp_path: Path) -> None:
    """A site over the rows of its formats; money stays in the first."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("site", "format", "status", "paid"), ("S1", "shop", "open", 5), (None, "care")):
        sheet.append(row)
    for area in ("A2:A3", "C2:C3", "D2:D3"):
        sheet.merge_cells(area)
    book.save(tmp_path / "x.xlsx")
    rows = [cells for _, cells in read_sheet(tmp_path / "x.xlsx").rows]
    assert rows == [["S1", "shop", "open", 5], ["S1", "care", "open", None]]
