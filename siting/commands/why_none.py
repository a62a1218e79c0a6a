"""Why a study has no plan to tell of: the rules in conflict and what frees one, printed."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from siting.commands.named import names_of
from siting.texts.words import Lang

if TYPE_CHECKING:
    from siting.problem import Problem
    from siting.scenario import Scenario


def why(problem: Problem, scenario: Scenario, lang: Lang, interrupt: Event) -> list[str]:
    """The conflict of a problem without a plan; nothing once the planner has interrupted."""
    if interrupt.is_set():
        return []
    from siting.analysis.infeasible.infeasibility import SECONDS
    from siting.analysis.infeasible.wording import why_no_plan
    from siting.analysis.study import Study

    study = Study(time_limit=SECONDS, interrupt=interrupt)
    names = names_of(scenario, lang)
    return why_no_plan(problem, scenario, lang, study, names)


def print_why(problem: Problem, scenario: Scenario, lang: Lang, interrupt: Event) -> None:
    """The same, below an empty line."""
    lines = why(problem, scenario, lang, interrupt)
    if lines:
        print("", *lines, sep="\n")
