"""docs/contract.md, section 1.3: money, floor, what counts."""

from __future__ import annotations

from pathlib import Path

import pytest

import siting
from tests.tools import contract_town as town
from tests.tools.contract_town import BAKERY


@pytest.mark.parametrize(("factor", "cost"), [(1.2345, 1235), (1.2344, 1234), (0.0005, 1)])
def test_costs_are_rounded_half_up(tmp_path: Path, factor: float, cost: int) -> None:
    """Cost of an option = size.cost x cost_factor, half up, in exact decimals."""
    problem = town.load(tmp_path, {"premises": {"cost_factor": factor}}).problem()
    assert set(problem.options.cost.tolist()) == {cost}


def test_site_area_down_option_area_up(tmp_path: Path) -> None:
    """99.99 m2 of floor are 99; a size of 99.01 m2 takes 100 and does not fit."""
    sizes = [{"name": "s", "area_m2": 99.01, "cost": 1, "capacity": 1}]
    large = {"formats": {"change": {"wet_market": {"sizes": sizes}}}}
    problem = town.load(tmp_path, large, {"premises": {"area_m2": 99.99}}).problem()
    told = "floor space of site P1: must use at most 99 m2; the plan uses 100"
    assert siting.score(problem, [0]).violations == (told,)


def test_opening_costs_count_in_total_and_district_only(tmp_path: Path) -> None:
    """Two formats at one site pay 300 once: total and district 1,800, tier and format without."""
    budget: town.Document = {
        "total": 1799,
        "per_tier": {"basic": 1000, "quality": 500},
        "per_format": {"wet_market": 1000, "bakery": 500},
        "per_district": {"A": 1799, "B": 0},
    }
    change = {"budget": budget, "premises": {"opening_cost": 300}}
    problem = town.load(tmp_path, BAKERY, change).problem()
    judged = siting.score(problem, [0, 1])
    assert judged.cost == 1800
    assert [text.split(":")[0] for text in judged.violations] == [
        "rule budget.total",
        "rule budget.per_district.A",
    ]


@pytest.mark.parametrize(
    "budget", [{"per_format": {"wet_markt": 5}}, {"per_district": {"C": 5}}, {"per_tier": {"x": 5}}]
)
def test_a_misspelt_key_of_a_budget_is_an_error(tmp_path: Path, budget: town.Document) -> None:
    """Section 1.3: exit 2, not an unlimited budget."""
    (fault,) = town.faults(tmp_path, {"budget": budget})
    assert "scenario.yaml:" in fault
    assert "; got '" in fault


def test_nothing_carries_over_between_phases(tmp_path: Path) -> None:
    """A budget of 1,999 and 1 pays one outlet in the first phase and none in the second."""
    change = {"budget": {"per_phase": {"2026": 1999, "2027": 1}}}
    problem = town.load(tmp_path, {"budget": town.GONE}, change).problem()
    result = siting.solve(problem, threads=1)
    assert result.plan is not None
    assert result.plan.table[["site", "phase"]].to_numpy().tolist() == [["P9", "2026"]]


def test_only_newly_covered_people_count(tmp_path: Path) -> None:
    """A market stands at d9: P9 gains nobody, P7 gains d6 and d7; before and after are told."""
    outlets: town.Document = {
        "outlets": [{"file": "o.csv", "id": "id", "x": "x", "y": "y", "format": "k"}],
        "budget": 9000,
    }
    stands = town.rows("id,x,y,k", f"1,{town.EAST + 900},{town.NORTH},wet_market")
    problem = town.load(tmp_path, outlets, files={"o.csv": stands}).problem()
    result = siting.solve(problem, threads=1)
    assert result.plan is not None
    assert result.plan.table.site.tolist() == ["P1", "P4", "P7"]  # P9 is never paid for
    assert result.plan.table.newly_covered.tolist() == [60, 150, 150]
    assert result.objective == 360
    assert result.plan.coverage["wet_market"]["all"] == {"people": 660, "before": 300, "after": 660}


def test_persons_are_kept_as_thousandths(tmp_path: Path) -> None:
    """20.1234 people are 20.123."""
    demand = town.FILES["demand.csv"].replace(",20,", ",20.1234,")
    problem = town.load(tmp_path, files={"demand.csv": demand}).problem()
    assert siting.score(problem, [0]).objective == 60.123
