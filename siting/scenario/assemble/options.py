"""Ways of opening: every permitted format at every premises in every size, priced and measured; and
what may be done to what stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.notice import Notice
from siting.problem import FOREVER, UNLIMITED, Action, Options
from siting.scenario.assemble.contents import Contents
from siting.scenario.assemble.mobile import mobile_options
from siting.scenario.assemble.sites import Sites
from siting.scenario.formats.catalogue import Format
from siting.scenario.layers.outlets import OutletAction
from siting.scenario.schema.formats import Size
from siting.scenario.schema.values import exact

ADD_ON = "add-on"
"""Name of the size that is a counter in another format's shop."""
_MICRO = 10**6


def make_options(
    contents: Contents,
    sites: Sites,
    formats: Mapping[str, Format],
    use: Sequence[str],
    phases: Sequence[str],
) -> tuple[Options, tuple[str, ...]]:
    """Options of every site, and the names of sizes that ``Options.size`` points into."""
    premises, outlets = contents.premises, contents.outlets
    n_phases = max(len(phases), 1)
    sized = [(f, size) for f, name in enumerate(use) for size in ways_of(formats[name])]
    labels = [
        name
        for action in outlets.actions
        for row in action.outlet
        for name in sizes_of(action.kind, str(outlets.places.ids[row]), phases)
    ]
    labels += [unit.called for unit in contents.stops.units]
    names = tuple(dict.fromkeys([*(size.name for _, size in sized), *labels])) or ("",)
    parts: list[dict[str, NDArray[np.int64]]] = []
    for f, size in sized:
        at = np.flatnonzero(premises.permitted[:, f]).astype(np.int64)
        parts.append(
            {
                "site": at,
                "format": np.full(len(at), f, np.int64),
                "cost": priced(size.cost, premises.cost_factor[at]),
                "area": np.full(len(at), ceil(exact(size.area_m2)), np.int64),
                "capacity": np.full(len(at), UNLIMITED if size.capacity is None else size.capacity),
                "size": np.full(len(at), names.index(size.name), np.int64),
                "action": np.full(len(at), Action.OPEN.code),
            }
        )
    for action in outlets.actions:
        parts += _done(action, contents, sites, use, names, phases)
    parts += mobile_options(contents, sites.mobile, sites.first_stop, use, names)
    other = {"last": FOREVER, "outlet": -1}
    whole = [{k: np.full(len(part["site"]), v) for k, v in other.items()} | part for part in parts]
    keys = ("site", "format", "cost", "area", "capacity", "size", "action", *other)
    joined = {
        key: np.concatenate([np.zeros(0, np.int64), *(part[key] for part in whole)]) for key in keys
    }
    joined = _in_phases(joined, sites.first_phase, n_phases)
    if joined["cost"].astype(np.float64).sum() > 2**61:
        raise InputError(
            Fault("formats", Notice("fault.sum_too_large"), Notice("fault.more_of_it"))
        )
    return Options.of(**joined), names


def sizes_of(kind: Action, outlet: str, phases: Sequence[str]) -> list[str]:
    """What stands in the place of a size in an action's options, so that plans made by hand can
    name them: an outlet is kept for good, or through a phase before the last (by its position) and
    then moves or closes."""
    name = f"{kind} {outlet}" if kind in (Action.KEEP, Action.MOVE) else str(kind)
    leaving = phases[:-1] if kind is Action.KEEP else ()
    return [*(f"{name} through {phase}" for phase in leaving), name]


def _done(
    action: OutletAction,
    contents: Contents,
    sites: Sites,
    use: Sequence[str],
    names: Sequence[str],
    phases: Sequence[str],
) -> Iterator[dict[str, NDArray[np.int64]]]:
    """Options of one kind of action: at the outlet's own site, or at every site it may move to."""
    outlets, premises = contents.outlets, contents.premises
    for i, row in enumerate(action.outlet.tolist()):
        if outlets.format[row] not in use:
            continue
        f = use.index(str(outlets.format[row]))
        own = sites.of_outlet[row]
        at = np.array([own])
        if action.kind is Action.MOVE:
            at = np.setdiff1d(np.flatnonzero(premises.permitted[:, f]), sites.home[own])
        if action.kind is Action.ENLARGE:
            at = np.array([sites.enlarged.get(row, own)])
        called = sizes_of(action.kind, str(outlets.places.ids[row]), phases)
        for through, name in enumerate(called):
            values = {
                "format": f,
                "cost": action.cost[i],
                "area": action.area[i],
                "capacity": action.capacity[i],
                "size": names.index(name),
                "action": action.kind.code,
                "outlet": own - sites.n_premises,
                "last": FOREVER if through == len(called) - 1 else through,
            }
            yield {"site": at} | {key: np.full(len(at), v, np.int64) for key, v in values.items()}


def ways_of(entry: Format) -> tuple[Size, ...]:
    """The sizes of a format, and its counter in another's shop."""
    counter = entry.add_on
    if counter is None:
        return entry.sizes
    return (
        *entry.sizes,
        Size(
            name=ADD_ON,
            area_m2=counter.area_m2,
            cost=counter.cost,
            capacity=counter.capacity,
            yearly_cost=counter.yearly_cost,
        ),
    )


def _in_phases(
    columns: dict[str, NDArray[np.int64]], first_phase: NDArray[np.int32], n_phases: int
) -> dict[str, NDArray[np.int64]]:
    """Each option once in every phase in which its site can be had; what stands is kept from the
    first on."""
    first, kept = first_phase[columns["site"]], columns["action"] == Action.KEEP.code
    rows, phases = [], []
    for k in range(n_phases):
        there = np.flatnonzero((first <= k) & ~(kept & (k > 0)))
        rows.append(there)
        phases.append(np.full(len(there), k, np.int64))
    take = np.concatenate(rows)
    return {key: column[take] for key, column in columns.items()} | {
        "phase": np.concatenate(phases)
    }


def priced(cost: float, factor: NDArray[np.float64]) -> NDArray[np.int64]:
    """cost × factor of each site, rounded half up to whole units, on the decimals as written."""
    price = exact(cost)
    micro = np.rint(factor * _MICRO)
    decimal = micro / _MICRO == factor  # at most six places: whole numbers are exact and fast
    top = 2 * price.numerator * (float(micro.max(initial=0)) + 1) + price.denominator * _MICRO
    if decimal.all() and top < 2**62:
        n, d = price.numerator, price.denominator * _MICRO
        return (2 * n * micro.astype(np.int64) + d) // (2 * d)
    return np.array([_half_up(price * exact(float(f))) for f in factor], np.int64)


def _half_up(value: Fraction) -> int:
    return int((2 * value + 1) // 2)
