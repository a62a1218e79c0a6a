"""Result and Plan: the names of docs/contract.md and their meaning."""

from __future__ import annotations

import numpy as np
import pytest

import siting
from siting.problem import Labels, Problem
from siting.result import relative_gap


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [
        (100.0, 110.0, 0.1),
        (100.0, 90.0, 0.1),
        (0.0, 0.0, 0.0),
        (0.0, 5.0, float("inf")),
        (None, 5.0, None),
        (5.0, None, None),
    ],
)
def test_gap(objective: float | None, bound: float | None, gap: float | None) -> None:
    """gap = |bound - objective| / |objective|; 0 if both are 0, None if there is no plan."""
    assert relative_gap(objective, bound) == gap


def test_a_plan_names_what_the_planner_named() -> None:
    """Positions become ids once: the table speaks of sites, formats, sizes and districts."""
    problem = Problem.from_points([[0, 0], [9, 9]], [[0, 1], [9, 8]], [3, 4], 2, costs=[5, 7])
    problem = problem.replace(
        labels=Labels(
            sites=("North", "South"),
            formats=("market",),
            districts=("D1",),
            site_lonlat=np.array([[24.9, 60.1], [25.0, 60.2]]),
        ),
        site_district=np.array([0, -1], np.int32),
    )
    result = siting.solve(problem, p=2, method="highs")
    assert result.plan is not None
    rows = result.plan.table.to_dict("records")
    assert [(r["site"], r["format"], r["size"], r["action"]) for r in rows] == [
        ("North", "market", "standard", "open"),
        ("South", "market", "standard", "open"),
    ]
    assert [(r["district"], r["phase"], r["cost"]) for r in rows] == [
        ("D1", None, 5),
        (None, None, 7),
    ]
    assert [r["newly_covered"] for r in rows] == [3.0, 4.0]
    assert result.plan.coverage == {"market": {"all": {"people": 7.0, "before": 0.0, "after": 7.0}}}
    people = result.coverage["market"]["all"]
    assert (people.people, people.before, people.after) == (7.0, 0.0, 7.0)
    assert people["after"] == people.after
    assert type(people).from_dict(people.to_dict()) == people
    frame = result.plan.to_geodataframe()
    assert frame.crs.to_epsg() == 4326
    assert [(p.x, p.y) for p in frame.geometry] == [(24.9, 60.1), (25.0, 60.2)]


def test_a_plan_without_places_has_empty_points() -> None:
    """Problems from a matrix know no longitude; the table is complete all the same."""
    problem = Problem.from_matrix([[0.0, 9.0], [9.0, 0.0]], radius=1)
    result = siting.solve(problem, p=1, method="highs")
    assert result.plan is not None and result.chosen is not None
    assert result.plan.to_geodataframe().geometry.is_empty.all()
    assert result.plan.table["site"].tolist() == [str(s) for s in result.chosen]
