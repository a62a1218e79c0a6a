"""Checks of mobile units before their stops are read."""

from __future__ import annotations

from collections.abc import Iterator

from siting.errors import nearest
from siting.notice import Notice, plain, quoted
from siting.scenario.document.document import Key
from siting.scenario.document.wrong import Wrong
from siting.scenario.formats.standards import Standards
from siting.scenario.layers.phases import phases_of, phases_told
from siting.scenario.schema.settings import Settings


def check_mobile(settings: Settings, effect: Standards) -> Iterator[Wrong]:
    """Formats not in use, units that cannot be told apart, stops that take more than a week has."""
    seen: set[str] = set()
    for i, unit in enumerate(settings.mobile_units):
        key: Key = ("mobile_units", i)
        if effect.all_use and unit.format not in effect.use:
            hint = nearest(unit.format, effect.use) or Notice("fault.in_use", use=effect.use)
            at = (*key, "format")
            yield Wrong(at, Notice("fault.format_in_use"), quoted(unit.format), hint)
        name = unit.called
        if name in seen:
            hint = Notice("fault.name_each")
            at = (*key, "name" if unit.name else "format")
            yield Wrong(at, Notice("fault.unlike_units"), quoted(name), hint)
        seen.add(name)
        visits, most = unit.stops.visits, unit.max_vehicles * unit.stops_a_week
        if not isinstance(visits, str) and visits > most:
            expected = Notice("fault.most_calls", most=most)
            at = (*key, "stops", "visits")
            given = ((*key, "max_vehicles"), (*key, "stops_a_week"))
            hint = Notice("fault.raise_calls")
            yield Wrong(at, expected, str(visits), hint, given=given)
        if unit.stops.available_from is not None and not phases_of(settings):
            at = (*key, "stops", "available_from")
            expected = Notice("fault.no_phases")
            found = quoted(unit.stops.available_from)
            whole = phases_told(settings.phases)
            yield Wrong(at, expected, found, plain("phases: [2026, 2027]"), whole=whole)
