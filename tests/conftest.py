"""How much hypothesis tries: ``ci`` draws the same every time, ``deep`` anew, ten times as much.

``SITING_HYPOTHESIS=deep python -m pytest tests/engine`` (or ``--hypothesis-profile deep``) looks
for what the fixed draws of every day do not meet.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from hypothesis import HealthCheck, settings

from siting.solvers.child import WarmSolver
from tests.tools.solver_stock import SolverStock

settings.register_profile(
    "ci",
    derandomize=True,  # a red run is red again on the next machine
    database=None,
    deadline=None,  # the first example of many a test waits for numba
    # Problems are drawn whole, and how long that takes is the machine's affair, not a fault.
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
    ],
)
settings.register_profile(
    "deep",
    parent=settings.get_profile("ci"),
    derandomize=False,
    database=settings.get_profile("default").database,  # what failed is tried first again
    max_examples=10 * settings.get_profile("ci").max_examples,
    print_blob=True,
)
settings.load_profile(os.environ.get("SITING_HYPOTHESIS", "ci"))
os.environ.setdefault("SITING_CACHE", "off")  # no test is answered by what another run has walked


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that runs the suite in the background ignores Ctrl-C for it and all its children;
    # what tests of interrupts send would never arrive.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def solver_stock() -> Iterator[SolverStock]:
    """Children of solvers, for all tests of this process."""
    with closing(SolverStock()) as stock:
        yield stock


@pytest.fixture(autouse=True)
def children_are_left_to_the_next(
    request: pytest.FixtureRequest, solver_stock: SolverStock
) -> Iterator[None]:
    """Starting a solver's child is tested where solvers are; elsewhere it is waste."""
    own = request.node.get_closest_marker("own_children") is not None
    if own or "tests/solvers" in request.node.path.as_posix():
        yield
        return
    with solver_stock.open():
        yield


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
