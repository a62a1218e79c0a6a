"""One city in tiles, end to end: cut, bound, prove, plan, stitch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import pi
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from siting.engine.cover.search import Cooling
from siting.engine.params import EngineParams
from siting.engine.shared.run import refused, timed
from siting.engine.shared.stage import settled, step_of
from siting.executors.executor import Executor
from siting.executors.local import Local
from siting.notice import Notice
from siting.problem import Objective, Problem
from siting.problem.solution import Certificate, Solution
from siting.progress import Linked, Listener, Progress, Stop, relative_gap
from siting.system.scratch import scratch
from siting.tiles.bounding import Bounding, proven
from siting.tiles.partition import Partition, cut
from siting.tiles.planning import Part, Plan
from siting.tiles.seams import mended
from siting.tiles.tiling import Tiling, check_tiles
from siting.tiles.workers import Hands, TileJob, Workers, as_told, on_worker
from siting.verification.evaluation import evaluate

Ints = NDArray[np.int64]

BOUND_SHARE = 0.4
"""Of the time; the plan has the rest."""
MEND_SHARE = 0.4
"""Of the bound's, for the seams."""
TURNS = (0.0, pi / 4, pi / 8, 3 * pi / 8)
"""Of the cuts, whose seams run elsewhere each time. Each has its part of one descent: a descent of
its own on every cut would be as many short ones, of which only the last counts."""
WINDOWS = 0.12
"""Share of the plan's time for exact neighbourhoods, once it is cold."""
LEAST_SECONDS, LEAST_TIMES = 4.0, 4.0
"""Of a tile's part of the descent, in seconds and in times of what a tile's plan takes without any:
in a shorter one its beginning takes all; then there are fewer cuts."""
UNTIMED_SECONDS = 600.0
"""Without a time limit, for the whole."""
END_SECONDS = 0.03
"""Share of the time that is left for the last sums."""


def solve_tiles(
    problem: Problem,
    objective: Objective,
    stop: Stop,
    tiling: Tiling,
    seed: int = 0,
    threads: int = 1,
    start: Ints | None = None,
    listener: Listener | None = None,
    params: EngineParams | None = None,
) -> Solution:
    """A plan and a bound that is recomputed tile by tile, no process of it larger than a tile.

    Args:
        threads: processes of this machine that work at once, each with one thread.
        start: a plan that keeps every rule; None = none.

    Raises:
        ArgumentError: a problem that cannot be solved in tiles.
        SolverError: a tile's process died again and again.
    """
    check_tiles(problem, objective)
    tell = listener or (lambda news: None)
    stop = replace(stop, interrupt=Linked(stop.interrupt))
    run = Run(problem, stop, tiling, seed, threads, tell, params or EngineParams())
    with _folder(tiling) as folder, _hands(tiling, stop, threads) as hands:
        return run.solve(folder, hands, start)


@contextmanager
def _folder(tiling: Tiling) -> Iterator[Path]:
    above = None if tiling.folder is None else Path(tiling.folder)
    if above is not None:
        above.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="tiles-", dir=above, ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    else:
        with scratch() as place:
            yield place


@contextmanager
def _hands(tiling: Tiling, stop: Stop, threads: int) -> Iterator[Hands]:
    workers = Workers()
    executor: Executor[TileJob]
    if tiling.dask is None:
        executor = Local(workers.run, threads)
    else:
        from siting.executors.dask import Dask

        executor = Dask(tiling.dask, on_worker, as_told, lambda key, news: None, {})
    try:
        with executor:
            yield Hands(executor, stop)
    finally:
        workers.close()


class Run:
    """One solve in tiles."""

    def __init__(
        self,
        problem: Problem,
        stop: Stop,
        tiling: Tiling,
        seed: int,
        threads: int,
        tell: Listener,
        params: EngineParams,
    ):
        self.problem, self.stop, self.tiling = problem, stop, tiling
        self.seed, self.threads, self.params = seed, threads, params
        self._tell = tell
        self.bound: float | None = None
        self.timings: dict[str, float] = {}

    def tell(
        self, stage: str, note: str = "", plan: Ints | None = None, value: float | None = None
    ) -> None:
        """One line of news.

        Args:
            plan: the best so far, with its value.
        """
        gap = relative_gap(value, self.bound)
        take = None if plan is None else lambda: plan
        self._tell(Progress(self.stop.seconds, stage, value, self.bound, gap, note, None, take))

    def solve(self, folder: Path, hands: Hands, start: Ints | None) -> Solution:
        """Cut, bound, plan."""
        stop, problem = self.stop, self.problem
        hands.memory_limit = stop.memory_limit
        end = (stop.time_limit or UNTIMED_SECONDS) * (1 - END_SECONDS)
        with timed(stop, self.timings, "reduce"):
            partition = cut(problem, self.tiling.n)
            bounding = Bounding(partition, folder, self.params)
        n = partition.n_tiles
        too_large = refused(bounding.needed, stop)
        if too_large is not None:
            more = Notice("run.more_tiles", n=n)
            return replace(too_large, notes=(*too_large.notes, more))
        self.tell("reduce", Notice("progress.tiles", n=n))
        with timed(stop, self.timings, "bound"):
            until = end * BOUND_SHARE
            first = stop.seconds + max(0.0, until - stop.seconds) * (1 - MEND_SHARE)
            found = bounding.run(
                hands, first, self.threads, lambda round_: self.tell("bound", round_)
            )
            certificate: Certificate | None = None
            if found is not None:
                certificate, units = proven(problem, bounding.certificate(found))
                if n > 1 and not stop.interrupt.is_set():
                    other = cut(problem, n, TURNS[1])
                    after = mended(other, found, hands, until, self.threads, folder, self.params)
                    told, less = proven(problem, bounding.certificate(after))
                    if less < units:
                        found, certificate, units = after, told, less
                self.bound = units * float(problem.unit)
        stitched: Ints | None = None
        if found is not None:
            self.tell("bound")
            plan = Plan(problem, found, folder, self.params)
            if start is not None:
                plan.begin_with(start)
                self.tell("search", "start", plan.chosen, plan.value())
            with timed(stop, self.timings, "search"):
                stitched = self._plan(plan, partition, hands, end)
        options, objective = self._kept(stitched, start)
        return Solution(
            "no_solution" if options is None else "feasible",
            options,
            objective=objective,
            bound=self.bound,
            bound_proof=None if certificate is None else "certificate",
            limit=stop.reached,
            certificates=() if certificate is None else (certificate,),
            notes=(Notice("run.tiles", n=n, workers=self.threads),),
            timings=self.timings,
            statistics={
                "tiles": n,
                "iterations": 0 if found is None else found.iterations,
                "largest_worker_bytes": hands.peak_bytes,
                "deaths": hands.deaths,
            },
        )

    def _kept(self, stitched: Ints | None, start: Ints | None) -> tuple[Ints | None, float | None]:
        """The best of the stitched plan, the plan to begin with and no outlet at all that keeps
        every rule, and what it wins; None where none does."""
        best: tuple[Ints | None, float | None] = (None, None)
        for options in (stitched, start, np.zeros(0, np.int64)):
            if options is None:
                continue
            judged = evaluate(self.problem, options)
            if judged.feasible and (best[1] is None or judged.objective > best[1]):
                best = options, judged.objective
        return best

    def _plan(self, plan: Plan, first: Partition, hands: Hands, end: float) -> Ints | None:
        """One descent of the whole city, a part of it at each of the cuts; the best plan.

        What a pass leaves is as warm as the descent is by then; the plan that was first, or what
        the run began with, stands until the end is better.
        """
        n_batches, begun = len(first.batches(self.threads)), self.stop.seconds
        if not plan.whole.all():
            self._pass(plan, first, hands, self.stop.seconds, 0, None)
        if not plan.whole.all():
            return None
        best, value = plan.chosen, plan.value()
        self.tell("search", "greedy", best, value)
        least = max(LEAST_SECONDS, LEAST_TIMES * (self.stop.seconds - begun) / n_batches)
        begun = self.stop.seconds
        n = int(np.clip((end - begun) / n_batches / least, 1, len(TURNS)))
        part, hot = (1.0 - WINDOWS) / n, 0.0
        for number, turn in enumerate(TURNS[:n], start=1):
            late = self.stop.seconds + 1.0 > end
            if late or self.stop.interrupt.is_set() or self._near(value):
                break
            partition = first if turn == 0.0 else cut(self.problem, first.n_tiles, turn)
            last = number == n
            until = end if last else begun + (end - begun) * part * number
            windows = WINDOWS / (WINDOWS + part) if last else 0.0
            cooling = Cooling((number - 1) / n, number / n, hot, windows)
            hots = self._pass(plan, partition, hands, until, number, cooling)
            hot = hot or (float(np.median(hots)) if hots else 0.0)
            if plan.value() >= value:
                best, value = plan.chosen, plan.value()
            self.tell("search", f"{number}/{n}", best, value)
        return best

    def _near(self, value: float) -> bool:
        """Whether a plan is as near to the bound as was asked."""
        problem, unit = self.problem, float(self.problem.unit)
        if self.bound is None:
            return False
        step = step_of(problem, np.ones(problem.n_targets, np.bool_))
        plan, bound = round(value / unit), round(self.bound / unit)
        return settled(plan, bound, bound, step, self.stop.gap)

    def _pass(
        self,
        plan: Plan,
        partition: Partition,
        hands: Hands,
        until: float,
        number: int,
        cooling: Cooling | None,
    ) -> list[float]:
        """Every tile of a cut once; the temperatures at which their descents began."""
        parts = [Part.of(partition, tile) for tile in range(partition.n_tiles)]
        batches = partition.batches(self.threads)
        hots: list[float] = []
        for k, batch in enumerate(batches):
            each = max(0.0, (until - self.stop.seconds) / (len(batches) - k))
            hots += self._batch(plan, parts, batch, hands, each, number, cooling)
        return hots

    def _batch(
        self,
        plan: Plan,
        parts: list[Part],
        batch: list[int],
        hands: Hands,
        seconds: float,
        number: int,
        cooling: Cooling | None,
    ) -> list[float]:
        threads = max(1, self.threads // len(batch)) if self.tiling.dask is None else 1
        jobs = [
            plan.job(
                parts[tile],
                seconds,
                threads,
                self.seed + 1000 * number + tile,
                len(batch),
                f"plan-{number}-{tile}",
                cooling,
            )
            for tile in batch
        ]
        hots = []
        for tile, planned in zip(batch, hands.do(jobs), strict=True):
            plan.take(parts[tile], planned)
            if planned is not None and planned.hot is not None:
                hots.append(planned.hot)
        for job in jobs:
            for ending in (".piece", ".plan", ".answer"):
                job.path.with_suffix(ending).unlink(missing_ok=True)
        return hots
