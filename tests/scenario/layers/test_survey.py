"""Surveys of residents: weights of people, and how content they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import siting
from siting.texts.catalogue import group_words, texts
from tests.tools import contract_town as town
from tests.tools.brute import brute_best


def surveyed(*columns: str) -> dict[str, str]:
    """The street's people with further columns, one text a row."""
    head, *rows = town.FILES["demand.csv"].strip().splitlines()
    names, *cells = columns
    lines = [f"{row},{cell}" for row, cell in zip(rows, cells, strict=True)]
    return {"demand.csv": "\n".join([f"{head},{names}", *lines])}


def test_people_count_by_the_weight_that_a_survey_gives_them(tmp_path: Path) -> None:
    """The plan is the best by those weights; people are told as they are."""
    weights = [3, 3, 3, 1, 1, 1, 0, 0, 0, 0, 0]
    files = surveyed("w", *map(str, weights))
    problem = town.load(tmp_path, {"demand": {"survey_weight": "w"}}, files=files).problem()
    result = siting.solve(problem, method="highs")
    found = brute_best(problem).objective
    assert found is not None and result.objective == float(found * problem.unit)
    people = np.arange(10, 120, 10)
    counted = [(problem.persons[t.group] / 1000, t.weight_micro / 10**6) for t in problem.targets]
    assert sum((p * w).sum() for p, w in counted) == (people * weights).sum()
    told = result.coverage["wet_market"]
    assert sum(line.people for line in told.values()) == people.sum()
    assert result.plan is not None and set(result.plan.table["site"]) == {"P1"}
    assert siting.verify(problem, result).ok
    assert group_words(texts("zh"), "all@×3") == "全体人口 · ×3" or "×3" in group_words(
        texts("zh"), "all@×3"
    )


def test_a_share_is_of_people_whatever_a_survey_says(tmp_path: Path) -> None:
    """A minimum coverage counts persons, not their weights."""
    files = surveyed("w", *["2"] * 5, *["0"] * 6)
    rule = {"rules": {"min_coverage": [{"format": "wet_market", "share": 0.5}]}}
    scenario = town.load(
        tmp_path, {"demand": {"survey_weight": "w"}}, rule, {"budget": 4000}, files=files
    )
    problem = scenario.problem()
    result = siting.solve(problem, method="highs")
    assert sum(line.after for line in result.coverage["wet_market"].values()) >= 330
    assert siting.verify(problem, result).ok


def test_satisfaction_is_what_was_asked_and_nothing_else(tmp_path: Path) -> None:
    """By people where somebody was asked, in per cent or as a share; unknown elsewhere."""
    cells = ["90", "", "80", "", "", "", "", "", "", "", ""]
    scenario = town.load(tmp_path, {"demand": {"satisfaction": "s"}}, files=surveyed("s", *cells))
    demand = scenario.contents.demand
    assert demand.satisfied() == pytest.approx((10 * 0.9 + 30 * 0.8) / 40)
    assert demand.satisfied("B") is None
    told = [k for k in siting.kpis(scenario).figures if k.name == "satisfaction"]
    assert [(k.number, k.group, k.after) for k in told] == [(12, "", None), (12, "A", None)]


def test_what_no_survey_says_is_a_fault(tmp_path: Path) -> None:
    """A satisfaction beyond all, more weights than can be counted apart."""
    found = town.faults(
        tmp_path, {"demand": {"satisfaction": "s"}}, files=surveyed("s", *["101"] * 11)
    )
    assert any("share of people" in line for line in found), found
