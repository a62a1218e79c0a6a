"""xlsx, docx and gpkg tell the same as the page."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
from openpyxl import load_workbook

from siting.errors import ArgumentError
from siting.problem import Objective, Problem
from siting.report import gpkg, paper
from siting.result import Result
from siting.texts.catalogue import LANGS, Lang
from tests.tools.cities import small_city, some_plan


@pytest.fixture(scope="module")
def city() -> Problem:
    return small_city(120, 30, 4)


@pytest.fixture(scope="module")
def solved(city: Problem) -> Result:
    return some_plan(city, 6)


@pytest.mark.parametrize("lang", LANGS)
def test_workbook_holds_the_plan(tmp_path: Path, city: Problem, solved: Result, lang: Lang) -> None:
    """The sheet of the plan has a row an outlet, and costs add up to the plan's."""
    book = load_workbook(paper.write(solved, city, None, tmp_path / "report.xlsx", lang))
    sheet = book.worksheets[1]
    assert solved.plan is not None
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(solved.plan)
    costs = [row[8] for row in rows]
    assert sum(int(str(c)) for c in costs) == int(solved.plan.table["cost"].sum())


def test_names_are_never_formulas(tmp_path: Path, city: Problem, solved: Result) -> None:
    """A site called =1+1 is text in the workbook, control signs are replaced."""
    assert solved.plan is not None
    table = solved.plan.table.assign(site="=1+1", district="\x01@cmd")
    hostile = replace(solved, plan=replace(solved.plan, table=table))
    book = load_workbook(paper.write(hostile, city, None, tmp_path / "report.xlsx"))
    sites = [row[1] for row in book.worksheets[1].iter_rows(min_row=2)]
    assert {(cell.value, cell.data_type) for cell in sites} == {("=1+1", "s")}
    paper.write(hostile, city, None, tmp_path / "report.docx")


def test_layers_for_a_gis(tmp_path: Path, city: Problem, solved: Result) -> None:
    """Four layers; the people newly in reach in the layer are those the coverage counts."""
    path = gpkg.write(solved, city, None, tmp_path / "report.gpkg", "en")
    layers = {str(name) for name, _ in pyogrio.list_layers(path)}
    assert layers == {"plan", "premises", "outlets", "people"}
    people = gpd.read_file(path, layer="people")
    gained = people.loc[people["recycling_point_all"] == 2, "people_all"].sum()
    told = solved.coverage["recycling_point"]["all"]
    assert gained == pytest.approx(told["after"] - told["before"])
    premises = gpd.read_file(path, layer="premises")
    assert solved.chosen is not None
    assert premises["chosen"].sum() == len(solved.chosen)


def test_layers_need_places(tmp_path: Path, city: Problem, solved: Result) -> None:
    """A problem without longitudes and latitudes is refused, not drawn at zero."""
    nowhere = city.replace(labels=replace(city.labels, site_lonlat=None))
    with pytest.raises(ArgumentError, match="no coordinates"):
        gpkg.write(solved, nowhere, None, tmp_path / "report.gpkg")


@pytest.mark.parametrize("lang", LANGS)
def test_document_holds_map_and_tables(
    tmp_path: Path, city: Problem, solved: Result, lang: Lang
) -> None:
    """The written report has a picture and the plan's outlets."""
    from docx import Document

    document = Document(str(paper.write(solved, city, None, tmp_path / "report.docx", lang)))
    assert len(document.inline_shapes) == 1
    assert solved.plan is not None
    assert any(len(table.rows) == len(solved.plan) + 1 for table in document.tables)


@pytest.mark.parametrize("writer, name", [(paper, "r.xlsx"), (paper, "r.docx"), (gpkg, "r.gpkg")])
def test_files_without_a_plan(tmp_path: Path, city: Problem, writer: Any, name: str) -> None:
    """Infeasible is a result too."""
    none = Result("infeasible", None, None, None, None, Objective(), "highs")
    assert writer.write(none, city, None, tmp_path / name, "en").stat().st_size > 0


@pytest.mark.parametrize("library", ["docx", "matplotlib"])
def test_a_document_without_its_libraries_names_the_extra(
    tmp_path: Path, city: Problem, solved: Result, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who installed no extras is told what to install, and nothing is written."""
    monkeypatch.setitem(sys.modules, library, None)
    told = rf"a docx report needs {library}: pip install siting\[report\]"
    with pytest.raises(ArgumentError, match=told):
        paper.write(solved, city, None, tmp_path / "report.docx")
    assert not list(tmp_path.iterdir())
