"""What notebooks show: figures of the result, names as text, a page that can reach nothing."""

from __future__ import annotations

import sys
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from types import ModuleType

import numpy as np
import pytest
from geopandas import GeoDataFrame

import siting
from siting.errors import ArgumentError
from siting.problem import Problem
from siting.result import Result
from siting.texts.words import Words


class Cells(HTMLParser):
    """Texts of the cells, and every tag that was met."""

    def __init__(self, html: str):
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def solved() -> tuple[Problem, Result]:
    """Points and sites on a line."""
    points = np.column_stack((np.arange(40.0), np.zeros(40)))
    problem = Problem.from_points(points, points[::4], radius=2.0)
    return problem, siting.solve(problem, "max_cover", p=3, time_limit=20)


def test_a_result_shows_its_figures(solved: tuple[Problem, Result]) -> None:
    """Status, objective and people; no script, no style sheet, small."""
    problem, result = solved
    shown = Cells(result._repr_html_())
    assert {"optimal", "15", "40"} <= set(shown.texts)
    assert shown.tags <= {"table", "thead", "tbody", "tr", "th", "td", "p"}
    assert str(problem.n_points) in Cells(problem._repr_html_()).texts
    nothing = replace(result, plan=None, objective=None, status="no_solution")
    assert "no_solution" in Cells(nothing._repr_html_()).texts


def test_names_are_text(solved: tuple[Problem, Result]) -> None:
    """A name that looks like markup stays a name; long ones and many rows are cut."""
    _, result = solved
    assert result.plan is not None
    table = result.plan.table.copy()
    table["site"] = ["<b>name</b>", "n" * 500, "plain"]
    plan = replace(result.plan, table=table)
    shown = Cells(plan._repr_html_())
    assert "b" not in shown.tags and "<b>name</b>" in shown.texts
    assert max(map(len, shown.texts)) < 100


def test_the_map_is_a_frame_without_rights(solved: tuple[Problem, Result]) -> None:
    """The report's page, whole, inside an attribute; it may run its script and nothing else."""
    problem, result = solved
    frame = result.map(problem, lang="zh")
    html = frame._repr_html_()
    assert html.startswith('<iframe sandbox="allow-scripts" srcdoc="')
    inside = unescape(html.partition('srcdoc="')[2].partition('" style=')[0])
    assert inside == frame.page and "<html" in inside


def test_explore_tells_in_the_language(
    solved: tuple[Problem, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outlets by format under heads in the language, what is asked for before ours; a name that
    looks like markup is none, for folium would set it as such."""
    for library in ("folium", "mapclassify"):
        monkeypatch.setitem(sys.modules, library, ModuleType(library))
    monkeypatch.setattr(GeoDataFrame, "explore", lambda places, **given: (places, given))
    assert solved[1].plan is not None
    table = solved[1].plan.table.copy()
    table["site"] = ["<b>name</b>", "a", "b"]
    plan = replace(solved[1].plan, table=table)
    places, asked = plan.explore(lang="zh")
    assert list(places["site"]) == ["&lt;b&gt;name&lt;/b&gt;", "a", "b"]
    heads = Words.of("zh", "layers")
    assert asked["tooltip_kwds"]["aliases"] == [heads[f"head.{name}"] for name in asked["tooltip"]]
    assert asked["legend_kwds"] == {"caption": heads["head.format"]}
    _, asked = plan.explore(column="cost", tooltip=["site"])
    assert asked["column"] == "cost" and not {"legend_kwds", "tooltip_kwds"} & set(asked)


def test_explore_names_its_extra(
    solved: tuple[Problem, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without folium one line says what to install."""
    monkeypatch.setitem(sys.modules, "folium", None)
    assert solved[1].plan is not None
    with pytest.raises(ArgumentError, match=r"siting\[notebook\]"):
        solved[1].plan.explore()
