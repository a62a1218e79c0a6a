"""What is told about a plan, against plain enumeration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.problem import Labels, Objective, Options, Outlets, Problem, Target, rules
from siting.problem.reach import Reach
from siting.result import Plan
from siting.result.accounting import basic_gap_left, plan_of
from siting.verification.evaluation import evaluate, reported
from tests.tools.depth import examples
from tests.tools.plans import some_plan
from tests.tools.problems import problems


def line(persons: list[int], sites: list[int], radius: int, **changes: object) -> Problem:
    """One format; people and sites on a line, costs are distances."""
    cost = np.abs(np.arange(len(persons))[None, :] - np.array(sites)[:, None])
    place, point = np.nonzero(cost >= 0)
    fields: dict[str, object] = {
        "persons": np.array([persons], np.int64) * 1000,
        "reach": Reach.from_pairs(
            place, point, cost[place, point].astype(np.uint16), len(sites), len(persons)
        ),
        "options": Options.of(np.arange(len(sites)), np.zeros(len(sites)), np.full(len(sites), 5)),
        "targets": (Target(0, 0, radius),),
        "site_area": np.full(len(sites), 100, np.int64),
        "opening_cost": np.zeros(len(sites), np.int64),
        "outlets": Outlets.none(len(persons)),
    }
    return Problem(**(fields | changes))  # type: ignore[arg-type]


def plan(problem: Problem, chosen: list[int]) -> Plan:
    """The plan of some options."""
    return plan_of(problem, evaluate(problem, chosen))


@examples(50)
@given(problems(without={"capacity"}), st.integers(0, 2**16))
def test_rows_add_up_to_the_coverage_gained(problem: Problem, seed: int) -> None:
    """Each newly covered person stands at one chosen outlet: rows sum to those covered with the
    plan less those whom what stands whatever the plan covers."""
    judged = evaluate(problem, some_plan(problem, seed))
    told = plan_of(problem, judged)
    gained = sum(
        told.coverage[problem.labels.formats[problem.targets[t].format]][
            problem.labels.groups[problem.targets[t].group]
        ]["after"]
        - judged.targets[t].before / problem.person_units
        for t in reported(problem).values()
        if problem.targets[t].weight_micro
    )
    assert told.table["newly_covered"].sum() == pytest.approx(gained)


@examples(50)
@given(problems(), st.integers(0, 2**16))
def test_every_rule_is_told(problem: Problem, seed: int) -> None:
    """Each named rule and minimum coverage has its lines with limit, use and whether it binds; that
    an outlet is at one place is none."""
    told = plan(problem, some_plan(problem, seed).tolist())
    names = {line["name"].split("[")[0] for line in told.rules}
    asked = {
        rule.name
        for rule in problem.rules
        if (rule.n_rows or rule.kind == "fleet") and rule.kind != "once"
    }
    asked |= {demand.name for demand in problem.min_coverage if demand.districts != ()}
    asked |= {spacing.name for spacing in problem.spacings}
    assert names - {"floor_space"} == asked
    assert all(line.keys() >= {"name", "limit", "used", "binds"} for line in told.rules)


def test_a_person_goes_to_the_nearest_outlet() -> None:
    """newly_covered follows distance; a tie goes to the lower option."""
    problem = line([1, 2, 4, 8, 16], [0, 4], radius=3)
    table = plan(problem, [0, 1]).table
    assert table["newly_covered"].tolist() == [7.0, 24.0]


def test_money_is_told_with_openings_apart() -> None:
    """spent holds options and openings; total is None when nothing limits it."""
    problem = line([1, 2], [0, 1], 0, opening_cost=np.array([3, 4]))
    assert plan(problem, [0, 1]).budget == {"total": None, "spent": 17, "opening_costs": 7}
    limited = problem.replace(budget=20)
    assert plan(limited, [0, 1]).budget["total"] == 20


def test_a_budget_binds_when_nothing_useful_fits_into_the_rest() -> None:
    """Money left over binds if the cheapest outlet that gains somebody costs more."""
    problem = line([1, 2, 4], [0, 1, 2], 0)
    binding = {
        limit: plan(problem.replace(budget=limit), [2]).rules[0]["binds"] for limit in (5, 9, 10)
    }
    assert binding == {5: True, 9: True, 10: False}
    everybody = problem.replace(budget=15)
    assert not plan(everybody, [0, 1, 2]).rules[0]["binds"]


def test_quality_before_basic_is_warned_of() -> None:
    """A weighted sum that buys quality while basic people could be had with its money says so."""
    both = Options.of([0, 1], [0, 1], [5, 5])
    problem = line(
        [1, 2, 4],
        [0, 2],
        0,
        options=both,
        labels=Labels(formats=("shop", "gym")),
        targets=(Target(0, 0, 0), Target(1, 0, 0, tier="quality")),
        objective=Objective(order="weighted"),
    ).replace(budget=9)
    caution = basic_gap_left(problem, evaluate(problem, [1]))
    assert caution is not None and "basic gap remains (shop)" in caution
    assert basic_gap_left(problem, evaluate(problem, [0])) is None
    in_tiers = problem.replace(objective=Objective(order="tiers"))
    assert basic_gap_left(in_tiers, evaluate(in_tiers, [1])) is None


def test_a_rule_of_many_rows_is_one_line() -> None:
    """A rule per site does not flood the report."""
    count = 60
    problem = line([1] * count, list(range(count)), 0)
    problem = problem.replace(rules=(rules.max_formats_per_site(problem, 1),))
    told = plan(problem, [3, 5]).rules[0]
    assert (told["name"], told["rows"], told["binds"]) == ("max_formats_per_site", count, False)
