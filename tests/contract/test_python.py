"""docs/contract.md, section 2: Python."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import siting
from siting import Problem
from tests.tools import contract_town as town
from tests.tools.contract_town import BAKERY

LINE = [[0, 0], [10, 0], [20, 0], [30, 0]]
SITES = [[0, 0], [15, 0], [30, 0]]
WEIGHTS = [1, 2, 3, 4]


def _best(problem: Problem, **how: Any) -> tuple[float | None, list[int] | None]:
    result = siting.solve(problem, threads=1, **how)
    checked = siting.verify(problem, result)
    assert checked.ok, checked.violations
    assert result.status == "optimal"
    return result.objective, None if result.chosen is None else result.chosen.tolist()


def test_from_points() -> None:
    """The radius is inclusive, strict= is not; without a radius everybody is reached."""
    at: dict[str, Any] = {"weights": WEIGHTS, "radius": 5}
    assert _best(Problem.from_points(LINE, SITES, **at), p=1) == (5, [1])
    assert _best(Problem.from_points(LINE, SITES, strict=True, **at), p=1) == (4, [2])
    assert _best(Problem.from_points(LINE, SITES, weights=WEIGHTS), p=1)[0] == 10
    step = 6_378_137 * np.pi / 180  # a degree along the equator, (lat, lon)
    degree = ([[0, 0], [0, 1]], [[0, 0]])
    for radius, people in ((step * (1 + 1e-12), 2), (step * (1 - 1e-9), 1)):
        problem = Problem.from_points(*degree, radius=radius, metric="great_circle")
        assert _best(problem, p=1)[0] == people


def test_from_matrix() -> None:
    """Dense, inf unreachable; sparse, missing unreachable and a stored 0 reached at cost 0."""
    dense = np.array([[0.0, np.inf], [np.inf, 3.0], [np.inf, np.inf]])
    stored = sp.csr_array(([0.0, 3.0], ([0, 1], [0, 1])), shape=(3, 2))
    for costs in (dense, stored, stored.tocoo()):
        problem = Problem.from_matrix(costs, weights=[1, 2, 4], radius=5)
        assert _best(problem, p=2) == (3, [0, 1])
        assert _best(Problem.from_matrix(costs, weights=[1, 2, 4]), model="p_median", p=2)[0] == 6


MODELS: dict[str, tuple[dict[str, Any], float]] = {
    "max_cover": ({"p": 1}, 5),
    "set_cover": ({}, 21),
    "partial_cover": ({"share": 0.5}, 7),
    "p_median": ({"p": 1}, 100),
    "p_center": ({"p": 2}, 10),
    "backup_cover": ({"times": 2, "p": 3}, 0),
    "capacitated_cover": ({"p": 1}, 5),
    "complete_circle": ({"p": 1}, 5),
}


@pytest.mark.parametrize("model", MODELS)
def test_every_model(model: str) -> None:
    """Objectives as section 2 tells them, by hand on four points in a line."""
    settings, best = MODELS[model]
    radius = None if model in ("p_median", "p_center") else 5
    problem = Problem.from_points(LINE, SITES, weights=WEIGHTS, radius=radius, costs=[5, 7, 9])
    assert _best(problem, model=model, **settings)[0] == best


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Problem.from_points([[0, np.nan]], SITES, radius=1), "demand_xy must be fin"),
        (lambda: Problem.from_points(LINE, SITES, radius=-1), "radius must be a number >= 0"),
        (lambda: Problem.from_points(LINE, SITES, weights=[1], radius=1), "weights must have"),
        (lambda: Problem.from_matrix([[np.nan]], radius=1), "costs must be numbers"),
        (lambda: Problem.from_matrix([[-1.0]], radius=1), "costs must be >= 0"),
        (lambda: siting.solve(Problem.from_matrix([[1]], radius=1), p=4), "p must lie in 1..1"),
        (lambda: siting.solve(Problem.from_matrix([[1]]), gap=cast(Any, None)), "gap must be"),
        (lambda: siting.solve(cast(Any, "problem")), "problem must be a siting.Problem; got str"),
    ],
)
def test_misuse_is_told(make: Any, told: str) -> None:
    """Style: X must be ...; got ... - a ValueError, never another exception."""
    with pytest.raises(siting.ArgumentError, match=told):
        make()


def test_from_network() -> None:
    """Frames are checked by the same rules as files; formats= as in a scenario file."""
    nodes = pd.DataFrame({"node": range(4), "x": [0, 100, 200, 300], "y": 0})
    edges = pd.DataFrame({"u": [0, 1, 2], "v": [1, 2, 3], "length_m": 100.0})
    demand = nodes[["x", "y"]].assign(people=WEIGHTS)
    sites = pd.DataFrame({"x": [0, 300], "y": 0})
    shop = {"shop": {"metres": 100, "cost": 5}}
    problem = Problem.from_network(edges, demand, sites, formats=shop, nodes=nodes, budget=5)
    assert _best(problem) == (7, [1])
    with pytest.raises(siting.InputError, match="demand: people"):
        Problem.from_network(edges, demand.assign(people=-1), sites, formats=shop, nodes=nodes)


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Problem, siting.Result]:
    """Two markets, by the engine, so that there is a certificate."""
    folder = tmp_path_factory.mktemp("town")
    problem = town.load(folder, BAKERY, {"budget": 2000}).problem()
    return problem, siting.solve(problem, method="city", threads=1, work_limit=1)


def test_a_result_as_told(solved: tuple[Problem, siting.Result]) -> None:
    """Attributes, the table, coverage before and after, places on a map."""
    problem, result = solved
    assert result.plan is not None
    assert (result.objective, result.chosen.tolist()) == (450, [2, 3])  # type: ignore[union-attr]
    assert result.plan.coverage["wet_market"]["all"] == {"people": 660, "before": 0, "after": 450}
    assert result.plan.table.newly_covered.sum() == 450
    places = result.plan.to_geodataframe()
    assert len(places) == len(result.plan.table) == 2
    assert places.to_crs(3067).geometry.x.round(2).tolist() == [town.EAST + 700, town.EAST + 900]
    checked = siting.verify(problem, result)
    assert (checked.ok, checked.objective, checked.violations) == (True, 450, ())


def _tampered(result: siting.Result) -> dict[str, siting.Result]:
    plan = result.plan
    assert plan is not None
    other = {name: plan.table.copy() for name in plan.table.columns}
    for name, table in other.items():
        table[name] = 1 if name in ("cost", "area_m2", "newly_covered") else "P1"
    coverage = {name: groups for name, groups in plan.coverage.items() if name != "bakery"}
    none = tuple(replace(c, u=np.zeros_like(c.u)) for c in result.certificates)
    changed: dict[str, siting.Result] = {
        "objective": replace(result, objective=451.0),
        "bound": replace(result, bound=440.0),
        "certificate": replace(result, certificates=none),
        "no certificate": replace(result, certificates=()),
        "no plan": replace(result, plan=None),
        "options": replace(result, plan=replace(plan, options=plan.options[1:])),
        "unknown option": replace(result, plan=replace(plan, options=np.array([0, 99]))),
        "sites": replace(result, plan=replace(plan, sites=plan.sites * 0)),
        "coverage": replace(result, plan=replace(plan, coverage=coverage)),
        "budget": replace(result, plan=replace(plan, budget=replace(plan.budget, spent=1))),
        "rules": replace(
            result, plan=replace(plan, rules=tuple(replace(line, used=0) for line in plan.rules))
        ),
        "tier": replace(result, tiers={**result.tiers, "basic": {"objective": 1.0}}),
    }
    for name, table in other.items():
        changed[f"column {name}"] = replace(result, plan=replace(plan, table=table))
    return changed


def test_verify_finds_what_was_changed(solved: tuple[Problem, siting.Result]) -> None:
    """Objective, bound, plan, certificate and every column: a sentence for each change."""
    problem, result = solved
    for name, changed in _tampered(result).items():
        checked = siting.verify(problem, changed)
        assert not checked.ok, name
        assert all(checked.violations), name


def test_score(solved: tuple[Problem, siting.Result]) -> None:
    """A plan made by hand: worth, cost and each rule broken; what is unknown is an error."""
    problem, _ = solved
    plan = [("P1", "wet_market"), ("P9", "wet_market"), ("P9", "bakery")]
    judged = siting.score(problem, pd.DataFrame(plan, columns=["site", "format"]))
    assert (judged.objective, judged.cost, judged.feasible) == (60 + 300 + 300, 2500, False)
    assert judged.violations == (
        "rule budget.total: must use at most 2000 money; the plan uses 2500",
    )
    with pytest.raises(siting.InputError) as told:
        siting.score(problem, pd.DataFrame({"site": ["P2"], "format": ["baker"]}))
    assert len(str(told.value).splitlines()) == 2
