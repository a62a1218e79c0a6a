"""The frontier: its plans are best, its ceiling is proven, and it bends where it says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import example, given

import siting.analysis.studies.frontier as frontier_room
from siting.analysis.studies.bounds import WHOLE, Ceilings
from siting.analysis.studies.frontier import frontier
from siting.analysis.studies.frontier_plot import plot
from siting.analysis.studies.knees import hull, knees
from siting.analysis.studies.parametric import Axis
from siting.analysis.study import Study
from siting.cli import main
from siting.errors import ArgumentError
from siting.problem import (
    UNLIMITED,
    Key,
    Labels,
    Objective,
    Options,
    Outlets,
    Problem,
    Target,
)
from siting.problem.reach import Reach
from siting.result import Result
from siting.solving import solve
from siting.solving.warm_start import Start
from siting.texts.words import Words
from siting.verification.bound import recompute_bound
from tests.tools.brute import brute_best, brute_force
from tests.tools.depth import examples
from tests.tools.engine_town import town
from tests.tools.problems import build, problems
from tests.tools.town import SCENARIO, write_town

SMALL = examples(3)
MORE = examples(6)

KINDS = ("csv", "json", "png", "svg")
"""What the command writes: figures, plans for a page, pictures."""


@SMALL
@given(problems(among={"budget", "floor", "opening", "counts", "existing"}, max_options=7))
def test_every_point_is_the_best_for_its_budget(problem: Problem) -> None:
    """Free plans are optimal, more money gains no less, nested plans keep and never exceed."""
    limits = [2, 5, 9]
    found = frontier(problem, limits, study=Study("highs", 60, threads=1))
    if found.axis == "outlets":
        return
    kept: set[int] = set()
    last = 0.0
    for point in found.points:
        best = brute_force(problem.replace(budget=point.limit))[0]
        if best is None:
            assert point.result.plan is None
            continue
        value = float(best * problem.unit)
        assert point.result.objective == pytest.approx(value)
        assert point.bound == pytest.approx(value)
        assert value >= last - 1e-9
        last = value
        assert point.nested is not None
        if point.nested.options is not None:
            assert kept <= set(point.nested.options.tolist())
            assert (point.nested.objective or 0.0) <= value + 1e-9
            kept = set(point.nested.options.tolist())


@SMALL
@given(problems({"budget", "tiers", "opening"}, max_options=8), st.integers(0, 30))
def test_a_proof_at_one_budget_bounds_every_other(problem: Problem, budget: int) -> None:
    """The line that a certificate draws is never under the optimum, at any budget."""
    at = problem.replace(budget=budget)
    result = solve(at, method="city", threads=1, work_limit=3000, time_limit=None)
    ceilings = Ceilings()
    ceilings.learn(at, result, "budget.total", budget)
    for limit in (0, 3, 8, 15, 40):
        asked = problem.replace(budget=limit)
        truth = brute_best(asked)
        other = solve(asked, method="greedy", threads=1)
        if truth.objective is None:
            continue
        for line in ceilings.lines:
            if line.held_slope and line.held:
                continue  # bounds only plans that reach what was held
            best = truth.tiers[line.tier] if line.tier else truth.objective
            assert line.bound(limit, 0) >= best
        bound = ceilings.bound(asked, other, limit)
        whole = truth.objective if len(other.tiers) < 2 else truth.tiers["basic"]
        assert bound is None or bound >= float(whole * problem.unit) - 1e-6


def one_shop(budget: int) -> Problem:
    """One site with one shop that costs 3 and reaches 34 people: the budget is that site's own."""
    problem = Problem.from_points(
        np.zeros((1, 2)), np.zeros((1, 2)), np.array([34]), radius=1, costs=np.array([3])
    )
    return problem.replace(budget=budget)


@MORE
@given(problems({"budget"}, max_options=8), st.integers(1, 20))
@example(one_shop(3), 1)
def test_a_line_is_what_recomputing_gives(problem: Problem, budget: int) -> None:
    """Moved to another budget, a line is never under the certificate recomputed there, and at most
    one unit above it where the budget is not one site's own affair."""
    at = problem.replace(budget=budget)
    result = solve(at, method="city", threads=1, work_limit=3000, time_limit=None)
    ceilings = Ceilings()
    ceilings.learn(at, result, "budget.total", budget)
    shared = len(np.unique(problem.options.site[problem.options.cost > 0])) > 1
    for limit in (0, budget, budget + 7, budget + 70):
        other = problem.replace(budget=limit).under(result.spec)
        for line, certificate in zip(ceilings.lines, result.certificates, strict=True):
            there = recompute_bound(other, certificate, result.spec)
            assert there <= line.bound(limit, line.held)
            assert not shared or line.bound(limit, line.held) <= there + 2


def test_a_budget_too_small_to_buy_promises_nothing_about_a_larger_one() -> None:
    """What no money was there for at the proof's budget counts in full at every larger one."""
    problem = one_shop(1)
    result = solve(problem, method="city", threads=1, work_limit=3000, time_limit=None)
    assert (result.objective, result.bound) == (0, 0)
    ceilings = Ceilings()
    ceilings.learn(problem, result, "budget.total", 1)
    assert [line.bound(8, 0) >= 34 for line in ceilings.lines] == [True]
    richer = solve(problem.replace(budget=8), method="greedy", threads=1)
    assert ceilings.bound(problem.replace(budget=8), richer, 8) == 34
    assert ceilings.bound(problem, result, 1) == 0


@MORE
@given(
    problems(
        among={"budget", "floor", "sizes", "opening", "tiers", "existing"},
        max_sites=2,
        max_options=6,
    )
)
@example(one_shop(3))
def test_no_point_is_sold_cheaper_than_proven(problem: Problem) -> None:
    """From budgets that buy nothing up to all the money: no bound is under the optimum."""
    study = Study("city", 60, threads=1)
    found = frontier(problem, [0, 3, 30], nested=False, study=study)
    for point in found.points:
        asked = problem.replace(**{"budget" if found.axis == "budget" else "p": point.limit}).under(
            point.result.spec
        )
        truth = brute_best(asked, point.result.spec)
        if truth.objective is None:
            assert point.result.plan is None
            continue
        assert point.bound is not None
        assert point.bound >= float(truth.objective * problem.unit) - 1e-6


@given(
    st.integers(1, 10**13),
    st.one_of(st.none(), st.integers(1, 10**13)),
    st.integers(1, 40),
    st.sampled_from(["budget", "outlets"]),
)
@example(95_000, None, 10, "budget")
@example(8_437_219, 11_020_037, 10, "budget")
@example(7, None, 10, "outlets")
def test_budgets_that_nobody_named_are_round_and_go_far_enough(
    stated: int, most: int | None, points: int, axis: Axis
) -> None:
    """Whatever is stated, in whatever currency, small or huge: as many as asked where there are so
    many, evenly spaced, each of two figures of a step, the last one the first such that is enough:
    twice what is stated, or what can be used if that is less."""
    about = Key.TOTAL_BUDGET if axis == "budget" else Key.P
    rule = SimpleNamespace(rhs=[stated], about=SimpleNamespace(key=about))
    problem: Any = SimpleNamespace(rules=(rule,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frontier_room, "enough", lambda *asked: most)
        found = frontier_room._limits(problem, axis, None, points, Study())
    top = 2 * stated if most is None or not stated < most < 2 * stated else most
    step = Fraction(top, points)
    unit = 10 ** max(0, len(str(int(step))) - 2)
    assert all(limit > 0 and limit % unit == 0 for limit in found)
    assert top <= found[-1] < top + unit
    assert found == sorted(set(found))
    assert len(found) == points or (step < 2 and len(found) <= points)
    assert all(abs(limit - k * step) <= unit for k, limit in enumerate(found, 1)) or step < 2
    assert all(isinstance(limit, int) for limit in found)


def test_round_budgets_are_told_as_such_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """On the terminal, as JSON, in the table, for the page and in the picture: whole numbers, the
    same ones, in a scenario that names no currency too."""
    place = write_town(tmp_path / "town", SCENARIO.replace("currency: CNY\n", ""))
    asked = ["frontier", str(place), "--points", "2", "--method", "greedy", "--no-nested"]
    expected = ["95000", "190000"]
    for k, more in enumerate(([], ["--lang", "zh"], ["--json"])):
        out = tmp_path / str(k)
        assert main([*asked, *more, "--out", str(out)]) == 0
        told = capsys.readouterr().out
        if "--json" in more:
            rows = json.loads(told)["table"]
            assert [str(row["budget"]) for row in rows] == expected
        else:
            first = [line.split()[0] for line in told.splitlines() if re.match(r" *[\d,]+  ", line)]
            assert first == [f"{int(budget):,}" for budget in expected]
        table = (out / "frontier.csv").read_text("utf-8").splitlines()
        assert [line.split(",")[0] for line in table[1:]] == expected
        page = json.loads((out / "frontier.json").read_text("utf-8"))
        assert [str(point["limit"]) for point in page["points"]] == expected


def test_where_nothing_costs_anything_outlets_are_counted() -> None:
    """The literature's problems have a frontier over p."""
    points = np.random.default_rng(4).uniform(0, 10, (12, 2))
    problem = Problem.from_points(points, points[:6], radius=3)
    found = frontier(problem, [1, 2, 3], nested=False, study=Study("highs", 60, threads=1))
    assert found.axis == "outlets"
    for point in found.points:
        assert point.status == "optimal"
        assert point.result.objective == solve(problem, p=point.limit, threads=1).objective


def test_models_that_count_nobody_have_no_frontier() -> None:
    """Misuse is refused with the models that fit."""
    problem = build(frozenset(), 3, 4, 1, 3, np.uint16, np.random.default_rng(0))
    with pytest.raises(ArgumentError, match="counts people"):
        frontier(problem.replace(objective=Objective("set_cover")), [1])


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 30)), min_size=1, max_size=9))
def test_a_hull_is_concave_and_above(points: list[tuple[int, int]]) -> None:
    """Slopes fall along the hull and no point is above it."""
    ordered = [(0.0, 0.0), *sorted((float(x), float(y)) for x, y in dict(points).items())]
    corners = hull(ordered)
    slopes = [Fraction(b[1] - a[1]) / Fraction(b[0] - a[0]) for a, b in pairwise(corners)]
    assert slopes == sorted(slopes, reverse=True)
    assert len(set(slopes)) == len(slopes)
    xs, ys = zip(*corners, strict=True)
    for x, y in ordered:
        assert y <= np.interp(x, xs, ys) + 1e-9


def test_a_kink_is_the_knee() -> None:
    """Steep until 4, flat after: the strongest bend is there, with both slopes."""
    found = knees([(0, 0), (2, 20), (4, 40), (6, 42), (8, 44)])
    assert [(k.x, k.strongest) for k in found] == [(4, True)]
    assert (found[0].before, found[0].after) == (10, 1)
    assert knees([(0, 0), (1, 5), (2, 10)]) == []


def test_the_command_writes_table_and_plot(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """siting frontier prints every point and writes csv, png and svg, in both languages."""
    town = write_town(tmp_path / "town")
    arguments = [
        "frontier",
        str(town),
        "--budgets",
        "30000,60000",
        "--method",
        "highs",
        "--threads",
        "1",
        "--no-nested",
    ]
    for lang in ("zh", "en"):
        out = tmp_path / lang
        assert main([*arguments, "--lang", lang, "--out", str(out)]) == 0
        told = capsys.readouterr().out
        assert "30,000" in told and "60,000" in told
        assert Words.of(lang, "frontier")["budget"] in told
        assert {f.name for f in out.iterdir()} == {f"frontier.{kind}" for kind in KINDS}
    assert main([*arguments, "--out", str(tmp_path / "en")]) == 2
    assert main(["frontier", str(town), "--budgets", "many"]) == 2


def test_a_plot_of_nothing_is_still_a_plot(tmp_path: Path) -> None:
    """Without any plan the picture has its axes and the proven ceiling only."""
    problem = build(frozenset({"budget"}), 3, 4, 1, 3, np.uint16, np.random.default_rng(0))
    found = frontier(problem, [0], nested=False, study=Study("highs", 60, threads=1))
    words = dict(Words.of("zh", "frontier"))
    assert plot(found, tmp_path / "f.png", words).stat().st_size > 0
    assert WHOLE == ""


def test_a_gap_is_kept_by_every_point_and_plans_only_grow() -> None:
    """On the city road, to one per cent: every free plan is within it of its own bound, every
    nested plan keeps the one before and its money, and no bound is under the exact optimum."""
    problem = town(40, 8)
    budget = int(problem.rules[0].rhs[0])
    limits = [budget // 2, budget]
    found = frontier(problem, limits, study=Study("city", None, gap=0.01, threads=1))
    kept: set[int] = set()
    for point in found.points:
        assert point.gap is not None and point.gap <= 0.01
        optimum = solve(problem.replace(budget=point.limit), method="highs", threads=1, gap=0.002)
        assert optimum.objective is not None
        assert point.bound is not None and point.bound >= optimum.objective
        assert point.nested is not None and point.nested.plan is not None
        assert point.nested.plan.budget["spent"] <= point.limit
        assert kept <= set(point.nested.plan.options.tolist())
        kept = set(point.nested.plan.options.tolist())


class Answers(Study):
    """A study whose solver ends as soon as it is within the gap, with plans told beforehand."""

    plans: ClassVar = {1: ([0], 100.0, 0.0), 2: ([1, 2], 99.0, 60.0)}
    asked: list[int]

    def solve(self, problem: Problem, start: Start | None = None, **other: Any) -> Result:
        """Basic and quality people of the plan for this budget; 100 and 60 are the most."""
        limit = int(problem.rules[-1].rhs[0])
        self.asked.append(limit)
        options, basic, quality = self.plans[limit]
        most = {"basic": 100.0, "quality": 60.0 * (limit > 1)}
        tiers: dict[str, dict[str, float | None]] = {
            tier: {"objective": value, "bound": most[tier], "gap": None}
            for tier, value in (("basic", basic), ("quality", quality))
        }
        found = self.keep(problem, np.array(options))
        assert found.objective == basic + quality
        return replace(found, bound=sum(most.values()), tiers=tiers, status="feasible")


def test_within_the_gap_a_larger_budget_keeps_its_own_plan() -> None:
    """With 2 to spend 99 basic and 60 quality people are reached, 0.6 % below what is possible;
    that 100 basic people are reached with 1 is no reason to give the quality formats up."""
    site, point = np.array([0, 0, 1, 2]), np.array([0, 1, 0, 2])
    problem = Problem(
        persons=np.array([[99_000, 1_000, 60_000]]),
        reach=Reach.from_pairs(site, point, np.zeros(4, np.int32), 3, 3),
        options=Options.of([0, 1, 2], [0, 0, 1], [1, 1, 1]),
        targets=(Target(0, 0, 0), Target(1, 0, 0, tier="quality")),
        site_area=np.full(3, UNLIMITED),
        opening_cost=np.zeros(3, np.int64),
        outlets=Outlets.none(3),
        labels=Labels(formats=("shop", "gym")),
    ).replace(budget=2)
    study = Answers("highs", 60, gap=0.02, threads=1)
    study.asked = []
    found = frontier(problem, [1, 2], nested=False, study=study)
    assert study.asked == [2, 1]
    assert [point.result.objective for point in found.points] == [100.0, 159.0]
    assert all(point.gap is not None and point.gap <= 0.02 for point in found.points)


def test_a_nested_plan_is_as_far_from_the_best_as_the_first_tier_that_it_lacks() -> None:
    """With 2 to spend a shop reaches 5; with 3 the best shop reaches 6, where who keeps the first
    one can only add a gym that reaches 10: more people in all, and a sixth too few in shops."""
    site, point = np.array([0, 1, 1, 2]), np.array([0, 0, 1, 2])
    problem = Problem(
        persons=np.array([[5_000, 1_000, 10_000]]),
        reach=Reach.from_pairs(site, point, np.zeros(4, np.int32), 3, 3),
        options=Options.of([0, 1, 2], [0, 0, 1], [2, 3, 1]),
        targets=(Target(0, 0, 0), Target(1, 0, 0, tier="quality")),
        site_area=np.full(3, UNLIMITED),
        opening_cost=np.zeros(3, np.int64),
        outlets=Outlets.none(3),
        labels=Labels(formats=("shop", "gym")),
    )
    found = frontier(problem, [2, 3], study=Study("highs", 60, threads=1))
    nested = [point.nested.objective for point in found.points if point.nested is not None]
    assert [point.result.objective for point in found.points] == [5.0, 6.0]
    assert nested == [5.0, 15.0]
    assert [point.nested_gap for point in found.points] == [0, pytest.approx(1 / 5)]


@SMALL
@given(problems({"budget", "tiers"}, max_options=8))
def test_points_side_by_side_are_what_they_are_alone(problem: Problem) -> None:
    """Outside solvers that have two points at a time end with the optimum of each."""
    limits = [2, 5, 9, 14]
    found = frontier(problem, limits, nested=False, study=Study("highs", 60, threads=2))
    for point in found.points:
        if found.axis == "budget":
            alone = solve(problem.replace(budget=point.limit), method="highs", threads=1)
            assert point.result.objective == pytest.approx(alone.objective)
            assert point.status == "optimal"


def test_nested_plans_follow_points_side_by_side() -> None:
    """Points on one thread each, then nested plans on all, by the same solvers of one study."""
    problem = town()
    budget = int(problem.rules[0].rhs[0])
    found = frontier(problem, [0, budget // 2, budget], study=Study("highs", 60, threads=2))
    assert [point.status for point in found.points] == ["optimal"] * 3
    assert all(point.nested is not None and point.nested.plan is not None for point in found.points)


@pytest.mark.parametrize("method", ["city", "highs"])
def test_no_time_is_no_reason_to_leave_a_point_out(method: str) -> None:
    """With the time up at once every point still has a plan within its money, and a bound where
    one was proven for another."""
    problem = town()
    budget = int(problem.rules[0].rhs[0])
    limits = [budget // 2, budget, 2 * budget]
    study = Study(method, 0.01, threads=1)
    found = frontier(problem, limits, nested=False, study=study)
    assert [point.limit for point in found.points] == limits
    for point in found.points:
        assert point.result.plan is not None
        assert point.result.plan.budget["spent"] <= point.limit


@pytest.mark.parametrize("method", ["city", "highs"])
def test_an_interrupted_frontier_keeps_what_it_has(method: str) -> None:
    """Once somebody has asked to end, limits without a plan get the next larger one's, thinned out,
    and nobody waits for nested plans."""
    problem = town()
    budget = int(problem.rules[0].rhs[0])
    limits = [budget // 4, budget // 2, budget, 2 * budget]
    study = Study(method, 60, threads=1)
    study.interrupt.set()
    found = frontier(problem, limits, study=study)
    assert [point.limit for point in found.points] == limits
    for point in found.points:
        assert point.nested is None
        assert point.result.plan is not None
        assert point.result.plan.budget["spent"] <= point.limit
