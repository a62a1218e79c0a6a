"""The gap inventory adds up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from siting.analysis.gaps import (
    WHOLE,
    blind_spots,
    gaps,
    m2_per_place,
    places_short,
    without_access,
)
from siting.problem import UNLIMITED, Options, Problem
from siting.verification.evaluation import evaluate
from tests.brute import walking
from tests.plans import some_plan
from tests.problems import problems


@settings(deadline=None, max_examples=40)
@given(problems(without={"capacity"}))
def test_served_today_is_the_coverage_of_an_empty_plan(problem: Problem) -> None:
    """What stands today serves whom verify says is covered before; the rest is the gap."""
    told = evaluate(problem, []).coverage
    table = gaps(problem)
    for row in table[table["district"] == WHOLE].to_dict("records"):
        people = told[row["format"]][row["group"]]
        assert row["people"] == people["people"]
        assert row["served"] == people["before"]
        assert row["not_served"] == pytest.approx(people["people"] - people["before"])
        assert row["not_served"] == pytest.approx(
            row["within_reach_of_a_site"] + row["out_of_reach"]
        )


@settings(deadline=None, max_examples=40)
@given(problems(without={"capacity"}))
def test_every_option_together_serves_whom_sites_could(problem: Problem) -> None:
    """People within reach of a site are those that opening everything would cover."""
    after = evaluate(problem, np.arange(problem.n_options)).coverage
    table = gaps(problem)
    for row in table[table["district"] == WHOLE].to_dict("records"):
        people = after[row["format"]][row["group"]]
        assert row["served"] + row["within_reach_of_a_site"] == pytest.approx(people["after"])


def test_who_walks_nowhere_is_counted() -> None:
    """People from whom neither an outlet nor a candidate can be reached stay in the count."""
    problem = Problem.from_points([[0, 0], [99, 99]], [[0, 1]], [3, 8], 2)
    assert without_access(problem) == (1, 8.0)


@settings(deadline=None, max_examples=40)
@given(problems(among={"existing", "groups", "stands_in", "capacity", "fractions"}))
def test_places_short_by_plain_loops(problem: Problem) -> None:
    """Each outlet shares its places evenly among those within its standard; who finds none is
    short of a place, so never fewer than those whom nothing reaches."""
    stands = walking(problem, True)
    for t, target in enumerate(problem.targets):
        people = problem.persons[target.group] / problem.person_units
        expected = people.copy()
        for j, format_ in enumerate(problem.outlets.format):
            inside = stands[j] <= target.limit
            if format_ not in target.served_by or not people[inside].sum():
                continue
            capacity = int(problem.outlets.capacity[j])
            part = 1.0 if capacity >= UNLIMITED else capacity / people[inside].sum()
            expected[inside] -= part * people[inside]
        short = places_short(problem, t)
        assert short == pytest.approx(np.maximum(expected, 0.0), abs=1e-9)
        assert (short >= people * ~problem.covered_before[:, t] - 1e-9).all()


def test_floor_short_takes_the_thriftiest_size() -> None:
    """80 people lack places; 0.4 m2 a place is 32 m2, in the whole area."""
    problem = Problem.from_points([[0, 0]], [[0, 1]], [80], 2)
    options = Options.of([0, 0], [0, 0], [1, 1], size=[0, 1], area=[50, 40], capacity=[100, 100])
    problem = problem.replace(options=options)
    assert m2_per_place(problem, 0) == 0.4
    (row,) = gaps(problem).to_dict("records")
    assert (row["places_short"], row["floor_short_m2"]) == (80.0, 32)
    unknown = Problem.from_points([[0, 0]], [[0, 1]], [80], 2)
    assert gaps(unknown)["floor_short_m2"].isna().all()


@settings(deadline=None, max_examples=40)
@given(problems(without={"capacity"}))
def test_blind_spots_are_those_whom_a_plan_leaves_out(problem: Problem) -> None:
    """Persons on the map add up to the inventory, before and with a plan, as verify counts."""
    plan = some_plan(problem, 2)
    told = evaluate(problem, plan).coverage
    for options, when in ((None, "before"), (plan, "after")):
        spots = blind_spots(problem, options)
        assert (spots["n_formats"] > 0).all()
        for format_, groups in told.items():
            for group, people in groups.items():
                left = people["people"] - people[when]
                assert spots[f"{format_}|{group}"].sum() == pytest.approx(left)
    for row in gaps(problem, plan).query("district == @WHOLE").to_dict("records"):
        people = told[row["format"]][row["group"]]
        assert row["not_served_after"] == pytest.approx(people["people"] - people["after"])
