"""Checks of budget, rules and objective against the formats in use."""

from __future__ import annotations

from collections.abc import Iterator

from siting.errors import nearest
from siting.models.traits import traits_of
from siting.notice import Notice, plain, quoted
from siting.scenario.checks.mobile import check_mobile
from siting.scenario.document.document import Document, Key
from siting.scenario.document.wrong import Wrong, lacks
from siting.scenario.formats.standards import Standards
from siting.scenario.layers.phases import check_phases
from siting.scenario.schema.rules import MinCoverage
from siting.scenario.schema.settings import Settings
from siting.texts.numbers import amount

RANGES = {"share": "0..1"}
"""What a parameter of a model may be."""


def check_rules(
    settings: Settings, document: Document, effect: Standards, groups: set[str] | None
) -> Iterator[Wrong]:
    """Faults of rules that name what does not exist. A rule that cannot be met is no fault.

    Args:
        groups: groups with a column of persons; None when they are not known.
    """
    yield from _formats_of_rules(settings, effect)
    yield from _lists_of_formats(settings)
    yield from _coverage(settings, groups)
    yield from _objective(settings)
    yield from _floors(settings)
    yield from _floor_per(settings, groups)
    yield from _nuisances(settings, effect)
    yield from check_phases(settings)
    yield from _public(settings, document, effect)
    yield from check_mobile(settings, effect)


def _floors(settings: Settings) -> Iterator[Wrong]:
    """Communities with more commercial floor than floor."""
    for i, rule in enumerate(settings.rules.floor_share):
        if rule.commercial_m2 > rule.gross_m2:
            key = ("rules", "floor_share", i, "commercial_m2")
            expected = Notice("fault.most_gross", v0=amount(rule.gross_m2))
            yield Wrong(key, expected, amount(rule.commercial_m2))


def _floor_per(settings: Settings, groups: set[str] | None) -> Iterator[Wrong]:
    """Floor for people or for households, whom somebody must have counted."""
    for i, rule in enumerate(settings.rules.floor_per):
        key: Key = ("rules", "floor_per", i)
        people, homes = rule.m2_per_1000_people, rule.m2_per_100_households
        if (people is None) == (homes is None):
            found = Notice("fault.neither") if people is None else Notice("fault.both")
            given = ((*key, "m2_per_1000_people"), (*key, "m2_per_100_households"))
            yield Wrong(key, Notice("fault.floor_of_whom"), found, given=given)
        elif homes is not None and groups is not None and "households" not in groups:
            at = (*key, "m2_per_100_households")
            yield Wrong(
                at, Notice("fault.households_counted"), hint=plain("groups: {households: …}")
            )


def _nuisances(settings: Settings, effect: Standards) -> Iterator[Wrong]:
    """Classes that the catalogue does not have."""
    for i, name in enumerate(settings.rules.nuisance):
        known = (*effect.nuisances, "all")
        if name not in known and effect.all_formats:
            hint = nearest(name, known)
            yield Wrong(("rules", "nuisance", i), Notice("fault.a_nuisance"), quoted(name), hint)


def _named_formats(settings: Settings) -> Iterator[tuple[Key, str, bool]]:
    """Every format a rule names: where, which, and whether it must be in use."""
    rules = settings.rules
    if settings.budget is not None:
        for name in settings.budget.per_format:
            yield ("budget", "per_format", name), name, False
    if rules.max_outlets is not None:
        for name in rules.max_outlets.per_format:
            yield ("rules", "max_outlets", "per_format", name), name, False
    for kind, needed in (("require", True), ("forbid", False)):
        for i, rule in enumerate(getattr(rules, kind)):
            if rule.format is not None:
                yield ("rules", kind, i, "format"), rule.format, needed
    for kind, needed in (("apart", False), ("together", True)):
        for i, rule in enumerate(getattr(rules, kind)):
            for j, name in enumerate(rule.formats):
                yield ("rules", kind, i, "formats", j), name, needed
    for i, share in enumerate(rules.min_coverage):
        yield ("rules", "min_coverage", i, "format"), share.format, True
    for i, floor in enumerate(rules.floor_per):
        for j, name in enumerate(floor.formats or ()):
            yield ("rules", "floor_per", i, "formats", j), name, False
    for i, away in enumerate(rules.away):
        for j, name in enumerate(away.formats):
            yield ("rules", "away", i, "formats", j), name, False


def _formats_of_rules(settings: Settings, effect: Standards) -> Iterator[Wrong]:
    for key, name, needed in _named_formats(settings):
        if name not in effect.formats:
            if effect.all_formats:
                hint = nearest(name, effect.use) or nearest(name, effect.formats)
                yield Wrong(key, Notice("fault.a_format"), quoted(name), hint)
        elif needed and effect.all_use and name not in effect.use:
            hint = Notice("fault.in_use", use=effect.use)
            yield Wrong(key, Notice("fault.format_in_use"), quoted(name), hint)


def _lists_of_formats(settings: Settings) -> Iterator[Wrong]:
    for i, pair in enumerate(settings.rules.together):
        if len(pair.formats) != 2 or len(set(pair.formats)) != 2:
            key = ("rules", "together", i, "formats")
            yield Wrong(
                key, Notice("fault.guest_host"), ", ".join(pair.formats) or Notice("fault.none")
            )
    for i, spacing in enumerate(settings.rules.apart):
        if not spacing.formats or len(set(spacing.formats)) < len(spacing.formats):
            key = ("rules", "apart", i, "formats")
            yield Wrong(
                key,
                Notice("fault.different_formats"),
                ", ".join(spacing.formats) or Notice("fault.none"),
            )


def _coverage(settings: Settings, groups: set[str] | None) -> Iterator[Wrong]:
    for i, rule in enumerate(settings.rules.min_coverage):
        key: Key = ("rules", "min_coverage", i)
        if rule.group is not None and groups is not None and rule.group not in groups:
            hint = nearest(rule.group, groups) or Notice(
                "fault.groups", groups=sorted(groups) or Notice("fault.none")
            )
            expected = Notice("fault.group_with_column")
            yield Wrong((*key, "group"), expected, quoted(rule.group), hint)
        yield from _district(rule, key, settings)


def _district(rule: MinCoverage, key: Key, settings: Settings) -> Iterator[Wrong]:
    if rule.district is None or not settings.demand:
        return
    if settings.districts is None and not any(layer.district for layer in settings.demand):
        hint = Notice("fault.name_district")
        expected = Notice("fault.no_districts")
        own: list[Key] = [("demand", i, "district") for i in range(len(settings.demand))]
        yield Wrong(
            (*key, "district"),
            expected,
            quoted(rule.district),
            hint,
            given=(("demand",), ("districts",), *own),
            entries=(("demand",),),
        )


def _objective(settings: Settings) -> Iterator[Wrong]:
    objective = settings.objective
    for name in traits_of(objective.model).needs:
        if getattr(objective, name) is None:
            expected = Notice("fault.required_by", model=objective.model)
            yield lacks(("objective", name), expected, plain(RANGES[name]))


def _public(settings: Settings, document: Document, effect: Standards) -> Iterator[Wrong]:
    """A budget for the public share must know every share."""
    if settings.budget is None or settings.budget.public is None:
        return
    lacking = [
        name
        for name in effect.use
        if effect.formats[name].public_share is None
        and not document.unsure(("formats", "change", name, "public_share"))
    ]
    if lacking:
        yield Wrong(
            ("budget", "public"),
            Notice("fault.needs_public_share"),
            Notice("fault.none_for", lacking=lacking),
        )
