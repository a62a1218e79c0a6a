"""Checks of a scenario's keys against what its layers hold: sites, districts, numbers of them.

Each is made as far as the layers it needs could be read: nothing is called unknown while a fault
leaves open what is there.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siting.errors import Fault, nearest
from siting.scenario.document.document import Document, Key
from siting.scenario.layers.demand import Demand
from siting.scenario.layers.outlets import StandingOutlets
from siting.scenario.layers.premises import Premises
from siting.scenario.layers.stops import PossibleStops
from siting.scenario.schema.settings import Settings


def check_contents(
    settings: Settings,
    document: Document,
    demand: Demand | None,
    outlets: StandingOutlets | None,
    premises: Premises | None,
    stops: PossibleStops | None,
    divided: bool,
) -> list[Fault]:
    """Faults of keys that name what the layers do not have.

    Args:
        demand, outlets, premises, stops: None when none of their layers could be read.
        divided: whether the districts that a layer of polygons gives are known.
    """
    faults: list[Fault] = []
    if premises is not None and premises.places.named:
        faults += _unknown_sites(settings, document, premises, outlets, stops)
        faults += _unknown_places(settings, premises, outlets)
    if premises is not None and premises.places.whole:
        faults += _too_many(settings, document, premises, outlets)
    if divided and demand is not None:
        faults += _unknown_districts(settings, document, demand, premises, stops)
    return faults


def _unknown_sites(
    settings: Settings, document: Document, premises: Premises, outlets: StandingOutlets | None,
    stops: PossibleStops | None,
) -> Iterator[Fault]:  # fmt: skip
    """Rules about sites; outlets that may change and stops of vehicles are sites too."""
    known = set(premises.places.ids)
    if outlets is None or not outlets.places.named:
        keys: list[Key] = [("outlets", i, "actions") for i in range(len(settings.outlets))]
        may_change = any(layer.actions is not None for layer in settings.outlets)
        if may_change or settings.mobile_units or document.unsure(("outlets",), *keys):
            return
    else:
        known |= {str(outlets.places.ids[o]) for a in outlets.actions for o in a.outlet}
        if stops is None or not stops.places.named:
            return
        known |= set(stops.site_ids([*premises.places.ids, *outlets.places.ids]))
        known |= {name for _, name in stops.vehicle_ids()}
    fleets = _open_fleets(settings, document)
    for kind in ("require", "forbid", "hubs"):
        for i, rule in enumerate(getattr(settings.rules, kind)):
            if rule.site not in known and not rule.site.startswith(fleets):
                key: Key = ("rules", kind, i, "site")
                hint = nearest(rule.site, known)
                yield document.fault(key, "must be the id of a premises", repr(rule.site), hint)


def _open_fleets(settings: Settings, document: Document) -> tuple[str, ...]:
    """How the ids of vehicles begin whose number or name a fault leaves open."""
    begin = []
    for i, unit in enumerate(settings.mobile_units):
        key: Key = ("mobile_units", i)
        if document.unsure((*key, "name"), (*key, "format")):
            begin.append("")
        number: list[Key] = [(*key, name) for name in ("max_vehicles", "stops_a_week")]
        if document.unsure(*number, (*key, "stops", "visits")):
            begin.append(f"{unit.called} ")
    return tuple(begin)


def _unknown_places(
    settings: Settings, premises: Premises, outlets: StandingOutlets | None
) -> Iterator[Fault]:
    """Outlets that stand in premises nobody knows."""
    if outlets is None:
        return
    known = set(premises.places.ids)
    begin = 0
    for i, part in zip(outlets.places.at, outlets.places.layers, strict=True):
        spec = settings.outlets[i]
        sites = outlets.site[begin : begin + len(part)]
        begin += len(part)
        wrong = np.array([bool(site) and site not in known for site in sites], np.bool_)
        if wrong.any() and spec.site:
            before = len(part.columns.faults)
            rows = np.flatnonzero(wrong)
            hint = nearest(sites[rows[0]], known)
            part.columns.bad(spec.site, "must be blank or the id of a premises", rows, hint)
            yield from part.columns.faults[before:]


def _too_many(
    settings: Settings, document: Document, premises: Premises, outlets: StandingOutlets | None
) -> Iterator[Fault]:
    """``objective.p`` beyond what could be chosen."""
    p, n_formats = settings.objective.p, len(settings.formats.use or ())
    if p is None or not n_formats or document.unsure(("formats", "use"), below=True):
        return
    if outlets is None or not outlets.places.whole or any(len(a.outlet) for a in outlets.actions):
        return  # a moved outlet adds to the count: told when the problem is solved
    most = len(premises.places.ids) * n_formats
    if p > most:
        what = "number of candidate sites" + (" x formats" if n_formats > 1 else "")
        yield document.fault(("objective", "p"), f"must lie in 1..{most} ({what})", str(p))


def _unknown_districts(
    settings: Settings, document: Document, demand: Demand, premises: Premises | None,
    stops: PossibleStops | None,
) -> Iterator[Fault]:  # fmt: skip
    people: list[Key] = [("demand", i, "district") for i in range(len(settings.demand))]
    if not demand.places.whole or document.unsure(*people):
        return
    of_demand = set(demand.district) - {""}
    named = _named_of_demand(settings)
    of_premises: set[str] = set()
    if premises is not None and stops is not None and _told(settings, document, premises, stops):
        # Money can be set aside for a district without premises; nothing is spent there then.
        of_premises = (set(premises.district) | set(stops.district)) - {""}
        named += _named_of_premises(settings)
    if settings.districts is not None and named and not of_demand:
        # Every name would be unknown: the one fault is where the people or the polygons lie.
        if len(demand.district):
            expected = "must hold the places of the demand"
            found = f"none of {len(demand.district):,} in its polygons"
            hint = "look at crs and at the coordinates of both layers"
            yield document.fault(("districts",), expected, found, hint)
        return
    for key, name, of_people in named:
        known = of_demand if of_people else of_premises
        if name in known or name in of_demand:
            continue
        hint = nearest(name, known) or f"districts: {', '.join(sorted(known)[:8]) or 'none'}"
        yield document.fault(key, "must be a district of the layers", repr(name), hint)


def _told(settings: Settings, document: Document, premises: Premises, stops: PossibleStops) -> bool:
    """Whether the districts of all premises and stops are known."""
    keys: list[Key] = [("premises", i, "district") for i in range(len(settings.premises))]
    keys += [("mobile_units", i, "stops", "district") for i in range(len(settings.mobile_units))]
    return premises.places.whole and stops.places.whole and not document.unsure(*keys)


def _named_of_demand(settings: Settings) -> list[tuple[Key, str, bool]]:
    """Districts that must have people."""
    named: list[tuple[Key, str, bool]] = [
        (("circles", i, "district"), circle.district, True)
        for i, circle in enumerate(settings.circles)
    ]
    for i, rule in enumerate(settings.rules.min_coverage):
        if rule.district not in (None, "*"):
            named.append((("rules", "min_coverage", i, "district"), str(rule.district), True))
    return named


def _named_of_premises(settings: Settings) -> list[tuple[Key, str, bool]]:
    """Districts that should have premises, or at least people."""
    named: list[tuple[Key, str, bool]] = []
    if settings.budget is not None:
        named += [(("budget", "per_district", name), name, False)
                  for name in settings.budget.per_district]  # fmt: skip
    if settings.rules.max_outlets is not None:
        named += [(("rules", "max_outlets", "per_district", name), name, False)
                  for name in settings.rules.max_outlets.per_district]  # fmt: skip
    for i, community in enumerate(settings.rules.floor_share):
        named.append((("rules", "floor_share", i, "district"), community.district, False))
    return named
