"""Grades of circles by the catalogue's table, and what is lacking for the next."""

from __future__ import annotations

from pathlib import Path

import pytest

import siting
from siting.analysis.kpis.goals import Standing
from siting.analysis.kpis.grades import grades
from siting.notice import in_language
from siting.scenario import Scenario
from tests.tools import contract_town as town

TABLE = """
catalogue: 1
name: ours
extends: cn-2021
grades:
  - {id: one, zh: 一星, en: one star, asks: [{what: formats_present, tier: basic, at_least: 0.5}]}
  - id: two
    zh: 二星
    en: two stars
    asks:
      - {what: formats_present, tier: basic}
      - {what: stands, formats: [bakery]}
      - {what: coverage, format: wet_market, at_least: 0.4}
  - {id: three, zh: 三星, en: three stars, asks: [{what: satisfaction, at_least: 0.9}]}
formats: {}
"""
USE = {
    "formats": {
        "catalogue": "ours.yaml",
        "use": ["wet_market", "pharmacy", "bakery"],
        "change": {"pharmacy": {"metres": 150}, "bakery": {"metres": 150}},
    },
    "circles": [{"district": "A", "name": "Acircle"}, {"district": "B"}],
    "outlets": [
        {"file": "o.csv", "id": "id", "x": "x", "y": "y", "crs": "EPSG:3067", "format": "k"}
    ],
}


def scenario(folder: Path, *standing: str, **how: object) -> Scenario:
    """The street with some outlets: ``format@house``."""
    rows = [
        f"o{k},{town.EAST + 100 * int(house)},{town.NORTH},{name}"
        for k, (name, house) in enumerate(one.split("@") for one in standing)
    ]
    files = {"ours.yaml": TABLE, "o.csv": "\n".join(["id,x,y,k", *rows]), **how}
    return town.load(folder, USE, files=files)


def graded(told: Scenario) -> dict[str, str | None]:
    """Circle: id of its grade, today."""
    found = grades(told, Standing.of(told, told.problem().kept_today))
    return {one.circle: None if one.grade is None else one.grade.id for one in found}


@pytest.mark.parametrize(
    ("standing", "a", "b"),
    [
        (("pharmacy@9",), None, "one"),
        (("wet_market@3", "pharmacy@9"), "one", "one"),
        (("wet_market@3", "pharmacy@1", "bakery@0", "pharmacy@9"), "two", "one"),
        # 20 + 30 + 40 of 150 people of A are near the market at d1: 60 %; at d0 only 20 %.
        (("wet_market@0", "pharmacy@1", "bakery@0", "pharmacy@9"), "one", "one"),
    ],
)
def test_a_grade_has_all_that_it_and_those_below_ask(
    tmp_path: Path, standing: tuple[str, ...], a: str | None, b: str | None
) -> None:
    """By hand: formats that stand in the circle, people of it within the standard."""
    assert graded(scenario(tmp_path, *standing)) == {"Acircle": a, "B": b}


def test_what_is_lacking_is_told_with_its_formats(tmp_path: Path) -> None:
    """Formats by their names in either language; what nobody surveyed is unknown, not missed."""
    told = scenario(tmp_path, "wet_market@3", "pharmacy@9")
    (first, _) = grades(told, Standing.of(told, told.problem().kept_today))
    assert first.following is not None and first.following.id == "two"
    lacks = {one.asked.what: one for one in first.lacking}
    assert lacks["formats_present"].lacking == ("pharmacy",)
    assert lacks["formats_present"].value == 0.5
    assert lacks["stands"].lacking == ("bakery",)
    names = {"format": told.standards.names("zh")}
    text = in_language(lacks["formats_present"].told, "zh", names)
    assert "药店" in text and "50%" in text and "100%" in text
    full = scenario(tmp_path, "wet_market@2", "pharmacy@1", "bakery@0", "pharmacy@9")
    (top, _) = grades(full, Standing.of(full, full.problem().kept_today))
    assert top.following is not None and top.following.id == "three"
    assert top.lacking[0].value is None
    assert "unknown" in str(top.lacking[0].told)


def test_a_plan_may_raise_a_grade(tmp_path: Path) -> None:
    """The same table upon what will stand."""
    told = scenario(tmp_path, "pharmacy@9")
    problem = told.problem()
    result = siting.solve(problem.replace(budget=10**7), method="highs")
    assert result.options is not None
    found = grades(told, Standing.of(told, result.options))
    assert [one.grade is not None for one in found] == [True, True]
