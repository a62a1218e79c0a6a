"""What the layers of a scenario hold, and whether its rules speak of what is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from siting.errors import Fault, InputError, nearest
from siting.scenario.columns import rows_text
from siting.scenario.compounds import CompoundLayers, read_compounds
from siting.scenario.demand import Demand, read_demand
from siting.scenario.districts import assign_districts
from siting.scenario.gathering import Log
from siting.scenario.layers import LayerAt, Places, read_layer
from siting.scenario.mobile import PossibleStops, read_stops
from siting.scenario.outlets import StandingOutlets, read_outlets
from siting.scenario.phases import phases_of
from siting.scenario.premises import Premises, read_premises
from siting.scenario.reading import Document, Key
from siting.scenario.schema import Settings
from siting.scenario.schema_layers import Layer
from siting.scenario.standards import Standards


@dataclass(frozen=True)
class Contents:
    """The layers as tables of ids."""

    demand: Demand
    outlets: StandingOutlets
    premises: Premises
    stops: PossibleStops
    """Where vehicles may stop; none without mobile units."""
    away: tuple[Places, ...]
    """Places of each rule ``away``."""
    barriers: tuple[Places, ...]
    """What nobody walks across."""
    compounds: CompoundLayers | None
    """Walled compounds and their gates."""
    warnings: tuple[str, ...]

    @property
    def districts(self) -> tuple[str, ...]:
        """Every district named, those of the demand first, in order of appearance."""
        named = [*self.demand.district, *self.premises.district, *self.stops.district]
        return tuple(dict.fromkeys(name for name in named if name))


def read_contents(
    settings: Settings, standards: Standards, document: Document, folder: Path
) -> Contents:
    """Read every layer.

    Raises:
        InputError: the faults of all layers, and of rules that name unknown sites or districts.
    """
    log = Log()
    formats, use = standards.formats, standards.use
    demand = read_demand(settings.demand, document, folder, log)
    outlets = read_outlets(settings.outlets, formats, document, folder, log)
    phases = tuple(phase.name for phase in phases_of(settings))
    premises = read_premises(settings.premises, formats, use, phases, document, folder, log)
    stops = read_stops(settings.mobile_units, phases, document, folder, log)
    away = [_further(rule.places, ("rules", "away", i, "places"), document, folder, log)
            for i, rule in enumerate(settings.rules.away)]  # fmt: skip
    lines = settings.travel.barriers if settings.travel is not None else []
    barriers = [_further(layer, ("travel", "barriers", i), document, folder, log)
                for i, layer in enumerate(lines)]  # fmt: skip
    compounds = read_compounds(settings.travel, document, folder, log)
    if settings.districts is not None and demand is not None and premises is not None:
        polygons = _further(settings.districts, ("districts",), document, folder, log)
        if polygons is not None:
            kinds = [part for part in (demand, premises, stops) if part is not None]
            assign_districts(polygons, kinds, log)
    if demand is not None and premises is not None:
        _tell_blank(demand, premises, log)
    if premises is not None:
        log.faults += _unknown_sites(settings, document, premises, outlets, stops)
        log.faults += _too_many(settings, document, premises, outlets)
    if premises is not None and demand is not None:
        log.faults += _unknown_districts(settings, document, demand, premises, stops)
    if log.faults or demand is None or outlets is None or premises is None or stops is None:
        raise InputError(log.faults)
    _tell_unused(outlets, standards, log)
    return Contents(
        demand, outlets, premises, stops, tuple(part for part in away if part is not None),
        tuple(part for part in barriers if part is not None), compounds, tuple(log.warnings),
    )  # fmt: skip


def _further(layer: Layer, key: Key, document: Document, folder: Path, log: Log) -> Places | None:
    """A layer beside people, outlets and premises."""
    name = Path(layer.file or "layer").name.split(".")[0]
    try:
        places = read_layer(
            LayerAt(layer, document, key, folder, name, False, document.data.get("crs")), {}
        )
    except InputError as error:
        log.faults += error.faults
        return None
    log.warnings += places.warnings
    return places


def _too_many(
    settings: Settings, document: Document, premises: Premises, outlets: StandingOutlets | None
) -> Iterator[Fault]:
    """``objective.p`` beyond what could be chosen."""
    p, n_formats = settings.objective.p, len(settings.formats.use or ())
    movable = outlets is not None and any(len(a.outlet) for a in outlets.actions)
    if p is None or not n_formats or movable:
        return  # a moved outlet adds to the count: told when the problem is solved
    most = len(premises.places.ids) * n_formats
    if p > most:
        what = "number of candidate sites" + (" x formats" if n_formats > 1 else "")
        yield document.fault(("objective", "p"), f"must lie in 1..{most} ({what})", str(p))


def _unknown_sites(
    settings: Settings, document: Document, premises: Premises, outlets: StandingOutlets | None,
    stops: PossibleStops | None,
) -> Iterator[Fault]:  # fmt: skip
    known = set(premises.places.ids)
    if outlets is not None:
        known |= {str(outlets.places.ids[o]) for a in outlets.actions for o in a.outlet}
        if stops is not None:
            known |= set(stops.site_ids([*premises.places.ids, *outlets.places.ids]))
            known |= {name for _, name in stops.vehicle_ids()}
    for kind in ("require", "forbid", "hubs"):
        for i, rule in enumerate(getattr(settings.rules, kind)):
            if rule.site not in known:
                key: Key = ("rules", kind, i, "site")
                hint = nearest(rule.site, known)
                yield document.fault(key, "must be the id of a premises", repr(rule.site), hint)
    if outlets is None:
        return
    known = set(premises.places.ids)
    begin = 0
    for spec, part in zip(settings.outlets, outlets.places.layers, strict=True):
        sites = outlets.site[begin : begin + len(part)]
        begin += len(part)
        wrong = np.array([bool(site) and site not in known for site in sites], np.bool_)
        if wrong.any() and spec.site:
            before = len(part.columns.faults)
            rows = np.flatnonzero(wrong)
            hint = nearest(sites[rows[0]], known)
            part.columns.bad(spec.site, "must be blank or the id of a premises", rows, hint)
            yield from part.columns.faults[before:]


def _unknown_districts(
    settings: Settings, document: Document, demand: Demand, premises: Premises,
    stops: PossibleStops | None,
) -> Iterator[Fault]:  # fmt: skip
    of_demand, of_premises = set(demand.district) - {""}, set(premises.district) - {""}
    if stops is not None:
        of_premises |= set(stops.district) - {""}
    named: list[tuple[Key, str, set[str]]] = []
    if settings.budget is not None:
        named += [(("budget", "per_district", name), name, of_premises)
                  for name in settings.budget.per_district]  # fmt: skip
    if settings.rules.max_outlets is not None:
        named += [(("rules", "max_outlets", "per_district", name), name, of_premises)
                  for name in settings.rules.max_outlets.per_district]  # fmt: skip
    for i, circle in enumerate(settings.circles):
        named.append((("circles", i, "district"), circle.district, of_demand))
    for i, community in enumerate(settings.rules.floor_share):
        named.append((("rules", "floor_share", i, "district"), community.district, of_premises))
    for i, rule in enumerate(settings.rules.min_coverage):
        if rule.district not in (None, "*"):
            key: Key = ("rules", "min_coverage", i, "district")
            named.append((key, str(rule.district), of_demand))
    for key, name, known in named:
        if name in known:
            continue
        if known is of_premises and name in of_demand:
            continue  # a district without premises: nothing can be spent there
        hint = nearest(name, known) or f"districts: {', '.join(sorted(known)[:8]) or 'none'}"
        yield document.fault(key, "must be a district of the layers", repr(name), hint)


def _tell_blank(demand: Demand, premises: Premises, log: Log) -> None:
    """Places in no district, where there are districts at all."""
    for kind, district in (("demand", demand.district), ("premises", premises.district)):
        blank = np.flatnonzero(district == "")
        if 0 < len(blank) < len(district):
            log.warnings.append(f"{kind}: places without a district {rows_text(blank)}")


def _tell_unused(outlets: StandingOutlets, standards: Standards, log: Log) -> None:
    closed = int((outlets.status == "closed").sum())
    if closed:
        log.warnings.append(f"outlets that are closed are ignored: {closed:,}")
    upgradable = {int(o) for a in outlets.actions if a.kind == "upgrade" for o in a.outlet}
    lost = int((outlets.status == "substandard").sum()) - len(upgradable)
    if lost:
        log.warnings.append(f"substandard outlets that nothing can upgrade are ignored: {lost:,}")
    unused = [kind for kind in outlets.format if kind not in standards.use]
    if unused:
        kinds = ", ".join(sorted(set(unused)))
        log.warnings.append(f"outlets of formats not in use are ignored: {len(unused):,} ({kinds})")
