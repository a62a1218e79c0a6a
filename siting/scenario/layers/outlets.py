"""What stands today: the outlet layers as one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, nearest
from siting.notice import Notice, first
from siting.problem import UNLIMITED, Action
from siting.scenario.document.document import Document, Key
from siting.scenario.document.paths import Folder
from siting.scenario.formats.kinds import read_kinds
from siting.scenario.formats.standards import Standards
from siting.scenario.layers.columns import MOST_NAMED, row_values
from siting.scenario.layers.descriptions import Descriptions, columns_told, told_of
from siting.scenario.layers.gather import Gathered, Log, gather
from siting.scenario.layers.layer import Places
from siting.scenario.layers.needs import NO, YES, flags
from siting.scenario.layers.osm import KIND
from siting.scenario.layers.units import AREA, MONEY, PERSONS, Quantity
from siting.scenario.schema.layers import Action as Improvement
from siting.scenario.schema.layers import Layer, OutletLayer
from siting.scenario.schema.values import MAX_AREA, MAX_MONEY

if TYPE_CHECKING:
    import pandas as pd

STATUS = {
    "": "open",
    "open": "open",
    "营业": "open",
    "营业中": "open",
    "正常营业": "open",
    "在营": "open",
    "开业": "open",
    "存续": "open",
    "closed": "closed",
    "停业": "closed",
    "已停业": "closed",
    "歇业": "closed",
    "已歇业": "closed",
    "关闭": "closed",
    "已关闭": "closed",
    "关停": "closed",
    "注销": "closed",
    "吊销": "closed",
    "拆除": "closed",
    "substandard": "substandard",
    "待改造": "substandard",
}
"""Words of a status column."""


@dataclass(frozen=True)
class OutletAction:
    """One kind of action on some outlets. Arrays of shape (n,)."""

    kind: Action
    """ENLARGE, UPGRADE, KEEP or MOVE."""
    outlet: NDArray[np.int64]
    """Row of the outlet."""
    cost: NDArray[np.int64]
    """Whole currency units, rounded half up."""
    capacity: NDArray[np.int64]
    """Persons more (enlarge) or in all."""
    area: NDArray[np.int64]
    """Whole m2 of the site's floor, rounded up."""


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
    status: NDArray[np.object_]
    """open, closed or substandard."""
    chain: NDArray[np.object_]
    """1, 0, or empty where the layer does not tell."""
    told: Descriptions
    """Names, addresses and owners, for those who read."""
    actions: tuple[OutletAction, ...] = ()
    """What may be done to which outlets."""
    may_close: frozenset[int] = frozenset()
    """Rows of outlets that may be closed."""

    @property
    def unsettled(self) -> frozenset[int]:
        """Rows of outlets that may move or close: they stand only if the plan keeps them."""
        return self.those(Action.KEEP)

    def those(self, kind: Action) -> frozenset[int]:
        """Rows of outlets that some action of a kind may be done to."""
        return frozenset(
            int(row) for action in self.actions if action.kind == kind for row in action.outlet
        )

    def table(self) -> pd.DataFrame:
        """One row an outlet: id, layer, lon, lat, format, site, capacity, status, chain, name,
        address, owner, contact, and the columns that are to be shown."""
        import pandas as pd

        columns = {
            "id": self.places.ids,
            "layer": self.places.layer,
            "lon": self.places.lonlat[:, 0],
            "lat": self.places.lonlat[:, 1],
            "format": self.format,
            "site": self.site,
            "capacity": np.where(self.capacity == UNLIMITED, np.nan, self.capacity),
            "status": self.status,
            "chain": self.chain,
            "name": self.told.name,
            "address": self.told.address,
            "owner": self.told.owner,
            "contact": self.told.contact,
        }
        return pd.DataFrame({**self.told.shown, **columns})[
            [*columns, *(c for c in self.told.shown if c not in columns)]
        ]


def read_outlets(
    specs: Sequence[OutletLayer],
    standards: Standards,
    document: Document,
    folder: Folder,
    log: Log,
) -> StandingOutlets | None:
    """Read the outlet layers; None when none can be read (the log says why)."""

    def wanted(spec: Layer) -> dict[Key, str]:
        assert isinstance(spec, OutletLayer)
        columns: dict[Key, str | float | None] = {
            ("format",): spec.format,
            ("site",): spec.site,
            ("capacity",): spec.capacity,
            ("status",): spec.status,
            ("chain",): spec.chain,
            ("area_m2",): spec.area_m2,
        }
        if spec.actions is not None:
            columns[("actions", "close")] = spec.actions.close
            if spec.actions.move is not None:
                columns[("actions", "move", "cost")] = spec.actions.move.cost
                columns[("actions", "move", "area_m2")] = spec.actions.move.area_m2
        for kind, action in _actions_of(spec):
            columns[("actions", kind, "cost")] = action.cost
            columns[("actions", kind, "capacity")] = action.capacity
        named = {key: column for key, column in columns.items() if isinstance(column, str)}
        return named | columns_told(spec)

    def filters(spec: Layer) -> list[str]:
        assert isinstance(spec, OutletLayer)
        return list(spec.osm or {})

    places = gather("outlets", specs, document, folder, wanted, filters, log)
    if places is None:
        return None
    kinds, sites, capacities, states, chains = [], [], [], [], []
    actions: list[OutletAction] = []
    closable: list[int] = []
    begin = 0
    for i, part in zip(places.at, places.layers, strict=True):
        spec = specs[i]
        before = len(part.columns.faults)
        kinds.append(_formats(spec, part, standards, folder))
        none = np.full(len(part), "", object)
        sites.append(part.columns.text(spec.site) if spec.site else none)
        capacities.append(_capacity(spec, part, log))
        states.append(_status(spec, part))
        chains.append(_chain(spec, part))
        actions += _read_actions(spec, part, states[-1], capacities[-1], begin)
        moves, closing = _read_moves(spec, part, states[-1], capacities[-1], begin)
        actions += moves
        closable += closing
        begin += len(part)
        log.faults += part.columns.faults[before:]
    nobody = [np.zeros(0, object)]
    return StandingOutlets(
        places,
        np.concatenate([*nobody, *kinds]),
        np.concatenate([*nobody, *sites]),
        np.concatenate([np.zeros(0, np.int64), *capacities]),
        np.concatenate([*nobody, *states]),
        np.concatenate([*nobody, *chains]),
        told_of(specs, places),
        tuple(actions),
        frozenset(closable),
    )


def _actions_of(spec: OutletLayer) -> list[tuple[Action, Improvement]]:
    """Kinds of action the layer allows."""
    if spec.actions is None:
        return []
    kinds = {Action.ENLARGE: spec.actions.enlarge, Action.UPGRADE: spec.actions.upgrade}
    return [(kind, action) for kind, action in kinds.items() if action is not None]


def _status(spec: OutletLayer, part: Places) -> NDArray[np.object_]:
    if spec.status is None:
        return np.full(len(part), "open", object)
    cells = [cell.lower() for cell in part.columns.text(spec.status)]
    wrong = np.flatnonzero([cell not in STATUS for cell in cells])
    if len(wrong):
        hint = nearest(cells[wrong[0]], STATUS)
        part.columns.bad(spec.status, Notice("fault.is_status"), wrong, hint)
    return np.array([STATUS.get(cell, "open") for cell in cells], object)


def _chain(spec: OutletLayer, part: Places) -> NDArray[np.object_]:
    if spec.chain is None:
        return np.full(len(part), "", object)
    words = dict.fromkeys(YES, "1") | dict.fromkeys(NO, "0") | {"": ""}
    cells = [cell.lower() for cell in part.columns.text(spec.chain)]
    wrong = np.flatnonzero([cell not in words for cell in cells])
    if len(wrong):
        part.columns.bad(spec.chain, Notice("fault.yes_no_blank"), wrong)
    return np.array([words.get(cell, "") for cell in cells], object)


def _read_actions(
    spec: OutletLayer,
    part: Places,
    status: NDArray[np.object_],
    capacity: NDArray[np.int64],
    begin: int,
) -> list[OutletAction]:
    found = []
    for kind, action in _actions_of(spec):
        rows = np.flatnonzero(status == ("open" if kind is Action.ENLARGE else "substandard"))
        rows = _priced_rows(action.cost, part, rows)
        cost = _amount(action.cost, part, rows, MAX_MONEY, Notice("fault.is_cost"), MONEY)
        size = capacity[rows]
        if action.capacity is not None:
            expected = Notice("fault.is_persons")
            size = np.floor(_amount(action.capacity, part, rows, 1e9, expected, PERSONS)).astype(
                np.int64
            )
        whole = np.floor(cost + 0.5).astype(np.int64)
        none = np.zeros(len(rows), np.int64)
        found.append(OutletAction(kind, rows + begin, whole, size, none))
    return found


def _priced_rows(given: str | float, part: Places, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows whose price is not left blank."""
    if not isinstance(given, str):
        return rows
    return rows[part.columns.text(given)[rows] != ""]


def _read_moves(
    spec: OutletLayer,
    part: Places,
    status: NDArray[np.object_],
    capacity: NDArray[np.int64],
    begin: int,
) -> tuple[list[OutletAction], list[int]]:
    """Moves, the keeping that is their other choice, and the rows that may close."""
    if spec.actions is None:
        return [], []
    standing = status == "open"
    closes = flags(spec.actions.close, part)
    closing = np.flatnonzero(standing & (closes if closes is not None else False))
    found = []
    rows = np.zeros(0, np.int64)
    expected = Notice("fault.is_floor")
    if spec.actions.move is not None:
        move = spec.actions.move
        rows = _priced_rows(move.cost, part, np.flatnonzero(standing))
        cost = _amount(move.cost, part, rows, MAX_MONEY, Notice("fault.is_cost"), MONEY)
        area = np.ceil(_amount(move.area_m2, part, rows, MAX_AREA, expected, AREA)).astype(np.int64)
        whole = np.floor(cost + 0.5).astype(np.int64)
        found.append(OutletAction(Action.MOVE, rows + begin, whole, capacity[rows], area))
    kept = np.union1d(rows, closing).astype(np.int64)
    if len(kept):
        area = np.ceil(_amount(spec.area_m2, part, kept, MAX_AREA, expected, AREA)).astype(np.int64)
        free = np.zeros(len(kept), np.int64)
        found.append(OutletAction(Action.KEEP, kept + begin, free, capacity[kept], area))
    return found, [int(row) + begin for row in closing]


def _amount(
    given: str | float,
    part: Places,
    rows: NDArray[np.int64],
    high: float,
    expected: Notice,
    quantity: Quantity,
) -> NDArray[np.float64]:
    if isinstance(given, str):
        return part.columns.numbers(given, 0, high, expected, rows=rows, quantity=quantity)[rows]
    return np.full(len(rows), float(given))


def _formats(
    spec: OutletLayer, part: Places, standards: Standards, folder: Folder
) -> NDArray[np.object_]:
    """Format of each row; empty for what ``kinds`` leaves out."""
    if spec.osm is not None and KIND in part.columns.frame.columns:
        met = part.columns.frame[KIND].to_numpy(object)
        return np.array([standards.id_of(spec.osm[text]) for text in met], dtype=object)
    if spec.format is None:  # told before the layer was read
        return np.full(len(part), "", object)
    cells = part.columns.text(spec.format)
    if spec.kinds is not None:
        return _of_kinds(spec, part, cells, standards, folder)
    blank = np.flatnonzero(cells == "")
    if len(blank):
        part.columns.bad(spec.format, Notice("fault.format_each_row"), blank)
    meant = {cell: standards.format_named(cell) for cell in dict.fromkeys(cells)}
    for cell in (c for c, name in meant.items() if c and name is None and standards.all_formats):
        rows = np.flatnonzero(cells == cell)
        hint = nearest(cell, [*standards.formats, *standards.ids]) or _kinds_hint(cell)
        part.columns.bad(spec.format, Notice("fault.a_format"), rows, hint)
    _tell_names(spec.format, part, meant)
    return np.array([meant[cell] or cell for cell in cells], object)


def _kinds_hint(cell: str) -> Notice:
    """What to do with values that are no formats."""
    if len(cell) == 6 and cell.isdigit():
        return Notice("fault.kinds_amap")
    return Notice("fault.kinds_say")


def _tell_names(column: str, part: Places, meant: Mapping[str, str | None]) -> None:
    """Names that were read as ids."""
    read = {cell: name for cell, name in meant.items() if name and name != cell}
    part.columns.tell_read("layer.formats_named", column, read)


def _of_kinds(
    spec: OutletLayer,
    part: Places,
    cells: NDArray[np.object_],
    standards: Standards,
    folder: Folder,
) -> NDArray[np.object_]:
    """Formats by the scenario's own list; values that it does not name are left out, and told."""
    assert spec.kinds is not None and spec.format is not None
    kinds = read_kinds(spec.kinds, folder)
    found = {cell: kinds.of(cell) for cell in dict.fromkeys(cells)}
    unknown = sorted(
        {name for name in found.values() if name and standards.format_named(name) is None}
    )
    if unknown and standards.all_formats and isinstance(spec.kinds, str):
        hint = nearest(unknown[0], standards.formats)
        part.columns.faults.append(
            Fault(kinds.where, Notice("fault.names_formats"), ", ".join(unknown), hint=hint)
        )
    left = [cell for cell in cells if found[cell] is None]
    if left:
        shown = first(dict.fromkeys(cell or "–" for cell in left), MOST_NAMED)
        part.columns.tell(
            Notice(
                "outlets.kinds_left_out",
                where=part.where,
                column=spec.format,
                n=len(left),
                of=len(cells),
                cells=shown,
            )
        )
    counted = Counter(standards.id_of(name) for cell in cells if (name := found[cell]))
    if counted:
        part.columns.tell(
            Notice(
                "outlets.kinds_read",
                where=part.where,
                column=spec.format,
                counts=dict(counted.most_common()),
            )
        )
    return np.array([standards.id_of(found[cell] or "") for cell in cells], object)


def _capacity(spec: OutletLayer, part: Places, log: Log) -> NDArray[np.int64]:
    """A column's blank cell means that the capacity is not known, which is told."""
    n = len(part)
    if spec.capacity is None:
        return np.full(n, UNLIMITED, np.int64)
    if not isinstance(spec.capacity, str):
        return np.full(n, int(spec.capacity), np.int64)
    blank = part.columns.text(spec.capacity) == ""
    if blank.any():
        rows = row_values(np.flatnonzero(blank))
        log.warnings.append(Notice("outlets.capacity_unknown", where=part.where, **rows))
    known = np.flatnonzero(~blank)
    values = part.columns.numbers(
        spec.capacity, 0, 1e9, Notice("fault.is_persons"), rows=known, quantity=PERSONS
    )
    return np.where(blank, UNLIMITED, np.floor(values)).astype(np.int64)
