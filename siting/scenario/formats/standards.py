"""Standards in effect: the catalogue with the scenario's changes laid over it, each one listed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel

from siting.errors import nearest
from siting.notice import Notice, quoted
from siting.scenario.document.document import Document, Key
from siting.scenario.document.wrong import Wrong
from siting.scenario.formats.catalogue import Evidence, Format, Nuisance
from siting.scenario.formats.written import Ids, ids_of
from siting.scenario.schema.formats import Change, Formats, Needs

_FURTHER = ("add_on", "needs", "public_share", "min_catchment")
NEEDED = ("tier", "group", "sizes")
"""What a new format must give, beside minutes or metres."""


@dataclass(frozen=True)
class Deviation:
    """One value that differs from the catalogue."""

    format: str
    key: str
    standard: Any
    """The catalogue's value; None for a new format."""
    value: Any
    reason: str = ""


@dataclass(frozen=True)
class Standards:
    """Formats as this scenario has them."""

    formats: Mapping[str, Format]
    """By id: the catalogue's, changed, and new ones."""
    use: tuple[str, ...]
    """Ids of those to be planned, in the order of the scenario."""
    deviations: tuple[Deviation, ...] = ()
    nuisances: Mapping[str, Nuisance] = field(default_factory=dict)
    """Of the catalogue: class of nuisance, from what it stays away."""
    all_formats: bool = True
    """Whether every format is known; if not, no name can be called unknown."""
    all_use: bool = True
    """Whether all that is in use is known."""

    @cached_property
    def ids(self) -> Ids:
        """Ids by the names that files and people use."""
        return ids_of(self.formats)

    def format_named(self, text: str) -> str | None:
        """The format that an id or a name in either language means; None for an unknown one."""
        return text if text in self.formats else self.ids.get(text)

    def id_of(self, name: str) -> str:
        """The format that a name in either language means; what is no name stays as it is."""
        return self.ids.of(name)

    def names(self, lang: Literal["en", "zh"]) -> dict[str, str]:
        """Id -> what a format is called in a language."""
        return {id: f.zh if lang == "zh" else f.en for id, f in self.formats.items()}


def standards(
    catalogue: Mapping[str, Format] | None,
    settings: Formats,
    document: Document,
    groups: Collection[str] | None,
) -> tuple[Standards, list[Wrong]]:
    """Lay ``settings`` over a catalogue.

    Args:
        catalogue: None when it cannot be read.
        groups: groups that have a column in the demand layers; None when they are not known.

    Returns:
        What is in effect as far as it can be understood, and the faults.
    """
    wrong: list[Wrong] = []
    formats = dict(catalogue or {})
    changes: Key = ("formats", "change")
    all_formats = catalogue is not None and not document.unsure(changes)
    all_formats &= changes not in document.lost
    deviations: list[Deviation] = []
    by_distance = settings.distances == "planning"
    for name, change in settings.change.items():
        key: Key = (*changes, name)
        wrong += _check_change(change, key)
        old = formats.get(name)
        if old is None:
            if catalogue is not None:
                wrong += _check_new(name, change, key, document, catalogue)
            formats[name] = _new(name, change)
            deviations.append(Deviation(name, "new", None, _stated(change), change.reason or ""))
        else:
            formats[name] = _changed(old, change)
            deviations += _deviations(old, formats[name], change)
    for name, entry in formats.items() if by_distance else ():
        own = settings.change.get(name, Change())
        if own.minutes is None and own.metres is None and entry.walking and entry.planning_m:
            formats[name] = replace(entry, minutes=None, metres=entry.planning_m)
            told = (entry.metres or entry.minutes, entry.planning_m)
            deviations.append(Deviation(name, "planning_m", *told))
    for name, entry in formats.items() if settings.delivered else ():
        if not entry.walking and entry.minutes is None and entry.metres is None:
            formats[name] = replace(entry, minutes=entry.riding_minutes)
    if not all_formats:
        missing = [name for name in settings.use or () if name not in formats]
        formats |= {name: _new(name, Change()) for name in missing}
    use, refused = _in_use(settings, formats)
    wrong += refused
    all_use = not document.unsure(("formats", "use"), below=True)
    all_use &= settings.use is not None or all_formats
    all_use &= len(use) == len(set(settings.use if settings.use is not None else use))
    for name, change in settings.change.items():
        wrong += _check_named(name, change, formats, all_formats)
    for name in use if groups is not None else ():
        wrong += _check_groups(formats[name], settings, groups or ())
    made = Standards(formats, use, tuple(deviations), all_formats=all_formats, all_use=all_use)
    return made, wrong


def _check_change(change: Change, key: Key) -> list[Wrong]:
    wrong = []
    if change.minutes is not None and change.metres is not None:
        wrong.append(
            Wrong((*key, "metres"), Notice("fault.not_beside_minutes"), Notice("fault.both"))
        )
    if change.group is not None:
        group = change.group
        if not group or len(set(group)) < len(group):
            wrong.append(
                Wrong(
                    (*key, "group"),
                    Notice("fault.different_groups"),
                    ", ".join(group) or Notice("fault.empty_list"),
                )
            )
        elif len(group) > 1 and "all" in group:
            expected = Notice("fault.disjoint_groups")
            wrong.append(Wrong((*key, "group"), expected, ", ".join(group)))
    if change.sizes is not None:
        names = [size.name for size in change.sizes]
        if not names:
            wrong.append(Wrong((*key, "sizes"), Notice("fault.some_size"), Notice("fault.none")))
        for i, name in enumerate(names):
            if name in names[:i]:
                at = (*key, "sizes", i, "name")
                wrong.append(Wrong(at, Notice("fault.unlike_sizes"), quoted(name)))
    return wrong


def _check_named(
    name: str,
    change: Change,
    formats: Mapping[str, Format],
    all_formats: bool,
) -> list[Wrong]:
    """Formats that a change names must exist, and be others."""
    named: list[tuple[Key, str]] = [
        (("stands_in_for", i), other) for i, other in enumerate(change.stands_in_for or ())
    ]
    if change.add_on is not None:
        named += [(("add_on", "hosts", i), other) for i, other in enumerate(change.add_on.hosts)]
    wrong = []
    for below, other in named:
        key: Key = ("formats", "change", name, *below)
        if other not in formats:
            if all_formats:
                hint = nearest(other, formats)
                wrong.append(Wrong(key, Notice("fault.a_format"), quoted(other), hint))
        elif other == name:
            wrong.append(Wrong(key, Notice("fault.another_format"), quoted(other)))
    return wrong


def _check_new(
    name: str, change: Change, key: Key, document: Document, catalogue: Mapping[str, Format]
) -> Iterator[Wrong]:
    """What a new format lacks; what is there and wrong is told by itself."""
    lacking = [k for k in NEEDED if getattr(change, k) is None and not document.unsure((*key, k))]
    walks: tuple[Key, ...] = ((*key, "minutes"), (*key, "metres"))
    if change.minutes is None and change.metres is None and not document.unsure(*walks):
        lacking.insert(2, Notice("fault.minutes_metres"))
    if lacking:
        yield Wrong(
            key,
            Notice("fault.format_or_new"),
            Notice("fault.without", name=name, lacking=lacking),
            nearest(name, catalogue),
        )


def _stated(change: Change) -> dict[str, Any]:
    stated = [k for k in type(change).model_fields if k in change.model_fields_set]
    given = {k: getattr(change, k) for k in stated if k != "reason"}
    return {k: _plain(tuple(v) if isinstance(v, list) else v) for k, v in given.items()}


def _new(name: str, change: Change) -> Format:
    """A format of the planner's own; where it lacks something, one that other keys may name."""
    planner = Evidence("A", "scenario")
    return Format(
        name,
        change.zh or change.en or name,
        change.en or change.zh or name,
        change.tier or "basic",
        tuple(change.group or ()),
        tuple(change.sizes or ()),
        change.minutes,
        change.metres,
        1.0 if change.weight is None else change.weight,
        change.add_on,
        change.needs or Needs(),
        tuple(change.stands_in_for or ()),
        change.public_share,
        change.min_catchment,
        evidence=dict.fromkeys(change.model_fields_set - {"zh", "en", "reason"}, planner),
    )


def _changed(old: Format, change: Change) -> Format:
    new: dict[str, Any] = {}
    for key in ("zh", "en", "tier", "weight", *_FURTHER):
        if getattr(change, key) is not None:
            new[key] = getattr(change, key)
    if change.stands_in_for is not None:
        new["stands_in_for"] = tuple(change.stands_in_for)
    if change.group:
        new["groups"] = tuple(change.group)
    if change.sizes:
        new["sizes"] = tuple(change.sizes)
    if change.metres is not None:
        new |= {"metres": change.metres, "minutes": None}
    elif change.minutes is not None:
        new |= {"minutes": change.minutes, "metres": None}
    planner = dict.fromkeys(
        change.model_fields_set - {"zh", "en", "reason"}, Evidence("A", "scenario")
    )
    return replace(old, **new, evidence={**old.evidence, **planner})


def _deviations(old: Format, new: Format, change: Change) -> list[Deviation]:
    found = []
    for key in (
        "tier",
        "minutes",
        "metres",
        "groups",
        "weight",
        "sizes",
        "stands_in_for",
        *_FURTHER,
    ):
        before, after = _plain(getattr(old, key)), _plain(getattr(new, key))
        if before != after:
            found.append(Deviation(old.id, key, before, after, change.reason or ""))
    return found


def _plain(value: Any) -> Any:
    """A value as a table or JSON shows it."""
    if isinstance(value, BaseModel):
        return value.model_dump()
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _in_use(
    settings: Formats, formats: Mapping[str, Format]
) -> tuple[tuple[str, ...], list[Wrong]]:
    wrong: list[Wrong] = []
    if settings.use is None:
        return tuple(
            name
            for name, entry in formats.items()
            if entry.walking is not settings.delivered and (entry.minutes or entry.metres)
        ), wrong
    use: list[str] = []
    if not settings.use:
        wrong.append(Wrong(("formats", "use"), Notice("fault.some_format"), Notice("fault.none")))
    for i, name in enumerate(settings.use):
        key = ("formats", "use", i)
        if name not in formats:
            hint = nearest(name, formats)
            wrong.append(Wrong(key, Notice("fault.a_format"), quoted(name), hint))
        elif formats[name].walking is settings.delivered:
            told = "fault.not_delivered" if settings.delivered else "fault.only_delivers"
            expected = Notice(told)
            wrong.append(Wrong(key, expected, quoted(name)))
        elif name in use:
            wrong.append(Wrong(key, Notice("fault.once"), quoted(name)))
        else:
            use.append(name)
    return tuple(use), wrong


def _check_groups(entry: Format, settings: Formats, groups: Collection[str]) -> list[Wrong]:
    wrong = []
    change = settings.change.get(entry.id)
    stated = change is not None and change.group is not None
    for i, group in enumerate(entry.groups):
        if group in groups:
            continue
        key: Key = ("formats", "change", entry.id, "group", i)
        if not stated:
            listed = entry.id in (settings.use or ())
            key = (
                ("formats", "use", (settings.use or []).index(entry.id)) if listed else ("formats",)
            )
        hint = nearest(group, groups) or (Notice("fault.name_group_column", id=entry.id))
        expected = Notice("fault.group_needs_column", id=entry.id)
        wrong.append(Wrong(key, expected, quoted(group), hint))
    return wrong
