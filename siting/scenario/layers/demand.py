"""Where people live: the demand layers as one table of points and persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.notice import Notice
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import Folder
from siting.scenario.layers.columns import row_values
from siting.scenario.layers.gather import Gathered, Log, gather
from siting.scenario.schema.layers import DemandLayer, Layer

MAX_PERSONS = 1e9
"""Most persons of a group at one point."""


@dataclass(frozen=True)
class Demand:
    """Demand points. Arrays of shape (n_points,)."""

    places: Gathered
    groups: tuple[str, ...]
    persons: NDArray[np.int64]
    """Thousandths of a person, shape (n_groups, n_points)."""
    district: NDArray[np.object_]
    """Name, empty where a point is in none."""

    def table(self) -> pd.DataFrame:
        """One row a point: id, layer, lon, lat, district, persons of each group."""
        frame = pd.DataFrame(
            {
                "id": self.places.ids,
                "layer": self.places.layer,
                "lon": self.places.lonlat[:, 0],
                "lat": self.places.lonlat[:, 1],
                "district": self.district,
            }
        )
        for group, persons in zip(self.groups, self.persons, strict=True):
            frame[f"persons:{group}"] = persons / 1000
        return frame


def read_demand(
    specs: Sequence[DemandLayer], document: Document, folder: Folder, log: Log
) -> Demand | None:
    """Read the demand layers; None when none can be read (the log says why)."""

    def wanted(spec: Layer) -> dict[Key, str]:
        assert isinstance(spec, DemandLayer)
        columns: dict[Key, str] = {("groups", g): column for g, column in spec.groups.items()}
        if isinstance(spec.factor, str):
            columns[("factor",)] = spec.factor
        return columns | ({("district",): spec.district} if spec.district else {})

    places = gather("demand", specs, document, folder, wanted, lambda _: [], log)
    if places is None or not places.layers:
        return None
    groups = tuple(dict.fromkeys(group for spec in specs for group in spec.groups))
    persons = np.zeros((len(groups), len(places)), np.int64)
    district = np.full(len(places), "", object)
    begin = 0
    for i, part in zip(places.at, places.layers, strict=True):
        spec = specs[i]
        rows = slice(begin, begin + len(part))
        begin += len(part)
        before = len(part.columns.faults)
        factor: float | NDArray[np.float64] = 1.0
        if isinstance(spec.factor, str):
            expected = Notice("fault.is_factor")
            factor = part.columns.numbers(spec.factor, 0, 10_000, expected)
        else:
            factor = spec.factor
        for g, group in enumerate(groups):
            if group in spec.groups:
                expected = Notice("fault.persons_of", group=group)
                values = part.columns.numbers(spec.groups[group], 0, MAX_PERSONS, expected)
                persons[g, rows] = np.floor(values * factor * 1000 + 0.5)
            else:
                log.warnings.append(Notice("demand.no_column", where=part.where, group=group))
        if spec.district:
            district[rows] = part.columns.text(spec.district)
        log.faults += part.columns.faults[before:]
        _tell_parts(part.where, groups, persons[:, rows], log)
    for g, group in enumerate(groups):
        if len(places) and not persons[g].any():
            log.warnings.append(Notice("demand.nobody", group=group))
    return Demand(places, groups, persons, district)


def _tell_parts(where: str, groups: tuple[str, ...], persons: NDArray[np.int64], log: Log) -> None:
    """A part larger than the whole is a slip of columns more often than not."""
    if "all" not in groups:
        return
    everybody = persons[groups.index("all")]
    for g, group in enumerate(groups):
        more = np.flatnonzero(persons[g] > everybody)
        if group != "all" and len(more):
            log.warnings.append(
                Notice("demand.more_than_all", where=where, group=group, **row_values(more))
            )
