"""What a layer tells of its places for those who read: name, address, owner, contact, and further
columns that the planner wants shown. Nothing is planned by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from siting.scenario.document.document import Key
from siting.scenario.layers.gather import Gathered
from siting.scenario.layers.layer import Places
from siting.scenario.schema.layers import OutletLayer, PremisesLayer

Texts = NDArray[np.object_]
OWN = ("name", "address", "owner", "contact")
"""Keys of a layer that name such a column."""
OSM_NAME = ("name:zh", "name")
OSM_ADDRESS = ("addr:full", "addr:district", "addr:place", "addr:street", "addr:housenumber")
"""Tags that tell, where a layer of OpenStreetMap names no columns of its own; of an address those
after the first are told one after the other."""


@dataclass(frozen=True)
class Descriptions:
    """Arrays of shape (n_places,); empty texts where nothing is told."""

    name: Texts
    address: Texts
    owner: Texts
    contact: Texts
    shown: Mapping[str, Texts] = field(default_factory=dict)
    """Column -> its texts, of ``show``."""


def columns_told(spec: PremisesLayer | OutletLayer) -> dict[Key, str]:
    """The columns that a layer needs for this, by the key that names them."""
    own: dict[Key, str] = {(key,): column for key in OWN if (column := getattr(spec, key))}
    return own | {("show", i): column for i, column in enumerate(spec.show)}


def told_of(specs: Sequence[PremisesLayer | OutletLayer], places: Gathered) -> Descriptions:
    """Of all layers of a kind, in the order of their places."""
    layers = [(specs[i], part) for i, part in zip(places.at, places.layers, strict=True)]
    extra = dict.fromkeys(column for spec, _ in layers for column in spec.show)

    def joined(parts: Iterable[Texts]) -> Texts:
        return np.concatenate([np.zeros(0, object), *parts])

    own = {key: joined(_own(key, spec, part) for spec, part in layers) for key in OWN}
    return Descriptions(
        **own,
        shown={
            column: joined(
                part.columns.text(column) if column in spec.show else _blank(part)
                for spec, part in layers
            )
            for column in extra
        },
    )


def _own(key: str, spec: PremisesLayer | OutletLayer, part: Places) -> Texts:
    column = getattr(spec, key)
    if column is not None:
        return part.columns.text(column)
    if spec.osm and key == "name":
        return _first([part.columns.text(tag) for tag in OSM_NAME])
    if spec.osm and key == "address":
        full, *pieces = (part.columns.text(tag) for tag in OSM_ADDRESS)
        composed = [" ".join(filter(None, cells)) for cells in zip(*pieces, strict=True)]
        return _first([full, np.array(composed, object)])
    return _blank(part)


def _first(choices: Sequence[Texts]) -> Texts:
    """The first text that is not empty."""
    found = choices[0].copy()
    for other in choices[1:]:
        found = np.where(found == "", other, found)
    return found


def _blank(part: Places) -> Texts:
    return np.full(len(part), "", object)
