"""Candidate sites: the premises layers as one table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from siting.errors import nearest
from siting.notice import Notice
from siting.problem import UNLIMITED
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import Folder
from siting.scenario.formats.standards import Standards
from siting.scenario.layers.available_from import first_phase
from siting.scenario.layers.columns import row_values
from siting.scenario.layers.descriptions import Descriptions, columns_told, told_of
from siting.scenario.layers.gather import Gathered, Log, gather
from siting.scenario.layers.layer import Places
from siting.scenario.layers.needs import Unmet, check_needs, read_properties
from siting.scenario.layers.phases import phases_known
from siting.scenario.layers.units import AREA, MONEY, RATIO, RENT, Quantity
from siting.scenario.schema.layers import Layer, PremisesLayer
from siting.scenario.schema.values import MAX_AREA, MAX_MONEY

if TYPE_CHECKING:
    import pandas as pd

MAX_FACTOR = 10_000


@dataclass(frozen=True)
class Premises:
    """Candidate sites. Arrays of shape (n_sites,)."""

    places: Gathered
    area_m2: NDArray[np.int64]
    """Whole m2, rounded down; UNLIMITED where no floor is named."""
    cost_factor: NDArray[np.float64]
    opening_cost: NDArray[np.int64]
    """Whole currency units, rounded half up."""
    district: NDArray[np.object_]
    """Name, empty where a site is in none."""
    permitted: NDArray[np.bool_]
    """Whether a format may open, shape (n_sites, n_formats in use)."""
    use: tuple[str, ...]
    """Formats in use, the columns of ``permitted``."""
    rent: NDArray[np.float64]
    """A year and m2, currency units."""
    first_phase: NDArray[np.int32]
    """Position of the first phase in which it can be had; the number of phases = in none."""
    told: Descriptions
    """Names, addresses and owners, for those who read."""
    unmet: Unmet
    """Needs of formats that keep them out; ``permitted`` has them in already."""

    def table(self) -> pd.DataFrame:
        """One row a site: id, layer, place, district, floor space, costs, name, address, owner,
        contact, formats, and the columns that are to be shown."""
        import pandas as pd

        names = np.array(self.use, dtype=object)
        columns = {
            "id": self.places.ids,
            "layer": self.places.layer,
            "lon": self.places.lonlat[:, 0],
            "lat": self.places.lonlat[:, 1],
            "district": self.district,
            "area_m2": np.where(self.area_m2 == UNLIMITED, np.nan, self.area_m2),
            "cost_factor": self.cost_factor,
            "opening_cost": self.opening_cost,
            "name": self.told.name,
            "address": self.told.address,
            "owner": self.told.owner,
            "contact": self.told.contact,
            "formats": ["|".join(names[row]) for row in self.permitted],
        }
        return pd.DataFrame({**self.told.shown, **columns})[
            [*columns, *(c for c in self.told.shown if c not in columns)]
        ]


def read_premises(
    specs: Sequence[PremisesLayer],
    standards: Standards,
    phases: tuple[str, ...],
    document: Document,
    folder: Folder,
    log: Log,
) -> Premises | None:
    """Read the premises layers; None when none can be read (the log says why)."""
    formats, use = standards.formats, standards.use

    def wanted(spec: Layer) -> dict[Key, str]:
        assert isinstance(spec, PremisesLayer)
        keys = (
            "area_m2",
            "formats",
            "cost_factor",
            "opening_cost",
            "district",
            "storey",
            "ground_floor",
            "lift",
            "flue",
            "outdoor_m2",
            "use",
            "rent",
            "available_from",
        )
        values: dict[Key, Any] = {(key,): getattr(spec, key) for key in keys}
        named = {key: column for key, column in values.items() if isinstance(column, str)}
        return named | columns_told(spec)

    def filters(spec: Layer) -> list[str]:
        assert isinstance(spec, PremisesLayer)
        return list(spec.osm or ())

    places = gather("premises", specs, document, folder, wanted, filters, log)
    if places is None or not places.layers:
        return None
    parts, told = [], []
    for i, part in zip(places.at, places.layers, strict=True):
        spec = specs[i]
        before = len(part.columns.faults)
        area = _value(spec.area_m2, part, Notice("fault.floor_space"), MAX_AREA, AREA)
        factor = _value(spec.cost_factor, part, Notice("fault.cost_factor"), MAX_FACTOR, RATIO)
        opening = _value(spec.opening_cost, part, Notice("fault.opening_cost"), MAX_MONEY, MONEY)
        district = np.full(len(part), "", object)
        if spec.district:
            district = part.columns.text(spec.district)
        no_area = spec.area_m2 is None
        whole = np.full(len(part), UNLIMITED) if no_area else np.floor(area).astype(np.int64)
        permitted = _permitted(spec, part, standards, log)
        rent = _value(spec.rent, part, Notice("fault.rent"), MAX_MONEY, RENT)
        phase = np.zeros(len(part), np.int32)
        if spec.available_from and phases_known(document):
            phase = first_phase(spec.available_from, part, phases)
        told.append(read_properties(spec, part))
        opening = np.floor(opening + 0.5).astype(np.int64)
        parts.append((whole, factor, opening, district, permitted, rent, phase))
        log.faults += part.columns.faults[before:]
    area_m2, factors, openings, districts, allowed, rents, first = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    unmet = check_needs(told, [len(part) for part in places.layers], formats, use)
    _tell_needs(unmet, allowed, first, phases, log)
    allowed &= ~unmet.any()
    return Premises(
        places,
        area_m2,
        factors,
        openings,
        districts,
        allowed,
        use,
        rents,
        first,
        told_of(specs, places),
        unmet,
    )


def _tell_needs(
    unmet: Unmet,
    allowed: NDArray[np.bool_],
    first: NDArray[np.int32],
    phases: tuple[str, ...],
    log: Log,
) -> None:
    if unmet.unchecked:
        needs = {need: sorted(formats) for need, formats in sorted(unmet.unchecked.items())}
        log.warnings.append(Notice("premises.unchecked", needs=needs))
    kept_out = (allowed & unmet.any()).sum()
    if kept_out:
        keep_out = [need for need, mask in unmet.masks.items() if (mask & allowed).any()]
        log.warnings.append(Notice("premises.kept_out", n=kept_out, needs=keep_out))
    never = int((first >= len(phases)).sum()) if phases else 0
    if never:
        log.warnings.append(Notice("premises.too_late", n=never))


def _value(
    given: str | float | None, part: Places, expected: Notice, high: float, quantity: Quantity
) -> NDArray[np.float64]:
    if isinstance(given, str):
        return part.columns.numbers(given, 0, high, expected, quantity=quantity)
    return np.full(len(part), 0.0 if given is None else given)


_BETWEEN = re.compile(r"[|｜、，,;；\n]")


def _words(cell: str, standards: Standards) -> list[str]:
    """Ids or names of a list; a name that holds a separator itself is one when it stands alone."""
    if standards.format_named(cell):
        return [cell]
    return [word for part in _BETWEEN.split(cell) if (word := part.strip())]


def _permitted(
    spec: PremisesLayer,
    part: Places,
    standards: Standards,
    log: Log,
) -> NDArray[np.bool_]:
    formats, use = standards.formats, standards.use
    allowed = np.ones((len(part), len(use)), np.bool_)
    if spec.formats is None:
        return allowed
    cells = part.columns.text(spec.formats)
    position = {name: f for f, name in enumerate(use)}
    masks: dict[str, NDArray[np.bool_]] = {}
    read: dict[str, str] = {}
    for cell in dict.fromkeys(cells):
        mask = np.zeros(len(use), np.bool_)
        for word in _words(cell, standards):
            name = standards.format_named(word) or word
            if name != word:
                read[word] = name
            if name in position:
                mask[position[name]] = True
            elif standards.all_formats and name not in formats:
                rows = np.flatnonzero(cells == cell)
                hint = nearest(name, [*formats, *standards.ids]) or Notice("fault.by_bars")
                expected = Notice("fault.holds_formats", name=name)
                part.columns.bad(spec.formats, expected, rows, hint)
        masks[cell] = mask
    part.columns.tell_read("layer.formats_named", spec.formats, read)
    for i, cell in enumerate(cells):
        allowed[i] = masks[cell]
    nothing = np.flatnonzero(~allowed.any(axis=1))
    if len(nothing):
        log.warnings.append(
            Notice("premises.nothing_permitted", where=part.where, **row_values(nothing))
        )
    return allowed
