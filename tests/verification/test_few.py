"""Where there is little to add up the judge does so by whole arrays, else by compiled kernels."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.problem import Problem, prefixes, reach
from siting.verification import gains, people, residual
from siting.verification.evaluation import evaluate
from tests.tools.certificates import random_certificate
from tests.tools.depth import examples
from tests.tools.problems import problems

SEEDS = st.integers(0, 2**32 - 1)


@given(problems(), SEEDS)
@examples(20)
def test_whole_arrays_add_up_to_what_kernels_do(problem: Problem, seed: int) -> None:
    """People within reach, the nearest outlet, prefixes and multipliers: the same numbers."""
    rng = np.random.default_rng(seed)
    spec = problem.objective
    certificate = random_certificate(problem, rng)
    owed = residual.People.of(problem, certificate, spec)
    n, limit = problem.n_points, problem.targets[0].limit
    places = rng.integers(0, problem.n_sites, 5)
    mask = rng.random(n) < 0.3
    options = rng.permutation(problem.n_options)[:3]
    found = []
    for plain in (True, False):
        with (
            patch.object(people, "FEW", people.FEW if plain else -1),
            patch.object(reach, "FEW", reach.FEW if plain else -1),
            patch.object(prefixes, "FEW", prefixes.FEW if plain else -1),
        ):
            ends = problem.reach.prefix_end(limit)
            start, point = problem.reach.start, problem.reach.point
            cost, who, times = people.nearest(problem.reach, places, limit, n)
            found.append(
                [
                    ends,
                    prefixes.any_in_prefix(start, ends, point, mask),
                    prefixes.count_in_prefix(start, ends, point, mask),
                    people.count_within(problem.reach, places, limit, n),
                    np.where(who >= 0, cost, 0),
                    who,
                    times,
                    np.array([str(evaluate(problem, options, spec).objective)]),
                ]
            )
    for mine, other in zip(*found, strict=True):
        assert mine.dtype == other.dtype and np.array_equal(mine, other)
    left, pi = owed.residual(certificate)
    again = np.zeros_like(pi)
    order = gains.by_limit(problem)
    district = np.full(n, -1, np.int64)
    if problem.point_district is not None:
        district[:] = np.maximum(problem.point_district, -1)
    high, low = residual._residual(
        0,
        n,
        problem.persons,
        np.array(order, np.int64),
        np.array([problem.targets[t].group for t in order], np.int64),
        np.array([problem.targets[t].phase for t in order], np.int64),
        problem.n_phases,
        district,
        owed.rate,
        owed.circle,
        owed.free,
        certificate.u,
        again,
    )
    assert (int(high) << 31) + int(low) == left
    assert np.array_equal(pi, again)
    limits = np.array([problem.targets[t].limit for t in order])
    for shift in (0, 3):
        collected = np.zeros((problem.n_sites, problem.n_targets), np.int64)
        r = problem.reach
        gains._collect(0, r.n_places, r.start, r.point, r.cost, limits, pi, shift, collected)
        assert np.array_equal(gains.collect(problem, r, pi, shift), collected)


@given(st.lists(st.integers(-(2**62), 2**62), max_size=9), st.integers(1, 4))
@examples(30)
def test_sums_are_exact_whatever_their_size(values: list[int], block: int) -> None:
    """No sum wraps around, in blocks of any length, of all numbers or of some."""
    array = np.array(values, np.int64)
    where = array % 3 == 0
    with patch.object(people, "BLOCK", block):
        assert people.exact_sum(array) == sum(values)
        assert people.exact_sum(array, where) == sum(int(v) for v in array[where])
