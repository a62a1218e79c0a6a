"""Checks of a scenario's keys against what its layers hold: sites, districts, numbers of them.

Each is made as far as the layers it needs could be read: nothing is called unknown while a fault
leaves open what is there.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siting.errors import Fault, nearest
from siting.notice import Notice, first, quoted
from siting.scenario.document.document import Key
from siting.scenario.document.wrong import Wrong
from siting.scenario.layers.columns import MOST_NAMED
from siting.scenario.layers.demand import Demand
from siting.scenario.layers.outlets import StandingOutlets
from siting.scenario.layers.premises import Premises
from siting.scenario.layers.stops import PossibleStops
from siting.scenario.schema.settings import Settings


def check_contents(
    settings: Settings,
    demand: Demand | None,
    outlets: StandingOutlets | None,
    premises: Premises | None,
    stops: PossibleStops | None,
    divided: bool,
) -> Iterator[Wrong | Fault]:
    """Faults of keys that name what the layers do not have.

    Args:
        demand, outlets, premises, stops: None when none of their layers could be read.
        divided: whether the districts that a layer of polygons gives are known.
    """
    if premises is not None and premises.places.named:
        yield from _unknown_sites(settings, premises, outlets, stops)
        yield from _unknown_places(settings, premises, outlets)
    if premises is not None and premises.places.whole:
        yield from _too_many(settings, premises, outlets)
    if divided and demand is not None:
        yield from _unknown_districts(settings, demand, premises, stops)


def _unknown_sites(
    settings: Settings,
    premises: Premises,
    outlets: StandingOutlets | None,
    stops: PossibleStops | None,
) -> Iterator[Wrong]:
    """Rules about sites; outlets that may change and stops of vehicles are sites too."""
    known = set(premises.places.ids)
    given: tuple[Key, ...] = ()
    if outlets is None or not outlets.places.named:
        if settings.mobile_units or any(layer.actions is not None for layer in settings.outlets):
            return
        own: list[Key] = [("outlets", i, "actions") for i in range(len(settings.outlets))]
        given = (("outlets",), *own)
    else:
        known |= {str(outlets.places.ids[o]) for a in outlets.actions for o in a.outlet}
        if stops is None or not stops.places.named:
            return
        known |= set(stops.site_ids([*premises.places.ids, *outlets.places.ids]))
        known |= {name for _, name in stops.vehicle_ids()}
    for kind in ("require", "forbid", "hubs"):
        for i, rule in enumerate(getattr(settings.rules, kind)):
            if rule.site not in known:
                key: Key = ("rules", kind, i, "site")
                hint = nearest(rule.site, known)
                yield Wrong(
                    key,
                    Notice("fault.a_premises"),
                    quoted(rule.site),
                    hint,
                    given=(*given, *_fleets(settings, rule.site)),
                )


def _fleets(settings: Settings, site: str) -> Iterator[Key]:
    """Keys that tell whether a site is a vehicle: what the units are called, and how many vehicles
    those have whose ids begin as the site's does."""
    for i, unit in enumerate(settings.mobile_units):
        key: Key = ("mobile_units", i)
        yield from ((*key, "name"), (*key, "format"))
        if site.startswith(f"{unit.called} "):
            yield from ((*key, "max_vehicles"), (*key, "stops_a_week"), (*key, "stops", "visits"))


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
            part.columns.bad(spec.site, Notice("fault.blank_or_premises"), rows, hint)
            yield from part.columns.faults[before:]


def _too_many(
    settings: Settings, premises: Premises, outlets: StandingOutlets | None
) -> Iterator[Wrong]:
    """``objective.p`` beyond what could be chosen."""
    p, n_formats = settings.objective.p, len(settings.formats.use or ())
    if p is None or not n_formats:
        return
    if outlets is None or not outlets.places.whole or any(len(a.outlet) for a in outlets.actions):
        return  # a moved outlet adds to the count: told when the problem is solved
    most = len(premises.places.ids) * n_formats
    if p > most:
        what = Notice("fault.sites_and_formats") if n_formats > 1 else Notice("fault.n_sites")
        whole = (("formats", "use"),)
        yield Wrong(
            ("objective", "p"), Notice("fault.in_1_to", most=most, what=what), str(p), whole=whole
        )


def _unknown_districts(
    settings: Settings, demand: Demand, premises: Premises | None, stops: PossibleStops | None
) -> Iterator[Wrong]:
    people: list[Key] = [("demand", i, "district") for i in range(len(settings.demand))]
    if not demand.places.whole:
        return
    of_demand = set(demand.district) - {""}
    wanted = [(key, name, of_demand, people) for key, name in _named_of_demand(settings)]
    if premises is not None and stops is not None and premises.places.whole and stops.places.whole:
        # Money can be set aside for a district without premises; nothing is spent there then.
        of_premises = (set(premises.district) | set(stops.district)) - {""}
        both = [*people, *_districts_of_sites(settings)]
        wanted += [(key, name, of_premises, both) for key, name in _named_of_premises(settings)]
    if settings.districts is not None and wanted and not of_demand:
        # Every name would be unknown: the one fault is where the people or the polygons lie.
        if len(demand.district):
            expected = Notice("fault.holds_demand")
            found = Notice("fault.none_within", n_district=len(demand.district))
            hint = Notice("fault.look_at_both")
            yield Wrong(("districts",), expected, found, hint, given=tuple(wanted[0][3]))
        return
    for key, name, known, given in wanted:
        if name in known or name in of_demand:
            continue
        some = Notice("fault.districts", known=sorted(known)[:8] or Notice("fault.none"))
        expected = Notice("fault.a_district")
        yield Wrong(key, expected, quoted(name), nearest(name, known) or some, given=tuple(given))


def tell_districts(
    settings: Settings, demand: Demand, premises: Premises, stops: PossibleStops
) -> Iterator[Notice]:
    """Rules about districts in which nothing can open, and layers whose districts never meet."""
    of_people = set(demand.district) - {""}
    of_sites = (set(premises.district) | set(stops.district)) - {""}
    if of_people and of_sites and not of_people & of_sites:
        yield Notice(
            "layer.districts_apart",
            people=first(sorted(of_people), MOST_NAMED),
            sites=first(sorted(of_sites), MOST_NAMED),
        )
    for key, name in _named_of_premises(settings):
        if name not in of_sites:
            yield Notice(
                "rules.no_premises_there",
                asked=".".join(map(str, key)),
                district=name,
                known=first(sorted(of_sites), MOST_NAMED) if of_sites else Notice("fault.none"),
            )


def _districts_of_sites(settings: Settings) -> Iterator[Key]:
    """Keys that tell the districts of premises and of stops."""
    yield from (("premises", i, "district") for i in range(len(settings.premises)))
    yield from (("mobile_units", i, "stops", "district") for i in range(len(settings.mobile_units)))


def _named_of_demand(settings: Settings) -> Iterator[tuple[Key, str]]:
    """Districts that must have people."""
    for i, circle in enumerate(settings.circles):
        yield ("circles", i, "district"), circle.district
    for i, rule in enumerate(settings.rules.min_coverage):
        if rule.district not in (None, "*"):
            yield ("rules", "min_coverage", i, "district"), str(rule.district)
    for i, floor in enumerate(settings.rules.floor_per):
        if floor.district not in (None, "*"):
            yield ("rules", "floor_per", i, "district"), str(floor.district)
    for i, goal in enumerate(settings.commitments):
        if goal.district is not None:
            yield ("commitments", i, "district"), goal.district


def _named_of_premises(settings: Settings) -> Iterator[tuple[Key, str]]:
    """Districts that should have premises, or at least people."""
    if settings.budget is not None:
        yield from (
            (("budget", "per_district", name), name) for name in settings.budget.per_district
        )
    if settings.rules.max_outlets is not None:
        yield from (
            (("rules", "max_outlets", "per_district", name), name)
            for name in settings.rules.max_outlets.per_district
        )
    for i, community in enumerate(settings.rules.floor_share):
        yield ("rules", "floor_share", i, "district"), community.district
