"""All layers of one kind together: read, told apart, and joined into one table of places."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, InputError
from siting.notice import Notice, first, quoted
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import Folder
from siting.scenario.layers.columns import SHOWN
from siting.scenario.layers.layer import LayerAt, Places, layer_names, lonlat, planar, read_layer
from siting.scenario.schema.layers import Layer

Float = NDArray[np.float64]


@dataclass
class Log:
    """What reading found wrong or worth telling."""

    faults: list[Fault] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)


@dataclass(frozen=True)
class Gathered:
    """The layers of one kind. Arrays of shape (n,), layer after layer."""

    layers: tuple[Places, ...]
    ids: NDArray[np.object_]
    lonlat: Float
    """WGS84 degrees, shape (n, 2)."""
    at: tuple[int, ...] = ()
    """Position of each layer among those of the scenario."""
    whole: bool = True
    """Whether all of them could be read."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def named(self) -> bool:
        """Whether every place of the kind is here, with its id."""
        return self.whole and all(part.named for part in self.layers)

    @property
    def placed(self) -> bool:
        """Whether every place of the kind is here, with coordinates that can be used."""
        return self.whole and all(part.placed for part in self.layers)

    @property
    def layer(self) -> NDArray[np.object_]:
        """Name of each place's layer."""
        names = [np.full(len(part), part.name, object) for part in self.layers]
        return np.concatenate(names) if names else np.zeros(0, object)

    def rows(self, rows: NDArray[np.int64]) -> Gathered:
        """Some places only; positions ascending."""
        layers, begin = [], 0
        for part in self.layers:
            here = rows[(rows >= begin) & (rows < begin + len(part))] - begin
            begin += len(part)
            layers.append(replace(part, ids=part.ids[here], xy=part.xy[here]))
        return Gathered(tuple(layers), self.ids[rows], self.lonlat[rows])

    def planar(self, crs: str) -> Float:
        """Metres in that system, shape (n, 2)."""
        parts = [planar(part.xy, part.crs, crs) for part in self.layers]
        return np.concatenate(parts) if parts else np.zeros((0, 2))


def gather(
    kind: str,
    specs: Sequence[Layer],
    document: Document,
    folder: Folder,
    wanted: Callable[[Layer], dict[Key, str]],
    filters: Callable[[Layer], list[str]],
    log: Log,
    under: Key = (),
    keys: Sequence[Key] | None = None,
) -> Gathered | None:
    """Read every layer of a kind that can be read; the log says what is wrong.

    None when there are layers and none of them can be read.

    Args:
        under: key that the kind stands below.
        keys: where each layer is written, when that is not a list named like the kind; ids then
            differ within a layer, and may recur in another.
    """
    layers: list[Places] = []
    positions: list[int] = []
    planar_crs = None if document.unsure(("crs",)) else document.data.get("crs")
    names = layer_names(specs)
    for i, spec in enumerate(specs):
        key, several = (*under, kind, i) if keys is None else keys[i], len(specs) > 1
        at = LayerAt(spec, document, key, folder, names[i], several, planar_crs)
        if not at.readable():
            continue
        try:
            places = read_layer(at, wanted(spec), filters(spec))
        except InputError as error:
            log.faults += error.faults
            continue
        log.faults += places.columns.faults
        log.warnings += places.warnings
        layers.append(places)
        positions.append(i)
        if len(places) == 0:
            _empty(kind, places, at, log)
    if specs and not layers:
        return None
    for together in [layers] if keys is None else [[part] for part in layers]:
        _refuse_twins(kind, together, log)
    whole = len(layers) == len(specs) and (*under, kind) not in document.lost
    return gathered(layers, positions, whole)


def gathered(layers: Sequence[Places], at: Sequence[int], whole: bool) -> Gathered:
    """Layers as one table of places.

    Args:
        at: position of each layer among those of the scenario.
        whole: whether all of them could be read.
    """
    ids = [part.ids for part in layers]
    degrees = [lonlat(part.xy, part.crs) for part in layers]
    return Gathered(
        tuple(layers),
        np.concatenate(ids) if ids else np.zeros(0, object),
        np.concatenate(degrees) if degrees else np.zeros((0, 2)),
        tuple(at),
        whole,
    )


def _empty(kind: str, places: Places, at: LayerAt, log: Log) -> None:
    if kind == "outlets":
        log.warnings.append(Notice("outlets.none", where=places.where))
    else:
        expected, found = Notice("fault.some_place", kind=kind), Notice("fault.empty_layer")
        if tags := getattr(at.spec, "osm", None):
            found = Notice("fault.tags_met", tags=list(tags))
        log.faults.append(Fault(places.where, expected, found))


def _refuse_twins(kind: str, layers: Sequence[Places], log: Log) -> None:
    """Ids must differ within a kind, whatever layer they stand in; blank ones are told already."""
    seen: dict[str, str] = {}
    twins: dict[str, list[str]] = {}
    for places in layers:
        for identity in places.ids:
            if identity in seen and identity:
                twins.setdefault(places.where, []).append(identity)
            seen.setdefault(identity, places.where)
    for where, found in twins.items():
        distinct = list(dict.fromkeys(found))
        log.faults.append(
            Fault(
                where,
                Notice("fault.ids_differ", kind=kind),
                Notice(
                    "fault.duplicate_ids", n=len(distinct), ids=first(map(quoted, distinct), SHOWN)
                ),
                key="id",
            )
        )


def free_id(prefix: str, identity: str, taken: Container[str]) -> str:
    """An id that no other place has, for one that others have too."""
    name = prefix + identity
    while name in taken:
        name = prefix + name
    return name
