"""A solver that dies takes no plan with it, is told as it died, and lends its name to no bound."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import siting
from siting.cli import main
from siting.problem import Problem
from siting.progress import Stop
from siting.result import Result
from siting.solvers import wire
from siting.solving import pipeline
from siting.system import children
from siting.verification.judge import verify
from tests.tools.problems import build
from tests.tools.town import write_town

pytestmark = pytest.mark.own_children  # those of other tests would die as well
OUTSIDE = ("highs", "scip", "cpsat", "pulp", "scipy")


def town() -> Problem:
    """People to be won for money, by outlets of two tiers."""
    on = frozenset({"budget", "tiers", "existing"})
    drawn = (build(on, 5, 9, 2, 9, np.uint16, np.random.default_rng(seed)) for seed in range(50))
    return next(p for p in drawn if siting.solve(p, method="greedy", threads=1).objective)


@pytest.fixture(params=["SIGKILL", "SIGSEGV"])
def kills(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every solver dies as soon as it has its program."""
    number = signal.Signals[request.param]
    pids: list[int] = []
    start = children.start
    write = wire.write

    def started(*given: Any, **named: Any) -> Any:
        process = start(*given, **named)
        pids.append(process.pid)
        return process

    def killed(pipe: Any, message: tuple[Any, ...]) -> None:
        if message[0] == "solve":
            os.kill(pids[-1], signal.SIGSTOP)  # else it may answer first
        write(pipe, message)
        if message[0] == "solve":
            os.kill(pids[-1], number)
            os.kill(pids[-1], signal.SIGCONT)

    monkeypatch.setattr(children, "start", started)
    monkeypatch.setattr(wire, "write", killed)
    return str(request.param)


def _keeps_a_plan(problem: Problem, result: Result, kills: str) -> None:
    assert result.status == "feasible" and result.plan is not None
    assert result.limit is not None
    assert any(kills in note for note in result.notes)
    assert result.bound_proof in (None, "certificate")
    assert verify(problem, result).ok


@pytest.mark.parametrize("method", OUTSIDE)
def test_a_plan_is_left_whichever_solver_dies(method: str, kills: str) -> None:
    """The greedy's plan where there is no other, who died and of what, and a bound of our own."""
    if kills == "SIGSEGV" and method != "highs":
        pytest.skip("the way a process ends is not the solver's business")
    problem = town()
    _keeps_a_plan(problem, siting.solve(problem, method=method, threads=1), kills)


def test_the_plan_that_was_begun_with_is_kept(kills: str) -> None:
    """Not a worse one in its place."""
    problem = town()
    best = siting.solve(problem, method="greedy", threads=1)
    result = siting.solve(problem, method="highs", threads=1, start=best)
    _keeps_a_plan(problem, result, kills)
    assert result.objective is not None and best.objective is not None
    assert result.objective >= best.objective


def test_a_library_that_cannot_be_loaded_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 5 with the loader's own words, no traceback; the folder stays as it was."""
    broken = tmp_path / "broken" / "highspy"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('libhighs.so.1: cannot open it')\n")
    monkeypatch.setenv("PYTHONPATH", str(broken.parent))
    file = write_town(tmp_path / "town")
    asked = ["solve", str(file), "--method", "highs", "--out", str(tmp_path / "r")]
    asked += ["--memory-limit", "8"]  # a child of its own, not one that other tests left
    assert main(asked) == 5
    told = capsys.readouterr().err.splitlines()[-1]
    assert "libhighs.so.1" in told and "Traceback" not in told
    assert not (tmp_path / "r").exists()


def test_a_run_that_was_late_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not everything looks at a clock while it works; what took longer than asked is told."""
    late = Stop(time_limit=4.0)
    assert pipeline._overran(late) == ()
    late.begun -= 28.9
    assert "limit was 4 s" in pipeline._overran(late)[0]
    monkeypatch.setattr(pipeline, "LATE_SECONDS", -1e9)
    monkeypatch.setattr(pipeline, "LATE_SHARE", -1e9)
    result = siting.solve(town(), method="greedy", threads=1)
    assert any("limit was 300 s" in note for note in result.notes)
