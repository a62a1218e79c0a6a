"""What a circle changes: standards, weights, and formats that it does without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import siting
from siting.problem import Key, Problem
from siting.report.deviations import deviations
from tests.tools import contract_town as town
from tests.tools.brute import brute_best


def circle(district: str, **own: object) -> town.Document:
    """A circle that changes something of the wet market."""
    return {"circles": [{"district": district, "change": {"wet_market": own}}]}


def best(problem: Problem) -> float:
    """The best there is, by trying every plan."""
    found = brute_best(problem).objective
    assert found is not None
    return float(found * problem.unit)


def test_a_format_that_a_circle_does_without_is_not_counted_there(tmp_path: Path) -> None:
    """Its people stand in no coverage of the format, and it opens at none of its premises."""
    everybody = town.load(tmp_path).problem()
    scenario = town.load(tmp_path, circle("B", use=False), {"budget": 2000})
    problem = scenario.problem()
    (target,) = problem.targets
    home = problem.point_district
    assert home is not None
    names = problem.labels.districts
    inside = home == names.index("B")
    persons = problem.persons[target.group]
    assert persons[inside].sum() == 0
    assert (persons[~inside] == everybody.persons[0][~inside]).all()
    result = siting.solve(problem, method="highs")
    assert result.plan is not None
    assert set(result.plan.table["district"]) == {"A"}
    (rule,) = (rule for rule in problem.rules if rule.about.key is Key.LEFT_OUT)
    assert rule.about.district == "B" and rule.about.formats == ("wet_market",)
    assert siting.verify(problem, result).ok
    told = deviations(scenario.standards, "zh")
    assert ("菜市场", "是否配置 · B", "是", "否", "") in told


def test_a_basic_format_left_out_is_not_missed(tmp_path: Path) -> None:
    """A circle is complete without the format that it does without."""
    both = {"formats": {"use": ["wet_market", "pharmacy"]}}
    pharmacy = {"formats": {"change": {"pharmacy": {"metres": 2000}}}}
    scenario = town.load(tmp_path, both, pharmacy, circle("B", use=False), {"budget": 10**7})
    result = siting.solve(scenario.problem(), method="highs", model="complete_circle")
    assert result.plan is not None
    told = siting.kpis(scenario, result).figures
    complete = next(k for k in told if k.name == "complete_circle")
    assert complete.after is not None
    problem = scenario.problem()
    home = problem.point_district
    assert home is not None
    largest = problem.persons.max(axis=0)
    assert complete.after >= largest[home == problem.labels.districts.index("B")].sum() / (
        largest.sum()
    )


@pytest.mark.parametrize("district", ["A", "B"])
def test_a_circle_weighs_its_people_in_its_own_way(tmp_path: Path, district: str) -> None:
    """The plan is the best by those weights, found by trying all of them; people are told as they
    are, and a weight of nothing counts nobody."""
    for weight in (0, 0.5, 40):
        problem = town.load(tmp_path, circle(district, weight=weight)).problem()
        result = siting.solve(problem, method="highs")
        assert result.objective == best(problem)
        assert siting.verify(problem, result).ok
        people = sum(line.people for line in result.coverage["wet_market"].values())
        assert people == sum(range(10, 120, 10))
        home = problem.point_district
        assert home is not None
        inside = home == problem.labels.districts.index(district)
        for target in problem.targets:
            here = problem.persons[target.group][inside].any()
            assert target.weight_micro == (weight if here else 1) * 10**6


def test_minimum_coverage_counts_people_whatever_they_weigh(tmp_path: Path) -> None:
    """A share is of people: a circle that weighs nothing has its share all the same."""
    rule = {"min_coverage": [{"format": "wet_market", "district": "*", "share": 0.3}]}
    problem = town.load(
        tmp_path, circle("A", weight=0), {"budget": 3000}, {"rules": rule}
    ).problem()
    result = siting.solve(problem, method="highs")
    assert result.plan is not None and result.status == "optimal"
    assert result.objective == best(problem)
    assert siting.verify(problem, result).ok
    assert "A" in set(result.plan.table["district"])
    counted = problem.min_coverage[0].targets
    assert all(problem.targets[t].weight_micro == 0 for t in counted)
    persons = problem.persons[[problem.targets[t].group for t in counted]].sum(axis=0)
    assert (persons == np.arange(10_000, 120_000, 10_000)).all()


def test_what_a_circle_leaves_out_has_no_standard(tmp_path: Path) -> None:
    """A format is left out, or has a standard or weight of its own."""
    found = town.faults(tmp_path, circle("A", use=False, weight=2))
    assert any("left out here" in line for line in found), found
