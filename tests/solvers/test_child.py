"""The solver's child process: timed, interrupted, killed, crashed, and always survived."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from siting.errors import ArgumentError, SolverError
from siting.progress import Stop
from siting.solvers import SOLVERS
from siting.solvers.base import News, Settings, Talk, load
from siting.solvers.child import WarmSolver
from siting.solvers.program import Program
from tests.tools.programs import impossible, knapsack, market_split

TREES = [name for name in SOLVERS if name != "benders"]
"""Solvers that take any program."""


@pytest.mark.parametrize("name", TREES)
def test_a_child_that_stays_takes_another_number_of_threads(name: str) -> None:
    """A study solves points side by side on one thread each, then others on all."""
    with WarmSolver(name) as solver:
        for threads in (1, 2, 1):
            found = solver.solve(knapsack(), Settings(threads=threads))
            assert found.status == "optimal"
            assert found.objective == pytest.approx(8)


@pytest.mark.parametrize("name", TREES)
def test_optimum_bound_and_plan(name: str) -> None:
    """A solver tells the optimum, a bound that meets it and such a plan; twice in one child."""
    with WarmSolver(name) as solver:
        for _ in range(2):
            found = solver.solve(knapsack(), Settings())
            assert found.status == "optimal"
            assert found.limit is None
            assert found.objective == pytest.approx(8)
            assert found.bound == pytest.approx(8)
            assert found.x is not None
            assert np.round(found.x).tolist() == [1, 0, 1]


@pytest.mark.parametrize("name", TREES)
def test_infeasible_is_a_result(name: str) -> None:
    """A program without a plan is told as infeasible, not raised."""
    with WarmSolver(name) as solver:
        assert solver.solve(impossible(), Settings()).status == "infeasible"


@pytest.mark.parametrize("name", TREES)
def test_a_time_limit_holds(name: str) -> None:
    """A run that would take minutes ends at its time limit, says so, and keeps what it knows."""
    with WarmSolver(name) as solver:
        found = solver.solve(market_split(), Settings(time_limit=1.0))
        assert found.limit == "time"
        assert found.status in ("feasible", "no_solution")
        assert (found.x is None) == (found.status == "no_solution")


@pytest.mark.parametrize("name", TREES)
def test_an_interrupt_ends_the_run(name: str) -> None:
    """After an interrupt the best plan so far of a run of minutes comes back, whatever the solver;
    one that tells its plans is interrupted at the first, another once it runs."""
    stop = Stop()

    def hear(news: News) -> None:
        if news.x is not None:
            stop.interrupt.set()

    with WarmSolver(name) as solver:
        solver.start()
        if not solver.features.news:
            threading.Timer(0.5, stop.interrupt.set).start()
        found = solver.solve(market_split(), Settings(), stop=stop, listener=hear)
        assert found.limit == "interrupt"
        if solver.features.interrupt:
            assert found.status == "feasible"
            assert found.x is not None


def test_incumbents_and_bounds_are_streamed() -> None:
    """The listener hears of every incumbent with its plan while the solver runs, and of bounds."""
    heard: list[News] = []
    stop = Stop()

    def hear(news: News) -> None:
        heard.append(news)
        if any(told.x is not None for told in heard) and news.bound is not None:
            stop.interrupt.set()

    with WarmSolver("highs") as solver:
        found = solver.solve(market_split(), Settings(), stop=stop, listener=hear)
    plans = [news for news in heard if news.x is not None]
    assert plans
    assert min(news.objective for news in plans if news.objective is not None) == pytest.approx(
        found.objective
    )
    assert any(news.bound is not None for news in heard)


@pytest.mark.parametrize("how", ["SIGSEGV", "SIGKILL"])
def test_a_dead_solver_keeps_the_best_plan(how: str) -> None:
    """When the child dies the last incumbent is returned, and it is told how it died: a process
    that somebody killed did not run out of memory."""
    with WarmSolver("highs") as solver:
        solver.start()
        process = solver._process
        assert process is not None
        seen = threading.Event()

        def kill() -> None:
            seen.wait(60)
            os.kill(process.pid, signal.Signals[how])

        threading.Thread(target=kill).start()
        found = solver.solve(
            market_split(),
            Settings(),
            listener=lambda news: seen.set() if news.x is not None else None,
        )
        assert found.status == "feasible"
        assert found.x is not None
        assert (found.limit, found.raw) == (None, f"was killed by {how}")
        assert solver.solve(knapsack(), Settings()).status == "optimal"


def test_a_solver_that_ran_out_of_memory_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel says that it ended a process for memory meanwhile, that is the limit."""
    counts = iter((3, 4))
    monkeypatch.setattr("siting.solvers.child.oom_kills", lambda: next(counts))
    with WarmSolver("scipy") as solver:
        solver.start()
        process = solver._process
        assert process is not None
        threading.Timer(1.0, lambda: os.kill(process.pid, signal.SIGKILL)).start()
        found = solver.solve(market_split(), Settings())
    assert (found.status, found.limit) == ("no_solution", "memory")


def test_a_crash_without_a_plan_is_an_error() -> None:
    """When the child dies before any plan a SolverError names the solver and the signal."""
    with WarmSolver("scipy") as solver:
        solver.start()
        process = solver._process
        assert process is not None
        threading.Timer(1.0, lambda: os.kill(process.pid, signal.SIGSEGV)).start()
        with pytest.raises(SolverError, match="scipy was killed by SIGSEGV"):
            solver.solve(market_split(), Settings())


def test_too_much_memory_ends_the_run() -> None:
    """A child over its memory limit is stopped, and that is the limit that is told."""
    with WarmSolver("highs", memory_gb=0.01) as solver:
        found = solver.solve(market_split(), Settings(time_limit=30.0))
        assert found.limit == "memory"


def test_the_child_ends_with_its_parent() -> None:
    """A parent that is killed leaves no solver running."""
    code = (
        "import threading, time\n"
        "from siting.solvers.child import WarmSolver\n"
        "from siting.solvers.base import Settings\n"
        "from tests.tools.programs import market_split\n"
        "solver = WarmSolver('highs'); solver.start()\n"
        "print(solver._process.pid, flush=True)\n"
        "solver.solve(market_split(), Settings(), listener=lambda news: print(flush=True))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.stdout.readline()  # the child is at work
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("the child still runs")


@pytest.mark.parametrize("name", ["highs", "scip", "scipy", "cpsat", "pulp"])
def test_an_option_the_solver_refuses_raises(name: str) -> None:
    """A misspelt option is an error that names it, never ignored."""
    with WarmSolver(name) as solver, pytest.raises(SolverError, match="no_such_option"):
        solver.solve(knapsack(), Settings(options={"no_such_option": 1}))


def test_an_unknown_solver_is_refused_by_name() -> None:
    """A method that does not exist is misuse, and the known ones are told."""
    with pytest.raises(ArgumentError, match="solver must be one of highs, scip"):
        WarmSolver("gurobi")


@pytest.mark.parametrize("name", [name for name in TREES if name != "pulp"])  # warns
def test_what_it_took_to_begin_is_part_of_the_limit(name: str) -> None:
    """A solver's own clock begins when its model stands; it is given what is left by then."""
    settings = Settings(time_limit=600.0)  # the test's own limit ends what would take it again
    found = load(name).solve(market_split(), settings, Talk(settings=settings, waited=599.8))
    assert found.limit == "time"


@pytest.mark.parametrize("name", ["highs", "scip", "scipy", "cpsat"])
def test_a_work_limit_is_told(name: str) -> None:
    """A run that ends at its deterministic work limit says so."""
    with WarmSolver(name) as solver:
        found = solver.solve(market_split(), Settings(work_limit=2, time_limit=30.0))
        assert found.limit == "work"


def test_a_warm_start_is_used() -> None:
    """A start that is given is the first incumbent that is told."""

    def first_plan(program: Program) -> News:
        stop, heard = Stop(), list[News]()

        def hear(news: News) -> None:
            if news.x is not None:
                heard.append(news)
                stop.interrupt.set()

        solver.solve(program, Settings(), stop=stop, listener=hear)
        return heard[0]

    program = market_split()
    with WarmSolver("highs") as solver:
        first = first_plan(program)
        again = first_plan(replace(program, start=first.x))
    assert first.objective is not None
    assert again.objective is not None
    assert again.objective <= first.objective + 1e-6


def test_the_child_starts_light() -> None:
    """The worker imports no numba, pandas or formulation: it must start in a blink."""
    code = (
        "import sys, siting.solvers.worker, siting.solvers.child\n"
        "print([m for m in ('numba', 'pandas', 'highspy', 'siting.problem') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_plan_that_is_offered_while_a_solver_runs_is_taken() -> None:
    """What somebody else finds meanwhile is HiGHS' incumbent; one that breaks a row is none."""
    program = market_split(6)
    with WarmSolver("highs") as solver:
        assert solver.features.takes_plans
        good = solver.solve(program, Settings(time_limit=20, work_limit=400))
        assert good.x is not None and good.objective is not None
        first = Settings(time_limit=20, work_limit=1, options={"mip_heuristic_effort": 0.0})
        alone = solver.solve(program, first)
        assert alone.objective is None or alone.objective > good.objective + 1
        offers = [good.x]
        told = solver.solve(program, first, offered=lambda: offers.pop() if offers else None)
        assert told.objective == pytest.approx(good.objective)
        wrong = knapsack()
        offers = [np.ones(3)]
        found = solver.solve(wrong, Settings(), offered=lambda: offers.pop() if offers else None)
        assert found.objective == pytest.approx(8)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the child's processor time from /proc")
def test_a_solver_that_is_told_to_rest_waits_and_goes_on() -> None:
    """It takes no processor meanwhile, and still ends when its time is over."""
    rest, spent = threading.Event(), []

    def processor_s(pid: int) -> float:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

    with WarmSolver("highs") as solver:
        solver.start()
        assert solver._process is not None
        pid = solver._process.pid

        def watched() -> None:
            for rests in (False, True, False):
                (rest.set if rests else rest.clear)()
                time.sleep(0.7)
                before = processor_s(pid)
                time.sleep(1.0)
                spent.append(processor_s(pid) - before)

        watcher = threading.Thread(target=watched)
        watcher.start()
        solver.solve(market_split(6), Settings(time_limit=6), rest=rest)
        watcher.join()
    assert spent[1] < 0.1 < min(spent[0], spent[2])
