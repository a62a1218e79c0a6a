"""A hurried search charges all of the bound's price, one with time a little less."""

from __future__ import annotations

import numpy as np
import pytest

from siting.engine.cover.bound import PrimalDual
from siting.engine.cover.search import Search
from siting.engine.params import EngineParams
from siting.engine.shared.stage import Stage
from siting.engine.shared.threads import ThreadPool
from siting.progress import Stop
from tests.tools.engine_draws import packed
from tests.tools.engine_town import town


@pytest.mark.parametrize(
    ("limits", "shared_plan", "share"),
    [
        ({"time_limit": 1e-3}, 1, 0.75),
        ({"time_limit": 1e4}, 1, 0.5),
        ({"time_limit": 1e-3}, 10_000, 0.5),
        ({"work_limit": 1}, 1, 0.75),
        ({"work_limit": 10_000_000, "time_limit": 1e-3}, 1, 0.5),
        ({}, 1, 0.5),
    ],
)
def test_what_is_charged_depends_on_the_proposals_to_come(
    limits: dict[str, float], shared_plan: int, share: float
) -> None:
    """Of a large plan whose limit leaves few proposals an option, ``hurried_share``; of a small
    plan, or with time enough, ``price_share``. A work limit decides alone, so that the clock
    changes no plan that work ends."""
    problem = town()
    instance, rows = packed(problem)
    unit = float(problem.unit)
    weight = np.ascontiguousarray((instance.value * unit).T.astype(np.float32))
    search_params = {"price_share": 0.5, "hurried_share": 0.75, "shared_plan": shared_plan}
    params = EngineParams.of({"search": search_params})
    with ThreadPool(1) as pool:
        dual = PrimalDual(instance, rows, pool, Stage(problem, np.ones(problem.n_targets, bool)))
        duals = dual.run(20)
        stop = Stop(**limits)  # type: ignore[arg-type]
        search = Search(
            instance, rows, weight, pool, stop, 1, lambda value, how: None, [], None, params
        )
        search.greedy()
        search.keep(search.plan, "greedy")
        search.guided(duals, dual.fractional, unit)
    assert duals.theta.any()
    np.testing.assert_allclose(search.theta, share * unit * duals.theta)
