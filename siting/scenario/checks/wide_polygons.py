"""Polygons of people that are too wide to be taken at one point."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from siting.notice import Notice
from siting.scenario.layers.demand import Demand
from siting.scenario.layers.layer import is_geographic

METRES_A_DEGREE = 111_320.0


def tell_wide(demand: Demand, smallest_m: float) -> Iterator[Notice]:
    """Layers with polygons wider than the smallest standard, with the people in them.

    Args:
        smallest_m: metres of the smallest standard.
    """
    import shapely

    begin = 0
    for part in demand.places.layers:
        persons = demand.persons[0, begin : begin + len(part)]
        begin += len(part)
        if part.geometry is None or smallest_m <= 0:
            continue
        area = shapely.area(part.geometry)
        if is_geographic(part.crs):
            area = area * METRES_A_DEGREE**2 * np.cos(np.radians(part.xy[:, 1]))
        wide = np.sqrt(area) > smallest_m
        if wide.any():
            yield Notice(
                "demand.wide",
                where=part.where,
                n=wide.sum(),
                of=len(part),
                people=persons[wide].sum() / 1000,
                metres=smallest_m,
            )
