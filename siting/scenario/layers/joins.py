"""Tables joined to a layer: their columns beside its own, row by row by a column of keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault, nearest
from siting.files.head import Asked, Range
from siting.files.raw import RawLayer
from siting.notice import Hint, Notice, first, quoted
from siting.scenario.document.document import Key
from siting.scenario.layers.codes import settle_codes
from siting.scenario.layers.columns import MOST_NAMED, Columns
from siting.scenario.layers.rows import fill_merged
from siting.scenario.layers.sources import read_source
from siting.scenario.schema.layers import Join

OF_AMOUNTS = frozenset({"groups", "area_m2", "outdoor_m2", "capacity"})
"""Keys of columns whose numbers count what a place has in all."""


def join_table(
    raw: RawLayer,
    join: Join,
    path: Path,
    where: str,
    of_layer: str,
    asked: Asked,
    columns: Collection[tuple[Key, str]],
) -> list[Fault]:
    """Add the columns of a table to a layer's frame, in place; the layer's own stay as they are.

    Args:
        where: the table's file, as messages name it.
        of_layer: the layer's.
        columns: those that are wanted, by the keys that name them.

    Returns:
        Faults of the keys: blank columns cannot be concluded from.

    Raises:
        InputError: the table cannot be read.
    """
    import pandas as pd

    table = read_source(path, where, join.layer, asked)
    raw.warnings += table.warnings
    raw.files += (path, *table.files)
    faults: list[Fault] = []
    for told in fill_merged(table, columns, where):
        if isinstance(told, Fault):
            faults.append(told)
        else:
            raw.warnings.append(told)
    ours, theirs = Columns(raw.frame, of_layer, faults), Columns(table.frame, where, faults)
    at = "join.on" if join.column is None else "join.column"
    for side, column, key in ((ours, join.on, "join.on"), (theirs, join.theirs, at)):
        hint = side.lacks(column)
        if hint is not None:
            expected = Notice("fault.column_of", where=side.where)
            faults.append(Fault(of_layer, expected, quoted(column), hint=hint, key=key))
    if faults:
        return faults
    raw.warnings += [*settle_codes(ours, [join.on]), *settle_codes(theirs, [join.theirs])]
    if faults:
        return faults
    mine, keys = ours.text(join.on), theirs.text(join.theirs)
    filled = np.flatnonzero(keys != "")
    twice = pd.Series(keys[filled]).duplicated(keep=False).to_numpy()
    if twice.any():
        rows = filled[twice]
        theirs.bad(join.theirs, Notice("fault.keys_differ"), rows)
        return faults
    row_of = {key: int(row) for key, row in zip(keys[filled], filled, strict=True)}
    place = np.array([row_of.get(key, -1) for key in mine], np.int64)
    if len(mine) and not (place >= 0).any():
        found = Notice(
            "fault.keys_apart",
            mine=first(mine, 3),
            layer=of_layer,
            theirs=first(keys[filled], 3),
            where=where,
        )
        return [
            *faults,
            Fault(
                of_layer,
                Notice("fault.share_keys", where=where),
                found,
                key="join.on",
                hint=_zeros_lost(mine, keys[filled]),
            ),
        ]
    wanted = _amounts(table, raw, columns)
    faults += _tell_unmatched(raw, join, where, of_layer, mine, place, keys, bool(wanted))
    if wanted:
        _tell_shared(raw, where, of_layer, mine, place)
    for name in table.frame.columns:
        if name in raw.frame.columns:
            continue
        if name in table.units:
            raw.units[name] = table.units[name]
        cells = table.frame[name].to_numpy(object)
        raw.frame[name] = pd.Series(
            [cells[row] if row >= 0 else None for row in place], dtype=object
        )
    return faults


def _amounts(table: RawLayer, raw: RawLayer, columns: Collection[tuple[Key, str]]) -> list[str]:
    """Columns that the table adds and whose numbers count what a place has in all."""
    theirs = {str(name) for name in table.frame.columns} - {str(n) for n in raw.frame.columns}
    return [
        text
        for key, text in columns
        if key[0] in OF_AMOUNTS and (text in theirs or Range.of(text) is not None)
    ]


def _tell_shared(
    raw: RawLayer,
    where: str,
    of_layer: str,
    mine: NDArray[np.object_],
    place: NDArray[np.int64],
) -> None:
    """Rows of a layer that share one row of the table, and so its numbers, each in full."""
    import pandas as pd

    several = (place >= 0) & pd.Series(mine).duplicated(keep=False).to_numpy()
    keys = list(dict.fromkeys(mine[several]))
    if keys:
        n, some = int(several.sum()), first(keys, MOST_NAMED)
        told = {"where": of_layer, "file": where, "n": n, "of": len(keys), "keys": some}
        raw.warnings.append(Notice("layer.join_shared", **told))


def _cure(alone: Sequence[str], left: Sequence[str]) -> Hint:
    """What may make keys meet that find no partner."""
    near = nearest(alone[0], left) if alone else ""
    return _zeros_lost(alone, left) or near or Notice("fault.keys_alike")


def _zeros_lost(mine: Iterable[str], theirs: Iterable[str]) -> Hint:
    """What to do where keys agree but for zeros that a spreadsheet program took for nothing."""
    one, other = ({key.lstrip("0") for key in keys} - {""} for keys in (mine, theirs))
    return Notice("fault.zeros_lost") if one & other else ""


def _tell_unmatched(
    raw: RawLayer,
    join: Join,
    where: str,
    of_layer: str,
    mine: NDArray[np.object_],
    place: NDArray[np.int64],
    keys: NDArray[np.object_],
    counted: bool,
) -> Iterator[Fault]:
    """Rows of either side without a partner; of those that nothing would then be counted of, a
    fault.

    Args:
        counted: whether the table's numbers count what a place has.
    """
    alone = np.flatnonzero(place < 0)
    used = set(place.tolist())
    left = [key for row, key in enumerate(keys) if key and row not in used]
    if len(alone):
        some = first((key or Notice("fault.nothing") for key in mine[alone]), MOST_NAMED)
        cure = _cure([key for key in mine[alone] if key], left)
        n, of = len(alone), len(place)
        if counted:
            found = Notice("fault.rows_alone", n=n, of=of, keys=some)
            expected = Notice("fault.find_partner", file=where)
            yield Fault(of_layer, expected, found, key=join.on, hint=cure)
        else:
            told = {"where": of_layer, "file": where, "column": join.on, "n": n, "of": of}
            raw.warnings.append(Notice("layer.join_lacks", **told, keys=some, hint=cure))
    if left:
        raw.warnings.append(
            Notice(
                "layer.join_unused",
                where=where,
                file=of_layer,
                column=join.theirs,
                n=len(left),
                of=len(keys),
                keys=first(left, MOST_NAMED),
                hint=Notice("fault.counted_nowhere") if counted else "",
            )
        )
