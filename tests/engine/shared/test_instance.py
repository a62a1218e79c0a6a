"""Reduction loses nothing and comes back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from siting.engine.shared.instance import Instance, pack
from siting.engine.shared.options import possible
from siting.engine.shared.point_runs import find_runs
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


@pytest.mark.parametrize("every", [1, 7])
def test_both_directions_hold_the_same_pairs(monkeypatch: pytest.MonkeyPatch, every: int) -> None:
    """Who sees a point is who reaches it, ring by ring, for every so-manieth point."""
    problem = town(seed=3)
    monkeypatch.setattr(
        "siting.engine.shared.instance.SEEN", int(problem.reach.n_pairs / (every - 0.5))
    )
    instance = packed(problem)
    forward, back = instance.by_site, instance.seen
    assert back.every == every
    pairs = set()
    for s in range(instance.n_sites):
        for k in range(len(forward.width)):
            for i in forward.index[forward.segment[s, k] : forward.segment[s, k + 1]]:
                if i % every == 0:
                    pairs.add((s, int(i), k))
    for j in range(len(back.segment)):
        for k in range(len(forward.width)):
            sites = back.site[back.segment[j, k] : back.segment[j, k + 1]]
            assert (np.diff(sites) > 0).all()
            for s in sites:
                pairs.remove((int(s), j * every, k))
    assert not pairs


@pytest.mark.parametrize("seed", [1, 2])
def test_points_that_differ_are_never_merged(seed: int) -> None:
    """Should signatures ever collide, the runs' finder says so."""
    problem = town(seed=seed)
    instance = packed(problem)
    size = np.bincount(instance.pattern[instance.pattern >= 0])
    site = int(np.argmax(np.diff(instance.pairs_before)))
    wrong = instance.pattern.copy()
    here = problem.reach.row(int(instance.site[site]))
    apart = np.setdiff1d(np.arange(problem.n_points), here)
    apart = apart[instance.pattern[apart] >= 0]
    own, far = wrong[here[0]], wrong[apart[0]]
    wrong[wrong == far] = own
    size[own] += size[far]
    needed = np.ones((instance.n_sites, instance.n_classes), np.bool_)
    with ThreadPool(1) as pool, pytest.raises(AssertionError, match="128-bit"):
        find_runs(instance.ends, instance.level, problem.reach.point, wrong, size, needed, 1, pool)


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
