"""Studies that solve again - explain, alternatives, replan - against trying every plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given
from numpy.typing import NDArray

from siting.analysis.studies.alternatives import alternatives
from siting.analysis.studies.constraints import same_place
from siting.analysis.studies.explain import explain_site, lost_if_dropped
from siting.analysis.studies.marginal import binding, next_purchases, out_of_reach
from siting.analysis.studies.replan import place_of, replan
from siting.analysis.studies.robustness import grown, lost, robustness, usual_cases
from siting.analysis.study import Study
from siting.commands.alternatives import lines
from siting.errors import ArgumentError
from siting.problem import UNLIMITED, About, Key, Labels, Options, Outlets, Problem, Target
from siting.problem.reach import Reach
from siting.problem.rules import budget
from siting.progress import Progress
from siting.result import Result
from siting.result.accounting import plan_of
from siting.solving import solve
from siting.texts.words import Words
from siting.verification.evaluation import evaluate
from siting.verification.judge import verify
from tests.tools.brute import Truth, brute_best, brute_score, feasible_plans
from tests.tools.depth import examples
from tests.tools.problems import problems

Ints = NDArray[np.int64]
ONE_TIER = {"budget", "floor", "sizes", "opening", "counts", "existing", "apart", "weights"}
SMALL = examples(3)


def study(method: str = "highs") -> Study:
    return Study(method, 60, threads=1)


def solved(problem: Problem, method: str = "highs") -> tuple[Result, Ints, float]:
    """A result that has a plan, the plan's options and its objective."""
    result = solve(problem, method=method, threads=1)
    assume(result.options is not None)
    assert result.options is not None and result.objective is not None
    return result, result.options, result.objective


def sites_of(result: Result) -> set[int]:
    """Positions of the sites that its plan opens."""
    return set() if result.chosen is None else set(result.chosen.tolist())


def plans(problem: Problem) -> Iterator[tuple[np.ndarray, int]]:
    """Every feasible plan (0/1) and what it gains, in ``Problem.unit``."""
    for plan in feasible_plans(problem):
        score = brute_score(problem, plan)
        if score is not None:
            yield plan, int(score[0]) + score[1]


@SMALL
@given(problems(among=ONE_TIER, max_options=7), st.data())
def test_the_plan_on_the_other_side_is_the_best_there(
    problem: Problem, data: st.DataObject
) -> None:
    """Without a chosen site (or format), or with one that was not chosen, no plan is better than
    the told."""
    result, options, objective = solved(problem)
    o, labels = problem.options, problem.labels
    site = data.draw(st.none() | st.sampled_from(sorted({int(s) for s in o.site})))
    if site is None:
        format_ = data.draw(st.sampled_from(sorted({int(f) for f in o.format})))
        here = o.format == format_
        found = explain_site(problem, result, None, labels.formats[format_], study())
    else:
        here = o.site == site
        found = explain_site(problem, result, labels.sites[site], study=study())
    assert found.chosen is bool(here[options].any())
    others = [
        gain for plan, gain in plans(problem) if plan[here].any() is not np.bool_(found.chosen)
    ]
    if not others:
        assert found.other.plan is None
        return
    best = max(others) * float(problem.unit)
    assert found.other.objective == pytest.approx(best)
    assert found.difference == pytest.approx(objective - best, abs=1e-6)
    if found.chosen and not found.broken:
        alone = objective - evaluate(problem, options[~here[options]]).objective
        assert found.lost_at_once == pytest.approx(alone, abs=1e-6)
        assert alone >= objective - best - 1e-6


def test_explaining_hears_an_interrupt() -> None:
    """No limit is raised and nothing is bought any more; that no plan was found proves nothing."""
    walks = np.where(np.eye(4) > 0, 1.0, np.inf)
    problem = Problem.from_matrix(walks, [4, 3, 2, 1], 1, site_costs=np.ones(4, np.int64))
    problem = problem.replace(budget=2)
    result, asked, told = solve(problem, method="highs", threads=1), study("auto"), list[str]()
    asked.listener = lambda news: told.append(news.stage)
    asked.interrupt.set()
    limits = binding(problem, result, asked)
    assert [(line.name, line.step) for line in limits] == [("budget.total", None)]
    assert next_purchases(problem, result, asked) == (0, [])
    assert not told
    none = explain_site(problem.replace(budget=0), replace(result), "3", study=asked)
    assert none.reasons is None
    cut = replace(none, other=replace(none.other, status="no_solution"))
    assert not cut.impossible
    assert replace(cut, other=replace(none.other, status="infeasible")).impossible


@SMALL
@given(problems(among=ONE_TIER, max_options=8))
def test_what_is_lost_is_what_evaluation_loses(problem: Problem) -> None:
    """An outlet's own people are those that the plan without it no longer covers."""
    _, options, whole = solved(problem, "greedy")
    for k, people in enumerate(lost_if_dropped(problem, options)):
        without = evaluate(problem, np.delete(options, k)).objective
        assert people == pytest.approx(whole - without, abs=1e-6)


@SMALL
@given(problems(among=ONE_TIER - {"weights"}, max_options=6), st.sampled_from([5, 30]))
def test_verdicts_hold_for_every_plan_within_the_share(problem: Problem, percent: int) -> None:
    """Proven: "always" sites are in every such plan, "never" sites in none, plans differ."""
    within = Fraction(percent, 100)
    found = alternatives(problem, within, 3, 1, prove=True, study=study())
    every = list(plans(problem))
    if not every:
        assert not found.plans
        return
    best = max(gain for _, gain in every)
    good = [plan for plan, gain in every if gain >= best * (1 - within)]
    site = problem.options.site
    for use in found.sites:
        s = list(problem.labels.sites).index(use.site)
        opening = [bool(plan[site == s].any()) for plan in good]
        assert use.proven
        truth = "always" if all(opening) else "sometimes" if any(opening) else "never"
        assert use.verdict == truth
    for one in range(len(found.plans)):
        result = found.plans[one].result
        assert (result.objective or 0.0) >= float(best * problem.unit * (1 - within)) - 1e-6
        for other in found.plans[:one]:
            assert sites_of(other.result) - sites_of(result)


@examples(12)
@given(problems(among=ONE_TIER | {"tiers", "require"}, max_options=8), st.integers(1, 2))
def test_no_plan_told_is_better_than_the_first(problem: Problem, least: int) -> None:
    """The greedy may do better under a rule than without it; that plan then comes first, with a
    bound that holds for every plan."""
    found = alternatives(problem, Fraction(1, 2), 3, least, prove=True, study=study("greedy"))
    if not found.plans:
        return
    first = found.plans[0].result
    assert verify(problem, first).ok
    truth = brute_best(problem)
    assert truth.objective is not None and first.objective is not None
    assert first.bound is None or first.bound >= float(truth.objective * problem.unit) - 1e-6
    if first.status == "optimal":
        assert first.objective == pytest.approx(float(truth.objective * problem.unit))
    for other in found.plans[1:]:
        assert other.result.objective is not None
        if len(first.tiers) < 2:
            assert other.result.objective <= first.objective + 1e-6
        else:
            basic = (r.tiers["basic"]["objective"] or 0.0 for r in (other.result, first))
            assert next(basic) <= next(basic) + 1e-6


def test_the_better_plan_becomes_the_first() -> None:
    """The greedy takes the middle site (6 people), then 2 more; without it two sites reach 10."""
    walks = np.full((4, 3), np.inf)  # points a, b, c, d; sites in the middle, left, right
    walks[[0, 1, 0, 2, 1, 3], [0, 0, 1, 1, 2, 2]] = 1.0
    problem = Problem.from_matrix(walks, weights=np.array([3, 3, 2, 2]), radius=1).replace(p=2)
    assert solve(problem, method="greedy").objective == 8.0
    found = alternatives(problem, Fraction(1, 2), 2, 1, prove=True, study=study("greedy"))
    first = found.plans[0].result
    assert (first.objective, sites_of(first), first.method) == (10.0, {1, 2}, "greedy")
    title = lines(found, "town", False, Words.of("en", "alternatives"))[0]
    assert title == "town: 2 plans within 50.0% of " + (
        "the best (proven)" if first.status == "optimal" else "the best found"
    )


@examples(15)
@given(
    problems(among=ONE_TIER - {"weights"}, max_options=7),
    st.sampled_from([20, 60]),
    st.integers(1, 2),
    st.integers(0, 2),
)
def test_plans_by_districts_differ_there_and_none_is_missing(
    problem: Problem, percent: int, least: int, shift: int
) -> None:
    """Each has fewer outlets in the districts it names, no two are alike, and where the list is
    said to be complete, nothing within the share has fewer in a district that no plan names."""
    homes = (np.arange(problem.n_sites) * (shift + 1)) % 3
    labels = replace(problem.labels, districts=("north", "south", "west"))
    problem = problem.replace(site_district=homes.astype(np.int32), labels=labels)
    within = Fraction(percent, 100)
    found = alternatives(problem, within, 4, least, "districts", study=study())
    every = list(plans(problem))
    if not every:
        assert not found.plans
        return

    def by_home(options: Ints) -> Ints:
        return np.bincount(homes[problem.options.site[options]], minlength=3)

    best = max(gain for _, gain in every)
    first, *others = (
        by_home(a.result.options) for a in found.plans if a.result.options is not None
    )
    for alternative, opened in zip(found.plans[1:], others, strict=True):
        assert (alternative.result.objective or 0.0) >= float(
            best * problem.unit * (1 - within)
        ) - 1e-6
        for name in alternative.differs.split(", "):
            d = labels.districts.index(name)
            assert first[d] - opened[d] >= least
    for k, one in enumerate([first, *others]):
        assert all(abs(one - other).max() >= least for other in others[k:])
    named = {name for a in found.plans[1:] for name in a.differs.split(", ")}
    if found.complete:
        good = [by_home(np.flatnonzero(p)) for p, gain in every if gain >= best * (1 - within)]
        for d in range(3):
            if labels.districts[d] not in named:
                assert not any(first[d] - opened[d] >= least for opened in good)


def in_districts(walks: Ints, weights: list[int], costs: list[int], money: int) -> Problem:
    """Site k stands in district k; ``walks`` tells who is within reach of whom."""
    reach = np.where(walks > 0, 1.0, np.inf)
    problem = Problem.from_matrix(reach, np.array(weights), radius=1, site_costs=np.array(costs))
    names = tuple(f"d{k}" for k in range(problem.n_sites))
    return problem.replace(
        budget=money,
        site_district=np.arange(problem.n_sites, dtype=np.int32),
        labels=replace(problem.labels, districts=names),
    )


def test_one_plan_is_told_once_with_all_districts_it_leaves() -> None:
    """Two shops are best; the one that nearly does for both has fewer in the home of either."""
    walks = np.array([[1, 0, 1], [0, 1, 1], [1, 0, 0], [0, 1, 0]])
    problem = in_districts(walks, [9, 9, 1, 1], [1, 1, 2], 2)
    found = alternatives(problem, Fraction(1, 5), 5, 1, "districts", study=study())
    assert [(a.result.objective, a.differs) for a in found.plans] == [(20.0, ""), (18.0, "d0, d1")]
    assert found.complete


def test_a_few_people_less_in_the_first_tier_may_leave_money_for_the_second() -> None:
    """Shops A (1), B (2) and C (1) reach 100, 99 and 95 of the same people, the gym Q (1) 50 more.
    Of all plans unlike A + Q the best tier by tier is A without Q, which lacks a third; C + Q does
    not, and is the only other plan within a tenth."""
    site = np.array([0, 0, 0, 1, 1, 2, 3])
    point = np.array([0, 1, 2, 0, 1, 0, 3])
    problem = Problem(
        persons=np.array([[95_000, 4_000, 1_000, 50_000]]),
        reach=Reach.from_pairs(site, point, np.zeros(7, np.int32), 4, 4),
        options=Options.of([0, 1, 2, 3], [0, 0, 0, 1], [1, 2, 1, 1]),
        targets=(Target(0, 0, 0), Target(1, 0, 0, tier="quality")),
        site_area=np.full(4, UNLIMITED),
        opening_cost=np.zeros(4, np.int64),
        outlets=Outlets.none(4),
        labels=Labels(sites=("A", "B", "C", "Q"), formats=("shop", "gym")),
    ).replace(budget=2)
    found = alternatives(problem, Fraction(1, 10), 5, 1, prove=True, study=study())
    assert [sites_of(a.result) for a in found.plans] == [{0, 3}, {2, 3}]
    assert found.complete
    told = [(use.site, use.verdict, use.proven) for use in found.sites]
    assert told == [
        ("A", "sometimes", True),
        ("B", "never", True),
        ("C", "sometimes", True),
        ("Q", "always", True),
    ]


def test_districts_without_a_near_plan_do_not_use_up_the_number_asked_for() -> None:
    """Only the last of three shops has a neighbour that nearly does for it."""
    walks = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 0]])
    problem = in_districts(walks, [30, 30, 29, 1], [1, 1, 1, 1], 3)
    found = alternatives(problem, Fraction(1, 20), 2, 1, "districts", study=study())
    assert [(a.result.objective, a.differs) for a in found.plans] == [(90.0, ""), (89.0, "d2")]


def test_the_time_ends_proving() -> None:
    """Nothing is solved for the sites left once somebody has asked to end."""
    walks = np.where(np.eye(30) > 0, 1.0, np.inf)
    problem = Problem.from_matrix(walks, weights=np.arange(1, 31), radius=1).replace(p=3)
    asked, solves = study(), []

    def hear(news: Progress) -> None:
        if news.stage == "verify":
            solves.append(news.note)
            if len(solves) == 4:
                asked.interrupt.set()

    asked.listener = hear
    found = alternatives(problem, Fraction(1, 100), 2, 1, prove=True, study=asked)
    assert len(solves) == 4
    assert len(found.sites) == 30
    assert not all(use.proven for use in found.sites)


@SMALL
@given(problems(among=ONE_TIER, max_options=7), st.integers(0, 3))
def test_few_changes_are_few_and_no_such_plan_is_better(problem: Problem, most: int) -> None:
    """At most k outlets differ from the approved plan, and every other such plan gains less."""
    every = list(plans(problem))
    assume(every)
    approved = every[len(every) // 2][0]
    options = np.flatnonzero(approved)
    plan = plan_of(problem, evaluate(problem, options))
    found = replan(problem, plan, most_changes=most, study=study())
    places = same_place(problem, options)

    def changes(other: np.ndarray) -> int:
        taken = np.flatnonzero(other)
        return len(np.setdiff1d(options, taken)) + int((~places[taken]).sum())

    best = max(gain for other, gain in every if changes(other) <= most) * float(problem.unit)
    assert found.result.objective == pytest.approx(best)
    assert found.changes <= most


def test_a_place_is_a_site_or_a_format_at_it() -> None:
    """SITE and SITE/FORMAT; anything else is refused with what was given."""
    assert place_of("007") == ("007", None)
    assert place_of("P1/shop") == ("P1", "shop")
    for wrong in ("", "/shop", "P1/"):
        with pytest.raises(ArgumentError, match="SITE/FORMAT"):
            place_of(wrong)


@SMALL
@given(problems({"budget", "counts"}, max_options=7))
def test_one_step_more_gains_what_solving_again_finds(problem: Problem) -> None:
    """The gain of a raised limit is the difference of two optima, and the price bounds nothing less
    than zero."""
    result, _, objective = solved(problem)
    for told in binding(problem, result, study()):
        assert told.step is not None and told.gain is not None
        rules = tuple(
            type(r)(**{**r.__dict__, "rhs": r.rhs + told.step}) if r.name == told.name else r
            for r in problem.rules
        )
        best = max(gain for _, gain in plans(problem.replace(rules=rules)))
        assert told.gain == pytest.approx(best * float(problem.unit) - objective, abs=1e-6)


@SMALL
@given(problems({"budget", "floor", "opening"}, max_options=8))
def test_next_purchases_keep_the_plan_and_add_up(problem: Problem) -> None:
    """Additions gain, in order, exactly what the larger plan has more."""
    result, options, objective = solved(problem)
    _, bought = next_purchases(problem, result, study(), Fraction(2))
    names, o = problem.labels, problem.options
    added = [
        k
        for p in bought
        for k in range(problem.n_options)
        if (names.sites[o.site[k]], names.formats[o.format[k]], names.sizes[o.size[k]])
        == (p.site, p.format, p.size)
    ]
    together = evaluate(problem, np.concatenate([options, np.array(added, np.int64)]))
    gained = together.objective - objective
    assert sum(p.gain for p in bought) == pytest.approx(gained, abs=1e-6)
    assert sum(p.cost for p in bought) == together.cost - evaluate(problem, options).cost


@SMALL
@given(problems({"forbid", "floor", "existing", "groups"}, max_options=7))
def test_those_beyond_reach_are_served_by_no_plan_whatever_it_spends(problem: Problem) -> None:
    """A site that is closed, or too small for the format, reaches nobody."""
    truth, every = Truth(problem, problem.objective), feasible_plans(problem)
    expected = {}
    for t, target in enumerate(problem.targets):
        never = (truth.counts(every, t) == 0).all(0)
        if beyond := int(problem.persons[target.group][never].sum()):
            names = problem.labels.formats[target.format], problem.labels.groups[target.group]
            expected[names] = beyond / problem.person_units
    told = {(r["format"], r["group"]): r["people"] for r in out_of_reach(problem)}
    assert told == pytest.approx(expected)


def test_next_purchases_where_only_phases_have_a_budget() -> None:
    """Every budget doubles: what is added is worth what the larger plan has more."""
    problem = Problem.from_points(
        [[0, 0], [9, 0], [18, 0]], [[0, 1], [9, 1], [18, 1]], [7, 5, 3], 2, costs=[10, 10, 10]
    )
    rule = budget(problem, "budget.per_phase.2026", 10, about=About(Key.PHASE_BUDGET, phase="2026"))
    problem = problem.replace(rules=(rule,))
    larger, bought = next_purchases(problem, solve(problem), study(), Fraction(2))
    assert larger == 20
    assert [(p.site, p.cost, p.gain) for p in bought] == [("1", 10, 5.0)]


@SMALL
@given(problems({"budget", "existing", "fractions"}, max_options=8))
def test_worlds_change_what_they_say(problem: Problem) -> None:
    """Growth scales people, lost sites open nothing."""
    more = grown(problem, 1.5, 0)
    assert problem.point_district is not None
    outside = problem.point_district != 0
    assert (more.persons[:, outside] == problem.persons[:, outside]).all()
    assert more.persons.sum() >= problem.persons.sum()
    gone = lost(problem, [0])
    assert 0 not in sites_of(solve(gone, method="greedy", threads=1))


def test_survivors_are_in_every_plan() -> None:
    """A site survives exactly when the best plan of every case that has it opens it."""
    from tests.tools.problems import build

    on = frozenset({"budget", "opening"})
    problem = build(on, 5, 9, 1, 8, np.uint16, np.random.default_rng(5))
    problem = problem.replace(budget=6)
    found = robustness(problem, lambda base: usual_cases(problem, base)[:3], study=study())
    assert found.base.plan is not None and len(found.base.plan)
    opened = {
        o.name.partition(" ")[2]: set(o.best.plan.table["site"])
        for o in found.outcomes
        if o.best.plan is not None
    }
    expected = {
        site
        for site in set(found.base.plan.table["site"])
        if all(site in sites for gone, sites in opened.items() if gone != site)
    }
    assert len(opened) == 3 and set(found.survivors) == expected
    for outcome in found.outcomes:
        if not outcome.broken:
            assert outcome.regret is None or outcome.regret >= -1e-9
