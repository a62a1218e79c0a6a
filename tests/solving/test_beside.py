"""Two methods beside each other: the better plan counts, all that either proves, and the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import siting
from siting.errors import SolverError
from siting.kernels import njit
from siting.notice import Notice
from siting.problem.solution import Certificate, Solution
from siting.progress import Listener, Stop
from siting.solving.beside import Beside
from siting.verification.judge import verify
from tests.tools.cities import small_city

Runner = Callable[[Stop, Listener], Solution]
PROOF = Certificate(np.zeros((1, 1), np.uint16), (), 1)


def _plan(worth: int, **more: object) -> Solution:
    return replace(Solution("feasible", np.array([worth])), **more)  # type: ignore[arg-type]


def _gives(solution: Solution) -> Runner:
    return lambda stop, listener: solution


def _until_told(solution: Solution) -> Runner:
    """Ends when it is interrupted."""

    def run(stop: Stop, listener: Listener) -> Solution:
        while not stop():
            time.sleep(0.005)
        return solution

    return run


def _fails(stop: Stop, listener: Listener) -> Solution:
    raise SolverError(Notice("fault.solver_says", name="highs", text="no"))


def _both(solver: Runner, engine: Runner, stop: Stop | None = None) -> Solution:
    stop = stop or Stop(time_limit=0.3)
    names = ("highs", "city")
    return Beside(solver, engine, lambda a, b: a[0] > b[0], stop, lambda news: None, names).solve()


def test_what_the_solver_closes_ends_both() -> None:
    closed = replace(_plan(1), status="optimal")
    stop = Stop(time_limit=60.0)
    assert _both(_gives(closed), _until_told(_plan(5)), stop) is closed
    assert stop.reached is None


@pytest.mark.parametrize(("mine", "theirs"), [(1, 2), (2, 1), (2, 2)])
def test_the_better_plan_counts_and_both_proofs(mine: int, theirs: int) -> None:
    solver = _plan(mine, bound=9.0, bound_proof="solver", held=1)
    engine = _plan(theirs, certificates=(PROOF,), held=2)
    found = _both(_until_told(solver), _until_told(engine))
    assert found.options is not None and found.options[0] == max(mine, theirs)
    assert found.bound == 9.0 and found.certificates == (PROOF,)
    assert found.held == (2 if theirs > mine else 1)
    assert found.limit == "time"


@pytest.mark.parametrize("by", ["clock", "planner"])
def test_who_ended_a_run_is_told_as_it_was(by: str) -> None:
    """Both methods are interrupted when the time is over: to the planner that is the time's end;
    "interrupt" is Ctrl-C and the desk's *stop*."""
    stop = Stop(time_limit=0.2 if by == "clock" else 60.0)
    interrupted = _until_told(_plan(1, limit="interrupt"))
    names = ("highs", "city")
    beside = Beside(interrupted, interrupted, lambda a, b: False, stop, lambda news: None, names)
    if by == "planner":
        stop.interrupt.set()
    assert beside.solve().limit == ("time" if by == "clock" else "interrupt")


def test_a_solver_without_a_plan_leaves_the_engines() -> None:
    found = _both(_until_told(Solution("no_solution", None)), _until_told(_plan(3)))
    assert found.status == "feasible" and found.options is not None and found.options[0] == 3


def test_a_solver_that_fails_is_told_and_takes_no_plan_along() -> None:
    found = _both(_fails, _until_told(_plan(3)))
    assert found.options is not None and getattr(found.notes[-1], "key", "") == "run.failed"
    with pytest.raises(SolverError):
        _both(_fails, _until_told(Solution("no_solution", None)))


def test_an_engine_that_is_still_compiled_is_not_waited_for() -> None:
    """Where the solver has a plan; what is compiled already, and a plan where there is none, is."""

    def compiles(stop: Stop, listener: Listener) -> Solution:
        while not stop():
            time.sleep(0.005)
        time.sleep(0.1)
        one_more(1)
        return _plan(5)

    one_more = njit()(lambda n: n + 1)
    found = _both(_until_told(_plan(1)), compiles)
    assert found.options is not None and found.options[0] == 1 and found.limit == "time"
    found = _both(_until_told(Solution("no_solution", None)), compiles)
    assert found.options is not None and found.options[0] == 5
    found = _both(_until_told(_plan(1)), compiles)
    assert found.options is not None and found.options[0] == 5


@pytest.mark.parametrize("seed", [0, 1])
def test_default_answer_within_capacity_is_never_worse_than_the_engines_alone(seed: int) -> None:
    """What HiGHS does not close in time it leaves to the engine."""
    problem = small_city(400, 60, 4, seed=seed)
    room = np.random.default_rng(seed).integers(50, 400, problem.n_options)
    options = replace(problem.options, capacity=room.astype(np.int64))
    problem = problem.replace(options=options, respect_capacity=True)
    found = siting.solve(problem, time_limit=2.0, threads=2)
    assert found.plan is not None and found.bound is not None
    assert not verify(problem, found).violations
    together = {"shared_plan": 1}
    alone = siting.solve(
        problem, method="city", time_limit=1.5, threads=2, options={"capacity": together}
    )
    assert alone.plan is not None and not verify(problem, alone).violations
    for one, other in ((alone, found), (found, alone)):
        assert one.objective is not None and other.bound is not None
        assert one.objective <= other.bound + 1e-6
