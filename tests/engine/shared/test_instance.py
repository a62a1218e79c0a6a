"""Reduction loses nothing and comes back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from siting.engine.shared.instance import Instance, pack
from siting.engine.shared.options import possible
from siting.engine.shared.threads import ThreadPool
from siting.problem import Outlets, Problem, Rule, RuleKind
from siting.problem.reach import Reach
from tests.tools.engine_town import town
from tests.tools.problems import build


def packed(problem: Problem) -> Instance:
    with ThreadPool(1) as pool:
        return pack(problem, problem.value, pool)


def with_doubles(problem: Problem) -> Problem:
    """Every demand point twice, at the same place."""
    reach = problem.reach
    place = np.repeat(np.arange(reach.n_places), np.diff(reach.start))
    n = reach.n_points
    twice = Reach.from_pairs(
        np.concatenate([place, place]),
        np.concatenate([reach.point, reach.point + n]),
        np.concatenate([reach.cost, reach.cost]),
        reach.n_places,
        2 * n,
    )
    return replace(
        problem,
        persons=np.concatenate([problem.persons, problem.persons], axis=1),
        reach=twice,
        outlets=Outlets.none(2 * n),
        point_xy=None,
    )


def test_equal_points_merge_and_keep_their_people() -> None:
    """Points that see the same sites for every target become one pattern with all their people."""
    problem = town()
    one, two = packed(problem), packed(with_doubles(problem))
    assert two.n_points == one.n_points
    assert two.value.sum() == 2 * one.value.sum()
    n = problem.n_points
    np.testing.assert_array_equal(two.pattern[:n], two.pattern[n:])


def test_a_pattern_is_reached_exactly_as_its_members() -> None:
    """For every option, patterns in reach are the patterns of the points in reach."""
    problem = town()
    instance = packed(problem)
    for o in range(0, instance.n_options, 7):
        original = instance.option[o]
        t = instance.target[instance.spread_kinds[1][instance.spread_kinds[0][o]]]
        site = problem.options.site[original]
        near = problem.reach.row(site)[problem.reach.row_cost(site) <= problem.targets[t].limit]
        wanted = np.unique(instance.pattern[near])
        k = int(np.flatnonzero(instance.target == t)[0])
        s = instance.options.site[o]
        pairs = instance.by_site
        found = pairs.index[pairs.segment[s, 0] : pairs.segment[s, instance.reach_end[k]]]
        np.testing.assert_array_equal(np.unique(found), wanted[wanted >= 0])


def test_both_directions_hold_the_same_pairs() -> None:
    """Transposing by counting sort keeps every pair and its width."""
    instance = packed(town(seed=3))
    forward, back = instance.by_site, instance.by_point
    pairs = set()
    for s in range(instance.n_sites):
        for k in range(len(forward.width)):
            for i in forward.index[forward.segment[s, k] : forward.segment[s, k + 1]]:
                pairs.add((s, int(i), k))
    for i in range(instance.n_points):
        for k in range(len(back.width)):
            for s in back.index[back.segment[i, k] : back.segment[i, k + 1]]:
                assert (int(s), i, k) in pairs
                pairs.remove((int(s), i, k))
    assert not pairs


def test_a_rule_without_rows_dominates_nothing_away() -> None:
    """A rule that nothing falls under (company asked of formats that may open nowhere) is none."""
    families = frozenset({"sizes", "budget"})
    problem = build(families, 3, 6, 2, 9, np.uint16, np.random.default_rng(1))
    empty = csr_array((0, problem.n_options), dtype=np.int64)
    more = problem.replace(
        rules=(*problem.rules, Rule("none", RuleKind.TOGETHER, "<=", empty, np.zeros(0, np.int64)))
    )
    useful = np.ones(problem.n_targets, np.bool_)
    assert possible(more, useful).tolist() == possible(problem, useful).tolist()
