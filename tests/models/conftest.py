"""One warm child a solver for all tests of the formulations."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from siting.solvers.child import WarmSolver


@pytest.fixture(scope="session")
def warm() -> Iterator[Callable[[str], WarmSolver]]:
    """A solver by name, started once."""
    running: dict[str, WarmSolver] = {}

    def get(name: str) -> WarmSolver:
        if name not in running:
            running[name] = WarmSolver(name)
        return running[name]

    yield get
    for solver in running.values():
        solver.close()
