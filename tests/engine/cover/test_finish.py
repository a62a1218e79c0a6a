"""The finish fixes only what no better plan has, so what it proves is true."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from siting.engine.cover.bound import PrimalDual
from siting.engine.cover.finish import finish_exactly
from siting.engine.cover.search import Search
from siting.engine.params import FinishParams
from siting.engine.shared.cover_state import fill
from siting.engine.shared.stage import Stage
from siting.engine.shared.threads import ThreadPool
from siting.problem import Objective, Problem
from siting.progress import Stop
from siting.verification.evaluation import evaluate
from tests.tools.brute import brute_best
from tests.tools.depth import examples
from tests.tools.engine_draws import in_process, packed, plans_of
from tests.tools.engine_town import town
from tests.tools.problems import OF_PARTS, problems

FAMILIES = OF_PARTS | {"add_on", "mobile", "stands_in", "phases"}


@examples(25)
@given(
    problems(among=FAMILIES),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 20]),
    st.sampled_from([0.0, 0.5]),
)
def test_what_is_closed_is_the_optimum(
    problem: Problem, seed: int, iterations: int, gap: float
) -> None:
    """From any feasible plan and a good or a bad bound: a plan called closed is the best of all,
    and no bound told is below it, also where the solver may end half way."""
    problem = problem.replace(objective=Objective(order="weighted"))
    instance, rows = packed(problem)
    plans, _ = plans_of(problem, instance)
    assume(len(plans) and instance.n_options)
    unit = float(problem.unit)
    weight = np.ascontiguousarray((instance.value * unit).T.astype(np.float32))
    with ThreadPool(1) as pool:
        stage = Stage(problem, np.ones(problem.n_targets, np.bool_))
        duals = PrimalDual(instance, rows, pool, stage).run(iterations)
        search = Search(
            instance, rows, weight, pool, Stop(), 1, lambda value, how: None, [in_process()]
        )
        fill(search.plan, np.flatnonzero(plans[seed % len(plans)]))
        search.keep(search.plan, "given")
        closed, bound = finish_exactly(
            instance, rows, search, duals, unit, Stop(gap=gap), FinishParams(), small=True
        )
    truth = brute_best(problem)
    assert truth.objective is not None and search.best is not None
    best = float(truth.objective * problem.unit)
    assert closed or gap
    assert bound is not None and bound >= best * (1 - 1e-9)
    judged = evaluate(problem, instance.option[search.best], problem.objective)
    assert judged.feasible
    assert not closed or judged.units == truth.objective


def test_what_is_too_much_for_an_outside_solver_is_left() -> None:
    """Beyond the links it can decide nothing is begun and nothing is claimed."""
    problem = town()
    instance, rows = packed(problem)
    unit = float(problem.unit)
    weight = np.ascontiguousarray((instance.value * unit).T.astype(np.float32))
    with ThreadPool(1) as pool:
        stage = Stage(problem, np.ones(problem.n_targets, np.bool_))
        duals = PrimalDual(instance, rows, pool, stage).run(20)
        search = Search(instance, rows, weight, pool, Stop(), 1, lambda value, how: None, [])
        search.greedy()
        assert search.keep(search.plan, "greedy")
        params = FinishParams(small_links=10)
        answers = [
            finish_exactly(instance, rows, search, duals, unit, Stop(), params, small=small)
            for small in (True, False)
        ]
    assert answers == [(False, None)] * 2
