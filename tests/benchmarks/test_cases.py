"""benchmarks.cases, recipes and methods: names mean what they say."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from benchmarks import cases
from benchmarks.cases import UnknownCaseError, best_known, load, registered, size
from benchmarks.methods import RefusedError, method
from benchmarks.suites import SUITES


def test_sizes_of_cities() -> None:
    """Names and any points x sites x formats; other names are no cities."""
    assert size("1m") == (1_000_000, 50_000, 20)
    assert size("5000x500x4") == (5000, 500, 4)
    assert size("sf60") is None


def test_short_names_of_instances() -> None:
    """ny50 is Manhattan at 400 m with 50 outlets, and its optimum is known."""
    assert registered("ny50") == "newyork-400-p50"
    assert best_known("ny50") == (1153640, True)
    assert best_known("sf60") == (683139, False)
    assert registered("ny51") is None


def test_unknown_names_are_refused() -> None:
    """A misspelt case or method never runs something else."""
    with pytest.raises(UnknownCaseError, match="'atlantis'"):
        load("atlantis")
    for name in ("gurobi", "city+greedy", "highs+luck"):
        with pytest.raises(RefusedError, match="no method"):
            method(name)


def test_every_suite_names_known_cases() -> None:
    """Each name is a city, a scenario, a drawn instance or a registered one."""
    for suite in SUITES.values():
        for name in suite():
            folder = cases.ROOT / "scenarios" / name
            drawn = name.startswith(("classic:", "plane:"))
            assert size(name) or drawn or registered(name) or folder.is_dir()


def test_the_classic_recipe_is_seeded_and_strict() -> None:
    """Same name and seed, same instance; demand in 1..100; nobody at the radius is covered."""
    problem, timings = load("classic:500:10:5.5")
    again, _ = load("classic:500:10:5.5")
    assert (problem.n_points, problem.n_sites, problem.objective.p) == (500, 100, 10)
    assert (problem.persons == again.persons).all()
    assert (problem.reach.point == again.reach.point).all()
    assert problem.persons.min() >= 1000 and problem.persons.max() <= 100_000
    assert problem.reach.cost.max() < 5.5
    assert set(timings) == {"draw", "cover"}
    other, _ = load("classic:500:10:5.5", seed=1)
    assert (other.persons != problem.persons).any()


def test_the_recipe_of_cover_models() -> None:
    """``set`` and ``share0.6`` stand where a budget would."""
    assert load("classic:50:set:6")[0].objective.model == "set_cover"
    spec = load("classic:50:share0.6:6")[0].objective
    assert (spec.model, spec.share) == ("partial_cover", Fraction(3, 5))


def test_a_city_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second load reads the files of the first."""
    monkeypatch.setattr(cases, "CACHE", tmp_path)
    first, _ = load("60x12x2")
    stamp = next(tmp_path.glob("*/scenario.yaml")).stat().st_mtime_ns
    second, _ = load("60x12x2")
    assert next(tmp_path.glob("*/scenario.yaml")).stat().st_mtime_ns == stamp
    assert np.array_equal(first.reach.point, second.reach.point)
    assert first.n_sites == 12


def test_points_in_the_plane_walk_whole_numbers() -> None:
    """Every point is a site at no distance from itself; distances are whole; p is the recipe's."""
    problem, timings = load("plane:60:4:p_center")
    assert set(timings) == {"draw", "walks"}
    assert (problem.n_points, problem.n_sites, problem.objective.p) == (60, 60, 4)
    assert problem.objective.model == "p_center"
    assert (problem.reach.cost == np.rint(problem.reach.cost)).all()
    assert problem.reach.nearest().max() == 0
    again, _ = load("plane:60:4:p_median")
    assert np.array_equal(again.reach.cost, problem.reach.cost)
