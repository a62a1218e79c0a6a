"""Mobile units as sites and options: a site for each stop, and one for each vehicle.

A vehicle is an option that serves nobody, at a site of its own that nobody reaches; stops are
options that serve people, need no floor and are limited by the vehicles (``rules_mobile``). So any
method that knows options and rows decides on vehicles and stops together with everything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np
from numpy.typing import NDArray

from siting.problem import UNLIMITED, Action
from siting.problem.reach import Reach
from siting.scenario.assemble.contents import Contents
from siting.scenario.assemble.reach import Walked
from siting.scenario.layers.gather import free_id
from siting.scenario.layers.stops import PossibleStops
from siting.scenario.schema.values import exact


@dataclass(frozen=True)
class MobileSites:
    """Stops, then vehicles. Arrays of shape (n,)."""

    ids: NDArray[np.object_]
    reach: Reach
    xy: NDArray[np.float64]
    """A vehicle is shown in the middle of its unit's stops."""
    lonlat: NDArray[np.float64]
    district: NDArray[np.object_]
    first_phase: NDArray[np.int32]
    unit: NDArray[np.int32]
    """Position of the mobile unit."""
    visits: NDArray[np.int64]
    """Calls a week that a stop takes; less what a vehicle makes."""
    number: NDArray[np.int64]
    """Of a vehicle within its unit, from 1; 0 for stops."""


def mobile_sites(contents: Contents, walked: Walked) -> MobileSites:
    """Sites of everything that mobile units may use."""
    stops = contents.stops
    taken = [*contents.premises.places.ids, *contents.outlets.places.ids]
    fixed = {*taken, *stops.site_ids(taken)}
    vehicles = stops.vehicle_ids()
    unit = np.array([u for u, _ in vehicles], np.int32)
    names = [free_id("vehicle:", name, fixed) if name in fixed else name for _, name in vehicles]
    xy = walked.xy.get("stops", np.zeros((0, 2)))
    reach = walked.stops
    if reach is None:
        reach = Reach.empty(0, walked.sites.n_points, walked.sites.cost.dtype)
    none = np.zeros(len(vehicles), np.int64)
    return MobileSites(
        ids=np.array([*stops.site_ids(taken), *names], object),
        reach=Reach(
            np.concatenate([reach.start, np.full(len(vehicles), reach.start[-1])]),
            reach.point,
            reach.cost,
            reach.n_points,
        ),
        xy=np.concatenate([xy, _middles(xy, stops, unit)]),
        lonlat=np.concatenate([stops.places.lonlat, _middles(stops.places.lonlat, stops, unit)]),
        district=np.concatenate([stops.district, np.full(len(vehicles), "", object)]),
        first_phase=np.concatenate([stops.first_phase, none.astype(np.int32)]),
        unit=np.concatenate([stops.unit, unit]),
        visits=np.concatenate([stops.visits, -_of_units(stops, unit, "stops_a_week")]),
        number=np.concatenate([np.zeros(len(stops), np.int64), _numbers(unit)]),
    )


def _middles(
    xy: NDArray[np.float64], stops: PossibleStops, unit: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Mean place of each vehicle's stops."""
    middle = {u: xy[stops.unit == u].mean(axis=0) for u in np.unique(unit)}
    return np.array([middle[u] for u in unit], np.float64).reshape(-1, 2)


def _of_units(stops: PossibleStops, unit: NDArray[np.int32], key: str) -> NDArray[np.int64]:
    return np.array([getattr(stops.units[u], key) for u in unit], np.int64)


def _numbers(unit: NDArray[np.int32]) -> NDArray[np.int64]:
    """1, 2, 3 ... within each unit; units follow each other."""
    first = np.searchsorted(unit, unit)
    return np.arange(len(unit)) - first + 1


def mobile_options(
    contents: Contents,
    mobile: MobileSites,
    first_site: int,
    use: Sequence[str],
    names: Sequence[str],
) -> Iterator[dict[str, NDArray[np.int64]]]:
    """One option a stop and a vehicle; their size is called like their unit.

    Args:
        first_site: position of the first stop among all sites.
        names: of sizes.
    """
    stops = contents.stops
    n, m = len(mobile.unit), len(stops)
    if not n:
        return
    price = [floor(exact(unit.cost) + Fraction(1, 2)) for unit in stops.units]
    cost = np.array(price, np.int64)[mobile.unit]
    cost[:m] = stops.cost
    sizes = [names.index(unit.called) for unit in stops.units]
    formats = [use.index(unit.format) for unit in stops.units]
    yield {
        "site": first_site + np.arange(n),
        "format": np.array(formats, np.int64)[mobile.unit],
        "cost": cost,
        "area": np.zeros(n, np.int64),
        "capacity": np.concatenate([stops.capacity, np.full(n - m, UNLIMITED)]),
        "size": np.array(sizes, np.int64)[mobile.unit],
        "action": np.where(mobile.number > 0, Action.VEHICLE.code, Action.STOP.code).astype(
            np.int64
        ),
    }
