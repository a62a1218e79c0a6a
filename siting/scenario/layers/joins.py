"""Tables joined to a layer: their columns beside its own, row by row by a column of keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from siting.errors import Fault
from siting.files.head import Asked
from siting.files.raw import RawLayer
from siting.notice import Hint, Notice, first, quoted
from siting.scenario.document.document import Key
from siting.scenario.layers.codes import settle_codes
from siting.scenario.layers.columns import MOST_NAMED, Columns
from siting.scenario.layers.rows import fill_merged
from siting.scenario.layers.sources import read_source
from siting.scenario.schema.layers import Join


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
    _tell_unmatched(raw, join, where, of_layer, mine, place, keys)
    for name in table.frame.columns:
        if name in raw.frame.columns:
            continue
        cells = table.frame[name].to_numpy(object)
        raw.frame[name] = pd.Series(
            [cells[row] if row >= 0 else None for row in place], dtype=object
        )
    return faults


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
) -> None:
    """Rows of either side without a partner."""
    alone = np.flatnonzero(place < 0)
    if len(alone):
        raw.warnings.append(
            Notice(
                "layer.join_lacks",
                where=of_layer,
                file=where,
                column=join.on,
                n=len(alone),
                of=len(place),
                keys=first(mine[alone], MOST_NAMED),
            )
        )
    used = set(place.tolist())
    left = [key for row, key in enumerate(keys) if key and row not in used]
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
            )
        )
