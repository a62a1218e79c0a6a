"""Mobile units: where their vehicles may stop, read from the layers of stops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.notice import Notice
from siting.problem import UNLIMITED
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import Folder
from siting.scenario.layers.available_from import first_phase
from siting.scenario.layers.gather import Gathered, Log, free_id, gather
from siting.scenario.layers.layer import Places
from siting.scenario.layers.phases import phases_known
from siting.scenario.layers.units import MONEY, PERSONS, PLAIN, Quantity
from siting.scenario.schema.layers import Layer
from siting.scenario.schema.mobile import MobileUnit
from siting.scenario.schema.values import MAX_MONEY


@dataclass(frozen=True)
class PossibleStops:
    """Every stop that a vehicle may serve, unit after unit. Arrays of shape (n_stops,)."""

    places: Gathered
    units: tuple[MobileUnit, ...]
    unit: NDArray[np.int32]
    """Position in ``units``."""
    cost: NDArray[np.int64]
    """Whole currency units, rounded half up."""
    visits: NDArray[np.int64]
    """Calls a week that it takes."""
    capacity: NDArray[np.int64]
    """Persons (whole), rounded down; UNLIMITED when not limited."""
    district: NDArray[np.object_]
    """Name, empty where a stop is in none."""
    first_phase: NDArray[np.int32]
    """Position of the first phase in which it can be used; the number of phases = in none."""

    def __len__(self) -> int:
        return len(self.unit)

    def vehicles(self, u: int) -> int:
        """How many vehicles of a unit could have something to do."""
        calls = int(self.visits[self.unit == u].sum())
        return min(self.units[u].max_vehicles, -(-calls // self.units[u].stops_a_week))

    def site_ids(self, taken: Iterable[str]) -> list[str]:
        """Ids of the stops among sites: their own, with the unit's name where another site has it.

        Args:
            taken: ids of premises and outlets.
        """
        count = Counter(taken) + Counter(self.places.ids)
        names, known = [unit.called for unit in self.units], set(count)
        return [
            identity if count[identity] == 1 else free_id(f"{names[u]}:", identity, known)
            for identity, u in zip(self.places.ids, self.unit, strict=True)
        ]

    def vehicle_ids(self) -> list[tuple[int, str]]:
        """Unit and id of each vehicle: the unit's name and a number from 1."""
        return [
            (u, f"{unit.called} {j + 1}")
            for u, unit in enumerate(self.units)
            for j in range(self.vehicles(u))
        ]


def read_stops(
    units: Sequence[MobileUnit],
    phases: tuple[str, ...],
    document: Document,
    folder: Folder,
    log: Log,
) -> PossibleStops | None:
    """Read the layers of stops; None when none can be read (the log says why)."""

    def wanted(spec: Layer) -> dict[Key, str]:
        keys = ("cost", "visits", "capacity", "district", "available_from")
        values = {(key,): getattr(spec, key) for key in keys}
        return {key: column for key, column in values.items() if isinstance(column, str)}

    keys: list[Key] = [("mobile_units", i, "stops") for i in range(len(units))]
    specs = [unit.stops for unit in units]
    places = gather("stops", specs, document, folder, wanted, lambda spec: [], log, keys=keys)
    if places is None:
        return None
    none = np.zeros(0, np.int64)
    columns: list[tuple[NDArray[np.int64], ...]] = []
    district, phase = [np.zeros(0, object)], [np.zeros(0, np.int32)]
    read = [units[i] for i in places.at]
    known = phases_known(document)
    for unit, part in zip(read, places.layers, strict=True):
        before = len(part.columns.faults)
        columns.append(_numbers(unit, part))
        blank = np.full(len(part), "", object)
        spec = unit.stops
        district.append(part.columns.text(spec.district) if spec.district else blank)
        first = np.zeros(len(part), np.int32)
        dated = spec.available_from if known else None
        phase.append(first_phase(dated, part, phases) if dated else first)
        log.faults += part.columns.faults[before:]
    cost, visits, capacity = (
        np.concatenate([none, *(column[k] for column in columns)]) for k in range(3)
    )
    sizes = [len(part) for part in places.layers]
    stops = PossibleStops(
        places,
        tuple(read),
        np.repeat(np.arange(len(read)), sizes).astype(np.int32),
        cost,
        visits,
        capacity,
        np.concatenate(district),
        np.concatenate(phase),
    )
    _tell_too_many_visits(stops, log)
    return stops


def _numbers(unit: MobileUnit, part: Places) -> tuple[NDArray[np.int64], ...]:
    """Cost, visits and capacity of one unit's stops."""
    spec = unit.stops
    cost = _column(spec.cost, part, 0, MAX_MONEY, Notice("fault.is_cost"), MONEY)
    visits = _column(spec.visits, part, 1, 10**6, Notice("fault.is_visits"))
    if isinstance(spec.visits, str):
        broken = np.flatnonzero(visits != np.floor(visits))
        faulty = {fault.key for fault in part.columns.faults}
        if len(broken) and spec.visits not in faulty:
            part.columns.bad(spec.visits, Notice("fault.is_visits"), broken)
    if spec.capacity is not None:
        persons = _column(spec.capacity, part, 0, 10**9, Notice("fault.is_persons"), PERSONS)
        capacity = np.floor(persons).astype(np.int64)
    else:
        capacity = np.full(len(part), UNLIMITED if unit.capacity is None else unit.capacity)
    return np.floor(cost + 0.5).astype(np.int64), visits.astype(np.int64), capacity


def _column(
    given: str | float,
    part: Places,
    low: float,
    high: float,
    expected: Notice,
    quantity: Quantity = PLAIN,
) -> NDArray[np.float64]:
    if isinstance(given, str):
        return part.columns.numbers(given, low, high, expected, quantity=quantity)
    return np.full(len(part), float(given))


def _tell_too_many_visits(stops: PossibleStops, log: Log) -> None:
    """Stops that need more calls than all vehicles make are never served."""
    for u, unit in enumerate(stops.units):
        most = unit.max_vehicles * unit.stops_a_week
        never = int((stops.visits[stops.unit == u] > most).sum())
        if never:
            log.warnings.append(Notice("stops.never_served", unit=unit.called, n=never, most=most))
