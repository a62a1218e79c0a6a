"""Roads that meet: the engine's plan handed on to HiGHS."""

from __future__ import annotations

import time
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

import siting
from siting.problem import Objective, Problem
from siting.problem.solution import Solution
from siting.progress import Linked, Progress
from siting.solving import dispatch
from siting.solving.auto import may_hand_on
from siting.solving.dispatch import Request
from tests.tools.problems import build


def city() -> Problem:
    """A problem whose plan has room to grow."""
    families = frozenset({"budget", "sizes", "tiers"})
    return build(families, 5, 9, 2, 10, np.uint16, np.random.default_rng(5))


def engine_that_tells(gap: float, stage: str = "search") -> tuple[list[Request], object]:
    """An engine without a plan worth anything that searches until it is told to stop."""
    seen: list[Request] = []

    def run(a: Request) -> Solution:
        seen.append(a)
        a.listener(Progress(0.0, "reduce"))
        while not a.stop() and a.stop.seconds < 2:
            a.listener(Progress(a.stop.seconds, stage, 1.0, 1.0 + gap, gap))
            time.sleep(0.01)
        return Solution("feasible", np.zeros(0, np.int64), notes=("engine",))

    return seen, run


def asked_by(problem: Problem, monkeypatch: pytest.MonkeyPatch, gap: float) -> siting.Result:
    """Solve with ``auto`` as if the problem were too large for HiGHS alone."""
    seen, run = engine_that_tells(gap)
    monkeypatch.setattr(dispatch, "_engine", run)
    monkeypatch.setattr("siting.solving.pipeline.choose", lambda *asked: "city")
    result = siting.solve(problem, time_limit=4, threads=1)
    assert len(seen) == 1
    return result


def test_highs_goes_on_where_the_bound_stays_loose(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a fifth of the time; the result is HiGHS' and says so."""
    problem = city()
    best = siting.solve(problem, method="highs", threads=1)
    result = asked_by(problem, monkeypatch, gap=0.05)
    assert (result.status, result.objective) == ("optimal", best.objective)
    assert "HiGHS went on from the engine's plan" in result.notes
    assert "engine" in result.notes


def test_the_engine_keeps_what_it_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound near the plan is left to the engine."""
    result = asked_by(city(), monkeypatch, gap=0.01)
    assert result.objective == 0
    assert "HiGHS went on from the engine's plan" not in result.notes


def test_a_named_method_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for city has city."""
    _, run = engine_that_tells(0.05)
    monkeypatch.setattr(dispatch, "_engine", run)
    result = siting.solve(city(), method="city", time_limit=3, threads=1)
    assert "HiGHS went on from the engine's plan" not in result.notes


def test_only_coverage_without_capacities_is_handed_on() -> None:
    """Other models have roads of their own."""
    problem = city()
    assert may_hand_on(problem, problem.objective)
    assert not may_hand_on(problem, Objective("capacitated_cover"))
    assert not may_hand_on(problem, replace(problem.objective, model="p_median", p=2))


def test_a_linked_interrupt_hears_both() -> None:
    """Its own and the other's; alone says which."""
    other = Event()
    own = Linked(other)
    assert not own.is_set()
    own.set()
    assert own.is_set() and own.alone and not other.is_set()
    other.set()
    assert own.is_set() and not own.alone
