"""method="greedy": the lazy greedy alone, for a first answer and as the benchmarks' yardstick."""

from __future__ import annotations

from functools import partial

import numpy as np

from siting.engine.cover.coverage_rows import Coverage
from siting.engine.cover.search import Search
from siting.engine.shared.arrays import Ints
from siting.engine.shared.instance import pack
from siting.engine.shared.rows import gather_rows
from siting.engine.shared.stage import Stage, min_coverage_rows
from siting.engine.shared.threads import ThreadPool
from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.solution import Solution
from siting.progress import Listener, Progress, Stop


def solve_greedy(
    problem: Problem,
    objective: Objective,
    stop: Stop,
    seed: int = 0,
    threads: int = 1,
    start: Ints | None = None,
    listener: Listener | None = None,
) -> Solution:
    """Add the outlet that wins most people for its money, again and again. Proves nothing.

    Tiers are honoured by filling up the basic formats first.
    """
    tell = listener or (lambda news: None)
    tiers: tuple[str | None, ...] = ("basic", "quality") if objective.order == "tiers" else (None,)
    options, reached = start, False
    rows_kept = min_coverage_rows(problem)
    with ThreadPool(threads) as pool:
        for tier in tiers:
            counted = np.array([tier is None or t.tier == tier for t in problem.targets], np.bool_)
            stage = Stage(problem, counted, tier, cover_rows=rows_kept)
            if not stage.value.any() and options is not None:
                continue
            # Everything chosen so far stays, also where this tier has nothing to win from it.
            everything = np.where(counted[np.newaxis, :], problem.value, 0)
            instance = pack(
                problem, everything, pool, needed=problem.value > 0, keep_apart=stage.keep_apart
            )
            rows = gather_rows(instance)
            if rows.impossible:
                notes = tuple(Notice("run.cannot_meet", rule=name) for name in rows.impossible)
                return Solution("infeasible", None, notes=notes)
            coverage = Coverage(instance, stage) if rows_kept else None
            weight = (instance.value * float(problem.unit)).T.astype(np.float32)
            search = Search(
                instance,
                rows,
                np.ascontiguousarray(weight),
                pool,
                stop,
                seed,
                lambda value, how: None,
                [],
                coverage,
            )
            position = np.full(problem.n_options, -1, np.int64)
            position[instance.option] = np.arange(instance.n_options)
            kept = np.zeros(0, np.int64) if options is None else position[options]
            if reached:  # coverage that an earlier tier's plan meets, more outlets meet too
                search.add_to(kept[kept >= 0])
            else:
                search.start_from(kept[kept >= 0])
                search.meet_coverage()
            if search.best is None:
                return Solution("no_solution", None, limit=stop.reached)
            options, reached = np.sort(instance.option[search.best]), True
            plan = partial(np.copy, options)
            value = search.best_value
            tell(Progress(stop.seconds, "construct", value, tier=tier, plan=plan))
    return Solution("feasible", options, limit=stop.reached)
