"""One-format problems from points or a cost matrix, as the literature states them.

Distances are float64 and compared unrounded. One option a site (format 0). Where no costs are
given every option costs 0 and ``Problem.priced`` is False: models that minimise "the number of
sites or, with costs, their cost" then count sites.
"""

from __future__ import annotations

import warnings
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse

from siting.errors import ArgumentError, nearest
from siting.kernels import njit
from siting.notice import Notice
from siting.problem import UNLIMITED, Labels, Options, Outlets, Problem, Target
from siting.problem.reach import Reach

Float = NDArray[np.float64]
Ints = NDArray[np.int64]

KEPT_PAIRS = 50_000_000
"""With ``distances=None`` and a radius, the distances of more pairs than this are not kept."""
FINEST_UNIT = 10**9
LARGEST_SUM = 2**62
METRICS = ("euclidean", "great_circle")


def from_points(
    demand_xy: ArrayLike,
    site_xy: ArrayLike,
    weights: ArrayLike | None = None,
    radius: float | None = None,
    metric: Literal["euclidean", "great_circle"] = "euclidean",
    *,
    strict: bool = False,
    costs: ArrayLike | None = None,
    existing: ArrayLike | None = None,
    distances: bool | None = None,
    threads: int | None = None,
) -> Problem:
    """Demand points and sites in the plane or on the sphere.

    Args:
        demand_xy, site_xy: shape (n, 2); any unit for euclidean, (lat, lon) degrees for
            great_circle (metres on a sphere of radius 6,378,137 m).
        weights: persons at each demand point, >= 0, shape (n_demand,); default 1.
        radius: covered when distance <= radius; None = no radius, every distance is kept
            (p_median, p_center).
        strict: covered when distance < radius.
        costs: of each site, whole numbers >= 0.
        existing: outlets that stand today: positions of sites (1-d integers), a mask over the
            sites (1-d bool), or places of their own (shape (k, 2), as ``site_xy``).
        distances: whether distances are kept; None = while there are at most 50 million pairs
            (or no radius). Without them only who is within the radius is known.
        metric: ``euclidean`` or ``great_circle``.
        threads: for the search; None = every core this process may use.

    Returns:
        A problem of one format; option k opens site k.

    Raises:
        ArgumentError: "X must be ...; got ...".
    """
    if metric not in METRICS:
        hint = nearest(str(metric), METRICS)
        raise ArgumentError(
            Notice("fault.unknown", what="metric", known=METRICS, word=metric, hint=hint)
        )
    demand = _places(demand_xy, "demand_xy", metric)
    site = _places(site_xy, "site_xy", metric)
    limit = _radius(radius)
    persons, unit = _persons(weights, len(demand), "weights")
    cost = _site_costs(costs, len(site), "costs")
    outlet_site, outlet_xy = _existing(existing, site, metric)
    if distances is None:
        distances = radius is None or _few_pairs(site, demand, limit, metric, threads)
    reach = _within(site, demand, limit, metric, strict, distances, threads)
    if outlet_xy is None:
        outlet_reach = reach.rows(outlet_site)
        if not reach.has_cost:
            outlet_reach = _without_cost(outlet_reach)
    else:
        outlet_reach = _within(outlet_xy, demand, limit, metric, strict, distances, threads)
    planar = metric == "euclidean"
    return _problem(
        reach,
        persons,
        unit,
        cost,
        limit,
        strict,
        outlet_site,
        outlet_reach,
        site_xy=site if planar else _flat(site, demand),
        point_xy=demand if planar else _flat(demand, demand),
        labels=Labels()
        if planar
        else Labels(
            site_lonlat=site[:, ::-1],
            point_lonlat=demand[:, ::-1],
            outlet_lonlat=(site[outlet_site] if outlet_xy is None else outlet_xy)[:, ::-1],
        ),
    )


def from_matrix(
    costs: Any,
    weights: ArrayLike | None = None,
    radius: float | None = None,
    *,
    strict: bool = False,
    site_costs: ArrayLike | None = None,
    existing: ArrayLike | None = None,
) -> Problem:
    """A matrix of walking costs, shape (n_demand, n_site).

    Args:
        costs: dense (inf = unreachable) or scipy.sparse (not stored = unreachable, a stored 0
            is a cost of 0); >= 0.
        weights, radius, strict: as in :func:`from_points`.
        site_costs: cost of each site, whole numbers >= 0.
        existing: outlets that stand today: positions of sites or a mask over them.
    """
    if issparse(costs):
        table: Any = cast(Any, costs).tocoo()
        n_demand, n_site = table.shape
        demand, site = (np.asarray(a, np.int64) for a in (table.row, table.col))
        value = _floats(table.data, "costs")
        if len(np.unique(demand * n_site + site)) < len(site):
            raise ArgumentError(Notice("data.entries_once"))
    else:
        dense = _floats(costs, "costs")
        if dense.ndim != 2:
            raise _misshapen("costs", "(n_demand, n_site)", dense.shape)
        n_demand, n_site = dense.shape
        if np.isnan(dense).any():
            raise ArgumentError(Notice("data.numbers_or_inf"))
        site, demand = np.nonzero(~np.isposinf(dense.T))
        value = dense[demand, site]
    if n_demand == 0 or n_site == 0:
        given = str((n_demand, n_site))
        raise ArgumentError(Notice("data.rows_and_columns", given=given))
    if not (value >= 0).all():
        worst = "nan" if np.isnan(value).any() else f"{value.min():g}"
        raise ArgumentError(Notice("data.not_negative", name="costs", given=worst))
    limit = _radius(radius)
    near = (value < limit if strict else value <= limit) & (value < np.inf)
    reach = Reach.from_pairs(site[near], demand[near], value[near], n_site, n_demand)
    persons, unit = _persons(weights, n_demand, "weights")
    cost = _site_costs(site_costs, n_site, "site_costs")
    outlet_site, outlet_xy = _existing(existing, np.zeros((n_site, 2)), "euclidean")
    if outlet_xy is not None:
        raise ArgumentError(Notice("data.existing_of_sites"))
    return _problem(reach, persons, unit, cost, limit, strict, outlet_site, reach.rows(outlet_site))


def _problem(
    reach: Reach,
    persons: Ints,
    unit: int,
    cost: Ints,
    limit: float,
    strict: bool,
    outlet_site: NDArray[np.int32],
    outlet_reach: Reach,
    **other: Any,
) -> Problem:
    n_site, n_outlet = reach.n_places, outlet_reach.n_places
    # Only pairs within a strict radius are in the reach; the largest float below says the same.
    standard = float(np.nextafter(limit, -np.inf)) if strict and np.isfinite(limit) else limit
    outlets = Outlets(
        np.zeros(n_outlet, np.int32),
        outlet_reach,
        np.full(n_outlet, UNLIMITED, np.int64),
        outlet_site,
    )
    return Problem(
        persons=persons[np.newaxis, :],
        reach=reach,
        options=Options.of(np.arange(n_site), np.zeros(n_site), cost),
        targets=(Target(0, 0, standard),),
        site_area=np.full(n_site, UNLIMITED, np.int64),
        opening_cost=np.zeros(n_site, np.int64),
        outlets=outlets,
        person_units=unit,
        **other,
    )


# -- arguments -------------------------------------------------------------------------------------


def _misshapen(name: str, wanted: object, given: object) -> ArgumentError:
    return ArgumentError(Notice("data.shape", name=name, wanted=str(wanted), given=str(given)))


def _floats(values: Any, name: str) -> Float:
    try:
        array = np.asarray(values)
        if array.dtype == object or array.dtype.kind in "USmMc":
            array = array.astype(np.float64)
        return np.ascontiguousarray(array, np.float64)
    except (TypeError, ValueError):
        kind = type(values).__name__
        raise ArgumentError(Notice("data.numbers", name=name, kind=kind)) from None


def _places(values: Any, name: str, metric: str) -> Float:
    array = _floats(values, name)
    if array.ndim != 2 or array.shape[1] != 2:
        raise _misshapen(name, "(n, 2)", array.shape)
    if len(array) == 0:
        raise ArgumentError(Notice("data.a_point", name=name))
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise ArgumentError(
            Notice("data.finite", name=name, given=str(array[row].tolist()), row=row)
        )
    if metric == "great_circle":
        bad = np.flatnonzero((np.abs(array[:, 0]) > 90) | (np.abs(array[:, 1]) > 360))
        if len(bad):
            given, row = str(array[bad[0]].tolist()), int(bad[0])
            raise ArgumentError(Notice("data.degrees", name=name, given=given, row=row))
    return array


def _radius(radius: float | None) -> float:
    if radius is None:
        return np.inf
    limit = float(_floats(radius, "radius").reshape(-1)[0]) if np.ndim(radius) == 0 else np.nan
    if not limit >= 0:
        raise ArgumentError(Notice("data.radius", radius=radius))
    return limit


def _persons(weights: ArrayLike | None, n: int, name: str) -> tuple[Ints, int]:
    """Weights as integers in 1/unit of a person, and the unit."""
    if weights is None:
        return np.full(n, 1000, np.int64), 1000
    value = _floats(weights, name)
    if value.shape != (n,):
        raise _misshapen(name, (n,), value.shape)
    if not np.isfinite(value).all() or (value < 0).any():
        row = int(np.flatnonzero(~(np.isfinite(value) & (value >= 0)))[0])
        raise ArgumentError(
            Notice("data.finite_from_0", name=name, given=float(value[row]), row=row)
        )
    total = float(value.sum())
    if total * 1000 > LARGEST_SUM:
        raise ArgumentError(Notice("data.sum", name=name, most=LARGEST_SUM / 1000, total=total))
    unit = 1000
    while not _exact(value, unit):
        if unit == FINEST_UNIT or total * unit * 10 > LARGEST_SUM:
            break
        unit *= 10
    else:
        return _scaled(value, unit), unit
    scaled = _scaled(value, unit)
    warnings.warn(
        Notice(
            "data.rounded", name=name, unit=unit, change=float(np.abs(scaled / unit - value).max())
        ),
        stacklevel=4,
    )
    return scaled, unit


@njit(cache=True)
def _exact(value, unit):  # type: ignore[no-untyped-def]
    """Whether every weight is the float nearest to a whole number of 1/unit."""
    for k in range(len(value)):  # noqa: SIM110 - compiled
        if np.rint(value[k] * unit) / unit != value[k]:
            return False
    return True


@njit(cache=True)
def _scaled(value, unit):  # type: ignore[no-untyped-def]
    """Weights in 1/unit, rounded to the nearest."""
    scaled = np.empty(len(value), np.int64)
    for k in range(len(value)):
        scaled[k] = np.int64(np.rint(value[k] * unit))
    return scaled


def _site_costs(costs: ArrayLike | None, n: int, name: str) -> Ints:
    if costs is None:
        return np.zeros(n, np.int64)
    value = _floats(costs, name)
    if value.shape != (n,):
        raise _misshapen(name, (n,), value.shape)
    bad = np.flatnonzero(~(np.isfinite(value) & (value >= 0) & (value == np.floor(value))))
    if len(bad):
        given, site = float(value[bad[0]]), int(bad[0])
        raise ArgumentError(Notice("data.whole_costs", name=name, given=given, site=site))
    if float(value.sum()) > LARGEST_SUM:
        total = float(value.sum())
        raise ArgumentError(Notice("data.sum", name=name, most=LARGEST_SUM, total=total))
    return value.astype(np.int64)


def _existing(
    existing: ArrayLike | None, site: Float, metric: str
) -> tuple[NDArray[np.int32], Float | None]:
    """Site of each existing outlet (-1 = none), and their places where they are not sites."""
    if existing is None:
        return np.zeros(0, np.int32), None
    given = np.asarray(existing)
    if given.ndim == 2:
        if len(given) == 0:
            return np.zeros(0, np.int32), None
        places = _places(given, "existing", metric)
        return np.full(len(places), -1, np.int32), places
    if given.ndim == 1 and given.dtype == np.bool_:
        if len(given) != len(site):
            raise _misshapen("existing", (len(site),), given.shape)
        return np.flatnonzero(given).astype(np.int32), None
    if given.ndim == 1 and len(given) == 0:
        return np.zeros(0, np.int32), None
    if given.ndim != 1 or given.dtype.kind not in "iu":
        kind, shape = str(given.dtype), str(given.shape)
        raise ArgumentError(Notice("data.existing", kind=kind, shape=shape))
    bad = given[(given < 0) | (given >= len(site))]
    if len(bad):
        last = len(site) - 1
        raise ArgumentError(Notice("data.existing_range", last=last, wrong=bad[0]))
    return np.unique(given).astype(np.int32), None


# -- distances -------------------------------------------------------------------------------------


def _within(
    place: Float,
    point: Float,
    limit: float,
    metric: str,
    strict: bool,
    distances: bool,
    threads: int | None,
) -> Reach:
    from siting.walking.straight import Metric, within

    return within(place, point, limit, cast(Metric, metric), strict, distances, threads)


def _few_pairs(site: Float, demand: Float, limit: float, metric: str, threads: int | None) -> bool:
    """Whether at most ``KEPT_PAIRS`` pairs are within the radius: counted on a sample of points.

    Below the limit by all pairs is certain; otherwise every k-th point stands for k of them.
    """
    if len(site) * len(demand) <= KEPT_PAIRS:
        return True
    every = max(1, len(demand) // 20_000)
    sample = demand[::every]
    pairs = _within(site, sample, limit, metric, False, False, threads).n_pairs
    return pairs * every <= KEPT_PAIRS


def _without_cost(reach: Reach) -> Reach:
    zero = np.broadcast_to(np.zeros(1), (reach.n_pairs,))
    return Reach(reach.start, reach.point, zero, reach.n_points, has_cost=False)


def _flat(latlon: Float, origin: Float) -> Float:
    """Planar metres near the origin's middle; good enough to keep neighbours together."""
    from siting.walking.straight import EARTH_M

    middle = origin.mean(axis=0)
    east = np.radians(latlon[:, 1] - middle[1]) * np.cos(np.radians(middle[0]))
    north = np.radians(latlon[:, 0] - middle[0])
    return np.column_stack([east, north]) * EARTH_M
