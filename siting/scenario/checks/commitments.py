"""What commitments say: which figure, of whom, by when, and whether it can be a rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from siting.errors import nearest
from siting.notice import Notice, quoted
from siting.scenario.document.document import Key
from siting.scenario.document.wrong import Wrong, lacks
from siting.scenario.formats.standards import Standards
from siting.scenario.layers.commitments import district_of, phase_by
from siting.scenario.layers.phases import phases_of, phases_told
from siting.scenario.schema.goals import INDICATORS, factor
from siting.scenario.schema.settings import Commitment, Settings

WHOSE = ("format", "group", "district", "circle")
"""Keys that say of whom a figure is."""


def check_commitments(
    settings: Settings, effect: Standards, groups: set[str] | None
) -> Iterator[Wrong]:
    """Faults of all of them.

    Args:
        groups: with a column of persons; None when a fault leaves open which there are.
    """
    for i, goal in enumerate(settings.commitments):
        key: Key = ("commitments", i)
        yield from _when(goal, key, settings)
        if goal.kpi is None:
            given = next((name for name in (*WHOSE, "as_rule") if getattr(goal, name)), None)
            if given is not None:
                found = Notice("fault.given", given=given, v1=getattr(goal, given))
                yield lacks((*key, "kpi"), Notice("fault.given_with", given=given), found)
            continue
        told = [*_figure(goal, goal.kpi, key), *_whose(goal, key, settings, effect, groups)]
        if goal.as_rule:
            told += _as_rule(goal, key, settings)
        for wrong in told:  # of another figure another fault could be
            yield replace(wrong, given=(*wrong.given, (*key, "kpi")))


def _when(goal: Commitment, key: Key, settings: Settings) -> Iterator[Wrong]:
    if (goal.due is None) == (goal.phase is None):
        found = Notice("fault.neither") if goal.due is None else Notice("fault.both")
        given = ((*key, "due"), (*key, "phase"))
        yield Wrong(key, Notice("fault.due_or_phase"), found, given=given)
    known = [phase.name for phase in phases_of(settings)]
    if goal.phase is not None and goal.phase not in known:
        hint = nearest(goal.phase, known) or Notice(
            "fault.phases", known=list(known) or Notice("fault.none")
        )
        told = phases_told(settings.phases)
        yield Wrong((*key, "phase"), Notice("fault.a_phase"), quoted(goal.phase), hint, whole=told)


def _figure(goal: Commitment, kpi: str, key: Key) -> Iterator[Wrong]:
    indicator = INDICATORS[kpi]
    if indicator.of_format and goal.format is None:
        yield lacks((*key, "format"), Notice("fault.required_by_kpi", kpi=kpi))
    if not indicator.of_format:
        for name in ("format", "group"):
            if getattr(goal, name) is not None:
                found = quoted(getattr(goal, name))
                expected = Notice("fault.kpi_basic", kpi=kpi)
                yield Wrong((*key, name), expected, found)
    if indicator.unit == "share" and not 0 <= goal.target <= factor(kpi, goal.target, goal.unit):
        yield Wrong((*key, "target"), Notice("fault.share_percent"), f"{goal.target:g}")
    if goal.actual is not None:
        yield Wrong((*key, "actual"), Notice("fault.kpi_tells"), f"{goal.actual:g}")


def _whose(
    goal: Commitment, key: Key, settings: Settings, effect: Standards, groups: set[str] | None
) -> Iterator[Wrong]:
    if goal.format is not None and effect.all_use and goal.format not in effect.use:
        hint = nearest(goal.format, effect.use) or Notice("fault.in_use", use=effect.use)
        yield Wrong((*key, "format"), Notice("fault.format_in_use"), quoted(goal.format), hint)
    entry = effect.formats.get(goal.format or "")
    counted = () if entry is None else entry.groups
    if goal.group is not None and counted and goal.group not in counted:
        hint = nearest(goal.group, counted) or Notice("fault.counted", counted=counted)
        by_rule = goal.kpi == "coverage" and goal.as_rule and (not groups or goal.group in groups)
        if not by_rule:
            expected = Notice("fault.counted_group")
            yield Wrong((*key, "group"), expected, quoted(goal.group), hint)
    if goal.district is not None and goal.circle is not None:
        yield Wrong((*key, "circle"), Notice("fault.not_beside_district"), Notice("fault.both"))
    elif goal.circle is not None and district_of(goal, settings) is None:
        known = [circle.name or circle.district for circle in settings.circles]
        hint = nearest(goal.circle, known) or Notice(
            "fault.circles", known=list(known) or Notice("fault.none")
        )
        yield Wrong(
            (*key, "circle"),
            Notice("fault.a_circle"),
            quoted(goal.circle),
            hint,
            whole=(("circles",),),
        )
    named = next((name for name in ("district", "circle") if getattr(goal, name)), None)
    if named is not None and goal.kpi is not None and not INDICATORS[goal.kpi].by_district:
        expected = Notice("fault.kpi_whole", kpi=goal.kpi)
        yield Wrong((*key, named), expected, quoted(getattr(goal, named)))


def _as_rule(goal: Commitment, key: Key, settings: Settings) -> Iterator[Wrong]:
    if goal.kpi != "coverage":
        expected = Notice("fault.kpi_rule")
        yield Wrong((*key, "as_rule"), expected, Notice("fault.kpi", kpi=goal.kpi))
    elif phase_by(goal, settings) is None:
        hint = Notice("fault.phase_ends")
        yield Wrong((*key, "as_rule"), Notice("fault.due_at_phase"), quoted(goal.due), hint)
