"""Used up, decides, slack: against plainly adding and dropping every outlet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, vstack

from siting.problem import (
    About,
    Action,
    Key,
    Labels,
    Options,
    Problem,
    RuleKind,
    Spacing,
    Target,
    rules,
)
from siting.result.accounting import gains_somebody, plan_of
from siting.result.binding import DECIDES, LIMITS, SLACK, USED_UP, Tried
from siting.result.naming import kept_called
from siting.result.why import whys
from siting.texts.names import Names
from siting.verification.evaluation import Evaluation, evaluate
from tests.result.test_accounting import line
from tests.tools.depth import examples
from tests.tools.plans import some_plan
from tests.tools.problems import problems


def broken(judged: Evaluation) -> set[int]:
    """Rules that a plan breaks, by their numbers; other faults are told as -1."""
    numbers = [n for n, rule in enumerate(judged_rules(judged)) if not rule]
    told = sum(not use.kept for use in judged.rules)
    others = len(judged.violations) - told - sum(not kept for kept in minima(judged))
    return {*numbers, *([-1] if others > 0 else [])}


def judged_rules(judged: Evaluation) -> list[bool]:
    """Of each row in order whether it is kept."""
    return [use.kept for use in judged.rules]


def minima(judged: Evaluation) -> list[bool]:
    """Whether each minimum coverage is kept."""
    return [use.covered >= use.needed for use in judged.minima]


@examples(60)
@given(problems(without={"capacity"}), st.integers(0, 2**16))
def test_states_are_what_adding_and_dropping_show(problem: Problem, seed: int) -> None:
    """A limit that is used up is broken by everything worth having that no floor, spacing or rule
    of another kind keeps out; what decides is broken alone by something that is added, or broken
    by something that is dropped."""
    chosen = some_plan(problem, seed)
    judged = evaluate(problem, chosen)
    if not judged.feasible:
        return
    useful = gains_somebody(problem, judged.options)
    tried = Tried(problem, judged, useful)
    added = {
        k: broken(evaluate(problem, np.append(judged.options, k)))
        for k in np.flatnonzero(useful).tolist()
    }
    dropped = [
        broken(evaluate(problem, np.delete(judged.options, k))) for k in range(len(judged.options))
    ]
    first = 0
    for number, rule in enumerate(problem.rules):
        states = tried.states(number) if rule.kind not in (RuleKind.CALLS, RuleKind.FLEET) else []
        for row, state in enumerate(states, start=first):
            if state == USED_UP:
                assert rule.kind in LIMITS
                at = rule.options[[row - first]].toarray()[0]
                mine = [way for k, way in added.items() if at[k] > 0]
                assert mine
                others = {-1, *rows_of_other_kinds(problem)}
                assert all(row in way or way & others for way in mine)
            elif state == DECIDES and rule.sense == ">=" and rule.openings is None:
                assert any(row in way for way in dropped)
            elif state == DECIDES and rule.n_rows == 1:
                alone = any(way == {row} for way in added.values())
                assert alone or any(row in way for way in dropped)
        first += rule.n_rows
    for state in tried.spacing_states():
        assert state == SLACK or any(way == {-1} for way in added.values())
    told = plan_of(problem, judged)
    states_of: dict[str, set[str]] = {}
    for one in told.rules:
        if one.kind not in (RuleKind.STAYS, RuleKind.CALLS):  # by what they cost, by what is left
            states_of.setdefault(one.rule, set()).add(one.state)
    kept = {reason.rule for why in told.why for reason in why.keeps}
    # What keeps an outlet in the plan is never told as slack; nor does a host's rule say nothing.
    assert not [name for name in kept if states_of.get(name, {DECIDES}) == {SLACK}]


def rows_of_other_kinds(problem: Problem) -> set[int]:
    """Rows of the rules that are no limits."""
    rows: set[int] = set()
    first = 0
    for rule in problem.rules:
        if rule.kind not in LIMITS:
            rows |= set(range(first, first + rule.n_rows))
        first += rule.n_rows
    return rows


def two_formats(**changes: object) -> Problem:
    """Shops and gyms on a line of four, each at the sites 0 and 2: shop, gym, shop, gym."""
    return line(
        [1, 2, 4, 8],
        [0, 2],
        0,
        options=Options.of([0, 0, 1, 1], [0, 1, 0, 1], [5, 9, 5, 9]),
        labels=Labels(formats=("shop", "gym")),
        targets=(Target(0, 0, 0), Target(1, 0, 0)),
        **changes,
    )


def states(problem: Problem, chosen: list[int]) -> dict[str, str]:
    """Rule: state, under a plan."""
    told = plan_of(problem, evaluate(problem, chosen)).rules
    return {rule.name: rule.state for rule in told}


def test_a_budget_of_99_percent_is_used_up_though_something_forbidden_would_fit() -> None:
    """What is left is held against what may be had, not against what is forbidden anyway."""
    problem = two_formats()
    forbidden = np.array([False, False, True, False])
    problem = problem.replace(rules=(rules.forbid(problem, "no shop there", forbidden),))
    problem = problem.replace(budget=20)
    told = states(problem, [0, 1])  # 14 spent, 6 left: a shop would fit, only a gym is allowed
    assert told == {"no shop there": DECIDES, "budget.total": USED_UP, "floor_space": SLACK}


def test_a_rule_decides_nothing_of_a_format_that_can_be_added_elsewhere() -> None:
    """A plan without any shop is not without one because one site is closed to shops."""
    problem = two_formats()
    forbidden = np.array([False, False, True, False])
    problem = problem.replace(rules=(rules.forbid(problem, "no shop there", forbidden),))
    assert states(problem, [1, 3])["no shop there"] == SLACK


def test_a_site_is_full_when_not_even_a_small_size_fits() -> None:
    """That the large size does not fit makes no site full."""
    area = np.array([60, 50, 30, 60, 50, 30])  # shop, large gym, small gym
    options = replace(Options.of([0, 0, 0, 1, 1, 1], [0, 1, 1, 0, 1, 1], [5] * 6), area=area)
    problem = two_formats().replace(options=options)
    assert states(problem, [0, 3])["floor_space"] == SLACK
    tight = problem.replace(options=replace(options, area=np.where(area < 60, 50, 60)))
    told = plan_of(tight, evaluate(tight, [0, 3])).rules[-1]
    assert (told.state, told.binding_rows) == (USED_UP, 2)


def test_what_only_a_rule_keeps_in_the_plan_is_told_so() -> None:
    """A least number decides while something may not be dropped for it, whatever it gains; the site
    list says which rule keeps which outlet, and marks the dearest a person."""
    problem = two_formats()
    gyms = np.array([False, True, False, True])
    asked = rules.require(problem, "a gym", gyms)
    problem = problem.replace(rules=(asked,))
    assert states(problem, [0, 1])["a gym"] == DECIDES
    assert states(problem, [0, 1, 3])["a gym"] == SLACK
    shop, gym = whys(problem, evaluate(problem, [0, 1]))
    assert [kept.rule for kept in gym.keeps] == ["a gym"]
    assert (shop.keeps, shop.host_of, gym.host_of) == ((), (), ())
    assert gym.cost_per_person == pytest.approx(9.0)


def test_a_distance_that_keeps_the_only_place_free_decides() -> None:
    """Of two sites nearer than shops may be to each other one is taken, and no shop can be added
    elsewhere; with a third site far away, where one can, the distance decides nothing."""
    for sites, expected in (([0, 1], DECIDES), ([0, 1, 3], SLACK)):
        n = len(sites)
        problem = line([1, 2, 4, 8], sites, 0, options=Options.of(range(n), [0] * n, [5] * n),
                       labels=Labels(formats=("shop",)), targets=(Target(0, 0, 0),))  # fmt: skip
        near = np.zeros((n, n), np.bool_)
        near[0, 1] = near[1, 0] = True
        problem = problem.replace(spacings=(Spacing("apart", (0,), csr_array(near)),))
        told = {rule.name: rule for rule in plan_of(problem, evaluate(problem, [0])).rules}
        assert told["apart"].state == expected
        assert not told["apart"].counts


def test_a_vehicle_is_not_among_the_dearest() -> None:
    """It is paid for and gains nobody itself, but its stops do; which rule it keeps is told once,
    however many phases the rule has."""
    problem = line([1, 2, 4, 8], [0, 1, 3], 0)
    action = np.array([Action.VEHICLE.code, Action.STOP.code, Action.OPEN.code], np.int32)
    problem = problem.replace(options=replace(problem.options, action=action))
    phased = rules.supplied(
        problem, "van", np.array([-1, 1, 0]), about=About(Key.CALLS, unit="van")
    )
    twice = replace(
        phased,
        options=csr_array(vstack([phased.options, phased.options])),
        rhs=np.append(phased.rhs, phased.rhs),
        labels=("2026", "2027"),
    )
    problem = problem.replace(rules=(twice,))
    van, stop, shop = whys(problem, evaluate(problem, [0, 1, 2]))
    assert (van.dearest, stop.dearest) == (False, True)
    assert len(van.keeps) == 2 and len(kept_called(van, Names("en"))) == 1
    assert shop.keeps == ()


def test_a_host_is_told_whose_host_it_is() -> None:
    """Dropping it would leave what may be only beside it, and so the rule decides."""
    problem = two_formats()
    beside = rules.together(problem, "gyms by shops", 1, 0)
    problem = problem.replace(rules=(beside,))
    shop, gym = whys(problem, evaluate(problem, [0, 1]))
    assert (shop.host_of, gym.host_of) == (("gym",), ())
    assert states(problem, [0, 1])["gyms by shops[0]"] == DECIDES
    assert states(problem, [0])["gyms by shops[0]"] == SLACK
