"""The documents of a plan, read back: figures are result.json's, words are of one language."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from siting.cli import main
from siting.texts.catalogue import LANGS, Lang, texts
from tests.tools.carried_town import COMMITMENTS, carried

OWN_LATIN = set(
    re.findall(
        r"[A-Za-z_]+",
        f"""{COMMITMENTS} Smallville West office East House School Road CNY greedy shop care
        west east owner tel max_cover csv SHA yaml town small standard Siting siting solve verify
        min""",
    )
)
"""Words of the town itself, of files and of commands."""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return carried(tmp_path_factory.mktemp("read"), COMMITMENTS)


@pytest.fixture(scope="module", params=LANGS)
def documents(
    result: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> tuple[Lang, Path]:
    """Both documents in one language."""
    out = tmp_path_factory.mktemp(request.param)
    assert (
        main(
            [
                "report",
                str(result),
                "--lang",
                request.param,
                "--format",
                "docx,xlsx",
                "--unit",
                "安仁街道",
                "--number",
                "安函〔2026〕1号",
                "--out",
                str(out),
            ]
        )
        == 0
    )
    return request.param, out


def sheets(file: Path) -> dict[str, list[dict[str, Any]]]:
    """Title of a sheet: its rows by head; the first sheet has no table."""
    found = {}
    for sheet in openpyxl.load_workbook(file).worksheets[1:]:
        head, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(head, row, strict=True)) for row in rows]
    return found


def test_the_workbook_has_the_figures_of_result_json(
    documents: tuple[Lang, Path], result: Path
) -> None:
    """Every row of the plan and every line of the coverage, as numbers; shares are per cent."""
    lang, out = documents
    w, record = texts(lang), json.loads((result / "result.json").read_text("utf-8"))
    told = sheets(out / "report.xlsx")
    rows = {(r[w["site"]], r[w["format"]], r[w["phase"]]): r for r in told[w["plan"]]}
    assert len(rows) == len(record["plan"])
    formats = {id: names[lang] for id, names in record["formats"].items()}
    for line in record["plan"]:
        row = rows[line["site"], formats[line["format"]], line["phase"]]
        assert row[w["cost"]] == line["cost"] and row[w["area_m2"]] == line["area_m2"]
        assert row[w["newly_covered"]] == pytest.approx(line["newly_covered"], abs=1e-3)
        assert row[w["public"]] + row[w["market"]] >= line["cost"]
    spent = sum(row[w["public"]] + row[w["market"]] for row in rows.values())
    assert spent == record["budget"]["spent"]
    lines = [(f, p) for f, groups in record["coverage"].items() for p in groups.values()]
    for row, (format_, people) in zip(told[w["coverage"]], lines, strict=True):
        assert row[w["format"]] == formats[format_]
        for key in ("people", "before", "after"):
            assert row[w[key]] == pytest.approx(people[key], abs=1e-3)
        share = row[f"{w['coverage']} · {w['after']}"]
        assert share == pytest.approx(people["after"] / people["people"])
    book = openpyxl.load_workbook(out / "report.xlsx")
    assert any(sheet._charts for sheet in book.worksheets)
    money = told[w["money"][:31]]
    assert sum(row[w["public"]] + row[w["market"]] for row in money) == spent


def test_the_document_has_them_too(documents: tuple[Lang, Path], result: Path) -> None:
    """The site list, the coverage and what was spent."""
    from docx import Document

    lang, out = documents
    w, record = texts(lang), json.loads((result / "result.json").read_text("utf-8"))
    document = Document(str(out / "report.docx"))
    tables = [[[c.text for c in r.cells] for r in table.rows] for table in document.tables]
    plan = next(t for t in tables if w["site_no"] in t[0] and w["cost"] in t[0])
    cost, site = plan[0].index(w["cost"]), plan[0].index(w["site"])
    figures = sorted((row[site], row[cost].replace(",", "")) for row in plan[1:])
    assert figures == sorted((line["site"], str(line["cost"])) for line in record["plan"])
    key = next(t for t in tables if any(w["money_spent"] in row[0] for row in t))
    spent = next(row for row in key if w["money_spent"] in row[0])
    assert spent[1] == f"{record['budget']['spent']:,}"
    head = "\n".join(p.text for p in document.paragraphs[:6])
    assert "安仁街道" in head and "安函〔2026〕1号" in head


def test_every_word_is_of_the_language(documents: tuple[Lang, Path]) -> None:
    """No Chinese in English but names of the town, no English in Chinese but its names, files and
    commands."""
    from docx import Document

    lang, out = documents
    document = Document(str(out / "report.docx"))
    said = [p.text for p in document.paragraphs]
    said += [c.text for t in document.tables for r in t.rows for c in r.cells]
    for sheet in openpyxl.load_workbook(out / "report.xlsx").worksheets:
        said += [str(v) for row in sheet.iter_rows(values_only=True) for v in row if v is not None]
    text = "\n".join(said)
    if lang == "en":
        own = {*re.findall(r"[\u4e00-\u9fff]+", COMMITMENTS), "西圈", "西街道", "东街道", "试点"}
        own |= {"学府路", "号", "用房", "安仁街道", "安函"}
        assert [word for word in re.findall(r"[\u4e00-\u9fff]+", text) if word not in own] == []
    else:
        text = re.sub(
            r"\b[0-9a-f]{12,}\b|[\w-]+\.(csv|yaml|json|gpkg)\b|`[^`]*`|cn-20\d\d", "", text
        )
        strange = [w for w in re.findall(r"[A-Za-z_]{3,}", text) if w not in OWN_LATIN]
        assert sorted(set(strange)) == []
