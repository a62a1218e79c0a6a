"""What a report tells about the scenario behind a problem: names, standards, sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.analysis.kpis.form import Form, forms_of
from siting.analysis.kpis.goals import Goal, Standing, goals
from siting.analysis.kpis.grades import Graded, grades
from siting.analysis.kpis.left_behind import Behind, fallen_behind
from siting.analysis.kpis.nuisance import TooNear, Untold, fumes_untold, too_near
from siting.execution.planned_actions import PlannedAction, planned_actions
from siting.report.deviations import deviations
from siting.reproducible_files import this_day
from siting.texts.catalogue import Lang, texts
from siting.texts.words import Words

if TYPE_CHECKING:
    from siting.result import Result
    from siting.scenario import Scenario
    from siting.scenario.formats.catalogue import Format
    from siting.scenario.schema.rules import FloorShare


@dataclass(frozen=True)
class FormatFact:
    """One format in the report's language."""

    name: str
    tier: str = ""
    standard: str = ""
    """Service radius, for instance ``10 min`` or ``800 m``."""


@dataclass(frozen=True)
class Facts:
    """Everything but the problem and the result; empty where a problem had no scenario file."""

    name: str
    currency: str = ""
    catalogue: str = ""
    """Name and first digits of its hash; empty without one."""
    formats: Mapping[str, FormatFact] = field(default_factory=dict)
    """Those in use."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Of every format, in use or not."""
    deviations: tuple[tuple[str, str, str, str, str], ...] = ()
    """Format, key, the catalogue's value, the scenario's, the reason."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """File: sha256."""
    sources: tuple[tuple[str, str, str], ...] = ()
    """What, licence, address."""
    circles: tuple[tuple[str, str, str, str], ...] = ()
    """Name, district, responsible unit, form asked for."""
    circle_standards: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(format, district) -> service radius, where a circle has its own."""
    planning_m: Mapping[str, float] = field(default_factory=dict)
    """Format: its planning distance, where it has one."""
    grades: tuple[tuple[Graded, Graded | None], ...] = ()
    """Of each circle, today and with the plan."""
    forms: Mapping[str, Form | None] = field(default_factory=dict)
    """District of a circle: the form that its outlets take with the plan."""
    near: tuple[TooNear, ...] = ()
    """What the plan opens too near to care, schools and homes."""
    untold: tuple[Untold, ...] = ()
    """What it opens with fumes where nobody tells use or flue."""
    floor_shares: tuple[FloorShare, ...] = ()
    """Communities whose commercial floor is told."""
    goals: tuple[Goal, ...] = ()
    """Commitments with their figures."""
    today: date | None = field(default_factory=this_day)
    """By which a commitment may be overdue; None where no day is told."""
    actions: Mapping[int, PlannedAction] = field(default_factory=dict)
    """What is to be done by position of the option: names, addresses, units, public money."""
    warnings: tuple[str, ...] = ()
    detour: float | None = None
    """Factor on straight lines where no network was walked; None on a network."""
    behind: tuple[Behind, ...] = ()
    """Groups that the plan leaves behind, the farthest first."""
    synthetic: bool = False
    placeholder_costs: bool = False
    delivered: bool = False
    """Whether this is the delivery layer: within riding time, no walking coverage."""

    @property
    def coverage_note(self) -> str:
        """Key of what is said below the coverage."""
        return "coverage_note_riding" if self.delivered else "coverage_note"

    def format(self, id: str) -> FormatFact:
        """The format's facts, or its id for a name."""
        return self.formats.get(id, FormatFact(id))


def facts_of(scenario: Scenario | None, lang: Lang, result: Result | None = None) -> Facts:
    """What the scenario says of itself, in one language.

    Args:
        result: whose plan the commitments are held against.
    """
    if scenario is None:
        return Facts("Siting")
    options = None if result is None else result.options
    planned = [] if options is None else planned_actions(scenario, scenario.problem(), options)
    behind: list[Behind] = []
    if result is not None and options is not None:
        behind = fallen_behind(scenario, scenario.problem().under(result.spec), options)
    settings, standards = scenario.settings, scenario.standards
    words, travel = texts(lang), settings.travel
    catalogue = scenario.catalogue_record
    given = {id for id, change in settings.formats.change.items() if change.sizes}
    return Facts(
        name=scenario.name,
        currency=settings.currency,
        catalogue=f"{catalogue['name']} · {catalogue['sha256'][:12]}",
        formats={id: _fact(standards.formats[id], lang) for id in standards.use},
        names=standards.names(lang),
        deviations=deviations(standards, lang),
        inputs=scenario.inputs,
        sources=tuple((s.what, s.licence or "", s.address or "") for s in settings.sources),
        circles=tuple(
            (c.name or c.district, c.district, c.responsible_unit or "", c.form or "")
            for c in settings.circles
        ),
        circle_standards={
            (id, c.district): _radius(own.minutes, own.metres, words)
            for c in settings.circles
            for id, own in c.change.items()
            if own.own_standard
        },
        planning_m={id: m for id in standards.use if (m := standards.formats[id].planning_m)},
        grades=_grades(scenario, options),
        forms=forms_of(scenario, scenario.problem().kept_today if options is None else options),
        near=() if options is None else too_near(scenario, options),
        untold=() if options is None else fumes_untold(scenario, options),
        floor_shares=tuple(settings.rules.floor_share),
        goals=goals(scenario, options),
        actions={action.option: action for action in planned},
        warnings=tuple(scenario.warnings),
        detour=None if travel is None or travel.mode == "network" else float(travel.detour),
        behind=tuple(behind),
        synthetic=settings.synthetic,
        placeholder_costs=not set(standards.use) <= given,
        delivered=settings.formats.delivered,
    )


def _grades(
    scenario: Scenario, options: NDArray[np.int64] | None
) -> tuple[tuple[Graded, Graded | None], ...]:
    """Today's and the plan's; without a plan today's alone."""
    today = grades(scenario, Standing.of(scenario, scenario.problem().kept_today))
    if options is None:
        return tuple((one, None) for one in today)
    return tuple(zip(today, grades(scenario, Standing.of(scenario, options)), strict=True))


def _fact(format: Format, lang: Lang) -> FormatFact:
    words = texts(lang)
    standard = _radius(format.minutes, format.metres, words)
    if not format.walking and format.riding_m_per_s and format.metres is None:
        speed = f"{3.6 * format.riding_m_per_s:.0f}"
        standard = words["riding"].format(n=f"{format.minutes:g}", speed=speed)
    return FormatFact(_name(format, lang), format.tier, standard)


def _radius(minutes: float | None, metres: float | None, words: Words) -> str:
    if metres is not None:
        return words["metres"].format(n=f"{metres:g}")
    return words["minutes"].format(n=f"{minutes:g}")


def _name(format: Format, lang: Lang) -> str:
    return format.zh if lang == "zh" else format.en
