"""Where people live: the demand layers as one table of points and persons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.files.head import Range
from siting.notice import Notice, first
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import Folder
from siting.scenario.layers import dasymetric
from siting.scenario.layers.columns import MOST_NAMED, row_values
from siting.scenario.layers.counted import counted
from siting.scenario.layers.file_kinds import suffix_of
from siting.scenario.layers.gather import Gathered, Log, gather, gathered
from siting.scenario.layers.layer import LayerAt, Places, read_layer
from siting.scenario.layers.units import HOUSEHOLDS, PERSONS, RATIO
from siting.scenario.schema.layers import DemandLayer, Layer, Spread

if TYPE_CHECKING:
    import pandas as pd

_DENSITY = re.compile(
    r"密度|densit|[/／每]\s*(?:km|平方公里|平方千米|公顷|ha\b|hm)|per_?(?:km|ha)", re.I
)
"""Heads of columns that count persons by area."""
OF_HOUSEHOLDS = ("户数", "household", "hushu")
"""Words of a column's name that tell of households."""
MAX_PERSONS = 1e9
"""Most persons of a group at one point."""
NO_VALUES, FAR_ABOVE = (9999, 32767, 65535, 99999, 999999, 9999999, 99999999), 10
"""Numbers that stand for "no value" in tables and rasters, and how many times above all others
they must stand to be told."""
MOST_WEIGHTS = 12
"""Different survey weights: people of each are counted apart."""


@dataclass(frozen=True)
class Demand:
    """Demand points. Arrays of shape (n_points,)."""

    places: Gathered
    groups: tuple[str, ...]
    persons: NDArray[np.int64]
    """Thousandths of a person, shape (n_groups, n_points)."""
    district: NDArray[np.object_]
    """Name, empty where a point is in none."""
    satisfaction: NDArray[np.float64]
    """Share of people who are content, as a survey has it; NaN where nobody was asked."""
    weight: NDArray[np.float64]
    """Value of one person by a survey."""
    gait: NDArray[np.int64] | None = None
    """How the people of each point walk, by the positions of ``gaits_of``; None: all alike."""

    def satisfied(self, district: str | None = None) -> float | None:
        """Mean satisfaction of people where somebody was asked; never inferred from coverage.

        Args:
            district: of these people only.

        Returns:
            A share 0..1, or None where nobody was asked.
        """
        asked = ~np.isnan(self.satisfaction)
        if district is not None:
            asked &= self.district == district
        people = self.persons.max(axis=0, initial=0)[asked]
        if not people.sum():
            return None
        return float((people * self.satisfaction[asked]).sum() / people.sum())

    def table(self) -> pd.DataFrame:
        """One row a point: id, layer, lon, lat, district, persons of each group."""
        import pandas as pd

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
        columns = {key: text for g in counted(spec) for key, text in _columns(spec, g)}
        for key in ("factor", "persons_per_household", "survey_weight", "satisfaction"):
            if isinstance(getattr(spec, key), str):
                columns[(key,)] = getattr(spec, key)
        return columns | ({("district",): spec.district} if spec.district else {})

    places = gather("demand", specs, document, folder, wanted, lambda _: [], log)
    if places is None or not places.layers:
        return None
    groups = tuple(dict.fromkeys(group for spec in specs for group in counted(spec)))
    parts, at, all_persons, all_districts, surveyed = [], [], [], [], []
    for i, part in zip(places.at, places.layers, strict=True):
        spec = specs[i]
        before = len(part.columns.faults)
        persons = np.zeros((len(groups), len(part)), np.int64)
        factor = _factor(spec, part)
        for g, group in enumerate(groups):
            if group in counted(spec):
                values = _persons(spec, group, part) * factor
                persons[g] = np.floor(values * 1000 + 0.5)
                _tell_rounded_away(part, group, values[persons[g] == 0])
            else:
                log.warnings.append(Notice("demand.no_column", where=part.where, group=group))
        district = np.full(len(part), "", object)
        if spec.district:
            district = part.columns.text(spec.district)
        survey = np.stack([_satisfaction(spec, part), _weight(spec, part)])
        log.faults += part.columns.faults[before:]
        if spec.id is None:
            _tell_alike(part, log)
        _tell_parts(part.where, groups, persons, log)
        made, row = [part], np.arange(len(part))
        if spec.spread is not None:
            made, persons, row = _spread(spec.spread, i, part, persons, document, folder, log)
        parts += made
        at += [i] * len(made)
        all_persons.append(persons)
        all_districts.append(district[row])
        surveyed.append(survey[:, row])
    if any(spec.spread is not None for spec in specs):
        places = gathered(parts, at, places.whole)
    persons, district = np.concatenate(all_persons, axis=1), np.concatenate(all_districts)
    for g, group in enumerate(groups):
        if len(places) and not persons[g].any():
            log.warnings.append(Notice("demand.nobody", group=group))
    satisfaction, weight = np.concatenate(surveyed, axis=1)
    if len(np.unique(weight)) > MOST_WEIGHTS:
        fault = Notice("fault.few_weights", most=MOST_WEIGHTS)
        log.faults.append(
            Fault(parts[0].where, fault, str(len(np.unique(weight))), key="survey_weight")
        )
    return Demand(places, groups, persons, district, satisfaction, weight)


def _satisfaction(spec: DemandLayer, part: Places) -> NDArray[np.float64]:
    """Shares 0..1, NaN where nobody was asked; a column with anything beyond 1 is in per cent."""
    if spec.satisfaction is None:
        return np.full(len(part), np.nan)
    asked = np.flatnonzero(part.columns.text(spec.satisfaction) != "")
    expected = Notice("fault.is_satisfaction")
    told = part.columns.numbers(spec.satisfaction, 0, 100, expected, asked)
    shares = np.full(len(part), np.nan)
    shares[asked] = told[asked] / (100 if told.max(initial=0) > 1 else 1)
    return shares


def _weight(spec: DemandLayer, part: Places) -> NDArray[np.float64]:
    """Value of a person by a survey, to six decimals."""
    if not isinstance(spec.survey_weight, str):
        return np.full(len(part), float(spec.survey_weight))
    expected = Notice("fault.is_survey_weight")
    return np.round(
        part.columns.numbers(spec.survey_weight, 0, 10_000, expected, quantity=RATIO), 6
    )


def _spread(
    spread: Spread,
    i: int,
    part: Places,
    persons: NDArray[np.int64],
    document: Document,
    folder: Folder,
    log: Log,
) -> tuple[list[Places], NDArray[np.int64], NDArray[np.int64]]:
    """The demand points of a layer whose people are spread over further places, their persons, and
    the row of the layer that each comes from."""
    row = np.arange(len(part))
    layer, key = spread.as_layer, ("demand", i, "spread")
    planar = None if document.unsure(("crs",)) else document.data.get("crs")
    at = LayerAt(layer, document, key, folder, part.name, False, planar)
    try:
        over = read_layer(at, dasymetric.wanted(spread))
    except InputError as error:
        log.faults += error.faults
        return [part], persons, row
    log.faults += over.columns.faults
    log.warnings += over.warnings
    if over.columns.faults or not part.placed or not over.placed:
        return [part], persons, row
    made, persons, row, faults, told = dasymetric.spread_people(part, over, spread, persons)
    log.faults += faults
    log.warnings += told
    return made, persons, row


def _columns(spec: DemandLayer, group: str) -> Iterator[tuple[Key, str]]:
    """The columns of a group, or ranges of them, by the keys that name them."""
    texts = counted(spec)[group]
    kind = "bands" if suffix_of(Path(spec.file or "")) == "tif" else "groups"
    for j, text in enumerate(texts):
        yield ((kind, group) if len(texts) == 1 else (kind, group, j)), text


def _factor(spec: DemandLayer, part: Places) -> NDArray[np.float64]:
    """By what the numbers of each row are multiplied."""
    factor = np.ones(len(part))
    for given, expected in (
        (spec.factor, Notice("fault.is_factor")),
        (spec.persons_per_household, Notice("fault.is_household")),
    ):
        if isinstance(given, str):
            factor = factor * part.columns.numbers(given, 0, 10_000, expected, quantity=RATIO)
        elif given is not None:
            factor = factor * given
    return factor


def _persons(spec: DemandLayer, group: str, part: Places) -> NDArray[np.float64]:
    """Persons, or households, of a group in each row: its columns summed."""
    households = spec.persons_per_household is not None
    names = [str(name) for name in part.columns.frame.columns]
    columns: list[str] = []
    for text in counted(spec)[group]:
        span = None if text in names else Range.of(text)
        found = [text] if span is None else span.columns(names)
        columns += [name for name in found if name not in columns]
        if span is not None and found:
            part.columns.tell(
                Notice(
                    "demand.summed",
                    where=part.where,
                    group=group,
                    asked=text,
                    n=len(found),
                    columns=first(found, MOST_NAMED),
                )
            )
    key = "fault.households_of" if households else "fault.persons_of"
    expected = Notice(key, group=group)
    quantity = HOUSEHOLDS if households else PERSONS
    total = np.zeros(len(part))
    for column in columns:
        title = part.columns.title_unit(column, quantity)
        # What the title counts in may stand in the scenario as well, as its factor.
        titled = title is None or spec.factor != title[1]
        counted_here = part.columns.numbers(
            column, 0, MAX_PERSONS, expected, quantity=quantity, titled=titled
        )
        _tell_codes(part, column, counted_here)
        total += counted_here
        if _DENSITY.search(column):
            part.columns.tell(Notice("demand.density", where=part.where, column=column))
        if not households and (word := next((w for w in OF_HOUSEHOLDS if w in column.lower()), "")):
            part.columns.tell(
                Notice("demand.households", where=part.where, column=column, word=word)
            )
    return total


def _tell_rounded_away(part: Places, group: str, values: NDArray[np.float64]) -> None:
    """Fractions of persons that no thousandth stands for: a fine grid may lose whole villages."""
    lost = values[values > 0]
    if len(lost):
        people = f"{lost.sum():.3g}"
        part.columns.tell(
            Notice("demand.rounded_away", where=part.where, group=group, people=people, n=len(lost))
        )


def _tell_alike(part: Places, log: Log) -> None:
    """Rows without ids that say just what one before them says: a table pasted twice."""
    import pandas as pd

    if not part.placed:
        return
    at = np.flatnonzero(pd.DataFrame(part.xy).duplicated(keep=False).to_numpy())
    rows = part.columns.frame.iloc[at].astype(str)
    alike = at[rows.assign(x=part.xy[at, 0], y=part.xy[at, 1]).duplicated().to_numpy()]
    if len(alike):
        log.warnings.append(Notice("demand.alike", where=part.where, **row_values(alike)))


def _tell_codes(part: Places, column: str, values: NDArray[np.float64]) -> None:
    """Numbers that programs write for "no value", where they stand far above all others."""
    rows = np.flatnonzero(np.isin(values, NO_VALUES))
    others = values[(values > 0) & ~np.isin(values, NO_VALUES)]
    if len(rows) and len(others) and values[rows].min() > FAR_ABOVE * others.max():
        part.columns.tell(
            Notice(
                "demand.no_value",
                where=part.where,
                column=column,
                value=values[rows[0]],
                **row_values(rows),
            )
        )


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
