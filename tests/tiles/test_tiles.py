"""A city in tiles: its bound holds, its plan keeps every rule, and nobody is left out or twice."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import siting
from siting.cli import main
from siting.problem import Objective, Problem
from siting.problem.reach import Reach
from siting.result import Result
from siting.tiles.bounding import with_halo
from siting.tiles.coverage import add_cover
from siting.tiles.partition import cut, in_batches
from siting.tiles.prices import Prices
from siting.tiles.rows import used
from siting.tiles.seams import with_own
from siting.verification.judge import verify
from tests.tools.brute import brute_best
from tests.tools.cities import small_city
from tests.tools.depth import examples
from tests.tools.hands_here import solved_here
from tests.tools.problems import FAMILIES, problems
from tests.tools.town import SCENARIO, write_town

Output = pytest.CaptureFixture[str]
WITHOUT = {"min_coverage", "capacity", "tiers"}
"""What couples a whole city, but by no row."""


def weighted(problem: Problem) -> Problem:
    """With one weighted sum."""
    return problem.replace(objective=replace(problem.objective, order="weighted"))


def town_of_many() -> Problem:
    """A drawn city with money for a dozen outlets."""
    return small_city(200, 40, 3).replace(budget=12_000_000)


def bound_holds_and_the_plan_is_one(problem: Problem, n_tiles: int) -> None:
    """The law of :func:`test_bound_holds_and_the_plan_is_one`."""
    problem = weighted(problem)
    found = solved_here(problem, n_tiles)
    best = brute_best(problem, problem.objective).objective
    assert found.bound is not None
    if best is not None:
        assert found.bound >= best * float(problem.unit) * (1 - 1e-12)
    if found.options is not None:
        checked = verify(problem, found)
        assert checked.violations == () and checked.bound_proof == "certificate"
    # Where nothing need be opened, some plan is always found.
    plain = all(
        (rule.rhs >= 0).all() if rule.sense == "<=" else (rule.rhs <= 0).all()
        for rule in problem.rules
    )
    assert found.options is not None or not plain


@examples(12)
@given(problems(without=WITHOUT), st.integers(1, 4))
def test_bound_holds_and_the_plan_is_one(problem: Problem, n_tiles: int) -> None:
    """Tile bound >= brute-force optimum; a stitched plan, where there is one, keeps every rule and
    reaches what is claimed; its certificate proves what is claimed."""
    bound_holds_and_the_plan_is_one(problem, n_tiles)


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted(FAMILIES - WITHOUT))
def test_each_family_of_rules(family: str) -> None:
    """The same for each family of rules by itself."""

    @examples(2)
    @given(problems({family}), st.integers(2, 3))
    def check(problem: Problem, n_tiles: int) -> None:
        bound_holds_and_the_plan_is_one(problem, n_tiles)

    check()


@given(problems(), st.integers(1, 9), st.floats(0, 3))
@examples(60)
def test_every_site_and_point_has_one_tile(problem: Problem, n_tiles: int, turn: float) -> None:
    """A cut gives each tile a site where there are enough; a point is of a site's tile that is
    nearest to it; a tile with its halo holds whoever reaches its points."""
    partition = cut(problem, n_tiles, turn)
    assert partition.n_tiles == min(n_tiles, problem.n_sites)
    assert set(partition.site.tolist()) == set(range(partition.n_tiles))
    reach = problem.reach
    site = np.repeat(np.arange(problem.n_sites), np.diff(reach.start))
    nearest = reach.nearest()
    for tile in range(partition.n_tiles):
        mine = partition.point == tile
        halo = set(with_halo(partition, tile).tolist())
        assert halo >= set(site[mine[reach.point]].tolist())
    for i in range(problem.n_points):
        there = reach.point == i
        if there.any():
            closest = site[there & (reach.cost == nearest[i])]
            assert partition.point[i] in partition.site[closest]


@given(problems(), st.integers(1, 5), st.integers(1, 4))
@examples(60)
def test_those_of_a_batch_do_not_meet(problem: Problem, n_tiles: int, most: int) -> None:
    """Tiles planned at once reach nobody in common, and every tile has its turn."""
    partition = cut(problem, n_tiles)
    batches = in_batches(partition.adjacent, most)
    assert sorted(t for batch in batches for t in batch) == list(range(partition.n_tiles))
    for batch in batches:
        assert len(batch) <= most
        seen: set[int] = set()
        for tile in batch:
            points = set(problem.reach.rows(partition.sites(tile)).point.tolist())
            assert not seen & points
            seen |= points


def test_everybody_has_a_mate_where_all_can() -> None:
    """Two rows of four tiles, of which a column meets the next: pairs, and nobody alone."""
    column = np.repeat(np.arange(4), 2)
    adjacent = np.abs(column[:, np.newaxis] - column) <= 1
    assert [len(batch) for batch in in_batches(adjacent, 2)] == [2, 2, 2, 2]


def test_prices_that_are_far_off() -> None:
    """Money and counts that are used up are near; what has no price does not count."""
    prices = Prices(np.array([2.0, 0.0]), np.array([100.0, 5.0]), np.array([True, True]))
    assert prices.off(np.array([100.0, 1.0])) == 0.0
    assert prices.off(np.array([92.0, 9.0])) == pytest.approx(0.08)
    prices.move(np.array([92.0, 9.0]))
    assert prices.theta[0] < 2.0 and prices.theta[1] == 0.0


@given(problems(), st.integers(0, 2**31))
@examples(60)
def test_a_site_and_its_own_point(problem: Problem, seed: int) -> None:
    """Some people within reach and a point of each site's own make the reach that all the pairs,
    sorted, make."""
    keep = np.random.default_rng(seed).random(problem.n_points) < 0.6
    reach, n = problem.reach, int(keep.sum())
    position = np.where(keep, np.cumsum(keep) - 1, -1).astype(np.int32)
    site, inside = np.repeat(np.arange(problem.n_sites), np.diff(reach.start)), keep[reach.point]
    own = np.arange(problem.n_sites)
    place = np.concatenate([site[inside], own])
    point = np.concatenate([position[reach.point[inside]], n + own])
    cost = np.concatenate([reach.cost[inside], np.zeros(len(own), reach.cost.dtype)])
    told = with_own(reach, position, n)
    wanted = Reach.from_pairs(place, point, cost, len(own), n + len(own))
    for name in ("start", "point", "cost"):
        assert np.array_equal(getattr(told, name), getattr(wanted, name))
    assert told.n_points == wanted.n_points


@given(problems(), st.integers(0, 2**31))
@examples(60)
def test_what_a_plan_uses_and_covers(problem: Problem, seed: int) -> None:
    """A whole plan's use of every row, and whom it covers, are those that the judge finds."""
    rng = np.random.default_rng(seed)
    options = np.flatnonzero(rng.random(problem.n_options) < 0.4)
    amount = np.zeros(problem.n_options)
    amount[options] = 1.0
    judged = siting.verification.judge.evaluate(problem, options)
    left = [float(x) for r in problem.rules for x in r.rhs - used(problem, r, amount)]
    assert left == [use.limit - use.used for use in judged.rules]
    cover = np.zeros((problem.n_points, problem.n_targets), np.float32)
    site = problem.options.site[options].astype(np.int64)
    add_cover(problem, problem.reach, site, options, np.ones(len(options)), cover)
    for t, target in enumerate(problem.targets):
        there = np.isin(problem.options.format[options], target.served_by)
        o = problem.options
        there &= (o.phase[options] <= target.phase) & (target.phase <= o.last[options])
        rows = problem.reach.rows(site[there])
        times = np.bincount(rows.point[rows.cost <= target.limit], minlength=problem.n_points)
        assert cover[:, t].tolist() == times.tolist()


@pytest.mark.slow
def test_a_city_in_tiles(tmp_path: Path, capsys: Output) -> None:
    """From the command line, by processes of its own: a verified result with what each tile adds,
    whose every figure about tiles is checked."""
    town = write_town(
        tmp_path / "town", SCENARIO.replace("budget:", "objective: {order: weighted}\nbudget:", 1)
    )
    out = tmp_path / "out"
    run = ["solve", str(town), "--tiles", "2", "--threads", "2", "--time-limit", "15"]
    assert main([*run, "--out", str(out)]) == 0
    record = json.loads((out / "result.json").read_text(encoding="utf-8"))
    tiles = record["tiles"]
    assert len(tiles) == 2 and sum(tile["points"] for tile in tiles) == 10
    assert sum(tile["sites"] for tile in tiles) == 6
    assert record["method"] == "city" and record["statistics"]["tiles"] == 2
    assert sum(tile["bound"] for tile in tiles) <= record["certified_bound"] + 1
    assert main(["verify", str(out)]) == 0
    capsys.readouterr()
    for change in ({"bound": tiles[1]["bound"] - 1}, {"sites": 0}, {"points": 1}):
        lie = {**record, "tiles": [tiles[0], {**tiles[1], **change}]}
        (out / "result.json").write_text(json.dumps(lie), encoding="utf-8")
        assert main(["verify", str(out)]) == 1
        assert "tiles" in "".join(capsys.readouterr())


def test_more_threads_are_no_other_plan_of_one_tile() -> None:
    """One tile is the city: its bound is that of the engine's own multipliers, nothing at seams."""
    problem = weighted(town_of_many())
    one, three = solved_here(problem, 1), solved_here(problem, 3)
    assert one.bound is not None and three.bound is not None
    whole = siting.solve(problem, method="highs", time_limit=60)
    assert whole.objective is not None
    for found in (one, three):
        assert found.bound is not None and found.bound >= whole.objective
        assert found.objective is not None and found.objective >= 0.9 * whole.objective


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"respect_capacity": True}, "respect_capacity"),
        ({"objective": Objective("set_cover")}, "max_cover"),
        ({"objective": Objective("max_cover", "tiers")}, "weighted"),
    ],
)
def test_what_cannot_be_cut_is_refused(changed: dict[str, Any], told: str) -> None:
    """What couples a whole city by no row is refused in one line that says what to do."""
    with pytest.raises(siting.ArgumentError, match=told):
        siting.solve(small_city(60, 8, 3).replace(**changed), tiles=2)


@pytest.mark.parametrize("tiles", [0, -1, 2.0, True])
def test_how_many(tiles: Any) -> None:
    """Tiles are a whole number of at least one."""
    with pytest.raises(siting.ArgumentError, match="tiles"):
        siting.solve(weighted(small_city(60, 8, 2)), tiles=tiles)
    with pytest.raises(siting.ArgumentError, match="highs"):
        siting.solve(weighted(small_city(60, 8, 2)), tiles=2, method="highs")


def test_what_would_not_fit_is_told_before_it_begins() -> None:
    """A memory limit is that of a tile's process; more tiles are the way out."""
    problem = weighted(town_of_many())
    found = siting.solve(problem, tiles=2, memory_limit=0.1, time_limit=20)
    assert (found.status, found.limit, found.options) == ("no_solution", "memory", None)
    assert "more tiles" in " ".join(map(str, found.notes))


def test_a_start_is_kept() -> None:
    """A plan to begin with is never lost."""
    problem = weighted(town_of_many())
    whole = siting.solve(problem, method="highs", time_limit=60)
    assert isinstance(whole, Result) and whole.options is not None
    found = solved_here(problem, 2, whole.options)
    assert found.objective is not None and whole.objective is not None
    assert found.objective >= whole.objective * (1 - 1e-9)
