"""Planning distances beside the walks that count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import siting
from siting.analysis.gaps.distances import by_planning_distance
from siting.analysis.gaps.inventory import gaps
from tests.tools import contract_town as town

OUTLET = {
    "outlets": [
        {"file": "o.csv", "id": "id", "x": "x", "y": "y", "crs": "EPSG:3067", "format": "k"}
    ]
}
FILES = {"o.csv": f"id,x,y,k\no1,{town.EAST},{town.NORTH},wet_market\n"}


def test_both_are_told_where_they_differ(tmp_path: Path) -> None:
    """The market at d0 reaches d0-d7 in 10 minutes (720 m) and d0-d5 within 500 m."""
    minutes = {"formats": {"change": {"wet_market": {"metres": town.GONE}}}}
    scenario = town.load(tmp_path, OUTLET, minutes, files=FILES)
    (found,) = gaps(scenario).distances
    people = np.arange(10, 120, 10)
    assert (found.standard_m, found.planning_m) == (720, 500)
    assert found.before == pytest.approx(people[:8].sum() / people.sum())
    assert found.planning_before == pytest.approx(people[:6].sum() / people.sum())


def test_nothing_is_told_where_they_are_one(tmp_path: Path) -> None:
    """A standard of 500 m is the planning distance."""
    same = {"formats": {"change": {"wet_market": {"metres": 500}}}}
    assert gaps(town.load(tmp_path, OUTLET, same, files=FILES)).distances == ()


def test_farther_than_anybody_walked_is_unknown(tmp_path: Path) -> None:
    """Reach ends at the longest standard; beyond it nothing is guessed."""
    problem = town.load(tmp_path, OUTLET, files=FILES).problem()
    (found,) = by_planning_distance(problem, {"wet_market": 500})
    assert found.planning_before is None and found.before is not None


def test_a_plan_is_told_by_both(tmp_path: Path) -> None:
    """After is with the plan."""
    minutes = {"formats": {"change": {"wet_market": {"metres": town.GONE}}}}
    scenario = town.load(tmp_path, minutes, {"budget": 2000})
    result = siting.solve(scenario.problem(), method="highs")
    (found,) = gaps(scenario, result).distances
    assert found.planning_after is not None and found.after is not None
    assert 0 < found.planning_after <= found.after == 1
