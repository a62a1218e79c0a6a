"""Coordinates into the metric coordinate system that walks are measured in."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from siting.errors import Fault, InputError
from siting.notice import Hint, Notice


def metric_crs(crs: str) -> CRS:
    """The coordinate system of that name.

    Raises:
        InputError: when it is unknown, or its axes are not metres.
    """
    try:
        known = CRS.from_user_input(crs)
    except CRSError:
        raise InputError(Fault("crs", Notice("fault.known_such_as"), repr(crs))) from None
    units = {axis.unit_name for axis in known.axis_info}
    if not known.is_projected or not units <= {"metre", "meter"}:
        raise InputError(
            Fault(
                "crs",
                Notice("fault.projected_metres"),
                Notice(
                    "fault.axes",
                    crs=str(crs),
                    name=known.name,
                    units=sorted(units) or Notice("fault.no_axes"),
                ),
            )
        )
    return known


@lru_cache(maxsize=64)
def transformer(source: str | CRS, target: str | CRS) -> Transformer:
    """The way from one system to another, (x, y) or (lon, lat) on both sides.

    Looking it up in PROJ's database takes a tenth of a second, and a scenario asks for the same
    few again and again. A transformer may be used from any thread (pyproj 3.1 on).
    """
    return Transformer.from_crs(source, target, always_xy=True)


def project(xy: NDArray[np.float64], source: str | CRS, target: str | CRS) -> NDArray[np.float64]:
    """(x, y) or (lon, lat) pairs from one system to another, shape (n, 2); inf where impossible."""
    if len(xy) == 0 or CRS.from_user_input(source) == CRS.from_user_input(target):
        return np.ascontiguousarray(xy, np.float64)
    x, y = transformer(source, target).transform(xy[:, 0], xy[:, 1])
    return np.column_stack([x, y])


def no_degrees(xy: NDArray[np.float64], source: str | CRS) -> Hint:
    """What to do with coordinates that are said to be degrees and cannot be."""
    if not CRS.from_user_input(source).is_geographic or not len(xy):
        return ""
    most = np.abs(xy[np.isfinite(xy).all(axis=1)]).max(axis=0, initial=0.0)
    if most[0] <= 90 < most[1] <= 180:
        return Notice("fault.swapped")
    return Notice("fault.no_degrees") if most.max() > 180 else ""
