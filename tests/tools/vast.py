"""Small problems whose people and money are near what floats and 64 bits hold.

A scenario is refused where its people (thousandths, weighted) or its money add up to 2**61 or more;
whatever is below that is a problem like any other.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siting.problem import MICRO, UNLIMITED, Problem
from siting.problem import rules as rows
from tests.tools.problems import build

EDGES = (0, 1, 2, 999, 1000, 2**24 + 1, 2**31 - 1, 2**31 + 1, 2**52 + 1, 2**53 - 1, 2**53 + 1)
"""Where a number begins to need another kind of number."""
MOST = 2**56
MOST_SERVED = 2**36
"""Thousandths of persons where capacities count: the truth's own sums hold no more."""
FAMILIES = ("floor", "sizes", "existing", "weights", "tiers", "counts", "forbid", "require")


def numbers(rng: np.random.Generator, shape: tuple[int, ...], most: int = MOST) -> np.ndarray:
    """Edges, numbers beside powers of two, and any of any length; 0 to ``most``."""
    edge = rng.choice(np.array([n for n in EDGES if n <= most], np.int64), shape)
    length = rng.integers(0, most.bit_length() - 1, shape)
    beside = np.maximum(0, (np.int64(1) << length) + rng.integers(-1, 2, shape))
    anything = rng.integers(0, most, shape) >> rng.integers(0, most.bit_length(), shape)
    return np.choose(rng.integers(0, 3, shape), [edge, beside, anything]).astype(np.int64)


def vast(rng: np.random.Generator, *, capacity: bool = False) -> Problem:
    """At most 10 options, a budget now and then, weights up to twice and down to half."""
    on = frozenset(rng.choice(FAMILIES, int(rng.integers(0, 4)), replace=False).tolist())
    on |= {"capacity"} if capacity else set()
    n_formats = 2 if "tiers" in on else int(rng.integers(1, 3))
    sizes = int(rng.integers(1, 5)), int(rng.integers(1, 6))
    dtype = (np.uint16, np.int32, np.float64)[int(rng.integers(3))]
    problem = build(on, *sizes, n_formats, 10, dtype, rng)
    o = problem.options
    problem = problem.replace(
        persons=numbers(rng, problem.persons.shape, MOST_SERVED if capacity else MOST),
        options=replace(
            o,
            cost=numbers(rng, (len(o),)),
            capacity=numbers(rng, (len(o),), MOST_SERVED // 1000) if capacity else o.capacity,
        ),
        opening_cost=numbers(rng, (problem.n_sites,)) * int(rng.random() < 0.4),
    )
    if rng.random() < 0.3:  # weights that share no divisor
        odd = {f: int(rng.choice([MICRO, 2 * MICRO, 1, 999_999])) for f in range(n_formats)}
        problem = problem.replace(
            targets=tuple(
                replace(t, weight_micro=odd[t.format] if t.weight_micro else 0)
                for t in problem.targets
            ),
            persons=problem.persons >> 20,
        )
    assert sum(int(n) for n in problem.value.astype(object).ravel()) < 2**61 <= UNLIMITED
    if rng.random() < 0.7:
        total = int(problem.options.cost.sum()) + int(problem.opening_cost.sum())
        budget = rng.choice([total, total // 2, int(rng.integers(0, max(1, total) + 1))])
        problem = problem.replace(rules=(*problem.rules, rows.total_budget(problem, int(budget))))
    return problem
