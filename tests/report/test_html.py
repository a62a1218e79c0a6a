"""report.html: one honest page that nothing can break out of."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from siting.models import MODELS
from siting.problem import Model, Objective, Problem
from siting.report.contents import contents
from siting.report.facts import Facts, FormatFact
from siting.report.html import render, write
from siting.result import Result
from siting.texts.catalogue import LANGS, Lang
from tests.tools.cities import small_city, some_plan

HOSTILE = '</script><script>alert("x")</script><img src=x onerror=alert(1)> & {{ 7 * 7 }} "\'\u2028'


class _Page(HTMLParser):
    """Elements, their attributes and the text of the data block."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data = ""
        self.text: list[str] = []
        self._in_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_data = ("id", "data") in attrs

    def handle_endtag(self, tag: str) -> None:
        self._in_data = False

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data += data
        self.text.append(data)


def page_of(
    problem: Problem, result: Result, lang: Lang = "en", facts: Facts | None = None
) -> _Page:
    facts = facts or Facts("Test city", synthetic=True, detour=1.3)
    return _Page(render(contents(result, problem, facts, lang), result, problem, None))


@pytest.fixture(scope="module")
def city() -> Problem:
    return small_city()


@pytest.fixture(scope="module")
def solved(city: Problem) -> Result:
    return some_plan(city)


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_needs_no_network(city: Problem, solved: Result, lang: Lang) -> None:
    """No element loads anything from elsewhere, and a policy forbids it."""
    page = page_of(city, solved, lang)
    for tag, attributes in page.tags:
        assert not {"src", "href", "action", "data-src"} & set(attributes), (tag, attributes)
        assert tag not in {"link", "iframe", "object", "embed", "base", "form"}
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv"))
    assert policy is not None
    assert "default-src 'none'" in policy


def test_hostile_names_stay_text(city: Problem, solved: Result) -> None:
    """Markup in names of scenario, sites, formats, districts and warnings is only ever text."""
    labels = replace(
        city.labels,
        sites=[f"{s}{HOSTILE}" for s in city.labels.sites],
        outlets=[f"{s}{HOSTILE}" for s in city.labels.outlets],
        districts=tuple(f"{d}{HOSTILE}" for d in city.labels.districts),
    )
    hostile = city.replace(labels=labels)
    assert solved.plan is not None
    table = solved.plan.table.assign(site=HOSTILE, district=HOSTILE, size=HOSTILE)
    result = replace(solved, plan=replace(solved.plan, table=table), warnings=(HOSTILE,))
    facts = Facts(
        HOSTILE,
        HOSTILE,
        HOSTILE,
        {id: FormatFact(HOSTILE, standard=HOSTILE) for id in city.labels.formats},
        deviations=((HOSTILE,) * 5,),
        inputs={HOSTILE: HOSTILE},
        sources=((HOSTILE,) * 3,),
    )
    page = page_of(hostile, result, "en", facts)
    clean = page_of(city, replace(solved, warnings=("w",)), "en", _harmless(facts))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in clean.tags]
    data = json.loads(page.data)
    assert data["formats"][0]["name"] == HOSTILE
    assert data["map"]["sites"]["id"][0].endswith(HOSTILE)


def _harmless(facts: Facts) -> Facts:
    return replace(
        facts,
        name="n",
        currency="c",
        catalogue="c",
        formats={id: FormatFact("f", standard="s") for id in facts.formats},
        deviations=(("d",) * 5,),
        inputs={"i": "i"},
        sources=(("s",) * 3,),
    )


def test_legend_counts_everybody_once(city: Problem, solved: Result) -> None:
    """People by share of formats in reach add up to all people, before and after."""
    data = json.loads(page_of(city, solved).data)
    everybody = city.persons[0].sum() / city.person_units
    for moment in ("before", "after"):
        assert sum(data["map"]["cells"]["classes"][moment]) == pytest.approx(everybody)


def test_shown_coverage_is_the_results(city: Problem, solved: Result) -> None:
    """The figures of the legend are those of the result, format by format."""
    data = json.loads(page_of(city, solved).data)
    told = solved.coverage
    for id, row in zip(city.labels.formats, data["formats"], strict=True):
        for key in ("people", "before", "after"):
            assert row[key] == pytest.approx(sum(group[key] for group in told[id].values()))


def test_every_chosen_site_is_on_the_map_and_in_the_table(city: Problem, solved: Result) -> None:
    """Rows of the table point at the site of the map that has their id."""
    page = page_of(city, solved)
    data = json.loads(page.data)
    rows = [a for t, a in page.tags if t == "tr" and "data-site" in a]
    assert solved.plan is not None
    assert len(rows) == len(solved.plan)
    on_map = {data["map"]["sites"]["id"][int(a["data-site"] or "")] for a in rows}
    assert on_map == set(solved.plan.table["site"])
    assert data["map"]["sites"]["chosen"] == len(on_map)


@pytest.mark.parametrize("status", ["infeasible", "no_solution"])
@pytest.mark.parametrize("lang", LANGS)
def test_a_page_without_a_plan(city: Problem, status: Any, lang: Lang) -> None:
    """No plan is a result too: the page says so in words and still shows what stands today."""
    result = Result(status, None, None, 1234.0, None, Objective(), "highs")
    page = page_of(city, result, lang)
    assert f"status {status}" in [a.get("class") for _, a in page.tags]
    assert json.loads(page.data)["map"]["sites"]["chosen"] == 0


def test_many_points_are_summed_up() -> None:
    """Beyond 20,000 points the map is a grid, the file stays small and counts stay exact."""
    city = small_city(21_000, 40, 4)
    result = some_plan(city)
    text = render(contents(result, city, Facts("big"), "zh"), result, city, None)
    assert len(text) < 2_000_000
    cells = json.loads(_Page(text).data)["map"]["cells"]
    assert cells["side"] > 0
    assert sum(cells["classes"]["after"]) == pytest.approx(city.persons[0].sum() / 1000)


def test_a_problem_without_places_has_no_map(city: Problem, solved: Result) -> None:
    """A matrix knows no coordinates: tables only, and a sentence that says why."""
    nowhere = city.replace(labels=replace(city.labels, site_lonlat=None, point_lonlat=None))
    page = page_of(nowhere, solved)
    assert json.loads(page.data)["map"] is None
    assert any("no coordinates" in text for text in page.text)


def test_write_makes_one_utf8_file(tmp_path: Path, city: Problem, solved: Result) -> None:
    """The page is one file that starts as HTML."""
    path = write(solved, city, None, tmp_path / "report.html", "zh")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_numbers_of_sites_follow_their_gain(city: Problem, solved: Result) -> None:
    """Site 1 is the one that gains most; numbers have no holes."""
    told = contents(solved, city, Facts("x"), "en")
    gain: dict[int, float] = {}
    for row in told.plan:
        gain[row.no] = gain.get(row.no, 0) + (row.newly_covered or 0.0)
    assert sorted(gain) == list(range(1, len(gain) + 1))
    assert np.all(np.diff([gain[no] for no in sorted(gain)]) <= 0)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_its_words(city: Problem, solved: Result, model: Model) -> None:
    """The page names the objective of each formulation, in both languages."""
    result = replace(solved, spec=Objective(model=model))
    for lang in LANGS:
        assert page_of(city, result, lang).text
