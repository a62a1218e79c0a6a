"""One plan per circle, and names, addresses, owners and units in every deliverable."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

import siting
from siting.analysis.kpis.form import A_BLOCK, NEAR_M, form_of
from siting.cli import main
from siting.report import folder
from tests.tools.carried_town import COMMITMENTS, carried
from tests.tools.depth import examples
from tests.tools.town import SCENARIO, write_town


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result of the carried town, with commitments."""
    return carried(tmp_path_factory.mktemp("carried"), COMMITMENTS)


def tables_of(path: Path) -> dict[str, list[list[str]]]:
    """Tables of a document by their first head's text, the last of several."""
    document = Document(str(path))
    return {
        "|".join(cell.text for cell in table.rows[0].cells): [
            [cell.text for cell in row.cells] for row in table.rows
        ]
        for table in document.tables
    }


def test_one_file_a_circle(result: Path, tmp_path: Path) -> None:
    """Each has what opens in it, its people, gaps, money and commitments; together they have every
    row of the plan and its money."""
    done = main(
        [
            "report",
            str(result),
            "--per",
            "circle",
            "--format",
            "docx,html",
            "--lang",
            "zh",
            "--out",
            str(tmp_path),
        ]
    )
    assert done == 0
    files = sorted(file.name for file in (tmp_path / "circles").iterdir())
    assert files == ["01-西圈_West.docx", "01-西圈_West.html", "02-east.docx", "02-east.html"]
    record = json.loads((result / "result.json").read_text("utf-8"))
    opened, money = [], 0
    for name, district in (("01-西圈_West", "west"), ("02-east", "east")):
        tables = tables_of(tmp_path / "circles" / f"{name}.docx")
        plan = next(rows for head, rows in tables.items() if "产权人" in head)
        opened += [row[1] for row in plan[1:]]
        assert all(row[2].startswith("用房") and "学府路" in row[2] for row in plan[1:])
        mine = [row for row in record["plan"] if row["district"] == district]
        assert sorted(row[1] for row in plan[1:]) == sorted(row["site"] for row in mine)
        total = next(rows for head, rows in tables.items() if head.startswith("分期|财政"))[-1]
        money += int(total[-1].replace(",", ""))
        assert any("现状未覆盖" in head for head in tables)
        text = "\n".join(
            p.text for p in Document(str(tmp_path / "circles" / f"{name}.docx")).paragraphs
        )
        assert ("西街道" if district == "west" else "东街道") in text
        assert "布局形态" in text
        page = (tmp_path / "circles" / f"{name}.html").read_text("utf-8")
        assert ("东圈照料" in page) == (district == "east")
    assert sorted(opened) == sorted(row["site"] for row in record["plan"])
    assert money == record["budget"]["spent"]


def test_wrong_requests(result: Path, tmp_path: Path) -> None:
    """Exit code 2, nothing written."""
    base = ["report", str(result), "--out", str(tmp_path / "x")]
    assert main([*base, "--per", "street"]) == 2
    assert main([*base, "--per", "circle", "--format", "gpkg"]) == 2
    assert not (tmp_path / "x").exists()


def test_without_districts_there_are_no_circles(tmp_path: Path) -> None:
    """Said in one line, not by an empty folder."""
    lines = [
        line for line in SCENARIO.splitlines(keepends=True) if "district: district" not in line
    ]
    scenario = siting.load(write_town(tmp_path, "".join(lines)))
    problem = scenario.problem()
    plan = siting.solve(problem, method="greedy", time_limit=60)
    out = folder.write(plan, tmp_path / "r", problem=problem, scenario=scenario)
    assert main(["report", str(out), "--per", "circle", "--out", str(tmp_path / "x")]) == 2


def test_names_are_in_every_deliverable(result: Path, tmp_path: Path) -> None:
    """Name, address, owner, contact and unit of what opens in page, document, workbook and layer;
    columns that the planner wants shown in the layer."""
    formats = "html,docx,xlsx,gpkg,pdf"
    done = main(
        ["report", str(result), "--format", formats, "--lang", "en", "--out", str(tmp_path)]
    )
    assert done == 0
    record = json.loads((result / "result.json").read_text("utf-8"))
    page = (tmp_path / "report.html").read_text("utf-8")
    written = str(tables_of(tmp_path / "report.docx"))
    book = load_workbook(tmp_path / "report.xlsx")
    sheet = book.worksheets[1]
    heads = [cell.value for cell in sheet[1]]
    rows = {
        row[1]: dict(zip(heads, row, strict=True))
        for row in sheet.iter_rows(min_row=2, values_only=True)
    }
    layer = gpd.read_file(tmp_path / "report.gpkg", layer="plan").set_index("site")
    premises = gpd.read_file(tmp_path / "report.gpkg", layer="premises").set_index("id")
    for site in {row["site"] for row in record["plan"]}:
        k = int(site)
        name, address = f"用房{k} House {k}", f"学府路{k}号 {k} School Road"
        for text in (page, written):
            assert name in text
            assert address in text
            assert f"owner {k}" in text
        assert rows[site]["Name"] == name
        assert rows[site]["Contact"] == f"tel {k}"
        assert isinstance(rows[site]["Public money"], int)
        assert (layer.loc[[site], "name"] == name).all()
        assert (layer.loc[[site], "responsible_unit"].str.contains("office")).all()
        assert premises.loc[site, "address"] == address
        assert premises.loc[site, "note"] == f"n{k}"
    text_figures = [
        cell.coordinate
        for page in book.worksheets[1:]
        for row in page.iter_rows(min_row=2)
        for cell in row
        if isinstance(cell.value, str)
        and cell.value.replace(",", "").replace(".", "").isdigit()
        and not cell.value.startswith("0")
        and page.title not in ("How it was computed",)
        and cell.value not in ("2026",)
    ]
    assert text_figures == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=14))
@examples(60)
def test_the_form_is_that_of_a_plain_search(places: list[tuple[int, int]]) -> None:
    """Clusters grown one by one: the same largest, the same number in blocks, one of three
    forms."""
    xy = np.array(places, np.float64) * 60
    left, sizes = set(range(len(xy))), []
    while left:
        grown = [left.pop()]
        for at in grown:
            near = {k for k in left if np.hypot(*(xy[k] - xy[at])) <= NEAR_M}
            left -= near
            grown += near
        sizes.append(len(grown))
    found = form_of(xy)
    assert found is not None
    assert found.outlets == len(xy)
    assert found.largest == max(sizes)
    assert found.in_blocks == sum(size for size in sizes if size >= A_BLOCK)
    half = len(xy) / 2
    wanted = "dispersed" if found.in_blocks < half else "street_block"
    assert found.form == ("clustered" if found.largest >= half else wanted)
    assert form_of(xy[:2]) is None
