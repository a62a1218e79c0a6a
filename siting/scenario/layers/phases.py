"""Phases of a plan and their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from siting.errors import nearest
from siting.notice import Notice, plain, quoted
from siting.scenario.document.document import Document, Key
from siting.scenario.document.wrong import Wrong
from siting.scenario.schema.days import last_day
from siting.scenario.schema.settings import Phase, Settings


def phases_of(settings: Settings) -> tuple[Phase, ...]:
    """In their order; those of ``budget.per_phase`` when none are named; none: all in one go."""
    if settings.phases:
        return tuple(settings.phases)
    named = settings.budget.per_phase if settings.budget is not None else {}
    return tuple(Phase(name=name) for name in named)


def phases_told(named: Sequence[object] | None) -> tuple[Key, ...]:
    """The keys that tell which phases there are: ``phases`` where it names any, else the budget's
    too."""
    return (("phases",),) if named else (("phases",), ("budget", "per_phase"))


def phases_known(document: Document) -> bool:
    """Whether no fault leaves open which phases there are."""
    return not document.unsure(*phases_told(document.data.get("phases")), below=True)


def check_phases(settings: Settings) -> Iterator[Wrong]:
    """Phases that are named twice or not at all, and years that run backwards."""
    names = [phase.name for phase in settings.phases]
    for i, name in enumerate(names):
        if name in names[:i]:
            yield Wrong(("phases", i), Notice("fault.unlike_phases"), quoted(name))
        elif i and name.isdecimal() and names[i - 1].isdecimal() and int(name) < int(names[i - 1]):
            expected = Notice("fault.in_order")
            yield Wrong(
                ("phases", i), expected, Notice("fault.after", name=name, names=names[i - 1])
            )
    yield from _check_ends(settings.phases)
    told = phases_told(settings.phases)
    known = [phase.name for phase in phases_of(settings)]
    named: list[tuple[Key, str]] = []
    if settings.budget is not None and settings.phases:
        named += [(("budget", "per_phase", name), name) for name in settings.budget.per_phase]
    named += [
        (("rules", "min_coverage", i, "phase"), rule.phase)
        for i, rule in enumerate(settings.rules.min_coverage)
        if rule.phase is not None
    ]
    for key, name in named:
        if name not in known:
            hint = nearest(name, known) or Notice(
                "fault.phases", known=list(known) or Notice("fault.none")
            )
            yield Wrong(key, Notice("fault.a_phase"), quoted(name), hint, whole=told)
    for i, layer in enumerate(settings.premises):
        if layer.available_from is not None and not known:
            expected = Notice("fault.no_phases")
            key = ("premises", i, "available_from")
            found, hint = quoted(layer.available_from), plain("phases: [2026, 2027]")
            yield Wrong(key, expected, found, hint, whole=told)


def _check_ends(phases: Sequence[Phase]) -> Iterator[Wrong]:
    """Last days that are no days, or not in their order."""
    before = None
    for i, phase in enumerate(phases):
        if phase.ends is None:
            continue
        day = last_day(phase.ends)
        if day is None:
            yield Wrong(("phases", i, "ends"), Notice("fault.a_day"), quoted(phase.ends))
        elif before is not None and day <= before:
            expected = Notice("fault.after_phase")
            yield Wrong(("phases", i, "ends"), expected, quoted(phase.ends))
        before = day or before
