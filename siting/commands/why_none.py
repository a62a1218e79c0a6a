"""Why a study has no plan to tell of: the rules in conflict and what frees one, printed."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.scenario import Scenario


def why(problem: Problem, scenario: Scenario, lang: str, interrupt: Event) -> list[str]:
    """The conflict of a problem without a plan; nothing once the planner has interrupted."""
    if interrupt.is_set():
        return []
    from siting.analysis.infeasible.infeasibility import SECONDS
    from siting.analysis.infeasible.told import why_no_plan
    from siting.analysis.study import Study

    study = Study(time_limit=SECONDS, interrupt=interrupt)
    return why_no_plan(problem, scenario, lang, study)


def print_why(problem: Problem, scenario: Scenario, lang: str, interrupt: Event) -> None:
    """The same, below an empty line."""
    lines = why(problem, scenario, lang, interrupt)
    if lines:
        print("", *lines, sep="\n")
