"""A scenario for a command: loaded with the command's variant and changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from siting.errors import ArgumentError, Fault, InputError

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.result import Result
    from siting.scenario import Scenario


def load(path: Path, variant: str | None = None, changes: list[str] | None = None) -> Scenario:
    """The scenario of a file, or of ``scenario.yaml`` in a folder. Raises InputError."""
    import siting

    return siting.load(scenario_file(path), variant, tuple(changes or ()))


def scenario_file(path: Path) -> Path:
    """A folder stands for the scenario.yaml in it."""
    return path / "scenario.yaml" if path.is_dir() else path


def default_name(path: Path, variant: str | None) -> str:
    """Name of the result folder: the scenario's own name on disk, and the variant's."""
    file = scenario_file(path)
    name = file.resolve().parent.name if file.stem == "scenario" else file.stem
    return name if variant is None else f"{name}-{variant}"


def recorded(path: Path) -> tuple[Result, Scenario]:
    """A stored result and the scenario it was computed from, as it lies there today.

    Raises:
        InputError: no result, one without a scenario, or the scenario is gone.
    """
    from siting.result import Result
    from siting.result.stored import folder_of

    result = Result.load(path)
    origin = result.record["scenario"]
    if origin is None:
        raise InputError(Fault(str(path), "must come from a scenario file", "a result without one"))
    file = folder_of(path) / origin["path"]
    if not file.exists():
        hint = "results find their scenario relative to their own folder"
        raise InputError(Fault(str(path), "its scenario must still be there", str(file), hint=hint))
    changes = [f"{key}={value}" for key, value in origin["set"].items()]
    return result, load(file.resolve(), origin["variant"], changes)


def recorded_plan(path: Path) -> tuple[Result, Scenario, Problem]:
    """A stored result whose plan stands in the problem as it is today, the scenario, the problem.

    Raises:
        InputError: as :func:`recorded` and :func:`current`.
    """
    from siting.analysis.audit.result import changed_inputs

    stored, scenario = recorded(path)
    problem = scenario.problem()
    return current(problem, stored, changed_inputs(stored, scenario)), scenario, problem


def current(problem: Problem, stored: Result, changed: list[str]) -> Result:
    """The stored result with its plan's positions in the problem as it is today.

    Raises:
        InputError: its inputs have changed so that its plan no longer exists.
    """
    from dataclasses import replace

    from siting.solving.warm_start import from_table

    if stored.plan is None:
        raise ArgumentError(f"result must have a plan; its status is {stored.status}")
    options, lost = from_table(problem, stored.plan.table)
    if lost:
        raise InputError([Fault("result", text) for text in (*changed, *lost)])
    sites = problem.options.site[options].astype("int64")
    return replace(stored, plan=replace(stored.plan, options=options, sites=sites))
