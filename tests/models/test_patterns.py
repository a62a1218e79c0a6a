"""Merging people who are covered by the same options."""

from __future__ import annotations

from dataclasses import fields, replace
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.models.shared import patterns_plain
from siting.models.shared.patterns import People, merge, merge_mapped, merged_entries
from siting.models.shared.patterns_few import fits, merge_few
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.problems import problems


def covering(problem: Problem, point: int, t: int) -> tuple[int, ...]:
    """Options that cover a point for a target, looked up one by one."""
    o, target = problem.options, problem.targets[t]
    found = []
    for k in range(problem.n_options):
        row, cost = problem.reach.row(int(o.site[k])), problem.reach.row_cost(int(o.site[k]))
        serves = problem.serves[problem.kind[k], t]
        if serves and point in row[cost <= target.limit]:
            found.append(k)
    return tuple(found)


@given(problems())
@examples(60)
def test_merging_loses_nothing(problem: Problem) -> None:
    """A pattern's points are covered by exactly its options; no person is lost or doubled."""
    for t, target in enumerate(problem.targets):
        wanted = problem.value[:, t] > 0
        found, maps = merge_mapped(problem, [People(t, wanted, problem.point_district)])
        persons: dict[int, int] = {}
        for i in range(problem.n_points):
            options = covering(problem, i, t)
            assert (maps[0][i] >= 0) == (bool(wanted[i]) and bool(options))
            if maps[0][i] < 0:
                continue
            j = int(maps[0][i])
            assert tuple(found.option[found.start[j] : found.start[j + 1]]) == options
            assert problem.point_district is not None
            assert found.key[j] == problem.point_district[i]
            persons[j] = persons.get(j, 0) + int(problem.persons[target.group, i])
        assert [persons[j] for j in range(len(found))] == found.persons.tolist()
        rows = {
            (found.key[j], *found.option[found.start[j] : found.start[j + 1]])
            for j in range(len(found))
        }
        assert len(rows) == len(found)


@given(problems())
@examples(20)
def test_few_pairs_are_merged_as_many(problem: Problem) -> None:
    """Whole arrays find what the kernels find, of any size, in the same order."""
    layers = [
        People(t, problem.value[:, t] > 0, problem.point_district if t % 2 else None, t % 3 == 0)
        for t in range(problem.n_targets)
    ]
    found = []
    for few in (patterns_plain.FEW, -1):
        with patch.object(patterns_plain, "FEW", few):
            found.append((*merge_mapped(problem, layers), merged_entries(problem, layers)))
    (plain, maps, entries), (compiled, other_maps, other_entries) = found
    for field in fields(plain):
        mine, other = getattr(plain, field.name), getattr(compiled, field.name)
        assert mine.dtype == other.dtype and np.array_equal(mine, other), field.name
    assert all(map(np.array_equal, maps, other_maps))
    assert entries == other_entries


@given(problems())
@examples(30)
def test_counting_outlets_of_a_pattern(problem: Problem) -> None:
    """``count`` tells how many of the chosen options cover each pattern."""
    chosen = np.arange(0, problem.n_options, 2)
    found = merge(problem, [People(t, problem.value[:, t] > 0) for t in range(problem.n_targets)])
    times = found.count(chosen, problem.n_options)
    for j in range(len(found)):
        options = found.option[found.start[j] : found.start[j + 1]]
        assert times[j] == np.isin(options, chosen).sum()


def test_a_collision_of_signatures_is_noticed(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """When two different sets of sites get one signature, other signatures are drawn."""
    from tests.tools.examples import example

    problem = example()
    right = merge(problem, [People(1, problem.value[:, 1] > 0)])
    true_words = np.random.default_rng
    drawn = []

    class Colliding:
        def integers(self, low, high, size, dtype):  # type: ignore[no-untyped-def]
            return np.array([0, 7, 7], dtype)  # points 1 and 2 differ in site 0 only

    def words(seed):  # type: ignore[no-untyped-def]
        drawn.append(seed)
        return Colliding() if len(drawn) == 1 else true_words(seed)

    monkeypatch.setattr(np.random, "default_rng", words)
    again = merge(problem, [People(1, problem.value[:, 1] > 0)])
    assert len(drawn) == 2
    assert again.option.tolist() == right.option.tolist()
    assert again.persons.tolist() == right.persons.tolist()


@given(st.integers(0, 2**32 - 1), st.integers(1, 150), st.booleans(), st.booleans())
@examples(25)
def test_few_sites_are_merged_as_signatures_merge_them(
    seed: int, n_sites: int, keyed: bool, unreached: bool
) -> None:
    """Exact sets of sites and signatures give the same patterns, with any number of threads."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 12_000))
    problem = Problem.from_points(
        rng.integers(0, 40, (n, 2)),
        rng.integers(0, 40, (n_sites, 2)),
        weights=rng.integers(0, 9, n),
        radius=float(rng.integers(0, 12)),
        distances=False,
    )
    key = rng.integers(-1, 3, n).astype(np.int32) if keyed else None
    people = People(0, rng.random(n) < 0.9, key, unreached)
    assert fits(problem.reach)
    found, maps = merge_mapped(problem, [people])
    costly = replace(problem.reach, cost=np.zeros(problem.reach.n_pairs), has_cost=True)
    signed, signed_maps = merge_mapped(problem.replace(reach=costly), [people])
    for name in found.__dataclass_fields__:
        assert np.array_equal(getattr(found, name), getattr(signed, name)), name
    assert np.array_equal(maps[0], signed_maps[0])
    assert merged_entries(problem, [people]) == found.start[-1]
    ends = problem.reach.start[1:]
    for threads in (1, 3):
        again = merge_few(
            problem.reach,
            ends,
            people.wanted,
            problem.persons[0],
            key,
            unreached=unreached,
            threads=threads,
        )
        assert np.array_equal(again.head, found.head)
        assert np.array_equal(again.persons, found.persons)
