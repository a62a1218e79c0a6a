"""Why there is no plan: proven conflicts, irreducible, and ways out that are least."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import assume, given

from siting.analysis.infeasible.conflict import diagnose
from siting.analysis.infeasible.relaxations import Relaxation, applied, items, only
from siting.analysis.infeasible.unreachable import unreachable
from siting.analysis.study import Study
from siting.problem import Problem, RuleKind
from siting.problem.rules import forbid, require, total_budget, weighted
from tests.tools.brute import brute_force, feasible_plans
from tests.tools.depth import examples
from tests.tools.problems import problems

RULES = {
    "budget",
    "floor",
    "sizes",
    "opening",
    "counts",
    "max_formats",
    "require",
    "together",
    "apart",
    "min_coverage",
    "existing",
    "forbid",
    "phases",
    "hub",
}
SMALL = examples(6)


def possible(problem: Problem) -> bool:
    """Whether enumeration finds a plan."""
    return brute_force(problem)[0] is not None


def freed(problem: Problem, way: Relaxation) -> Problem:
    """The problem with one way out taken."""
    return applied(problem.under(problem.objective), [way])


@SMALL
@given(problems(among=RULES, max_options=7))
def test_a_conflict_is_proven_irreducible_and_freed(problem: Problem) -> None:
    """The named rules alone admit no plan, without any one of them there is one, and each way out
    that is told frees a plan of the whole problem."""
    found = diagnose(problem, Study(time_limit=60, threads=1))
    assert found.feasible is possible(problem)
    if found.feasible:
        return
    assert not possible(only(problem, found.conflict))
    assert found.irreducible
    for item in found.conflict:
        rest = [other for other in found.conflict if other is not item]
        assert possible(only(problem, rest))
    for way in found.ways_out:
        assert possible(freed(problem, way)), way
    assert found.ways_out or found.together


@SMALL
@given(problems({"existing", "sizes", "floor"}, max_options=7))
def test_a_hub_has_fewer_formats_or_need_not_open(problem: Problem) -> None:
    """A hub that must open is never told to have none; whether it opens can be left to the plan,
    and then what opens there is a hub all the same."""
    o = problem.options
    here = o.site == o.site[0]
    area = np.where(here, o.area, 0)
    hard = problem.replace(
        rules=(
            weighted(
                problem,
                "hub.x.formats",
                RuleKind.HUB,
                here.astype(np.int64),
                ">=",
                2,
                unit="formats",
            ),
            weighted(problem, "hub.x.m2", RuleKind.HUB, area, ">=", 12, unit="m2"),
            total_budget(problem, 1),
        )
    )
    found = diagnose(hard, Study(time_limit=60, threads=1))
    assert found.feasible is possible(hard)
    if found.feasible:
        return
    assert found.ways_out, "a hub that need not open frees the plan of nothing"
    optional = [way for way in found.ways_out if way.unit == "optional"]
    assert len(optional) == 1
    free = freed(hard, optional[0])
    assert possible(free)
    for plan in feasible_plans(free):
        taken = np.asarray(plan, bool)
        assert not taken[here].any() or (taken[here].sum() >= 2 and area[taken].sum() >= 12)
    for way in found.ways_out:
        assert possible(freed(hard, way))
        assert way.unit != "formats" or (way.to or 0) >= 1


@SMALL
@given(problems(among=RULES - {"min_coverage"}, max_options=7))
def test_a_way_out_is_least(problem: Problem) -> None:
    """One unit less of a relaxation does not free a plan."""
    assume(not possible(problem))
    for way in diagnose(problem, Study(time_limit=60, threads=1)).ways_out:
        if way.to is None or way.limit is None:
            continue
        sign = 1 if way.to > way.limit else -1
        less = Relaxation(way.item, way.unit, way.limit, way.to - sign)
        assert not possible(freed(problem, less))


@SMALL
@given(problems({"min_coverage", "forbid", "existing"}, max_options=7))
def test_an_unreachable_demand_is_one_that_opening_everything_does_not_meet(
    problem: Problem,
) -> None:
    """Without money or counts, a demand is listed exactly when no plan meets it."""
    assert bool(unreachable(problem)) is not possible(problem)
    for demand in unreachable(problem):
        assert demand.best < demand.share


def test_every_rule_is_an_item_once() -> None:
    """Items name each rule, spacing and demand, and floors as one."""
    from tests.tools.problems import build

    rng = np.random.default_rng(3)
    on = frozenset({"budget", "floor", "apart", "min_coverage", "require"})
    problem = build(on, 4, 6, 2, 8, np.uint16, rng)
    named = [item.name for item in items(problem)]
    assert len(named) == len(set(named))
    assert {r.name for r in problem.rules} | {"floor_space"} <= set(named)


def test_a_share_is_lowered_to_the_nearest_step() -> None:
    """A demand for more than anybody could meet is told with the best share possible."""
    from tests.tools.problems import build

    problem = build(frozenset({"min_coverage"}), 2, 9, 1, 2, np.uint16, np.random.default_rng(11))
    demand = problem.min_coverage[0]
    hard = problem.replace(min_coverage=(type(demand)("all of them", demand.targets, Fraction(1)),))
    assume_short = unreachable(hard)
    assert assume_short, "the seed must leave somebody out of reach"
    found = diagnose(hard, Study(time_limit=60, threads=1))
    assert [item.name for item in found.conflict] == ["all of them"]
    way = found.ways_out[0]
    assert way.unit == "share"
    assert way.to == float(assume_short[0].best)
    assert len(feasible_plans(freed(hard, way)))


@SMALL
@given(problems({"existing", "sizes"}, max_options=7))
def test_conflicts_apart_from_each_other_are_freed_together(problem: Problem) -> None:
    """A site is required and closed, one costs more than there is, and one takes nothing: one of
    each conflict gives way, also a demand that no amount softens."""
    o = problem.options
    assume(len(np.unique(o.site)) > 1 and (o.cost > 0).all())
    first, second = np.unique(o.site)[:2].tolist()
    hard = problem.replace(
        rules=(
            require(problem, "require.closed", o.site == first),
            forbid(problem, "forbid", o.site == first),
            require(problem, "require.dear", o.site == second),
            total_budget(problem, 0),
            require(problem, "require.nothing", o.site < 0),
        )
    )
    found = diagnose(hard, Study(time_limit=60, threads=1))
    assert found.feasible is False
    assert not found.ways_out
    assert len(found.together) == 3
    for way in found.together:
        hard = freed(hard, way)
    assert possible(hard)
