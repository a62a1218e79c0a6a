"""What stands today: the outlet layers as one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siting.errors import nearest
from siting.problem import UNLIMITED
from siting.scenario.catalogue import Format
from siting.scenario.columns import rows_text
from siting.scenario.gathering import Gathered, Log, gather
from siting.scenario.layers import Places
from siting.scenario.osm_layer import KIND
from siting.scenario.reading import Document, Key
from siting.scenario.schema_layers import Layer, OutletLayer


@dataclass(frozen=True)
class StandingOutlets:
    """Every outlet of the layers, of formats in use or not. Arrays of shape (n_outlets,)."""

    places: Gathered
    format: NDArray[np.object_]
    """Format id."""
    site: NDArray[np.object_]
    """Id of the premises it stands in; empty for none."""
    capacity: NDArray[np.int64]
    """Persons (whole), rounded down; UNLIMITED when not known."""

    def table(self) -> pd.DataFrame:
        """One row an outlet: id, layer, lon, lat, format, site, capacity."""
        return pd.DataFrame(
            {
                "id": self.places.ids,
                "layer": self.places.layer,
                "lon": self.places.lonlat[:, 0],
                "lat": self.places.lonlat[:, 1],
                "format": self.format,
                "site": self.site,
                "capacity": np.where(self.capacity == UNLIMITED, np.nan, self.capacity),
            }
        )


def read_outlets(
    specs: Sequence[OutletLayer],
    formats: Mapping[str, Format],
    document: Document,
    folder: Path,
    log: Log,
) -> StandingOutlets | None:
    """Read the outlet layers; None when they cannot be used (the log says why)."""

    def wanted(spec: Layer) -> dict[Key, str]:
        assert isinstance(spec, OutletLayer)
        columns: dict[Key, str | float | None] = {
            ("format",): spec.format, ("site",): spec.site, ("capacity",): spec.capacity
        }  # fmt: skip
        return {key: column for key, column in columns.items() if isinstance(column, str)}

    def filters(spec: Layer) -> list[str]:
        assert isinstance(spec, OutletLayer)
        return list(spec.osm or {})

    places = gather("outlets", specs, document, folder, wanted, filters, log)
    if places is None:
        return None
    kinds, sites, capacities = [], [], []
    for spec, part in zip(specs, places.layers, strict=True):
        before = len(part.columns.faults)
        kinds.append(_formats(spec, part, formats))
        none = np.full(len(part), "", object)
        sites.append(part.columns.text(spec.site) if spec.site else none)
        capacities.append(_capacity(spec, part, log))
        log.faults += part.columns.faults[before:]
    if not kinds:
        return StandingOutlets(
            places, np.zeros(0, object), np.zeros(0, object), np.zeros(0, np.int64)
        )
    return StandingOutlets(
        places, np.concatenate(kinds), np.concatenate(sites), np.concatenate(capacities)
    )


def _formats(spec: OutletLayer, part: Places, formats: Mapping[str, Format]) -> NDArray[np.object_]:
    if spec.osm is not None:
        met = part.columns.frame[KIND].to_numpy(object)
        return np.array([spec.osm[text] for text in met], dtype=object)
    assert spec.format is not None
    kinds = part.columns.text(spec.format)
    blank = np.flatnonzero(kinds == "")
    if len(blank):
        part.columns.bad(spec.format, "must be a format id in every row", blank)
    unknown = Counter(kind for kind in kinds if kind and kind not in formats)
    for kind in unknown:
        rows = np.flatnonzero(kinds == kind)
        hint = nearest(kind, formats)
        part.columns.bad(spec.format, "must be a format of the catalogue", rows, hint)
    return kinds


def _capacity(spec: OutletLayer, part: Places, log: Log) -> NDArray[np.int64]:
    """A column's blank cell means that the capacity is not known, which is told."""
    n = len(part)
    if spec.capacity is None:
        return np.full(n, UNLIMITED, np.int64)
    if not isinstance(spec.capacity, str):
        return np.full(n, int(spec.capacity), np.int64)
    blank = part.columns.text(spec.capacity) == ""
    if blank.any():
        rows = rows_text(np.flatnonzero(blank))
        log.warnings.append(f"{part.where}: capacity not known, taken as unlimited, {rows}")
    known = np.flatnonzero(~blank)
    values = part.columns.numbers(
        spec.capacity, 0, 1e9, "must be persons, a number >= 0", rows=known
    )
    return np.where(blank, UNLIMITED, np.floor(values)).astype(np.int64)
