"""Tiles' jobs done in this process, for laws over many small towns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siting.engine.params import EngineParams
from siting.problem import Problem
from siting.problem.solution import Solution
from siting.progress import Stop
from siting.tiles.jobs import load
from siting.tiles.method import Run
from siting.tiles.tiling import Tiling
from siting.tiles.workers import Hands, TileJob

SECONDS = 0.1
"""Of each job."""
PARAMS = EngineParams.of({"bound": {"iterations": 60}, "search": {"epochs": 1}})


class HandsHere(Hands):
    """Each job one after the other, with a work limit in place of the clock."""

    def __init__(self, stop: Stop):
        super().__init__(None, stop)  # type: ignore[arg-type]

    def do(self, jobs: Sequence[TileJob]) -> list[Any]:
        """As :meth:`Hands.do`."""
        return [load(job.path).run(Stop(time_limit=SECONDS)) for job in jobs]


def solved_here(problem: Problem, n_tiles: int, start: NDArray[np.int64] | None = None) -> Solution:
    """What ``solve_tiles`` returns, without a process."""
    stop = Stop(time_limit=60.0)
    run = Run(problem, stop, Tiling(n_tiles), 0, 2, lambda news: None, PARAMS)
    with TemporaryDirectory() as folder:
        return run.solve(Path(folder), HandsHere(stop), start)
