"""Children of solvers that outlive a test: the next one that asks for the same solver gets them.

A child takes a third of a second of processor to start and most programs of the tests take less to
be solved. What a child is, how it starts and ends, is tested in ``tests/solvers``, which keeps out
of this.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from siting.solvers.child import WarmSolver

_KEPT = ("_process", "_messages", "_complaints", "_oom_kills")
"""What of a solver is its child's."""


class SolverStock:
    """Idle children by the name of their solver."""

    def __init__(self) -> None:
        self._idle: dict[str, list[dict[str, Any]]] = {}

    @contextmanager
    def open(self) -> Iterator[None]:
        """While it is open, solvers take their children from here and leave them here.

        A child is left only by a solver that is idle: one that was killed, failed or was stopped
        ends as ever. Solvers with a limit of memory have children of their own, which they weigh.
        """
        start, close, solve = WarmSolver.start, WarmSolver.close, WarmSolver.solve

        def take(solver: WarmSolver) -> None:
            idle = self._idle.get(solver.name, [])
            if solver._process is None and solver.memory_gb is None:
                while idle and solver._process is None:
                    child = idle.pop()
                    if child["_process"].poll() is None:
                        vars(solver).update(child)
            start(solver)

        def leave(solver: WarmSolver) -> None:
            process = solver._process
            free = solver.memory_gb is None and not getattr(solver, "at_work", False)
            if free and process is not None and process.poll() is None:
                child = {name: getattr(solver, name) for name in _KEPT}
                self._idle.setdefault(solver.name, []).append(child)
                solver._process = solver._complaints = None
            close(solver)

        def work(solver: WarmSolver, *given: Any, **named: Any) -> Any:
            vars(solver)["at_work"] = True  # for good where it raises or is killed
            outcome = solve(solver, *given, **named)
            vars(solver)["at_work"] = False
            return outcome

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(WarmSolver, "start", take)
            patch.setattr(WarmSolver, "close", leave)
            patch.setattr(WarmSolver, "solve", work)
            yield

    def close(self) -> None:
        """End them all."""
        for name, idle in self._idle.items():
            for child in idle:
                solver = WarmSolver(name)
                vars(solver).update(child)
                solver.close()
        self._idle.clear()
