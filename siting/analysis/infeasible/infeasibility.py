"""Why there is no plan: the question as a planner asks it, of a problem or its scenario."""

from __future__ import annotations

from collections.abc import Callable

from siting.analysis.arguments import problem_of
from siting.analysis.infeasible.conflict import Diagnosis, Longer, diagnose
from siting.analysis.study import Study
from siting.errors import InputError
from siting.problem import Problem
from siting.scenario import Scenario

SECONDS = 60.0
"""For the questions, where the caller does not say otherwise."""


def infeasibility(
    asked: Problem | Scenario, study: Study | None = None, *, scenario: Scenario | None = None
) -> Diagnosis:
    """Which rules conflict, and the least change that frees a plan.

    Args:
        asked: a problem without a plan, or the scenario of one.
        study: settings; its time limit ends the questions, and what is proven by then is told;
            None = one minute.
        scenario: of a problem that is not its own (a variant of the objective, say), so that
            standards in minutes can be tried too.

    Returns:
        The conflict and the ways out; ``feasible`` where there is a plan after all.

    Raises:
        InputError: faults of the scenario.
    """
    if isinstance(asked, Scenario):
        scenario = asked
    longer = None if scenario is None else standards(scenario)
    return diagnose(problem_of(asked), study or Study(time_limit=SECONDS), longer)


def standards(scenario: Scenario) -> Longer:
    """Of a minimum coverage: its format's minutes, and the problem with others (walked anew)."""
    problem = scenario.problem()

    def longer(position: int) -> tuple[float, Callable[[float], Problem | None]] | None:
        target = problem.targets[problem.min_coverage[position].targets[0]]
        name = problem.labels.formats[target.format]
        now = scenario.standards.formats[name].minutes
        if now is None:
            return None

        def at(minutes: float) -> Problem | None:
            change = f"formats.change.{name}.minutes={minutes:g}"
            try:
                return scenario.changed((change,)).problem()
            except InputError:
                return None

        return now, at

    return longer
