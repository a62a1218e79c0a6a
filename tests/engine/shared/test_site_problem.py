"""One site's problem is solved exactly: its best set of options by trying every set."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siting.engine.shared.instance import Instance
from siting.engine.shared.rows import Rows
from siting.engine.shared.site_problem import NODE_LIMIT, SiteRules, site_rules, site_values
from siting.engine.shared.threads import ThreadPool
from siting.problem import Problem
from tests.tools.depth import examples
from tests.tools.engine_draws import option_sites, packed
from tests.tools.problems import problems

FAMILIES = {"floor", "sizes", "max_formats", "together", "apart", "opening", "phases", "hub"}


def own_rows(rows: Rows, here: np.ndarray) -> np.ndarray:
    """The local rows of a site with these options."""
    return rows.local & (rows.options[:, here].count_nonzero(axis=1) > 0)


def allowed(instance: Instance, rows: Rows, here: np.ndarray, plan: tuple[int, ...]) -> bool:
    """Whether some options of one site keep its floor, formats, spacings and local rows."""
    o, chosen = instance.options, np.array(plan, int)
    format_ = o.format[chosen]
    if o.area[chosen].sum() > instance.area[o.site[chosen]].max(initial=0):
        return False
    if len(set(format_.tolist())) < len(plan):
        return False
    for spacing in instance.problem.spacings:
        if np.isin(format_, spacing.formats).sum() > 1:
            return False
    x = np.zeros(instance.n_options, np.int64)
    x[chosen] = 1
    return bool((rows.options @ x <= rows.rhs)[own_rows(rows, here)].all())


@examples(150)
@given(problems(among=FAMILIES), st.integers(0, 2**32 - 1))
def test_a_site_is_worth_its_best_set_of_options(problem: Problem, seed: int) -> None:
    """For any profits and opening prices, by enumeration; an empty site is worth nothing, the
    cheapest phase's opening is paid, and the options told are worth what is told. Where a row
    demands something of the site it is worth no less."""
    instance, rows = packed(problem)
    rng = np.random.default_rng(seed)
    profit = rng.integers(-5, 20, instance.n_options).astype(float)
    opening = rng.integers(0, 12, instance.n_sites * problem.n_phases).astype(float)
    rules = site_rules(instance, rows)
    with ThreadPool(1) as pool:
        value, chosen = site_values(profit, opening, rules, pool)
    for s, here in enumerate(option_sites(instance)):
        fee = opening[s * problem.n_phases : (s + 1) * problem.n_phases].min()
        best = 0.0
        for count in range(1, len(here) + 1):
            for plan in combinations(here.tolist(), count):
                if profit[list(plan)].sum() - fee > best and allowed(instance, rows, here, plan):
                    best = profit[list(plan)].sum() - fee
        taken = here[chosen[here] > 0]
        assert np.isclose(profit[taken].sum() - fee * (len(taken) > 0), value[s])
        if (rows.rhs[own_rows(rows, here)] < 0).any():
            assert value[s] >= best
        else:
            assert value[s] == best
            assert not len(taken) or allowed(instance, rows, here, tuple(taken))


def knapsack(profit: np.ndarray, area: np.ndarray, floor: int) -> float:
    """The best value of one floor, by dynamic programming."""
    best = np.zeros(floor + 1)
    for worth, size in zip(profit, area, strict=True):
        best[size:] = np.maximum(best[size:], best[: floor + 1 - size] + worth)
    return float(best[-1])


def test_a_hard_site_is_still_bounded() -> None:
    """Sites of 20 to 28 formats, most alike for their area: never below the optimum, never above
    the linear relaxation; those solved within the node limit are exact, and some are not."""
    rng = np.random.default_rng(3)
    exact = over = 0
    for n in range(20, 29):
        for _ in range(6):
            area = rng.integers(40, 60, n)
            profit = area + rng.uniform(0, 0.5, n)
            floor = int(area.sum() * 0.5)
            none = np.zeros(0, np.int64)
            rules = SiteRules(
                np.array([0, n]),
                area,
                np.array([floor]),
                np.arange(n, dtype=np.int32),
                np.zeros(n, np.int32),
                np.zeros(n, np.uint64),
                np.zeros(n + 1, np.int64),
                none,
                none,
                none,
                np.zeros(n, np.bool_),
                1,
            )
            with ThreadPool(1) as pool:
                value, chosen = site_values(profit, np.zeros(1), rules, pool)
            optimum = knapsack(profit, area, floor)
            order = np.argsort(-profit / area)
            fits = np.cumsum(area[order]) <= floor
            first = order[fits.sum()]
            room = floor - area[order][fits].sum()
            relaxed = profit[order][fits].sum() + profit[first] * room / area[first]
            assert optimum - 1e-9 <= value[0] <= relaxed + 1e-9
            assert area[chosen > 0].sum() <= floor
            exact += bool(np.isclose(value[0], optimum))
            over += bool(np.isclose(value[0], relaxed))
    assert exact
    assert over, f"none of them took {NODE_LIMIT} nodes"
