"""Sums over discs: what runs say is what the pairs themselves say."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.shared.disc_sums import common_sum, disc_sum
from siting.engine.shared.instance import Instance
from siting.engine.shared.point_runs import SHIFT
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.engine_draws import packed
from tests.tools.engine_town import town
from tests.tools.problems import problems


def inside(instance: Instance) -> np.ndarray:
    """Points of each disc by its runs, as 0/1; shape (n_sites * n_classes, n_points)."""
    start, begin, end = instance.runs
    found = np.zeros((len(start) - 1, instance.n_points), np.int64)
    for row in range(len(found)):
        for at in range(start[row], start[row + 1]):
            shift = begin[at] >> SHIFT
            found[row, begin[at] - shift : end[at] - shift] += 1
    return found


def check(instance: Instance, seed: int, most: int) -> None:
    """Every disc, and every two discs of so many, against plain sums."""
    discs = inside(instance)
    assert discs.max(initial=0) <= 1, "runs of a disc overlap"
    people = np.random.default_rng(seed).integers(0, 50, instance.n_points).astype(np.float32)
    for row, disc in enumerate(discs[:most]):
        assert disc_sum(*instance.runs, row, people) == disc @ people
        for other, second in enumerate(discs[:most]):
            assert common_sum(*instance.runs, row, other, people) == (disc & second) @ people


@examples(15)
@given(problems(among={"sizes", "weights", "phases", "existing"}), st.integers(0, 2**32 - 1))
def test_sums_over_discs_and_what_two_share(problem: Problem, seed: int) -> None:
    """For any people of whole numbers, exactly; a disc shares all of itself with itself."""
    check(packed(problem)[0], seed, 40)


def test_a_town_of_many_runs() -> None:
    """Discs of dozens of runs, of one point and of many."""
    instance, _ = packed(town(n_points=3000))
    lengths = instance.runs.end - instance.runs.begin
    assert {1, 2} < set(lengths.tolist())
    check(instance, 5, 12)
