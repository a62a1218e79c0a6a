"""Commitments against the rest of a scenario: their district, their phase, and those made rules."""

from __future__ import annotations

from siting.scenario.layers.phases import phases_of
from siting.scenario.schema.days import end_of_phase, last_day
from siting.scenario.schema.goals import factor
from siting.scenario.schema.rules import MinCoverage
from siting.scenario.schema.settings import Commitment, Settings
from siting.scenario.schema.values import exact


def district_of(goal: Commitment, settings: Settings) -> str | None:
    """The district whose people count; None for everybody, and for a circle that is none."""
    if goal.circle is None:
        return goal.district
    named = {circle.name: circle.district for circle in settings.circles if circle.name}
    districts = {circle.district for circle in settings.circles}
    return named.get(goal.circle, goal.circle if goal.circle in districts else None)


def phase_by(goal: Commitment, settings: Settings) -> int | None:
    """Position of the last phase that has ended by the day a goal is due; None before the first
    has. Where no day is told, and where there are no phases, the last."""
    phases = phases_of(settings)
    names = [phase.name for phase in phases]
    if goal.phase is not None and goal.phase in names:
        return names.index(goal.phase)
    day = None if goal.due is None else last_day(goal.due)
    ends = [end_of_phase(phase.name, phase.ends) for phase in phases]
    if day is None or not phases or None in ends:
        return max(len(phases) - 1, 0)
    past = [k for k, end in enumerate(ends) if end is not None and end <= day]
    return past[-1] if past else None


def with_commitments(settings: Settings) -> Settings:
    """The settings with a minimum coverage for each commitment that is to be a rule."""
    phases = phases_of(settings)
    made = []
    for goal in settings.commitments:
        at = phase_by(goal, settings)
        if not goal.as_rule or goal.format is None or at is None:
            continue
        share = exact(goal.target) / factor(goal.kpi, goal.target, goal.unit)
        made.append(
            MinCoverage.model_construct(
                name=goal.name,
                reason=goal.responsible_unit,
                format=goal.format,
                group=goal.group,
                district=district_of(goal, settings),
                share=float(share),
                phase=phases[at].name if phases else None,
            )
        )
    if not made:
        return settings
    rules = settings.rules
    minima = [*rules.min_coverage, *made]
    return settings.model_copy(update={"rules": rules.model_copy(update={"min_coverage": minima})})
