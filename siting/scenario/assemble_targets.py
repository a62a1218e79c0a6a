"""Targets: whose people count, within which standard, in which phase, served by which formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor

from siting.problem import MICRO, Target
from siting.scenario.catalogue import Format
from siting.scenario.schema import Phase, Settings
from siting.scenario.standards import Standards
from siting.scenario.values import exact

TargetKey = tuple[str, str, int]
"""Format, group, position of the phase."""


def limit_dm(entry: Format, group: str, speeds: Mapping[str, float]) -> int:
    """A format's standard for a group as walking cost: whole decimetres, rounded down."""
    if entry.metres is not None:
        return floor(exact(entry.metres) * 10)
    assert entry.minutes is not None
    speed = speeds.get(group, speeds.get("default", 1.2))
    return floor(exact(entry.minutes) * 60 * exact(speed) * 10)


def make_targets(
    settings: Settings, standards: Standards, groups: tuple[str, ...], phases: Sequence[Phase]
) -> tuple[tuple[Target, ...], dict[TargetKey, int]]:
    """One target a format, group and phase; those only a rule counts have no weight."""
    assert settings.travel is not None
    use = standards.use
    years = [phase.years for phase in phases] or [1]
    counted = {(f, g, k): True for k in range(len(years))
               for f in use for g in standards.formats[f].groups}  # fmt: skip
    for rule in settings.rules.min_coverage:
        for group in (rule.group,) if rule.group else standards.formats[rule.format].groups:
            counted.setdefault((rule.format, group, phase_of(rule.phase, phases)), False)
    targets = []
    for (name, group, k), weighs in counted.items():
        entry = standards.formats[name]
        others = [f for f in use if name in standards.formats[f].stands_in_for]
        targets.append(
            Target(
                format=use.index(name),
                group=groups.index(group),
                limit=limit_dm(entry, group, settings.travel.speed_m_per_s),
                weight_micro=int(exact(entry.weight) * MICRO) * years[k] if weighs else 0,
                tier=entry.tier,
                phase=k,
                served_by=tuple(use.index(f) for f in (name, *others)),
            )
        )
    return tuple(targets), {key: t for t, key in enumerate(counted)}


def phase_of(name: str | None, phases: Sequence[Phase]) -> int:
    """Position of a phase; the last when none is named."""
    names = [phase.name for phase in phases]
    return max(len(names) - 1, 0) if name is None else names.index(name)
