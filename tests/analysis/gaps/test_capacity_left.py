"""Places are shared out once: against linear programs, and as many as verify serves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray
from scipy.optimize import linprog

from siting.analysis.gaps.capacity_left import places_short
from siting.problem import Options, Outlets, Problem, Target
from siting.problem.reach import Reach
from siting.verification.evaluation import evaluate
from tests.tools.brute import walking
from tests.tools.depth import examples
from tests.tools.plans import some_plan
from tests.tools.problems import problems

FAMILIES = {
    "existing",
    "groups",
    "stands_in",
    "capacity",
    "fractions",
    "circles",
    "tiers",
    "weights",
    "phases",
}
SMALL = examples(40)
Crowd = tuple[int, int]
"""(target, point)."""


def ranks(problem: Problem) -> dict[tuple[int, bool, int], list[int]]:
    """Targets that are served together, in their order: phase, tier where tiers count, weight."""
    found: dict[tuple[int, bool, int], list[int]] = {}
    for t, target in enumerate(problem.targets):
        later = problem.objective.order == "tiers" and target.tier != "basic"
        found.setdefault((target.phase, later, -target.weight_micro), []).append(t)
    return dict(sorted(found.items()))


@SMALL
@given(problems(among=FAMILIES))
def test_as_many_are_short_as_verify_leaves_unserved(problem: Problem) -> None:
    """Today and with a plan, over all that are served together; never more than live there."""
    strict = problem.replace(respect_capacity=True)
    plan = some_plan(problem, 1)
    judged = evaluate(strict, plan).targets
    for options, today in ((None, True), (plan, False)):
        short = places_short(problem, options)
        for targets in ranks(problem).values():
            if not set(targets) <= short.keys():
                continue  # an earlier phase
            served = sum(judged[t].before if today else judged[t].after for t in targets)
            lacking = (sum(judged[t].people for t in targets) - served) / problem.person_units
            assert sum(short[t].sum() for t in targets) == pytest.approx(lacking, abs=1e-6)
        for t, each in short.items():
            people = problem.persons[problem.targets[t].group] / problem.person_units
            assert (each >= 0).all() and (each <= people).all()


@SMALL
@given(problems(among=FAMILIES, max_points=6))
def test_the_worst_served_are_served_as_well_as_can_be(problem: Problem) -> None:
    """Linear programs raise the least share, fix whoever it cannot exceed, and raise the rest."""
    short = places_short(problem)
    phases = {problem.targets[t].phase for t in short}
    for phase in phases:
        expected = fair_shares(problem, phase)
        for (t, i), share in expected.items():
            if t in short:
                people = problem.persons[problem.targets[t].group, i] / problem.person_units
                assert short[t][i] == pytest.approx((1 - share) * people, abs=1e-4)


def fair_shares(problem: Problem, phase: int) -> dict[Crowd, float]:
    """Share of each crowd that is served today."""
    cost, outlets = walking(problem, True), problem.outlets
    people: dict[Crowd, float] = {}
    pairs: list[tuple[Crowd, int]] = []
    for t, target in enumerate(problem.targets):
        for i in np.flatnonzero(problem.persons[target.group]).tolist():
            if target.phase == phase:
                people[t, i] = problem.persons[target.group, i] / problem.person_units
                pairs += [
                    ((t, i), j)
                    for j, f in enumerate(outlets.format)
                    if f in target.served_by and cost[j][i] <= target.limit
                ]
    n = len(pairs) + 1  # the last: the share to be raised
    total = sum(people.values())
    fixed: dict[Crowd, float] = {}

    def of(who: Crowd, sign: float, share: float = 0.0) -> NDArray[np.float64]:
        return np.array([sign * (one == who) for one, _ in pairs] + [share])

    def most(aim: NDArray[np.float64], raised: list[Crowd], least: float | None) -> float:
        """The most of ``aim``, everybody fixed kept and the raised at least at a share."""
        rows = [np.array([float(j == e) for _, j in pairs] + [0.0]) for e in range(len(outlets))]
        limits = [min(float(c), total) for c in outlets.capacity]
        for who, size in people.items():
            rows.append(of(who, 1.0))
            limits.append(size)
            if who in fixed:
                rows.append(of(who, -1.0))
                limits.append(-fixed[who] * size + 1e-9)
            elif who in raised:
                rows.append(of(who, -1.0, size if least is None else 0.0))
                limits.append(0.0 if least is None else -least * size + 1e-9)
        found = linprog(
            -aim,
            A_ub=np.array(rows),
            b_ub=limits,
            bounds=[(0, None)] * (n - 1) + [(0, 1)],
            method="highs",
        )
        assert found.status == 0
        return -float(found.fun or 0.0)

    for (when, _, _), targets in ranks(problem).items():
        if when != phase:
            continue
        left = [who for who in people if who[0] in targets]
        while left:
            level = most(np.eye(n)[-1], left, None)
            stuck = [
                who
                for who in left
                if level > 1 - 1e-9 or most(of(who, 1.0), left, level) <= level * people[who] + 1e-5
            ]
            assert stuck
            fixed |= dict.fromkeys(stuck, level)
            left = [who for who in left if who not in stuck]
    return fixed


def border(capacities: list[int], stands: list[list[int]], people: list[int]) -> Problem:
    """Outlets of one format that the points listed reach."""
    pairs = [(j, i) for j, reached in enumerate(stands) for i in reached]
    place, point = np.array(pairs).T
    near = Reach.from_pairs(place, point, np.zeros(len(pairs), np.uint16), len(stands), len(people))
    return Problem(
        persons=np.array([people]) * 1000,
        reach=Reach.empty(1, len(people)),
        options=Options.of([0], [0], [1]),
        targets=(Target(0, 0, 1),),
        site_area=np.array([100]),
        opening_cost=np.array([0]),
        outlets=Outlets(
            np.zeros(len(stands), np.int32),
            near,
            np.array(capacities, np.int64),
            np.full(len(stands), -1, np.int32),
        ),
    )


@pytest.mark.parametrize(
    ("capacities", "stands", "people", "short"),
    [
        # One outlet between 80 and 120 people: half of each find a place.
        ([100], [[0, 1]], [80, 120], [40, 60]),
        # The 80 have an outlet of their own: the one at the border is left to the 120.
        ([100, 80], [[0, 1], [0]], [80, 120], [0, 20]),
        # It takes 20 of them: evenly, 3 of 5 of all 200 would be 120; each side gets so many.
        ([100, 20], [[0, 1], [0]], [80, 120], [32, 48]),
        # Two of three of all 240 would be 107 of the 160, who reach but 100; 60 of their own
        # for the 80.
        ([100, 60], [[0, 1], [0]], [80, 160], [20, 60]),
        # Places in a far corner help nobody else: 500 there for 30, the others as before.
        ([100, 500], [[0, 1], [2]], [80, 120, 30], [40, 60, 0]),
        # Whom nothing reaches lacks a place and takes none.
        ([100], [[0]], [80, 120], [0, 120]),
        ([0], [[0, 1]], [80, 120], [80, 120]),
    ],
)
def test_border_outlets_by_hand(
    capacities: list[int], stands: list[list[int]], people: list[int], short: list[int]
) -> None:
    """A place is used once, on whichever side of the border."""
    found = places_short(border(capacities, stands, people))
    assert found[0] == pytest.approx(np.array(short))


def test_so_many_people_that_products_leave_64_bits() -> None:
    """Shares of 3 billion people, told by the thousandth, are those of 3."""
    few = places_short(border([1, 2, 40], [[0, 1], [1, 2], [2]], [3, 7, 45]))[0]
    many = border([10**9, 2 * 10**9, 4 * 10**10], [[0, 1], [1, 2], [2]], [3, 7, 45])
    many = many.replace(persons=many.persons * 10**9 + np.array([[0, 1, 2]]))
    assert places_short(many)[0] / 1e9 == pytest.approx(few, rel=1e-6)
