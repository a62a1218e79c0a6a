"""Minimum coverages within capacity: what is asked, what nobody could serve, and plans that do."""

from __future__ import annotations

from math import ceil

import numpy as np
from hypothesis import given

from siting.engine.capacity.minima import Minima, served_rows
from siting.engine.capacity.supply import Supply, supply_of
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.threads import ThreadPool
from siting.problem import UNLIMITED, Problem
from siting.progress import Stop
from siting.verification.evaluation import evaluate
from tests.tools.brute import brute_best
from tests.tools.depth import examples
from tests.tools.problems import build, problems

DRAWN = problems({"capacity", "min_coverage", "budget", "existing", "sizes"})


def reached(supply: Supply) -> np.ndarray:
    """Whom some option of the instance or some limited outlet reaches, (n_points, n_targets)."""
    problem = supply.instance.problem
    out = np.zeros((problem.n_points, problem.n_targets), np.bool_)
    o = problem.options
    for t, target in enumerate(problem.targets):
        for k in supply.instance.option:
            if problem.serves[problem.kind[k], t]:
                near = problem.reach.row_cost(int(o.site[k])) <= target.limit
                out[problem.reach.row(int(o.site[k]))[near], t] = True
        for e in np.flatnonzero(problem.outlets.capacity < UNLIMITED).tolist():
            if problem.outlets.format[e] in target.served_by:
                near = problem.outlets.reach.row_cost(e) <= target.limit
                out[problem.outlets.reach.row(e)[near], t] = True
    return out


@examples(60)
@given(DRAWN)
def test_a_row_holds_the_people_whom_somebody_could_serve(problem: Problem) -> None:
    """Of its targets and district, without those served without limit today, at least; it needs
    the share of everybody, less those."""
    with ThreadPool(1) as pool:
        supply = supply_of(problem, pool)
    here = reached(supply)
    found = [
        (row.name, row.need, int(supply.persons[row.demands].sum())) for row in served_rows(supply)
    ]
    wanted = []
    for rule in problem.min_coverage:
        for place in rule.places:
            inside = problem.inside(place)
            people = free = able = 0
            for t in rule.targets:
                persons = problem.persons[problem.targets[t].group]
                people += int(persons[inside].sum())
                free += int(persons[inside & supply.free[:, t]].sum())
                able += int(persons[inside & ~supply.free[:, t] & here[:, t]].sum())
            need = ceil(rule.share * people) - free
            if need > 0:
                wanted.append((rule.name, need, able, people - free))
    assert [each[:2] for each in found] == [each[:2] for each in wanted]
    for (*_, people), (*_, least, most) in zip(found, wanted, strict=True):
        assert least <= people <= most


@examples(30)
@given(DRAWN)
def test_a_plan_that_meets_them_is_one(problem: Problem) -> None:
    """What is found keeps every rule and every minimum, as verify judges; rows that nobody could
    fill are told, and then there is no plan."""
    with ThreadPool(1) as pool:
        supply = supply_of(problem, pool)
        minima = Minima(
            supply, gather_rows(supply.instance), served_rows(supply), pool, Stop(work_limit=300), 1
        )
        hopeless = minima.unreachable()
        met = None if hopeless or not minima.served else minima.meet(None, np.inf)
    if hopeless:
        assert brute_best(problem).options is None
    if met is not None:
        judged = evaluate(problem, supply.instance.option[met], problem.objective)
        assert judged.feasible, judged.violations


def test_what_the_minima_do_not_need_is_closed() -> None:
    """Of a plan that meets them no single outlet could be left out."""
    closed = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        problem = build(
            frozenset({"capacity", "min_coverage", "sizes"}), 5, 9, 2, 10, np.uint16, rng
        )
        with ThreadPool(1) as pool:
            supply = supply_of(problem, pool)
            minima = Minima(
                supply,
                gather_rows(supply.instance),
                served_rows(supply),
                pool,
                Stop(work_limit=300),
                1,
            )
            if not minima.served or minima.unreachable():
                continue
            met = minima.meet(None, np.inf)
        if met is None:
            continue
        options = supply.instance.option[met]
        for k in range(len(options)):
            closed += 1
            assert not evaluate(problem, np.delete(options, k), problem.objective).feasible
    assert closed > 5
