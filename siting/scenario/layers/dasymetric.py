"""People of coarse polygons spread over the places inside them (dasymetric mapping).

Each polygon's people go to its places in proportion to a weight. In thousandths of a person every
place gets the whole part of its share, and the largest remainders one more each, so that a
polygon's sum is kept exactly (Hamilton's method of apportionment).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.errors import Fault
from siting.files.raw import BAND
from siting.notice import Notice
from siting.scenario.document.document import Key
from siting.scenario.layers.columns import row_values
from siting.scenario.layers.layer import Places, lonlat, planar_shapes
from siting.scenario.schema.layers import Spread

Whole = NDArray[np.int64]
_POLYGONS = (3, 6)
_STEPS = 1_000_000
"""Steps a unit of weight is counted in."""


def apportion(total: int, weights: Whole) -> Whole:
    """A whole number shared in proportion to whole weights, its sum kept; ties to the first.

    Args:
        weights: >= 0 and not all 0, shape (n,).

    Returns:
        Shape (n,).
    """
    whole = [int(weight) for weight in weights]
    all_of_them = sum(whole)
    parts = [divmod(total * weight, all_of_them) for weight in whole]
    shares = np.array([share for share, _ in parts], np.int64)
    short = total - int(shares.sum())
    order = sorted(range(len(parts)), key=lambda i: -parts[i][1])
    shares[order[:short]] += 1
    return shares


def wanted(spread: Spread) -> dict[Key, str]:
    """Columns that are needed of the places."""
    if spread.weight is not None:
        return {("weight",): spread.weight}
    return {("weight",): BAND.format(1)} if spread.over.lower().endswith((".tif", ".tiff")) else {}


def spread_people(
    polygons: Places, over: Places, spread: Spread, persons: Whole
) -> tuple[list[Places], Whole, Whole, list[Fault], list[Notice]]:
    """Demand points of a layer of polygons, after its people went to the places inside.

    Args:
        persons: thousandths, shape (n_groups, n_polygons).

    Returns:
        The layers of demand points: places that got people, then polygons that kept theirs; their
        persons, shape (n_groups, n_points); the polygon of each, shape (n_points,); faults; what is
        told.
    """
    every = np.arange(len(polygons))
    flat = polygons.geometry is not None and np.isin(
        shapely.get_type_id(polygons.geometry), _POLYGONS
    )
    if polygons.geometry is None or not np.all(flat):
        fault = Fault(
            polygons.where,
            Notice("fault.polygons_to_spread"),
            Notice("fault.points_or_table"),
            key="spread",
        )
        return [polygons], persons, every, [fault], []
    before = len(over.columns.faults)
    weights = _weights(over, spread)
    faults = over.columns.faults[before:]
    inside = _inside(polygons, over)
    shared = np.zeros((len(persons), len(over)), np.int64)
    kept = np.ones(len(polygons), np.bool_)
    order = np.argsort(inside, kind="stable")
    bounds = np.searchsorted(inside[order], np.arange(len(polygons) + 1))
    for k in range(len(polygons)):
        here = order[bounds[k] : bounds[k + 1]]
        here = here[weights[here] > 0]
        if len(here):
            kept[k] = False
            for g, group in enumerate(persons):
                shared[g, here] = apportion(int(group[k]), weights[here])
    if kept.all():
        expected = Notice("fault.places_inside", where=polygons.where)
        found = Notice("fault.none_of", n=len(over))
        faults = [*faults, Fault(over.where, expected, found, key="spread.over")]
        return [polygons], persons, every, faults, []
    got = np.flatnonzero(shared.any(axis=0))
    left = np.flatnonzero(kept & persons.any(axis=0))
    told = [*_told(polygons, over, spread, persons, got, left)]
    parts = [_some(over, got, polygons.name)]
    if len(left):
        parts.append(_some(polygons, left, polygons.name))
    people = np.concatenate([shared[:, got], persons[:, left]], axis=1)
    rows = np.concatenate([inside[got], left])
    return parts, people, rows, faults, told


def _weights(over: Places, spread: Spread) -> Whole:
    """Whole weights of the places, shape (n,)."""
    column = wanted(spread).get(("weight",))
    if column is not None:
        expected = Notice("fault.is_weight")
        given = over.columns.numbers(column, 0, 1e9, expected)
    elif over.geometry is not None and np.isin(shapely.get_type_id(over.geometry), _POLYGONS).any():
        given = _areas(over)
    else:
        given = np.ones(len(over))
    largest = float(given.max(initial=0.0))
    steps = _STEPS if largest < 1e9 else 1  # whole steps of a millionth, exact in 64 bits
    return np.floor(given * steps + 0.5).astype(np.int64)


def _areas(over: Places) -> NDArray[np.float64]:
    """Areas on the ground, m2 to the thousandth, whatever system the layer is in: in an equal-area
    projection about its middle."""
    degrees = lonlat(over.xy, over.crs)
    if not np.all(np.isfinite(degrees)) or np.any(np.abs(degrees) > [180, 90]):
        return np.zeros(len(over))  # on no globe, so in no polygon, which is told
    lon, lat = np.median(degrees, axis=0)
    flat = f"+proj=laea +lon_0={lon:.2f} +lat_0={lat:.2f} +ellps=WGS84"
    return np.round(shapely.area(planar_shapes(over, flat)), 3)


def _inside(polygons: Places, over: Places) -> Whole:
    """The polygon each place lies in, of several the first; ``len(polygons)`` for none."""
    shapes = shapely.transform(polygons.geometry, lambda xy: lonlat(xy, polygons.crs))
    points = shapely.points(lonlat(over.xy, over.crs))
    place, polygon = shapely.STRtree(shapes).query(points, predicate="intersects")
    inside = np.full(len(over), len(polygons), np.int64)
    np.minimum.at(inside, place, polygon)
    return inside


def _some(places: Places, rows: Whole, name: str) -> Places:
    """A layer's places in some rows."""
    return replace(
        places,
        name=name,
        ids=places.ids[rows],
        xy=places.xy[rows],
        geometry=None if places.geometry is None else places.geometry[rows],
        warnings=[],
    )


def _told(
    polygons: Places, over: Places, spread: Spread, persons: Whole, got: Whole, left: Whole
) -> list[Notice]:
    spread_out = int(persons[0].sum() - persons[0, left].sum())
    told = [
        Notice(
            "demand.spread",
            where=polygons.where,
            over=over.where,
            n=len(polygons),
            places=len(got),
            of=len(over),
            people=spread_out / 1000,
            weight=wanted(spread).get(("weight",), ""),
        )
    ]
    if len(left):
        people = float(persons[0, left].sum()) / 1000
        told.append(
            Notice(
                "demand.not_spread",
                where=polygons.where,
                over=over.where,
                people=people,
                **row_values(left),
            )
        )
    return told
