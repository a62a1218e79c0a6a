"""A stored result opened again: with its scenario as it lies there today, and its problem."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from siting.analysis.audit.result import changed_inputs
from siting.errors import ArgumentError, Fault, InputError
from siting.notice import Notice
from siting.problem import Problem
from siting.result import Result
from siting.result.bundle import scenario_beside
from siting.result.stored import folder_of
from siting.scenario import Scenario, load
from siting.solving.warm_start import from_table


class Reopened(NamedTuple):
    """A stored result whose plan stands in today's problem."""

    result: Result
    """Its plan's positions are those of ``problem``."""
    scenario: Scenario
    problem: Problem
    """Of the scenario, as it is today."""


def reopen(path: str | Path, confined: bool = False) -> Reopened:
    """A result folder with the scenario it was computed from, to be asked further questions.

    Args:
        path: the folder, its ``result.json``, or a bundle.
        confined: the scenario may name no file outside its folder, see :func:`siting.load`.

    Raises:
        InputError: no result, one without a scenario, the scenario is gone, or it has changed so
            that the plan no longer exists.
        ArgumentError: a result without a plan.
    """
    stored, scenario = recorded(path, confined)
    problem = scenario.problem()
    result = current(problem, stored, changed_inputs(stored, scenario))
    return Reopened(result, scenario, problem)


def recorded(path: str | Path, confined: bool = False) -> tuple[Result, Scenario]:
    """A stored result and the scenario it was computed from, as it lies there today.

    Raises:
        InputError: no result, one without a scenario, or the scenario is gone.
    """
    result = Result.load(path)
    origin = result.record["scenario"]
    if origin is not None and not _is_origin(origin):
        raise InputError(Fault(str(path), Notice("fault.complete_result"), "scenario"))
    if origin is None:
        raise InputError(
            Fault(str(path), Notice("fault.from_scenario"), Notice("fault.result_without_scenario"))
        )
    folder = folder_of(path)
    bundled = scenario_beside(folder)  # holds all it names, and may be of anybody
    file = bundled or folder / origin["path"]
    if not file.exists():
        hint = Notice("fault.relative_to_folder")
        raise InputError(Fault(str(path), Notice("fault.scenario_gone"), str(file), hint=hint))
    changes = [f"{key}={value}" for key, value in origin["set"].items()]
    confined = confined or bundled is not None
    return result, load(file.resolve(), origin["variant"], changes, confined=confined)


def _is_origin(origin: Any) -> bool:
    """Whether a record tells where its scenario is as :mod:`siting.report.folder` does."""
    if not isinstance(origin, dict) or not isinstance(origin.get("path"), str):
        return False
    if not {"name", "variant", "set"} <= origin.keys():
        return False
    variant, changes = origin["variant"], origin["set"]
    texts = isinstance(changes, dict) and all(isinstance(text, str) for text in changes.values())
    return texts and (variant is None or isinstance(variant, str))


def current(problem: Problem, stored: Result, changed: list[Notice]) -> Result:
    """The stored result with its plan's positions in the problem as it is today.

    Args:
        changed: a sentence for each input that has changed since, told where the plan is gone.

    Raises:
        InputError: its inputs have changed so that its plan no longer exists.
        ArgumentError: a result without a plan.
    """
    if stored.plan is None:
        raise ArgumentError(Notice("fault.result_without_plan", status=stored.status))
    options, lost = from_table(problem, stored.plan.table)
    if lost:
        raise InputError([Fault("result", text) for text in (*changed, *lost)])
    sites = problem.options.site[options].astype("int64")
    return replace(stored, plan=replace(stored.plan, options=options, sites=sites))
