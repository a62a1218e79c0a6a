"""Walled compounds and their gates: read, and told which gate belongs to which compound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.errors import Fault, InputError, nearest
from siting.notice import Notice, first
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import Folder
from siting.scenario.layers.columns import SHOWN, rows_text
from siting.scenario.layers.gather import Gathered, Log, gather
from siting.scenario.layers.layer import Places, planar_shapes
from siting.scenario.schema.layers import GateLayer, Layer
from siting.scenario.schema.settings import Travel

if TYPE_CHECKING:
    from siting.walking.compounds import Compounds


@dataclass(frozen=True)
class CompoundLayers:
    """Compounds and gates as their layers have them."""

    compounds: Gathered
    gates: Gathered
    named: NDArray[np.int64]
    """Compound that a gate's row names, -1 = those whose wall it stands at, shape (n_gates,)."""


def read_compounds(
    travel: Travel | None, document: Document, folder: Folder, log: Log
) -> CompoundLayers | None:
    """Read both kinds of layers; None where there are none or none of a kind can be read."""
    if travel is None or not (travel.compounds or travel.gates):
        return None
    at: Key = ("travel",)
    compounds = gather(
        "compounds", travel.compounds, document, folder, lambda spec: {}, lambda spec: [], log, at
    )
    gates = gather("gates", travel.gates, document, folder, _columns, lambda spec: [], log, at)
    if compounds is None or gates is None:
        return None
    for part in compounds.layers:
        log.faults += _no_polygons(part)
    number = {name: c for c, name in enumerate(compounds.ids)}
    named = np.full(len(gates), -1, np.int64)
    begin = 0
    for i, part in zip(gates.at, gates.layers, strict=True):
        spec = travel.gates[i]
        if spec.compound and compounds.named:
            names = part.columns.text(spec.compound)
            here = np.array([number.get(name, -1) for name in names], np.int64)
            wrong = np.flatnonzero((here < 0) & (names != ""))
            if len(wrong):
                before = len(part.columns.faults)
                expected = Notice("fault.blank_or_compound")
                part.columns.bad(spec.compound, expected, wrong, nearest(names[wrong[0]], number))
                log.faults += part.columns.faults[before:]
            named[begin : begin + len(part)] = here
        begin += len(part)
    return CompoundLayers(compounds, gates, named)


def _columns(spec: Layer) -> dict[Key, str]:
    named = isinstance(spec, GateLayer) and spec.compound
    return {("compound",): named} if named else {}


def _no_polygons(part: Places) -> Iterator[Fault]:
    if part.geometry is None:
        yield Fault(part.where, Notice("fault.compound_polygons"), Notice("fault.no_geometry"))
        return
    missing = shapely.is_missing(part.geometry)  # told when the layer was read
    wrong = np.flatnonzero(~np.isin(shapely.get_type_id(part.geometry), (3, 6)) & ~missing)
    if len(wrong):
        kinds = sorted({str(shape.geom_type) for shape in part.geometry[wrong]})
        found = f"{', '.join(kinds)} {rows_text(wrong)}"
        yield Fault(part.where, Notice("fault.compound_polygons"), found)


def make_compounds(layers: CompoundLayers, travel: Travel, crs: str) -> Compounds:
    """Compounds in the planar system, with their gates.

    Raises:
        InputError: gates that stand at no wall, compounds without a gate.
    """
    from siting.walking.compounds import Compounds

    shape = np.concatenate([planar_shapes(part, crs) for part in layers.compounds.layers])
    broken = ~shapely.is_valid(shape)  # by the turn to metres
    shape[broken] = shapely.make_valid(shape[broken], method="structure", keep_collapsed=False)
    gate_xy, within = layers.gates.planar(crs), travel.gate_within_m
    wall = shapely.boundary(shape)
    spots = shapely.points(gate_xy)
    gate, compound = shapely.STRtree(wall).query(spots, predicate="dwithin", distance=within)
    of = layers.named[gate]
    fits = (of < 0) | (of == compound)
    gate, compound = gate[fits], compound[fits]
    faults = [*_stray(layers, spots, wall, gate, within), *_shut(layers, compound, within)]
    if faults:
        raise InputError(faults)
    order = np.lexsort((gate, compound))
    start = np.zeros(len(shape) + 1, np.int64)
    np.cumsum(np.bincount(compound, minlength=len(shape)), out=start[1:])
    return Compounds(shape, gate_xy, start, gate[order].astype(np.int32), within)


def _stray(
    layers: CompoundLayers,
    spots: NDArray[np.object_],
    wall: NDArray[np.object_],
    gate: NDArray[np.int64],
    within: float,
) -> Iterator[Fault]:
    """Gates that stand at no wall, or not at the one they name."""
    stray = np.setdiff1d(np.arange(len(layers.gates)), gate)
    hint = Notice("fault.gate_within")
    at_none = stray[layers.named[stray] < 0]
    if len(at_none):
        expected = Notice("fault.near_wall", within=within)
        yield Fault(
            "travel.gates", expected, _listed(layers.gates.ids[at_none], "fault.gates"), hint=hint
        )
    for g in stray[layers.named[stray] >= 0][:SHOWN].tolist():
        c = int(layers.named[g])
        expected = Notice("fault.near_own_wall", within=within, ids=layers.compounds.ids[c])
        found = Notice(
            "fault.gate_away", gate=layers.gates.ids[g], metres=shapely.distance(spots[g], wall[c])
        )
        yield Fault("travel.gates", expected, found, hint=hint)


def _shut(layers: CompoundLayers, compound: NDArray[np.int64], within: float) -> Iterator[Fault]:
    """Compounds without a gate."""
    shut = np.setdiff1d(np.arange(len(layers.compounds)), compound)
    if len(shut):
        yield Fault(
            "travel.compounds",
            Notice("fault.each_a_gate", within=within),
            _listed(layers.compounds.ids[shut], "fault.without_gate"),
            hint=Notice("fault.add_gate"),
        )


def _listed(ids: NDArray[np.object_], key: str) -> Notice:
    return Notice(key, n=len(ids), ids=first(ids, SHOWN))
