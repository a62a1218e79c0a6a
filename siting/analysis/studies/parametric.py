"""The best plan of each of several limits, found together for far less than one by one.

Where the city engine knows the problem it goes over all limits in one sweep
(:mod:`siting.solving.parametric`), which hands multipliers, plans and bounds from limit to limit.
Elsewhere an outside solver has the points, several side by side: it uses little more than one core
itself. The largest limit is first: it is the easiest, its proof bounds all the others too
(:mod:`siting.analysis.studies.bounds`), and its plan without the outlets that gain least for their
money begins the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from siting.analysis.studies.bounds import Ceilings
from siting.analysis.studies.explain import lost_if_dropped
from siting.analysis.study import Study, beats
from siting.models.traits import traits_of
from siting.notice import Notice
from siting.problem import Key, Place, Problem
from siting.problem.vehicles import opened, option_kinds, shares_of_vehicles, without_idle
from siting.result import Result, relative_gap
from siting.solving.arguments import threads_of
from siting.solving.auto import choose, links
from siting.solving.parametric import can_solve_limits
from siting.verification.evaluation import evaluate
from siting.verification.rulebook import cost as money

Ints = NDArray[np.int64]
Axis = Literal["budget", "outlets"]
RULE: dict[Axis, Key] = {"budget": Key.TOTAL_BUDGET, "outlets": Key.P}
QUICK = 10_000
"""Pairs (option, point) up to which an outside solver needs no help of the engine."""
SWEEP_SHARE = 0.5
"""Of the time, for the engine's sweep where an outside solver may close what it leaves open."""
TRIM_ROUNDS = 12


def free_plans(
    asked: Sequence[Problem],
    limits: Sequence[int],
    axis: Axis,
    study: Study,
    ceilings: Ceilings,
    later: int,
) -> tuple[list[Result], list[float]]:
    """The best plan of each limit.

    Where the city engine knows the problem it goes over all limits in one sweep, and only points
    that it leaves open are solved one by one: from the largest on, each begun from its own plan.
    Elsewhere, where an outside solver does not close a point in its share of the time, the city
    engine has a turn - its proofs bound every other point too - and the solver what time is left.
    A solver begins its tree anew each time, so the first turn has most of the time.

    Args:
        later: solves that come after these, to be left their share of the time.
    """
    n = len(limits)
    methods = {choose(each, each.objective, study.method) for each in asked}
    both = study.method == "auto" and "city" not in methods and links(asked[0]) > QUICK
    turns: tuple[str | None, ...] = (None,)
    free: list[Result | None] = [None] * n
    seconds = [0.0] * n
    if ("city" in methods or both) and can_solve_limits(asked[0]):
        share = n / (n + later) * (SWEEP_SHARE if both else 1.0)
        free = study.solve_limits(asked, share=share, patient=not both)
        both = False
        for k, result in enumerate(free):
            if result is not None:
                seconds[k] = result.timings["limit"]
                ceilings.learn(asked[k], result, RULE[axis], limits[k])
    elif both and traits_of(asked[0].objective.model).engine == "cover":
        turns = (None, "city", None)
    side = 1 if "city" in methods else threads_of(study.threads)
    for turn, method in enumerate(turns):
        done: set[int] = set()
        reserved = n // 3 if both and not turn else 0
        while wave := _next_open(asked, limits, free, done, ceilings, study, side):
            if study.interrupted and _thinned(asked, limits, free, axis, study):
                break
            rest = 1 + (n - len(done) - len(wave) + reserved + later) // side
            begun = study.clock.seconds
            jobs = [
                (
                    asked[k],
                    _begin(asked, limits, free, axis, k),
                    _news(axis, limits[k]),
                )
                for k in wave
            ]
            alone = None if side == 1 else 1
            settings: dict[str, Any] = {"rest": rest, "method": method, "threads": alone}
            with ThreadPoolExecutor(side) as pool:
                running = [
                    pool.submit(partial(study.solve, problem, start, note=note, **settings))
                    for problem, start, note in jobs
                ]
                found = [job.result() for job in running]
            for k, result in zip(wave, found, strict=True):
                ceilings.learn(asked[k], result, RULE[axis], limits[k])
                free[k] = no_worse(result, free[k])
                seconds[k] += (study.clock.seconds - begun) / len(wave)
            done.update(wave)
        for k in range(1, n):
            larger_plan, before = free[k], free[k - 1]
            assert larger_plan is not None
            # Within the gap asked for a little more of an earlier tier is no reason to give up a
            # plan: the later tiers would have to be won anew.
            if not closed(ceilings, asked[k], larger_plan, limits[k], study.gap):
                free[k] = no_worse(larger_plan, before)
    return [result for result in free if result is not None], seconds


def _thinned(
    asked: Sequence[Problem],
    limits: Sequence[int],
    free: list[Result | None],
    axis: Axis,
    study: Study,
) -> bool:
    """Whether every limit that has no result could be given the next larger one's plan, thinned
    out: a planner who has asked to end does not wait for more solves."""
    for k in reversed(range(len(limits))):
        if free[k] is None:
            begin = _begin(asked, limits, free, axis, k)
            if begin is None:
                return False
            free[k] = study.keep(asked[k], np.asarray(begin))
    return True


def _begin(
    asked: Sequence[Problem],
    limits: Sequence[int],
    free: Sequence[Result | None],
    axis: Axis,
    k: int,
) -> Result | Ints | None:
    """A point's own plan, or the next larger one's as far as its limit allows."""
    own = free[k]
    if own is not None:
        return own
    larger = next((r.options for r in free[k + 1 :] if r and r.plan), None)
    return None if larger is None else trimmed(asked[k], larger, axis, limits[k])


def trimmed(problem: Problem, options: Ints, axis: Axis, limit: int) -> Ints | None:
    """A plan without the outlets that gain least for their money, so that it keeps a limit.

    None where the rest breaks some other rule.
    """
    o = problem.options
    kept = options
    for _ in range(TRIM_ROUNDS):
        over = _used(problem, kept, axis) - limit
        if over <= 0:
            break
        kind = option_kinds(problem)[kept]
        price = np.where(kind == "", 1.0, 0.0)
        if axis == "budget":
            price = o.cost[kept] + shares_of_vehicles(problem, kept)
        worth = lost_if_dropped(problem, kept) / np.maximum(price, 1)
        worth[kind == Place.VEHICLE] = np.inf  # goes with its stops
        order = np.argsort(worth, kind="stable")
        # Losses grow as neighbours go: a part at a time, then anew.
        many = max(1, int(np.searchsorted(np.cumsum(price[order]), over)) // 2 + 1)
        kept = without_idle(problem, np.sort(kept[order[many:]]))
    while len(kept) and _used(problem, kept, axis) > limit:
        kept = np.delete(kept, np.argmax(o.cost[kept]))
    return kept if evaluate(problem, kept).feasible else None


def _used(problem: Problem, options: Ints, axis: Axis) -> int:
    if axis == "budget":
        return money(problem, options)[0]
    return opened(problem, options)["outlets"]


def _next_open(
    asked: Sequence[Problem],
    limits: Sequence[int],
    free: Sequence[Result | None],
    done: set[int],
    ceilings: Ceilings,
    study: Study,
    many: int,
) -> list[int]:
    """The largest limits that are still open, once the time is up those without a result only; the
    first plan of all is waited for, as it begins the others."""
    if all(result is None for result in free):
        many = 1
    wave: list[int] = []
    for k in reversed(range(len(limits))):
        result = free[k]
        proven = result and closed(ceilings, asked[k], result, limits[k], study.gap)
        if k not in done and not proven and (result is None or not study.over):
            wave.append(k)
        if len(wave) == many:
            break
    return wave


def closed(ceilings: Ceilings, problem: Problem, result: Result, limit: int, target: float) -> bool:
    """Whether a plan is proven to be as good as was asked, or that there is none."""
    gap = relative_gap(result.objective, ceilings.bound(problem, result, limit))
    return result.status in ("optimal", "infeasible") or (gap is not None and gap <= target)


def no_worse(result: Result, before: Result | None) -> Result:
    """The result, or with its own bound the plan for a smaller limit where that gains more."""
    if before is None or before.objective is None or not beats(before, result):
        return result
    tiers = {
        tier: {**figures, "bound": result.tiers.get(tier, figures)["bound"]}
        for tier, figures in before.tiers.items()
    }
    return replace(
        before,
        bound=result.bound,
        bound_proof=result.bound_proof,
        tiers=tiers,
        certificates=result.certificates,
        status="feasible",
        limit=result.limit,
    )


def _news(axis: str, limit: int) -> Notice:
    """Which point is being solved."""
    return Notice("progress.budget" if axis == "budget" else "progress.outlets", n=limit)
