"""What the layers of a scenario hold, and whether its rules speak of what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.problem import Action
from siting.scenario.checks.across_layers import check_together
from siting.scenario.checks.contents import check_contents, tell_districts
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import Folder
from siting.scenario.document.wrong import located
from siting.scenario.formats.standards import Standards
from siting.scenario.layers.columns import row_values
from siting.scenario.layers.compounds import CompoundLayers, read_compounds
from siting.scenario.layers.demand import Demand, read_demand
from siting.scenario.layers.districts import assign_districts
from siting.scenario.layers.gaits import apart, gaits_of
from siting.scenario.layers.gather import Gathered, Log
from siting.scenario.layers.layer import LayerAt, Places, read_layer
from siting.scenario.layers.outlets import StandingOutlets, read_outlets
from siting.scenario.layers.phases import phases_of
from siting.scenario.layers.premises import Premises, read_premises
from siting.scenario.layers.stops import PossibleStops, read_stops
from siting.scenario.schema.layers import Layer
from siting.scenario.schema.settings import Settings


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
    neighbours: Mapping[str, tuple[Places, ...]]
    """schools, homes: the places of their layers."""
    water: tuple[Places, ...]
    """Rivers and lakes, for maps."""
    polygons: Places | None
    """Of districts; None where no layer has them."""
    outlet_district: NDArray[np.object_]
    """District that the polygons of ``districts`` put each outlet of the layers in; empty where
    they do not tell. Shape (n_outlets,)."""
    warnings: tuple[Notice, ...]

    @property
    def beside(self) -> tuple[Places, ...]:
        """Layers beside those that people walk between."""
        near = [part for parts in self.neighbours.values() for part in parts]
        return (*self.away, *near, *filter(None, [self.polygons]))

    @property
    def districts(self) -> tuple[str, ...]:
        """Every district named, those of the demand first, in order of appearance."""
        named = [*self.demand.district, *self.premises.district, *self.stops.district]
        return tuple(dict.fromkeys(name for name in named if name))


@dataclass(frozen=True)
class _Standing:
    """Outlets as places that polygons can put into districts."""

    places: Gathered
    district: NDArray[np.object_]

    @classmethod
    def of(cls, outlets: StandingOutlets | None) -> _Standing:
        """None of them in any yet."""
        nothing = Gathered((), np.zeros(0, object), np.zeros((0, 2)))
        places = nothing if outlets is None else outlets.places
        return cls(places, np.full(len(places.ids), "", object))


def read_contents(
    settings: Settings, standards: Standards, document: Document, folder: Folder
) -> Contents:
    """Read every layer.

    Raises:
        InputError: the faults of all layers, and of rules that name unknown sites or districts.
    """
    contents, faults = try_contents(settings, standards, document, folder)
    if contents is None:
        raise InputError(faults)
    return contents


def try_contents(
    settings: Settings, standards: Standards, document: Document, folder: Folder
) -> tuple[Contents | None, list[Fault]]:
    """Read every layer that can be read, also of a scenario that has faults itself.

    Returns:
        The layers, None when anything is wrong, and what is wrong.
    """
    log = Log()
    demand = read_demand(settings.demand, document, folder, log)
    outlets = read_outlets(settings.outlets, standards, document, folder, log)
    phases = tuple(phase.name for phase in phases_of(settings))
    premises = read_premises(settings.premises, standards, phases, document, folder, log)
    stops = read_stops(settings.mobile_units, phases, document, folder, log)
    away = [
        _further(rule.places, ("rules", "away", i, "places"), document, folder, log)
        for i, rule in enumerate(settings.rules.away)
    ]
    lines = settings.travel.barriers if settings.travel is not None else []
    barriers = [
        _further(layer, ("travel", "barriers", i), document, folder, log)
        for i, layer in enumerate(lines)
    ]
    near = {
        kind: [
            _further(layer, ("neighbours", kind, i), document, folder, log)
            for i, layer in enumerate(getattr(settings.neighbours, kind))
        ]
        for kind in ("schools", "homes")
    }
    water = [
        _further(layer, ("water", i), document, folder, log, layer.osm or ())
        for i, layer in enumerate(settings.water)
    ]
    compounds = read_compounds(settings.travel, document, folder, log)
    kinds = [part for part in (demand, premises, stops) if part is not None]
    divided = settings.districts is None
    standing = _Standing.of(outlets)
    polygons = None
    if settings.districts is not None:
        polygons = _further(settings.districts, ("districts",), document, folder, log)
        if polygons is not None and polygons.named and polygons.placed:
            divided = all(kind.places.placed for kind in kinds)
            assign_districts(polygons, [*kinds, standing], log)
    if demand is not None and premises is not None:
        _tell_blank(demand, premises, log)
    placed: dict[str, list[Places]] = {
        kind: [*part.places.layers]
        for kind, part in (
            ("demand", demand),
            ("premises", premises),
            ("outlets", outlets),
            ("stops", stops),
        )
        if part is not None
    }
    placed |= {"away": [*filter(None, away)], "barriers": [*filter(None, barriers)]}
    placed |= {kind: [*filter(None, parts)] for kind, parts in near.items()}
    if compounds is not None:
        placed |= {"compounds": [*compounds.compounds.layers], "gates": [*compounds.gates.layers]}
    placed["districts"] = [] if polygons is None else [polygons]
    for parts in placed.values():
        log.warnings += [notice for part in parts for notice in part.columns.told]
    faults, notices = check_together(placed, settings.crs)
    log.faults += faults
    log.warnings += notices
    divided = divided and not faults  # of a layer elsewhere all districts would be unknown
    told = check_contents(settings, demand, outlets, premises, stops, divided)
    log.faults += located(document, told)
    if log.faults or demand is None or outlets is None or premises is None or stops is None:
        return None, log.faults
    _tell_unused(outlets, standards, log)
    log.warnings += tell_districts(settings, demand, premises, stops)
    contents = Contents(
        _by_gait(demand, settings),
        outlets,
        premises,
        stops,
        tuple(part for part in away if part is not None),
        tuple(part for part in barriers if part is not None),
        compounds,
        {kind: tuple(filter(None, parts)) for kind, parts in near.items()},
        tuple(filter(None, water)),
        polygons,
        standing.district,
        tuple(log.warnings),
    )
    return contents, []


def _by_gait(demand: Demand, settings: Settings) -> Demand:
    if settings.travel is None:  # told where it is missing
        return demand
    return apart(demand, list(gaits_of(settings.travel, demand.groups).values()))


def _further(
    layer: Layer,
    key: Key,
    document: Document,
    folder: Folder,
    log: Log,
    tags: Sequence[str] = (),
) -> Places | None:
    """A layer beside people, outlets and premises.

    Args:
        tags: of OpenStreetMap, that its places have.
    """
    name = Path(layer.file or "layer").name.split(".")[0]
    planar = None if document.unsure(("crs",)) else document.data.get("crs")
    at = LayerAt(layer, document, key, folder, name, False, planar)
    if not at.readable():
        return None
    try:
        places = read_layer(at, {}, list(tags))
    except InputError as error:
        log.faults += error.faults
        return None
    log.faults += places.columns.faults
    log.warnings += places.warnings
    return places


def _tell_blank(demand: Demand, premises: Premises, log: Log) -> None:
    """Places in no district, where there are districts at all."""
    for kind, district in (("demand", demand.district), ("premises", premises.district)):
        blank = np.flatnonzero(district == "")
        if 0 < len(blank) < len(district):
            log.warnings.append(Notice("layer.no_district", kind=kind, **row_values(blank)))


def _tell_unused(outlets: StandingOutlets, standards: Standards, log: Log) -> None:
    closed = int((outlets.status == "closed").sum())
    if closed:
        log.warnings.append(Notice("outlets.closed", n=closed))
    upgradable = {int(o) for a in outlets.actions if a.kind is Action.UPGRADE for o in a.outlet}
    lost = int((outlets.status == "substandard").sum()) - len(upgradable)
    if lost:
        log.warnings.append(Notice("outlets.lost", n=lost))
    unused = [kind for kind in outlets.format if kind and kind not in standards.use]
    if unused:
        kinds = sorted(set(unused))
        log.warnings.append(Notice("outlets.not_in_use", n=len(unused), formats=kinds))
