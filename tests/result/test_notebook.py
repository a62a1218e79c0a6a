"""What notebooks show: figures of the result, names as text, a page that can reach nothing."""

from __future__ import annotations

import sys
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from geopandas import GeoDataFrame

import siting
from siting.errors import ArgumentError
from siting.problem import Problem
from siting.result import Plan, Result
from siting.texts.words import Words
from tests.tools.browser import Browser, needs_browser


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
    places, asked = plan.explore(lang="zh", tiles="CartoDB positron")
    assert list(places["site"]) == ["&lt;b&gt;name&lt;/b&gt;", "a", "b"]
    heads = Words.of("zh", "layers")
    assert asked["tooltip_kwds"]["aliases"] == [heads[f"head.{name}"] for name in asked["tooltip"]]
    assert asked["legend_kwds"] == {"caption": heads["head.format"]}
    _, asked = plan.explore(column="cost", tooltip=["site"])
    assert asked["column"] == "cost" and not {"legend_kwds", "tooltip_kwds"} & set(asked)


def test_explore_names_its_extra(
    solved: tuple[Problem, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without folium one line says what to install, where geopandas is asked to draw."""
    monkeypatch.setitem(sys.modules, "folium", None)
    assert solved[1].plan is not None
    with pytest.raises(ArgumentError, match=r"siting\[notebook\]"):
        solved[1].plan.explore(column="cost")


def hostile(plan: Plan) -> Plan:
    """Named as nobody should name a site, two outlets at one place, one without any."""
    table = plan.table.copy()
    table["site"] = ["</script><b>name</b>", "菜市场 2", "van"]
    at = np.array([[108.94, 34.26], [108.96, 34.27], [np.nan, np.nan]])
    return replace(plan, table=table, lonlat=at)


def test_explore_needs_nothing(
    solved: tuple[Problem, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without folium, and without any place, the plan shows itself: rows as text, no address of
    anybody in the page."""
    monkeypatch.setitem(sys.modules, "folium", None)
    assert solved[1].plan is not None
    for plan in (solved[1].plan, hostile(solved[1].plan)):
        frame = plan.explore(lang="zh")
        assert frame._repr_html_().startswith('<iframe sandbox="allow-scripts" srcdoc="')
        shown = Cells(frame.page)
        assert "b" not in shown.tags and {*plan.table["site"]} <= {*shown.texts}
        assert Words.of("zh", "layers")["head.newly_covered"] in shown.texts
        addresses = frame.page.replace("http://www.w3.org/2000/svg", "")
        assert "://" not in addresses and ("svg" in shown.tags) == (plan.lonlat is not None)


@pytest.mark.slow
@needs_browser[1]
def test_explore_in_a_browser(solved: tuple[Problem, Result], tmp_path: Path) -> None:
    """The map stands in its frame with the names of its sites, tells the row that is touched, and
    sends no request to anybody."""
    assert solved[1].plan is not None
    page = tmp_path / "notebook.html"
    page.write_text(
        f"<meta charset=utf-8>{hostile(solved[1].plan).explore()._repr_html_()}", "utf-8"
    )
    browser = Browser(390)
    try:
        browser.driver.get(page.as_uri())
        browser.driver.switch_to.frame(0)
        names = "[...document.querySelectorAll('#map .name')].map(n => n.textContent)"
        browser.until(f"{names}.length")
        found = browser.driver.execute_script(f"return {names}")
        assert found == ["</script><b>name</b>", "菜市场 2"]
        touch = "new MouseEvent('click', {bubbles: true})"
        browser.driver.execute_script(
            f"document.querySelectorAll('#map .mark')[1].dispatchEvent({touch})"
        )
        card = browser.driver.execute_script("return document.getElementById('card').innerText")
        assert "菜市场 2" in card
        asked = browser.driver.get_log("performance")  # type: ignore[no-untyped-call]
        sent = [e["message"] for e in asked if 'Network.requestWillBeSent"' in e["message"]]
        assert all("file://" in one or "about:srcdoc" in one for one in sent)
        assert not browser.faults()
    finally:
        browser.driver.quit()
