"""EngineParams: one object says how the engine is tuned, is checked where it is made, and is told
in the result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import siting
from siting import ArgumentError, EngineParams, Problem
from siting.engine.params import BoundParams, Part


def line(n: int = 30) -> Problem:
    """People and sites along a line."""
    rng = np.random.default_rng(3)
    points = np.column_stack([rng.uniform(0, 100, n), np.zeros(n)])
    sites = np.column_stack([np.linspace(0, 100, 12), np.zeros(12)])
    return Problem.from_points(points, sites, weights=rng.integers(1, 9, n), radius=9)


def solved(**how: Any) -> siting.Result:
    """Three sites to be opened."""
    return siting.solve(line(), p=3, threads=1, **how)


def test_a_dictionary_of_it_makes_it_again() -> None:
    """``of(to_dict())`` is the identity, through JSON too: what a result stores can be passed."""
    params = EngineParams.of({"bound": {"step": 1.5}, "capacity": {"minima": {"rounds": 3}}})
    assert params != EngineParams()
    assert EngineParams.of(json.loads(json.dumps(params.to_dict()))) == params
    assert params.bound.step == 1.5 and params.bound.relax == EngineParams().bound.relax


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"bound": {"time_share": 1.5}}, "bound.time_share must be a number in 0..1; got 1.5"),
        ({"bound": {"look": 0}}, "bound.look must be a whole number >= 1; got 0"),
        ({"bound": {"look": 2.5}}, "bound.look must be a whole number >= 1; got 2.5"),
        ({"bound": {"step": float("nan")}}, "bound.step must be a number in 0.01..100; got nan"),
        ({"search": {"heat_bath": {"warm": True}}}, "search.heat_bath.warm must be a number"),
        ({"capacity": {"bound": {"blur": "wide"}}}, "capacity.bound.blur must be a number"),
        ({"finish": 3}, "finish must be FinishParams; got 3"),
        ({"serach": {}}, "serach is no parameter of the engine"),
        ({"search": {"windows": 3}}, "search.windows is no parameter of the engine"),
    ],
)
def test_a_wrong_value_is_told_with_its_place_and_range(
    given: dict[str, object], told: str
) -> None:
    """Expected and found, by the name a caller would write."""
    with pytest.raises(ArgumentError, match="options: ") as raised:
        solved(method="city", options=given)
    assert told in str(raised.value)


def test_every_part_knows_where_it_stands() -> None:
    """Messages name a parameter by its path, so each part's NAME is its path in EngineParams."""

    def walk(part: Part, path: str) -> None:
        assert path == part.NAME
        for name in part.to_dict():
            value = getattr(part, name)
            if isinstance(value, Part):
                walk(value, f"{path}.{name}" if path else name)

    walk(EngineParams(), "")


def test_numbers_of_numpy_become_plain() -> None:
    """The result stores them as JSON, and equal values make equal parameters."""
    given = BoundParams.of({"look": np.int64(10), "step": np.float32(2)})
    assert given == BoundParams(look=10)
    assert type(given.look) is int


def test_the_result_tells_and_stores_what_was_used(tmp_path: Path) -> None:
    """Result.parameters and result.json have every parameter; other methods have none."""
    from siting.report.folder import write

    params = EngineParams.of({"bound": {"time_share": 0.5}})
    result = solved(method="city", options=params)
    assert result.parameters == {"engine": params.to_dict()}
    write(result, tmp_path / "result")
    stored = json.loads((tmp_path / "result" / "result.json").read_text("utf-8"))
    assert stored["parameters"]["engine"] == params.to_dict()
    assert siting.Result.load(tmp_path / "result").parameters == result.parameters
    assert solved(method="highs").parameters == {}


def test_only_the_engine_takes_them() -> None:
    """Another method refuses them; where ``auto`` takes another they are not needed."""
    params = EngineParams()
    with pytest.raises(ArgumentError, match="for method city; got method 'highs'"):
        solved(method="highs", options=params)
    with pytest.raises(ArgumentError, match="options needs method city"):
        solved(method="greedy", options={"bound": {"step": 1.0}})
    assert solved(method="auto", options=params).method != "city"


def test_no_parameter_makes_a_bound_or_a_plan_wrong() -> None:
    """However few iterations and proposals, verification accepts, and the bound is at least the
    optimum."""
    optimum = solved(method="highs").objective
    assert optimum is not None
    for given in (
        {"bound": {"iterations": 1, "look": 1}, "finish": {"small_links": 0, "links": 0}},
        {"bound": {"step": 50.0, "relax": 0.1}, "search": {"price_share": 0.0, "shared_plan": 1}},
    ):
        result = solved(method="city", work_limit=300, options=given)
        assert siting.verify(line(), result).ok
        assert result.bound is not None and result.bound >= optimum
        assert result.objective is not None and result.objective <= optimum
